"""Markup in every text that anybody wrote: whatever reached the database, pages show it as text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from html import unescape
from typing import Any

import asyncpg
import httpx

from marketplace.kernel.db import execute, fetch, transaction
from tests.benchmarks.questions import kind_of
from tests.marked import Marks
from tests.pages import sign_in
from tests.people_at_work import NOBODY, addresses_of, people_at_work

MARKUP = "<i onx=1>\"'"
LINK = re.compile(r'href="(/[^"#]*)')
NO_PAGE = re.compile(r"\.(?:pdf|docx|xlsx|csv|json|js|css|png|svg|zip|tar|ics)\b|/static|/en/|/language")
OF_A_KIND = 1
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


async def _public_pages(visitor: httpx.AsyncClient, look: Callable[[str, httpx.Response], None]) -> int:
    """Every kind of page and feed that nobody comes to by links; gives how many kinds."""
    waiting, kinds = ["/", "/listings", "/contracts", "/providers"], Counter[str]()
    for address in waiting:
        kinds[kind_of(address)] += 1
        if kinds[kind_of(address)] > OF_A_KIND:
            continue
        answer = await visitor.get(address, headers={"cookie": "sid=nobody"})
        look(address, answer)
        if answer.headers.get("content-type", "").startswith("text/html"):
            found = {unescape(link) for link in LINK.findall(answer.text)}
            waiting += sorted(link for link in found.difference(waiting) if not NO_PAGE.search(link))
    return len(kinds)


async def test_markup_in_every_text_of_the_story_is_shown_and_not_obeyed(
    visitor: httpx.AsyncClient, clock: Any, marks: Marks
) -> None:
    scene = await people_at_work(visitor, marks, clock)
    assert (columns := await _write_markup()) > 50, columns
    shown, obeyed = set[str](), list[tuple[str, str]]()

    def look(address: str, answer: httpx.Response) -> None:
        assert answer.status_code < 500, (reader, address)
        if answer.headers.get("content-type", "").partition(";")[0].endswith(("/html", "xml")):
            shown.update({address} if "&lt;i onx=1&gt;" in answer.text else ())
            obeyed.extend([(reader, address)] if "<i onx" in answer.text else [])

    reader = NOBODY
    assert await _public_pages(visitor, look) > 60
    public = len(shown)
    for reader in READERS:
        visitor.cookies.delete("sid")
        if reader:
            await sign_in(visitor, reader)
        for address in addresses_of(visitor.routed, scene):  # type: ignore[attr-defined]
            look(address, await visitor.get(address))
    assert obeyed == []
    assert public > 20 and len(shown) - public > 40, f"{public}, {len(shown)}: the texts do reach the pages"
