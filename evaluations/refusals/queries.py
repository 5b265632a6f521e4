"""Refusals as winner, buyer and supervisors see them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from evaluations.awards.before_award import STANDING_RESULTS
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]

_AWARD = """
SELECT a.*, l.reference AS listing_reference, l.title, l.title_en, l.procuring_unit, l.drafted_by, l.rules_on,
       t.number AS lot_number, p.organisation, p.credit_code, o.name AS provider_name, o.name_en AS provider_name_en,
       c.reference AS contract_reference, c.status AS contract_status, c.sign_by, c.drawn_up_at,
       EXISTS (SELECT 1 FROM signature s WHERE s.contract = c.id AND s.side = 'provider') AS is_signed_by_provider,
       (SELECT f.reference FROM award_refusal f WHERE f.award_reference = a.reference) AS refusal
FROM award a JOIN listing l ON l.id = a.listing JOIN listing_lot t ON t.id = a.lot
JOIN provider p ON p.id = a.provider JOIN organisation o ON o.id = p.organisation
LEFT JOIN contract c ON c.award_reference = a.reference
"""
_REFUSAL = """
SELECT f.*, l.reference AS listing_reference, l.title, l.title_en, l.procuring_unit, l.drafted_by, l.rules_on,
       t.number AS lot_number, p.organisation, o.name AS provider_name, o.name_en AS provider_name_en,
       coalesce(a.amount, v.amount) AS amount, s.name AS stated_by_name, d.name AS decided_by_name,
       (SELECT sum(x.forfeited) FROM deposit x WHERE x.listing = f.listing AND x.provider = f.provider
        AND x.kind = 'bid') AS forfeited
FROM award_refusal f JOIN listing l ON l.id = f.listing JOIN listing_lot t ON t.id = f.lot
JOIN provider p ON p.id = f.provider JOIN organisation o ON o.id = p.organisation
JOIN person s ON s.id = f.stated_by LEFT JOIN person d ON d.id = f.decided_by
LEFT JOIN award a ON a.reference = f.award_reference LEFT JOIN void_award v ON v.reference = f.award_reference
"""


async def award_to_sign(reference: str, lot: UUID) -> Row:
    """The award of a lot with its contract and its winner. Raises NotFound."""
    row = await fetchrow(_AWARD + " WHERE l.reference = $1 AND a.lot = $2", reference, lot)
    if row is None:
        raise NotFound()
    return dict(row)


async def refusal_by(reference: str, actor: Actor) -> Row:
    """A refusal for the winner, its buyer and those who supervise. Raises NotFound for all others."""
    row = await fetchrow(_REFUSAL + " WHERE f.reference = $1", reference)
    if row is None or not (
        actor.organisation_id == row["organisation"]
        or (actor.organisation_id == row["procuring_unit"] and actor.may(Permission.DETERMINE_AWARD))
        or actor.may(Permission.READ_EVERYTHING)
    ):
        raise NotFound()
    return dict(row)


async def parties_of(award: Row) -> list[str]:
    """The credit codes of the winner and of all who bid together with it."""
    rows = await fetch("SELECT credit_code FROM consortium_member WHERE opened_bid = $1", award["opened_bid"])
    return [award["credit_code"], *(row["credit_code"] for row in rows)]


async def candidates_left(lot: UUID) -> int:
    """How many valid results stand beside the winner's."""
    left: int = await fetchval(
        f"SELECT count(*) FROM {STANDING_RESULTS} AND r.lot = $1"
        " AND NOT EXISTS (SELECT 1 FROM award a WHERE a.opened_bid = r.opened_bid)",
        lot,
    )
    return left


async def to_decide(actor: Actor) -> list[Row]:
    """Refusals of the actor's office that it may decide: not as drafter, not as a member of the panel."""
    rows = await fetch(
        _REFUSAL + " WHERE f.status = 'stated' AND l.procuring_unit = $1 AND l.drafted_by <> $2"
        " AND NOT EXISTS (SELECT 1 FROM panel_member m WHERE m.listing = l.id AND m.person = $2)"
        # the award may have fallen meanwhile for another reason
        " AND EXISTS (SELECT 1 FROM award a WHERE a.reference = f.award_reference)",
        actor.organisation_id, actor.person_id,
    )  # fmt: skip
    return [dict(row) for row in rows]
