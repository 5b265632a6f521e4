from datetime import date
from decimal import Decimal

import pytest

from evaluations.performance.rules import (
    check_evaluator,
    check_may_freeze,
    check_weights,
    grade_of,
    indicator_points,
    snapshot_hash,
    snapshot_text,
    standard_table,
)
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.errors import Conflict, DomainError, Forbidden

ON = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("score", "grade"),
    [("100", "excellent"), ("90", "excellent"), ("89.99", "good"), ("80", "good"), ("79.99", "fair"), ("79.5", "fair"),
     ("60", "fair"), ("59.99", "poor"), ("0", "poor")],
)  # fmt: skip
def test_grades_are_half_open_bands_without_holes(score, grade):
    assert grade_of(Decimal(score), ON) == grade


def test_a_target_met_gives_full_points_and_less_gives_its_share():
    assert indicator_points(Decimal(20), Decimal(100), Decimal(130)) == Decimal("20.00")
    assert indicator_points(Decimal(20), Decimal(90), Decimal(45)) == Decimal("10.00")
    assert indicator_points(Decimal(10), Decimal(3), Decimal(2)) == Decimal("6.67")
    assert indicator_points(Decimal(10), Decimal(3), Decimal(0)) == Decimal("0.00")


def test_the_ready_table_totals_one_hundred_and_other_sums_are_refused():
    weights = [line.weight for line in standard_table()]
    check_weights(weights)
    with pytest.raises(DomainError, match="101"):
        check_weights([*weights, Decimal(1)])


@pytest.mark.parametrize("evaluator", ["provider", "buyer"])
def test_who_delivers_or_buys_may_not_evaluate(evaluator):
    with pytest.raises(Forbidden) as refused:
        check_evaluator(evaluator, "provider", "buyer")
    assert refused.value.clause == "R-ROLE-08"


def test_a_draft_freezes_only_after_the_time_to_answer_and_not_by_its_scorer():
    until = date(2026, 3, 16)
    with pytest.raises(Conflict):
        check_may_freeze("drafted", until, "scorer", "officer", at_county_time(until, 23, 59))
    check_may_freeze("drafted", until, "scorer", "officer", at_county_time(date(2026, 3, 17)))
    check_may_freeze("replied", until, "scorer", "officer", at_county_time(date(2026, 3, 3)))
    with pytest.raises(Forbidden):
        check_may_freeze("replied", until, "scorer", "scorer", at_county_time(date(2026, 3, 3)))


def test_a_snapshot_has_one_spelling():
    one, other = {"a": Decimal("1.50"), "b": "优"}, {"b": "优", "a": Decimal("1.50")}
    assert snapshot_text(one) == snapshot_text(other)
    assert snapshot_hash(snapshot_text(one)) != snapshot_hash(snapshot_text({"a": Decimal("1.51"), "b": "优"}))
