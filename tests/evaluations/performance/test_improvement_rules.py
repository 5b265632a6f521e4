from datetime import date

import pytest

from evaluations.performance.improvement_rules import (
    check_may_find,
    check_steps,
    for_everybody,
    needs_improvement,
    outcome_of,
)
from evaluations.performance.rules import Hands, check_reviewer
from marketplace.kernel.errors import Conflict, DomainError, Forbidden

TODAY, END = date(2026, 6, 1), date(2026, 12, 31)
HANDS = Hands("planner", frozenset({"scorer"}), frozenset({"evaluator"}))


def test_fair_and_poor_are_followed_by_an_improvement_plan():
    assert [needs_improvement(grade) for grade in ("excellent", "good", "fair", "poor")] == [False, False, True, True]


@pytest.mark.parametrize("due", [[], [date(2026, 5, 31)], [TODAY, date(2027, 1, 1)]])
def test_steps_have_days_from_today_within_the_service(due):
    check_steps([TODAY, END], TODAY, END)
    check_steps([date(2027, 2, 1)], date(2027, 1, 5), END)
    with pytest.raises(DomainError):
        check_steps(due, TODAY, END)


def test_a_plan_ends_once_every_step_was_found_and_well_only_when_all_were_kept():
    assert outcome_of(["kept", ""]) is None
    assert outcome_of(["kept", "kept"]) == "kept"
    assert outcome_of(["kept", "not_kept"]) == "not_kept"


def test_a_step_is_found_once_after_its_report_or_its_day():
    check_may_find("", True, END, TODAY)
    check_may_find("", False, date(2026, 5, 31), TODAY)
    for finding, is_reported, due in (("kept", True, END), ("", False, TODAY)):
        with pytest.raises(Conflict):
            check_may_find(finding, is_reported, due, TODAY)


@pytest.mark.parametrize(
    ("person", "office", "clause"),
    [("planner", "bureau", "R-ROLE-03"), ("scorer", "bureau", "R-ROLE-03"), ("new", "evaluator", "R-INTL-01")],
)
def test_a_disputed_draft_is_reviewed_above_by_somebody_new(person, office, clause):
    check_reviewer("new", "bureau", HANDS)
    with pytest.raises(Forbidden) as refused:
        check_reviewer(person, office, HANDS)
    assert refused.value.clause == clause


def test_strangers_read_a_plan_once_it_was_agreed_to_and_a_report_once_it_was_looked_at():
    steps = [
        {"what": "补访", "report": "已补", "reported_at": TODAY, "finding": "kept"},
        {"what": "培训", "report": "已办", "reported_at": TODAY, "finding": ""},
        {"what": "建档", "report": "张三已建", "reported_at": None, "finding": "not_kept", "return_reason": "写了张三"},
    ]
    plan = {"status": "submitted", "causes": "人手不足", "return_reason": "太短", "steps": steps}
    for status in ("due", "submitted"):
        seen = for_everybody({**plan, "status": status})
        assert (seen["causes"], seen["steps"], seen["return_reason"]) == ("", [], "")
    for status in ("agreed", "kept", "not_kept"):
        seen = for_everybody({**plan, "status": status})
        assert seen["causes"] == "人手不足" and [step["report"] for step in seen["steps"]] == ["已补", "", ""]
