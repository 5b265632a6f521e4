"""A buyer that lets its days pass in silence has determined the first ranked; or it says why not (R-TIME-14)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.holds.queries import holds_of
from catalogue.listings.queries import listing_by_id, lock_listing
from evaluations.awards.before_award import STANDING_RESULTS, pass_over_barred
from evaluations.awards.clock import SILENCE, determination_clock, is_held, silence_counts
from evaluations.awards.rules import AwardPeople, check_may_determine
from evaluations.awards.services import Determining, award_first, mark_when_all_are_determined
from evaluations.awards.tables import ReportObjection
from evaluations.awards.ties import drawn_among, first_ranked
from evaluations.opening.recordings import must_be_recorded, without_recording
from evaluations.opening.seeing import look_for_relations
from evaluations.panel.queries import judging_members, members
from evaluations.panel.ties import certain_tie
from evaluations.signs.queries import are_answered
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, FormRefused
from marketplace.kernel.i18n import N_, say

Row = dict[str, Any]

# lots whose first ranked nobody has determined, barred or displaced; a result that fell is the buyer's to replace
_SILENT = f"""
SELECT t.listing, t.id AS lot FROM listing_lot t JOIN listing l ON l.id = t.listing
WHERE l.status = 'evaluated' AND EXISTS (SELECT 1 FROM {STANDING_RESULTS} AND r.lot = t.id AND r.rank = 1)
  AND NOT EXISTS (SELECT 1 FROM award a WHERE a.lot = t.id)
  AND NOT EXISTS (SELECT 1 FROM void_award v WHERE v.lot = t.id)
  AND NOT EXISTS (SELECT 1 FROM report_objection o WHERE o.listing = l.id)
  AND NOT EXISTS (SELECT 1 FROM re_evaluation e WHERE e.listing = l.id AND e.closed_at IS NULL)
"""


async def deem_determined(now: datetime) -> int:
    """Deem the first ranked determined wherever the last day has passed in silence; gives how many lots.

    Holds, open signs of collusion, a missing recording (R-RECORD-01), a tie without a draw and a stated objection all
    keep it back. Run again it finds nothing more.
    """
    silent = await fetch(f"{_SILENT} ORDER BY t.listing, t.id")
    return sum([await _deem(row["listing"], row["lot"], now) for row in silent])


async def _deem(listing: UUID, lot: UUID, now: datetime) -> bool:
    async with transaction():
        row = await lock_listing(listing)
        # against a determination made while this one waited for the lock
        if not await fetchval(f"{_SILENT} AND t.id = $1", lot) or not await _is_due(row, now):
            return False
        await look_for_relations(await listing_by_id(listing), None, now)
        first = await first_ranked(lot)
        if not await are_answered(listing) or (must_be_recorded(row) and await without_recording(row)):
            return False
        if len(first) > 1 and not await drawn_among(lot, first):
            return False
        today = county_day(now)
        if any([await certain_tie(listing, member, today) for member in await judging_members(listing)]):
            return False
        passed = await pass_over_barred(listing, lot, None, now)
        first = await first_ranked(lot)
        # where the first ranked is barred by now, whom to take is the buyer's word; the proof stays in the file
        if not first or first[0]["rank"] != 1:
            return False
        await award_first(row, lot, Determining(None, now), passed)
        await mark_when_all_are_determined(listing, None, now)
    return True


async def _is_due(row: Row, now: datetime) -> bool:
    today, clock = county_day(now), await determination_clock(row)
    return (
        clock is not None
        and silence_counts(row)
        and clock.is_over(today)
        and not is_held(await holds_of(row["id"]), today)
    )


async def objection_of(listing: UUID) -> Row | None:
    """What the buyer stated against the report, for those inside."""
    row = await fetchrow(
        "SELECT o.reason, o.stated_at, p.name AS stated_by_name FROM report_objection o"
        " JOIN person p ON p.id = o.stated_by WHERE o.listing = $1",
        listing,
    )
    return dict(row) if row else None


async def object_to_report(listing: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """State once why the report is not followed within the days; who wins is still to be determined by people.

    Raises Forbidden for who may not determine, FormRefused without a reason, Conflict when it is not the time.
    """
    if not reason.strip():
        raise FormRefused({"reason": say(N_("请写明不按评审报告的排序确定的理由和依据。"))})
    async with transaction():
        row = await lock_listing(listing)
        panel = frozenset(m["person"] for m in await members(listing))
        check_may_determine(actor, AwardPeople(row["procuring_unit"], row["drafted_by"], panel))
        if row["status"] != "evaluated" or not silence_counts(row):
            raise Conflict(N_("现在不是对评审报告提出异议的时候。请刷新页面。"), clause=SILENCE)
        if await objection_of(listing):
            raise Conflict(N_("异议已经登记过，不能再改。"), clause=SILENCE)
        await insert(
            ReportObjection, listing=listing, reason=reason.strip(), stated_by=actor.person_id, stated_at=now
        )
        await record("award.report_objected", ("listing", str(listing)), actor, {"reference": row["reference"]}, now)
