"""Open a re-evaluation on a lawful ground, close it with what it changed, and finance's note of a changed result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.holds.rules import Ground as HoldGround
from catalogue.holds.services import NewHold, begin_hold
from catalogue.interest.services import mail_in
from catalogue.interruptions.queries import finance_mails
from catalogue.interruptions.reopening import reopen_listing
from catalogue.listings.methods import is_framework, judged_without_panel, row_of
from catalogue.listings.queries import lock_listing
from evaluations.awards.queries import award_of_lot, awards_of
from evaluations.awards.rules import REVIEWED_CLAUSE
from evaluations.awards.voiding import Voiding, standing_of_lots, void_award
from evaluations.panel.queries import judging_members
from evaluations.panel.rules import check_may_appoint
from evaluations.reevaluations.for_challenges import settle_announced
from evaluations.reports import queries
from evaluations.reports.rules import GROUND_LABELS, REVIEWING_AGAIN, Ground, check_ground_again
from evaluations.reports.tables import ReEvaluation
from evaluations.scoring.queries import result_rows
from evaluations.scoring.services import fail_without_valid
from evaluations.scoring.working import plain
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.outbox.services import post_mail
from marketplace.kernel.references.services import next_reference

Row = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Where a bid stands: lot, provider, rank or none, total."""

    lot: int
    provider: str
    rank: int | None
    total: str

    @property
    def stands(self) -> tuple[int, str, int | None]:
        """What makes the result: who is a candidate, and in which order."""
        return (self.lot, self.provider, self.rank)


def is_changed(before: Sequence[Place], after: Sequence[Place]) -> bool:
    """Whether candidates or their order are others than before; totals alone change no result. Pure."""
    return {each.stands for each in before} != {each.stands for each in after}


def as_words(places: Sequence[Place]) -> str:
    """The result in a line a bid, as the record keeps it."""
    return "\n".join(f"{p.lot}|{p.provider}|{p.rank or ''}|{p.total}" for p in places)


def from_words(kept: str) -> list[Place]:
    """A kept result."""
    rows = [line.split("|") for line in kept.splitlines()]
    return [Place(int(lot), name, int(rank) if rank else None, total) for lot, name, rank, total in rows]


async def _result_now(listing: UUID) -> list[Place]:
    return [
        Place(r["lot_number"], r["provider_name"], r["rank"], plain(r["total"])) for r in await result_rows(listing)
    ]


@dataclass(frozen=True)
class Found:
    """What was found wrong of a signed result: the lawful ground, and where it lies."""

    ground: Ground
    reason: str


@dataclass(frozen=True)
class Challenged:
    """The challenge that raises the ground after the notice, and the lot it attacks (87 Art. 64 para 3)."""

    reference: str
    lot: UUID


async def start_re_evaluation(listing: UUID, ground: Ground, reason: str, actor: Actor, now: datetime) -> str:
    """The buyer, or its agency, lets the original panel review again; gives the number (R-REEV-01).

    Raises DomainError for any other ground or without the fact, Conflict before the report is signed or after the
    notice, Forbidden for strangers.
    """
    async with transaction():
        row = await lock_listing(listing)
        check_may_appoint(actor, row)
        if judged_without_panel(row) or row["status"] not in ("evaluated", "determined"):
            words = N_("评审报告签署以后、结果公告以前才组织重新评审。结果已经公告的，按质疑、投诉处理。")
            raise Conflict(words, clause=REVIEWING_AGAIN)
        if is_framework(row) and row["status"] != "evaluated":
            raise Conflict(N_("入围结果已经确定，不能在这里重新评审。"), clause=REVIEWING_AGAIN)
        return await _open(row, Found(ground, reason), None, actor, now)


async def review_for_challenge(listing: UUID, of: Challenged, found: Found, actor: Actor, now: datetime) -> str:
    """A challenge says that one of the grounds is there: the original panel reviews the lot again; gives the number.

    Signing and performance rest until it is closed. Raises DomainError for any other ground or without the fact,
    Conflict where nothing was announced or the contract is signed, Forbidden for strangers.
    """
    async with transaction():
        row = await lock_listing(listing)
        check_may_appoint(actor, row)
        award = await award_of_lot(of.lot)
        if judged_without_panel(row) or is_framework(row) or row["status"] != "awarded" or award is None:
            words = N_("只有经评审小组评审、已经公告结果的采购包，才因质疑组织重新评审。请直接答复质疑。")
            raise Conflict(words, clause=REVIEWING_AGAIN)
        if (await standing_of_lots(row, of.lot)).is_signed:
            words = N_("合同已经签订，采购人不再组织重新评审。请答复质疑，并书面报告财政部门，由投诉处理决定。")
            raise Conflict(words, clause="R-DISP-04")
        number = await _open(row, found, of, actor, now)
        await begin_hold(NewHold(listing, HoldGround.RE_EVALUATION, number), actor, now)
    return number


