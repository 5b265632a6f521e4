"""Record that the service is there; move a deadline for all, once, when it was not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.corrigenda.applying import write_dates
from catalogue.interest.services import hide_waiting_mails, tell_interested
from catalogue.listings.drafts import Timetable
from catalogue.listings.methods import takes_sealed_bids
from catalogue.listings.queries import listing_by_id, lock_listing
from catalogue.listings.rules import Status
from catalogue.listings.version_writer import NewVersion, keep_first_version, write_version
from catalogue.outages.rules import LEAST_GAP, Gap, OutageRule, Span, gaps, moves, new_deadline, rule_of, unavailable
from catalogue.outages.tables import OutageExtension
from marketplace.accounts.trail import record
from marketplace.kernel.audit.services import hide_stream_again
from marketplace.kernel.db import execute, fetch, fetchval, insert, transaction
from marketplace.kernel.formats import moment
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.moments import Moment

AUTOMATIC = N_(
    "平台的可用记录：截止前 {window} 小时内有 {minutes} 分钟不能使用（{gaps}），超过规则允许的 {allowed} 分钟。"
    "截止时间由 {before} 改为 {after}，对所有供应商一样，只改这一次（R-OUTAGE-01）。"
)


async def beat() -> None:
    """The pages are being served: lengthen the span that was seen just now, or begin a new one."""
    async with transaction():
        await execute("SELECT pg_advisory_xact_lock(hashtext('service_span'))")
        await execute(
            "WITH clock AS (SELECT county_now() AS at,"
            " round(extract(epoch FROM county_now() - clock_timestamp()))::int AS shift),"
            " grown AS (UPDATE service_span s SET seen_at = clock.at FROM clock"
            "  WHERE s.id = (SELECT id FROM service_span ORDER BY seen_at DESC LIMIT 1)"
            "  AND clock.at BETWEEN s.seen_at AND s.seen_at + $1 AND abs(s.offset_seconds - clock.shift) < 5"
            "  RETURNING s.id)"
            " INSERT INTO service_span (id, begun_at, seen_at, offset_seconds)"
            " SELECT gen_random_uuid(), at, at, shift FROM clock WHERE NOT EXISTS (SELECT FROM grown)",
            LEAST_GAP,
        )


async def move_all_after_outages(now: datetime) -> None:
    """Look at every listing in its last hours, and at those whose deadline passed while the service was away."""
    rows = await fetch(
        "SELECT id FROM listing l WHERE status = 'published' AND closes_at <= $1::timestamptz + interval '24 hours'"
        " AND NOT EXISTS (SELECT FROM outage_extension e WHERE e.listing = l.id)",
        now,
    )
    for row in rows:
        await move_after_outage(row["id"])


async def move_after_outage(listing_id: UUID) -> datetime | None:
    """Move one deadline if the service was away longer than its rule allows; gives the new one. Once for a listing."""
    # looked at without a lock first: in the last minutes everybody seals
    if await _why_move(listing_id) is None:
        return None
    async with transaction():
        await lock_listing(listing_id)
        why = await _why_move(listing_id)
        return await _move(why) if why else None


@dataclass(frozen=True)
class _Why:
    listing: dict[str, Any]
    rule: OutageRule
    gaps: list[Gap]
    now: datetime


async def _why_move(listing_id: UUID) -> _Why | None:
    listing = await listing_by_id(listing_id)
    now: datetime = await fetchval("SELECT county_now()")
    closes_at = listing["closes_at"]
    if listing["status"] != Status.PUBLISHED or not takes_sealed_bids(listing):
        return None
    if await fetchval("SELECT EXISTS (SELECT FROM outage_extension WHERE listing = $1)", listing_id):
        return None
    rule = rule_of(listing["rules_on"])
    start = closes_at - rule.window
    found = gaps(await spans_since(start), start, min(now, closes_at))
    return _Why(listing, rule, found, now) if moves(found, rule) else None


async def spans_since(moment_: datetime) -> list[Span]:
    """The spans that matter after a moment, by the clock as it stands now."""
    rows = await fetch(
        "SELECT begun_at, seen_at FROM service_span WHERE abs(offset_seconds"
        " - round(extract(epoch FROM county_now() - clock_timestamp()))::int) < 5 AND seen_at >= coalesce("
        " (SELECT max(seen_at) FROM service_span WHERE seen_at < $1), $1) ORDER BY begun_at",
        moment_,
    )
    return [Span(**row) for row in rows]


async def _move(why: _Why) -> datetime:
    listing, rule, now = why.listing, why.rule, why.now
    closes_at: datetime = listing["closes_at"]
    after = new_deadline(closes_at, rule, now)
    seconds = int(unavailable(why.gaps).total_seconds())
    await keep_first_version(listing["id"], now)
    documents = listing["documents_until"]
    await write_dates(listing, Timetable(after, documents))
    await hide_stream_again(f"listing:{listing['id']}", after)
    await hide_waiting_mails(closes_at, after)
    await insert(
        OutageExtension, listing=listing["id"], closed_at_before=closes_at, closes_at_after=after,
        unavailable_seconds=seconds, allowed_minutes=rule.allowed_minutes, decided_at=now,
    )  # fmt: skip
    values = {
        "window": int(rule.window.total_seconds() // 3600), "minutes": seconds // 60, "allowed": rule.allowed_minutes,
        "gaps": "；".join(f"{moment(gap.begun_at, 'zh')}—{moment(gap.ended_at, 'zh')}" for gap in why.gaps),
        "before": Moment(closes_at), "after": Moment(after),
    }  # fmt: skip
    reason = say(AUTOMATIC, **values)
    new = NewVersion("extension", listing["drafted_by"], listing["approved_by"], reason.text("zh"))
    await write_version(listing["id"], new, now)
    named = {"reference": listing["reference"], "title": listing["title"]}
    body = say(N_("{reference}“{title}”\n{reason}\n已经封存的文件仍然有效，也可以替换。"), **named, reason=reason)
    await tell_interested(listing["id"], say(N_("延期公告：{reference}"), **named), body, now)
    detail = {"reference": listing["reference"], "closes_at": after.isoformat()}
    await record("listing.moved_after_outage", ("listing", str(listing["id"])), None, detail, now)
    return after
