"""An existing register brought in from a spreadsheet: looked through first, then all that is new in one act."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import asyncpg

from marketplace.accounts.actor import Actor
from marketplace.accounts.people.services import sort_key
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.delimited import read_table
from marketplace.gateways.file_types import FileRefused
from marketplace.gateways.spreadsheets import CellMistake, SheetRow
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, insert, transaction
from marketplace.kernel.errors import Conflict, FormRefused
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.private_columns import conceal
from marketplace.kernel.references.services import next_references
from vendors.providers.phones import mark_phones
from vendors.providers.queries import CONTACT
from vendors.providers.services import search_text
from vendors.register.import_sheets import COLUMNS, Fate, Judged, Like, judge, look_through
from vendors.register.tables import RegisterImport

LARGEST = 10 * 1024 * 1024


@dataclass(frozen=True)
class Preview:
    """A register looked through: every row with its fate, and the mistakes by cell."""

    rows: list[Judged]
    mistakes: list[CellMistake]

    def count(self, fate: Fate) -> int:
        """How many rows have this fate."""
        return sum(each.fate == fate for each in self.rows)

    @property
    def to_judge(self) -> list[Judged]:
        """Rows that a person has to say something about."""
        return [each for each in self.rows if each.fate == Fate.LIKE]


async def preview_register(name: str, content: bytes, actor: Actor, now: datetime) -> Preview:
    """Every row against the rules and the register; nothing is saved. Raises FileRefused for another table."""
    actor.check_may(Permission.CHECK_PROVIDERS)
    if len(content) > LARGEST:
        raise FileRefused(N_("表格文件最大 10 MB。请分成几个文件。"))
    sheet = await asyncio.to_thread(read_table, name, content, COLUMNS)
    if not sheet.rows:
        raise FileRefused(N_("表格里标题行下面没有内容。请填好再上传。"))
    look_through(sheet, county_day(now))
    cores = await _cores({row.values["name"] for row in sheet.rows if row.values["name"]})
    codes = [row.values["credit_code"] for row in sheet.rows if row.values["credit_code"]]
    known = await fetch("SELECT credit_code FROM provider WHERE credit_code = ANY($1::text[])", codes)
    rows = judge(sheet, cores, {row["credit_code"] for row in known}, await _like(cores.values()))
    return Preview(rows, sheet.mistakes)


async def _cores(names: Collection[str]) -> dict[str, str]:
    rows = await fetch("SELECT n, name_core(n) AS core FROM unnest($1::text[]) AS n", list(names))
    return {row["n"]: row["core"] for row in rows}


async def _like(cores: Collection[str]) -> dict[str, list[Like]]:
    found: dict[str, list[Like]] = {}
    rows = await fetch(
        "SELECT core, reference, name, credit_code FROM register_entry WHERE core = ANY($1::text[]) AND core <> ''"
        " ORDER BY reference",
        list(set(cores)),
    )
    for row in rows:
        found.setdefault(row["core"], []).append(Like(row["reference"], row["name"], row["credit_code"]))
    return found


def wanted_rows(preview: Preview, answers: Mapping[str, str]) -> list[SheetRow]:
    """New rows, and those with like names that a person said are bodies of their own.

    `answers` has `row-N` with "new" or "skip". Raises FormRefused naming the rows that nobody judged.
    """
    errors: dict[str, Sentence] = {
        f"row-{each.row.number}": say(N_("请说明第 {row} 行是新的机构，还是跳过。"), row=each.row.number)
        for each in preview.to_judge
        if answers.get(f"row-{each.row.number}") not in ("new", "skip")
    }
    if errors:
        raise FormRefused(errors)
    is_wanted = {f"row-{each.row.number}" for each in preview.to_judge} & {
        name for name, answer in answers.items() if answer == "new"
    }
    return [
        each.row
        for each in preview.rows
        if each.fate == Fate.NEW or (each.fate == Fate.LIKE and f"row-{each.row.number}" in is_wanted)
    ]


async def enter_register(name: str, content: bytes, rows: Sequence[SheetRow], actor: Actor, now: datetime) -> UUID:
    """Enter these rows as providers without an account, all or none, and keep the file's hash. Raises Conflict."""
    actor.check_may(Permission.CHECK_PROVIDERS)
    digest = hashlib.sha256(content).hexdigest()
    try:
        async with transaction():
            kept: UUID = await insert(
                RegisterImport, file_name=name[-160:], sha256=digest, entered=len(rows),
                imported_by=actor.person_id, imported_at=now,
            )  # fmt: skip
            references = await _enter_providers(kept, rows, now)
            detail = {"name": name, "sha256": digest, "rows": str(len(rows))}
            if references:
                detail |= {"from": references[0], "to": references[-1]}
            await record("register.imported", ("register_import", str(kept)), actor, detail, now)
    except asyncpg.UniqueViolationError as twice:
        raise Conflict(N_("导入的时候，表格里有一家刚刚登记了。什么也没有保存，请重新上传检查。")) from twice
    return kept


async def _enter_providers(kept: UUID, rows: Sequence[SheetRow], now: datetime) -> list[str]:
    values = [row.values for row in rows]
    organisations, providers = [uuid4() for _ in rows], [uuid4() for _ in rows]
    references = await next_references("GYS", county_day(now).year, len(rows)) if rows else []
    await execute(
        "INSERT INTO organisation (id, kind, name, name_en, sort_key)"
        " SELECT id, 'provider', name, name_en, sort_key FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[])"
        " AS new (id, name, name_en, sort_key)",
        organisations, [v["name"] for v in values], [v["name_en"] or "" for v in values],
        [sort_key(v["name"]) for v in values],
    )  # fmt: skip
    await execute(
        "INSERT INTO provider (id, organisation, reference, credit_code, legal_form, legal_representative, address,"
        " contact, founded_on, search_text, registered_at) SELECT id, organisation, reference, code, form, person,"
        " address, contact, founded, words, $11 FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[],"
        " $6::text[], $7::text[], $8::text[], $9::date[], $10::text[])"
        " AS new (id, organisation, reference, code, form, person, address, contact, founded, words)",
        providers, organisations, references, [v["credit_code"] for v in values], [v["legal_form"] for v in values],
        [v["legal_representative"] or "" for v in values], [v["address"] or "" for v in values],
        [conceal(v["contact"], CONTACT) if v["contact"] else "" for v in values], [v["founded_on"] for v in values],
        [search_text(v["name"], v["credit_code"]) for v in values], now,
    )  # fmt: skip
    await mark_phones([(key, v["contact"] or "") for key, v in zip(providers, values, strict=True)], "contact")
    await execute(
        "INSERT INTO imported_provider (id, register_import, provider, row_number)"
        " SELECT id, $1, provider, number FROM unnest($2::uuid[], $3::uuid[], $4::int[]) AS new (id, provider, number)",
        kept, [uuid4() for _ in rows], providers, [row.number for row in rows],
    )  # fmt: skip
    return references
