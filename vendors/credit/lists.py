"""Lists of the authorities: handed in, matched by code and then by name, confirmed by a second person."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.delimited import read_table
from marketplace.gateways.file_types import FileRefused
from marketplace.gateways.spreadsheets import SheetRow
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, FormRefused, NotFound
from marketplace.kernel.i18n import N_, say
from vendors.credit.queries import list_page
from vendors.credit.rules import Known, Match, check_second_person, match_row, plain_name
from vendors.credit.sheets import COLUMNS, look_through
from vendors.credit.tables import CreditList

LARGEST_LIST = 10 * 1024 * 1024


@dataclass(frozen=True)
class NewList:
    """A file of an authority: which list, and the day it was of."""

    kind: str
    as_of: date
    name: str
    content: bytes


class ListRefused(FileRefused):
    """Rows of the file have mistakes; `mistakes` names the cells."""

    def __init__(self, mistakes: Sequence[Any]) -> None:
        super().__init__(
            N_("表格有 {count} 处错误，第一处在 {cell}：{said} 一行也没有保存。请改好后重新上传。"),
            count=len(mistakes), cell=mistakes[0].cell, said=mistakes[0].sentence,
        )  # fmt: skip
        self.mistakes = list(mistakes)


async def upload_list(new: NewList, actor: Actor, now: datetime) -> UUID:
    """Keep a list with its file and compare every row with the register; nothing counts yet.

    Raises FormRefused for a day to come, FileRefused for another table, ListRefused naming the cells.
    """
    actor.check_may(Permission.RECORD_CREDIT)
    if new.as_of > county_day(now):
        raise FormRefused({"as_of": say(N_("名单日期不能晚于今天。请核对。"))})
    if len(new.content) > LARGEST_LIST:
        raise FileRefused(N_("表格文件最大 10 MB。请分成几个文件。"))
    sheet = await asyncio.to_thread(read_table, new.name, new.content, COLUMNS)
    look_through(sheet)
    if not sheet.rows:
        raise FileRefused(N_("表格里标题行下面没有内容。请填好再上传。"))
    if sheet.mistakes:
        raise ListRefused(sheet.mistakes)
    digest = hashlib.sha256(new.content).hexdigest()
    async with transaction():
        found: UUID = await insert(
            CreditList, kind=new.kind, as_of=new.as_of, file_name=new.name[-160:], content=new.content, sha256=digest,
            uploaded_by=actor.person_id, uploaded_at=now,
        )  # fmt: skip
        known = await _register()
        matches = await asyncio.to_thread(_matches, sheet.rows, known)
        await _enter_rows(found, sheet.rows, matches)
        detail = {"kind": new.kind, "name": new.name, "sha256": digest, "rows": str(len(sheet.rows))}
        await record("credit.list_uploaded", ("credit_list", str(found)), actor, detail, now)
    return found


async def _register() -> list[Known]:
    # an authority may still write the former name
    rows = await fetch(
        "SELECT p.id, p.credit_code, o.name FROM provider p JOIN organisation o ON o.id = p.organisation"
        " UNION ALL SELECT p.id, p.credit_code, c.from_name FROM registration_change c"
        " JOIN provider p ON p.id = c.provider WHERE c.status = 'confirmed' ORDER BY credit_code"
    )
    return [Known(row["id"], row["credit_code"], row["name"]) for row in rows]


def _matches(rows: Sequence[SheetRow], known: Sequence[Known]) -> list[Match]:
    lookup = RegisterLookup(known)
    return [lookup.match(row.values["name"], row.values["credit_code"] or "") for row in rows]


class RegisterLookup:
    """The register laid out once for a list of many rows; it says what `match_row` says."""

    def __init__(self, known: Sequence[Known]) -> None:
        self.known = known
        self.by_key: dict[str, list[Known]] = {}
        for each in known:
            for key in {each.credit_code, _name_key(each.name)}:
                self.by_key.setdefault(key, []).append(each)

    def match(self, name: str, credit_code: str) -> Match:
        """Which provider a row means."""
        near = [*self.by_key.get(credit_code, ()), *self.by_key.get(_name_key(name), ())]
        return match_row(name, credit_code, near)


def _name_key(name: str) -> str:
    return "name " + plain_name(name)


async def _enter_rows(found: UUID, rows: Sequence[SheetRow], matches: Sequence[Match]) -> None:
    values, ids = [row.values for row in rows], [uuid4() for _ in rows]
    await execute(
        "INSERT INTO credit_list_row (id, credit_list, number, name, credit_code, document_number, reason, starts_on,"
        " ends_on, provider, matched_by, is_same) SELECT id, $1, number, name, code, document, reason, starts, ends,"
        " provider, matched, same FROM unnest($2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[],"
        " $8::date[], $9::date[], $10::uuid[], $11::text[], $12::text[])"
        " AS new(id, number, name, code, document, reason, starts, ends, provider, matched, same)",
        found, ids, [row.number for row in rows], [v["name"] for v in values],
        [v["credit_code"] or "" for v in values], [v["document_number"] for v in values],
        [v["reason"] or "" for v in values], [v["starts_on"] for v in values], [v["ends_on"] for v in values],
        [m.provider for m in matches], [m.matched_by for m in matches], [m.is_same for m in matches],
    )  # fmt: skip
    await enter_candidates(zip(ids, matches, strict=True))


async def enter_candidates(matches: Iterable[tuple[UUID, Match]]) -> None:
    """Keep everybody of the name on each row, for a person to choose from; twice does no harm."""
    pairs = [(row, provider) for row, match in matches for provider in match.candidates]
    await execute(
        "INSERT INTO credit_list_candidate (id, row, provider) SELECT gen_random_uuid(), row, provider"
        " FROM unnest($1::uuid[], $2::uuid[]) AS new(row, provider) ON CONFLICT (row, provider) DO NOTHING",
        [row for row, _ in pairs], [provider for _, provider in pairs],
    )  # fmt: skip


async def decide_row(row: UUID, chosen: UUID | None, actor: Actor, now: datetime) -> UUID:
    """A person says which provider of its name a row means, or none of them; gives the list.

    On a confirmed list a yes enters it at once, and needs another person than the one who handed the list in.
    Raises NotFound, also for a provider of another name, Conflict when it is decided.
    """
    actor.check_may(Permission.RECORD_CREDIT)
    async with transaction():
        found = await fetchrow(
            "SELECT r.id, r.is_same, r.credit_list, l.status, l.uploaded_by FROM credit_list_row r"
            " JOIN credit_list l ON l.id = r.credit_list WHERE r.id = $1 FOR UPDATE OF r, l",
            row,
        )
        if found is None:
            raise NotFound()
        if found["is_same"] != "open":
            raise Conflict(N_("这一行已经判断过了。请刷新页面。"))
        if chosen and not await fetchval(
            "SELECT 1 FROM credit_list_candidate WHERE row = $1 AND provider = $2", row, chosen
        ):
            raise NotFound()
        await execute(
            "UPDATE credit_list_row SET is_same = $2, provider = coalesce($5, provider), decided_by = $3,"
            " decided_at = $4 WHERE id = $1",
            row, "yes" if chosen else "no", actor.person_id, now, chosen,
        )  # fmt: skip
        detail = {"row": str(row), "same": "yes" if chosen else "no"}
        await record("credit.row_decided", ("credit_list", str(found["credit_list"])), actor, detail, now)
        if chosen and found["status"] == "confirmed":
            check_second_person(found["uploaded_by"], actor.person_id)
            await enter_matches(found["credit_list"], actor.person_id, now)
    list_id: UUID = found["credit_list"]
    return list_id


async def confirm_list(found: UUID, actor: Actor, now: datetime) -> int:
    """A second person confirms a list: its matches become entries; gives how many are new.

    Raises NotFound, Forbidden for whoever handed it in, Conflict while a name waits for a person.
    """
    actor.check_may(Permission.RECORD_CREDIT)
    async with transaction():
        row = await fetchrow("SELECT status, uploaded_by, kind FROM credit_list WHERE id = $1 FOR UPDATE", found)
        if row is None:
            raise NotFound()
        check_second_person(row["uploaded_by"], actor.person_id)
        if row["status"] != "waiting":
            raise Conflict(N_("这份名单已经处理过了。请刷新页面。"))
        if await fetchval("SELECT 1 FROM credit_list_row WHERE credit_list = $1 AND is_same = 'open'", found):
            raise Conflict(N_("还有名称相同的行没有判断是不是同一家。请先逐行判断，再确认名单。"))
        await execute(
            "UPDATE credit_list SET status = 'confirmed', confirmed_by = $2, confirmed_at = $3 WHERE id = $1",
            found, actor.person_id, now,
        )  # fmt: skip
        entered = await enter_matches(found, actor.person_id, now)
        detail = {"kind": row["kind"], "entries": str(entered)}
        await record("credit.list_confirmed", ("credit_list", str(found)), actor, detail, now)
    return entered


async def drop_list(found: UUID, actor: Actor, now: datetime) -> None:
    """A list that was handed in by mistake counts for nothing; it stays with its file. Raises NotFound, Conflict."""
    actor.check_may(Permission.RECORD_CREDIT)
    row = await list_page(found)
    async with transaction():
        dropped = await fetchval(
            "UPDATE credit_list SET status = 'dropped' WHERE id = $1 AND status = 'waiting' RETURNING id", found
        )
        if dropped is None:
            raise Conflict(N_("这份名单已经处理过了。请刷新页面。"))
        await record("credit.list_dropped", ("credit_list", str(found)), actor, {"kind": row["kind"]}, now)


async def enter_matches(found: UUID, person: UUID, now: datetime) -> int:
    """Enter what the list says about registered providers; what stands already is only linked."""
    rows = await fetch(
        "SELECT r.id, r.provider, l.kind, r.document_number, r.reason, r.starts_on, r.ends_on,"
        " (SELECT e.id FROM credit_entry e WHERE e.provider = r.provider AND e.kind = l.kind"
        "  AND e.document_number = r.document_number LIMIT 1) AS standing"
        " FROM credit_list_row r JOIN credit_list l ON l.id = r.credit_list"
        " WHERE r.credit_list = $1 AND r.is_same = 'yes' AND r.entry IS NULL ORDER BY r.number",
        found,
    )
    new = [(uuid4(), row) for row in rows if row["standing"] is None]
    await execute(
        "INSERT INTO credit_entry (id, provider, kind, document_number, reason, starts_on, ends_on, recorded_by,"
        " recorded_at) SELECT id, provider, kind, document, reason, starts, ends, $8, $9 FROM unnest($1::uuid[],"
        " $2::uuid[], $3::text[], $4::text[], $5::text[], $6::date[], $7::date[])"
        " AS new(id, provider, kind, document, reason, starts, ends)",
        [e for e, _ in new], [r["provider"] for _, r in new], [r["kind"] for _, r in new],
        [r["document_number"] for _, r in new], [r["reason"] for _, r in new], [r["starts_on"] for _, r in new],
        [r["ends_on"] for _, r in new], person, now,
    )  # fmt: skip
    linked = [(row["id"], row["standing"]) for row in rows if row["standing"]] + [(row["id"], e) for e, row in new]
    await execute(
        "UPDATE credit_list_row r SET entry = new.entry FROM unnest($1::uuid[], $2::uuid[]) AS new(id, entry)"
        " WHERE r.id = new.id",
        [row for row, _ in linked], [entry for _, entry in linked],
    )  # fmt: skip
    return len(new)
