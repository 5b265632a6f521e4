"""Leave of a worker: entered by the worker or the office, cancelled when it does not come about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from contracts.visits.tables import WorkerLeave
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetch, fetchrow, insert, transaction
from marketplace.kernel.errors import FormRefused, NotFound
from marketplace.kernel.i18n import N_, say

Row = dict[str, Any]
# one's own, and for the office those of everybody on its roster now
_MINE = (
    "($3 AND EXISTS (SELECT 1 FROM worker w LEFT JOIN provider o ON o.id = w.provider WHERE w.person = p.id"
    " AND coalesce(o.organisation, w.town) = $2 AND w.employed_to IS NULL) OR p.id = $1)"
)


@dataclass(frozen=True)
class NewLeave:
    """Days of leave as typed."""

    person: UUID
    from_on: date
    to_on: date
    reason: str = ""


def _reader(actor: Actor) -> tuple[UUID, UUID, bool]:
    return actor.person_id, actor.organisation_id, actor.may(Permission.MANAGE_WORKERS)


async def leave_for(actor: Actor) -> list[Row]:
    """Leave of oneself and of the office's roster, the latest first."""
    rows = await fetch(
        "SELECT l.*, p.name AS person_name, e.name AS entered_by_name FROM worker_leave l"
        " JOIN person p ON p.id = l.person JOIN person e ON e.id = l.entered_by"
        f" WHERE {_MINE} ORDER BY l.from_on DESC, p.name LIMIT 500",
        *_reader(actor),
    )
    return [dict(row) for row in rows]


async def people_for(actor: Actor) -> list[Row]:
    """Whose leave the actor may enter."""
    rows = await fetch(f"SELECT p.id, p.name FROM person p WHERE {_MINE} ORDER BY p.name", *_reader(actor))
    return [dict(row) for row in rows]


async def enter_leave(new: NewLeave, actor: Actor, now: datetime) -> UUID:
    """Enter days of leave. Raises FormRefused, NotFound for who is not of the office."""
    if new.to_on < new.from_on:
        raise FormRefused({"to_on": say(N_("最后一天不能早于第一天。"))})
    async with transaction():
        if new.person not in {row["id"] for row in await people_for(actor)}:
            raise NotFound()
        leave: UUID = await insert(
            WorkerLeave, person=new.person, from_on=new.from_on, to_on=new.to_on, reason=new.reason,
            entered_by=actor.person_id, entered_at=now,
        )  # fmt: skip
        detail = {"from_on": new.from_on.isoformat(), "to_on": new.to_on.isoformat()}
        await record("leave.entered", ("person", str(new.person)), actor, detail, now)
    return leave


async def cancel_leave(leave: UUID, actor: Actor, now: datetime) -> None:
    """Leave that does not come about. Raises NotFound; twice does no harm."""
    async with transaction():
        found = await fetchrow(
            f"SELECT l.person, l.cancelled_at FROM worker_leave l JOIN person p ON p.id = l.person WHERE {_MINE}"
            " AND l.id = $4 FOR UPDATE OF l",
            *_reader(actor), leave,
        )  # fmt: skip
        if found is None:
            raise NotFound()
        if found["cancelled_at"] is None:
            await execute("UPDATE worker_leave SET cancelled_at = $2 WHERE id = $1", leave, now)
            await record("leave.cancelled", ("person", str(found["person"])), actor, {}, now)
