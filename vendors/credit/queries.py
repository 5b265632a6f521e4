"""Credit entries, cases and lists: every SELECT, and who may see what before it is public."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.errors import NotFound
from vendors.credit.rules import counted
from vendors.providers.rules import CreditFact

Row = dict[str, Any]

# an entry with the removal that was confirmed, if one was
_ENTRIES = """
SELECT e.id, e.provider, e.kind, e.document_number, e.reason, e.starts_on, e.ends_on, e.recorded_at,
       r.ground, r.effective_on, r.document_number AS removal_document, r.reason AS removal_reason
FROM credit_entry e LEFT JOIN credit_removal r ON r.entry = e.id AND r.status = 'confirmed'
"""


async def entries_of(provider: UUID) -> list[Row]:
    """All entries with their removals, newest first; public."""
    rows = await fetch(_ENTRIES + " WHERE e.provider = $1 ORDER BY e.starts_on DESC, e.recorded_at DESC", provider)
    return [dict(r) for r in rows]


async def credit_facts(provider: UUID) -> list[CreditFact]:
    """One provider's entries as the exclusions want them."""
    return (await credit_facts_of([provider]))[provider]


async def credit_facts_of(providers: Iterable[UUID]) -> dict[UUID, list[CreditFact]]:
    """The entries of several providers as they count after removals, newest first."""
    return {provider: [fact for _, fact in found] for provider, found in (await counting_entries(providers)).items()}


async def counting_entries(providers: Iterable[UUID]) -> dict[UUID, list[tuple[UUID, CreditFact]]]:
    """The entries of several providers with their identities, as they count after removals; newest first."""
    found: dict[UUID, list[tuple[UUID, CreditFact]]] = {provider: [] for provider in providers}
    rows = await fetch(
        _ENTRIES + " WHERE e.provider = ANY($1) ORDER BY e.starts_on DESC, e.recorded_at DESC", list(found)
    )
    for e in rows:
        fact = CreditFact(e["kind"], e["document_number"], e["starts_on"], e["ends_on"])
        if left := counted(fact, e["ground"], e["effective_on"]):
            found[e["provider"]].append((e["id"], left))
    return found


_CASE = """
SELECT c.*, p.reference AS provider_reference, p.organisation, o.name AS provider_name, o.name_en AS provider_name_en,
       d.name AS evidence_name, d.size AS evidence_size, d.sha256 AS evidence_sha256, a.name AS opened_by_name,
       b.name AS decided_by_name, s.name AS stated_by_name
FROM credit_case c JOIN provider p ON p.id = c.provider JOIN organisation o ON o.id = p.organisation
JOIN document d ON d.id = c.evidence JOIN person a ON a.id = c.opened_by
LEFT JOIN person b ON b.id = c.decided_by LEFT JOIN person s ON s.id = c.stated_by
"""
_DESK = (Permission.RECORD_CREDIT, Permission.READ_EVERYTHING)


def may_see_all(actor: Actor) -> bool:
    """Whether somebody sees cases before they are public."""
    return any(actor.may(each) for each in _DESK)


async def case_page(reference: str, actor: Actor) -> Row:
    """A case for finance, those who read everything, and the provider itself. Raises NotFound for everybody else."""
    row = await fetchrow(_CASE + " WHERE c.reference = $1", reference)
    own = row is not None and row["organisation"] == actor.organisation_id and actor.may(Permission.EDIT_PROVIDER_FILE)
    if row is None or not (may_see_all(actor) or own):
        raise NotFound()
    return {**dict(row), "is_own": own}


async def list_cases(open_only: bool = False) -> list[Row]:
    """Cases, those that wait first, newest first."""
    rows = await fetch(
        _CASE + (" WHERE c.status IN ('opened', 'heard')" if open_only else "")
        + " ORDER BY c.status IN ('published', 'dropped'), c.opened_at DESC LIMIT 200"
    )
    return [dict(r) for r in rows]


async def own_cases(organisation: UUID) -> list[Row]:
    """The cases about one's own organisation, newest first."""
    rows = await fetch(_CASE + " WHERE p.organisation = $1 ORDER BY c.opened_at DESC", organisation)
    return [dict(r) for r in rows]


_REMOVAL = """
SELECT r.*, e.kind, e.document_number AS entry_document, e.starts_on, e.ends_on, p.reference AS provider_reference,
       o.name AS provider_name, o.name_en AS provider_name_en, a.name AS proposed_by_name, b.name AS decided_by_name
FROM credit_removal r JOIN credit_entry e ON e.id = r.entry JOIN provider p ON p.id = e.provider
JOIN organisation o ON o.id = p.organisation JOIN person a ON a.id = r.proposed_by
LEFT JOIN person b ON b.id = r.decided_by
"""


async def removals(status: str = "") -> list[Row]:
    """Removals of entries, those that wait first."""
    rows = await fetch(
        _REMOVAL + " WHERE ($1 = '' OR r.status = $1) ORDER BY r.status <> 'proposed', r.proposed_at DESC LIMIT 200",
        status,
    )
    return [dict(r) for r in rows]


async def entry_page(entry: UUID) -> Row:
    """One entry with its provider. Raises NotFound."""
    row = await fetchrow(
        "SELECT e.*, p.reference AS provider_reference, o.name AS provider_name, o.name_en AS provider_name_en"
        " FROM credit_entry e JOIN provider p ON p.id = e.provider JOIN organisation o ON o.id = p.organisation"
        " WHERE e.id = $1",
        entry,
    )
    if row is None:
        raise NotFound()
    return dict(row)


