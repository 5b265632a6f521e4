"""Determine who comes into a framework, announce it, and send the letters of admission."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.holds.rules import Held
from catalogue.holds.services import check_not_held
from catalogue.listings.frameworks.queries import framework_of
from catalogue.listings.frameworks.rules import Basis, FrameworkDraft
from catalogue.listings.methods import is_framework
from catalogue.listings.queries import listing_by_id, lock_listing, lots
from catalogue.listings.services import mark_awarded, mark_determined
from contracts.frameworks.services import Admitted, enter_framework
from contracts.frameworks.top_ups import join_by_top_up, kept_out_of
from evaluations.admission import queries
from evaluations.admission.rules import RESPONSIVE, Placed, ResponsiveBid, Working, admit, check_enough
from evaluations.admission.tables import Admission, AdmissionRow
from evaluations.awards.before_award import pass_over_barred
from evaluations.awards.comments import check_comments_whole
from evaluations.awards.rules import AwardPeople, check_may_determine
from evaluations.opening.recordings import check_recorded
from evaluations.opening.seeing import look_for_relations
from evaluations.panel.queries import judging_members, members
from evaluations.panel.ties import check_untied
from evaluations.reports.queries import check_report_whole
from evaluations.signs.queries import check_signs_answered
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, insert, transaction
from marketplace.kernel.draws.services import open_draws
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.outbox.services import post_mail
from marketplace.kernel.rulebook import number

Row = dict[str, Any]


async def check_may_admit(row: Row, actor: Actor) -> FrameworkDraft:
    """A framework's terms for who may determine its admission. Raises NotFound, Forbidden (R-ROLE-02, R-ROLE-03)."""
    terms = await framework_of(row["id"])
    if not is_framework(row) or terms is None:
        raise NotFound()
    panel = frozenset(m["person"] for m in await members(row["id"]))
    check_may_determine(actor, AwardPeople(row["procuring_unit"], row["drafted_by"], panel))
    return terms


def bid_of(terms: FrameworkDraft, row: Row) -> ResponsiveBid:
    """A valid result as it is ordered: by its evaluated price, or by its points where quality comes first."""
    key = -row["total"] if terms.basis == Basis.QUALITY_FIRST else row["evaluated_price"]
    return ResponsiveBid(row["opened_bid"], row["name"], Decimal(key))


async def lots_that_compete(
    listing: Row, terms: FrameworkDraft
) -> dict[UUID, tuple[Working, list[ResponsiveBid]]]:
    """Lot -> its working and its bids; lots with too few are left out. Raises DomainError when none is left."""
    least = number(RESPONSIVE, listing["rules_on"])
    # who was removed from the framework, or holds a place in it, does not come in by a top-up (R-FRM-07)
    kept_out = await kept_out_of(listing["id"])
    rows = [row for row in await queries.responsive_bids(listing["id"]) if row["provider"] not in kept_out]
    by_lot: dict[UUID, list[ResponsiveBid]] = {}
    for row in rows:
        by_lot.setdefault(row["lot"], []).append(bid_of(terms, row))
    enough = {lot: bids for lot, bids in by_lot.items() if len(bids) >= least}
    if not enough:
        check_enough(max((len(bids) for bids in by_lot.values()), default=0), least)
    assert terms.elimination is not None
    workings = {lot: Working(len(bids), terms.elimination, terms.most_admitted) for lot, bids in enough.items()}
    return {lot: (workings[lot], bids) for lot, bids in enough.items()}


@dataclass(frozen=True)
class Proposal:
    """Who would come into a lot, and the record of the draw where one told equals apart."""

    working: Working
    placed: list[Placed]
    tie_note: str


async def proposed(listing: Row, terms: FrameworkDraft, tie_note: str = "") -> dict[UUID, Proposal]:
    """Lot -> its places; a tie goes by its draw, else by the note. Raises DomainError at a tie without either."""
    found = await lots_that_compete(listing, terms)
    drawn = await queries.drawn_at_line(list(found))
    notes = {lot: tie_note.strip() for lot in found}
    for lot, draw in drawn.items():
        # a draw of somebody who was passed over since no longer decides
        if {bid.name for bid in found[lot][1]}.issuperset(draw["names"]):
            notes[lot] = _note(draw)
    return {
        lot: Proposal(working, admit(bids, working, notes[lot]), notes[lot]) for lot, (working, bids) in found.items()
    }


def _note(drawn: Row) -> str:
    return say(N_("随机抽取 {draw}，抽中{name}。"), draw=drawn["reference"], name="、".join(drawn["names"])).text("zh")


