"""What an answer or a decision leads to, carried out inside its transaction (R-DISP-04)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.interest.services import mail_in
from catalogue.interruptions.queries import finance_mails
from catalogue.interruptions.reopening import Redo, end_for_redo, end_lot_for_redo
from catalogue.listings.methods import is_framework
from catalogue.listings.queries import lock_listing, lots
from catalogue.listings.rules import Status, shown_status
from contracts.frameworks.voiding import void_places
from evaluations.admission.voiding import void_admission
from evaluations.awards.voiding import Voiding, redo, standing_of_lots, take_next_candidate
from evaluations.challenges.remedies import REMEDY_LABELS, Case, Reached, Remedy
from evaluations.challenges.rules import Stage
from evaluations.reevaluations.for_challenges import review_of
from marketplace.accounts.actor import Actor
from marketplace.kernel.i18n import N_, say

Row = dict[str, Any]


async def case_of(listing: Row, attacked: Row, now: datetime) -> Case:
    """Stage attacked and how far the procurement has come, read under the listing's lock."""
    stage = Stage(attacked["stage"])
    standing = await standing_of_lots(listing, attacked["lot"])
    if standing.is_performed:
        reached = Reached.PERFORMED
    elif standing.is_signed:
        reached = Reached.SIGNED
    elif listing["status"] in (Status.FAILED, Status.CANCELLED):
        reached = Reached.ENDED
    elif standing.is_determined:
        reached = Reached.DETERMINED
    elif shown_status(listing["status"], listing["closes_at"], now) in (Status.PUBLISHED, Status.SUSPENDED):
        reached = Reached.BIDDING
    else:
        # also a lot that nobody won in a listing that is announced
        reached = Reached.UNDETERMINED
    return Case(stage, reached, standing.enough_left, standing.is_framework)


async def case_of_challenge(listing: Row, challenge: Row, now: datetime) -> Case:
    """The same for a challenge, with what a re-evaluation for it did to the result."""
    review = await review_of(challenge["reference"])
    is_reviewed = review is not None and review["has_voided"]
    return replace(await case_of(listing, challenge, now), is_reviewed=is_reviewed)


async def carry_out(remedy: Remedy, listing: Row, lot: UUID | None, decision: str, act: tuple[Actor, datetime]) -> None:
    """Void, reopen or end, with the money; continue, amend and damages change no row. Raises Conflict, IllegalMove."""
    actor, now = act
    if remedy not in (Remedy.NEXT_CANDIDATE, Remedy.REDO):
        return
    row = await lock_listing(listing["id"])
    if remedy == Remedy.NEXT_CANDIDATE:
        concerned = next(each for each in await lots(listing["id"]) if each["id"] == lot)
        await take_next_candidate(row, concerned, Voiding(decision), actor, now)
        return
    reason = f"经处理（{decision}），{REMEDY_LABELS[Remedy.REDO]}。"
    if is_framework(listing) and row["status"] in (Status.DETERMINED, Status.AWARDED):
        await _seek_again(row, lot, decision, reason, act)
        return
    await redo(row, lot, Voiding(decision), Redo(reason), act)


async def _seek_again(row: Row, lot: UUID | None, decision: str, reason: str, act: tuple[Actor, datetime]) -> None:
    """Places of a framework end, and with the last one its listing; of lots not announced the admission goes."""
    actor, now = act
    stands = await void_places(row["id"], lot, decision, actor, now)
    if row["status"] == Status.DETERMINED:
        stands = await void_admission(row["id"], lot, decision, actor, now)
    if not stands:
        await end_for_redo(row, Redo(reason), actor, now)
    elif lot is not None:
        await end_lot_for_redo(row, lot, Redo(reason), actor, now)


async def report_to_finance(listing: Row, number: str, remedy: Remedy, now: datetime) -> None:
    """An answer that changes the result is reported to finance in writing (94 Art. 16)."""
    values = {
        "number": number, "reference": listing["reference"], "title": listing["title"],
        "remedy": say(REMEDY_LABELS[remedy]),
    }  # fmt: skip
    subject = say(N_("质疑答复改变结果的报告：{reference}"), **values)
    body = say(N_("“{title}”的质疑 {number} 经答复：{remedy}。\n详情：/challenges/{number}"), **values)
    for address in await finance_mails():
        await mail_in("zh", address, (subject, body), now, None)