async def _open(row: Row, found: Found, of: Challenged | None, actor: Actor, now: datetime) -> str:
    listing = row["id"]
    report = await queries.report_of(listing)
    if report is None or report["whole_at"] is None:
        raise Conflict(N_("评审报告还没有签署完。签署以前发现的，由评审小组当场更正。"), clause="R-COM-07")
    if await queries.open_re_evaluation(listing):
        raise Conflict(N_("正在重新评审，不用再发起。"), clause=REVIEWING_AGAIN)
    check_ground_again(row_of(row), found.ground)
    if not found.reason.strip():
        raise DomainError(N_("请写明发现了什么：哪一家、哪一项、错在哪里。"), clause=REVIEWING_AGAIN)
    number = await next_reference("FS", county_day(now).year)
    await insert(
        ReEvaluation, listing=listing, number=number, ground=found.ground.value, reason=found.reason.strip(),
        before=report["id"], result_before=as_words(await _result_now(listing)), opened_by=actor.person_id,
        opened_at=now, challenge=of.reference if of else "", lot=of.lot if of else None,
    )  # fmt: skip
    await _tell_panel(row, number, found.ground, now)
    detail = {"number": number, "ground": found.ground.value, "content_sha256": report["content_sha256"]}
    await record("re_evaluation.opened", ("listing", str(listing)), actor, detail, now)
    return number


async def _tell_panel(row: Row, number: str, ground: Ground, now: datetime) -> None:
    subject = say(N_("重新评审：{reference}"), reference=row["reference"])
    body = say(
        N_("采购人因“{ground}”组织原评审小组重新评审（{number}）。请登录后办理：/listings/{reference}/report"),
        ground=say(GROUND_LABELS[ground]), number=number, reference=row["reference"],
    )  # fmt: skip
    people = [m["person"] for m in await judging_members(row["id"])]
    for each in await fetch("SELECT email FROM person WHERE id = ANY($1) AND email <> ''", people):
        await post_mail(each["email"], subject.text("zh"), f"{body.text('zh')}\n\n{body.text('en')}", now)


async def close_re_evaluation(listing: UUID, actor: Actor, now: datetime) -> bool:
    """With the new report signed: whether the result changed. Then finance is told and what was determined falls.

    Raises Conflict before the new report is whole, NotFound where none is under way, Forbidden for strangers.
    """
    async with transaction():
        row = await lock_listing(listing)
        check_may_appoint(actor, row)
        again = await queries.open_re_evaluation(listing)
        if again is None:
            raise NotFound()
        report = await queries.report_of(listing)
        if report is None or report["id"] == again["before"] or report["whole_at"] is None:
            raise Conflict(N_("原评审小组还没有签署新的评审报告。请等签署完再结束。"), clause="R-COM-09")
        after = await _result_now(listing)
        before = from_words(again["result_before"])
        changed = is_changed(before, after)
        await execute(
            "UPDATE re_evaluation SET after = $2, result_after = $3, is_changed = $4, closed_by = $5, closed_at = $6"
            " WHERE id = $1",
            again["id"], report["id"], as_words(after), changed, actor.person_id, now,
        )  # fmt: skip
        detail = {"number": again["number"], "changed": "yes" if changed else "no",
                  "content_sha256": report["content_sha256"]}  # fmt: skip
        await record("re_evaluation.closed", ("listing", str(listing)), actor, detail, now)
        if again["challenge"]:
            touched = {p.lot for p in {*before} ^ {*after}}
            await settle_announced(row, again, touched, actor, now)
        if changed:
            lots = {p.lot for p in {*before, *after} if p.stands not in {q.stands for q in before}
                    or p.stands not in {q.stands for q in after}}  # fmt: skip
            await _undo_determined(row, lots, again["number"], actor, now)
            if all(p.rank is None for p in after):
                await fail_without_valid(row, actor, now)
            await _report_to_finance(row, again, now)
    return changed


async def _undo_determined(row: Row, lots: set[int], number: str, actor: Actor, now: datetime) -> None:
    """What was determined on the result before falls in the lots that changed; nobody was told of it yet."""
    fallen = [a for a in await awards_of(row["id"]) if a["lot_number"] in lots and a["announced_at"] is None]
    for award in fallen:
        await void_award(award["lot"], Voiding(number, REVIEWED_CLAUSE), actor, now)
    if fallen and row["status"] != "evaluated":
        await reopen_listing(row, Decimal(0), number, actor, now)


async def _report_to_finance(row: Row, again: Row, now: datetime) -> None:
    """A changed result is reported to finance in writing (87 Art. 64)."""
    values = {
        "number": again["number"], "reference": row["reference"], "title": row["title"],
        "ground": say(GROUND_LABELS[Ground(again["ground"])]),
    }  # fmt: skip
    subject = say(N_("重新评审改变结果的报告：{reference}"), **values)
    body = say(
        N_("“{title}”经重新评审（{number}，{ground}），评审结果改变。\n详情：/listings/{reference}/re-evaluation"),
        **values,
    )
    for address in await finance_mails():
        await mail_in("zh", address, (subject, body), now, None)


async def note_change(listing: UUID, number: str, actor: Actor, now: datetime) -> None:
    """Finance takes note of a changed result. Again changes nothing. Raises NotFound."""
    actor.check_may(Permission.DECIDE_COMPLAINT)
    async with transaction():
        row = await fetchrow(
            "SELECT id, noted_at FROM re_evaluation WHERE listing = $1 AND number = $2 AND is_changed FOR UPDATE",
            listing, number,
        )  # fmt: skip
        if row is None:
            raise NotFound()
        if row["noted_at"]:
            return
        await execute(
            "UPDATE re_evaluation SET noted_by = $2, noted_at = $3 WHERE id = $1", row["id"], actor.person_id, now
        )
        await record("re_evaluation.noted", ("listing", str(listing)), actor, {"number": number}, now)
