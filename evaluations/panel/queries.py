"""Panels: every SELECT."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from catalogue.listings.queries import listing_page
from catalogue.listings.rules import runs
from evaluations.panel.rules import PanelSize, panel_size
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]


async def members(listing: UUID) -> list[Row]:
    """Everybody appointed, those with an interest included, experts first."""
    rows = await fetch(
        "SELECT m.*, p.name FROM panel_member m JOIN person p ON p.id = m.person"
        " WHERE m.listing = $1 ORDER BY m.kind DESC, m.appointed_at, p.name",
        listing,
    )
    return [dict(r) for r in rows]


async def judging_members(listing: UUID) -> list[Row]:
    """The members whose marks count: all but those with an interest (R-ROLE-06, R-COM-08)."""
    return [m for m in await members(listing) if not m["has_interest"]]


async def size_of(listing: Row) -> PanelSize:
    """How many members this listing's panel has at least: by rule, or as many as it printed."""
    return panel_size(
        listing, await fetchval("SELECT panel_members FROM listing_terms WHERE listing = $1", listing["id"])
    )


async def member_of(listing: UUID, person: UUID) -> Row | None:
    """This person's own seat, if there is one."""
    row = await fetchrow("SELECT * FROM panel_member WHERE listing = $1 AND person = $2", listing, person)
    return dict(row) if row else None


async def panel_listing(reference: str, actor: Actor) -> Row:
    """The listing for its members, its unit, and those who read everything. Raises NotFound for strangers."""
    listing = await listing_page(reference)
    if await may_read_panel(listing, actor):
        return listing
    raise NotFound()


async def may_read_panel(listing: Row, actor: Actor) -> bool:
    """Its members, its unit or who runs it, and those who read everything."""
    return (
        actor.may(Permission.READ_EVERYTHING)
        or (runs(actor, listing, Entrusted.PANEL) and actor.may(Permission.APPOINT_PANEL))
        or await member_of(listing["id"], actor.person_id) is not None
    )


async def candidates(listing: Row) -> list[Row]:
    """People who may be appointed: experts, and the unit's buyers, but nobody who has another hand in the listing."""
    rows = await fetch(
        "SELECT p.id, p.name, o.name AS organisation, o.name_en AS organisation_en,"
        " m.role FROM membership m JOIN person p ON p.id = m.person"
        " JOIN organisation o ON o.id = m.organisation"
        " WHERE p.is_active AND ((m.role = 'expert' AND NOT EXISTS (SELECT 1 FROM membership u"
        " WHERE u.person = p.id AND u.organisation = $2)) OR (m.role = 'buyer' AND m.organisation = $2))"
        " AND p.id <> $3 AND p.id <> $4"
        " AND NOT EXISTS (SELECT 1 FROM membership x WHERE x.person = p.id"
        " AND x.role IN ('opener', 'finance', 'agency'))"
        " AND NOT EXISTS (SELECT 1 FROM panel_member t WHERE t.person = p.id AND t.listing = $1)"
        " ORDER BY m.role DESC, p.name",
        listing["id"], listing["procuring_unit"], listing["drafted_by"], listing["approved_by"],
    )  # fmt: skip
    return [dict(r) for r in rows]


async def person_facts(person: UUID) -> Row:
    """A person's organisation and roles. Raises NotFound."""
    rows = await fetch(
        "SELECT m.organisation, m.role, p.name FROM membership m JOIN person p ON p.id = m.person"
        " WHERE m.person = $1 AND p.is_active",
        person,
    )
    if not rows:
        raise NotFound()
    return {
        "organisation": rows[0]["organisation"], "organisations": frozenset(r["organisation"] for r in rows),
        "roles": frozenset(r["role"] for r in rows), "name": rows[0]["name"],
    }  # fmt: skip


async def bidders_to_declare(listing: UUID) -> list[str]:
    """Names of the opened bids' providers, to which a member declares whether it has an interest."""
    rows = await fetch(
        "SELECT DISTINCT o.name FROM opened_bid b JOIN listing_lot l ON l.id = b.lot"
        " JOIN provider p ON p.id = b.provider"
        " JOIN organisation o ON o.id = p.organisation WHERE l.listing = $1 ORDER BY o.name",
        listing,
    )
    return [r["name"] for r in rows]


async def is_locked(listing: UUID) -> bool:
    """Whether every counting member has locked its marks."""
    return bool(
        await fetchval(
            "SELECT count(*) > 0 AND bool_and(locked_at IS NOT NULL) FROM panel_member"
            " WHERE listing = $1 AND NOT has_interest",
            listing,
        )
    )
