"""Changing the money of a line: ask, look at, decide."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.plans import changes, queries
from catalogue.plans.change_rules import KIND_LABELS, STATUS_LABELS, STATUS_TONES, ChangeKind
from catalogue.plans.filters import ChosenLines
from catalogue.plans.forms import CHANGE, DECISION
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

ALLOT = needs(Permission.ALLOT_BUDGET)
WORDS = {"kind_labels": KIND_LABELS, "status_labels": STATUS_LABELS, "status_tones": STATUS_TONES}


async def _ask_page(reference: str, actor: Actor, form: Bound | None, status_code: int = 200) -> Template:
    line = await queries.line_page(reference, actor)
    others = await queries.list_lines(actor, ChosenLines(year=line["year"]))
    return page(
        "catalogue/plans/change_new.html", status_code=status_code, form=form, line=line, kinds=KIND_LABELS,
        others=[other for other in others if other["id"] != line["id"]],
    )  # fmt: skip


@get("/budget/{reference:str}/change", opt=ALLOT)
async def show_ask(reference: FromPath[str], actor: CurrentActor) -> Template:
    """Ask for more, less, a transfer or a carry-over."""
    return await _ask_page(reference, actor, None)


@post("/budget/{reference:str}/change", opt=ALLOT)
async def do_ask(
    reference: FromPath[str], request: Request[Any, Any, Any], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Ask, then to the change that waits for the second person."""
    form = parse(CHANGE, (await posted(request)).texts)
    if form.values["kind"] == ChangeKind.TRANSFER and not form.values["to_line"]:
        form.refuse("to_line", N_("请选另一条预算作为调入方。"))
    if form.errors:
        return await _ask_page(reference, actor, form, 422)
    values = {**form.values, "kind": ChangeKind(form.values["kind"])}
    try:
        change = await changes.propose_change(reference, changes.NewChange(**values), actor, now)
    except (Conflict, NotFound) as refused:
        if isinstance(refused, NotFound) and not form.values["to_line"]:
            raise
        form.errors["amount"] = refused.sentence
        return await _ask_page(reference, actor, form, 422)
    return go(f"/budget/changes/{change}")


@get("/budget/changes/{change:uuid}", opt=needs(Permission.VIEW_BUDGET))
async def show_change(change: FromPath[UUID], actor: CurrentActor) -> Template:
    """One change: who asked what and why, who decided."""
    return page("catalogue/plans/change.html", change=await changes.change_page(change, actor), form=None, **WORDS)


@post("/budget/changes/{change:uuid}/approve", opt=ALLOT)
async def do_approve(change: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Agree; the money moves."""
    await changes.approve_change(change, actor, now)
    return go(f"/budget/changes/{change}")


@post("/budget/changes/{change:uuid}/refuse", opt=ALLOT)
async def do_refuse(
    change: FromPath[UUID], request: Request[Any, Any, Any], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Say no, with the reason."""
    form = parse(DECISION, (await posted(request)).texts)
    if form.errors:
        row = await changes.change_page(change, actor)
        return page("catalogue/plans/change.html", status_code=422, change=row, form=form, **WORDS)
    await changes.refuse_change(change, form["note"], actor, now)
    return go(f"/budget/changes/{change}")


ROUTES: list[Any] = [show_ask, do_ask, show_change, do_approve, do_refuse]
