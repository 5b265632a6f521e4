"""Phones that keep visits: met when they send, taken back by their worker or the office, emptied at next contact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.visits.tables import VisitDevice
from marketplace.accounts.actor import Actor
from marketplace.accounts.people.own_account import end_sessions_of
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.rulebook import number

Row = dict[str, Any]
RULE_CLOCK = "R-HOUR-05/clock_off"


@dataclass(frozen=True)
class Phone:
    """What a phone says of itself when it sends: identity, browser, and the time by its own clock."""

    id: UUID
    browser: str
    says: datetime


@dataclass(frozen=True)
class Met:
    """How a phone was found: taken back or not, and by how many seconds its clock is late (negative: early)."""

    is_revoked: bool
    clock_off_seconds: int


def seconds_off(says: datetime, now: datetime) -> int:
    """How late a clock is, in whole seconds within what a column holds; early is negative."""
    return max(min(round((now - says) / timedelta(seconds=1)), 2_000_000_000), -2_000_000_000)


def clock_off_minutes(now: datetime) -> int:
    """By how many minutes a phone's clock may be off without a mark (R-HOUR-05)."""
    return int(number(RULE_CLOCK, county_day(now)))


def is_clock_off(seconds: int, now: datetime) -> bool:
    """Whether a phone's clock is off by more than the county's minutes."""
    return abs(seconds) > clock_off_minutes(now) * 60


async def meet(phone: Phone, actor: Actor, now: datetime) -> Met:
    """Know a phone that sends. Raises NotFound for one that another person's visits lie on."""
    off = seconds_off(phone.says, now)
    async with transaction():
        known = await fetchrow("SELECT person, revoked_at FROM visit_device WHERE id = $1 FOR UPDATE", phone.id)
        if known is None:
            await insert(
                VisitDevice, id=phone.id, person=actor.person_id, browser=phone.browser, clock_off_seconds=off,
                first_seen_at=now, last_seen_at=now,
            )  # fmt: skip
            return Met(False, off)
        if known["person"] != actor.person_id:
            raise NotFound()
        if known["revoked_at"] is not None:
            await told_to_wipe(phone.id, now)
            return Met(True, off)
        await execute(
            "UPDATE visit_device SET last_seen_at = $2, browser = $3, clock_off_seconds = $4 WHERE id = $1",
            phone.id, now, phone.browser, off,
        )  # fmt: skip
    return Met(False, off)


async def told_to_wipe(device: UUID, now: datetime) -> bool:
    """Whether a phone was taken back; the first time it hears so is kept. Unknown phones were not."""
    if await fetchval("SELECT 1 FROM visit_device WHERE id = $1 AND revoked_at IS NOT NULL", device) is None:
        return False
    await execute("UPDATE visit_device SET wipe_told_at = $2 WHERE id = $1 AND wipe_told_at IS NULL", device, now)
    return True


_SEEN_BY = (
    " FROM visit_device d JOIN person p ON p.id = d.person LEFT JOIN person r ON r.id = d.revoked_by WHERE"
    " (d.person = $1 OR ($3 AND EXISTS (SELECT 1 FROM worker w LEFT JOIN provider o ON o.id = w.provider"
    " WHERE w.person = d.person AND coalesce(o.organisation, w.town) = $2)))"
)


def _reader(actor: Actor) -> tuple[UUID, UUID, bool]:
    return actor.person_id, actor.organisation_id, actor.may(Permission.MANAGE_WORKERS)


async def devices_for(actor: Actor) -> list[Row]:
    """One's own phones, and for the office those of everybody who is or was on its roster; the last seen first."""
    rows = await fetch(
        f"SELECT d.*, p.name AS person_name, r.name AS revoked_by_name{_SEEN_BY}"
        " ORDER BY d.revoked_at IS NOT NULL, d.last_seen_at DESC LIMIT 500",
        *_reader(actor),
    )
    return [dict(row) for row in rows]


async def revoke_device(device: UUID, reason: str, here: bytes, actor: Actor, now: datetime) -> None:
    """Take a phone back: it sends no more, empties itself at next contact, and its person is signed out everywhere.

    `here`: the session of the browser that asks, which stays. Twice does no harm. Raises NotFound for a phone that is
    neither one's own nor of the office's roster, DomainError without a reason.
    """
    if not reason:
        raise DomainError(N_("请写明为什么收回，例如手机丢了。"))
    async with transaction():
        found: Mapping[str, Any] | None = await fetchrow(
            f"SELECT d.person, d.revoked_at{_SEEN_BY} AND d.id = $4 FOR UPDATE OF d", *_reader(actor), device
        )
        if found is None:
            raise NotFound()
        if found["revoked_at"] is not None:
            return
        await execute(
            "UPDATE visit_device SET revoked_at = $2, revoked_by = $3, revoke_reason = $4 WHERE id = $1",
            device, now, actor.person_id, reason,
        )  # fmt: skip
        # whoever holds the phone holds its session too
        await end_sessions_of(found["person"], here)
        await record("device.revoked", ("person", str(found["person"])), actor, {"reason": reason}, now)
