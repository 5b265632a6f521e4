"""Which clock binds a case, who decides, who sees it: without a database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from contracts.cases.messages import asks_to_answer
from contracts.cases.rules import (
    CAPACITY_LABELS,
    HELP_LABELS,
    RECIPIENT_LABELS,
    HelpKind,
    Place,
    check_decider,
    check_may_pause,
    clock_of,
    due_after_pauses,
    is_overdue,
    may_see_case,
    place_mistake,
    town_decides,
    working_days_between,
)
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Role
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import DomainError, Forbidden

MONDAY = at_county_time(date(2026, 3, 2), 9)
TOWN, OTHER = uuid4(), uuid4()


def somebody(*roles: Role, office: object = TOWN) -> Actor:
    return Actor(uuid4(), "某人", office, "某单位", frozenset(roles))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "urgent", "key", "due"),
    [
        (HelpKind.SUBSISTENCE, False, "R-SEED-01", date(2026, 4, 1)),
        (HelpKind.EXTREME_POVERTY, False, "R-SEED-01", date(2026, 4, 1)),
        (HelpKind.MEDICAL, False, "R-SEED-02", date(2026, 4, 7)),
        (HelpKind.HOUSING, False, "R-SEED-03", None),
        (HelpKind.TEMPORARY, True, "R-SEED-05", date(2026, 3, 3)),
        (HelpKind.TEMPORARY, False, "", None),
        (HelpKind.SERVICE, False, "", None),
    ],
)
def test_R_CLOCK_01_each_kind_has_its_own_clock(kind: HelpKind, urgent: bool, key: str, due: date | None) -> None:
    clock = clock_of(kind, urgent, MONDAY)
    assert clock.key == key
    assert (clock.deadline.date if clock.deadline else None) == due


def test_R_SEED_03_the_rent_clock_waits_for_its_publicity() -> None:
    clock = clock_of(HelpKind.HOUSING, False, MONDAY)
    assert (clock.begins, clock.deadline) == (None, None)
    assert compute("R-SEED-03", date(2026, 3, 2)).row.number == 30


def test_R_SEED_05_twenty_four_hours_run_through_the_night_and_are_over_at_their_moment() -> None:
    friday = at_county_time(date(2026, 3, 6), 17)
    clock = clock_of(HelpKind.TEMPORARY, True, friday)
    assert clock.deadline and clock.deadline.moment == at_county_time(date(2026, 3, 7), 17)
    case = {"status": "open", "due_on": clock.deadline.date, "due_at": clock.deadline.moment}
    assert not is_overdue(case, at_county_time(date(2026, 3, 7), 17))
    assert is_overdue(case, at_county_time(date(2026, 3, 7), 17, 1))


def test_a_case_in_days_is_overdue_on_the_day_after() -> None:
    case = {"status": "open", "due_on": date(2026, 4, 1), "due_at": None}
    assert not is_overdue(case, at_county_time(date(2026, 4, 1), 23, 59))
    assert is_overdue(case, at_county_time(date(2026, 4, 2)))
    assert not is_overdue({**case, "status": "granted"}, at_county_time(date(2026, 5, 2)))


def test_R_CLOCK_01_no_clock_stands_still_without_a_row_that_allows_it() -> None:
    with pytest.raises(DomainError) as refused:
        check_may_pause("R-SEED-01", 0, date(2026, 3, 2))
    assert refused.value.clause == "R-CLOCK-01/pause"
    with pytest.raises(DomainError) as urgent:
        check_may_pause("R-SEED-05", 0, date(2026, 3, 2))
    assert urgent.value.clause == "R-SEED-05"


def test_a_clock_that_stood_still_ends_so_many_working_days_later() -> None:
    assert working_days_between(date(2026, 3, 6), date(2026, 3, 10)) == 2  # Friday and Monday
    due = compute("R-SEED-01", date(2026, 3, 2))
    assert due_after_pauses(due, 0) == date(2026, 4, 1)
    assert due_after_pauses(due, 2) == date(2026, 4, 3)


@pytest.mark.parametrize(
    ("kind", "place", "is_right"),
    [
        (HelpKind.SUBSISTENCE, Place.REGISTERED, True), (HelpKind.SUBSISTENCE, Place.PERMIT, True),
        (HelpKind.SUBSISTENCE, Place.EMERGENCY, False), (HelpKind.TEMPORARY, Place.EMERGENCY, True),
        (HelpKind.TEMPORARY, Place.REGISTERED, False), (HelpKind.EDUCATION, Place.SCHOOL, True),
        (HelpKind.EDUCATION, Place.REGISTERED, False),
    ],
)  # fmt: skip
def test_R_LAW_01_help_is_asked_for_at_its_own_place(kind: HelpKind, place: Place, is_right: bool) -> None:
    assert (place_mistake(kind, place) is None) is is_right


@pytest.mark.parametrize(
    ("amount", "town"), [("5000.00", True), ("4999.99", True), ("5000.01", False), ("20000.00", False)]
)
def test_R_RELIEF_01_exactly_5000_belongs_to_the_town(amount: str, town: bool) -> None:
    on = date(2026, 3, 2)
    assert town_decides(Decimal(amount), on) is town
    case = {"help_kind": "temporary", "asked_amount": Decimal(amount)}
    check_decider(case, None, is_town=town, on=on)
    with pytest.raises(Forbidden) as refused:
        check_decider(case, None, is_town=not town, on=on)
    assert refused.value.clause == "R-RELIEF-01"


def test_a_town_sees_its_own_cases_and_the_county_all() -> None:
    case = {"town": TOWN, "capacity": "full"}
    assert may_see_case(somebody(Role.CLERK), case)
    assert not may_see_case(somebody(Role.CLERK, office=OTHER), case)
    assert not may_see_case(somebody(Role.BUYER), case)
    assert may_see_case(somebody(Role.CIVIL_AFFAIRS, office=OTHER), case)
    assert may_see_case(somebody(Role.AUDITOR, office=OTHER), case)


def test_R_CIV_06_a_message_to_a_resident_tells_nobody_of_help() -> None:
    message = asks_to_answer("jintang.example.gov.cn/satisfaction", "0123456789")
    assert "jintang.example.gov.cn/satisfaction" in message and "0123456789" in message
    assert len(message) <= 70  # one short message: what comes in two parts is read apart
    told = {*HELP_LABELS.values(), *RECIPIENT_LABELS.values(), *CAPACITY_LABELS.values()}
    told |= {"救助", "低保", "特困", "困难", "补贴", "残疾", "社工", "入户", "照护", "民政", "街道", "服务", "JT-R-"}
    assert [word for word in told if word in message] == []


def test_R_CHILD_01_a_childs_case_is_seen_by_named_roles_alone() -> None:
    case = {"town": TOWN, "capacity": "minor"}
    assert may_see_case(somebody(Role.CHILD_OFFICER), case)
    assert may_see_case(somebody(Role.CIVIL_AFFAIRS, Role.CHILD_OFFICER, office=OTHER), case)
    for roles in ([Role.CLERK], [Role.CIVIL_AFFAIRS], [Role.AUDITOR], [Role.FINANCE]):
        assert not may_see_case(somebody(*roles), case)
    assert not may_see_case(somebody(Role.CHILD_OFFICER, office=OTHER), case)
