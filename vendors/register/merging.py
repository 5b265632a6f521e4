"""Two registrations of one body become one: the one without history goes into the other, and never the other way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import Statement, execute, fetch, fetchrow, fetchval, insert, together, transaction
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.i18n import N_, say
from vendors.register.tables import DifferentProviders, ProviderMerger

Row = dict[str, Any]

# what a merger moves or leaves behind; whatever else points to a provider or its organisation is history and forbids it
FILE_TABLES = frozenset({
    "provider_paper", "legal_representative_facts", "offered_item", "service_town", "provider_account",
    "file_statement", "related_party", "worker", "credit_check", "imported_provider", "provider_merger",
    "different_providers", "register_entry", "phone_mark", "credit_list_candidate",
})  # fmt: skip
ACCOUNT_TABLES = frozenset({
    "provider", "membership", "organisation_owner", "invitation", "document", "document_taking", "office_contact",
    "personal_data_look", "join_request",
})  # fmt: skip
HISTORY_LABELS: dict[str, str] = {
    "bid": N_("投标"), "bid_draft": N_("投标草稿"), "consortium_member": N_("联合体"), "sealed_upload": N_("密封文件"),
    "opened_bid": N_("开标记录"), "award": N_("成交结果"), "contract": N_("合同"), "deposit": N_("保证金"),
    "standing_entry": N_("履约评价"), "credit_entry": N_("信用记录"), "credit_case": N_("信用处理"),
    "framework_place": N_("框架协议"), "framework_application": N_("框架协议申请"), "incentive": N_("激励"),
    "challenge": N_("质疑"), "precheck": N_("预检"), "complaint": N_("投诉"), "recorded_offer": N_("平台上的报价"),
    "registration_change": N_("登记事项变更"),
}  # fmt: skip
OTHER_HISTORY = N_("其他办理记录")

_PAIR = """
SELECT p.id, p.reference, p.credit_code, p.legal_form, p.legal_representative, p.address, p.founded_on, p.registered_at,
       p.organisation, p.file_status, o.name, o.name_en,
       (SELECT count(DISTINCT m.person) FROM membership m WHERE m.organisation = p.organisation) AS people,
       (SELECT count(*) FROM provider_paper pp WHERE pp.provider = p.id AND pp.ended_at IS NULL) AS papers,
       (SELECT count(*) FROM worker w WHERE w.provider = p.id) AS workers,
       (SELECT k.reference FROM provider_merger g JOIN provider k ON k.id = g.kept
        WHERE g.dropped = p.id) AS merged_into
FROM provider p JOIN organisation o ON o.id = p.organisation
"""


@dataclass(frozen=True)
class Side:
    """One of two registrations, with the kinds of history that it has."""

    facts: Row
    history: tuple[str, ...]


PAIRS_SHOWN = 200
# in the order of the list, who has a namesake, or shares representative and address, with a larger identity: only their
# pairs are looked for, and no more of them than could be without a pair for somebody said that they differ. Each is
# looked up by itself: the planner does not know how soon there are enough
_PAIRS = f"""
WITH likely AS MATERIALIZED (
  SELECT e.*, p.legal_representative, p.address FROM register_entry e CROSS JOIN LATERAL (
    SELECT p.* FROM provider p WHERE p.id = e.id LIMIT 1) p
  WHERE e.core <> '' AND EXISTS (SELECT 1 FROM register_entry b WHERE b.core = e.core AND b.id > e.id)
  OR p.legal_representative <> '' AND p.address <> '' AND EXISTS (SELECT 1 FROM provider b
    WHERE b.legal_representative = p.legal_representative AND b.address = p.address AND b.id > p.id)
  ORDER BY e.sort_key, e.reference
  LIMIT {PAIRS_SHOWN} + (SELECT count(DISTINCT first) FROM different_providers)),
pair AS (
  SELECT a.id AS first, b.id AS second, 'name' AS because FROM likely a CROSS JOIN LATERAL (
    SELECT b.id FROM register_entry b WHERE b.core = a.core AND b.id > a.id OFFSET 0) b WHERE a.core <> ''
  UNION ALL SELECT a.id, b.id, 'person' FROM likely a CROSS JOIN LATERAL (
    SELECT b.id FROM provider b WHERE b.legal_representative = a.legal_representative AND b.address = a.address
    AND b.id > a.id OFFSET 0) b WHERE a.legal_representative <> '' AND a.address <> ''),
