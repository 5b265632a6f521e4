"""The rules of a draft: pure, by the rows in force."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from catalogue.listings.checks import (
    LineFacts,
    Mistake,
    check_basics,
    check_lots,
    check_milestones,
    check_openers,
    check_qualification,
    check_requirement,
    check_scoring,
    splitting_finding,
)  # fmt: skip
from catalogue.listings.drafts import (
    Basics,
    CriterionDraft,
    Lot,
    Lots,
    MilestoneDraft,
    Milestones,
    Openers,
    Qualification,
    Requirement,
    Scoring,
)  # fmt: skip
from catalogue.listings.limits import limits_on
from catalogue.listings.rules import TRANSITIONS, Method, Status

TODAY = date(2026, 3, 2)
LIMITS = limits_on(TODAY)
BUYER = UUID(int=1)
LINE = LineFacts("A02", Decimal("9000000"), BUYER)
D = Decimal

BASICS = Basics(
    title="购买社会救助服务", method="consultation", budget_line=uuid4(), budget=D("505000"), ceiling=D("505000"),
    service_from=date(2027, 1, 1), service_to=date(2027, 12, 31), towns=(uuid4(),), reservation_ground="competition",
)  # fmt: skip


def said(mistakes: list[Mistake]) -> list[tuple[str, str | None]]:
    return [(m.field, m.clause) for m in mistakes]


def test_n1_has_no_mistake() -> None:
    assert check_basics(BASICS, LINE, LIMITS, TODAY) == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"budget": D("9000000.01"), "method": "open_tender"}, [("budget", "R-GPS-05")]),
        ({"ceiling": D("505000.01")}, [("ceiling", "R-DOC-03")]),
        ({"method": "under_limit"}, [("method", "R-METH-12")]),
        ({"method": "under_limit", "budget": D("500000"), "ceiling": None}, [("method", "R-METH-12")]),
        ({"method": "under_limit", "budget": D("499999.99"), "ceiling": None, "reservation_ground": ""}, []),
        ({"budget": D("4000000"), "reservation_ground": ""}, []),  # its approval is told at the method (R-METH-02)
        ({"budget": D("3999999.99"), "reservation_ground": ""}, []),
        ({"budget": D("4000000"), "method": "open_tender"}, []),
        ({"service_to": date(2028, 1, 1)}, [("long_term_reason", "R-GPS-08")]),
        ({"service_to": date(2028, 1, 1), "long_term_reason": "内容固定"}, []),
        ({"service_to": date(2029, 12, 31), "long_term_reason": "内容固定"}, []),
        ({"service_to": date(2030, 1, 1), "long_term_reason": "内容固定"}, [("service_to", "R-GPS-08")]),
        ({"service_to": date(2026, 12, 31)}, [("service_to", None)]),
        ({"service_from": TODAY, "service_to": date(2026, 12, 31)}, [("service_from", None)]),
        ({"towns": ()}, [("towns", None)]),
    ],
)
def test_the_basics_follow_the_limits(changed: dict[str, object], expected: list[tuple[str, str | None]]) -> None:
    basics = replace(BASICS, **changed)  # type: ignore[arg-type]
    if "ceiling" not in changed and basics.budget < D("505000"):
        basics = replace(basics, ceiling=None)
    assert said(check_basics(basics, LINE, LIMITS, TODAY)) == expected


def test_inquiry_is_no_method() -> None:
    assert "inquiry" not in {m.value for m in Method}


def test_lots_total_the_budget_and_are_of_the_lines_item() -> None:
    lot = Lot("A02", "包", D(1), "户", D("505000"))
    codes = ("A02", "S02")
    assert check_lots(Lots((lot,)), D("505000"), LINE, codes) == []
    assert said(check_lots(Lots(()), D("505000"), LINE, codes)) == [("lots-0-title", None)]
    two = Lots((replace(lot, budget=D("5000")), replace(lot, item_code="S02"), replace(lot, item_code="X9")))
    assert said(check_lots(two, D("505000"), LINE, codes)) == [
        ("lots-1-item_code", "R-GPS-05"), ("lots-2-item_code", "R-GPS-05"), ("lots-0-budget", None),
    ]  # fmt: skip


def test_requirement_and_qualification_are_said() -> None:
    assert said(check_requirement(Requirement(" \n"))) == [("requirement", "R-DOC-04")]
    assert said(check_qualification(Qualification(""))) == [("qualification", "R-ROLE-09")]
    assert check_qualification(Qualification("无")) == []


def scoring(price: str, *points: str, **changed: object) -> Scoring:
    criteria = tuple(CriterionDraft("technical", f"因素{i}", D(p), "每项 1 分") for i, p in enumerate(points))
    return replace(Scoring(criteria, price_weight=D(price)), **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("method", "given", "expected"),
    [
        ("consultation", scoring("20", "80"), []),
        ("consultation", scoring("10", "90"), []),
        ("consultation", scoring("30", "70"), []),
        ("consultation", scoring("9.99", "90.01"), [("price_weight", "R-EVAL-10")]),
        ("consultation", scoring("30.01", "69.99"), [("price_weight", "R-EVAL-10")]),
        ("open_tender", scoring("60", "40"), []),
        ("open_tender", scoring("9", "91"), [("price_weight", "R-EVAL-02")]),
        ("under_limit", scoring("0", "100"), []),
        ("under_limit", scoring("100"), []),
        ("consultation", scoring("20", "79.99"), [("price_weight", "R-EVAL-03")]),
        ("consultation", scoring("0", "100", is_price_fixed=True), []),
        ("consultation", scoring("20", "80", is_price_fixed=True), [("price_weight", "R-EVAL-02")]),
        (
            "consultation",
            scoring("0", "100", is_price_fixed=True, small_micro_deduction=D(10)),
            [("small_micro_deduction", "R-SME-04")],
        ),
        ("consultation", scoring("20", "80", small_micro_deduction=D(20)), []),
        *(
            (
                "consultation",
                scoring("20", "80", small_micro_deduction=D(small), consortium_deduction=D(together)),
                [("consortium_deduction", "R-SME-04")] if is_wrong else [],
            )
            for small, together, is_wrong in (
                ("10", "4", False), ("10", "6", False), ("10", "3.99", True), ("10", "6.01", True), ("0", "5", True),
            )
        ),
        ("consultation", scoring("20", "80", small_micro_deduction=D("9.99")), [("small_micro_deduction", "R-SME-04")]),
        (
            "consultation",
            scoring("20", "80", small_micro_deduction=D("20.01")),
            [("small_micro_deduction", "R-SME-04")],
        ),
    ],
)
def test_weights_and_price(method: str, given: Scoring, expected: list[tuple[str, str | None]]) -> None:
    assert said(check_scoring(given, method, LIMITS)) == expected


def test_a_factor_without_bands_is_refused() -> None:
    given = Scoring((CriterionDraft("technical", "方案", D(80), " "),), price_weight=D(20))
    assert said(check_scoring(given, "consultation", LIMITS)) == [("criteria-0-bands", "R-DOC-06")]


TABLE = {"excellent": D(5), "good": D(4), "fair": D(2), "poor": D(0), "none": D("2.5")}


def with_table(table: dict[str, Decimal], points: str = "5", form: str = "printed_table") -> Scoring:
    rest = D(80) - D(points)
    criteria = (
        CriterionDraft("technical", "方案", rest, "每项 5 分"),
        CriterionDraft("past_performance", "履约评价", D(points), ""),
    )
    return Scoring(
        criteria, price_weight=D(20), past_performance_form=form, past_performance_ground="须提交方案", bands=table
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (with_table(TABLE), []),
        (with_table({g: p for g, p in TABLE.items() if g != "none"}), [("band-none", "R-PERF-08")]),
        (with_table({**TABLE, "none": D(0)}), [("band-none", "R-PERF-08")]),
        (with_table({**TABLE, "none": D(5)}), [("band-none", "R-PERF-08")]),
        (with_table({**TABLE, "fair": D("4.5")}), [("band-fair", "R-PERF-08")]),
        (with_table({**TABLE, "excellent": D("4.5")}), [("band-excellent", "R-PERF-08")]),
        (with_table({**TABLE, "excellent": D("5.01")}, "5.01"), [("criteria-1-points", "R-PERF-08")]),
        (with_table(TABLE, form="county_standing"), [("past_performance_form", "R-PERF-08")]),
        (with_table(TABLE, form="none"), [("past_performance_form", "R-PERF-08")]),
    ],
)
def test_the_past_performance_table_is_complete_and_neutral_to_newcomers(
    given: Scoring, expected: list[tuple[str, str | None]]
) -> None:
    assert said(check_scoring(given, "consultation", LIMITS)) == expected


def test_the_countys_own_standing_counts_only_under_the_limit() -> None:
    table = {g: p * 4 for g, p in TABLE.items()}
    assert check_scoring(with_table(table, "20", "county_standing"), "under_limit", LIMITS) == []


def test_a_table_needs_its_one_factor() -> None:
    with_ground = {"past_performance_form": "printed_table", "past_performance_ground": "须提交方案"}
    lonely = scoring("20", "80", **with_ground, bands=TABLE)
    assert said(check_scoring(lonely, "consultation", LIMITS)) == [("past_performance_form", "R-PERF-08")]


def test_milestones_total_100_and_run_forward_from_the_start_of_service() -> None:
    start = date(2027, 1, 1)
    first = MilestoneDraft("一", D(50), date(2027, 6, 30), "时数")
    second = MilestoneDraft("二", D(50), date(2028, 1, 31), "验收报告")
    assert check_milestones(Milestones((first, second)), start) == []
    assert said(check_milestones(Milestones(()), start)) == [("milestones-0-title", None)]
    assert said(check_milestones(Milestones((second, first)), start)) == [("milestones-1-due_on", None)]
    wrong = Milestones((replace(first, share=D("49.99"), due_on=date(2026, 12, 31)), replace(second, evidence="")))
    assert said(check_milestones(wrong, start)) == [
        ("milestones-0-share", None), ("milestones-0-due_on", None), ("milestones-1-evidence", "R-ACC-01"),
    ]  # fmt: skip


def test_two_openers_with_keys_and_never_the_drafter() -> None:
    one, two, drafter, stranger = (uuid4() for _ in range(4))
    known = (one, two, drafter)
    assert check_openers(Openers((one, two)), known, drafter, 2) == []
    assert said(check_openers(Openers((one,)), known, drafter, 2)) == [("people", "R-OPEN-01")]
    assert said(check_openers(Openers((one, stranger)), known, drafter, 2)) == [("people", "R-OPEN-01")]
    assert said(check_openers(Openers((one, drafter)), known, drafter, 2)) == [("people", "R-ROLE-03")]


def test_splitting_is_pointed_out_and_blocks_nothing() -> None:
    assert splitting_finding([D("2000000"), D("2000000")], LIMITS) == []
    assert splitting_finding([D("4000000.01")], LIMITS) == []  # one purchase is no splitting
    (finding,) = splitting_finding([D("2000000"), D("2000000.01")], LIMITS)
    assert finding.clause == "R-METH-05" and not finding.blocks


def test_an_ended_listing_moves_nowhere_and_a_published_one_never_back() -> None:
    assert TRANSITIONS[Status.FAILED] == TRANSITIONS[Status.CANCELLED] == frozenset()
    # only a decision on a complaint leads out of an award (R-DISP-04)
    later = set(Status) - {Status.DRAFT, Status.REVIEW}
    assert not any(TRANSITIONS[s] & {Status.DRAFT, Status.REVIEW} for s in later)
