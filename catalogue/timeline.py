"""What the catalogue tells of a listing's story: publication, the dates ahead, closing, and an end without award."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from catalogue.interruptions.queries import suspensions_of
from catalogue.listings.queries import listing_by_id, timetable
from catalogue.listings.rules import NEVER_PUBLIC, Status, shown_status
from catalogue.listings.timetable import END_OF_OFFICE, EVENT_LABELS
from catalogue.listings.version_queries import versions_of
from catalogue.listings.versions import KIND_LABELS
from catalogue.questions.queries import answered
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import read_ahead
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.moments import Moment
from marketplace.kernel.timeline import TimelineEvent

# a planned date is told only until the step it plans is done
_OPEN = frozenset({Status.PUBLISHED, Status.SUSPENDED, Status.CLOSED})
PLANNED_UNTIL: dict[str, frozenset[Status]] = {
    "opening": _OPEN,
    "report_by": _OPEN | {Status.OPENED},
    "determine_by": _OPEN | {Status.OPENED, Status.EVALUATED},
    "award_notice_by": _OPEN | {Status.OPENED, Status.EVALUATED, Status.DETERMINED},
    "sign_by": _OPEN | {Status.OPENED, Status.EVALUATED, Status.DETERMINED},
}
BEFORE_CLOSING = ("notice_until", "documents_until", "questions_until")


async def listing_events(listing_id: UUID, now: datetime) -> list[TimelineEvent]:
    """The events of the catalogue, oldest first; nothing of an unpublished listing."""
    await read_ahead(
        listing_by_id(listing_id), timetable(listing_id), answered(listing_id), versions_of(listing_id),
        suspensions_of(listing_id),
    )  # fmt: skip
    listing = await listing_by_id(listing_id)
    if listing["published_at"] is None or listing["status"] in NEVER_PUBLIC:
        return []
    events = planned_events(listing, await timetable(listing_id), now)
    events += [
        TimelineEvent(row["answered_at"], say(N_("公布第 {number} 问的答复"), number=row["number"]), None, "R-TIME-22")
        for row in await answered(listing_id)
    ]
    events += [_version(row, listing) for row in await versions_of(listing_id) if row["number"] > 1]
    events += [
        TimelineEvent(row["resumed_at"], say(N_("恢复采购")))
        for row in await suspensions_of(listing_id)
        if row["resumed_at"] and row["resumed_at"] != listing["ended_at"]
    ]
    events += _ending(listing)
    return sorted(events, key=lambda event: event.at)


def planned_events(
    listing: dict[str, object], dates: Sequence[dict[str, object]], now: datetime
) -> list[TimelineEvent]:
    """Publication and the dates that its timetable plans."""
    published_at, closes_at = listing["published_at"], listing["closes_at"]
    assert isinstance(published_at, datetime)
    words = say(N_("另一位同事复核后发布，时间安排由规则推算。"))
    status = shown_status(str(listing["status"]), closes_at if isinstance(closes_at, datetime) else None, now)
    dated = (_dated(row, listing, status, now) for row in dates)
    return [TimelineEvent(published_at, say(N_("发布采购公告")), words), *(event for event in dated if event)]


def _version(row: dict[str, object], listing: dict[str, object]) -> TimelineEvent:
    at, closes_at = row["published_at"], row["closes_at"]
    assert isinstance(at, datetime) and isinstance(closes_at, datetime)
    title = say(N_("{kind}，第 {number} 版"), kind=say(KIND_LABELS[str(row["kind"])]), number=row["number"])
    body = say(N_("投标截止时间：{closes_at}"), closes_at=Moment(closes_at))
    clause = "R-CORR-01" if row["kind"] == "corrigendum" else None
    return TimelineEvent(at, title, body, clause)


def _dated(row: dict[str, object], listing: dict[str, object], status: Status, now: datetime) -> TimelineEvent | None:
    name = str(row["event"])
    at = _moment(name, row, listing)
    ended_at = listing["ended_at"]
    if status in (Status.FAILED, Status.CANCELLED) and isinstance(ended_at, datetime) and at > ended_at:
        return None
    if name in PLANNED_UNTIL and status not in PLANNED_UNTIL[name]:
        return None
    if name not in PLANNED_UNTIL and name not in BEFORE_CLOSING and name != "closes":
        return None
    state = "done" if now >= at else ("now" if name == "closes" else "next")
    if name in PLANNED_UNTIL and state == "done":
        state = "now"  # the day has come and the step is not done yet
    title = say(EVENT_LABELS[name])
    return TimelineEvent(at, title, None, str(row["rule_key"]), state, bool(row["is_provisional"]))


def _moment(name: str, row: dict[str, object], listing: dict[str, object]) -> datetime:
    exact = {
        "closes": listing["closes_at"],
        "opening": listing["closes_at"],
        "documents_until": listing["documents_until"],
        "questions_until": listing["questions_until"],
    }.get(name)
    return exact if isinstance(exact, datetime) else at_county_time(row["day"], END_OF_OFFICE)  # type: ignore[arg-type]


def _ending(listing: dict[str, object]) -> list[TimelineEvent]:
    words = {Status.FAILED: N_("采购失败"), Status.CANCELLED: N_("取消采购")}
    status = Status(str(listing["status"]))
    ended_at = listing["ended_at"]
    if status not in words or not isinstance(ended_at, datetime):
        return []
    reason = say(str(listing["end_reason"]).replace("{", "（").replace("}", "）"))
    return [TimelineEvent(ended_at, say(words[status]), reason, str(listing["end_clause"]) or None)]
