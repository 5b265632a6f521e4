"""Which methods are offered, at the thresholds exactly, and by which clause the others are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from uuid import uuid4

import pytest

from catalogue.listings.drafts import Basics, Procedure
from catalogue.listings.method_choice import PurchaseFacts, Verdict, check_procedure, lawful_methods
from catalogue.listings.methods import (
    MethodNotInForce,
    MethodRow,
    all_methods,
    method_row,
    methods_on,
    takes_sealed_bids,
)  # fmt: skip
from catalogue.listings.rules import ALL_METHOD_LABELS, Method
from evaluations.opening.rules import least_bids
from marketplace.kernel.rulebook import row, rule

TODAY = date(2026, 3, 2)


def judged(amount: str, *grounds: str, **more: object) -> dict[str, Verdict]:
    facts = PurchaseFacts(D(amount), grounds=frozenset(grounds), **more)  # type: ignore[arg-type]
    return {verdict.method: verdict for verdict in lawful_methods(facts, methods_on(TODAY), TODAY)}


def offered(amount: str, *grounds: str, **more: object) -> set[str]:
    return {method for method, verdict in judged(amount, *grounds, **more).items() if verdict.is_offered}


LOCAL = {"under_limit", "three_quotes", "collective_decision"}


def test_r_meth_01_every_method_is_named_and_cites_a_rule_of_the_book() -> None:
    assert {each.code for each in all_methods()} == {*Method, "inquiry"} == set(ALL_METHOD_LABELS)
    for each in all_methods():
        assert rule(each.clause)
        keys = (each.below, each.approval_from, each.publicity, each.addition_most, each.notice, each.documents)
        for key in (*keys, each.closing, each.clarification, each.least, each.people, each.price_low, each.price_high):
            assert not key or row(key, TODAY).number >= 0
        if each.panel:
            assert row(f"{each.panel}/members", TODAY).number >= 3


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("499999.99", LOCAL), ("500000", set()), ("500000.01", set())],
)
def test_r_meth_03_r_meth_04_r_meth_12_the_limit_itself_is_over_the_limit(amount: str, expected: set[str]) -> None:
    assert offered(amount) & LOCAL == expected
    if not expected:
        assert all(judged(amount)[code].clause == "R-METH-12" for code in LOCAL)


@pytest.mark.parametrize(
    ("amount", "is_approved", "expected"),
    [
        ("3999999.99", False, {"open_tender", "consultation"}),
        ("4000000", False, {"open_tender"}),
        ("4000000.01", False, {"open_tender"}),
        ("4000000", True, {"open_tender", "consultation"}),
    ],
)
def test_r_meth_02_at_the_threshold_only_open_tender_needs_no_approval(
    amount: str, is_approved: bool, expected: set[str]
) -> None:
    assert offered(amount, is_approved=is_approved) == expected
    if expected == {"open_tender"}:
        assert judged(amount)["consultation"].clause == "R-METH-02"


def test_r_meth_06_a_purchased_service_is_itself_a_ground_for_consultation() -> None:
    assert judged("505000")["consultation"].is_offered
    goods = judged("505000", is_service=False)["consultation"]
    assert not goods.is_offered and goods.clause == "R-METH-06"


@pytest.mark.parametrize("ground", ["failed_tender", "complex", "urgent", "price_unknown"])
def test_r_meth_07_negotiation_needs_one_of_its_grounds(ground: str) -> None:
    assert "negotiation" not in offered("600000") and "negotiation" in offered("600000", ground)
    assert judged("600000")["negotiation"].clause == "R-METH-07"


@pytest.mark.parametrize(
    ("share", "is_offered"), [("9.99", True), ("10", True), ("10.01", False), (None, False)]
)
def test_r_meth_08_an_addition_may_cost_exactly_a_tenth_of_the_contract(share: str | None, is_offered: bool) -> None:
    verdict = judged("60000", "addition", addition_share=D(share) if share else None)["single_source"]
    assert verdict.is_offered is is_offered
    assert is_offered or verdict.clause == "R-METH-08"


def test_r_meth_08_a_failed_tender_with_one_bidder_is_no_only_supplier() -> None:
    refused = judged("600000", "failed_tender")["single_source"]
    assert not refused.is_offered and refused.clause == "R-METH-08"
    assert "single_source" in offered("600000", "only_supplier")


@pytest.mark.parametrize(("amount", "is_public_first"), [("3999999.99", False), ("4000000", True)])
def test_r_meth_08_an_only_supplier_is_made_public_from_the_threshold(amount: str, is_public_first: bool) -> None:
    notes = judged(amount, "only_supplier", is_approved=True)["single_source"].notes
    assert bool([sentence for sentence, _ in notes if "公示" in sentence.text("zh")]) is is_public_first


def test_r_meth_09_inquiry_is_never_offered_for_a_service() -> None:
    for amount in ("1", "499999.99", "500000", "9000000"):
        for grounds in ((), ("urgent",), ("only_supplier", "complex")):
            verdict = judged(amount, *grounds, is_approved=True)["inquiry"]
            assert not verdict.is_offered and verdict.clause == "R-METH-09"
    assert "inquiry" not in set(Method)


@pytest.mark.parametrize("ground", ["few_suppliers", "tender_cost"])
def test_r_meth_10_invited_tender_needs_one_of_its_grounds(ground: str) -> None:
    assert "invited_tender" in offered("600000", ground)
    refused = judged("600000", "urgent")["invited_tender"]
    assert not refused.is_offered and refused.clause == "R-METH-10"


def test_every_refusal_says_why_and_offered_methods_come_first() -> None:
    found = lawful_methods(PurchaseFacts(D("505000")), methods_on(TODAY), TODAY)
    assert [v.is_offered for v in found] == sorted((v.is_offered for v in found), reverse=True)
    assert all(v.sentence.text("zh") and v.sentence.text("en") and v.clause for v in found)
    assert len(found) == len(all_methods())


def test_a_change_of_law_is_a_row() -> None:
    old = method_row("consultation", TODAY)
    ended = replace(old, effective_to=date(2026, 12, 31))
    new = replace(old, effective_from=date(2027, 1, 1), least="R-BID-04")
    rows: list[MethodRow] = [ended, new]
    assert method_row("consultation", date(2026, 12, 31), rows).least == "R-BID-08/purchased_services"
    assert method_row("consultation", date(2027, 1, 1), rows).least == "R-BID-04"
    with pytest.raises(MethodNotInForce):
        method_row("consultation", date(2014, 12, 30), rows)


def test_the_least_number_of_bids_comes_from_the_row() -> None:
    found = {code: least_bids(code, TODAY) for code in ("open_tender", "consultation", "under_limit", "three_quotes")}
    assert {code: (least.count, least.clause) for code, least in found.items()} == {
        "open_tender": (3, "R-BID-04"), "consultation": (2, "R-BID-08"), "under_limit": (2, "R-METH-12"),
        "three_quotes": (3, "R-METH-12"),
    }  # fmt: skip


def test_only_competitions_run_here_take_sealed_bids() -> None:
    assert takes_sealed_bids({"method": "consultation", "venue": "here", "rules_on": TODAY})
    assert not takes_sealed_bids({"method": "consultation", "venue": "platform", "rules_on": TODAY})
    assert not takes_sealed_bids({"method": "collective_decision", "venue": "here", "rules_on": None})


BASICS = Basics(
    title="社会救助服务", method="consultation", budget_line=uuid4(), budget=D("505000"),
    service_from=date(2027, 1, 1), service_to=date(2027, 12, 31),
)  # fmt: skip


@pytest.mark.parametrize(
    ("method", "budget", "procedure", "expected"),
    [
        ("consultation", "505000", Procedure(), []),
        ("consultation", "4000000", Procedure(), [("approval_number", "R-METH-02")]),
        ("consultation", "4000000", Procedure(approval_number="成财采〔2026〕3号", approved_on=TODAY), []),
        ("consultation", "4000000", Procedure(approval_number="成财采〔2026〕3号"),
         [("approval_number", "R-METH-02"), ("approval_number", "R-METH-02")]),
        ("consultation", "505000", Procedure(approval_number="成财采〔2026〕3号", approved_on=date(2026, 3, 3)),
         [("approved_on", "R-METH-02")]),
        ("consultation", "505000", Procedure(venue="platform"), []),
        ("under_limit", "190000", Procedure(venue="platform"), [("venue", "R-METH-12")]),
        ("single_source", "190000", Procedure(), [("ground", "R-METH-08")]),
        ("single_source", "190000", Procedure(ground="only_supplier"), [("ground_reason", "R-METH-08")]),
        ("single_source", "190000", Procedure(ground="only_supplier", ground_reason="全省只有一家有资质"), []),
        ("invited_tender", "600000", Procedure(ground="few_suppliers", ground_reason="只有四家"), []),
        ("invited_tender", "600000", Procedure(ground="few_suppliers", ground_reason="只有四家", venue="platform"), []),
        ("negotiation", "600000", Procedure(ground="urgent", ground_reason="突发需要"), [("venue", "R-METH-07")]),
    ],
)  # fmt: skip
def test_a_draft_says_its_ground_its_approval_and_where_it_is_run(
    method: str, budget: str, procedure: Procedure, expected: list[tuple[str, str]]
) -> None:
    basics = replace(BASICS, method=method, budget=D(budget))
    assert [(m.field, m.clause) for m in check_procedure(procedure, basics, TODAY)] == expected
