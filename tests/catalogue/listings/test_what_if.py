"""The what-if panel of a draft: example bids by the real rules, typed values kept, nothing stored."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx

from catalogue.listings.methods import newest_row
from catalogue.listings.what_if import first_examples, what_if
from marketplace.kernel.db import fetchrow, fetchval
from tests.builders_catalogue import a_draft
from tests.cast import office
from tests.catalogue.pages_of_n1 import CRITERIA
from tests.pages import send, sign_in, words

D = Decimal
LISTING = {
    "ceiling": D("505000"), "budget": D("505000"), "price_weight": D(20), "small_micro_deduction": D(10),
}  # fmt: skip
WEIGHTS = {"price_weight": "20", "small_micro_deduction": "10", "rounding": "2"}
PAIR = {
    "example-0-name": "和风", "example-0-form": "social", "example-0-price": "500000", "example-0-quality": "92",
    "example-1-name": "小微", "example-1-form": "small_micro", "example-1-price": "500000", "example-1-quality": "90",
}  # fmt: skip


def found(**changed: str) -> Any:
    return what_if({**WEIGHTS, **PAIR, **changed}, LISTING, newest_row("consultation"), (10, 30))


def test_r_eval_03_examples_are_scored_by_the_rules_that_score_bids() -> None:
    first, second = found().places
    # 500,000 less 10 % is the base: 450,000 / 500,000 x 20 = 18.00 for the social organisation (R-EVAL-04)
    assert (first.name, first.scored.price_score, first.scored.other_score) == ("小微", D("20.00"), D("72.00"))
    assert (second.name, second.scored.price_score, second.scored.total) == ("和风", D("18.00"), D("91.60"))


def test_r_eval_10_the_weight_at_which_another_one_stands_first_is_named() -> None:
    # 92 x (100 - w) / 100 + 0.9 w  against  90 x (100 - w) / 100 + w: equal at w = 16.67
    stretches = [(s.low, s.high, s.winners) for s in found().stretches]
    assert stretches == [(10, 16, ("和风",)), (17, 30, ("小微",))]


def test_a_change_of_weight_that_changes_the_first_is_marked() -> None:
    assert not found().is_changed
    changed = found(price_weight="15")
    assert changed.is_changed and changed.before == ("小微",) and changed.winners == ("和风",)
    # what the page was opened with counts, not what was stored meanwhile
    kept = found(price_weight="15", **{"was-price_weight": "15", "was-small_micro_deduction": "10"})
    assert not kept.is_changed


def test_r_sme_02_only_the_small_enterprise_is_deducted() -> None:
    assert {p.form: p.scored.evaluated_price for p in found().places} == {
        "small_micro": D("450000.00"), "social": D("500000"),
    }  # fmt: skip


def test_a_price_over_the_ceiling_has_no_place_and_says_why() -> None:
    over = found(**{"example-1-price": "505000.01"}).places[-1]
    assert over.scored.rank is None and over.refusal and "505000" in over.refusal.text("zh")


def test_examples_that_cannot_be_read_are_all_named() -> None:
    wrong = found(**{"example-0-price": "abc", "example-1-quality": "101", "price_weight": ""})
    assert set(wrong.mistakes) == {"example-0-price", "example-1-quality", "price_weight"} and not wrong.places


def test_the_first_examples_are_valid_bids_of_this_listing() -> None:
    typed = {**WEIGHTS, **first_examples(LISTING, str)}
    places = what_if(typed, LISTING, newest_row("open_tender"), (10, 100)).places
    assert len(places) == 4 and all(each.scored.rank for each in places)


TWO_FACTORS = {
    "criteria-0-title": "方案", "criteria-0-kind": "technical", "criteria-0-points": "50",
    "criteria-1-title": "人员", "criteria-1-kind": "business", "criteria-1-points": "30",
    "example-0-rate-0": "100", "example-0-rate-1": "50", "example-1-rate-0": "80", "example-1-rate-1": "100",
    "small_micro_deduction": "0",
}  # fmt: skip


def totals(**changed: str) -> dict[str, Decimal | None]:
    return {each.name: each.scored.total for each in found(**{**TWO_FACTORS, **changed}).places}


def test_r_eval_05_a_factors_weight_changes_what_the_examples_get_and_who_stands_first() -> None:
    # 50 x 100 % + 30 x 50 % = 65, and 40 + 30 = 70; the prices are the same, 20 each
    assert totals() == {"小微": D("90.00"), "和风": D("85.00")}
    heavier = {"criteria-0-points": "70", "criteria-1-points": "10"}
    assert totals(**heavier) == {"和风": D("95.00"), "小微": D("86.00")}
    opened = {"was-points-0": "50", "was-points-1": "30"}
    changed = found(**{**TWO_FACTORS, **heavier, **opened})
    assert changed.is_changed and (changed.before, changed.winners) == (("小微",), ("和风",))
    assert not changed.is_price_weight_changed and not changed.is_off_hundred


def test_weights_that_are_not_100_are_scored_as_typed_and_said() -> None:
    off = found(**{**TWO_FACTORS, "criteria-1-points": "40"})
    assert off.is_off_hundred and off.total == D(110)
    assert {each.name: each.scored.total for each in off.places} == {"小微": D("100.00"), "和风": D("90.00")}


def test_r_doc_06_where_bands_are_printed_only_their_points_are_given() -> None:
    bands = {"criteria-0-band-0-points": "50", "criteria-0-band-1-points": "30", "criteria-0-band-2-points": "10"}
    # 80 % of 50 is 40: no band has it, the one below gives 30
    assert totals(**bands)["小微"] == D("80.00")


def test_r_eval_12_the_band_of_the_promised_hours_gives_their_points() -> None:
    hours = {
        "criteria-1-kind": "hours", "criteria-1-band-0-points": "30", "criteria-1-band-0-hours_from": "2000",
        "criteria-1-band-1-points": "12", "criteria-1-band-1-hours_from": "0",
        "example-0-hours": "2000", "example-1-hours": "1999",
    }  # fmt: skip
    assert totals(**hours) == {"和风": D("100.00"), "小微": D("72.00")}
    assert totals(**{**hours, "criteria-1-band-0-hours_from": "1999"})["小微"] == D("90.00")


def test_r_perf_08_the_printed_table_gives_the_points_of_a_grade() -> None:
    table = {
        "criteria-1-kind": "past_performance", "past_performance_form": "printed_table", "band-excellent": "30",
        "band-good": "24", "band-fair": "10", "band-poor": "0", "band-none": "17",
        "example-0-grade": "good", "example-1-grade": "none",
    }  # fmt: skip
    assert totals(**table) == {"和风": D("94.00"), "小微": D("77.00")}
    assert totals(**{**table, "band-none": "20"})["小微"] == D("80.00")


def test_r_tie_01_equal_examples_stand_in_the_order_of_the_tie_rule() -> None:
    # equal totals and prices; the plan is worth more to the first
    equal = {
        **WEIGHTS, **PAIR, **TWO_FACTORS, "example-1-form": "social",
        "example-0-rate-0": "90", "example-0-rate-1": "50",
        "example-1-rate-0": "60", "example-1-rate-1": "100", "criteria-0-points": "40", "criteria-1-points": "24",
    }  # fmt: skip
    row = newest_row("consultation")
    by_price, by_technical = (
        what_if(equal, LISTING, row, (10, 30), order).places
        for order in (("total", "price"), ("total", "price", "technical"))
    )
    assert [each.scored.rank for each in by_price] == [1, 1] and len({each.scored.total for each in by_price}) == 1
    assert [(each.name, each.scored.rank) for each in by_technical] == [("和风", 1), ("小微", 2)]


async def test_a_changed_factor_changes_a_total_on_the_page_and_in_the_parts(
    client: httpx.AsyncClient, clock: Any
) -> None:
    draft = f"/listings/drafts/{await a_draft(await clock.now())}/criteria"
    await sign_in(client, "wang.min")
    opened = (await client.get(draft)).text
    assert 'name="example-0-rate-0"' in opened and 'name="was-points-0"' in opened and "各因素得分" in opened
    typed = {**CRITERIA, **PAIR, **TWO_FACTORS}
    named = await send(client, draft, {**CRITERIA, **PAIR, "then": "what_if"})
    # factors typed since have fields of their own now: 90 % of all, and 3 more in the second one
    assert 'name="example-1-rate-1"' in named.text and 'value="93"' in named.text
    for then in ("what_if", "what_if_parts"):
        first = words((await send(client, draft, {**typed, "then": then})).text)
        heavier = {"criteria-0-points": "70", "criteria-1-points": "10", "then": then}
        second = words((await send(client, draft, {**typed, **heavier})).text)
        assert "90.00" in first and "86.00" not in first and "86.00" in second and "95.00" in second
    wrong = {"criteria-0-title": "{x} 100%", "example-0-rate-0": "x", "then": "what_if"}
    odd = await send(client, draft, {**typed, **wrong})
    assert odd.status_code == 422 and "得分率" in odd.text


async def test_the_button_keeps_everything_typed_and_stores_nothing(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_draft(await clock.now())
    draft = f"/listings/drafts/{listing}"
    await sign_in(client, "wang.min")
    opened = await client.get(f"{draft}/criteria")
    assert opened.status_code == 200 and "试算" in opened.text and 'value="甲（示例）"' in opened.text
    before = await fetchrow("SELECT * FROM listing WHERE id = $1", listing)
    typed = {**CRITERIA, **PAIR, "price_weight": "10", "criteria-0-points": "70", "then": "what_if"}
    typed |= {"was-price_weight": "20", "was-small_micro_deduction": "10"}
    typed |= {f"example-{i}-rate-{j}": "" for i in (0, 1) for j in (0, 1)}  # left empty: the share of all counts
    answer = await send(client, f"{draft}/criteria", typed)
    assert answer.status_code == 200
    assert 'value="70"' in answer.text and 'value="小微"' in answer.text and 'value="10"' in answer.text
    assert "权重改变了第一名：原来价格分 20 分时是小微，现在是和风" in words(answer.text)
    assert await fetchrow("SELECT * FROM listing WHERE id = $1", listing) == before
    assert await fetchval("SELECT max(points) FROM criterion WHERE listing = $1", listing) == D(45)


async def test_mistakes_in_an_example_stand_beside_it_and_the_rest_is_kept(client: httpx.AsyncClient, clock: Any) -> None:  # noqa: E501
    draft = f"/listings/drafts/{await a_draft(await clock.now())}/criteria"
    await sign_in(client, "wang.min")
    answer = await send(client, draft, {**CRITERIA, **PAIR, "example-0-price": "-1", "then": "what_if"})
    assert answer.status_code == 422 and "金额不能是负数" in answer.text and 'value="-1"' in answer.text
    parts = await send(client, draft, {**CRITERIA, **PAIR, "then": "what_if_parts"})
    assert parts.status_code == 200 and "<h1" not in parts.text and 'data-live="examples"' in parts.text


async def test_another_office_cannot_compute_on_our_draft(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_draft(await clock.now())
    await fetchval("UPDATE listing SET procuring_unit = $1 RETURNING id", await office("wufeng"))
    await sign_in(client, "wang.min")
    draft = f"/listings/drafts/{listing}/criteria"
    assert (await send(client, draft, {**CRITERIA, **PAIR, "then": "what_if"})).status_code == 404


async def test_r_sme_02_who_may_claim_the_deduction_stands_beside_it_with_its_example(
    client: httpx.AsyncClient, clock: Any
) -> None:
    draft = f"/listings/drafts/{await a_draft(await clock.now())}/criteria"
    await sign_in(client, "wang.min")
    chinese, english = await client.get(draft), await client.get(f"/en{draft}")
    said = words(chinese.text)
    assert "社会组织（民办非企业单位、社会团体、基金会）" in said and "/rules/R-SME-02" in chinese.text
    assert "小微企业得 20 分，社会组织得 18 分，差 2 分" in said
    assert "20 points, the social organisation 18, 2 points apart" in words(english.text)


async def test_pressing_again_and_again_adds_no_blank_rows(client: httpx.AsyncClient, clock: Any) -> None:
    draft = f"/listings/drafts/{await a_draft(await clock.now())}/criteria"
    await sign_in(client, "wang.min")
    blank = {f"criteria-{i}-{name}": "" for i in (2, 3) for name in ("title", "kind", "points", "bands")}
    answer = await send(client, draft, {**CRITERIA, **PAIR, **blank, "then": "what_if"})
    assert 'name="criteria-3-title"' in answer.text and 'name="criteria-4-title"' not in answer.text
