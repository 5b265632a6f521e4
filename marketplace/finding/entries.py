"""What is public, as entries of the search index: listings, awards, contracts and the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.listings.public_states import public_state
from catalogue.listings.reservation import MAY_BE_SMALL
from catalogue.listings.rules import RESERVED, Status
from contracts.agreements.names import TITLE_EN
from marketplace.finding.rules import band_of
from marketplace.gateways.search_index import Entry
from marketplace.kernel.clock import COUNTY_ZONE, at_county_time
from marketplace.kernel.db import fetch

KINDS = ("item", "listing", "award", "contract")

_LOTS = """
    SELECT t.listing, array_agg(DISTINCT i.code) AS items, string_agg(DISTINCT i.name, ' ') AS item_names,
           string_agg(DISTINCT i.name_en, ' ') AS item_names_en, string_agg(t.title, ' ') AS lot_titles
    FROM listing_lot t JOIN item i ON i.id = t.item WHERE t.listing = ANY($1) GROUP BY t.listing
"""
_FORMS = """
    SELECT t.listing, array_agg(DISTINCT f.form) AS forms FROM listing_lot t JOIN item i ON i.id = t.item
    JOIN listing l ON l.id = t.listing CROSS JOIN LATERAL unnest(i.legal_forms) AS f(form)
    WHERE t.listing = ANY($1) AND ((l.reservation_ground <> $2 AND NOT t.is_reserved) OR f.form = ANY($3))
    GROUP BY t.listing
"""
_TOWNS = """
    SELECT w.listing, array_agg(w.town::text) AS towns, string_agg(o.name || ' ' || o.name_en, ' ') AS town_names
    FROM listing_town w JOIN organisation o ON o.id = w.town WHERE w.listing = ANY($1) GROUP BY w.listing
"""
# found by the name on its paper too
_EARLIER = """(SELECT coalesce(string_agg(f.from_name || ' ' || f.from_name_en, ' '), '') FROM registration_change f
            WHERE f.provider = p.id AND f.status = 'confirmed')"""
_LISTINGS = """
    SELECT l.id AS listing, l.reference, l.title, l.title_en, l.status AS state, l.method, l.venue, l.rules_on,
           l.budget AS amount, l.published_at,
           l.closes_at, l.procuring_unit::text AS buyer, o.name AS who, o.name_en AS who_en,
           '' AS provider, '' AS provider_en, '' AS earlier, '/listings/' || l.reference AS path
    FROM listing l JOIN organisation o ON o.id = l.procuring_unit
    WHERE l.id = ANY($1) AND l.published_at IS NOT NULL
"""
_AWARDS = f"""
    SELECT l.id AS listing, a.reference, l.title, l.title_en, l.status AS state, l.method, l.venue, l.rules_on,
           a.amount, a.announced_at AS published_at, NULL::timestamptz AS closes_at, l.procuring_unit::text AS buyer,
           o.name AS who, o.name_en AS who_en, v.name AS provider, v.name_en AS provider_en,
           {_EARLIER} AS earlier, '/listings/' || l.reference AS path
    FROM award a JOIN listing l ON l.id = a.listing JOIN organisation o ON o.id = l.procuring_unit
    JOIN provider p ON p.id = a.provider JOIN organisation v ON v.id = p.organisation
    WHERE a.id = ANY($1) AND a.announced_at IS NOT NULL
"""
_CONTRACTS = f"""
    SELECT c.listing, c.reference, c.title, {TITLE_EN} AS title_en,
           'contract-' || c.status AS state, l.method, c.amount,
           c.published_at, NULL::timestamptz AS closes_at, c.buyer::text AS buyer, o.name AS who, o.name_en AS who_en,
           v.name AS provider, v.name_en AS provider_en, {_EARLIER} AS earlier, '/contracts/' || c.reference AS path
    FROM contract c JOIN listing l ON l.id = c.listing JOIN organisation o ON o.id = c.buyer
    JOIN provider p ON p.id = c.provider JOIN organisation v ON v.id = p.organisation
    WHERE c.id = ANY($1) AND c.published_at IS NOT NULL
