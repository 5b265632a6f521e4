"""A provider's standing as of a day, what it is counted from, and what it was counted to be before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.kernel.clock import COUNTY_ZONE
from marketplace.kernel.db import fetch, fetchrow
from vendors.standing.rules import Evidence, Figure, Method, Sums, figure, method_on, recency_of

Key = tuple[UUID, str, date]

# the size and weight of rules.py in the database's words; a test feeds both the same cases. The age's part comes from
# rules.py as a list by day: $1 recencies, $2 unit, $3 least, $4 most
_WEIGHT = "round(least(greatest(round(s.contract_amount / $2::numeric, 2), $3::numeric), $4::numeric) * a.recency, 4)"
_AGES = "SELECT ordinality - 1 AS age, recency FROM unnest($1::numeric[]) WITH ORDINALITY u(recency, ordinality)"

_AT_KEYS = f"""
WITH ages AS ({_AGES}),
     keys AS (SELECT * FROM unnest($5::uuid[], $6::text[], $7::date[], $8::timestamptz[])
              WITH ORDINALITY k(provider, category, day, known_by, n)),
     weighed AS (SELECT k.n, s.provider = k.provider AS is_own, s.score, {_WEIGHT} AS weight
                 FROM keys k JOIN standing_entry s ON s.category = k.category
                      AND k.day BETWEEN s.counts_from AND s.counts_until
                      AND (k.known_by IS NULL OR s.recorded_at <= k.known_by)
                 JOIN ages a ON a.age = k.day - s.counts_from)
SELECT n, is_own, sum(weight) AS weight, sum(weight * score) AS product, count(*) AS count
FROM weighed GROUP BY n, is_own
"""

# who had a record and has none that counts any more is told too: nothing, not what it once was
_OF_DAY = f"""
WITH ages AS ({_AGES}),
     sums AS (SELECT s.provider, s.category, sum(w.weight) AS weight, sum(w.weight * s.score) AS product,
                     count(*) FILTER (WHERE s.counts_until >= $5::date) AS count
              FROM standing_entry s JOIN ages a ON a.age = $5::date - s.counts_from
              CROSS JOIN LATERAL (SELECT CASE WHEN s.counts_until >= $5::date THEN {_WEIGHT} ELSE 0 END AS weight) w
              WHERE s.counts_from <= $5::date GROUP BY s.provider, s.category)
SELECT provider, category, weight, product, count,
       sum(weight) OVER field - weight AS field_weight, sum(product) OVER field - product AS field_product,
       (sum(count) OVER field - count)::bigint AS field_count
FROM sums WINDOW field AS (PARTITION BY category)
"""


@dataclass(frozen=True)
class Standing:
    """The evaluation that counts for a provider in one group of items."""

    grade: str
    score: Decimal
    evaluation_reference: str
    contract_reference: str
    item_code: str
    counts_from: date
    counts_until: date


async def standing_of(
    provider: UUID, category: str, on: date, known_by: datetime | None = None
) -> Standing | None:
    """The newest entry that counts on a day for a group of items; None is "no record", never a bad one.

    `known_by`: what was recorded later does not count; a listing reads what stood when its bids closed.
    """
    row = await fetchrow(
        "SELECT grade, score, evaluation_reference, contract_reference, item_code, counts_from, counts_until"
        " FROM standing_entry WHERE provider = $1 AND category = $2 AND $3 BETWEEN counts_from AND counts_until"
        " AND ($4::timestamptz IS NULL OR recorded_at <= $4) ORDER BY counts_from DESC, recorded_at DESC LIMIT 1",
        provider, category, on, known_by,
    )  # fmt: skip
    return Standing(**row) if row else None


async def standing_rows(provider: UUID) -> list[dict[str, Any]]:
    """Every entry of a provider, newest first, for its public page."""
    rows = await fetch(
        "SELECT s.category, s.item_code, s.evaluation_reference, s.contract_reference, s.contract_amount, s.score,"
        " s.grade, s.counts_from, s.counts_until, s.snapshot_sha256 FROM standing_entry s WHERE s.provider = $1"
        " ORDER BY s.counts_from DESC, s.recorded_at DESC",
        provider,
    )
    return [dict(r) for r in rows]


def evidence_of(row: dict[str, Any]) -> Evidence:
    """An entry as the rules weigh it."""
    return Evidence(
        row["evaluation_reference"], row["score"], row["contract_amount"], row["counts_from"], row["counts_until"]
    )


async def figures_at(
    keys: Sequence[Key], method: Method, known_by: Sequence[datetime | None] | None = None
) -> list[Figure]:
    """The figures of these providers, groups and days, in the order asked for: one question whatever their number.

    `known_by`: for each key the moment after which nothing that was recorded counts.
    """
    days = [day for _, _, day in keys]
    rows = await fetch(
        _AT_KEYS, *_numbers(method, await _oldest(), max(days, default=None)), [provider for provider, _, _ in keys],
        [category for _, category, _ in keys], days, list(known_by or [None] * len(keys)),
    )  # fmt: skip
    sums = {(row["n"], row["is_own"]): Sums(row["weight"], row["product"], row["count"]) for row in rows}
    return [
        figure(sums.get((n, True), Sums()), sums.get((n, False), Sums()), method) for n in range(1, len(keys) + 1)
    ]


async def figures_of_day(day: date) -> dict[tuple[UUID, str], Figure]:
    """Everybody who has a record on a day, by provider and group; one pass over the entries."""
    method = method_on(day)
    rows = await fetch(_OF_DAY, *_numbers(method, await _oldest(), day), day)
    return {
        (row["provider"], row["category"]): figure(
            Sums(row["weight"], row["product"], row["count"]),
            Sums(row["field_weight"], row["field_product"], row["field_count"]), method,
        )
        for row in rows
    }  # fmt: skip


async def _oldest() -> date | None:
    row = await fetchrow("SELECT min(counts_from) AS oldest FROM standing_entry")
    return row["oldest"] if row else None


def _numbers(method: Method, oldest: date | None, newest: date | None) -> tuple[Any, ...]:
    longest = (newest - oldest).days if oldest and newest else 0
    ages = [recency_of(age, method) for age in range(max(longest, 0) + 1)]
    return ages, method.size_unit, method.least_size, method.most_size


async def history_of(provider: UUID, most: int = 200) -> list[dict[str, Any]]:
    """What the record added up to whenever it changed, the newest first."""
    rows = await fetch(
        "SELECT category, day, own_weight, own_product, evaluations, field_weight, field_product, field_mean, drawn,"
        " confidence, is_enough, noted_at FROM standing_figure WHERE provider = $1"
        " ORDER BY day DESC, noted_at DESC, category LIMIT $2",
        provider, most,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def whole_history() -> list[dict[str, Any]]:
    """Every figure that was noted, the oldest first, for those who take the data away."""
    rows = await fetch(
        "SELECT p.reference AS provider, o.name, p.credit_code, f.category, f.day, CASE WHEN f.is_enough THEN f.drawn"
        " END AS standing, f.confidence, f.evaluations, f.own_weight, f.own_product, f.field_mean, f.field_weight,"
        " f.field_product, f.is_enough, f.noted_at FROM standing_figure f JOIN provider p ON p.id = f.provider"
        " JOIN organisation o ON o.id = p.organisation ORDER BY f.noted_at, f.day, p.reference, f.category"
    )
    return [{**r, "noted_at": r["noted_at"].astimezone(COUNTY_ZONE).isoformat(timespec="seconds")} for r in rows]
