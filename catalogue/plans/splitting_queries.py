"""Purchases without open tender, added up by the database as the ban on splitting asks (R-METH-05)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.plans.filters import ChosenLines
from catalogue.plans.method_rows import codes_counted_together, quoted
from catalogue.plans.queries import sees_all_lines
from catalogue.plans.splitting_rules import SPLIT_IN_SQL
from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]
SUMS_SHOWN, LISTINGS_SHOWN, LISTINGS_ALONE = 20, 10, 50

# listings whose lines are named in `lines`, once for each category; a recorded ground, or the approval that the
# listing's own method rests on
_COUNTED = f"""
SELECT l.id, l.published_at, b.year, b.buyer, coalesce(nullif(b.project_code, ''), b.reference) AS budget_item,
  i.code AS item_code, sum(lot.budget) AS amount, l.budget_line AS line,
  coalesce(e.ground, CASE WHEN coalesce(p.approval_number, '') <> '' THEN 'approved' END) AS exempt_ground,
  coalesce(e.document, p.approval_number) AS exempt_document
FROM listing l JOIN listing_lot lot ON lot.listing = l.id JOIN item i ON i.id = lot.item
JOIN lines b ON b.id = l.budget_line
LEFT JOIN splitting_exemption e ON e.listing = l.id AND e.withdrawn_at IS NULL
LEFT JOIN listing_procedure p ON p.listing = l.id
WHERE l.method IN ({quoted(codes_counted_together())})
  AND l.published_at IS NOT NULL AND l.status NOT IN ('failed', 'cancelled'){{more}}
GROUP BY l.id, b.id, b.year, b.buyer, b.project_code, b.reference, i.code, e.ground, e.document, p.approval_number
"""
_GROUP = "year, buyer, budget_item, item_code"
_ORDER = "is_over DESC, total DESC, year DESC, buyer_name, budget_item, item_code"
_SUMS = f"""
WITH lines AS (SELECT * FROM budget_line b WHERE ($1::uuid IS NULL OR b.buyer = $1)
  AND ($2::int IS NULL OR b.year = $2) AND ($3::uuid IS NULL OR b.buyer = $3)
  AND ($4::text IS NULL OR coalesce(nullif(b.project_code, ''), b.reference) = $4)),
counted AS MATERIALIZED ({_COUNTED.format(more=" AND ($5::text IS NULL OR i.code = $5)")}),
sums AS (SELECT {_GROUP}, coalesce(sum(amount) FILTER (WHERE exempt_ground IS NULL), 0) AS total,
  coalesce(sum(amount) FILTER (WHERE exempt_ground IS NOT NULL), 0) AS exempt,
  count(*) FILTER (WHERE exempt_ground IS NULL) AS counted, count(*) AS behind FROM counted GROUP BY {_GROUP}),
judged AS (SELECT s.*, o.name AS buyer_name, o.name_en AS buyer_name_en,
  {SPLIT_IN_SQL.format(threshold="$6")} AS is_over FROM sums s JOIN organisation o ON o.id = s.buyer),
shown AS (SELECT *, count(*) OVER () AS groups, count(*) FILTER (WHERE is_over) OVER () AS over FROM judged
  ORDER BY {_ORDER} LIMIT {SUMS_SHOWN} OFFSET $7)
SELECT s.*, i.name AS item_name, i.name_en AS item_name_en, l.reference, l.title, l.title_en, x.published_at, x.amount,
  x.exempt_ground, x.exempt_document
FROM shown s JOIN (SELECT c.*, row_number() OVER (PARTITION BY {_GROUP} ORDER BY published_at DESC, id) AS place
  FROM counted c) x USING ({_GROUP})
JOIN listing l ON l.id = x.id JOIN LATERAL (SELECT i.name, i.name_en FROM item i JOIN edition d ON d.id = i.edition
  WHERE i.code = s.item_code ORDER BY d.effective_on DESC LIMIT 1) i ON true
WHERE x.place > $8 AND x.place <= $8 + $9 ORDER BY {_ORDER}, x.place
"""


async def sums_without_tender(
    actor: Actor, chosen: ChosenLines, threshold: Decimal, project: str | None = None, number: int = 1
) -> list[Row]:
    """Listings without open tender, each with the sums of its group: what is over first, then the largest.

    A page of groups with the newest listings of each; where one group is chosen by `project` a page of its listings.
    """
    places = (0, (number - 1) * LISTINGS_ALONE, LISTINGS_ALONE) if project else (
        (number - 1) * SUMS_SHOWN, 0, LISTINGS_SHOWN
    )  # fmt: skip
    rows = await fetch(
        _SUMS, _whose(actor), chosen.year, chosen.buyer, project, chosen.item, threshold, *places
    )  # fmt: skip
    return [dict(row) for row in rows]


def _whose(actor: Actor) -> UUID | None:
    return None if sees_all_lines(actor) else actor.organisation_id


_ONE = f"""
WITH lines AS (SELECT * FROM budget_line b WHERE $2::uuid IS NULL OR b.buyer = $2)
SELECT c.*, c.id AS listing, l.reference, l.title, l.title_en, l.method, l.status, o.name AS buyer_name,
  o.name_en AS buyer_name_en FROM ({_COUNTED.format(more=" AND l.reference = $1")}) c
JOIN listing l ON l.id = c.id JOIN organisation o ON o.id = c.buyer ORDER BY c.item_code LIMIT 1
"""


async def counted_listing(reference: str, actor: Actor) -> Row:
    """A listing of the sums this reader may see. Raises NotFound for others."""
    if row := await fetchrow(_ONE, reference, _whose(actor)):
        return dict(row)
    raise NotFound()


# the group of a line is that of the page: a draft is judged by the sums that finance sees
_BESIDE_A_DRAFT = f"""
WITH own AS (SELECT year, buyer, item_code, coalesce(nullif(project_code, ''), reference) AS budget_item
  FROM budget_line WHERE id = $1),
lines AS (SELECT b.* FROM budget_line b JOIN own ON own.year = b.year AND own.buyer = b.buyer
  AND own.budget_item = coalesce(nullif(b.project_code, ''), b.reference))
SELECT c.amount FROM ({_COUNTED.format(more="")}) c JOIN own ON own.item_code = c.item_code
WHERE c.id <> $2 AND c.exempt_ground IS NULL
"""


async def bought_beside(line: UUID, listing: UUID) -> list[Decimal]:
    """Yuan of each other purchase without tender that counts in the group of a budget line (R-METH-05)."""
    return [row["amount"] for row in await fetch(_BESIDE_A_DRAFT, line, listing)]
