"""What people at work write of residents and of money, marked; every page behind sign-in is read by who else works.

Pages, spreadsheets and documents of each reader are searched, and so are the log, every table, kept files and letters:
each mark stands only where the table says, and there it does stand.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from marketplace.kernel.db import fetch
from marketplace.kernel.outbox.services import body_of
from tests.marked import DATABASE, LOG, Marks
from tests.pages import send, sign_in
from tests.people_at_work import NOBODY, STRANGER, TAKEN_WHOLE, Scene, Unpressed, addresses_of, keep, people_at_work

DOCUMENTS, LETTERS = "kept files", "letters"
READERS = (
    NOBODY, STRANGER, "wang.min", "liu.fang", "sun.yue", "ma.chao", "luo.jie", "he.xin", "yang.hua", "admin",
    "director.0016", "director.0024", "tang.yi",
)  # fmt: skip
OF_A_HOUSEHOLD = {"luo.jie", "he.xin", "liu.fang"}  # who handles the case, and who oversees the towns
SUPERVISE = {"ma.chao", "sun.yue"}  # who reads everything that is not a child's
OF_A_FILE = {"tang.yi", "director.0016"}  # who is in charge, and who supervises
# where a mark stands in clear; nowhere else, whatever page or file is asked for
STANDS: dict[str, set[str]] = {
    # whole only in the file that is made when it is taken, and kept nowhere
    "account of an invoice": {TAKEN_WHOLE},
    "account stated later": set(),
    "code of an opinion": set(),
    "words of a report of harm": {"he.xin", "tang.yi"},
    "how harm was met": {"he.xin"},
    "telephone of who is on duty": set(READERS) - {NOBODY},  # whoever sees harm calls
    "finding at a household": OF_A_HOUSEHOLD,
    "conclusion of a household check": OF_A_HOUSEHOLD,
    "what neighbours told": OF_A_HOUSEHOLD,
    "name of a resident": set(),
    "first text of a casework file": OF_A_FILE,
    "health in a casework file": OF_A_FILE,
    # both parties, and who reads everything
    "text of a contract not signed yet": {
        DATABASE, "wang.min", "luo.jie", "he.xin", "director.0024", "sun.yue", "ma.chao",
    },
    "comment to an office": {DATABASE, "liu.fang"},
    "mail of who comments": {"liu.fang"},
    "purpose of a referral": {DATABASE} | OF_A_HOUSEHOLD | SUPERVISE,
    "answer to a referral": {DATABASE} | OF_A_HOUSEHOLD | SUPERVISE,
    "place in a photograph": set(),
    "picture of a photograph": {"tang.yi", "wang.min"},  # who took it, and who approves the hours
    "telephone of a challenge": {"wang.min"} | SUPERVISE,
    "telephone of a complaint": {"wang.min"} | SUPERVISE,
}


async def _search(visitor: httpx.AsyncClient, marks: Marks, scene: Scene, kept: Path) -> None:
    addresses = addresses_of(visitor.routed, scene)  # type: ignore[attr-defined]
    assert len(addresses) > 60
    for reader in READERS:
        visitor.cookies.delete("sid")
        if reader:
            await sign_in(visitor, reader)
        for address in addresses:
            answer = await visitor.get(address)
            assert answer.status_code < 500, (reader, address)
            keep(marks, reader, answer)
        if reader:
            shown = await send(visitor, f"/visits/photos/{scene.photo}/show")
            marks.said[reader] += [shown.content, base64.b64encode(shown.content)]
    tables = await fetch("SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'")
    rows = " UNION ALL ".join(f"SELECT t::text AS row FROM {table['name']} t" for table in tables)
    marks.said[DATABASE] = [row["row"].encode() for row in await fetch(rows) if row["row"]]
    marks.said[DOCUMENTS] = [file.read_bytes() for file in kept.rglob("*") if file.is_file()]
    letters = await fetch("SELECT payload FROM outbox_message WHERE kind = 'mail'")
    marks.said[LETTERS] = [body_of(json.loads(row["payload"])).encode() for row in letters]
    marks.said[LOG] = [marks.log.getvalue().encode()]


async def test_what_is_written_at_work_is_read_by_those_alone_whose_work_it_is(
    visitor: httpx.AsyncClient, clock: Any, marks: Marks, tmp_path: Path
) -> None:
    state = visitor.routed.state  # type: ignore[attr-defined]
    state["gateways"] = replace(state["gateways"], papers=Unpressed())
    scene = await people_at_work(visitor, marks, clock)
    await _search(visitor, marks, scene, tmp_path)
    for place in (DATABASE, DOCUMENTS, LETTERS, LOG, TAKEN_WHOLE, *READERS):
        assert any(marks.said[place]), place
    assert marks.found() == STANDS
