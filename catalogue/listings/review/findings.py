"""What the fairness and clarity checks say of a stored draft, with the reasons recorded for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.checks.book import Severity
from catalogue.checks.clarity import Clarity, clarity
from catalogue.checks.fairness import Finding, findings
from catalogue.listings.drafts import Part
from catalogue.listings.review.facts import facts_of
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch


@dataclass(frozen=True)
class Judged:
    """A finding with the latest reason recorded for its exact words, if one is."""

    finding: Finding
    reason: dict[str, Any] | None

    @property
    def blocks(self) -> bool:
        """Whether the draft cannot go on like this."""
        severity = self.finding.check.severity
        return severity is Severity.REFUSES or (severity is Severity.REASON and self.reason is None)


@dataclass(frozen=True)
class CheckedText:
    """What both checks say of a draft."""

    judged: tuple[Judged, ...]
    clarity: Clarity

    @property
    def blocking(self) -> tuple[Judged, ...]:
        """What must be mended or given a reason first."""
        return tuple(each for each in self.judged if each.blocks)


async def checked_text(listing: UUID, parts: list[Part], now: datetime) -> CheckedText:
    """Both checks of a stored draft by the rules of today."""
    facts = facts_of(parts, county_day(now))
    reasons = await reasons_of(listing)
    judged = tuple(Judged(finding, reasons.get(finding.key)) for finding in findings(facts))
    return CheckedText(judged, clarity(facts))


async def reasons_of(listing: UUID) -> dict[str, dict[str, Any]]:
    """The latest recorded reason for each finding of a listing, by the finding's key."""
    rows = await fetch(
        "SELECT DISTINCT ON (r.finding_key) r.*, p.name AS recorded_by_name FROM finding_reason r"
        " JOIN person p ON p.id = r.recorded_by WHERE r.listing = $1 ORDER BY r.finding_key, r.recorded_at DESC",
        listing,
    )
    return {row["finding_key"]: dict(row) for row in rows}