named AS (SELECT pair.first, pair.second, array_agg(pair.because) AS because FROM pair
  WHERE NOT EXISTS (SELECT 1 FROM different_providers d WHERE d.first = pair.first AND d.second = pair.second)
  GROUP BY pair.first, pair.second)
SELECT a.reference AS first_reference, a.name AS first_name, a.name_en AS first_name_en, a.credit_code AS first_code,
  b.reference AS second_reference, b.name AS second_name, b.name_en AS second_name_en, b.credit_code AS second_code,
  n.because
FROM named n JOIN likely a ON a.id = n.first CROSS JOIN LATERAL (
  SELECT b.* FROM register_entry b WHERE b.id = n.second LIMIT 1) b
ORDER BY a.sort_key, a.reference, b.reference LIMIT {PAIRS_SHOWN}
"""


async def likely_pairs() -> list[Row]:
    """Registrations that may be one body: like names, or the same legal representative at the same address."""
    return [dict(row) for row in await fetch(_PAIRS)]


async def two_sides(first: str, second: str) -> tuple[Side, Side]:
    """Both registrations with what each has. Raises NotFound, also for one that is merged already."""
    rows = {row["reference"]: dict(row) for row in await fetch(_PAIR + " WHERE p.reference = ANY($1)", [first, second])}
    if first == second or len(rows) != 2 or any(row["merged_into"] for row in rows.values()):
        raise NotFound()
    one, other = rows[first], rows[second]
    of_one, of_other = await together(history_of(one), history_of(other))
    return Side(one, of_one), Side(other, of_other)


async def history_columns() -> list[Row]:
    """The columns whose rows are history of a provider (`of` provider or organisation); new tables are among them.

    A town is no provider: what names one as `town` is not looked through.
    """
    columns = await fetch(
        "SELECT c.conrelid::regclass::text AS at, a.attname AS field, c.confrelid::regclass::text AS of"
        " FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
        " WHERE c.contype = 'f' AND c.confrelid IN ('provider'::regclass, 'organisation'::regclass)"
        " AND a.attname <> 'town'"
    )
    return [
        dict(row)
        for row in columns
        if row["at"] not in (FILE_TABLES if row["of"] == "provider" else ACCOUNT_TABLES)
    ]


async def history_of(provider: Row) -> tuple[str, ...]:
    """The tables with records of a provider that no merger may move; new kinds of records forbid one by themselves."""
    asked = [(row["at"], row["field"], 1 if row["of"] == "provider" else 2) for row in await history_columns()]
    parts = [f"SELECT '{at}' AS at WHERE EXISTS (SELECT 1 FROM {at} WHERE {field} = ${n})" for at, field, n in asked]
    rows = await fetch(
        "SELECT DISTINCT at FROM (" + " UNION ALL ".join(parts) + ") found WHERE $1::uuid IS NOT NULL AND $2::uuid IS"
        " NOT NULL ORDER BY at",
        provider["id"], provider["organisation"],
    )  # fmt: skip
    return tuple(row["at"] for row in rows)


def history_words(history: Sequence[str]) -> list[str]:
    """The kinds of history in words, each once."""
    return list(dict.fromkeys(HISTORY_LABELS.get(each, OTHER_HISTORY) for each in history))


async def merge(kept: str, dropped: str, reason: str, actor: Actor, now: datetime) -> None:
    """Let one registration go into the other: its people, papers and roster move, its address leads on.

    Raises NotFound for one that is not there or merged already, Conflict while the dropped one has history.
    """
    actor.check_may(Permission.CHECK_PROVIDERS)
    async with transaction():
        # whoever writes history of a provider holds its row; taken in one order, two mergers cannot block each other
        await fetch("SELECT id FROM provider WHERE reference = ANY($1) ORDER BY id FOR UPDATE", [kept, dropped])
        keeping, going = await two_sides(kept, dropped)
        if going.history:
            raise Conflict(
                N_("{name} 已经有办理记录（{first} 等），不能并掉。可以反过来合并；两家都有记录的，请保留两家。"),
                name=going.facts["name"], first=say(history_words(going.history)[0]),
            )  # fmt: skip
        await _move(keeping.facts, going.facts, now)
        await insert(
            ProviderMerger, kept=keeping.facts["id"], dropped=going.facts["id"], reason=reason,
            merged_by=actor.person_id, merged_at=now,
        )  # fmt: skip
        detail = {"kept": kept, "dropped": dropped, "reason": reason}
        await record("provider.merged", ("provider", str(keeping.facts["id"])), actor, detail, now)


async def _move(keeping: Row, going: Row, now: datetime) -> None:
    to, source = keeping["id"], going["id"]
    for statement in (
        Statement(
            "UPDATE provider_paper SET provider = $1 WHERE provider = $2 AND ended_at IS NULL AND kind NOT IN"
            " (SELECT kind FROM provider_paper WHERE provider = $1 AND ended_at IS NULL)",
            (to, source),
        ),
        Statement(
            "UPDATE worker w SET provider = $1 WHERE provider = $2 AND NOT EXISTS (SELECT 1 FROM worker h WHERE"
            " h.provider = $1 AND (h.name, h.certificate_number, h.employed_from) ="
            " (w.name, w.certificate_number, w.employed_from))",
            (to, source),
        ),
        Statement(
            "UPDATE offered_item o SET provider = $1 WHERE provider = $2 AND NOT EXISTS"
            " (SELECT 1 FROM offered_item h WHERE h.provider = $1 AND h.item_code = o.item_code)",
            (to, source),
        ),
        Statement(
            "UPDATE service_town s SET provider = $1 WHERE provider = $2 AND NOT EXISTS"
            " (SELECT 1 FROM service_town h WHERE h.provider = $1 AND h.town = s.town)",
            (to, source),
        ),
    ):
        await execute(statement.sql, *statement.values)
    await execute(
        "UPDATE document SET organisation = $1 WHERE organisation = $2 AND id IN (SELECT document FROM provider_paper"
        " WHERE provider = $3)",
        keeping["organisation"], going["organisation"], to,
    )  # fmt: skip
    await _move_people(keeping["organisation"], going["organisation"], now)


async def _move_people(to: UUID, source: UUID, now: datetime) -> None:
    if not await fetchval("SELECT 1 FROM organisation_owner WHERE organisation = $1", to):
        await execute(
            "INSERT INTO organisation_owner (id, organisation, person, since) SELECT gen_random_uuid(), $1, person, $3"
            " FROM organisation_owner WHERE organisation = $2",
            to, source, now,
        )  # fmt: skip
    await execute("DELETE FROM organisation_owner WHERE organisation = $1", source)
    await execute(
        "UPDATE membership m SET organisation = $1 WHERE organisation = $2 AND NOT EXISTS"
        " (SELECT 1 FROM membership h WHERE h.organisation = $1 AND h.person = m.person AND h.role = m.role)",
        to, source,
    )  # fmt: skip
    await execute("DELETE FROM membership WHERE organisation = $1", source)
    await execute("UPDATE join_request SET organisation = $1 WHERE organisation = $2", to, source)
    await execute(
        "UPDATE invitation SET withdrawn_at = clock_timestamp() WHERE organisation = $1 AND used_at IS NULL"
        " AND withdrawn_at IS NULL",
        source,
    )


async def say_different(first: str, second: str, actor: Actor, now: datetime) -> None:
    """Two registrations are two bodies; they are not shown again. Done twice it changes nothing. Raises NotFound."""
    actor.check_may(Permission.CHECK_PROVIDERS)
    async with transaction():
        one, other = await two_sides(first, second)
        ends = sorted((one.facts["id"], other.facts["id"]))
        if await fetchval("SELECT 1 FROM different_providers WHERE first = $1 AND second = $2", *ends):
            return
        await insert(DifferentProviders, first=ends[0], second=ends[1], said_by=actor.person_id, said_at=now)
        detail = {"provider": first, "other": second}
        await record("provider.said_different", ("provider", str(ends[0])), actor, detail, now)


async def kept_instead(reference: str) -> str | None:
    """The number of the registration that a merged one went into."""
    row = await fetchrow(
        "SELECT k.reference FROM provider_merger m JOIN provider d ON d.id = m.dropped JOIN provider k ON k.id = m.kept"
        " WHERE d.reference = $1",
        reference,
    )
    return row["reference"] if row else None
