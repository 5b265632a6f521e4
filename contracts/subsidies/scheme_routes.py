"""Schemes: drawn up by one person of civil affairs, decided by another, given their document number."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from contracts.subsidies import queries
from contracts.subsidies.forms import DOCUMENT, LEVELS, SCHEME_DECISION, parse_scheme, scheme_of
from contracts.subsidies.rules import LEVEL_LABELS
from contracts.subsidies.scheme_rules import (
    EMPLOYER_LABELS,
    KIND_LABELS,
    PROOF_LABELS,
    SCHEME_LABELS,
    STACKING_LABELS,
    SchemeKind,
    levels_of,
)
from contracts.subsidies.schemes import decide_scheme, draft_scheme, set_document_number
from contracts.visits.rules import hours_words
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.web import go, page, posted

READING = needs(Permission.RUN_SUBSIDIES, Permission.APPROVE_SUBSIDIES, Permission.READ_EVERYTHING)
RUNNING = needs(Permission.RUN_SUBSIDIES)
WORDS = {
    "kinds": KIND_LABELS, "proofs": PROOF_LABELS, "employers": EMPLOYER_LABELS, "stackings": STACKING_LABELS,
    "level_labels": LEVEL_LABELS, "levels": LEVELS,
}  # fmt: skip


def _empty(form: Bound | None = None, status_code: int = 200, kind: str = "") -> Template:
    if form:
        kind = str(form.raw.get("kind", "")) or SchemeKind.MONTHLY
    kind = kind if kind in set(SchemeKind) else ""
    return page(
        "contracts/subsidies/new_scheme.html", status_code=status_code, form=form, kind=kind,
        paid=levels_of(SchemeKind(kind)) if kind else (), **WORDS,
    )  # fmt: skip


@get("/subsidies/schemes/new", opt=RUNNING)
async def show_new_scheme(kind: FromQuery[str] = "") -> Template:
    """Which kind; once it is chosen, an empty scheme of it: no amount is offered."""
    return _empty(kind=kind)


@post("/subsidies/schemes/new", opt=RUNNING)
async def do_draft_scheme(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Draw a scheme up."""
    form = parse_scheme((await posted(request)).texts)
    if form.errors:
        return _empty(form, 422)
    scheme_id = await draft_scheme(scheme_of(form), actor, now)
    return go(f"/subsidies/schemes/{scheme_id}?done=set")


async def _scheme_page(
    scheme_id: UUID, actor: Actor, form: Bound | None = None, done: str = "", status_code: int = 200
) -> Template:
    scheme = await queries.scheme_page(scheme_id)
    return page(
        "contracts/subsidies/scheme.html", status_code=status_code, scheme=scheme, labels=SCHEME_LABELS,
        paid=levels_of(scheme["kind"]), hours_words=hours_words, form=form, done=done,
        computes=actor.may(Permission.RUN_SUBSIDIES),
        may_decide=actor.may(Permission.RUN_SUBSIDIES) and scheme["status"] == "draft"
        and scheme["drafted_by"] != actor.person_id, **WORDS,
    )  # fmt: skip


@get("/subsidies/schemes/{scheme_id:uuid}", opt=READING)
async def show_scheme(scheme_id: FromPath[UUID], actor: CurrentActor, done: FromQuery[str] = "") -> Template:
    """A scheme, who agreed to it, and whether it may be paid by."""
    return await _scheme_page(scheme_id, actor, done=done)


@post("/subsidies/schemes/{scheme_id:uuid}/decision", opt=irreversible(RUNNING))
async def do_decide_scheme(
    request: Request[Any, Any, Any], scheme_id: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """The second person agrees or not."""
    form = parse(SCHEME_DECISION, (await posted(request)).texts)
    if form.errors:
        return await _scheme_page(scheme_id, actor, form, status_code=422)
    await decide_scheme(scheme_id, form["outcome"] == "agreed", form["decision"], actor, now)
    return go(f"/subsidies/schemes/{scheme_id}?done=decided")


@post("/subsidies/schemes/{scheme_id:uuid}/document", opt=RUNNING)
async def do_set_document(
    request: Request[Any, Any, Any], scheme_id: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Enter the number of the county's document."""
    form = parse(DOCUMENT, (await posted(request)).texts)
    if form.errors:
        return await _scheme_page(scheme_id, actor, form, status_code=422)
    await set_document_number(scheme_id, form["document_number"], actor, now)
    return go(f"/subsidies/schemes/{scheme_id}?done=document")


ROUTES: list[Any] = [
    show_new_scheme, do_draft_scheme, show_scheme, do_decide_scheme, do_set_document,
]  # fmt: skip
