"""The timetable by the rulebook."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from catalogue.listings.drafts import Timetable
from catalogue.listings.timetable import award_dates, check_timetable, earliest_closing, plan
from marketplace.kernel.clock import at_county_time

NOON = at_county_time(date(2026, 3, 2), 12)


def at(month: int, day: int, hour: int = 14) -> datetime:
    return at_county_time(date(2026, month, day), hour)


def said(timetable: Timetable, method: str = "consultation") -> list[tuple[str, str | None]]:
    return [(m.field, m.clause) for m in check_timetable(timetable, method, NOON)]


def test_a_consultation_closes_ten_days_after_publication_at_the_earliest() -> None:
    assert said(Timetable(at(3, 12))) == []
    assert said(Timetable(at(3, 11, 23))) == [("closes_at", "R-TIME-07")]


def test_a_tender_closes_twenty_days_after_publication_rolled_to_a_workday() -> None:
    # 20 days after 2 March is Sunday 22 March: a minimum rolls to Monday
    earliest = earliest_closing("open_tender", date(2026, 3, 2))
    assert earliest is not None and earliest.date == date(2026, 3, 23)
    assert said(Timetable(at(3, 22)), "open_tender") == [("closes_at", "R-TIME-04")]
    assert said(Timetable(at(3, 23)), "open_tender") == []


def test_under_the_limit_only_the_past_is_refused() -> None:
    assert said(Timetable(at(3, 3)), "under_limit") == []
    assert said(Timetable(NOON), "under_limit") == [("closes_at", None)]
    dates = plan(Timetable(at(3, 3)), "under_limit", date(2026, 3, 2)).dates
    assert [(d.event, d.rule_key) for d in dates] == [("closes", "R-METH-12"), ("opening", "R-METH-12")]


@pytest.mark.parametrize(
    ("documents", "questions", "expected"),
    [
        (at(3, 9), at(3, 11), []),
        (at(3, 6), None, [("documents_until", "R-TIME-08")]),
        (None, at(3, 12), [("questions_until", "R-TIME-09")]),
        (at(3, 1), at(3, 1), [("documents_until", None), ("questions_until", None)]),
        (at(3, 17), None, [("documents_until", None)]),
    ],
)
def test_the_moments_before_closing_follow_their_rules(
    documents: datetime | None, questions: datetime | None, expected: list[tuple[str, str | None]]
) -> None:
    assert said(Timetable(at(3, 16), documents, questions)) == expected


def test_every_date_of_n1_names_its_rule() -> None:
    planned = plan(Timetable(at(3, 16)), "consultation", date(2026, 3, 2))
    assert [(d.event, d.day.isoformat(), d.rule_key) for d in planned.dates] == [
        ("notice_until", "2026-03-05", "R-TIME-11"),
        ("documents_until", "2026-03-09", "R-TIME-08"),
        ("questions_until", "2026-03-11", "R-TIME-09"),
        ("closes", "2026-03-16", "R-TIME-07"),
        ("opening", "2026-03-16", "R-TIME-12"),
        ("report_by", "2026-03-18", "R-TIME-13"),
        ("determine_by", "2026-03-25", "R-TIME-14"),
        ("award_notice_by", "2026-03-27", "R-TIME-15"),
        ("award_notice_until", "2026-03-30", "R-TIME-16"),
        ("sign_by", "2026-04-26", "R-TIME-17"),
    ]
    assert planned.documents_until == at(3, 9, 17) and planned.questions_until == at(3, 11, 17)


def test_dates_past_the_announced_years_are_provisional_and_so_is_all_that_follows() -> None:
    dates = award_dates(date(2026, 12, 28), date(2026, 12, 1))
    by_event = {d.event: d.is_provisional for d in dates}
    assert by_event["report_by"] is False
    assert by_event["determine_by"] and by_event["award_notice_by"] and by_event["sign_by"]


def issued_late(closes_at: datetime, until: datetime | None = None) -> Timetable:
    """N9: notice on Friday 3 December 2021, documents from the Monday after."""
    return Timetable(closes_at, until, documents_from=at_county_time(date(2021, 12, 6), 9))


@pytest.mark.parametrize(("day", "clauses"), [(16, []), (15, ["R-TIME-07"])])
def test_ten_days_count_from_the_documents_and_not_from_the_notice(day: int, clauses: list[str]) -> None:
    notice = at_county_time(date(2021, 12, 3), 13, 44)
    timetable = issued_late(at_county_time(date(2021, 12, day), 13, 30))
    assert [m.clause for m in check_timetable(timetable, "consultation", notice)] == clauses


@pytest.mark.parametrize(("day", "clauses"), [(10, []), (9, ["R-TIME-08"])])
def test_the_document_period_counts_from_the_notice(day: int, clauses: list[str]) -> None:
    notice = at_county_time(date(2021, 12, 3), 13, 44)
    until = at_county_time(date(2021, 12, day), 17)
    timetable = issued_late(at_county_time(date(2021, 12, 16), 13, 30), until)
    assert [m.clause for m in check_timetable(timetable, "consultation", notice)] == clauses


def test_the_day_of_issue_stands_in_the_timetable_when_it_is_not_that_of_the_notice() -> None:
    planned = plan(issued_late(at_county_time(date(2021, 12, 16), 13, 30)), "consultation", date(2021, 12, 3))
    issued = next(each for each in planned.dates if each.event == "documents_from")
    assert (issued.day, issued.rule_key) == (date(2021, 12, 6), "R-TIME-07")
    plain = plan(Timetable(at_county_time(date(2021, 12, 16), 13, 30)), "consultation", date(2021, 12, 3))
    assert "documents_from" not in {each.event for each in plain.dates}
