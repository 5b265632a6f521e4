"""Acceptance pages: the milestones with their months, the provider's request, the certificate to fill in or to read."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from contracts.acceptance import queries
from contracts.acceptance.evidence import evidence_of, may_see_evidence
from contracts.acceptance.evidence_rules import EVIDENCE_LABELS
from contracts.acceptance.forms import REQUEST, parse_certificate, parse_rejection
from contracts.acceptance.plan_queries import counted_of, heard_in_words, is_unheard, plan_accepted_by
from contracts.acceptance.plan_rules import MEMBER_LABELS, counted_words
from contracts.acceptance.requests import (
    BEFORE,
    Rejection,
    may_request,
    months_end,
    reject_milestone,
    request_acceptance,
)
from contracts.acceptance.rules import FINDING_LABELS, decide_by
from contracts.acceptance.services import (
    Certificate,
    accept_milestone,
    check_may_accept,
    items_to_find,
    milestone_at,
)
from contracts.agreements.queries import contract_facts
from contracts.agreements.routes import reader
from contracts.agreements.rules import MILESTONE_LABELS, is_buyer_side, is_party, may_see_hours
from contracts.visits.rules import hours_words
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, SIGNED_IN, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import together
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.web import go, page, posted

Row = dict[str, Any]
REQUESTING = needs(Permission.SUBMIT_INVOICE)


@get("/contracts/{reference:str}/acceptance", opt=PUBLIC)
async def list_acceptances(request: Request[Any, Any, Any], reference: FromPath[str]) -> Template:
    """Every milestone: what it rests on, its money, its certificate."""
    actor = reader(request)
    contract = await contract_facts(reference, visible_to=actor)
    return page(
        "contracts/acceptance/list.html", contract=contract, milestones=await queries.milestones_with_months(contract),
        labels=MILESTONE_LABELS, hours_words=hours_words, accepts=_may(actor, contract),
        requests=may_request(actor, contract), open_states=BEFORE,
        sees_story=is_party(actor, contract) or _oversees(actor),
    )  # fmt: skip


def _may(actor: Actor | None, contract: Row) -> bool:
    return actor is not None and is_buyer_side(actor, contract) and actor.may(Permission.ACCEPT_WORK)


def _oversees(actor: Actor | None) -> bool:
    return actor is not None and actor.may(Permission.READ_EVERYTHING)


async def _form_page(contract: Row, milestone: Row, form: Bound | None, status_code: int = 200) -> Template:
    printed, story, heard, unheard = await together(
        queries.printed_deductions(contract["listing"]), _story(milestone), counted_of(milestone["id"]),
        is_unheard(contract["id"], milestone),
    )  # fmt: skip
    return page(
        "contracts/acceptance/accept.html", status_code=status_code, contract=contract, milestone=milestone, form=form,
        requirements=items_to_find(contract, milestone), findings=FINDING_LABELS, hours_words=hours_words,
        deductions=printed, **story, counted=heard, counted_words=counted_words, unheard=unheard,
    )  # fmt: skip


async def _story(milestone: Row) -> dict[str, Any]:
    """How the milestone came here: each request and each rejection, and what proves the work."""
    files, requests, rejections = await together(
        evidence_of(milestone["id"]), queries.requests_of(milestone["id"]), queries.rejections_of(milestone["id"])
    )
    return {"files": files, "evidence_kinds": EVIDENCE_LABELS, "requests": requests, "rejections": rejections}


@get("/contracts/{reference:str}/acceptance/{position:int}", opt=PUBLIC)
async def show_acceptance(
    request: Request[Any, Any, Any], reference: FromPath[str], position: FromPath[int]
) -> Template:
    """The certificate once it is published; before that the form for the accepter, the way so far for both sides."""
    actor, done = reader(request), request.query_params.get("done", "")
    contract = await contract_facts(reference, visible_to=actor)
    milestone = await milestone_at(contract, position)
    if milestone["acceptance"] is not None:
        return await _certificate_page(contract, milestone, done, actor)
    if milestone["is_advance"] or milestone["status"] == "cancelled":
        raise NotFound()
    if not (is_party(actor, contract) or _oversees(actor)):
        raise NotFound()
    if actor is not None and _may(actor, contract):
        check_may_accept(actor, contract)
        if milestone["status"] != "to_mend" or request.query_params.get("again"):
            return await _form_page(contract, milestone, None)
    return page(
        "contracts/acceptance/waiting.html", contract=contract, milestone=milestone, labels=MILESTONE_LABELS,
        requests_now=may_request(actor, contract) and milestone["status"] in BEFORE, accepts=_may(actor, contract),
        done=done, **await _story(milestone),
    )  # fmt: skip


async def _certificate_page(contract: Row, milestone: Row, done: str, actor: Actor | None) -> Template:
    acceptance = await queries.acceptance_by_id(milestone["acceptance"]["id"])
    key = acceptance["id"]
    items, months, deductions, plan, heard, files = await together(
        queries.items_of(key), queries.months_of(key), queries.deductions_of(key), plan_accepted_by(acceptance),
        heard_in_words(acceptance), evidence_of(milestone["id"]),
    )  # fmt: skip
    return page(
        "contracts/acceptance/show.html", contract=contract, milestone=milestone, acceptance=acceptance,
        items=items, months=months, deductions=deductions, findings=FINDING_LABELS, hours_words=hours_words,
        done=done == "accepted", plan=plan, heard=heard,
        kinds=MEMBER_LABELS, sees_hours=may_see_hours(actor, contract), files=files,
        evidence_kinds=EVIDENCE_LABELS, sees_files=may_see_evidence(actor, contract),
    )  # fmt: skip


@post("/contracts/{reference:str}/acceptance/{position:int}", opt=SIGNED_IN)
async def do_accept(
    request: Request[Any, Any, Any], reference: FromPath[str], position: FromPath[int], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Accept the milestone and publish the certificate."""
    contract = await contract_facts(reference, visible_to=actor)
    milestone = await milestone_at(contract, position)
    check_may_accept(actor, contract)
    printed = await queries.printed_deductions(contract["listing"])
    form = parse_certificate(items_to_find(contract, milestone), (await posted(request)).texts, printed)
    if form.errors:
        return await _form_page(contract, milestone, form, 422)
    certificate = Certificate(form["findings"], form["opinions"], form["remarks"] or "", form["failings"])
    try:
        await accept_milestone(reference, position, certificate, actor, now)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        form.errors["_milestone"] = refused.sentence
        return await _form_page(contract, milestone, form, 422)
    return go(f"/contracts/{reference}/acceptance/{position}?done=accepted")


