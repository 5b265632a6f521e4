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

# purchases of the methods that are added up
_COUNTED = f"c.method IN ({quoted(codes_counted_together())})"
_BUDGET_ITEM = "coalesce(nullif(b.project_code, ''), b.reference)"
_GROUP = "year, buyer, budget_item, item_code"
_ORDER = "is_over DESC, total DESC, year DESC, buyer_name, budget_item, item_code"
_NEWEST = "published_at DESC, listing"
# the ground on which a purchase `c` does not count: a recorded one, or the approval that its own method rests on
_WITH_GROUND = """
LEFT JOIN splitting_exemption e ON e.listing = c.listing AND e.withdrawn_at IS NULL
LEFT JOIN listing_procedure p ON p.listing = c.listing
"""
_GROUND = """
coalesce(e.ground, CASE WHEN coalesce(p.approval_number, '') <> '' THEN 'approved' END) AS exempt_ground,
coalesce(e.document, p.approval_number) AS exempt_document
"""
# what each line and category comes to is kept, and only the groups of the page look for their newest listings
_SUMS = f"""
WITH lines AS (SELECT b.id, b.year, b.buyer, {_BUDGET_ITEM} AS budget_item FROM budget_line b
  WHERE ($1::uuid IS NULL OR b.buyer = $1) AND ($2::int IS NULL OR b.year = $2)
  AND ($3::uuid IS NULL OR b.buyer = $3) AND ($4::text IS NULL OR {_BUDGET_ITEM} = $4)),
of_line AS (SELECT c.line, c.item_code, coalesce(sum(c.amount) FILTER (WHERE NOT c.is_exempt), 0) AS total,
  coalesce(sum(c.amount) FILTER (WHERE c.is_exempt), 0) AS exempt,
  coalesce(sum(c.purchases) FILTER (WHERE NOT c.is_exempt), 0) AS counted, sum(c.purchases) AS behind
  FROM counted_sum c WHERE {_COUNTED} AND ($5::text IS NULL OR c.item_code = $5) GROUP BY c.line, c.item_code
  HAVING sum(c.purchases) > 0),
sums AS (SELECT {_GROUP}, sum(total) AS total, sum(exempt) AS exempt, sum(counted) AS counted,
  sum(behind)::bigint AS behind, array_agg(line) AS of_lines
  FROM of_line JOIN lines ON lines.id = of_line.line GROUP BY {_GROUP}),
judged AS (SELECT s.*, o.name AS buyer_name, o.name_en AS buyer_name_en,
  {SPLIT_IN_SQL.format(threshold="$6")} AS is_over FROM sums s JOIN organisation o ON o.id = s.buyer),
shown AS (SELECT *, count(*) OVER () AS groups, count(*) FILTER (WHERE is_over) OVER () AS over FROM judged
  ORDER BY {_ORDER} LIMIT {SUMS_SHOWN} OFFSET $7::int)
SELECT s.*, i.name AS item_name, i.name_en AS item_name_en, l.reference, l.title, l.title_en, c.published_at, c.amount,
  {_GROUND}
FROM shown s CROSS JOIN LATERAL (SELECT c.* FROM unnest(s.of_lines) AS one (line) CROSS JOIN LATERAL (
    SELECT c.listing, c.published_at, c.amount FROM counted_purchase c
    WHERE c.line = one.line AND c.item_code = s.item_code AND {_COUNTED} ORDER BY {_NEWEST} LIMIT $8::int + $9::int) c
  ORDER BY {_NEWEST} LIMIT $9::int OFFSET $8::int) c
JOIN listing l ON l.id = c.listing {_WITH_GROUND} JOIN LATERAL (SELECT i.name, i.name_en FROM item i
  JOIN edition d ON d.id = i.edition WHERE i.code = s.item_code ORDER BY d.effective_on DESC LIMIT 1) i ON true
ORDER BY {_ORDER}, c.published_at DESC, c.listing
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
SELECT l.id, l.published_at, b.year, b.buyer, {_BUDGET_ITEM} AS budget_item, c.item_code, c.amount, b.id AS line,
  {_GROUND}, l.id AS listing, l.reference, l.title, l.title_en, l.method, l.status,
  o.name AS buyer_name, o.name_en AS buyer_name_en
FROM listing l JOIN counted_purchase c ON c.listing = l.id AND {_COUNTED} JOIN budget_line b ON b.id = c.line
JOIN organisation o ON o.id = b.buyer {_WITH_GROUND}
WHERE l.reference = $1 AND ($2::uuid IS NULL OR b.buyer = $2) ORDER BY c.item_code LIMIT 1
"""


async def counted_listing(reference: str, actor: Actor) -> Row:
    """A listing of the sums this reader may see. Raises NotFound for others."""
    if row := await fetchrow(_ONE, reference, _whose(actor)):
        return dict(row)
    raise NotFound()


# the group of a line is that of the page: a draft is judged by the sums that finance sees
_BESIDE_A_DRAFT = f"""
WITH own AS (SELECT b.year, b.buyer, b.item_code, {_BUDGET_ITEM} AS budget_item FROM budget_line b WHERE b.id = $1)
SELECT c.amount FROM own JOIN budget_line b ON b.year = own.year AND b.buyer = own.buyer
  AND {_BUDGET_ITEM} = own.budget_item
JOIN counted_purchase c ON c.line = b.id AND c.item_code = own.item_code AND {_COUNTED}
WHERE c.listing <> $2 AND NOT c.is_exempt
"""


async def bought_beside(line: UUID, listing: UUID) -> list[Decimal]:
    """Yuan of each other purchase without tender that counts in the group of a budget line (R-METH-05)."""
    return [row["amount"] for row in await fetch(_BESIDE_A_DRAFT, line, listing)]
