"""Acceptance pages: the milestones with their months, the certificate to fill in, the certificate as published."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from contracts.acceptance import queries
from contracts.acceptance.forms import parse_certificate
from contracts.acceptance.rules import FINDING_LABELS
from contracts.acceptance.services import (
    Certificate,
    accept_milestone,
    check_may_accept,
    items_to_find,
    milestone_at,
)
from contracts.agreements.queries import contract_facts
from contracts.agreements.routes import reader
from contracts.agreements.rules import MILESTONE_LABELS, is_buyer_side
from contracts.visits.rules import hours_words
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, SIGNED_IN, CurrentActor, Now
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Bound
from marketplace.kernel.web import go, page, posted


@get("/contracts/{reference:str}/acceptance", opt=PUBLIC)
async def list_acceptances(request: Request[Any, Any, Any], reference: FromPath[str]) -> Template:
    """Every milestone: what it rests on, its money, its certificate."""
    actor = reader(request)
    contract = await contract_facts(reference, visible_to=actor)
    return page(
        "contracts/acceptance/list.html", contract=contract, milestones=await queries.milestones_with_months(contract),
        labels=MILESTONE_LABELS, hours_words=hours_words, accepts=_may(actor, contract),
    )  # fmt: skip


def _may(actor: Actor | None, contract: dict[str, Any]) -> bool:
    return actor is not None and is_buyer_side(actor, contract) and actor.may(Permission.ACCEPT_WORK)


async def _form_page(
    contract: dict[str, Any], milestone: dict[str, Any], form: Bound | None, status_code: int = 200
) -> Template:
    return page(
        "contracts/acceptance/accept.html", status_code=status_code, contract=contract, milestone=milestone, form=form,
        requirements=items_to_find(contract, milestone), findings=FINDING_LABELS, hours_words=hours_words,
    )  # fmt: skip


@get("/contracts/{reference:str}/acceptance/{position:int}", opt=PUBLIC)
async def show_acceptance(
    request: Request[Any, Any, Any], reference: FromPath[str], position: FromPath[int]
) -> Template:
    """The certificate once it is published; before that the form, for the accepter alone."""
    actor = reader(request)
    contract = await contract_facts(reference, visible_to=actor)
    milestone = await milestone_at(contract, position)
    if milestone["acceptance"] is None:
        if not _may(actor, contract) or actor is None or milestone["is_advance"]:
            raise NotFound()
        check_may_accept(actor, contract)
        return await _form_page(contract, milestone, None)
    acceptance = await queries.acceptance_by_id(milestone["acceptance"]["id"])
    return page(
        "contracts/acceptance/show.html", contract=contract, milestone=milestone, acceptance=acceptance,
        items=await queries.items_of(acceptance["id"]), months=await queries.months_of(acceptance["id"]),
        findings=FINDING_LABELS, hours_words=hours_words, done=request.query_params.get("done") == "accepted",
    )  # fmt: skip


@post("/contracts/{reference:str}/acceptance/{position:int}", opt=SIGNED_IN)
async def do_accept(
    request: Request[Any, Any, Any], reference: FromPath[str], position: FromPath[int], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Accept the milestone and publish the certificate."""
    contract = await contract_facts(reference, visible_to=actor)
    milestone = await milestone_at(contract, position)
    check_may_accept(actor, contract)
    form = parse_certificate(items_to_find(contract, milestone), (await posted(request)).texts)
    if form.errors:
        return await _form_page(contract, milestone, form, 422)
    certificate = Certificate(form["findings"], form["opinions"], form["remarks"] or "")
    try:
        await accept_milestone(reference, position, certificate, actor, now)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        form.errors["_milestone"] = refused.sentence
        return await _form_page(contract, milestone, form, 422)
    return go(f"/contracts/{reference}/acceptance/{position}?done=accepted")


ROUTES: list[Any] = [list_acceptances, show_acceptance, do_accept]
