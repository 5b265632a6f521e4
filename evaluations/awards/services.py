"""Determine the winner of each lot, tell it, and draw the contracts up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from catalogue.holds.rules import Held
from catalogue.holds.services import check_not_held
from catalogue.interruptions.reopening import WITHOUT_WINNER, Redo, end_lot_for_redo
from catalogue.listings.methods import is_framework, judged_without_panel, lowest_price_wins, row_of
from catalogue.listings.progress import still_reserved
from catalogue.listings.queries import listing_by_id, lock_listing
from catalogue.listings.services import mark_awarded, mark_determined, mark_evaluated
from catalogue.plans.queries import line_money
from contracts.agreements.services import ContractTerms, draw_up_contract
from evaluations.awards import queries
from evaluations.awards.before_award import STANDING_RESULTS, has_standing_result, pass_over_barred
from evaluations.awards.clock import SILENCE
from evaluations.awards.comments import check_comments_whole
from evaluations.awards.minutes import check_minutes
from evaluations.awards.placing import place_without_panel
from evaluations.awards.rules import (
    NEWEST,
    REFUSED_CLAUSE,
    SIGN_BY,
    VOID_REASONS,
    VOIDED_CLAUSE,
    WEIGHTED,
    AwardPeople,
    ScoredWinner,
    after_passing_over,
    after_silence,
    check_may_determine,
    pick_winner,
    plain,
    score_basis,
    standing_basis,
    with_correction,
    with_hours,
)
from evaluations.awards.tables import Award
from evaluations.awards.ties import drawn_among, first_ranked
from evaluations.bundles.services import keep_roots
from evaluations.opening.recordings import check_recorded
from evaluations.opening.seeing import look_for_relations
from evaluations.panel.queries import judging_members, members
from evaluations.panel.ties import check_untied
from evaluations.reports.queries import check_report_whole, open_re_evaluation
from evaluations.scoring.queries import bid_facts
from evaluations.scoring.results import NOT_QUALIFIED, counted_grade
from evaluations.scoring.standing import PlacedOffer, StandingOffer, orders_by_weight
from evaluations.signs.queries import check_signs_answered
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission, Role
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, insert, transaction
from marketplace.kernel.draws.services import open_draws
from marketplace.kernel.errors import Conflict, Forbidden, NotFound
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.ledger.services import Posting, Source, post
from marketplace.kernel.outbox.services import post_mail
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.rulebook import number

Row = dict[str, Any]


async def _checked_people(row: Row, actor: Actor) -> None:
    panel = frozenset(m["person"] for m in await members(row["id"]))
    check_may_determine(actor, AwardPeople(row["procuring_unit"], row["drafted_by"], panel))


async def determine_award(lot: UUID, actor: Actor, now: datetime, tie_note: str = "") -> str:
    """Determine the first-ranked bid of a lot; gives the award's reference, the same one when done again.

    With the last lot that has a valid bid the listing is determined. Raises Forbidden (R-ROLE-02, R-ROLE-03),
    DomainError for a tie without a recorded draw, Conflict before the results stand.
    """
    await _look_who_is_behind(lot, actor, now)
    async with transaction():
        listing = await fetchval("SELECT listing FROM listing_lot WHERE id = $1", lot)
        if listing is None:
            raise NotFound()
        row = await lock_listing(listing)
        await _checked_people(row, actor)
        await check_not_held(listing, Held.AWARDING, now)
        await check_signs_answered(listing)
        if is_framework(row):
            raise Conflict(N_("框架协议不确定一家成交，而是确定几家入围。请到入围结果页面办理。"), clause="R-FRM-02")
        if existing := await queries.award_of_lot(lot):
            return str(existing["reference"])
        await check_minutes(row)
        if row["status"] == "opened" and judged_without_panel(row):
            await place_without_panel(row, now)
            await mark_evaluated(listing, actor, now)
        elif row["status"] != "evaluated":
            raise Conflict(N_("评审结果还没有形成，不能确定供应商。请刷新页面，看采购走到了哪一步。"))
        await check_untied(listing, await judging_members(listing), county_day(now))
        if not judged_without_panel(row):
            await check_report_whole(listing)
            await check_recorded(row)
        passed = await pass_over_barred(listing, lot, actor, now)
        act = Determining(actor, now, tie_note)
        reference = await award_first(row, lot, act, passed) if await _can_award(lot, passed) else None
        await mark_when_all_are_determined(listing, actor, now)
    if reference is None:
        # said after the commit, so that the proof of the check stays in the file
        raise Conflict(
            N_("定标前查询，这一包排名的供应商都有不良信用记录，没有可以确定的供应商。请终止这一包，重新采购。"),
            clause="R-CRED-03",
        )
    return reference


async def _look_who_is_behind(lot: UUID, actor: Actor, now: datetime) -> None:
    """Relations that became known since the opening are signs to answer first; committed, so that they stay."""
    async with transaction():
        listing = await fetchval("SELECT listing FROM listing_lot WHERE id = $1", lot)
        if listing is None:
            raise NotFound()
        row = await lock_listing(listing)
        await _checked_people(row, actor)
        if row["status"] in ("opened", "evaluated"):
            await look_for_relations(await listing_by_id(listing), actor, now)


async def _can_award(lot: UUID, passed: int) -> bool:
    return not passed or await has_standing_result(lot)


async def mark_when_all_are_determined(listing: UUID, actor: Actor | None, now: datetime) -> None:
    """With the last lot that can be awarded the listing is determined; a listing without any award is not."""
    undone = await fetchval(
        f"SELECT count(DISTINCT r.lot) FROM {STANDING_RESULTS}"
        " AND r.lot IN (SELECT id FROM listing_lot WHERE listing = $1)"
        " AND NOT EXISTS (SELECT 1 FROM award a WHERE a.lot = r.lot)",
        listing,
    )
    if not undone and await fetchval("SELECT 1 FROM award WHERE listing = $1 LIMIT 1", listing):
        await mark_determined(listing, actor, now)


@dataclass(frozen=True)
class Determining:
    """Who determines when, by which record of a draw; without an actor the first ranked is deemed determined."""

    actor: Actor | None
    now: datetime
    tie_note: str = ""


async def award_first(row: Row, lot: UUID, act: Determining, passed: int) -> str:
    """Award a lot to the first of those that still stand; gives the reference. Raises Conflict, DomainError for a tie.

    Called under the listing's lock, after the check before the award.
    """
    actor, now, tie_note = act.actor, act.now, act.tie_note
    first = await first_ranked(lot)
    if not first:
        raise Conflict(N_("这一包没有有效响应，不能确定供应商。"))
    if len(first) > 1 and (drawn := await drawn_among(lot, first)):
        tie_note = say(N_("随机抽取 {draw}，抽中{name}。"), draw=drawn[1], name=drawn[0]).text("zh")
    winner = pick_winner([(r["opened_bid"], r["name"]) for r in first], tie_note)
    won = next(r for r in first if r["opened_bid"] == winner)
    basis, evaluation = await basis_of(row, lot, won, passed, tied=len(first) > 1)
    if actor is None:
        basis = after_silence(basis, int(number(SILENCE, row["rules_on"] or county_day(now))))
    reference = await next_reference("CJ", county_day(now).year)
    await insert(
        Award, reference=reference, listing=row["id"], lot=lot, opened_bid=winner, provider=won["provider"],
        amount=won["quoted_price"],
        total_score=None if lowest_price_wins(row) else won["total"], basis=basis.text("zh"), basis_en=basis.text("en"),
        tie_note=tie_note.strip() if len(first) > 1 else "", standing_evaluation=evaluation[:40],
        determined_by=actor.person_id if actor else None, is_deemed=actor is None, determined_at=now,
    )  # fmt: skip
    detail = {"award": reference, "lot": str(lot), "basis": basis.text("zh"), "evaluation": evaluation}
    await record("award.determined" if actor else "award.deemed", ("listing", str(row["id"])), actor, detail, now)
    return reference


async def basis_of(row: Row, lot: UUID, won: Any, passed: int, *, tied: bool) -> tuple[Sentence, str]:
    """The sentence that says why this bid wins its lot, and the evaluation it rests on."""
    basis, evaluation = await _basis(row, lot, won, tied)
    gone = await fetchrow(
        "SELECT count(*) FILTER (WHERE clause = $2) AS voided, count(*) FILTER (WHERE clause = $3) AS refused"
        " FROM passed_over WHERE lot = $1",
        lot, VOIDED_CLAUSE, REFUSED_CLAUSE,
    )  # fmt: skip
    assert gone is not None, "an aggregate gives one row"
    return after_passing_over(basis, passed, gone["voided"], gone["refused"]), evaluation


async def _basis(row: Row, lot: UUID, won: Any, tied: bool) -> tuple[Sentence, str]:
    if row["past_performance_form"] == "county_standing":
        decides = WEIGHTED if orders_by_weight(row) else NEWEST
        basis, evaluation = standing_basis(await _stored_places(lot), won["opened_bid"], decides)
        return (say(N_("{basis}并列者之间已抽签。"), basis=basis) if tied else basis), evaluation
    if lowest_price_wins(row):
        basis = say(N_("满足需求的报价中，这一家最低。"))
        return (say(N_("{basis}并列者之间已抽签。"), basis=basis) if tied else basis), ""
    bid = next(b for b in (await bid_facts(row))[lot] if b.opened_bid == str(won["opened_bid"]))
    grade = counted_grade(bid, county_day(row["closes_at"])) or "none"
    from_record = bool(won["past_from_record"]) and grade != "none"
    winner = ScoredWinner(won["total"], won["past_performance_score"], grade, won["past_evidence"], from_record)
    basis = with_correction(with_hours(score_basis(winner, tied), won["annual_hours"]), bid.correction)
    return basis, won["past_evidence"] if from_record and winner.past_points is not None else ""


async def _stored_places(lot: UUID) -> list[PlacedOffer]:
    rows = await fetch(f"SELECT r.* FROM {STANDING_RESULTS} AND r.lot = $1 ORDER BY r.rank, r.opened_bid", lot)
    return [
        PlacedOffer(
            StandingOffer(
                r["opened_bid"], r["quoted_price"], r["standing_grade"] or "none", r["standing_score"],
                r["standing_evaluation"],
            ),
            r["rank"],
        )
        for r in rows
    ]  # fmt: skip


async def publish_award_notice(listing: UUID, actor: Actor, now: datetime) -> list[UUID]:
    """Announce, tell every bidder its own result, and draw up a contract for each lot; gives the contracts.

    Done again it changes nothing and gives no contract. Raises Forbidden, Conflict before all lots are determined.
    """
    async with transaction():
        row = await lock_listing(listing)
        if Role.AGENCY in actor.roles:
            actor.check_may(Permission.PUBLISH_CONFIRMED)
            actor.check_entrusted(row["agency_agreement"], Entrusted.RESULT)
        else:
            await _checked_people(row, actor)
        if row["status"] == "awarded" or is_framework(row):
            return []
        await check_not_held(listing, Held.AWARDING, now)
        await check_comments_whole(listing)
        if await open_re_evaluation(listing):
            raise Conflict(N_("正在重新评审，结束以前不能公告结果。"), clause="R-REEV-01")
        await mark_awarded(listing, actor, now)
        await open_draws(row["reference"], now)
        # after a void award the other lots of the listing stay as they were announced
        awards = [a for a in await queries.awards_of(listing) if a["announced_at"] is None]
        await execute(
            "UPDATE award SET status = 'announced', announced_at = $2 WHERE listing = $1 AND announced_at IS NULL",
            listing, now,
        )  # fmt: skip
        contracts = [await _draw_up(award, actor, now) for award in awards]
        await _release_empty_lots(row, awards, actor, now)
        await _tell_bidders(row, now)
        roots = await keep_roots(listing, now)
        detail = {"awards": " ".join(a["reference"] for a in awards), "roots": " ".join(roots.values())}
        await record("award.announced", ("listing", str(listing)), actor, detail, now)
    return contracts


async def _draw_up(award: Row, actor: Actor, now: datetime) -> UUID:
    bid = await fetchrow(
        "SELECT b.technical_text, b.annual_hours, r.quoted_price FROM opened_bid b"
        " LEFT JOIN bid_result r ON r.opened_bid = b.id AND r.lot = $2 WHERE b.id = $1",
        award["opened_bid"], award["lot"],
    )  # fmt: skip
    if bid and bid["quoted_price"] not in (None, award["amount"]):
        raise Forbidden(
            N_(
                "成交通知的金额 {amount} 元和响应文件的报价 {price} 元不一致，不能拟出合同。"
                "请不要公告结果，由确定供应商的人核对审计记录。"
            ),
            clause="R-CON-01", amount=award["amount"], price=bid["quoted_price"],
        )  # fmt: skip
    # a recorded result has no opened bid: its papers hold what the winner promised
    offer = bid["technical_text"] if bid else f"按采购结果登记（{award['reference']}）所附材料的承诺履行。"
    terms = ContractTerms(
        lot_id=award["lot"], award_reference=award["reference"], provider_id=award["provider"],
        # the contract is signed at the undeducted price (R-EVAL-04)
        amount=award["amount"], letter_on=county_day(now), offer=offer,
        annual_hours=bid["annual_hours"] if bid else None,
    )  # fmt: skip
    return await draw_up_contract(terms, actor, now)


async def _release_empty_lots(row: Row, awards: list[Row], actor: Actor, now: datetime) -> None:
    """What is still reserved beyond the lots announced now goes back to the budget line: nobody won it."""
    line = (await line_money(row["budget_line"]))["ledger_line"]
    won = await fetchval(
        "SELECT coalesce(sum(budget), 0) FROM listing_lot WHERE id = ANY($1)", [award["lot"] for award in awards]
    )
    if (left := await still_reserved(row["id"], line) - won) > 0:
        await post(line, Posting.RELEASE, left, Source("listing", str(row["id"])), now)
    why = Redo(say(N_("这一包没有确定供应商，可以单独重新采购。")).text("zh"), "R-BID-05", WITHOUT_WINNER)
    for lot in await fetch(
        "SELECT id FROM listing_lot t WHERE t.listing = $1 AND NOT EXISTS (SELECT FROM award a WHERE a.lot = t.id)",
        row["id"],
    ):
        await end_lot_for_redo(row, lot["id"], why, actor, now)


async def _tell_bidders(row: Row, now: datetime) -> None:
    """One mail to each bidder with its own score and rank only (R-AWD-02)."""
    found = await listing_by_id(row["id"])
    for bidder in await queries.bidders_to_tell(row["id"]):
        subject = say(N_("《{title}》结果通知"), title=found["title"])
        own = _own_words(bidder, found["rules_on"] or county_day(now), row_of(found).reads_prices)
        body = say(
            N_("采购编号 {reference}，第 {lot} 包。{own}详细得分请登录后查看：/listings/{reference}/debrief"),
            reference=found["reference"], lot=bidder["lot_number"], own=own,
        )  # fmt: skip
        for address in bidder["emails"]:
            await post_mail(address, subject.text("zh"), f"{body.text('zh')}\n\n{body.text('en')}", now)


def _own_words(bidder: Row, on: date, is_tender: bool) -> Sentence:
    """Of a tender the law says 中标, of every other method 成交."""
    if bidder["won"]:
        tender = N_("贵单位已被确定为中标供应商，请在 {days} 日内签订合同。")
        words = tender if is_tender else N_("贵单位已被确定为成交供应商，请在 {days} 日内签订合同。")
        return say(words, days=int(number(SIGN_BY, on)))
    if bidder["passed_over"] and bidder["passed_clause"] in VOID_REASONS:
        return say(bidder["passed_over"])
    if bidder["passed_over"]:
        return say(
            N_("定标前的信用查询查到贵单位：{reason}依法不能成交（{clause}）。"), reason=say(bidder["passed_over"]),
            clause=bidder["passed_clause"],
        )  # fmt: skip
    if bidder["status"] == "valid" and bidder["total"] is not None:
        tender = N_("贵单位得 {total} 分，排名第 {rank}，未中标。")
        words = tender if is_tender else N_("贵单位得 {total} 分，排名第 {rank}，未成交。")
        return say(words, total=plain(bidder["total"]), rank=bidder["rank"])
    if bidder["status"] == "valid":
        return say(N_("贵单位排名第 {rank}，未成交。"), rank=bidder["rank"])
    return say(N_("贵单位的响应无效：{reason}"), reason=say(bidder["reason"] or NOT_QUALIFIED))