async def credit_lists() -> list[Row]:
    """Every list that was handed in, newest first, with its counts."""
    rows = await fetch(
        "SELECT l.id, l.kind, l.as_of, l.status, l.file_name, l.sha256, l.uploaded_at, l.uploaded_by,"
        " a.name AS uploaded_by_name, b.name AS confirmed_by_name, count(r.id) AS row_count,"
        " count(r.id) FILTER (WHERE r.is_same = 'open') AS open_count,"
        " count(r.id) FILTER (WHERE r.is_same = 'yes') AS found_count"
        " FROM credit_list l JOIN person a ON a.id = l.uploaded_by LEFT JOIN person b ON b.id = l.confirmed_by"
        " LEFT JOIN credit_list_row r ON r.credit_list = l.id"
        " GROUP BY l.id, a.name, b.name ORDER BY l.uploaded_at DESC LIMIT 100"
    )
    return [dict(r) for r in rows]


async def list_page(found: UUID) -> Row:
    """One list that was handed in. Raises NotFound."""
    row = await fetchrow(
        "SELECT l.id, l.kind, l.as_of, l.status, l.file_name, l.sha256, l.uploaded_at, l.uploaded_by, l.confirmed_at,"
        " a.name AS uploaded_by_name, b.name AS confirmed_by_name FROM credit_list l"
        " JOIN person a ON a.id = l.uploaded_by LEFT JOIN person b ON b.id = l.confirmed_by WHERE l.id = $1",
        found,
    )
    if row is None:
        raise NotFound()
    return dict(row)


async def list_rows(found: UUID, matched_only: bool = False) -> list[Row]:
    """The rows of a list with the provider each may be: those that wait for a person first."""
    rows = await fetch(
        "SELECT r.*, p.reference AS provider_reference, p.credit_code AS provider_code, o.name AS provider_name,"
        " o.name_en AS provider_name_en, b.name AS decided_by_name FROM credit_list_row r"
        " LEFT JOIN provider p ON p.id = r.provider LEFT JOIN organisation o ON o.id = p.organisation"
        " LEFT JOIN person b ON b.id = r.decided_by WHERE r.credit_list = $1 AND ($2 = false OR r.is_same <> 'none')"
        " ORDER BY r.is_same <> 'open', r.provider IS NULL, r.number LIMIT 500",
        found, matched_only,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def candidates_of(found: UUID) -> dict[UUID, list[Row]]:
    """Every provider that bears, or bore, the name on a row that waits for a person, by row."""
    rows = await fetch(
        "SELECT k.row, p.id, p.reference, p.credit_code, p.legal_representative, p.address, o.name, o.name_en"
        " FROM credit_list_candidate k JOIN credit_list_row r ON r.id = k.row JOIN provider p ON p.id = k.provider"
        " JOIN organisation o ON o.id = p.organisation WHERE r.credit_list = $1 AND r.is_same = 'open'"
        " ORDER BY k.row, p.registered_at, p.reference",
        found,
    )
    by_row: dict[UUID, list[Row]] = {}
    for row in rows:
        by_row.setdefault(row["row"], []).append(dict(row))
    return by_row


async def newest_lists() -> list[Row]:
    """The newest confirmed list of each kind."""
    rows = await fetch(
        "SELECT DISTINCT ON (kind) id, kind, as_of FROM credit_list WHERE status = 'confirmed'"
        " ORDER BY kind, as_of DESC, confirmed_at DESC"
    )
    return [dict(r) for r in rows]


async def checks_of(
    providers: Iterable[UUID], listing: UUID | None = None, moments: Iterable[str] = ()
) -> dict[UUID, list[Row]]:
    """The proofs of checks of several providers, oldest first, each with what it looked into.

    With a listing: those made for it and the one at registration. Callers guard who reads them.
    """
    found: dict[UUID, list[Row]] = {provider: [] for provider in providers}
    rows = await fetch(
        "SELECT k.id, k.provider, k.moment, k.as_of, k.checked_at, k.result, k.lot, x.name AS checked_by_name,"
        " array_agg(l.kind ORDER BY l.kind) FILTER (WHERE l.entry IS NULL) AS list_kinds,"
        " array_agg(l.list_as_of ORDER BY l.kind) FILTER (WHERE l.entry IS NULL) AS list_days,"
        " array_agg(e.kind ORDER BY e.starts_on) FILTER (WHERE e.id IS NOT NULL) AS found_kinds,"
        " array_agg(e.document_number ORDER BY e.starts_on) FILTER (WHERE e.id IS NOT NULL) AS found_documents"
        " FROM credit_check k JOIN credit_check_line l ON l.credit_check = k.id"
        " LEFT JOIN credit_entry e ON e.id = l.entry LEFT JOIN person x ON x.id = k.checked_by"
        " WHERE k.provider = ANY($1) AND ($2::uuid IS NULL OR k.listing = $2 OR k.moment = 'registration')"
        " AND ($3::text[] = '{}' OR k.moment = ANY($3)) GROUP BY k.id, x.name ORDER BY k.checked_at, k.id",
        list(found), listing, list(moments),
    )  # fmt: skip
    for row in rows:
        lists = list(zip(row["list_kinds"] or (), row["list_days"] or (), strict=True))
        entries = list(zip(row["found_kinds"] or (), row["found_documents"] or (), strict=True))
        found[row["provider"]].append({**dict(row), "lists": lists, "entries": entries})
    return found
