"""R-PAY-01, R-PAY-02: who is paid by which day, across holidays, and interest to the fen. Without a database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from contracts.agreements.payees import Payee, payee_of
from contracts.agreements.paying_terms import days_words, interest_words
from contracts.promises.clocks import Accepted, interest_a_day, interest_owed, late_rate, start_clock

ACCEPTED, RECEIVED = date(2026, 3, 2), date(2026, 3, 12)


@pytest.mark.parametrize(
    ("legal_form", "declared", "payee"),
    [
        ("enterprise", True, Payee.SMALL),
        ("enterprise", False, Payee.LARGE),
        ("private_non_enterprise", False, Payee.OTHER),
        ("social_group", False, Payee.OTHER),
    ],
)
def test_the_file_says_what_a_payee_is(legal_form: str, declared: bool, payee: Payee) -> None:
    assert payee_of(legal_form, declared) is payee


@pytest.mark.parametrize(
    ("payee", "counts_from", "last_day", "clause"),
    [
        # 30 days after 2 March are 1 April; after 12 March they are 11 April
        (Payee.SMALL, ACCEPTED, date(2026, 4, 1), "R-PAY-02/usual"),
        (Payee.LARGE, RECEIVED, date(2026, 4, 11), "R-PAY-01"),
        # the county extends the courtesy to social organisations
        (Payee.OTHER, ACCEPTED, date(2026, 4, 1), "R-PAY-02/social_period"),
    ],
)
def test_R_PAY_02_a_small_enterprise_counts_from_acceptance_others_from_the_invoice(
    payee: Payee, counts_from: date, last_day: date, clause: str
) -> None:
    clock = start_clock(payee, RECEIVED, Accepted(ACCEPTED))
    assert (clock.counts_from, clock.last_day, clock.clause) == (counts_from, last_day, clause)


def test_R_PAY_02_dragged_acceptance_counts_from_the_end_of_the_time_to_accept() -> None:
    clock = start_clock(Payee.SMALL, RECEIVED, Accepted(ACCEPTED, decide_by=date(2026, 2, 25)))
    assert clock.counts_from == date(2026, 2, 25) and clock.last_day == date(2026, 3, 27)
    early = start_clock(Payee.SMALL, RECEIVED, Accepted(ACCEPTED, decide_by=date(2026, 3, 10)))
    assert early.counts_from == ACCEPTED


@pytest.mark.parametrize(
    ("received", "last_day"),
    [
        # 1 to 8 October 2025 are National Day and Mid-Autumn: what ends within rolls behind them, an eve does not
        (date(2025, 9, 3), date(2025, 10, 9)),
        (date(2025, 8, 31), date(2025, 9, 30)),
        # 30 days after 2 April are Saturday 2 May, within Labour Day (1 to 5 May 2026)
        (date(2026, 4, 2), date(2026, 5, 6)),
        # an ordinary Saturday moves nothing
        (date(2026, 3, 12), date(2026, 4, 11)),
    ],
)
def test_R_PAY_01_the_last_day_rolls_over_holidays_only(received: date, last_day: date) -> None:
    assert start_clock(Payee.OTHER, received, None).last_day == last_day


def test_an_advance_and_what_came_before_the_regulation_count_from_the_invoice() -> None:
    assert start_clock(Payee.SMALL, RECEIVED, None).clause == "R-PAY-01"
    before = start_clock(Payee.SMALL, date(2024, 3, 12), Accepted(date(2024, 3, 2)))
    assert before.clause == "R-PAY-01" and before.last_day == date(2024, 4, 11)


def test_nothing_is_late_before_its_invoice_came() -> None:
    clock = start_clock(Payee.SMALL, date(2026, 6, 1), Accepted(ACCEPTED))
    assert clock.deadline.date == date(2026, 4, 1) and clock.last_day == date(2026, 6, 1)


def test_R_PAY_02_interest_to_the_fen() -> None:
    rate = late_rate(Payee.SMALL, date(2026, 4, 1))
    assert rate == Decimal("0.05")
    # 41,483.40 × 0.05 % = 20.7417 a day; 7 days are 145.1919, not 7 × 20.74 = 145.18
    assert interest_a_day(Decimal("41483.40"), rate) == Decimal("20.74")
    assert interest_owed(Decimal("41483.40"), rate, 7) == Decimal("145.19")
    assert interest_owed(Decimal("100000.00"), rate, 1) == Decimal("50.00")
    assert interest_owed(Decimal("10.00"), rate, 1) == Decimal("0.01")  # half a fen is rounded up
    assert interest_owed(Decimal("100000.00"), rate, 0) == Decimal("0.00")


def test_R_PAY_02_interest_by_class_and_by_day() -> None:
    assert late_rate(Payee.OTHER, date(2026, 4, 1)) == Decimal("0.05")
    assert late_rate(Payee.LARGE, date(2026, 4, 1)) is None
    assert late_rate(Payee.SMALL, date(2025, 5, 31)) is None


@pytest.mark.parametrize(
    ("payee", "agreed", "last_day"),
    [
        (Payee.SMALL, 60, date(2026, 5, 6)),  # 60 days after 2 March are 1 May, within Labour Day
        (Payee.SMALL, 61, date(2026, 5, 6)),  # the law allows no more, whatever was written
        (Payee.SMALL, 10, date(2026, 3, 12)),
        (Payee.OTHER, 60, date(2026, 4, 1)),  # only of small and medium enterprises may more be agreed
        (Payee.OTHER, 10, date(2026, 3, 12)),
        (Payee.LARGE, 60, date(2026, 4, 11)),
        (Payee.LARGE, 10, date(2026, 3, 22)),
    ],
)
def test_R_PAY_02_an_agreed_time_holds_up_to_sixty_days(payee: Payee, agreed: int, last_day: date) -> None:
    assert start_clock(payee, RECEIVED, Accepted(ACCEPTED), agreed).last_day == last_day


def test_R_PAY_02_agreed_interest_is_by_the_year_and_for_everybody() -> None:
    for payee in Payee:
        rate = late_rate(payee, date(2026, 4, 1), Decimal("3.60"))
        assert rate == Decimal("0.01") and interest_owed(Decimal("100000.00"), rate, 7) == Decimal("70.00")


def test_an_invoice_in_place_of_a_returned_one_gives_the_county_no_more_time() -> None:
    again = date(2026, 6, 1)
    assert start_clock(Payee.SMALL, again, Accepted(ACCEPTED), None, RECEIVED).last_day == date(2026, 4, 1)
    late = start_clock(Payee.SMALL, again, Accepted(ACCEPTED), None, date(2026, 4, 20))
    assert late.last_day == date(2026, 4, 20)  # the first came late already


@pytest.mark.parametrize("agreed", [None, 10, 45])
@pytest.mark.parametrize("rate", [None, Decimal("3.60")])
def test_R_PAY_02_the_contract_says_what_the_clock_does(agreed: int | None, rate: Decimal | None) -> None:
    said, costs = days_words(ACCEPTED, agreed), interest_words(ACCEPTED, rate)
    for payee, name in ((Payee.SMALL, "中小企业"), (Payee.OTHER, "社会组织等非企业单位"), (Payee.LARGE, "其他企业")):
        [part] = [each for each in said.split("。")[0].split("；") if name in each]
        clock = start_clock(payee, RECEIVED, Accepted(ACCEPTED), agreed)
        assert ("自验收合格之日起" in part) == (clock.counts_from == ACCEPTED)
        assert f" {int(clock.agreed_days or clock.deadline.row.number)} 日内" in part
        owed = late_rate(payee, ACCEPTED, rate)
        assert rate is not None or (f"乙方是{name}的" in costs) == (owed is not None)
        assert owed is None or f" {rate or owed:f}".rstrip("0") in costs


def test_R_PAY_03_an_advance_is_paid_within_the_days_of_the_law_whatever_was_agreed_for_accepted_work() -> None:
    assert start_clock(Payee.SMALL, RECEIVED, None, 10).last_day == date(2026, 4, 11)


@pytest.mark.parametrize(
    ("received", "last_day", "provisional"),
    [
        # the end of a month, of February and of a year; what falls into a year nobody has announced is provisional
        (date(2026, 1, 31), date(2026, 3, 2), False),
        (date(2026, 6, 30), date(2026, 7, 30), False),
        (date(2026, 11, 30), date(2026, 12, 30), False),
        (date(2026, 12, 1), date(2026, 12, 31), False),
        (date(2026, 12, 2), date(2027, 1, 1), True),
        (date(2026, 12, 31), date(2027, 1, 30), True),
    ],
)
def test_R_PAY_01_a_clock_over_the_end_of_a_month_or_year(received: date, last_day: date, *, provisional: bool) -> None:
    clock = start_clock(Payee.LARGE, received, None)
    assert clock.deadline.provisional is provisional
    assert clock.last_day == last_day or (provisional and clock.last_day >= last_day)
