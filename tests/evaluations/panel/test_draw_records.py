"""The draw made in the provincial library is on record with its paper, secret like the names (R-EXP-01, R-COM-04)."""

from __future__ import annotations

from datetime import date
from typing import Any

from evaluations.panel.draw_records import record_mistakes
from tests.builders_evaluations import a_scored_listing, director
from tests.evaluations.papers.test_stage_papers import said
from tests.pages import send, sign_in, words


def test_R_EXP_01_a_draw_lies_between_the_notice_and_today() -> None:
    notice, today = date(2026, 3, 2), date(2026, 3, 20)
    assert record_mistakes(notice, notice, today) == {} == record_mistakes(today, None, today)
    assert set(record_mistakes(date(2026, 3, 1), notice, today)) == {"drawn_on"}
    assert set(record_mistakes(date(2026, 3, 21), notice, today)) == {"drawn_on"}


async def test_R_EXP_01_the_paper_is_handed_in_and_the_record_printed(client: Any, clock: Any) -> None:
    opened = await a_scored_listing(await clock.now(), below={"沱江": "6"})
    await director("和风", opened.now)
    await clock.set(opened.now)
    base = f"/listings/{opened.listing.reference}"
    path = f"{base}/panel/draw-record"
    await sign_in(client, "li.qiang")
    assert "还没有登记专家抽取记录" in words((await client.get(f"{base}/award")).text)
    form = {
        "number": "SC-2026-0315", "library": "四川省政府采购评审专家库", "drawn_on": opened.now.date().isoformat(),
        "taken": "3", "people": "抽取人李强，监督人王敏",
    }  # fmt: skip
    assert (await send(client, path, form)).status_code == 422
    paper = {"file": ("抽取记录.pdf", b"%PDF-1.7\n1\n%%EOF\n", "application/pdf")}
    late = await send(client, path, form | {"drawn_on": "2030-01-01"}, files=paper)
    assert late.status_code == 422 and "公告发布以后" in words(late.text)
    assert (await send(client, path, form, files=paper)).status_code == 303
    again = await send(client, path, form, files=paper)
    assert again.status_code == 422 and "已经登记过" in words(again.text)
    page = words((await client.get(path)).text)
    assert "SC-2026-0315" in page and "抽取记录.pdf" in page
    assert "还没有登记专家抽取记录" not in words((await client.get(f"{base}/award")).text)
    printed = said((await client.get(f"{base}/stage-papers/draw-record.docx")).content)
    assert "SC-2026-0315" in printed and "杨华" in printed and "监督人王敏" in printed
    for reader in ("director.0016", "tan.rong", "yang.hua"):
        await sign_in(client, reader)
        assert (await client.get(path)).status_code in (403, 404), reader
        assert (await client.get(f"{base}/stage-papers/draw-record.docx")).status_code in (403, 404), reader
