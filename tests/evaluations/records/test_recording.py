"""A result that was reached elsewhere: recorded by one, confirmed by another, and everything after it the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from catalogue.listings.drafts import Procedure
from catalogue.listings.methods import method_row
from evaluations.records.rules import Offer, RecordDraft, RecordTerms, mistakes_of
from evaluations.records.services import confirm_result, record_result
from marketplace.accounts.documents.services import NewDocument
from marketplace.finding.entries import entries_of
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused
from marketplace.kernel.settings import Settings
from marketplace.opendata.ocds.publishing import publisher_of, release_changes
from marketplace.opendata.ocds.queries import releases_after
from marketplace.opendata.ocds.rules import decoded
from tests.builders_catalogue import Published, a_budget_line, a_published_listing
from tests.builders_vendors import a_provider, a_store
from tests.cast import actor
from tests.ocds import mistakes_in_package, needs_schemas, unknown_fields
from tests.pages import send, sign_in, words

DAY = date(2026, 3, 2)
LOT, ONE, TWO, THREE = uuid4(), uuid4(), uuid4(), uuid4()
PLATFORM = RecordTerms(method_row("consultation", DAY), "platform", {LOT: D("505000")}, DAY, DAY)
QUOTES = RecordTerms(method_row("three_quotes", DAY), "here", {LOT: D("190000")}, DAY, DAY)
MEETING = RecordTerms(method_row("collective_decision", DAY), "here", {LOT: D("50000")}, DAY, DAY)
SINGLE = RecordTerms(method_row("single_source", DAY), "here", {LOT: D("50000")}, DAY, DAY)
EXPERTS = (("甲", "expert"), ("乙", "expert"), ("丙", "buyer"))


def offer(name: str, price: str | None, **more: Any) -> Offer:
    return Offer(LOT, name, uuid4(), D(price) if price else None, **more)


# consultation asks for ten days between documents and opening (R-TIME-07)
DAYS = {"noticed_on": date(2026, 2, 10), "opened_on": date(2026, 2, 25), "announced_on": DAY}
FOUND = {"platform_number": "N1", "platform_link": "https://www.ccgp-sichuan.gov.cn/1"}
FAILED = {"outcome": "failed", "failure_ground": "too_few"}


def draft(*offers: Offer, **more: Any) -> RecordDraft:
    return RecordDraft(DAY, "按邀请比较", offers, papers=1, **more)


THREE_QUOTES = (offer("甲中心", "180000", is_winner=True), offer("乙中心", "185000"), offer("丙中心", None))


@pytest.mark.parametrize(
    ("written", "terms", "fields"),
    [
        (draft(*THREE_QUOTES), QUOTES, set()),
        (draft(*THREE_QUOTES[:2]), QUOTES, {"offers"}),
        (draft(replace(THREE_QUOTES[0], price=D("185000.01")), *THREE_QUOTES[1:]), QUOTES, {"offers"}),
        (draft(offer("甲", "190000.01", is_winner=True), offer("乙", None), offer("丙", None)), QUOTES, {"offers"}),
        (draft(offer("甲", "50000", is_winner=True), people=EXPERTS, has_minutes=True), MEETING, set()),
        (draft(offer("甲", "50000", is_winner=True), people=EXPERTS), MEETING, {"minutes"}),
        (draft(offer("甲", "50000", is_winner=True), people=EXPERTS[:2], has_minutes=True), MEETING, {"people"}),
        (replace(draft(offer("甲", "50000", is_winner=True), people=EXPERTS), papers=0), MEETING,
         {"papers", "minutes"}),
        (draft(offer("甲", "50000", is_winner=True)), SINGLE, set()),
        (draft(offer("甲", "50000", is_winner=True), offer("乙", "49000")), SINGLE, {"offers"}),
        (draft(offer("甲", "50000", is_winner=True)), replace(SINGLE, must_answer_objections=True), {"objections"}),
        (draft(offer("甲", "500000", is_winner=True), offer("乙", "490000")), PLATFORM,
         {"platform_number", "platform_link", "people", "noticed_on", "opened_on", "announced_on"}),
        (draft(offer("甲", "500000", is_winner=True), offer("乙", "490000"), people=EXPERTS, **FOUND, **DAYS),
         PLATFORM, set()),
        (draft(**FOUND, **DAYS, **FAILED), PLATFORM, set()),
        (draft(**FOUND, **DAYS, outcome="failed"), PLATFORM, {"failure_ground"}),
        (draft(offer("甲", "500000", is_winner=True), **FOUND, **DAYS, **FAILED), PLATFORM, {"offers"}),
        (draft(**FOUND, **{**DAYS, "opened_on": date(2026, 2, 9)}, **FAILED), PLATFORM, {"opened_on"}),
        (draft(**FOUND, **{**DAYS, "announced_on": DAY - timedelta(1)}, **FAILED), PLATFORM, {"announced_on"}),
        (draft(**FOUND, **{**DAYS, "announced_on": DAY + timedelta(1)}, **FAILED), PLATFORM, {"announced_on"}),
        (draft(**FOUND, **{**DAYS, "opened_on": date(2026, 2, 12)}, **FAILED), PLATFORM, {"short_period_reason"}),
        (draft(**FOUND, **{**DAYS, "opened_on": date(2026, 2, 12)}, short_period_reason="重新磋商", **FAILED),
         PLATFORM, set()),
        (draft(**FAILED), QUOTES, set()),
        (draft(**FAILED), MEETING, set()),
        (replace(draft(*THREE_QUOTES), decided_on=DAY + timedelta(1)), QUOTES, {"decided_on"}),
        (draft(replace(THREE_QUOTES[0], provider=None), *THREE_QUOTES[1:]), QUOTES, {"offers"}),
    ],
)  # fmt: skip
def test_r_meth_08_r_meth_12_a_record_says_what_its_method_asks(
    written: RecordDraft, terms: RecordTerms, fields: set[str]
) -> None:
    assert set(mistakes_of(written, terms)) == fields


async def _due(clock: Any, **changed: Any) -> tuple[Published, Any, UUID]:
    now = await clock.now()
    line = await a_budget_line(now)
    listing = await a_published_listing(now, line, openers=None, scoring=None, **changed)
    provider = await a_provider(now)
    return listing, listing.closes_at + timedelta(hours=1), provider.id


def _platform(listing: Published, provider: UUID, day: date) -> RecordDraft:
    lot = listing.lots[0]["id"]
    won = Offer(lot, "甲中心", provider, D("480000"), D("88.5"), is_winner=True)
    offers = (won, Offer(lot, "乙中心", None, D("490000")))
    return RecordDraft(
        day, "在省级平台磋商", offers, EXPERTS, "N5101212026000012", "https://www.ccgp-sichuan.gov.cn/n12", papers=1,
        noticed_on=day - timedelta(days=14), opened_on=day, announced_on=day,
    )  # fmt: skip


async def test_a_listing_on_the_platform_is_awarded_by_two_people_and_its_contract_drawn_up(
    client: httpx.AsyncClient, clock: Any
) -> None:
    listing, later, provider = await _due(clock, procedure=Procedure(venue="platform"))
    public = await client.get(f"/listings/{listing.reference}")
    assert "在省级平台办理，这里不接受投标" in public.text
    for address in ("/listings", "/catalogue/A02", "/listings?status=recorded-published"):
        shown = (await client.get(address)).text
        row = shown.split(f"/listings/{listing.reference}")[0].rpartition("<tr")[2]
        assert "已发布，不在这里投标" in row and "接受投标" not in row, address
    for address in ("/", "/listings?status=published"):  # what takes bids here
        assert listing.reference not in (await client.get(address)).text
    (entry,) = await entries_of("listing", [listing.id])
    assert entry.facets["state"] == ["recorded-published"]
    store = a_store()
    wang, li = await actor("wang.min", later), await actor("li.qiang", later)
    chen = await actor("chen.jing", later)
    written = _platform(listing, provider, later.date())
    files = [NewDocument("结果公告.pdf", b"%PDF-1.4\n%%EOF\n")]
    with pytest.raises(Conflict):
        await record_result(listing.id, written, files, store, (chen, listing.closes_at - timedelta(hours=1)))
    with pytest.raises(FormRefused):
        await record_result(listing.id, replace(written, platform_link="ftp://x"), files, store, (wang, later))
    await record_result(listing.id, written, files, store, (wang, later))
    with pytest.raises(Forbidden) as own:
        await confirm_result(listing.id, wang, later)
    assert own.value.clause == "R-ROLE-03"
    assert (await client.get(f"/listings/{listing.reference}/result")).status_code == 404
    contracts = await confirm_result(listing.id, li, later)
    assert len(contracts) == 1
    contract = await fetchrow("SELECT amount, provider FROM contract WHERE id = $1", contracts[0])
    assert contract is not None and (contract["amount"], contract["provider"]) == (D("480000.00"), provider)
    assert await fetchval("SELECT status FROM listing WHERE id = $1", listing.id) == "awarded"
    assert len(await fetch("SELECT 1 FROM award WHERE listing = $1 AND opened_bid IS NULL", listing.id)) == 1
    shown = (await client.get(f"/listings/{listing.reference}/result")).text
    assert "https://www.ccgp-sichuan.gov.cn/n12" in shown and "490,000" not in shown
    assert (await client.get(f"/listings/{listing.reference}/award")).status_code == 200
    with pytest.raises(Conflict):
        await confirm_result(listing.id, li, later)


async def test_another_office_finds_no_record_to_enter(client: httpx.AsyncClient, clock: Any) -> None:
    listing, _, _ = await _due(clock, procedure=Procedure(venue="platform"))
    await sign_in(client, "yang.hua")
    assert (await client.get(f"/listings/{listing.reference}/result")).status_code == 404


async def test_r_bid_05_a_failure_on_the_platform_ends_the_listing_frees_its_money_and_may_be_repeated(
    client: httpx.AsyncClient, clock: Any
) -> None:
    listing, later, _ = await _due(clock, procedure=Procedure(venue="platform"))
    line = await fetchval("SELECT budget_line FROM listing WHERE id = $1", listing.id)
    free = "SELECT l.appropriated - l.reserved - l.committed - l.paid FROM ledger_line l JOIN budget_line b" \
        " ON b.ledger_line = l.id WHERE b.id = $1"
    held = await fetchval(free, line)
    wang, li = await actor("wang.min", later), await actor("li.qiang", later)
    written = replace(_platform(listing, uuid4(), later.date()), offers=(), people=(), **FAILED)
    files = [NewDocument("终止公告.pdf", b"%PDF-1.4\n%%EOF\n")]
    await record_result(listing.id, written, files, a_store(), (wang, later))
    assert (await client.get(f"/listings/{listing.reference}/result")).status_code == 404
    assert await confirm_result(listing.id, li, later) == []
    row = await fetchrow("SELECT status, end_reason, end_clause FROM listing WHERE id = $1", listing.id)
    assert row is not None and row["status"] == "failed" and row["end_clause"] == "R-BID-05"
    assert "不足法定家数" in row["end_reason"]
    assert await fetchval(free, line) == held + D("505000.00")
    said = words((await client.get(f"/listings/{listing.reference}/result")).text)
    assert "采购失败" in said and "不足法定家数" in said and "平台公告日期" in said
    assert "在省级平台开标" in words((await client.get(f"/listings/{listing.reference}")).text)
    notices = words((await client.get(f"/listings/{listing.reference}/notices")).text)
    assert "终止公告" in notices
    assert "It failed" in words((await client.get(f"/en/listings/{listing.reference}/result")).text)
    await clock.set(later)
    await sign_in(client, "wang.min")
    assert (await client.get(f"/listings/{listing.reference}/relist")).status_code == 200


async def test_a_failure_is_typed_on_the_page_and_every_mistake_comes_back(
    client: httpx.AsyncClient, clock: Any
) -> None:
    listing, later, _ = await _due(clock, procedure=Procedure(venue="platform"))
    await clock.set(later)
    await sign_in(client, "wang.min")
    path = f"/listings/{listing.reference}/result"
    day = later.date()
    typed = {
        "platform_number": "N1", "platform_link": "https://www.ccgp-sichuan.gov.cn/1", "outcome": "failed",
        "failure_ground": "", "noticed_on": str(day - timedelta(3)), "opened_on": str(day), "decided_on": str(day),
        "announced_on": str(day), "account": "只有一家",
    }  # fmt: skip
    paper = {"papers": ("终止公告.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf")}
    bad = await send(client, path, typed, files=paper)
    assert bad.status_code == 422
    said = words(bad.text)
    assert "请选择采购失败的理由" in said and "R-TIME-07" in said and "只有一家</textarea>" in bad.text
    good = await send(
        client, path, {**typed, "failure_ground": "too_few", "short_period_reason": "平台延期"}, files=paper
    )
    assert good.status_code == 303, words(good.text)
    assert "平台延期" in words((await client.get(path)).text)
    await sign_in(client, "li.qiang")
    assert "确认采购失败" in words((await client.get(path)).text)


@needs_schemas
@pytest.mark.parametrize("ending", ["awarded", "failed"])
async def test_r_pub_01_the_public_record_tells_the_days_of_the_platform_once_confirmed(
    client: httpx.AsyncClient, clock: Any, ending: str
) -> None:
    listing, later, provider = await _due(clock, procedure=Procedure(venue="platform"))
    publisher = publisher_of(Settings.from_environment({}))
    wang, li = await actor("wang.min", later), await actor("li.qiang", later)
    written = _platform(listing, provider, later.date())
    if ending == "failed":
        written = replace(written, offers=(), people=(), **FAILED)
    files = [NewDocument("公告.pdf", b"%PDF-1.4\n%%EOF\n")]
    await record_result(listing.id, written, files, a_store(), (wang, later))
    await release_changes(publisher)
    before = decoded((await releases_after(0, 100))[-1]["body"])
    assert "milestones" not in before["tender"], "nothing of a record is public before it is confirmed"
    await confirm_result(listing.id, li, later)
    await release_changes(publisher)
    told = decoded((await releases_after(0, 100))[-1]["body"])["tender"]["milestones"]
    first, last = (later.date() - timedelta(days=14)).isoformat(), later.date().isoformat()
    assert [(each["code"], each["dateMet"][:10]) for each in told] == [
        ("noticed_on", first), ("opened_on", last), ("decided_on", last), ("announced_on", last),
    ]  # fmt: skip
    package = (await client.get("/data/ocds/releases")).json()
    assert mistakes_in_package(package) == [] and unknown_fields(package) == set()
