"""A visit being typed, screen by screen: kept under the identity that the visit will have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from contracts.visits import queries
from contracts.visits.tables import VisitDraft
from marketplace.accounts.actor import Actor
from marketplace.kernel.clock import COUNTY_ZONE
from marketplace.kernel.db import execute, insert, transaction
from marketplace.kernel.errors import NotFound

COLUMNS: Mapping[str, int] = {
    "contract": 40, "recipient_code": 40, "town": 40, "village": 80, "day": 20, "begins": 20, "ends": 20,
    "service_order": 40, "companions": 400, "adult_there": 200, "tasks": 400,
    "confirmed_by": 10, "short_code": 10, "slip_number": 40, "village_words": 80,
    "is_group": 5, "is_void": 5, "note": 500, "reason": 300,
}  # fmt: skip


async def save_draft(draft_id: UUID, typed: Mapping[str, str], actor: Actor, now: datetime) -> None:
    """Keep what was typed on one screen. Raises NotFound when the identity belongs to somebody else's visit."""
    known = {name: typed[name][: COLUMNS[name]] for name in typed if name in COLUMNS}
    async with transaction():
        visit = await queries.visit_of(draft_id)
        if visit is not None:
            raise NotFound()
        if await queries.draft_of(draft_id, actor.person_id) is None:
            # an identity that another worker's draft already has ends in a unique violation: 409, nothing is shown
            await insert(VisitDraft, id=draft_id, person=actor.person_id, saved_at=now)
        settings = ", ".join(f"{name} = ${number}" for number, name in enumerate(known, start=3))
        if settings:
            await execute(
                f"UPDATE visit_draft SET saved_at = $2, {settings} WHERE id = $1", draft_id, now, *known.values()
            )


async def begin_correction(draft_id: UUID, visit_id: UUID, actor: Actor, now: datetime) -> None:
    """A draft that starts from the points of the visit to be corrected. Raises NotFound for other workers' visits."""
    visit = await queries.visit_of(visit_id)
    if visit is None or visit["person"] != actor.person_id:
        raise NotFound()
    if await queries.draft_of(draft_id, actor.person_id) or await queries.visit_of(draft_id):
        return
    await insert(
        VisitDraft, id=draft_id, person=actor.person_id, corrects=visit_id, contract=str(visit["contract"]),
        recipient_code=visit["recipient_code"], town=str(visit["town"]), village=visit["village"],
        day=visit["day"].isoformat(), begins=f"{visit['begins_at'].astimezone(COUNTY_ZONE):%H:%M}",
        adult_there=visit["exception_reason"] if visit["exception"] == "guardian" else "",
        ends=f"{visit['ends_at'].astimezone(COUNTY_ZONE):%H:%M}", is_group="yes" if visit["is_group"] else "",
        note=visit["note"], saved_at=now,
    )  # fmt: skip


async def drop_draft(draft_id: UUID, actor: Actor) -> None:
    """Throw away what was typed; doing it twice does no harm."""
    await execute("DELETE FROM visit_draft WHERE id = $1 AND person = $2", draft_id, actor.person_id)
