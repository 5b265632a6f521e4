"""Keep the index in step with what is public; save searches and tell of new finds."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.finding.entries import entries_of, item_entries, subjects
from marketplace.finding.rules import KIND_LABELS, Search, read_search
from marketplace.gateways.search_index import Answer, Question, SearchIndex, Writing
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, transaction
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.i18n import N_, translate
from marketplace.kernel.outbox.services import post_mail

CHUNK = 2_000
MOST_SAVED = 50
MOST_IN_A_LETTER = 20
# a transaction that began before its neighbours may show its mark after them: what is young is read again
SETTLED = "interval '60 seconds'"
NOTHING = UUID(int=0)


async def refresh_index(index: SearchIndex, *, anew: bool = False) -> int:
    """Take in what changed since the last time; a missing or outdated index is made anew. Returns the entries written.

    Raises BusyIndex while another process of this machine does it.
    """
    position = index.position()
    marks = await fetchrow(
        "SELECT coalesce(min(sequence), 0) AS first, coalesce(max(sequence), 0) AS last,"
        f" coalesce(max(sequence) FILTER (WHERE changed_at < clock_timestamp() - {SETTLED}), min(sequence) - 1, 0)"
        " AS settled FROM search_change"
    )
    assert marks is not None
    if anew or position < 0 or position > marks["last"] or position < marks["first"] - 1:
        return await _make_anew(index, marks["settled"])
    changed = await fetch("SELECT sequence, kind, subject FROM search_change WHERE sequence > $1", position)
    fresh = [row for row in changed if row["sequence"] not in index.taken]
    settled = max(position, marks["settled"])
    written = await _take_in(index, fresh, settled) if fresh else 0
    if not fresh and settled > position:
        index.remember(settled)
    index.taken = {row["sequence"] for row in changed if row["sequence"] > settled}
    return written


async def _take_in(index: SearchIndex, changed: Sequence[Mapping[str, Any]], position: int) -> int:
    writing = index.begin()
    written = 0
    for kind in {row["kind"] for row in changed}:
        if kind == "item":
            writing.forget_kind("item")  # the new edition may have fewer
            entries = await item_entries()
        else:
            entries = await entries_of(kind, list({row["subject"] for row in changed if row["kind"] == kind}))
            writing.forget(entry.key for entry in entries)
        writing.add(entries)
        written += len(entries)
    await asyncio.to_thread(writing.finish, position)
    return written


async def _make_anew(index: SearchIndex, position: int) -> int:
    writing = index.begin_anew()
    written = len(items := await item_entries())
    writing.add(items)
    for kind in ("listing", "award", "contract"):
        written += await _add_all(kind, writing)
    await asyncio.to_thread(writing.finish, position)
    return written


async def _add_all(kind: str, writing: Writing) -> int:
    written, after = 0, NOTHING
    while ids := await subjects(kind, after, CHUNK):
        entries = await entries_of(kind, ids)
        await asyncio.to_thread(writing.add, entries)
        written, after = written + len(entries), ids[-1]
    return written


async def clear_marks(now: datetime) -> None:
    """Forget marks of more than a week but the last: an index as old as that is made anew."""
    await execute(
        "DELETE FROM search_change WHERE changed_at < clock_timestamp() - interval '7 days'"
        " AND sequence < (SELECT max(sequence) FROM search_change)"
    )


async def save_search(name: str, search: Search, sends_mail: bool, language: str, actor: Actor, now: datetime) -> None:
    """Keep a search under a name; the same name again replaces it. Raises Conflict past the number one may keep."""
    async with transaction():
        kept = await fetchval(
            "SELECT count(*) FROM saved_search WHERE person = $1 AND name <> $2", actor.person_id, name
        )
        if kept >= MOST_SAVED:
            raise Conflict(N_("最多保存 {most} 个查找。请先删掉不用的。"), most=MOST_SAVED)
        await execute(
            "INSERT INTO saved_search AS s (id, person, name, question, language, sends_mail, told_until, saved_at)"
            " VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7) ON CONFLICT (person, name) DO UPDATE SET"
            " question = excluded.question, language = excluded.language, sends_mail = excluded.sends_mail,"
            " told_until = excluded.told_until, saved_at = excluded.saved_at",
            actor.person_id, name, search.query(), language, sends_mail, int(now.timestamp()), now,
        )  # fmt: skip
        await record("search.saved", ("person", str(actor.person_id)), actor, {"name": name}, now)


async def delete_search(search: UUID, actor: Actor, now: datetime) -> None:
    """Forget one of one's own searches. Raises NotFound for another's."""
    async with transaction():
        name = await fetchval(
            "DELETE FROM saved_search WHERE id = $1 AND person = $2 RETURNING name", search, actor.person_id
        )
        if name is None:
            raise NotFound()
        await record("search.deleted", ("person", str(actor.person_id)), actor, {"name": name}, now)


async def tell_new_finds(index: SearchIndex, public_address: str, now: datetime) -> int:
    """Write to everybody whose saved search finds something published since the last letter; returns the letters."""
    rows = await fetch(
        "SELECT s.id, s.name, s.question, s.language, s.told_until, p.email FROM saved_search s"
        " JOIN person p ON p.id = s.person WHERE s.sends_mail AND p.email <> ''"
    )
    letters, until = 0, int(now.timestamp())
    for row in rows:
        asked = read_search(dict(parse_qsl(row["question"]))).question()
        since = max(asked.at_least.get("published", 0), row["told_until"] + 1)
        new = Question(
            asked.words, asked.facets, {**asked.at_least, "published": since},
            {**asked.at_most, "published": min(until, asked.at_most.get("published", until))}, most=MOST_IN_A_LETTER,
        )  # fmt: skip
        found = await asyncio.to_thread(index.ask, new)
        if not found.total:
            continue
        async with transaction():
            # two workers may look at the same time: only the one that moves the mark writes
            moved = await fetchval(
                "UPDATE saved_search SET told_until = $2 WHERE id = $1 AND told_until = $3 RETURNING id",
                row["id"], until, row["told_until"],
            )  # fmt: skip
            if moved is not None:
                await post_mail(row["email"], *_letter(row, found, public_address), now)
                letters += 1
    return letters


def _letter(saved: Mapping[str, Any], found: Answer, address: str) -> tuple[str, str]:
    language = saved["language"]
    prefix = "/en" if language == "en" else ""
    lines = []
    for each in found.shown:
        title = each["title_en"] or each["title"] if language == "en" else each["title"]
        kind = translate(KIND_LABELS[each["kind"]], language)
        lines.append(f"{kind} {each['reference']} {title}\n{address}{prefix}{each['path']}")
    subject = translate(N_("您保存的查找“{name}”有 {total} 条新结果"), language)
    end = translate(N_("全部结果：{address}\n不想再收到：{mine}"), language).format(
        address=f"{address}{prefix}/search?{saved['question']}", mine=f"{address}{prefix}/my-searches"
    )
    return subject.format(name=saved["name"], total=found.total), "\n\n".join([*lines, end])