async def determine_admission(listing: UUID, actor: Actor, now: datetime, tie_note: str = "") -> None:
    """Determine who comes in, lot by lot. Done again it changes nothing.

    Raises Forbidden (R-ROLE-02, R-ROLE-03), DomainError (R-FRM-02, R-TIE-01), Conflict before the results stand.
    """
    # on its own, so that the proof stays where too few are left
    await _pass_over_barred(listing, actor, now)
    async with transaction():
        row = await lock_listing(listing)
        terms = await check_may_admit(row, actor)
        if await queries.admissions_of(listing):
            return
        await check_not_held(listing, Held.AWARDING, now)
        await check_signs_answered(listing)
        await check_untied(listing, await judging_members(listing), county_day(now))
        if row["status"] != "evaluated":
            raise Conflict(N_("评审结果还没有形成，不能确定入围供应商。请刷新页面，看征集走到了哪一步。"))
        await check_report_whole(listing)
        await check_recorded(row)
        prices = {r["opened_bid"]: r for r in await queries.responsive_bids(listing)}
        for lot, proposal in (await proposed(row, terms, tie_note)).items():
            working = proposal.working
            admission = await insert(
                Admission, listing=listing, lot=lot, responsive=working.responsive, elimination=working.elimination,
                most_admitted=working.most, eliminated=working.eliminated, tie_note=proposal.tie_note,
                determined_by=actor.person_id, determined_at=now,
            )  # fmt: skip
            for each in proposal.placed:
                result = prices[each.bid.opened_bid]
                await insert(
                    AdmissionRow, admission=admission, opened_bid=each.bid.opened_bid, position=each.position,
                    unit_price=result["quoted_price"], is_admitted=each.is_admitted,
                    total=result["total"] if terms.basis == Basis.QUALITY_FIRST else None,
                )  # fmt: skip
        await mark_determined(listing, actor, now)
        detail = {"reference": row["reference"], "tie_note": tie_note.strip()}
        await record("admission.determined", ("listing", str(listing)), actor, detail, now)


async def _pass_over_barred(listing: UUID, actor: Actor, now: datetime) -> None:
    """Nobody comes in who is barred on the day it is determined, however long ago the opening was (R-CRED-03)."""
    async with transaction():
        row = await lock_listing(listing)
        await check_may_admit(row, actor)
        if row["status"] == "evaluated":
            await look_for_relations(await listing_by_id(listing), actor, now)
            for lot in await lots(listing):
                await pass_over_barred(listing, lot["id"], actor, now)


async def publish_admission(listing: UUID, actor: Actor, now: datetime) -> str | None:
    """Announce who came in, send the letters, enter the framework; gives its reference, None when done before."""
    async with transaction():
        row = await lock_listing(listing)
        await check_may_admit(row, actor)
        if row["status"] == "awarded":
            return None
        await check_not_held(listing, Held.AWARDING, now)
        await check_comments_whole(listing)
        await mark_awarded(listing, actor, now)
        await open_draws(row["reference"], now)
        await execute("UPDATE admission SET announced_at = $2 WHERE listing = $1", listing, now)
        admitted = [
            Admitted(a["lot"], r["provider"], r["position"], r["unit_price"], r["technical_text"] or "")
            for a in await queries.admissions_of(listing)
            for r in a["rows"]
            if r["is_admitted"]
        ]
        topped_up = await join_by_top_up(listing, admitted, actor, now)
        reference = topped_up or await enter_framework(listing, admitted, actor, now)
        await _tell_bidders(row, reference, now)
        detail = {"framework": reference, "day": county_day(now).isoformat()}
        await record("admission.announced", ("listing", str(listing)), actor, detail, now)
    return reference


async def _tell_bidders(row: Row, framework: str, now: datetime) -> None:
    """The letter of admission, or why not: each learns its own place only (R-AWD-02)."""
    found = await listing_by_id(row["id"])
    for bidder in await queries.bidders_to_tell(row["id"]):
        subject = say(N_("《{title}》入围结果通知"), title=found["title"])
        body = say(
            N_("采购编号 {reference}，第 {lot} 包。{own}框架协议：/frameworks/{framework}"),
            reference=found["reference"], lot=bidder["lot_number"], own=_own_words(bidder), framework=framework,
        )  # fmt: skip
        for address in bidder["emails"]:
            await post_mail(address, subject.text("zh"), f"{body.text('zh')}\n\n{body.text('en')}", now)


def _own_words(bidder: Row) -> Sentence:
    if bidder["is_admitted"]:
        words = N_("入围通知书：贵单位排名第 {place}，已经入围，协议价格每{measure} {price} 元。请在 30 日内签订框架协议。")  # noqa: E501
        return say(words, place=bidder["position"], measure=bidder["measure"], price=bidder["unit_price"])
    if bidder["position"]:
        return say(N_("贵单位排名第 {place}，没有入围。"), place=bidder["position"])
    return say(N_("贵单位的响应无效：{reason}"), reason=say(bidder["reason"] or N_("资格审查未通过。")))
