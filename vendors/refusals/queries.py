"""Refusals to sign: whom they bar from which listing."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from marketplace.kernel.db import fetch, fetchval
from vendors.providers.rules import Exclusion
from vendors.refusals.rules import check_still_signs, refusal_exclusion

# every listing, or lot of one, that this one takes up, however many attempts back
_CHAIN = """
WITH RECURSIVE step AS (
  SELECT later, earlier, NULL::uuid AS lot FROM relisting
  UNION ALL SELECT later, earlier, lot FROM relisted_lot
), chain AS (
  SELECT earlier, lot FROM step WHERE later = $1
  UNION SELECT r.earlier, r.lot FROM step r JOIN chain c ON r.later = c.earlier
)
SELECT DISTINCT ON (p.credit_code) p.credit_code, f.reference, l.reference AS listing
FROM chain c JOIN award_refusal f ON f.listing = c.earlier AND (c.lot IS NULL OR f.lot = c.lot)
JOIN refusal_party p ON p.refusal = f.id
JOIN listing l ON l.id = f.listing
WHERE p.credit_code = ANY($2) AND f.status <> 'stated' AND NOT f.is_excused
ORDER BY p.credit_code, f.decided_at DESC
"""


async def refusals_barring(listing: UUID, credit_codes: Sequence[str]) -> dict[str, Exclusion]:
    """By credit code: who won this need in an earlier attempt and did not sign (R-AWD-03)."""
    rows = await fetch(_CHAIN, listing, list(credit_codes))
    return {row["credit_code"]: refusal_exclusion(row["listing"], row["reference"]) for row in rows}


async def check_nobody_refused(award_reference: str) -> None:
    """Raises Conflict when the winner of an award has said that it will not sign."""
    refused = await fetchval("SELECT EXISTS (SELECT 1 FROM award_refusal WHERE award_reference = $1)", award_reference)
    check_still_signs(refused)
