"""Who has a number, found by its keyed hash alone."""

from __future__ import annotations

from typing import Any

from marketplace.kernel.db import fetch
from marketplace.kernel.private_columns import search_hash
from vendors.providers.phones import PHONE_PLACE, phones_in
from vendors.registration.queries import ACCOUNT_NUMBER
from vendors.workers.identity import identity_hash

Row = dict[str, Any]

_PROVIDER = (
    "SELECT DISTINCT p.id, 'provider' AS subject, o.name, o.name_en, p.reference, o.id AS organisation,"
    " NULL::uuid AS person, '/providers/' || p.reference AS url FROM provider p"
    " JOIN organisation o ON o.id = p.organisation"
)


async def workers_of_identity(number: str) -> list[Row]:
    """Every spell of the worker with this identity card's number."""
    rows = await fetch(
        "SELECT w.id, 'worker' AS subject, w.name, '' AS name_en, o.name AS reference, o.id AS organisation, w.person,"
        " '/workers/' || w.id AS url FROM worker_file f JOIN worker w ON w.file = f.id"
        " LEFT JOIN provider p ON p.id = w.provider JOIN organisation o ON o.id = coalesce(p.organisation, w.town)"
        " WHERE f.identity_hash = $1 ORDER BY w.employed_from DESC, w.id",
        identity_hash(number),
    )
    return [dict(row) for row in rows]


async def providers_of_account(number: str) -> list[Row]:
    """Providers that are or were paid to this account by their file."""
    rows = await fetch(
        _PROVIDER + " JOIN provider_account a ON a.provider = p.id WHERE a.number_hash = $1 ORDER BY p.reference",
        search_hash(number, ACCOUNT_NUMBER),
    )
    return [dict(row) for row in rows]


async def providers_of_phone(number: str) -> list[Row]:
    """Providers whose contact or representative has this telephone number."""
    rows = await fetch(
        _PROVIDER + " JOIN phone_mark m ON m.provider = p.id WHERE m.mark = ANY($1::bytea[]) ORDER BY p.reference",
        [search_hash(phone, PHONE_PLACE) for phone in phones_in(number)],
    )
    return [dict(row) for row in rows]
