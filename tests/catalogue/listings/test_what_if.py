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


async def test_the_button_keeps_everything_typed_and_stores_nothing(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_draft(await clock.now())
    draft = f"/listings/drafts/{listing}"
    await sign_in(client, "wang.min")
    opened = await client.get(f"{draft}/criteria")
    assert opened.status_code == 200 and "试算" in opened.text and 'value="甲（示例）"' in opened.text
    before = await fetchrow("SELECT * FROM listing WHERE id = $1", listing)
    typed = {**CRITERIA, **PAIR, "price_weight": "10", "criteria-0-points": "70", "then": "what_if"}
    typed |= {"was-price_weight": "20", "was-small_micro_deduction": "10"}
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