"""
_SOURCES = {"listing": _LISTINGS, "award": _AWARDS, "contract": _CONTRACTS}
_TABLES = {"listing": "listing", "award": "award", "contract": "contract"}


async def subjects(kind: str, after: UUID, most: int) -> list[UUID]:
    """The next rows of a kind by their ID, to go through all of them."""
    rows = await fetch(f"SELECT id FROM {_TABLES[kind]} WHERE id > $1 ORDER BY id LIMIT $2", after, most)
    return [row["id"] for row in rows]


async def entries_of(kind: str, ids: Sequence[UUID]) -> list[Entry]:
    """What the index should hold of these rows; those that are not public have no entry."""
    rows = await fetch(_SOURCES[kind], list(ids))
    listings = list({row["listing"] for row in rows})
    lots = {row["listing"]: row for row in await fetch(_LOTS, listings)}
    forms = {row["listing"]: row["forms"] for row in await fetch(_FORMS, listings, RESERVED, sorted(MAY_BE_SMALL))}
    towns = {row["listing"]: row for row in await fetch(_TOWNS, listings)}
    return [
        _entry(kind, _with_state(row), lots.get(listing, {}), forms.get(listing, ()), towns.get(listing, {}))
        for row in rows
        if (listing := row["listing"])
    ]


def _with_state(row: Mapping[str, Any]) -> dict[str, Any]:
    is_contract = row["state"].startswith("contract-")
    return {**row, "state": row["state"] if is_contract else public_state(row, Status(row["state"]))}


async def item_entries() -> list[Entry]:
    """The items of the edition in force."""
    rows = await fetch(
        "SELECT i.code, i.name, i.name_en, i.content, i.content_en, i.legal_forms, e.published_at,"
        " e.effective_on FROM item i"
        " JOIN edition e ON e.id = i.edition"
        " WHERE i.edition = (SELECT id FROM edition ORDER BY effective_on DESC LIMIT 1) ORDER BY i.position"
    )
    return [
        Entry(
            key=f"item:{row['code']}",
            text=" ".join(row[name] for name in ("code", "name", "content", "name_en", "content_en")),
            facets={"kind": ["item"], "item": [row["code"]], "form": row["legal_forms"]},
            # an edition entered late is no news: it counts from the day it applies
            order={"published": int(min(row["published_at"], at_county_time(row["effective_on"], 0)).timestamp())},
            shown={
                "kind": "item", "path": f"/catalogue/{row['code']}", "reference": row["code"], "title": row["name"],
                "title_en": row["name_en"], "published": row["published_at"].isoformat(),
            },
        )
        for row in rows
    ]  # fmt: skip


def _entry(
    kind: str, row: Mapping[str, Any], lots: Mapping[str, Any], forms: Iterable[str], towns: Mapping[str, Any]
) -> Entry:
    names = [lots.get(name, "") for name in ("item_names", "item_names_en", "lot_titles")]
    said = ("reference", "title", "title_en", "who", "who_en", "provider", "provider_en", "earlier")
    words = [row[name] for name in said]
    amount: Decimal = row["amount"]
    published: datetime = row["published_at"]
    order = {"published": int(published.timestamp()), "amount": int(amount * 100)}
    names_shown = ("path", "reference", "title", "title_en", "who", "who_en", "provider", "provider_en")
    shown = {name: row[name] for name in names_shown}
    shown |= {"kind": kind, "state": row["state"], "method": row["method"], "amount": str(amount)}
    shown["published"] = published.isoformat()
    if row["closes_at"] is not None:
        order["closes"] = int(row["closes_at"].timestamp())
        shown["closes"] = row["closes_at"].isoformat()
    return Entry(
        key=f"{kind}:{row['reference']}",
        text=" ".join([*words, *names, towns.get("town_names", "")]),
        facets={
            "kind": [kind], "state": [row["state"]], "method": [row["method"]], "item": lots.get("items", ()),
            "town": towns.get("towns", ()), "buyer": [row["buyer"]], "band": [band_of(amount)],
            "year": [str(published.astimezone(COUNTY_ZONE).year)], "form": list(forms),
        },
        order=order,
        shown=shown,
    )  # fmt: skip
