"""Terms: deposits, subcontracting, panel, low prices; each rule by its name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from catalogue.listings.drafting_queries import terms_of
from catalogue.listings.drafts import Scoring, Terms
from catalogue.listings.terms import check_terms, deduction_example, term_limits_on, validity_finding
from catalogue.listings.timetable import award_dates
from catalogue.scoring.price import LowPriceLimits
from evaluations.scoring.queries import printed_limits
from tests.builders_catalogue import a_draft, a_published_listing
from tests.catalogue.listings.test_starting import some_basics
from tests.pages import send, sign_in, words

DAY = date(2026, 3, 2)
TYPED = {
    "admits_consortium": "yes", "subcontract_share": "20", "subcontract_parts": "宣传品印制", "bid_deposit": "10100",
    "performance_bond": "5", "advance_payment": "30", "panel_members": "5", "low_mean": "60", "low_next_lowest": "",
    "low_ceiling": "", "handover": "期满前 30 日移交。", "version": "1",
}  # fmt: skip


def said(terms: Terms, day: date = DAY, **basics: Any) -> list[tuple[str, str | None]]:
    return [(m.field, m.clause) for m in check_terms(terms, some_basics(**basics), term_limits_on(day))]


def test_r_doc_05_a_deposit_is_at_most_two_percent_of_the_budget_and_a_bond_ten_of_the_contract() -> None:
    assert said(Terms(bid_deposit=Decimal("10100.00"), performance_bond=Decimal(10))) == []
    assert said(Terms(bid_deposit=Decimal("10100.01"))) == [("bid_deposit", "R-DOC-05")]
    assert said(Terms(performance_bond=Decimal("10.01"))) == [("performance_bond", "R-DOC-05")]


def test_r_role_12_a_silent_listing_admits_consortia() -> None:
    assert Terms().admits_consortium


async def test_r_role_12_the_page_of_a_silent_draft_admits_consortia(client: httpx.AsyncClient, clock: Any) -> None:
    draft = await a_draft(await clock.now())
    assert await terms_of(draft) is None
    await sign_in(client, "wang.min")
    page = (await client.get(f"/listings/drafts/{draft}/terms")).text
    box = page[page.index('name="admits_consortium"') :].partition(">")[0]
    assert "checked" in box


def test_r_role_13_subcontracting_names_its_parts_and_is_never_the_whole() -> None:
    assert said(Terms(subcontract_share=Decimal(20), subcontract_parts="印刷")) == []
    assert said(Terms(subcontract_share=Decimal(20))) == [("subcontract_parts", "R-ROLE-13")]
    assert said(Terms(subcontract_share=Decimal(100), subcontract_parts="x")) == [("subcontract_share", "R-ROLE-13")]


def test_r_con_06_a_small_printed_share_waits_for_the_handover_and_only_for_named_duties() -> None:
    assert said(Terms(handover="期满前交名册。", handover_share=Decimal(10))) == []
    assert said(Terms(handover="期满前交名册。", handover_share=Decimal("10.01"))) == [("handover_share", "R-CON-06")]
    assert said(Terms(handover_share=Decimal(5))) == [("handover", "R-CON-06")]


@pytest.mark.parametrize(
    ("method", "budget", "least", "clause"),
    [
        ("open_tender", "5000000", 5, "R-COM-01"),
        ("open_tender", "10000000", 7, "R-COM-01"),
        ("consultation", "505000", 3, "R-COM-02"),
        ("consultation", "5000000", 5, "R-COM-02"),
    ],
)
def test_r_com_01_and_02_the_panel_by_method_and_amount(method: str, budget: str, least: int, clause: str) -> None:
    assert term_limits_on(DAY).least_panel(method, Decimal(budget)) == (least, clause)
    named = {"method": method, "budget": Decimal(budget)}
    assert said(Terms(panel_members=least), **named) == []
    assert said(Terms(panel_members=least - 2), **named) == [("panel_members", clause)]
    assert said(Terms(panel_members=least + 1), **named) == [("panel_members", clause)]


def test_r_low_02_limits_may_be_raised_to_65_and_never_lowered() -> None:
    assert said(Terms(low_mean=Decimal(65), low_ceiling=Decimal(45))) == []
    assert said(Terms(low_mean=Decimal("65.01"))) == [("low_mean", "R-LOW-02")]
    assert said(Terms(low_next_lowest=Decimal("49.99"))) == [("low_next_lowest", "R-LOW-02")]


def test_r_low_06_before_february_2026_nothing_is_agreed() -> None:
    assert said(Terms(low_mean=Decimal(60)), date(2026, 1, 31)) == [("low_mean", "R-LOW-06")]


def test_r_low_02_the_printed_limits_are_those_that_score() -> None:
    statutory = LowPriceLimits(Decimal(50), Decimal(50), Decimal(45))
    assert printed_limits(statutory, None) == statutory
    raised = printed_limits(statutory, Terms(low_mean=Decimal(60)))
    assert raised == replace(statutory, mean=Decimal(60))
    assert printed_limits(None, Terms(low_mean=Decimal(60))) is None


def test_r_sme_02_what_a_deduction_does_to_a_social_organisation() -> None:
    example = deduction_example(Scoring((), price_weight=Decimal(20), small_micro_deduction=Decimal(10)))
    assert example and (example.enterprise, example.social_organisation, example.difference) == (20, 18, 2)
    assert deduction_example(Scoring((), price_weight=Decimal(0), small_micro_deduction=Decimal(10))) is None


async def test_terms_are_saved_and_shown_and_every_mistake_is_said(client: httpx.AsyncClient, clock: Any) -> None:
    draft = await a_draft(await clock.now())
    await sign_in(client, "wang.min")
    path = f"/listings/drafts/{draft}/terms"
    bad = await send(client, path, {**TYPED, "bid_deposit": "10100.01", "performance_bond": "11"})
    assert bad.status_code == 422 and "2%" in words(bad.text) and "10%" in words(bad.text) and "10100.01" in bad.text
    assert (await send(client, path, TYPED)).status_code == 303
    assert (await terms_of(draft)) == Terms(
        subcontract_share=Decimal(20), subcontract_parts="宣传品印制", bid_deposit=Decimal("10100.00"),
        performance_bond=Decimal(5), advance_payment=Decimal(30), panel_members=5, low_mean=Decimal(60),
        handover="期满前 30 日移交。",
    )  # fmt: skip
    again = await send(client, path, TYPED)
    assert again.status_code == 409 and "两边的差别" in again.text
    assert 'value="30"' in (await client.get(path)).text
    shown = words((await client.get(f"/listings/drafts/{draft}/check")).text)
    assert "宣传品印制" in shown and "60%" in shown


async def test_a_listing_without_terms_prints_the_defaults(client: httpx.AsyncClient, clock: Any) -> None:
    published = await a_published_listing(await clock.now())
    shown = words((await client.get(f"/listings/{published.reference}")).text)
    assert "联合体 接受" in shown and "评审小组人数 3 人" in shown and "低于平均报价的 50%" in shown


def test_r_bid_02_validity_should_reach_the_last_day_for_signing() -> None:
    closing = date(2026, 4, 1)
    signed = award_dates(closing, DAY)[-1].day
    enough = (signed - closing).days
    assert validity_finding(Terms(bid_validity=enough), closing, DAY) == []
    assert validity_finding(Terms(), closing, DAY) == []  # the usual ninety days reach it
    (warning,) = validity_finding(Terms(bid_validity=enough - 1), closing, DAY)
    assert (warning.field, warning.clause, warning.blocks) == ("bid_validity", "R-BID-02", False)


async def test_r_bid_02_validity_is_printed_on_page_and_document(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    usual = await a_published_listing(now)
    own = await a_published_listing(now, terms=Terms(bid_validity=120))
    for found, days in ((usual, 90), (own, 120)):
        page = words((await client.get(f"/listings/{found.reference}")).text)
        assert f"提交截止之日起 {days} 天" in page
        paper = words((await client.get(f"/listings/{found.reference}/notices/document")).text)
        assert f"有效期为提交截止之日起 {days} 日" in paper and f"自提交截止之日起 {days} 日内有效" in paper


async def test_r_pay_03_page_and_document_print_what_is_offset(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    plain = await a_published_listing(now)
    found = await a_published_listing(now, terms=Terms(advance_payment=Decimal(30)))
    page = words((await client.get(f"/listings/{found.reference}")).text)
    assert "预付合同金额的 30%，不以验收为条件" in page
    paper = words((await client.get(f"/listings/{found.reference}/notices/document")).text)
    assert "支付合同金额 30% 的预付款，不以验收为条件" in paper and "由以后各节点按各自的比例抵扣" in paper
    for text in (page, paper):
        assert "8.33% 2.499% 5.831%" in text
    without = words((await client.get(f"/listings/{plain.reference}")).text)
    assert "抵扣预付款" not in without and "2.499%" not in without