@post("/contracts/{reference:str}/acceptance/{position:int}/rejection", opt=SIGNED_IN)
async def do_reject(
    request: Request[Any, Any, Any], reference: FromPath[str], position: FromPath[int], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Send the milestone back with what to mend."""
    contract = await contract_facts(reference, visible_to=actor)
    milestone = await milestone_at(contract, position)
    check_may_accept(actor, contract)
    form = parse_rejection(items_to_find(contract, milestone), (await posted(request)).texts)
    if form.errors:
        return await _form_page(contract, milestone, form, 422)
    try:
        rejection = Rejection(form["findings"], form["mend_by"], form["remarks"] or "")
        await reject_milestone(reference, position, rejection, actor, now)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        form.errors["mend_by"] = refused.sentence
        return await _form_page(contract, milestone, form, 422)
    return go(f"/contracts/{reference}/acceptance/{position}?done=rejected")


async def _request_page(
    contract: Row, milestone: Row, form: Bound | None, now: Any, status_code: int = 200
) -> Template:
    return page(
        "contracts/acceptance/request.html", status_code=status_code, contract=contract, milestone=milestone,
        form=form, due=decide_by(county_day(now)), ends=months_end(contract, milestone), hours_words=hours_words,
        is_early=(ends := months_end(contract, milestone)) is not None and county_day(now) <= ends,
        **await _story(milestone),
    )  # fmt: skip


async def _to_request(reference: str, position: int, actor: Actor) -> tuple[Row, Row]:
    contract = await contract_facts(reference, visible_to=actor)
    if not may_request(actor, contract):
        raise NotFound()
    milestone = await milestone_at(contract, position)
    if milestone["is_advance"]:
        raise NotFound()
    return contract, milestone


@get("/contracts/{reference:str}/acceptance/{position:int}/request", opt=REQUESTING)
async def show_request(
    reference: FromPath[str], position: FromPath[int], actor: CurrentActor, now: Now
) -> Template | Redirect:
    """The provider's form: what was done, and until when the buyer decides."""
    contract, milestone = await _to_request(reference, position, actor)
    if milestone["status"] not in BEFORE:
        return go(f"/contracts/{reference}/acceptance/{position}")
    return await _request_page(contract, milestone, None, now)


@post("/contracts/{reference:str}/acceptance/{position:int}/request", opt=REQUESTING)
async def do_request(
    request: Request[Any, Any, Any], reference: FromPath[str], position: FromPath[int], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Ask for the acceptance."""
    contract, milestone = await _to_request(reference, position, actor)
    form = parse(REQUEST, (await posted(request)).texts)
    if form.errors:
        return await _request_page(contract, milestone, form, now, 422)
    try:
        await request_acceptance(reference, position, form["statement"], actor, now)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        form.errors["statement"] = refused.sentence
        return await _request_page(contract, milestone, form, now, 422)
    return go(f"/contracts/{reference}/acceptance/{position}?done=requested")


ROUTES: list[Any] = [list_acceptances, show_acceptance, do_accept, do_reject, show_request, do_request]
