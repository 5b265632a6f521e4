"""Check credit and keep the proof: at registration, at sealing, at the cut-off and before the award (R-CRED-03)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch
from vendors.credit.queries import counting_entries, newest_lists
from vendors.providers.rules import CREDIT_LABELS, CreditFact


@dataclass(frozen=True)
class CheckPoint:
    """What a check is for: its moment, the listing and lot it belongs to, and the day that counts.

    `checked_by` is None where the system checks by itself.
    """

    moment: str
    as_of: date
    listing: UUID | None = None
    lot: UUID | None = None
    checked_by: UUID | None = None


async def check_credit(
    providers: Iterable[UUID], point: CheckPoint, now: datetime
) -> dict[UUID, list[CreditFact]]:
    """Look every provider up in the county's entries and lists and keep the proof; gives what bars each."""
    entries = await counting_entries(providers)
    lists = {row["kind"]: row for row in await newest_lists()}
    found: dict[UUID, list[CreditFact]] = {}
    checks, lines = [], []
    for provider, known in entries.items():
        check = uuid4()
        barring = [(entry, fact) for entry, fact in known if fact.starts_on <= point.as_of <= fact.ends_on]
        found[provider] = [fact for _, fact in barring]
        checks.append((check, provider, "found" if barring else "clear"))
        lines += [(check, kind, lists.get(kind, _NO_LIST), None) for kind in CREDIT_LABELS]
        lines += [(check, fact.kind, _NO_LIST, entry) for entry, fact in barring]
    await execute(
        "INSERT INTO credit_check (id, provider, result, moment, listing, lot, as_of, checked_at, checked_by)"
        " SELECT id, provider, result, $4, $5, $6, $7, $8, $9"
        " FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS new(id, provider, result)",
        [c[0] for c in checks], [c[1] for c in checks], [c[2] for c in checks],
        point.moment, point.listing, point.lot, point.as_of, now, point.checked_by,
    )  # fmt: skip
    await execute(
        "INSERT INTO credit_check_line (id, credit_check, kind, credit_list, list_as_of, entry)"
        " SELECT gen_random_uuid(), c, k, l, d, e"
        " FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::date[], $5::uuid[]) AS new(c, k, l, d, e)",
        [line[0] for line in lines], [line[1] for line in lines], [line[2]["id"] for line in lines],
        [line[2]["as_of"] for line in lines], [line[3] for line in lines],
    )  # fmt: skip
    return found


_NO_LIST: Mapping[str, None] = {"id": None, "as_of": None}


async def check_new_providers(now: datetime) -> None:
    """Check every provider that was registered and not yet checked; done again it checks nobody twice."""
    rows = await fetch(
        "SELECT p.id FROM provider p WHERE NOT EXISTS (SELECT 1 FROM credit_check k"
        " WHERE k.provider = p.id AND k.moment = 'registration') ORDER BY p.registered_at LIMIT 500"
    )
    if rows:
        await check_credit([row["id"] for row in rows], CheckPoint("registration", county_day(now)), now)
