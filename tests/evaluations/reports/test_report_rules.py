"""Who signs, what is corrected on which ground, how members' marks lie beside each other: without a database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from catalogue.listings.terms import may_hide_names
from catalogue.plans.method_rows import newest_row
from evaluations.panel.chair import elected
from evaluations.panel.codes import coded
from evaluations.reevaluations.services import Place, as_words, from_words, is_changed
from evaluations.reports.rules import (
    FOUR,
    Ground,
    Locked,
    check_correction,
    check_ground_again,
    check_may_correct,
    grounds_again,
    is_whole,
    outcome_of,
    outcome_unanimous,
    outstanding,
)
from evaluations.scoring.deviation import LOOKED_AT, Factor, leniencies
from evaluations.scoring.rules import lacks_comment, majority
from marketplace.kernel.errors import Conflict, DomainError
from marketplace.kernel.rulebook import number

A, B, C = uuid4(), uuid4(), uuid4()
SUBJECTIVE = Locked(Decimal(5), Decimal(20), False, False, [Decimal(15), Decimal(16)], True)


def test_R_COM_04_more_than_half_of_the_members_make_the_chair() -> None:
    assert elected([A, B, C], {A: B, B: B}) == B
    assert elected([A, B, C], {A: B, B: C}) is None
    stranger = uuid4()
    assert elected([A, B, C], {A: B, stranger: B}) is None  # who left does not count


def test_a_report_is_whole_when_something_stands_of_everybody() -> None:
    assert outstanding([A, B, C], [A, C]) == [B]
    assert is_whole([A, B], [B, A]) and not is_whole([A, B], [A]) and not is_whole([], [])


def test_R_REEV_01_grounds_follow_the_method() -> None:
    tender, consultation = newest_row("open_tender"), newest_row("consultation")
    assert grounds_again(tender).grounds == FOUR
    assert set(grounds_again(consultation).grounds) == {*FOUR, Ground.QUALIFICATION}
    assert set(grounds_again(newest_row("negotiation")).grounds) == {Ground.QUALIFICATION, Ground.PRICE}
    check_ground_again(consultation, Ground.QUALIFICATION)
    with pytest.raises(DomainError) as refused:
        check_ground_again(tender, Ground.QUALIFICATION)
    assert refused.value.clause == "R-REEV-01"


def test_R_COM_07_the_ground_must_be_a_fact_of_the_mark() -> None:
    check_correction(Ground.ARITHMETIC, SUBJECTIVE, Decimal("15.50"))
    check_correction(Ground.ABNORMAL, SUBJECTIVE, Decimal(15))
    for ground, new in (
        (Ground.OBJECTIVE, "15"), (Ground.OUT_OF_RANGE, "15"), (Ground.QUALIFICATION, "15"), (Ground.PRICE, "15"),
        (Ground.ARITHMETIC, "5"), (Ground.ARITHMETIC, "20.01"), (Ground.ARITHMETIC, "-1"), (Ground.ARITHMETIC, "1.005"),
    ):  # fmt: skip
        with pytest.raises(DomainError):
            check_correction(ground, SUBJECTIVE, Decimal(new))
    objective = Locked(Decimal(5), Decimal(20), True, False, [Decimal(20)], False)
    check_correction(Ground.OBJECTIVE, objective, Decimal(20))
    for ground, new in ((Ground.ABNORMAL, "20"), (Ground.OBJECTIVE, "12"), (Ground.ARITHMETIC, "12")):
        with pytest.raises(DomainError):
            check_correction(ground, objective, Decimal(new))


def test_R_COM_07_before_signing_freely_and_afterwards_only_in_a_re_evaluation_on_its_ground() -> None:
    check_may_correct(True, False, None, Ground.ABNORMAL)
    check_may_correct(True, True, Ground.ABNORMAL, Ground.ABNORMAL)
    for is_locked, whole, again in ((False, False, None), (True, True, None), (True, True, Ground.OBJECTIVE)):
        with pytest.raises(Conflict):
            check_may_correct(is_locked, whole, again, Ground.ABNORMAL)


def test_the_member_concerned_sets_objective_facts_right_and_the_majority_finds_the_rest() -> None:
    assert outcome_of(Ground.OBJECTIVE, 1, 0, 3, True) == "made"
    assert outcome_of(Ground.OBJECTIVE, 1, 0, 3, False) == ""
    assert {outcome_of(ground, 1, 0, 3, True) for ground in (Ground.ARITHMETIC, Ground.OUT_OF_RANGE)} == {""}
    assert [outcome_of(Ground.ABNORMAL, yes, no, 3, True) for yes, no in ((1, 0), (2, 0), (1, 2))] == [
        "", "made", "refused",
    ]  # fmt: skip
    assert [outcome_unanimous(yes, no, 3) for yes, no in ((2, 0), (3, 0), (2, 1))] == ["", "made", "refused"]
    assert [majority(votes, 3) for votes in ([True], [True, True], [False, True, False])] == [None, True, False]


def test_both_ends_of_a_range_need_words() -> None:
    ends = [lacks_comment(Decimal(mark), Decimal(20), "") for mark in ("0", "20", "20.00", "19.99")]
    assert ends == [True, True, True, False]
    assert not lacks_comment(Decimal(20), Decimal(20), "逐项响应。") and lacks_comment(Decimal(0), Decimal(20), " ")


def test_R_COM_10_each_member_lies_beside_the_mean_of_the_others() -> None:
    factors = [Factor("plan", "方案", Decimal(20), False), Factor("staff", "人员", Decimal(10), True)]
    marks = {
        "bid": {
            "plan": {"a": Decimal(18), "b": Decimal(17), "c": Decimal("11.5")},
            "staff": {"a": Decimal(10), "b": Decimal(10), "c": Decimal(0)},
        }
    }
    share = number(LOOKED_AT, date(2026, 11, 1))
    assert share == 30
    found = {each.member: each for each in leniencies(marks, factors, share)}
    assert found["c"].largest[0].others == Decimal("17.50") and found["c"].largest[0].difference == Decimal("-6.00")
    assert [d.criterion for d in found["c"].looked_at] == ["plan"]  # exactly 30 %: looked at; objective: never
    assert not found["a"].looked_at
    assert found["a"].mean_difference > 0 > found["c"].mean_difference
    assert leniencies({"bid": {"plan": {"a": Decimal(1)}}}, factors, share) == []


def test_a_result_is_changed_by_candidates_and_order_not_by_totals() -> None:
    before = [Place(1, "和风", 1, "99.28"), Place(1, "沱江", 2, "94"), Place(1, "云顶", None, "")]
    assert from_words(as_words(before)) == before
    assert not is_changed(before, [Place(1, "和风", 1, "98"), *before[1:]])
    assert is_changed(before, [Place(1, "和风", 2, "90"), Place(1, "沱江", 1, "94"), before[2]])


def test_codes_hide_names_and_say_nothing_by_their_order() -> None:
    bids = [
        {"id": f"00000000-0000-4000-8000-00000000000{n}", "lot_number": 1, "provider_name": name,
         "provider_name_en": name, "technical_text": f"{name}派三人入户。"}
        for n, name in enumerate(("和风", "沱江", "云顶"))
    ]  # fmt: skip
    found = coded(bids)
    assert {bid["provider_name"] for bid in found} == {"供应商1", "供应商2", "供应商3"}
    assert not any(name in str(bid) for bid in found for name in ("和风", "沱江", "云顶"))
    assert coded(list(reversed(bids))) == found
    assert may_hide_names("open_tender", date(2026, 11, 1)) and not may_hide_names("consultation", date(2026, 11, 1))
