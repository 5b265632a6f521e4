"""Referrals for whoever may see their case; nothing here says who a resident is."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from contracts.cases.queries import SEEN, scope
from contracts.cases.rules import may_see_case
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]
MOST = 300

_REFERRAL = """
SELECT f.*, a.reference AS case_reference, a.town, a.capacity, a.help_kind, a.recipient_kind, a.village, a.resident,
       r.code, o.name AS town_name, o.name_en AS town_name_en, p.name AS sent_by_name,
       ARRAY(SELECT c.name::text FROM case_referral_column c WHERE c.referral = f.id ORDER BY c.name) AS columns
FROM case_referral f JOIN assistance_case a ON a.id = f."case" JOIN resident r ON r.id = a.resident
JOIN organisation o ON o.id = a.town JOIN person p ON p.id = f.sent_by
"""


async def referral_page(reference: str, visible_to: Actor) -> Row:
    """One referral. Raises NotFound for whoever may not see its case (R-REFER-01, R-CHILD-01)."""
    row = await fetchrow(_REFERRAL + " WHERE f.reference = $1", reference)
    if row is None or not may_see_case(visible_to, row):
        raise NotFound()
    return dict(row)


async def lock_referral(referral: UUID) -> Row:
    """The referral's row, held until the transaction ends. Raises NotFound."""
    if await fetchval("SELECT id FROM case_referral WHERE id = $1 FOR NO KEY UPDATE", referral) is None:
        raise NotFound()
    row = await fetchrow(_REFERRAL + " WHERE f.id = $1", referral)
    assert row is not None
    return dict(row)


async def list_referrals(actor: Actor, status: str, only_overdue: bool, today: date) -> list[Row]:
    """What this reader may see, those without an answer first, by their last day."""
    rows = await fetch(
        f"{_REFERRAL} WHERE {SEEN} AND ($4 = '' OR f.status = $4)"
        " AND (NOT $5 OR (f.status IN ('sent', 'received') AND f.answer_until < $6))"
        f" ORDER BY f.status NOT IN ('sent', 'received'), f.answer_until, f.reference LIMIT {MOST}",
        *scope(actor), status, only_overdue, today,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def unanswered_of(town: UUID, actor: Actor) -> list[Row]:
    """Referrals of a town that no department has answered."""
    rows = await fetch(
        f"{_REFERRAL} WHERE a.town = $1 AND f.status IN ('sent', 'received') AND (a.capacity = 'full' OR $2)"
        " ORDER BY f.answer_until, f.reference LIMIT 100",
        town, actor.may(Permission.SEE_RESTRICTED_CASES),
    )  # fmt: skip
    return [dict(r) for r in rows]


async def past_keeping(today: date) -> list[UUID]:
    """Referrals without an answer whose papers may no longer be kept."""
    rows = await fetch(
        "SELECT id FROM case_referral WHERE status IN ('sent', 'received') AND expires_on < $1 ORDER BY id", today
    )
    return [r["id"] for r in rows]


async def lists_made(resident: UUID, reference: str) -> list[Row]:
    """When the file of a referral was made, by whom, for which purpose."""
    rows = await fetch(
        "SELECT l.purpose, l.seen_at, p.name AS seen_by_name FROM resident_look l JOIN person p ON p.id = l.seen_by"
        " WHERE l.resident = $1 AND l.reference = $2 ORDER BY l.seen_at DESC LIMIT 50",
        resident, reference,
    )  # fmt: skip
    return [dict(r) for r in rows]
