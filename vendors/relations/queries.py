"""Who stands behind whom, as far as one question needs it; and who helped to prepare a project."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import combinations
from typing import Any
from uuid import UUID

from catalogue.listings.methods import row_of
from marketplace.kernel.db import fetch, fetchval
from vendors.providers.rules import Exclusion
from vendors.relations.rules import Behind, Declared, Relation, counts, helper_exclusions, relations

Row = dict[str, Any]

# the providers asked about, and those that share a person, a body or each other with them
_NEAR = """
WITH seed AS (SELECT id, credit_code, legal_representative FROM provider WHERE id = ANY($1)),
behind AS (SELECT name, credit_code FROM related_party
           WHERE provider IN (SELECT id FROM seed) AND ended_at IS NULL),
names AS (SELECT legal_representative AS name FROM seed WHERE legal_representative <> ''
          UNION SELECT name FROM behind WHERE credit_code = ''),
codes AS (SELECT credit_code FROM seed UNION SELECT credit_code FROM behind WHERE credit_code <> ''),
near AS (SELECT id FROM seed
         UNION SELECT id FROM provider WHERE legal_representative IN (SELECT name FROM names)
         UNION SELECT id FROM provider WHERE credit_code IN (SELECT credit_code FROM codes)
         UNION SELECT provider FROM related_party WHERE ended_at IS NULL AND credit_code = ''
               AND name IN (SELECT name FROM names)
         UNION SELECT provider FROM related_party WHERE ended_at IS NULL
               AND credit_code IN (SELECT credit_code FROM codes))
