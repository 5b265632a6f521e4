"""Sheets of visits to the place: kept on the device while there is no line, written once."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from evaluations.performance import queries
from evaluations.performance.services import lock_evaluation
from evaluations.performance.survey_tables import SiteSheet
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchval, insert, transaction
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.i18n import N_


@dataclass(frozen=True)
class NewSheet:
    """One visit to the place; `id` is made by the device."""

    id: UUID
    visited_on: date
    place: str
    looked_at: str
    found: str


async def keep_sheet(reference: str, sheet: NewSheet, actor: Actor, now: datetime) -> None:
    """Write a sheet down; one that was sent before is the same one. Raises NotFound for who does not evaluate."""
    actor.check_may(Permission.EVALUATE)
    async with transaction():
        evaluation = await lock_evaluation(reference)
        seats = await queries.seats_of(evaluation["id"])
        if actor.organisation_id not in {seat["organisation"] for seat in seats}:
            raise NotFound()
        if await fetchval("SELECT 1 FROM site_sheet WHERE id = $1 AND evaluation = $2", sheet.id, evaluation["id"]):
            return
        if sheet.visited_on > county_day(now):
            raise DomainError(N_("核查的日期不能晚于今天。请改日期。"))
        await insert(
            SiteSheet, **asdict(sheet), evaluation=evaluation["id"], organisation=actor.organisation_id,
            entered_by=actor.person_id, entered_at=now,
        )  # fmt: skip
        await record("evaluation.sheet_kept", ("evaluation", reference), actor, {"place": sheet.place}, now)


async def sheets_of(evaluation: UUID) -> list[dict[str, Any]]:
    """The sheets of an evaluation, newest visit first; callers guard who reads them."""
    rows = await fetch(
        "SELECT s.*, o.name AS organisation_name, o.name_en AS organisation_name_en FROM site_sheet s"
        " JOIN organisation o ON o.id = s.organisation WHERE s.evaluation = $1"
        " ORDER BY s.visited_on DESC, s.entered_at",
        evaluation,
    )
    return [dict(r) for r in rows]
