"""Corrections of locked marks: who asks for what on which ground, and how the panel votes."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from evaluations.panel.queries import is_locked
from evaluations.reports import queries
from evaluations.reports.corrections import (
    OPEN,
    Wish,
    propose_correction,
    propose_unqualified,
    vote_on_correction,
)
from evaluations.reports.routes import report_reader
from evaluations.reports.rules import FOUR, GROUND_LABELS, Ground
from evaluations.scoring.lookback import leniency_of
from evaluations.scoring.queries import opened_bids
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now, irreversible
from marketplace.kernel.db import together
from marketplace.kernel.errors import Conflict, DomainError
from marketplace.kernel.forms import Bound, Field, choice, decimal, identifier, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

WISH = [
    Field("mark", N_("哪一项评分"), identifier()),
    Field("ground", N_("依据的情形"), choice([ground.value for ground in FOUR])),
    Field("points", N_("更正为"), decimal(Decimal(0), Decimal(100))),
    Field("reason", N_("更正的理由"), text(2000)),
]
QUALIFICATION_WISH = [
    Field("bid", N_("响应"), identifier()),
    Field("reason", N_("更正的理由"), text(2000)),
]
VOTE = [Field("agrees", N_("是否同意"), choice(["yes", "no"]))]


@get("/listings/{reference:str}/corrections", opt=SIGNED_IN)
async def show_corrections(reference: FromPath[str], actor: CurrentActor) -> Template:
    """Every correction with its votes. Raises Conflict before all have locked (R-COM-06)."""
    return await _page(reference, actor, Bound())


async def _page(reference: str, actor: Actor, form: Bound, status_code: int = 200) -> Template:
    listing = await report_reader(reference, actor)
    if not await is_locked(listing["id"]):
        raise Conflict(N_("评分还没有全部锁定。锁定以前各成员自己改自己的评分。"), clause="R-COM-07")
    report, again, opened, corrections, marks, leniency = await together(
        queries.report_of(listing["id"]), queries.open_re_evaluation(listing["id"]), opened_bids(listing["id"]),
        queries.corrections_of(listing["id"]), queries.marks_by_bid(listing["id"]), leniency_of(listing),
    )  # fmt: skip
    is_whole = report is not None and report["whole_at"] is not None
    may_ask = bool(listing["me"]) and (again is not None or (listing["status"] in OPEN and not is_whole))
    grounds = [Ground(again["ground"])] if again else list(FOUR)
    bids = {b["id"]: b for b in opened}
    return page(
        "evaluations/reports/corrections.html", status_code=status_code, listing=listing, form=form,
        corrections=corrections, may_ask=may_ask, again=again, is_whole=is_whole,
        grounds=[(g.value, GROUND_LABELS[g]) for g in grounds if g in FOUR], ground_labels=GROUND_LABELS,
        by_qualification=bool(again) and again["ground"] == Ground.QUALIFICATION if again else False,
        marks=marks, bids=bids,
        looked_at={(d.opened_bid, d.criterion, d.member) for _, each in leniency
                   for d in each.looked_at},
    )  # fmt: skip


@post("/listings/{reference:str}/corrections", opt=irreversible(SIGNED_IN))
async def do_propose_correction(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Ask for a correction of one mark."""
    listing = await report_reader(reference, actor)
    form = parse(WISH, (await posted(request)).texts)
    if not form.errors:
        wish = Wish(form["mark"], Ground(form["ground"]), form["points"], form["reason"])
        try:
            await propose_correction(listing["id"], wish, actor, now)
            return go(f"/listings/{reference}/corrections")
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["ground"] = refused.sentence
    return await _page(reference, actor, form, 422)


@post("/listings/{reference:str}/corrections/qualification", opt=irreversible(SIGNED_IN))
async def do_propose_unqualified(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Ask to take a finding of qualification back."""
    listing = await report_reader(reference, actor)
    form = parse(QUALIFICATION_WISH, (await posted(request)).texts)
    if not form.errors:
        await propose_unqualified(listing["id"], form["bid"], form["reason"], actor, now)
        return go(f"/listings/{reference}/corrections")
    return await _page(reference, actor, form, 422)


@post("/listings/{reference:str}/corrections/{correction:uuid}", opt=irreversible(SIGNED_IN))
async def do_vote_on_correction(
    request: Request[Any, Any, Any], reference: FromPath[str], correction: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Vote on a correction."""
    listing = await report_reader(reference, actor)
    form = parse(VOTE, (await posted(request)).texts)
    if not form.errors:
        await vote_on_correction(listing["id"], correction, form["agrees"] == "yes", actor, now)
        return go(f"/listings/{reference}/corrections")
    return await _page(reference, actor, form, 422)


ROUTES: list[Any] = [show_corrections, do_propose_correction, do_propose_unqualified, do_vote_on_correction]
