"""The order among equals is the rule row's of the listing's day: kept, printed, shown and ranked by (R-TIE-01)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest

from catalogue.listings.methods import all_methods, method_row
from catalogue.listings.rules import Method as Procedure
from catalogue.listings.rules_kept import kept_rules
from catalogue.listings.rules_used import rules_used
from catalogue.listings.tie_rules import ranking_order, tie_rule
from catalogue.scoring.ranking import USUAL_ORDER, Method, Offer, ScoringTerms, order_of, score_offers
from evaluations.bundles.shape import terms_json, terms_of
from evaluations.scoring.results import LotTerms
from marketplace.kernel.rulebook import BrokenRulebook
from tests.builders_catalogue import a_published_listing
from tests.pages import words

MARCH = date(2026, 3, 2)


@pytest.mark.parametrize("method", [each for each in all_methods() if each.way == "sealed"], ids=lambda m: m.code)
def test_r_tie_01_every_method_that_ranks_here_names_its_rows_and_keeps_them(method) -> None:
    kept = {each.key for each in rules_used(method.code, [], MARCH)}
    assert "R-TIE-01/draw" in kept and set(method.ties) <= kept
    assert method.tie or method.framework, "a framework's line is told by the draw alone"


def test_r_tie_01_the_words_of_the_row_give_the_order_that_ranks() -> None:
    consultation, tender = method_row(Procedure.CONSULTATION, MARCH), method_row("open_tender", MARCH)
    assert ranking_order(consultation, MARCH) == USUAL_ORDER[Method.CONSULTATION] == ("total", "price", "technical")
    assert ranking_order(tender, MARCH) == USUAL_ORDER[Method.TENDER] == ("total", "price")
    assert ranking_order(method_row("sealed_quotes", MARCH), MARCH) == ()
    with pytest.raises(BrokenRulebook):
        order_of("总得分、运气")


def test_r_tie_01_another_order_ranks_otherwise() -> None:
    terms = ScoringTerms(Method.CONSULTATION, D(0))
    offers = [Offer("a", D(100), False, D(80), D(40)), Offer("b", D(90), False, D(80), D(30))]
    assert [each.rank for each in score_offers(terms, offers)] == [2, 1]
    technical_first = replace(terms, order=order_of("总得分、技术得分、最后报价"))
    assert [each.rank for each in score_offers(technical_first, offers)] == [1, 2]


def test_a_bundle_says_its_order_and_one_that_says_none_is_read_by_its_method() -> None:
    terms = LotTerms(ScoringTerms(Method.CONSULTATION, D(20)), [], None, MARCH)
    said = terms_json(terms, "score", {})
    assert said["order"] == ["total", "price", "technical"]
    assert terms_of(said).scoring.compared == ("total", "price", "technical")
    del said["order"]
    assert terms_of(said).scoring.compared == ("total", "price", "technical")


def test_r_perf_08_where_the_countys_standing_places_the_offers_its_own_row_is_told() -> None:
    under = method_row("under_limit", MARCH)
    by_standing = tie_rule(under, {"past_performance_form": "county_standing"}, MARCH)
    assert [each.key for each in by_standing.rows] == ["R-TIE-01/standing", "R-TIE-01/draw"]
    assert [each.key for each in tie_rule(under, {}, MARCH).rows] == ["R-TIE-01/tender", "R-TIE-01/draw"]


async def test_r_tie_01_a_listing_keeps_shows_and_prints_its_tie_rule(client, clock) -> None:
    listing = await a_published_listing(await clock.now())
    kept = {each.key: each for each in await kept_rules(listing.id)}
    assert {"R-TIE-01/consultation", "R-TIE-01/draw"} <= set(kept)
    page = await client.get(f"/listings/{listing.reference}")
    assert "总得分、最后报价、技术得分" in words(page.text) and 'href="/rules/R-TIE-01/draw"' in page.text
    english = words((await client.get(f"/en/listings/{listing.reference}")).text)
    assert "Total, then final price, then technical score" in english and "random draw" in english
    document = words((await client.get(f"/listings/{listing.reference}/notices/document")).text)
    assert "同分的先后：依次比较：总得分、最后报价、技术得分；全部相同的并列，随机抽取。" in document
    assert "财政部令第87号第六十八条" in document and "投标：先比" not in document
