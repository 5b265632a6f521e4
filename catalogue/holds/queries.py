"""Holds: every SELECT."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from catalogue.holds.rules import STOPS, Held
from marketplace.kernel.db import fetch

Row = dict[str, Any]


async def holds_of(listing: UUID) -> list[Row]:
    """Every hold of a procurement, the newest first."""
    rows = await fetch("SELECT * FROM procurement_hold WHERE listing = $1 ORDER BY begun_at DESC, subject", listing)
    return [dict(row) for row in rows]


_STOP_JUDGING = ", ".join(f"'{ground.value}'" for ground, held in STOPS.items() if Held.JUDGING in held)


def answer_clock(listing: str, asked_at: str, answer_by: str, answered_at: str) -> str:
    """SQL to join: `clk.due`, until when an answer comes in time, and `clk.stands_until` while the clock stands.

    A time to answer stands still while a hold stops the judging; what was left runs on when it ends (R-TIME-27).
    Of what was answered both are empty: its `answer_by` says until when it could be. The arguments are SQL.
    """
    return (
        f"LEFT JOIN LATERAL answer_clock({listing}, {asked_at}, CASE WHEN {answered_at} IS NULL THEN {answer_by} END,"
        f" ARRAY[{_STOP_JUDGING}]::text[], county_now()) clk ON true"
    )
