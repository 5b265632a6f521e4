"""Findings of work that seems to be paid twice: a list, the evidence of each, the officer's decision."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from contracts.subsidies.double_rules import DOUBLE_LABELS, KIND_CLAUSES, KIND_LABELS, DoubleStatus
from contracts.subsidies.doubles import (
    decide_double,
    double_page,
    evidence_of,
    list_doubles,
    look_for_doubles,
)
from contracts.subsidies.forms import DOUBLE_DECISION, MONTH
from contracts.visits.rules import hours_words, last_day
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.web import go, page, posted

READING = needs(Permission.RUN_SUBSIDIES, Permission.APPROVE_SUBSIDIES, Permission.READ_EVERYTHING)
RUNNING = needs(Permission.RUN_SUBSIDIES)
WORDS = {"labels": DOUBLE_LABELS, "kinds": KIND_LABELS, "clauses": KIND_CLAUSES, "hours_words": hours_words}


async def _list(actor: Actor, form: Bound | None = None, shown: str = "", found: int | None = None) -> Template:
    chosen = shown if shown in set(DoubleStatus) else ""
    return page(
        "contracts/subsidies/doubles.html", status_code=422 if form else 200, form=form, shown=chosen, found=found,
        findings=await list_doubles(chosen), looks=actor.may(Permission.RUN_SUBSIDIES), **WORDS,
    )  # fmt: skip


@get("/subsidies/doubles", opt=READING)
async def show_doubles(
    actor: CurrentActor, status: FromQuery[str] = "", found: FromQuery[int | None] = None
) -> Template:
    """Findings, those to be decided first."""
    return await _list(actor, shown=status, found=found)


@post("/subsidies/doubles", opt=RUNNING)
async def do_look(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Look through a month."""
    form = parse(MONTH, (await posted(request)).texts)
    if form.errors:
        return await _list(actor, form)
    found = await look_for_doubles(form["month"], last_day(form["month"]), actor, now)
    return go(f"/subsidies/doubles?found={found}")


async def _finding(finding: UUID, actor: Actor, form: Bound | None = None, status_code: int = 200) -> Template:
    row = await double_page(finding)
    return page(
        "contracts/subsidies/double.html", status_code=status_code, finding=row, evidence=await evidence_of(row),
        form=form, decides=actor.may(Permission.RUN_SUBSIDIES) and row["status"] == "open", **WORDS,
    )  # fmt: skip


@get("/subsidies/doubles/{finding:uuid}", opt=READING)
async def show_double(finding: FromPath[UUID], actor: CurrentActor) -> Template:
    """One finding with its evidence."""
    return await _finding(finding, actor)


@post("/subsidies/doubles/{finding:uuid}/decision", opt=irreversible(RUNNING))
async def do_decide_double(
    request: Request[Any, Any, Any], finding: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Say whether it is paid twice, and why."""
    form = parse(DOUBLE_DECISION, (await posted(request)).texts)
    if form.errors:
        return await _finding(finding, actor, form, 422)
    await decide_double(finding, form["outcome"] == "double", form["decision"], actor, now)
    return go(f"/subsidies/doubles/{finding}")


ROUTES: list[Any] = [show_doubles, do_look, show_double, do_decide_double]
