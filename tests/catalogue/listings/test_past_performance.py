"""Past performance as a factor: off by default, its ground recorded, and bands entered row by row."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import httpx

from catalogue.listings.checks import check_scoring
from catalogue.listings.drafting_queries import section_of
from catalogue.listings.drafts import Scoring
from catalogue.listings.limits import limits_on
from marketplace.kernel.db import fetch, fetchval
from tests.builders_catalogue import a_draft, a_published_listing, n1_scoring, with_past_performance
from tests.catalogue.pages_of_n1 import CRITERIA
from tests.pages import send, sign_in, words

LIMITS = limits_on(date(2026, 3, 2))


def test_r_perf_08_past_performance_is_off_by_default() -> None:
    assert Scoring(()).past_performance_form == "none"
    assert check_scoring(n1_scoring(), "consultation", LIMITS) == []


def test_r_perf_08_turned_on_it_needs_its_recorded_ground() -> None:
    scoring = with_past_performance(n1_scoring())
    assert check_scoring(scoring, "consultation", LIMITS) == []
    (mistake,) = check_scoring(replace(scoring, past_performance_ground=" "), "consultation", LIMITS)
    assert (mistake.field, mistake.clause) == ("past_performance_ground", "R-PERF-08")


async def test_r_perf_08_the_ground_is_printed_with_the_table(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_published_listing(await clock.now(), scoring=with_past_performance(n1_scoring()))
    page = await client.get(f"/listings/{listing.reference}")
    assert "评履约的理由：服务方案由供应商自行设计。" in words(page.text)
    printed = await fetchval(
        "SELECT count(*) FROM listing_version_line l JOIN listing_version v ON v.id = l.version"
        " WHERE v.listing = $1 AND l.label = '评履约的理由'",
        listing.id,
    )
    assert printed == 1


async def test_r_doc_06_bands_are_entered_row_by_row_and_printed_in_order(
    client: httpx.AsyncClient, clock: Any
) -> None:
    listing = await a_draft(await clock.now())
    draft = f"/listings/drafts/{listing}/criteria"
    await sign_in(client, "wang.min")
    rows = {"criteria-0-bands": "", "version": str((await section_of(listing, "criteria"))["version"])}
    for j, (points, said) in enumerate((("30", "缺一项"), ("60", "五项齐全"), ("60", "齐全并有应急"))):
        rows |= {f"criteria-0-band-{j}-points": points, f"criteria-0-band-{j}-condition": said}
    wrong = await send(client, draft, {**CRITERIA, **rows})
    assert wrong.status_code == 422 and "两档都得 60 分" in words(wrong.text) and 'value="齐全并有应急"' in wrong.text
    assert 'id="field-criteria-0-band-2-points-error"' in wrong.text
    right = await send(client, draft, {**CRITERIA, **rows, "criteria-0-band-2-points": "0"})
    assert right.status_code == 303
    stored = await fetch("SELECT points, condition FROM criterion_band WHERE listing = $1 ORDER BY position", listing)
    assert [(r["points"], r["condition"]) for r in stored] == [
        (Decimal(60), "五项齐全"), (Decimal(30), "缺一项"), (Decimal(0), "齐全并有应急"),
    ]  # fmt: skip
    shown = words((await client.get(f"/listings/drafts/{listing}/check")).text)
    assert "五项齐全：得 60 分 缺一项：得 30 分 齐全并有应急：得 0 分" in shown
    assert 'value="缺一项"' in (await client.get(draft)).text
