"""Files of casework and group activities, as far as their reader may see them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from contracts.agreements.names import TITLE_EN
from contracts.casework.rules import may_read_texts, may_see_file
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.errors import NotFound
from marketplace.kernel.private_columns import reveal

Row = dict[str, Any]
HIDDEN = ("words", "health", "disability")

_FILE = f"""
SELECT f.*, c.reference AS contract_reference, c.title AS contract_title, {TITLE_EN} AS contract_title_en,
  p.organisation AS provider_organisation, c.provider, o.name AS provider_name, o.name_en AS provider_name_en,
  t.name AS town_name, t.name_en AS town_name_en, w.name AS worker_name, s.reference AS order_reference,
  s."case" AS of_case
FROM casework_file f JOIN contract c ON c.id = f.contract JOIN provider p ON p.id = c.provider
JOIN organisation o ON o.id = p.organisation JOIN organisation t ON t.id = f.town JOIN person w ON w.id = f.worker
LEFT JOIN service_order s ON s.id = f.service_order
"""
# what may_see_file says, for lists: person, office, supervises, handles, oversees, sees restricted
_SEEN = (
    "(f.worker = $1 OR (p.organisation = $2 AND $3)"
    " OR (((f.town = $2 AND $4) OR $5) AND (NOT f.is_restricted OR $6)))"
)


async def file_page(reference: str, visible_to: Actor) -> Row:
    """A file by its reference. Raises NotFound for whoever may not see it."""
    row = await fetchrow(_FILE + " WHERE f.reference = $1", reference)
    if row is None or not may_see_file(visible_to, row):
        raise NotFound()
    return dict(row)


async def lock_file(file: UUID) -> Row:
    """The file's row, held until the transaction ends."""
    await fetchval("SELECT id FROM casework_file WHERE id = $1 FOR NO KEY UPDATE", file)
    row = await fetchrow(_FILE + " WHERE f.id = $1", file)
    assert row is not None
    return dict(row)


async def list_files(actor: Actor) -> list[Row]:
    """The files this reader may see, those at work first; no text stands in a list."""
    rows = await fetch(
        f"{_FILE} WHERE {_SEEN} ORDER BY f.ended_at IS NOT NULL, f.opened_at DESC LIMIT 200",
        actor.person_id, actor.organisation_id, actor.may(Permission.ANSWER_ORDERS),
        actor.may(Permission.HANDLE_CASES), actor.may(Permission.OVERSEE_CASES),
        actor.may(Permission.SEE_RESTRICTED_CASES),
    )  # fmt: skip
    return [dict(row) for row in rows]


async def entries_of(file: Row, reader: Actor) -> list[Row]:
    """What was written, in its order; the texts for who may read them, the others see that something was written."""
    rows = await fetch(
        "SELECT e.*, p.name AS written_by_name, v.day AS visit_day FROM casework_entry e"
        " JOIN person p ON p.id = e.written_by LEFT JOIN visit v ON v.id = e.visit WHERE e.file = $1 ORDER BY e.nth",
        file["id"],
    )
    if not may_read_texts(reader, file):
        return [{**row, **dict.fromkeys(HIDDEN, "")} for row in rows]
    return [{**row, **{name: reveal(row[name], f"casework_entry.{name}") for name in HIDDEN}} for row in rows]


async def visits_in(file: Row) -> list[Row]:
    """The visits to the resident under the file's contract while the file is open, the newest first."""
    rows = await fetch(
        "SELECT v.id, v.day, v.begins_at, v.ends_at, v.minutes, v.status, v.person, w.name AS worker_name FROM visit v"
        " JOIN worker w ON w.id = v.worker WHERE v.contract = $1 AND v.recipient_code = $2"
        " AND v.status IN ('logged', 'approved') AND NOT v.is_void"
        " AND v.day >= ($3::timestamptz - interval '7 days')::date"
        " AND ($4::timestamptz IS NULL OR v.begins_at <= $4) ORDER BY v.begins_at DESC LIMIT 100",
        file["contract"], file["recipient_code"], file["opened_at"], file["ended_at"],
    )  # fmt: skip
    return [dict(row) for row in rows]


async def open_file_of(contract: UUID, recipient_code: str) -> str | None:
    """The file of a resident that is at work under a contract."""
    found: str | None = await fetchval(
        "SELECT reference FROM casework_file WHERE contract = $1 AND recipient_code = $2 AND ended_at IS NULL",
        contract, recipient_code,
    )  # fmt: skip
    return found


async def resident_of(recipient_code: str) -> Row | None:
    """What casework has to know of a resident: the town, whether one of the named few looks after them, the case."""
    row = await fetchrow(
        "SELECT r.town, k.id AS case, coalesce(k.capacity <> 'full', false) AS is_restricted FROM resident r"
        " LEFT JOIN LATERAL (SELECT a.id, a.capacity FROM assistance_case a WHERE a.resident = r.id"
        "  AND a.status IN ('open', 'granted') ORDER BY a.capacity = 'full', a.registered_at DESC LIMIT 1) k ON true"
        " WHERE r.code = $1",
        recipient_code,
    )
    return dict(row) if row else None


async def workers_of(provider: UUID) -> list[Row]:
    """Who of a provider may be put in charge: on its roster and with an account."""
    rows = await fetch(
        "SELECT DISTINCT person AS id, name FROM worker WHERE provider = $1 AND person IS NOT NULL"
        " AND employed_to IS NULL ORDER BY name",
        provider,
    )
    return [dict(row) for row in rows]


_GROUP = f"""
SELECT g.*, c.reference AS contract_reference, c.title AS contract_title, {TITLE_EN} AS contract_title_en,
  p.organisation AS provider_organisation, c.buyer, l.name AS leader_name,
  (SELECT count(*)::int FROM group_sign_in s WHERE s.activity = g.id) AS came
FROM group_activity g JOIN contract c ON c.id = g.contract JOIN provider p ON p.id = c.provider
JOIN person l ON l.id = g.leader
"""
_GROUP_SEEN = "(p.organisation = $1 AND $2 OR c.buyer = $1 AND $3)"


def _of_groups(actor: Actor) -> tuple[UUID, bool, bool]:
    works = actor.may(Permission.LOG_VISITS) or actor.may(Permission.ANSWER_ORDERS)
    return actor.organisation_id, works, actor.may(Permission.APPROVE_HOURS)


async def list_groups(actor: Actor) -> list[Row]:
    """Group activities of the own provider, for a buyer those of its contracts; the coming ones first."""
    rows = await fetch(
        f"{_GROUP} WHERE {_GROUP_SEEN} ORDER BY g.status <> 'planned', g.planned_on DESC LIMIT 200", *_of_groups(actor)
    )
    return [dict(row) for row in rows]


async def group_page(reference: str, visible_to: Actor) -> Row:
    """A group activity by its reference. Raises NotFound."""
    row = await fetchrow(f"{_GROUP} WHERE {_GROUP_SEEN} AND g.reference = $4", *_of_groups(visible_to), reference)
    if row is None:
        raise NotFound()
    return dict(row)


async def lock_group(activity: UUID) -> Row:
    """The activity's row, held until the transaction ends."""
    row = await fetchrow("SELECT * FROM group_activity WHERE id = $1 FOR NO KEY UPDATE", activity)
    assert row is not None
    return dict(row)


async def signed_in(activity: UUID) -> list[str]:
    """Who came, by code."""
    rows = await fetch("SELECT recipient_code FROM group_sign_in WHERE activity = $1 ORDER BY position", activity)
    return [row["recipient_code"] for row in rows]
