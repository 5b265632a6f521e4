"""Rules of the listing that nothing else tests by their name; each test fails when its rule is broken."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest

from catalogue.checks.book import Severity, all_checks
from catalogue.checks.facts import DraftFacts
from catalogue.checks.fairness import findings
from catalogue.checks.texts import Passage
from catalogue.listings.checks import LineFacts, Mistake, check_basics, check_scoring
from catalogue.listings.drafts import Basics, Scoring
from catalogue.listings.limits import limits_on
from catalogue.listings.methods import method_row, records_result, subjects_left_out, takes_sealed_bids
from catalogue.listings.services import draft_listing
from marketplace.accounts.permissions import Permission, Role, clause_against, permissions_of
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import Forbidden
from marketplace.kernel.rulebook import number
from tests.builders_catalogue import a_budget_line, a_published_listing, n1_draft, n1_scoring, with_past_performance
from tests.cast import actor
from tests.catalogue.checks.test_fairness import found_in
from tests.pages import words

Client = httpx.AsyncClient
D = Decimal
TODAY = date(2026, 3, 2)
LIMITS = limits_on(TODAY)
LINE = LineFacts("A02", D(9000000), uuid4())
BASICS = Basics(
    title="购买社会救助服务", method="consultation", budget_line=uuid4(), budget=D("505000.00"),
    ceiling=D("505000.00"), service_from=date(2027, 1, 1), service_to=date(2027, 12, 31), towns=(uuid4(),),
    reservation_ground="competition",
)  # fmt: skip


def clauses(mistakes: list[Mistake]) -> list[str | None]:
    return [each.clause for each in mistakes]


@pytest.mark.parametrize(("ceiling", "expected"), [("505000.00", []), ("505000.01", ["R-DOC-03"]), ("0.01", [])])
def test_R_DOC_03_a_ceiling_lies_within_the_budget_and_there_is_no_floor(ceiling: str, expected: list[str]) -> None:
    assert clauses(check_basics(replace(BASICS, ceiling=D(ceiling)), LINE, LIMITS, TODAY)) == expected
    assert not any("floor" in name or "lowest" in name for name in Basics.__dataclass_fields__)


async def test_R_DOC_03_budget_and_ceiling_are_public_in_notice_and_document(client: Client, clock: Any) -> None:
    found = await a_published_listing(await clock.now(), ceiling=D("500000.00"))
    for slug in ("consultation", "document"):
        said = words((await client.get(f"/listings/{found.reference}/notices/{slug}")).text)
        assert "¥505,000.00" in said and "¥500,000.00" in said, slug


async def test_R_DOC_07_anybody_reads_the_document_free_unregistered_and_unscreened(client: Client, clock: Any) -> None:
    found = await a_published_listing(await clock.now())
    assert "sid" not in client.cookies
    document = await client.get(f"/listings/{found.reference}/notices/document")
    assert document.status_code == 200 and "家计调查" in document.text
    notice = words((await client.get(f"/listings/{found.reference}/notices/consultation")).text)
    assert "不要求登记和报名，不审查资格" in notice and "售价 免费" in notice


@pytest.mark.parametrize(
    ("method", "weight", "expected"),
    [
        ("consultation", "9.99", ["R-EVAL-10"]), ("consultation", "10", []), ("consultation", "30", []),
        ("consultation", "30.01", ["R-EVAL-10"]), ("open_tender", "30.01", []), ("open_tender", "9.99", ["R-EVAL-02"]),
    ],
)  # fmt: skip
def test_R_EVAL_10_a_consultation_weighs_the_price_from_10_to_30(method: str, weight: str, expected: list[str]) -> None:
    first, *others = n1_scoring().criteria
    rest = D(100) - D(weight) - sum(each.points for each in others)
    scoring = Scoring((replace(first, points=rest), *others), D(weight), small_micro_deduction=D(10))
    assert clauses(check_scoring(scoring, method, LIMITS)) == expected


@pytest.mark.parametrize(
    ("last", "reason", "expected"),
    [
        (date(2027, 12, 31), "", []),
        (date(2028, 1, 1), "", ["R-GPS-08"]),
        (date(2028, 1, 1), "内容固定、连续性强、经费有保障", []),
        (date(2029, 12, 31), "内容固定、连续性强、经费有保障", []),
        (date(2030, 1, 1), "内容固定、连续性强、经费有保障", ["R-GPS-08"]),
    ],
)
def test_R_GPS_08_a_year_or_up_to_three_with_the_ground(last: date, reason: str, expected: list[str]) -> None:
    assert (LIMITS.term_usual_months, LIMITS.term_most_months) == (12, 36)
    basics = replace(BASICS, service_to=last, long_term_reason=reason)
    assert clauses(check_basics(basics, LINE, LIMITS, TODAY)) == expected


def test_R_ROLE_04_an_agency_neither_bids_nor_sits_on_the_panel() -> None:
    may = permissions_of(frozenset({Role.AGENCY}))
    for act in (Permission.BID, Permission.SCORE_BIDS):
        assert act not in may and clause_against(frozenset({Role.AGENCY}), act) == "R-ROLE-04"


async def test_R_ROLE_05_nobody_drafts_with_the_budget_of_a_buyer_who_did_not_agree(db: Any, clock: Any) -> None:
    now = await clock.now()
    foreign = await a_budget_line(now, buyer="wufeng")
    with pytest.raises(Forbidden) as refused:
        await draft_listing(await n1_draft(now, foreign), await actor("wang.min", now), now)
    assert refused.value.clause == "R-ROLE-05"


def test_R_PERF_08_past_performance_is_a_small_printed_table_with_a_neutral_band_or_absent() -> None:
    assert n1_scoring().past_performance_form == "none"  # off unless somebody turns it on
    table = with_past_performance(n1_scoring(), points=D(5))
    assert number("R-PERF-08/default_weight_max", TODAY) == 5
    assert check_scoring(table, "consultation", LIMITS) == []
    heavy = with_past_performance(n1_scoring(), points=D(6))
    assert clauses(check_scoring(heavy, "consultation", LIMITS)) == ["R-PERF-08"]
    for none in (D(0), D(5)):  # no record is neither the worst nor the best
        unfair = replace(table, bands={**table.bands, "none": none})
        assert "R-PERF-08" in clauses(check_scoring(unfair, "consultation", LIMITS))
    missing = replace(table, bands={grade: points for grade, points in table.bands.items() if grade != "none"})
    assert "R-PERF-08" in clauses(check_scoring(missing, "consultation", LIMITS))
    own = with_past_performance(n1_scoring(), form="county_standing")
    assert "R-PERF-08" in clauses(check_scoring(own, "consultation", LIMITS))
    assert "R-PERF-08" not in clauses(check_scoring(own, "under_limit", LIMITS))


@pytest.mark.parametrize(("count", "found"), [(1, []), (2, []), (3, ["too-many-references"])])
def test_R_DOC_10_more_than_two_like_contracts_as_a_qualification_need_a_reason(count: int, found: list[str]) -> None:
    most = int(number("R-DOC-10/similar_contracts", TODAY))
    asked = Passage("qualification", "qualification", f"提供 {count} 个同类服务业绩")
    facts = DraftFacts(
        passages=(asked,), budget=D(505000), price_weight=D(20), deduction=D(10), bid_deposit_most=D(2),
        performance_bond_most=D(10), references_most=most,
    )  # fmt: skip
    assert [each.check.id for each in findings(facts) if each.check.rule == "R-DOC-10"] == found


def test_R_TIME_02_a_tender_notice_stands_for_five_working_days() -> None:
    assert method_row("open_tender", TODAY).notice == "R-TIME-02"
    assert compute("R-TIME-02", date(2026, 3, 2)).date == date(2026, 3, 9)
    assert compute("R-TIME-02", date(2026, 4, 3)).date == date(2026, 4, 13)  # Qingming on the 4th to the 6th


def test_R_EVAL_13_a_negotiation_has_neither_factors_nor_weights() -> None:
    listing = {"method": "negotiation", "venue": "here", "rules_on": TODAY}
    assert not takes_sealed_bids(listing) and records_result(listing)
    assert "criteria" in subjects_left_out(listing)
    assert "criteria" not in subjects_left_out({**listing, "method": "consultation"})


def test_R_METH_11_words_of_emergency_and_secrecy_stop_a_draft_until_a_reason_stands() -> None:
    (check,) = [check for check in all_checks().values() if check.rule == "R-METH-11"]
    assert check.severity == Severity.REASON
    (found,) = found_in("basics", "汛期紧急采购转运服务")
    assert found.check == check and found.hit.excerpt is not None and found.hit.excerpt.words == "紧急采购"
    assert found_in("basics", "购买社会救助服务") == []
