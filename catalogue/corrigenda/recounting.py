"""Count the provisional dates of open listings anew once a year's holidays are announced (R-CAL-03).

Days that stand beside a listing, of questions, contracts, challenges, are counted by `marketplace/accounts/recounting`.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from catalogue.corrigenda.applying import move_dates
from catalogue.interest.services import mail_in, tell_interested
from catalogue.listings.drafts import Timetable
from catalogue.listings.queries import Row, lock_listing
from catalogue.listings.rules import Status
from catalogue.listings.timetable import plan
from catalogue.listings.version_writer import NewVersion, write_version
from marketplace.accounts.actor import Actor
from marketplace.accounts.recounting import Recount
from marketplace.accounts.trail import record
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.i18n import N_, say

ENDED = [Status.AWARDED.value, Status.FAILED.value, Status.CANCELLED.value]


async def recount_listings(actor: Actor, now: datetime) -> Recount:
    """Count them anew in this transaction: a version of each listing, a mail to those concerned."""
    found = await fetch(
        "SELECT DISTINCT t.listing FROM timetable_date t JOIN listing l ON l.id = t.listing"
        " WHERE t.is_provisional AND l.published_at IS NOT NULL AND NOT l.status = ANY($1) ORDER BY t.listing",
        ENDED,
    )
    moved = 0
    for each in found:  # each is an act of its own: locked, versioned, told
        moved += await _recount_listing(each["listing"], actor, now)
    return Recount(len(found), moved)


async def _recount_listing(listing: UUID, actor: Actor, now: datetime) -> bool:
    row = await lock_listing(listing)
    before = await _dates(listing)
    await move_dates(row, _timetable(row, before))
    after = await _dates(listing)
    moved = {event: day for event, (day, _) in after.items() if before.get(event, (day, True))[0] != day}
    reason = str(say(N_("放假安排公布，重新计算暂定日期")))
    await write_version(listing, NewVersion("recount", actor.person_id, None, reason), now)
    detail = {"reference": row["reference"], "moved": ", ".join(f"{e} {d}" for e, d in sorted(moved.items()))}
    await record("listing.dates_recounted", ("listing", str(listing)), actor, detail, now)
    await _tell(row, bool(moved), now)
    return bool(moved)


async def _dates(listing: UUID) -> dict[str, tuple[object, bool]]:
    rows = await fetch("SELECT event, day, is_provisional FROM timetable_date WHERE listing = $1", listing)
    return {each["event"]: (each["day"], each["is_provisional"]) for each in rows}


def _timetable(row: Row, before: dict[str, tuple[object, bool]]) -> Timetable:
    """What was counted is counted again, what somebody chose stays; documents are never offered shorter than said."""
    counted_before = {event for event, (_, is_provisional) in before.items() if is_provisional}
    names = ("documents_until", "questions_until")
    chosen = {name: None if name in counted_before else row[name] for name in names}
    chosen["documents_from"] = row["documents_from"]
    counted = plan(Timetable(row["closes_at"], **chosen), row["method"], row["rules_on"])
    if row["documents_until"] and counted.documents_until and counted.documents_until < row["documents_until"]:
        chosen["documents_until"] = row["documents_until"]
    return Timetable(row["closes_at"], **chosen)


async def _tell(row: Row, is_moved: bool, now: datetime) -> None:
    values = {"reference": row["reference"], "title": row["title"]}
    subject = say(N_("日期已确定：{reference}"), **values)
    words = N_("放假安排已经公布，{reference}“{title}”的暂定日期重新计算过，没有变化。\n请查看：/listings/{reference}")
    if is_moved:
        words = N_(
            "放假安排已经公布，{reference}“{title}”的日期重新计算，有变化。\n请查看新的日期：/listings/{reference}"
        )
        await tell_interested(row["id"], subject, say(words, **values), now)
    to = await fetchval("SELECT email FROM person WHERE id = $1 AND is_active", row["drafted_by"])
    if to:
        await mail_in("zh", to, (subject, say(words, **values)), now, None)
