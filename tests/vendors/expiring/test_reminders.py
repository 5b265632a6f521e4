"""Papers that run out: told three times, shown where it matters, and deciding nothing by themselves."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest

from marketplace.accounts.documents.services import NewDocument
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchval
from tests.builders_catalogue import a_published_listing
from tests.builders_vendors import PDF, AProvider, a_provider, a_store, said_by
from tests.cast import enter_cast
from tests.pages import send, sign_in, words
from vendors.expiring.queries import past_papers
from vendors.expiring.rules import is_past, reminder_due
from vendors.expiring.services import remind
from vendors.providers.services import NewPaper, add_paper

DAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    "left, due",
    [(61, None), (60, 60), (45, 60), (31, 60), (30, 30), (8, 30), (7, 7), (1, 7), (0, 7), (-1, None)],
)
def test_the_reminder_that_fits_a_day(left: int, due: int | None) -> None:
    assert reminder_due(DAY + timedelta(days=left), DAY) == due


def test_a_paper_counts_on_its_last_day() -> None:
    assert not is_past(DAY, DAY) and is_past(DAY, DAY + timedelta(days=1)) and not is_past(None, DAY)


async def a_paper(provider: AProvider, kind: str, days: int, now: datetime) -> None:
    file = NewDocument(f"{kind}.pdf", PDF + f"{kind}{days}\n%%EOF\n".encode())
    new = NewPaper(kind, file, county_day(now) + timedelta(days=days), said_by(kind, now))
    await add_paper(new, a_store(), provider.actor, now)


async def letters(to: str) -> list[str]:
    rows = await fetch(
        "SELECT payload::jsonb->>'body' AS body FROM outbox_message WHERE kind = 'mail'"
        " AND payload::jsonb->>'to' = $1 AND payload::jsonb->>'subject' LIKE '%材料将要到期'",
        to,
    )
    return [row["body"] for row in rows]


async def test_each_reminder_is_sent_once_and_papers_of_one_day_share_a_letter(db: Any, clock: Any) -> None:
    now = await clock.now()
    provider, other = await a_provider(now), await a_provider(now, "另一家社会工作服务中心", username="other")
    await a_paper(provider, "tax", 70, now)
    await a_paper(provider, "finance", 70, now)
    await a_paper(other, "tax", 400, now)
    sent = []
    for days in range(72):
        moment = now + timedelta(days=days)
        sent.append((days, await remind(moment)))
        assert await remind(moment + timedelta(hours=3)) == 0
    assert [(days, papers) for days, papers in sent if papers] == [(10, 2), (40, 2), (63, 2)]
    got = await letters("hemei@provider.example")
    assert len(got) == 3 and all("纳税证明" in each and "财务制度" in each for each in got)
    assert await letters("other@provider.example") == []


async def test_a_worker_that_slept_sends_the_reminder_that_fits_and_no_older_one(db: Any, clock: Any) -> None:
    now = await clock.now()
    provider = await a_provider(now)
    await a_paper(provider, "tax", 70, now)
    assert await remind(now + timedelta(days=64)) == 1
    assert await fetchval("SELECT array_agg(days_before) FROM paper_reminder") == [7]


async def test_running_out_changes_neither_the_file_nor_its_state(db: Any, clock: Any) -> None:
    now = await clock.now()
    provider = await a_provider(now)
    await a_paper(provider, "tax", 5, now)
    before = await fetchval("SELECT file_status FROM provider WHERE id = $1", provider.id)
    later = now + timedelta(days=30)
    await remind(later)
    assert await fetchval("SELECT file_status FROM provider WHERE id = $1", provider.id) == before
    kept = "SELECT count(*) FROM provider_paper WHERE provider = $1 AND ended_at IS NULL"
    assert await fetchval(kept, provider.id) == 1
    found = await past_papers([provider.id], county_day(later))
    assert [row["kind"] for row in found[provider.id]] == ["tax"]
    assert (await past_papers([provider.id], county_day(now) + timedelta(days=5)))[provider.id] == []


async def test_the_first_page_leads_to_the_renewal_and_is_quiet_once_it_is_renewed(
    client: httpx.AsyncClient, clock: Any
) -> None:
    now = await clock.now()
    provider = await a_provider(now)
    await a_paper(provider, "tax", 5, now)
    await clock.set(now + timedelta(days=10))
    await sign_in(client, provider.username)
    work = await client.get("/work")
    assert "材料已经过期，请换新" in words(work.text)
    assert "/my-organisation/papers?kind=tax#field-file" in work.text
    page = await client.get("/my-organisation/papers?kind=tax")
    assert "已过期" in words(page.text) and '<option value="tax" selected>' in page.text
    renewed = {"kind": "tax", "valid_until": "2027-03-01"}
    file = {"file": ("新.pdf", PDF.replace(b"Catalog", b"Catalog2"), "application/pdf")}
    assert (await send(client, "/my-organisation/papers", renewed, files=file)).status_code == 303
    assert "请换新" not in words((await client.get("/work")).text)
    assert (await client.get("/my-organisation/papers?kind=<script>")).status_code == 200


async def test_r_qual_01_a_paper_that_ran_out_is_named_where_it_matters_renewed_from_there_and_changes_nothing(
    client: httpx.AsyncClient, clock: Any
) -> None:
    now = await clock.now()
    await enter_cast(now)
    published = await a_published_listing(now)
    provider, other = await a_provider(now), await a_provider(now, "另一家社会工作服务中心", username="other")
    await a_paper(provider, "tax", 5, now)
    await a_paper(provider, "finance", 400, now)
    bid = f"/listings/{published.reference}/lots/1/bid"
    file_before = await fetchval("SELECT array_agg(id ORDER BY id) FROM provider_paper WHERE ended_at IS NULL")
    await sign_in(client, provider.username)
    assert f"/my-organisation/papers?kind=tax&amp;back={bid}#field-file" in (await client.get(bid)).text
    for path in (bid, f"{bid}/qualification", f"{bid}/from-file", f"{bid}/check"):
        text = words((await client.get(path)).text)
        assert "到投标截止时已经过期" in text and "纳税证明 已过期" in text and "财务制度或审计报告 已过期" not in text
    # still good today: the own pages speak of it once it has run out
    profile = f"/providers/{provider.reference}"
    assert "纳税证明 已过期" not in words((await client.get(profile)).text)
    await clock.set(now + timedelta(days=6))
    for path in (profile, "/my-organisation"):
        page = await client.get(path)
        assert "纳税证明 已过期" in words(page.text) and "papers?kind=tax#field-file" in page.text
    for username, told in (("liu.fang", True), (other.username, False), ("wang.min", False)):
        await sign_in(client, username)
        page = await client.get(profile)
        assert ("纳税证明 已过期" in words(page.text)) is told and "papers?kind=tax" not in page.text
    assert await fetchval("SELECT array_agg(id ORDER BY id) FROM provider_paper WHERE ended_at IS NULL") == file_before
    # renewed from the bid, and back to it
    await sign_in(client, provider.username)
    page = await client.get(f"/my-organisation/papers?kind=tax&back={bid}")
    assert f'name="back" value="{bid}"' in page.text
    file = {"file": ("新.pdf", PDF.replace(b"Catalog", b"Catalog2"), "application/pdf")}
    typed = {"kind": "tax", "valid_until": "2027-03-01", "back": bid}
    renewed = await send(client, "/my-organisation/papers", typed, files=file)
    assert renewed.status_code == 303 and renewed.headers["location"].endswith(bid)
    assert "已过期" not in words((await client.get(bid)).text)


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/listings/A/lots/1"]
)
async def test_a_renewal_leads_back_to_bids_only(client: httpx.AsyncClient, clock: Any, back: str) -> None:
    await a_provider(await clock.now())
    await sign_in(client, "hemei")
    assert back not in (await client.get("/my-organisation/papers", params={"kind": "tax", "back": back})).text
    refused = await send(client, "/my-organisation/papers", {"kind": "tax", "back": back})
    assert refused.status_code == 422 and back not in refused.text
