"""The row that keeps what came with a visit besides its six points, and how it goes on with a correction."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from contracts.visits.extras import Extras
from contracts.visits.rules import VisitPoints
from marketplace.accounts.actor import Actor
from marketplace.kernel.db import Statement


def record_of(visit_id: UUID, extras: Extras | None, recorder: Actor, main: UUID | None) -> list[Statement]:
    """The row of what came with a visit; none where nothing did."""
    if extras is None:
        return []
    values = {
        "id": uuid4(), "visit": visit_id, "recorded_by": recorder.person_id, "joint": main,
        "tasks": list(extras.tasks), "confirmed_by": extras.confirmed_by, "code_is_right": extras.code_is_right,
        "slip_number": extras.slip_number, "village_words": extras.village_words, "signature": extras.signature,
        "latitude": extras.latitude, "longitude": extras.longitude, "placed_at": extras.placed_at,
        "exception": extras.exception, "exception_reason": extras.exception_reason,
        # one person typed for all who went: the minutes of recording are counted once
        "seconds": extras.seconds if main is None else None, "clock_off_seconds": extras.clock_off_seconds,
        "device": extras.device,
    }  # fmt: skip
    places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    return [Statement(f"INSERT INTO visit_record ({', '.join(values)}) VALUES ({places})", tuple(values.values()))]


def record_carried(
    new_id: UUID, old: dict[str, Any], points: VisitPoints, actor: Actor, *, is_void: bool
) -> list[Statement]:
    """What came with the visit goes on with its correction: tasks, place, exception; who confirmed only while it is
    the same resident. Minutes of recording are counted once, with the first row."""
    said = points.extras.exception if points.extras else ""
    if is_void or (old["record_id"] is None and not said):
        return []
    if old["record_id"] is None:
        return record_of(new_id, points.extras, actor, None)
    same = points.recipient_code == old["recipient_code"]
    reason = points.extras.exception_reason if points.extras and said else ""
    return [
        Statement(
            "INSERT INTO visit_record (id, visit, recorded_by, joint, tasks, confirmed_by, code_is_right, slip_number,"
            " village_words, signature, latitude, longitude, placed_at, exception, exception_reason, seconds,"
            " clock_off_seconds, device) SELECT $1, $2, $7, joint, tasks,"
            " CASE WHEN $4::boolean THEN confirmed_by ELSE '' END,"
            " CASE WHEN $4 THEN code_is_right END, CASE WHEN $4 THEN slip_number ELSE '' END,"
            " CASE WHEN $4 THEN village_words ELSE '' END, CASE WHEN $4 THEN signature ELSE '' END, latitude,"
            " longitude, placed_at, coalesce(nullif($5::text, ''), exception), CASE WHEN $5 = '' THEN exception_reason"
            " ELSE $6::text END, NULL, clock_off_seconds, device FROM visit_record WHERE visit = $3",
            (uuid4(), new_id, old["id"], same, said, reason, actor.person_id),
        )
    ]  # fmt: skip