"""


async def _graph(providers: Sequence[UUID]) -> tuple[list[Behind], list[Declared]]:
    seeds = list(providers)
    bodies = await fetch(
        _NEAR + "SELECT p.id, p.reference, o.name, p.credit_code, p.legal_representative,"
        " coalesce(r.identity_mark, '') AS identity_mark FROM near n JOIN provider p ON p.id = n.id"
        " LEFT JOIN legal_representative_facts r ON r.provider = p.id JOIN organisation o ON o.id = p.organisation"
        " ORDER BY o.sort_key, p.reference"
        " LIMIT 500",
        seeds,
    )
    parties = await fetch(
        "SELECT provider, kind, name, credit_code, identity_mark FROM related_party"
        " WHERE provider = ANY($1) AND ended_at IS NULL ORDER BY entered_at, id",
        [row["id"] for row in bodies],
    )
    return [Behind(**row) for row in bodies], [Declared(**row) for row in parties]


async def related_to(provider: UUID) -> list[Relation]:
    """Registered providers related to one, whoever bids: it says nothing of any listing."""
    bodies, parties = await _graph([provider])
    return relations(bodies, parties, [(provider, each.id) for each in bodies if each.id != provider])


async def related_among(providers: Sequence[UUID]) -> list[Relation]:
    """The pairs among these providers that are related, with their paths; callers guard who reads them."""
    once = sorted(set(providers))
    if len(once) < 2:
        return []
    bodies, parties = await _graph(once)
    return relations(bodies, parties, combinations(once, 2))


async def related_between(
    ones: Sequence[UUID], others: Sequence[UUID], strangers: Sequence[Behind] = ()
) -> list[Relation]:
    """How any of the ones, or of bodies that never registered, is related to the others; callers guard who reads it."""
    firsts = dict.fromkeys([*ones, *(each.id for each in strangers)])
    pairs = [(one, other) for one in firsts for other in dict.fromkeys(others) if one != other]
    if not pairs:
        return []
    bodies, parties = await _graph([*ones, *others])
    return relations([*bodies, *strangers], parties, pairs)


async def code_behind(name: str) -> str:
    """The credit code under which somebody declares a body of this name to stand behind it; "" where nobody does."""
    found: str | None = await fetchval(
        "SELECT credit_code FROM related_party WHERE name = $1 AND credit_code <> '' AND ended_at IS NULL LIMIT 1", name
    )
    return found or ""


async def namesakes_behind(providers: Collection[UUID], name: str) -> set[UUID]:
    """Of these providers, those whose responsible person or a person behind them bears a name."""
    rows = await fetch(
        "SELECT p.id FROM provider p WHERE p.id = ANY($1) AND (p.legal_representative = $2 OR EXISTS (SELECT 1"
        " FROM related_party r WHERE r.provider = p.id AND r.ended_at IS NULL AND r.credit_code = '' AND r.name = $2))",
        list(providers), name,
    )  # fmt: skip
    return {row["id"] for row in rows}


async def parties_of(provider: UUID) -> list[Row]:
    """What a provider declares about those behind it, now."""
    rows = await fetch(
        "SELECT id, kind, name, credit_code, identity_mark, share, since, entered_at FROM related_party"
        " WHERE provider = $1 AND ended_at IS NULL ORDER BY kind, entered_at",
        provider,
    )
    return [dict(r) for r in rows]


async def helpers_of(listing: UUID) -> list[Row]:
    """Who helped to prepare a project; for its own office and those who read everything."""
    rows = await fetch(
        "SELECT h.id, h.kind, h.scope, h.name, h.credit_code, h.source, h.entered_by, h.entered_at, h.confirmed_at,"
        " h.end_asked_by, h.end_asked_at, x.name AS entered_by_name, y.name AS confirmed_by_name,"
        " z.name AS end_asked_by_name FROM project_helper h JOIN person x ON x.id = h.entered_by"
        " LEFT JOIN person y ON y.id = h.confirmed_by LEFT JOIN person z ON z.id = h.end_asked_by"
        " WHERE h.listing = $1 AND h.ended_at IS NULL ORDER BY h.entered_at",
        listing,
    )
    return [dict(r) for r in rows]


async def helper_exclusions_of(listing: Row, credit_codes: Sequence[str]) -> dict[str, list[Exclusion]]:
    """By credit code: what preparing this project means for each provider and its affiliates (R-ROLE-08)."""
    helpers = [each for each in await helpers_of(listing["id"]) if counts(each, listing["closes_at"])]
    related = await _related_helpers(helpers, credit_codes) if helpers else {}
    return {
        code: helper_exclusions(helpers, code, row_of(listing), related.get(code, {})) for code in credit_codes
    }


async def _related_helpers(helpers: Sequence[Row], credit_codes: Sequence[str]) -> dict[str, dict[str, Relation]]:
    """By provider's code and helper's code: what relates them for certain, so that the law bars both (R-ROLE-07)."""
    codes = {*credit_codes, *(each["credit_code"] for each in helpers)}
    known = await fetch("SELECT id, credit_code FROM provider WHERE credit_code = ANY($1)", list(codes))
    ids = {row["credit_code"]: row["id"] for row in known}
    bodies, parties = await _graph(list(ids.values()))
    # a helper that never registered is known by its code alone, as those behind a provider may name it
    strangers = [Behind(h["id"], "", h["name"], h["credit_code"], "") for h in helpers if h["credit_code"] not in ids]
    ids |= {each.credit_code: each.id for each in strangers}
    pairs = [
        (ids[code], ids[h["credit_code"]]) for code in set(credit_codes) & set(ids) for h in helpers
        if h["credit_code"] != code
    ]  # fmt: skip
    found: dict[str, dict[str, Relation]] = {}
    for each in relations([*bodies, *strangers], parties, dict.fromkeys(pairs)):
        if each.bars and each.is_certain:
            found.setdefault(each.first.credit_code, {})[each.second.credit_code] = each
    return found


async def helpers_to_confirm(organisation: UUID) -> list[Row]:
    """Records of an office that wait for a second person, with who made them; for its own people."""
    rows = await fetch(
        "SELECT h.name, l.reference, l.title, l.title_en, coalesce(h.end_asked_by, h.entered_by) AS asked_by"
        " FROM project_helper h JOIN listing l ON l.id = h.listing WHERE l.procuring_unit = $1 AND h.ended_at IS NULL"
        " AND ((h.entered_at >= l.closes_at AND h.confirmed_at IS NULL) OR h.end_asked_at IS NOT NULL)"
        " ORDER BY h.entered_at",
        organisation,
    )
    return [dict(r) for r in rows]


async def bidders_of(listing: UUID) -> list[str]:
    """The mail addresses of those whose bid came in and stands; callers ask only once the bids are in."""
    rows = await fetch(
        "SELECT DISTINCT x.email FROM bid b JOIN provider p ON p.id = b.provider"
        " JOIN membership m ON m.organisation = p.organisation AND m.role = 'provider'"
        " JOIN person x ON x.id = m.person AND x.is_active"
        " WHERE b.listing = $1 AND b.status IN ('sealed', 'opened') AND x.email <> '' ORDER BY x.email",
        listing,
    )
    return [row["email"] for row in rows]
