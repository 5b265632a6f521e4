"""The pages of the filled county ask the database at most eight times."""

from __future__ import annotations

import httpx

from marketplace.kernel.db import fetchval
from tests.benchmarks.measured import asked
from tests.benchmarks.questions import MOST, kind_of
from tests.pages import sign_in

READERS = ("", "wang.min", "nuanyang", "sun.yue", "liu.fang")


async def pages_ask_seldom(client: httpx.AsyncClient) -> None:
    """My work, what it leads to, a listing and a draft with its parts, as people of five kinds read them."""
    draft = await fetchval(
        "SELECT l.id FROM listing l JOIN person p ON p.id = l.drafted_by"
        " WHERE l.status = 'draft' AND p.username = 'wang.min' ORDER BY l.id LIMIT 1"
    )
    listing = await fetchval("SELECT reference FROM listing WHERE status = 'published' ORDER BY reference LIMIT 1")
    told: dict[str, int] = {}
    for reader in READERS:
        client.cookies.delete("sid")
        if reader:
            await sign_in(client, reader)
        paths = [f"/listings/{listing}", *(["/work", "/contracts", "/listings"] if reader else ["/listings"])]
        if reader == "wang.min":
            parts = ("", "/check", "/preview", "/basics", "/lots", "/criteria", "/milestones", "/timetable", "/openers")
            paths += [f"/listings/drafts/{draft}{part}" for part in parts]
        for path in paths:
            with asked() as questions:
                answer = await client.get(path, headers={} if reader else {"cookie": "sid=nobody"})
            if answer.status_code == 200:
                told[kind_of(path)] = max(told.get(kind_of(path), 0), len(questions))
    assert {"/work", "/listings/*", "/listings/drafts/*/check", "/listings/drafts/*/lots"} <= told.keys()
    assert {kind: asked for kind, asked in told.items() if asked > MOST} == {}
