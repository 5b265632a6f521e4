"""Money, days and counts read the same everywhere, in the reader's language."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from marketplace.kernel import formats
from marketplace.kernel.i18n import current_language

MONDAY_FIVE_IN_THE_AFTERNOON = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_money_shows_yuan_thousands_and_fen() -> None:
    assert formats.money(Decimal("505000")) == "¥505,000.00"
    assert formats.money(Decimal("0.005")) == "¥0.01"
    assert formats.money(0) == "¥0.00"


def test_negative_money_carries_a_real_minus_before_the_sign() -> None:
    assert formats.money(Decimal("-12.5")) == "−¥12.50"


def test_a_refund_that_rounds_to_nothing_has_no_minus() -> None:
    assert formats.money(Decimal("-0.001")) == "¥0.00"


def test_a_day_always_names_its_weekday() -> None:
    assert formats.day(date(2026, 3, 2)) == "2026年3月2日（周一）"
    assert formats.day(date(2026, 3, 1), "en") == "Sun 1 March 2026"


def test_a_moment_is_told_on_the_clock_of_the_county() -> None:
    assert formats.moment(MONDAY_FIVE_IN_THE_AFTERNOON) == "2026年3月2日（周一）17:00"
    assert formats.moment(MONDAY_FIVE_IN_THE_AFTERNOON, "en") == "Mon 2 March 2026, 17:00"


def test_late_evening_in_utc_is_already_the_next_day_in_the_county() -> None:
    assert formats.day(datetime(2026, 3, 1, 16, 0, tzinfo=UTC)) == "2026年3月2日（周一）"


@pytest.mark.parametrize(
    ("days", "chinese", "english"),
    [
        (date(2026, 3, 2), "今天", "today"),
        (date(2026, 3, 3), "明天", "tomorrow"),
        (date(2026, 3, 1), "昨天", "yesterday"),
        (date(2026, 3, 7), "还有 5 天", "in 5 days"),
        (date(2026, 2, 27), "已过 3 天", "3 days ago"),
    ],
)
def test_a_hint_says_how_far_off_a_day_is(days: date, chinese: str, english: str) -> None:
    assert formats.relative_days(days, MONDAY_FIVE_IN_THE_AFTERNOON) == chinese
    assert formats.relative_days(days, MONDAY_FIVE_IN_THE_AFTERNOON, "en") == english


def test_counts_mark_thousands_and_drop_empty_decimals() -> None:
    assert formats.number(12500) == "12,500"
    assert formats.number(Decimal("7.50")) == "7.5"
    assert formats.number(Decimal("-3")) == "−3"
    assert formats.number(100) == "100"
    assert formats.number(0.1) == "0.1"


def test_percent_keeps_only_the_places_that_say_something() -> None:
    assert formats.percent(Decimal("20.00")) == "20%"
    assert formats.percent(Decimal("12.5")) == "12.5%"


def test_file_sizes_are_told_in_the_unit_people_use() -> None:
    assert formats.size(812) == "812 B"
    assert formats.size(12 * 1024) == "12 KB"
    assert formats.size(3_565_158) == "3.4 MB"


def test_what_is_not_known_reads_as_a_dash() -> None:
    for write in (formats.money, formats.number, formats.percent, formats.day, formats.moment, formats.size):
        assert write(None) == "—"


def test_without_a_language_given_the_readers_is_used() -> None:
    token = current_language.set("en")
    try:
        assert formats.moment(MONDAY_FIVE_IN_THE_AFTERNOON) == "Mon 2 March 2026, 17:00"
    finally:
        current_language.reset(token)
