"""Markup in every text that anybody wrote: whatever reached the database, pages show it as text."""

from __future__ import annotations

from typing import Any

import asyncpg
import httpx

from marketplace.kernel.db import execute, fetch, transaction
from tests.marked import Marks
from tests.pages import sign_in
from tests.people_at_work import NOBODY, addresses_of, people_at_work

MARKUP = "<i onx=1>\"'"
READERS = (NOBODY, "sun.yue", "luo.jie", "director.0016")


async def _write_markup() -> int:
    """Into every column that holds Chinese words, past forms and triggers; gives how many columns took it."""
    columns = await fetch(
        "SELECT quote_ident(table_name) AS t, quote_ident(column_name) AS c"
        " FROM information_schema.columns JOIN pg_tables p ON p.tablename = table_name AND p.schemaname = 'public'"
        " WHERE table_schema = 'public' AND data_type IN ('character varying', 'text')"
    )
    taken = 0
    await execute("SET LOCAL session_replication_role = replica")
    for column in columns:
        try:
            async with transaction():
                text = column["c"]
                changed = await execute(
                    f"UPDATE {column['t']} SET {text} = {text} || $1"
                    f" WHERE {text} ~ '[一-龥]' AND left({text}, 1) NOT IN ('{{', '[')",
                    MARKUP,
                )
        except (asyncpg.IntegrityConstraintViolationError, asyncpg.StringDataRightTruncationError):
            continue  # a code of a list, a name that is full, the audit
        taken += changed != "UPDATE 0"
    return taken


async def test_markup_in_every_text_of_the_story_is_shown_and_not_obeyed(
    visitor: httpx.AsyncClient, clock: Any, marks: Marks
) -> None:
    scene = await people_at_work(visitor, marks, clock)
    assert (columns := await _write_markup()) > 50, columns
    shown, obeyed = set(), []
    for reader in READERS:
        visitor.cookies.delete("sid")
        if reader:
            await sign_in(visitor, reader)
        for address in addresses_of(visitor.routed, scene):  # type: ignore[attr-defined]
            answer = await visitor.get(address)
            assert answer.status_code < 500, (reader, address)
            if answer.headers.get("content-type", "").startswith("text/html"):
                shown |= {address} if "&lt;i onx=1&gt;" in answer.text else set()
                obeyed += [(reader, address)] if "<i onx" in answer.text else []
    assert obeyed == []
    assert len(shown) > 40, f"{len(shown)}: the texts do reach the pages"
