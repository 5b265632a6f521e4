"""The page on which the buyer says what of a contract is not published."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from contracts.agreements.queries import contract_facts
from contracts.redactions.rules import GROUND_LABELS, Ground
from contracts.redactions.services import (
    lift_redaction,
    mark_passage,
    may_redact,
    published_contract,
    reads_whole,
    redactions_of,
)
from contracts.visits.forms import text_without_people
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Bound, Field, choice, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

READ = needs(Permission.SIGN_FOR_BUYER, Permission.SIGN_FOR_PROVIDER, Permission.READ_EVERYTHING)
MARKING = [
    Field("passage", N_("不公开的文字"), text(2000)),
    Field("ground", N_("不公开的依据"), choice([each.value for each in Ground])),
    Field("reason", N_("理由"), text_without_people(300)),
]


async def _page(reference: str, actor: Actor, form: Bound | None = None, status_code: int = 200) -> Template:
    contract = await contract_facts(reference, visible_to=actor)
    if not reads_whole(actor, contract):
        raise NotFound()
    return page(
        "contracts/redactions/show.html", status_code=status_code, contract=contract, form=form,
        redactions=await redactions_of(contract["id"]), published=await published_contract(contract),
        grounds=GROUND_LABELS, marks=may_redact(actor, contract),
    )  # fmt: skip


@get("/contracts/{reference:str}/published-text", opt=READ)
async def show_redactions(reference: FromPath[str], actor: CurrentActor) -> Template:
    """The text as everybody reads it, and what was taken out of it on which ground."""
    return await _page(reference, actor)


@post("/contracts/{reference:str}/published-text", opt=needs(Permission.SIGN_FOR_BUYER))
async def do_mark(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Take a passage out of the published text."""
    form = parse(MARKING, (await posted(request)).texts)
    if form.errors:
        return await _page(reference, actor, form, 422)
    try:
        await mark_passage(reference, form["passage"], Ground(form["ground"]), form["reason"], (actor, now))
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        form.errors["passage"] = refused.sentence
        return await _page(reference, actor, form, 422)
    return go(f"/contracts/{reference}/published-text")


@post("/contracts/{reference:str}/published-text/{redaction:uuid}/lift", opt=needs(Permission.SIGN_FOR_BUYER))
async def do_lift(reference: FromPath[str], redaction: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Publish the passage after all."""
    await lift_redaction(reference, redaction, actor, now)
    return go(f"/contracts/{reference}/published-text")


ROUTES: list[Any] = [show_redactions, do_mark, do_lift]
