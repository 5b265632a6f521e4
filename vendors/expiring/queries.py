"""Papers that run out: of all providers for the reminders, of some for those who review them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from marketplace.kernel.db import fetch
from vendors.expiring.rules import FIRST_REMINDER

Row = dict[str, Any]


@dataclass(frozen=True)
class RunningOut:
    """A current paper with an end in sight, and what its provider was told already."""

    id: UUID
    provider: UUID
    organisation: UUID
    kind: str
    valid_until: date
    told: tuple[int, ...]


async def running_out(day: date) -> list[RunningOut]:
    """Current papers whose last day lies within the first reminder."""
    rows = await fetch(
        "SELECT pp.id, pp.provider, p.organisation, pp.kind, pp.valid_until,"
        " array(SELECT r.days_before FROM paper_reminder r WHERE r.paper = pp.id) AS told"
        " FROM provider_paper pp JOIN provider p ON p.id = pp.provider"
        " WHERE pp.ended_at IS NULL AND pp.valid_until BETWEEN $1 AND $2 ORDER BY pp.provider, pp.valid_until, pp.id",
        day, day + FIRST_REMINDER,
    )  # fmt: skip
    return [RunningOut(**{**row, "told": tuple(row["told"])}) for row in rows]


async def past_papers(providers: Iterable[UUID], day: date) -> dict[UUID, list[Row]]:
    """The current papers of each provider that had run out by a day, for those who review its bid or file."""
    asked = list(dict.fromkeys(providers))
    rows = await fetch(
        "SELECT provider, kind, valid_until FROM provider_paper WHERE provider = ANY($1) AND valid_until < $2"
        " AND ended_at IS NULL ORDER BY valid_until, id",
        asked, day,
    )  # fmt: skip
    return {provider: [dict(row) for row in rows if row["provider"] == provider] for provider in asked}
