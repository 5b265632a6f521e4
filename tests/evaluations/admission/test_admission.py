"""Stage one of a closed framework: who runs it, what it says, who comes in, who is eliminated (R-FRM-01 to 04)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.listings.frameworks.queries import framework_mistakes
from catalogue.listings.queries import listing_by_id
from catalogue.listings.services import publish_listing, submit_for_review
from evaluations.admission.queries import admissions_of
from evaluations.admission.rules import ResponsiveBid, Working, admit, check_enough
from evaluations.admission.services import determine_admission, publish_admission
from evaluations.awards.services import determine_award
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused
from marketplace.site.notice_sources import CALL_NOTICES, UNPRESSED
from tests.builders_catalogue import a_published_listing
from tests.builders_credit import a_published_entry
from tests.builders_frameworks import (
    a_framework_draft,
    a_published_framework,
    an_announced_framework,
    an_evaluated_framework,
    prepare_framework,
    terms,
)
from tests.cast import actor
from tests.conftest import TestClock
from tests.pages import send, sign_in, words
from vendors.credit.queries import checks_of


@given(st.integers(2, 60), st.decimals("20", "90", places=2))
def test_at_least_the_share_and_at_least_one_is_eliminated(count: int, percent: Decimal) -> None:
    working = Working(count, percent)
    assert working.eliminated >= 1
    assert Decimal(working.eliminated) * 100 >= count * percent
    # and not one more than the law and the listing ask for
    assert working.eliminated == 1 or Decimal(working.eliminated - 1) * 100 < count * percent
    assert working.admitted + working.eliminated == count


@given(st.lists(st.decimals("1", "99", places=2), min_size=2, max_size=25, unique=True), st.randoms())
def test_the_lowest_prices_come_in_whatever_the_order_of_the_bids(prices: list[Decimal], chance: object) -> None:
    bids = [ResponsiveBid(UUID(int=i), f"供应商{i:03d}", price) for i, price in enumerate(prices)]
    chance.shuffle(bids)  # type: ignore[attr-defined]
    working = Working(len(bids), Decimal(20))
    placed = admit(bids, working)
    admitted = [p.bid.key for p in placed if p.is_admitted]
    assert admitted == sorted(prices)[: working.admitted]


@pytest.mark.parametrize(
    ("count", "percent", "most", "out"), [(2, "20", None, 1), (5, "20", None, 1), (6, "20", None, 2), (10, "33.5", None, 4), (8, "20", 3, 5)]  # noqa: E501
)
def test_the_working_of_an_elimination(count: int, percent: str, most: int | None, out: int) -> None:
    working = Working(count, Decimal(percent), most)
    assert working.eliminated == out
    assert f"淘汰 {out} 家" in working.sentence().text("zh") and f"{count - out}" in working.sentence().text("en")


def test_fewer_than_two_responsive_bidders_admit_nobody() -> None:
    check_enough(2, Decimal(2))
    with pytest.raises(DomainError, match="少于 2 家"):
        check_enough(1, Decimal(2))


def test_a_tie_at_the_line_needs_a_draw_that_names_who_comes_in() -> None:
    tied = [ResponsiveBid(uuid4(), name, Decimal("40")) for name in ("甲中心", "乙中心")]
    bids = [ResponsiveBid(uuid4(), "丙中心", Decimal("39")), *tied, ResponsiveBid(uuid4(), "丁中心", Decimal("45"))]
    working = Working(4, Decimal(50))
    with pytest.raises(DomainError) as refused:
        admit(bids, working)
    assert refused.value.clause == "R-TIE-01"
    placed = admit(bids, working, "三人在场抽签，抽中乙中心。")
    assert [p.bid.name for p in placed if p.is_admitted] == ["丙中心", "乙中心"]


async def test_only_the_department_in_charge_runs_a_framework_unless_it_approved(clock: TestClock) -> None:
    now = await clock.now()
    listing = await a_framework_draft(now)
    row = await listing_by_id(listing)
    assert await framework_mistakes(row, now) == []
    town = await fetchval("SELECT id FROM organisation WHERE kind = 'town' LIMIT 1")
    (refused,) = await framework_mistakes({**row, "procuring_unit": town}, now)
    assert (refused.field, refused.clause) == ("approval", "R-FRM-01")


async def test_a_framework_is_published_only_after_its_plan_was_filed(clock: TestClock) -> None:
    now = await clock.now()
    listing = await a_framework_draft(now)
    await submit_for_review(listing, await actor("tan.rong", now), now)
    with pytest.raises(DomainError) as refused:
        await publish_listing(listing, await actor("jiang.bo", now), now)
    assert refused.value.clause == "R-FRM-01"
    await prepare_framework(listing, now)
    await publish_listing(listing, await actor("jiang.bo", now), now)
    reserved = await fetchval(
        "SELECT l.reserved FROM ledger_line l JOIN budget_line b ON b.ledger_line = l.id"
        " JOIN listing t ON t.budget_line = b.id WHERE t.id = $1",
        listing,
    )
    assert reserved == 0  # nothing is bought yet


@pytest.mark.parametrize(
    ("changed", "field", "clause"),
    [
        ({"elimination": Decimal("19.99")}, "elimination", "R-FRM-02"),
        ({"ceilings": {}}, "ceiling-1", "R-FRM-04"),
        ({"basis": "quality_first"}, "state_price", "R-FRM-02"),
        ({"basis": "quality_first", "way": "mini_bid", "state_price": "川发改价〔2025〕1号"}, "way", "R-FRM-05"),
    ],
)
async def test_unlawful_terms_are_refused_with_their_clause(
    changed: dict[str, object], field: str, clause: str, clock: TestClock
) -> None:
    with pytest.raises(FormRefused) as refused:
        await a_framework_draft(await clock.now(), replace(terms(), **changed))  # type: ignore[arg-type]
    assert clause in refused.value.errors[field].text("zh")


async def test_a_term_over_two_years_is_told(clock: TestClock) -> None:
    now = await clock.now()
    listing = await a_framework_draft(now)
    row = await listing_by_id(listing)
    longer = {**row, "service_to": row["service_from"].replace(year=row["service_from"].year + 2)}
    assert [m.clause for m in await framework_mistakes(longer, now)] == ["R-FRM-04"]


async def test_the_cheapest_come_in_and_each_gets_its_letter(clock: TestClock) -> None:
    listing, reference, now = await an_announced_framework(await clock.now())
    (admission,) = await admissions_of(listing.id)
    assert (admission["responsive"], admission["eliminated"]) == (4, 1)
    assert [r["unit_price"] for r in admission["rows"] if r["is_admitted"]] == [
        Decimal("42.00"), Decimal("45.00"), Decimal("47.00"),
    ]  # fmt: skip
    mails = [str(r["payload"]) for r in await fetch("SELECT payload FROM outbox_message WHERE kind = 'mail'")]
    assert sum("入围通知书" in mail for mail in mails) == 3 and sum("没有入围" in mail for mail in mails) == 1
    places = await fetch("SELECT turn, sign_by FROM framework_place ORDER BY turn")
    assert [p["turn"] for p in places] == [1, 2, 3]
    assert (places[0]["sign_by"] - now.date()).days in (29, 30, 31, 32)
    assert await publish_admission(listing.id, await actor("jiang.bo", now), now) is None
    assert await fetchval("SELECT count(*) FROM framework") == 1 and reference.startswith("KJ-")


async def test_R_CRED_03_who_is_barred_by_then_does_not_come_in_and_reads_why(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    listing, now = await an_evaluated_framework(await clock.now())
    today = county_day(now)
    provider = await fetchval(
        "SELECT p.id FROM provider p JOIN organisation o ON o.id = p.organisation WHERE o.name LIKE '%和风%'"
    )
    await a_published_entry(
        provider, now, decided_on=today - timedelta(days=1), ends_on=today + timedelta(days=300),
        starts_on=today - timedelta(days=1), hear_until=today + timedelta(days=3),
    )  # fmt: skip
    decider = await actor("jiang.bo", now)
    await determine_admission(listing.id, decider, now)
    (admission,) = await admissions_of(listing.id)
    assert (admission["responsive"], admission["eliminated"]) == (3, 1)  # the cheapest of four is out of it
    assert provider not in {row["provider"] for row in admission["rows"]}
    proofs = await checks_of([provider], listing.id, ("award",))
    assert [proof["result"] for proof in proofs[provider]] == ["found"]
    await clock.set(now)
    await sign_in(client, "jiang.bo")
    page = words((await client.get(f"/listings/{listing.reference}/admission")).text)
    assert "入围前排除的供应商" in page and "金财采〔2026〕3号" in page
    await publish_admission(listing.id, decider, now)
    client.cookies.clear()
    assert "和风" not in words((await client.get(f"/listings/{listing.reference}/admission")).text)
    letters = [str(r["payload"]) for r in await fetch("SELECT payload FROM outbox_message WHERE kind = 'mail'")]
    assert sum("金财采〔2026〕3号" in letter and "响应无效" in letter for letter in letters) == 1


async def test_R_CRED_03_where_too_few_are_left_nobody_comes_in_and_the_proof_stays(clock: TestClock) -> None:
    listing, now = await an_evaluated_framework(await clock.now())
    today = county_day(now)
    bidders = await fetch("SELECT provider FROM opened_bid WHERE lot = $1", listing.lots[0]["id"])
    for row in bidders[:3]:
        await a_published_entry(
            row["provider"], now, decided_on=today - timedelta(days=1), ends_on=today + timedelta(days=300),
            starts_on=today - timedelta(days=1), hear_until=today + timedelta(days=3),
        )  # fmt: skip
    with pytest.raises(DomainError, match="少于 2 家"):
        await determine_admission(listing.id, await actor("jiang.bo", now), now)
    assert await admissions_of(listing.id) == []
    assert await fetchval("SELECT count(*) FROM passed_over") == 3


async def test_the_drafter_does_not_determine_and_nobody_awards_a_framework(clock: TestClock) -> None:
    listing, now = await an_evaluated_framework(await clock.now())
    with pytest.raises(Forbidden):
        await determine_admission(listing.id, await actor("tan.rong", now), now)
    with pytest.raises(Conflict):
        await determine_award(listing.lots[0]["id"], await actor("jiang.bo", now), now)


async def test_the_page_shows_the_working_before_and_only_who_came_in_after(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    listing, now = await an_evaluated_framework(await clock.now())
    await clock.set(now)
    path = f"/listings/{listing.reference}/admission"
    assert (await client.get(path)).status_code == 404
    await sign_in(client, "wang.min")
    assert (await client.get(path)).status_code == 404
    await sign_in(client, "jiang.bo")
    before = words((await client.get(path)).text)
    assert "4 家 × 20% = 0.8" in before and "淘汰 1 家" in before and "三溪" in before
    assert (await send(client, path)).status_code == 303
    assert (await send(client, path)).status_code == 303  # twice does no harm
    assert (await send(client, f"{path}/publish")).status_code == 303
    assert (await send(client, f"{path}/publish")).status_code == 303
    client.cookies.clear()
    after = words((await client.get(path)).text)
    assert "和风" in after and "三溪" not in after and "最高入围价格：¥47.00" in after
    award = await client.get(f"/listings/{listing.reference}/award")
    assert award.status_code == 303 and award.headers["location"].endswith("/admission")
    shown = words((await client.get(f"/listings/{listing.reference}")).text)
    assert "最高限制单价" in shown and "公告了入围结果" in shown
    assert (await client.get(f"/listings/{listing.reference}/notices")).status_code == 200


async def test_an_ordinary_listing_has_no_admission(client: httpx.AsyncClient, clock: TestClock) -> None:
    other = await a_published_listing(await clock.now())
    assert (await client.get(f"/listings/{other.reference}/admission")).status_code == 404


async def test_the_public_page_shows_the_ceiling_unit_price(client: httpx.AsyncClient, clock: TestClock) -> None:
    listing = await a_published_framework(await clock.now())
    from_lot = (await client.get(f"/listings/{listing.reference}")).text
    assert "¥50.00" in from_lot


async def test_the_notice_of_admission_says_who_came_in_and_where_the_line_lies_in_both_languages(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    listing, _, now = await an_announced_framework(await clock.now())
    await clock.set(now)
    path = f"/listings/{listing.reference}/notices/admission"
    said = words((await client.get(path)).text)
    for each in ("入围结果公告", "和风", "¥42.00 / ", "最高入围价格", "¥47.00", "淘汰 1 家", "R-FRM-02"):
        assert each in said, each
    assert "三溪" not in said  # who was eliminated reads it alone
    english = words((await client.get(f"/en{path}")).text)
    assert "Highest price admitted" in english and "Notice of the admission" in english
    assert (await client.get(f"/listings/{listing.reference}/notices/award")).status_code == 404
    assert "/notices/admission" in (await client.get(f"/listings/{listing.reference}/notices")).text
    due = await fetch(UNPRESSED, now - timedelta(days=30), 10, "application/pdf", "admission", *CALL_NOTICES)
    assert [(row["reference"], row["slug"]) for row in due] == [(listing.reference, "admission")]


async def test_a_framework_that_is_not_announced_has_no_notice_of_admission(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    listing, now = await an_evaluated_framework(await clock.now())
    await determine_admission(listing.id, await actor("jiang.bo", now), now)
    await clock.set(now)
    assert (await client.get(f"/listings/{listing.reference}/notices/admission")).status_code == 404
