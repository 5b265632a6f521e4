"""Need, purchase and delivery of each service in each town and year, counted from orders, contracts and hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from catalogue.items.queries import current_items
from contracts.agreements.names import TITLE_EN
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetch, fetchval, together
from marketplace.overview.rules import Cell, added, least_shown, without_small

Row = dict[str, Any]

# the towns that a contract `c` serves: those its listing names, else its buyer; an order is for whoever placed it
TOWNS_OF = (
    "(SELECT o.id AS town FROM organisation o WHERE o.kind = 'town' AND CASE WHEN c.is_call_off THEN o.id = c.buyer"
    " ELSE o.id IN (SELECT y.town FROM listing_town y WHERE y.listing = c.listing) OR (o.id = c.buyer"
    " AND NOT EXISTS (SELECT 1 FROM listing_town y WHERE y.listing = c.listing)) END)"
)
_RUNS = "c.published_at IS NOT NULL AND c.status <> 'rescinded' AND c.service_from < $2 AND c.service_to >= $1"
_BOUGHT = (
    "SELECT w.town, i.code AS item, count(*) AS contracts,"
    " coalesce(sum((SELECT count(*) FROM acceptance a WHERE a.contract = c.id AND a.accepted_at >= $3"
    " AND a.accepted_at < $4)) FILTER (WHERE NOT i.logs_visits), 0)::int AS accepted"
    " FROM contract c JOIN listing_lot t ON t.id = c.lot JOIN item i ON i.id = t.item"
    f" CROSS JOIN LATERAL {TOWNS_OF} w WHERE {_RUNS} GROUP BY w.town, i.code"
)
_NEEDED = (
    "SELECT s.town, i.code AS item, count(DISTINCT s.recipient_code) AS needed FROM service_order s"
    " JOIN contract c ON c.id = s.contract JOIN listing_lot t ON t.id = c.lot JOIN item i ON i.id = t.item"
    " WHERE s.status <> 'cancelled' AND s.asked_at >= $1 AND s.asked_at < $2 GROUP BY s.town, i.code"
)
# residents who came for a service and for whom nothing was ordered yet
_WAITING = (
    "SELECT k.town, count(DISTINCT k.resident) AS residents FROM assistance_case k WHERE k.help_kind = 'service'"
    " AND k.status IN ('open', 'granted') AND k.registered_at >= $1 AND k.registered_at < $2"
    " AND NOT EXISTS (SELECT 1 FROM service_order s WHERE s.\"case\" = k.id AND s.status <> 'cancelled')"
    " GROUP BY k.town"
)
# of closed months, as they were counted when they were closed: a resident once for the year
_DELIVERED = (
    "SELECT s.town, s.item_code AS item, sum(s.minutes)::bigint AS minutes, sum(s.first_in_year)::int AS served"
    " FROM month_served s WHERE s.month >= $1 AND s.month < $2 GROUP BY s.town, s.item_code"
)


@dataclass(frozen=True)
class Coverage:
    """The table of a year: towns, items, and a cell for each pair of them; `waiting` residents have no order yet."""

    year: int
    towns: list[Row]
    items: list[Row]
    cells: dict[tuple[UUID, str], Cell]
    waiting: dict[UUID, int | None]
    least: int

    def cell(self, town: UUID, item: str) -> Cell:
        """One place; empty where nothing is known."""
        return self.cells.get((town, item)) or Cell(town, item)

    def of_item(self, item: str) -> list[Cell]:
        """A service in every town."""
        return [self.cell(town["id"], item) for town in self.towns]

    def sums(self, item: str) -> dict[str, int | None]:
        """A service over all towns, of what is shown: residents, minutes, accepted parts, towns with a contract.

        None where all there is stays hidden.
        """
        cells = self.of_item(item)
        return {
            "needed": added(cells, lambda cell: cell.needed), "minutes": added(cells, lambda cell: cell.minutes),
            "accepted": added(cells, lambda cell: cell.accepted),
            "towns": sum(cell.contracts > 0 for cell in cells),
        }  # fmt: skip

    def of_town(self, town: UUID) -> list[Cell]:
        """Every service in a town."""
        return [self.cell(town, item["code"]) for item in self.items]


async def years_known(today: date) -> list[int]:
    """The years in which something was bought for, the newest first; this one always."""
    first = await fetchval("SELECT min(service_from) FROM contract WHERE published_at IS NOT NULL")
    return list(range(today.year, min(first.year if first else today.year, today.year) - 1, -1))


async def coverage_of(year: int, today: date) -> Coverage:
    """The whole table as the public reads it."""
    first, end = date(year, 1, 1), date(year + 1, 1, 1)
    begins, ends = at_county_time(first), at_county_time(end)
    towns, items, bought, needed, delivered, waiting = await together(
        fetch("SELECT id, name, name_en FROM organisation WHERE kind = 'town' ORDER BY sort_key, name"),
        current_items(), fetch(_BOUGHT, first, end, begins, ends), fetch(_NEEDED, begins, ends),
        fetch(_DELIVERED, first, end), fetch(_WAITING, begins, ends),
    )  # fmt: skip
    least = least_shown(today)
    cells = without_small(_cells(bought, needed, delivered), least)
    return Coverage(
        year, [dict(each) for each in towns], items, {(cell.town, cell.item): cell for cell in cells},
        {row["town"]: row["residents"] if row["residents"] >= least else None for row in waiting}, least,
    )  # fmt: skip


def _cells(*parts: Sequence[Any]) -> list[Cell]:
    """The rows of several questions, one cell for each town and item."""
    found: dict[tuple[UUID, str], dict[str, Any]] = {}
    for rows in parts:
        for row in rows:
            found.setdefault((row["town"], row["item"]), {}).update(row)
    return [Cell(**values) for values in found.values()]


async def contracts_behind(year: int, item: str, town: UUID | None) -> list[Row]:
    """The published contracts of a service in a year, in one town or in all of them: the rows behind a number."""
    rows = await fetch(
        f"SELECT c.reference, c.title, {TITLE_EN} AS title_en, c.amount, c.status, c.service_from, c.service_to,"
        " b.name AS buyer_name, b.name_en AS buyer_name_en, o.name AS provider_name, o.name_en AS provider_name_en,"
        " p.reference AS provider_reference,"
        " (SELECT count(*) FROM acceptance a WHERE a.contract = c.id) AS accepted"
        " FROM contract c JOIN listing_lot t ON t.id = c.lot JOIN item i ON i.id = t.item"
        " JOIN organisation b ON b.id = c.buyer JOIN provider p ON p.id = c.provider"
        " JOIN organisation o ON o.id = p.organisation"
        f" WHERE {_RUNS} AND i.code = $3 AND ($4::uuid IS NULL OR $4 IN (SELECT w.town FROM {TOWNS_OF} w))"
        " ORDER BY c.service_from DESC, c.reference",
        date(year, 1, 1), date(year + 1, 1, 1), item, town,
    )  # fmt: skip
    return [dict(row) for row in rows]

