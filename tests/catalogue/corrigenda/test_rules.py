"""How far a deadline moves, and what may not be corrected."""

from __future__ import annotations

from datetime import date, timedelta
from typing import get_args

import pytest

from catalogue.corrigenda.forms import READERS
from catalogue.corrigenda.rules import Deadlines, affects_bids, check_only_later, new_closing
from catalogue.corrigenda.subjects import (
    CORRECTABLE,
    UNCORRECTABLE,
    check_may_correct,
    correctable_of,
    leaves,
    uncorrectable_of,
)  # fmt: skip
from catalogue.listings.draft_pages import SUBJECTS
from catalogue.listings.drafts import Part
from catalogue.listings.frameworks.rules import FrameworkDraft
from catalogue.listings.versions import Line, canonical_text, changes, sha256_of
from marketplace.kernel.clock import COUNTY_ZONE, at_county_time
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import DomainError, Forbidden

RULES_ON = date(2026, 3, 2)
CLOSES = at_county_time(date(2026, 3, 31), 14)


@pytest.mark.parametrize(
    ("method", "sent_on", "moves_to"),
    [
        ("open_tender", date(2026, 3, 16), None),  # 15 days before: in time
        ("open_tender", date(2026, 3, 17), date(2026, 4, 1)),  # one day later: one day more
        ("open_tender", date(2026, 3, 20), date(2026, 4, 7)),  # 4 April is a holiday, up to 6 April
        ("consultation", date(2026, 3, 26), None),
        ("consultation", date(2026, 3, 27), date(2026, 4, 1)),
        ("consultation", date(2026, 3, 30), date(2026, 4, 7)),
        ("under_limit", date(2026, 3, 30), None),  # no rule sets a distance
    ],
)
def test_r_time_05_and_r_time_09_extend_what_comes_too_late(method: str, sent_on: date, moves_to: date | None) -> None:
    found = new_closing(Deadlines(method, RULES_ON, CLOSES), affects=True, sent_on=sent_on)
    assert found.moved is (moves_to is not None)
    there = found.closes_at.astimezone(COUNTY_ZONE)
    assert there.date() == (moves_to or date(2026, 3, 31)) and there.hour == 14
    if found.rule_key:
        assert compute(found.rule_key, there.date(), on=RULES_ON).date >= sent_on


def test_what_does_not_affect_bids_moves_nothing_and_a_later_typed_time_stands() -> None:
    last_day = date(2026, 3, 31)
    assert not new_closing(Deadlines("open_tender", RULES_ON, CLOSES), affects=False, sent_on=last_day).moved
    later = CLOSES + timedelta(days=60)
    assert new_closing(Deadlines("open_tender", RULES_ON, CLOSES, later), True, last_day).closes_at == later


def test_every_day_of_the_year_the_extension_keeps_the_distance_and_is_the_first_that_does() -> None:
    for method in ("open_tender", "consultation"):
        for back in range(0, 25):
            sent = date(2026, 3, 31) - timedelta(days=back)
            found = new_closing(Deadlines(method, RULES_ON, CLOSES), True, sent)
            assert found.rule_key
            assert compute(found.rule_key, found.closes_at.astimezone(COUNTY_ZONE).date(), on=RULES_ON).date >= sent


@pytest.mark.parametrize("subject", ["lots", "qualification", "basics", "consortium"])
def test_r_corr_01_the_object_and_who_may_take_part_are_left_alone(subject: str) -> None:
    with pytest.raises(Forbidden) as refused:
        check_may_correct(subject, a_listing())
    assert refused.value.clause == "R-CORR-01"
    assert not set(UNCORRECTABLE) & set(CORRECTABLE)


def a_listing(method: str = "open_tender") -> dict[str, object]:
    return {"method": method, "rules_on": RULES_ON, "venue": "here"}


def test_every_field_of_a_draft_is_either_correctable_or_not() -> None:
    """A new section or a new field of a draft is decided here, or this fails."""
    parts = [kind for kind, _, _ in SUBJECTS.values()]
    assert set(parts) == set(get_args(Part))
    fields = [name for kind in [*parts, FrameworkDraft] for name in leaves(kind)]
    decided = [name for subject in (*CORRECTABLE.values(), *UNCORRECTABLE.values()) for name in subject.fields]
    assert sorted(decided) == sorted(fields)
    assert set(READERS) == set(CORRECTABLE)


def test_r_frm_03_what_providers_have_joined_on_is_not_corrected() -> None:
    assert "framework" in correctable_of(a_listing("closed_framework"))
    assert "framework" not in correctable_of(a_listing())
    joined = a_listing("open_framework")
    assert "framework" not in correctable_of(joined)
    assert uncorrectable_of(joined)["framework"].clause == "R-FRM-03"
    with pytest.raises(Forbidden):
        check_may_correct("framework", joined)


def test_r_time_04_the_beginning_of_the_issue_stands_under_the_rule_of_its_method() -> None:
    assert uncorrectable_of(a_listing())["issue"].clause == "R-TIME-04"
    assert uncorrectable_of(a_listing("consultation"))["issue"].clause == "R-TIME-07"
    assert "issue" not in uncorrectable_of(a_listing("under_limit"))


def test_changes_of_substance_affect_bids_whatever_the_drafter_says() -> None:
    assert affects_bids(False, ["milestones"]) and affects_bids(True, []) and not affects_bids(False, [])


def test_printed_dates_only_move_later() -> None:
    earlier = CLOSES - timedelta(minutes=1)
    with pytest.raises(DomainError):
        check_only_later(Deadlines("consultation", RULES_ON, CLOSES, earlier), (None, None))
    with pytest.raises(DomainError):
        check_only_later(Deadlines("consultation", RULES_ON, CLOSES, CLOSES), (CLOSES, earlier))
    check_only_later(Deadlines("consultation", RULES_ON, CLOSES, CLOSES), (earlier, CLOSES))


def test_the_difference_marks_words_inside_a_paragraph_and_leaves_the_rest() -> None:
    before = [Line("requirement", "", "采购需求", "text", "一、协办。\n二、入户率 100%。\n三、培训 2 次。")]
    after = [Line("requirement", "", "采购需求", "text", "一、协办。\n二、入户率 95%。\n三、培训 2 次。\n四、档案。")]
    (change,) = changes(before, after)
    assert change.old and change.new
    assert "".join(p.text for p in change.old) == before[0].value
    assert "".join(p.text for p in change.new) == after[0].value
    fresh = "".join(p.text for p in change.new if not p.same)
    assert "95" in fresh and "四、档案。" in fresh and "协办" not in fresh
    assert changes(before, before) == []


def test_what_came_and_what_went_is_told() -> None:
    was = [Line("criteria", "培训", "分值", "number", "5")]
    now = [Line("criteria", "档案", "分值", "number", "5")]
    gone, come = sorted(changes(was, now), key=lambda c: c.new is not None)
    assert gone.new is None and come.old is None


def test_the_hash_is_of_a_text_that_hides_no_line_break() -> None:
    one = canonical_text("JT-1", 1, [Line("requirement", "", "需求", "text", "甲\n乙")])
    two = canonical_text("JT-1", 1, [Line("requirement", "", "需求", "text", "甲\\n乙")])
    assert one != two and sha256_of(one) != sha256_of(two)
    assert one.count("\n") == 3
