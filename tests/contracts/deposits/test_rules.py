"""Deposits by rule: in time, enough, back by when, and what a late return costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.deposits.forms import GUARANTEE
from contracts.deposits.returns import owed_interest
from contracts.deposits.rules import (
    Facts,
    Ground,
    Kind,
    bond_of,
    check_guarantee,
    check_may_look,
    check_open,
    counts,
    due_back,
    ground_of_return,
    late_interest,
)
from contracts.deposits.services import new_reference
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import parse

CLOSES = at_county_time(date(2026, 3, 23), 9)
EARLY, AFTER = CLOSES - timedelta(days=2), CLOSES + timedelta(days=20)
HELD = Facts(Kind.BID, EARLY, CLOSES)


def test_money_that_comes_exactly_at_the_deadline_is_late() -> None:
    assert counts(CLOSES - timedelta(seconds=1), CLOSES)
    assert not counts(CLOSES, CLOSES) and not counts(None, CLOSES)
    check_open(CLOSES, CLOSES - timedelta(seconds=1))
    with pytest.raises(DomainError):
        check_open(CLOSES, CLOSES)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (HELD, None),
        (replace(HELD, awarded_at=AFTER), (Ground.LOSER, AFTER.date())),
        (replace(HELD, awarded_at=AFTER, contracts=1), None),
        (replace(HELD, awarded_at=AFTER, contracts=1, all_signed_at=AFTER), (Ground.WINNER, AFTER.date())),
        (replace(HELD, has_bid=False), (Ground.NO_BID, CLOSES.date())),
        (replace(HELD, has_bid=False, withdrawn_at=EARLY), (Ground.WITHDRAWN, EARLY.date())),
        (replace(HELD, arrived_at=CLOSES), (Ground.LATE, CLOSES.date())),
        (replace(HELD, ended_at=AFTER), (Ground.CANCELLED, AFTER.date())),
        (Facts(Kind.PERFORMANCE, EARLY, CLOSES), None),
        (Facts(Kind.PERFORMANCE, EARLY, CLOSES, fulfilled_at=AFTER), (Ground.FULFILLED, AFTER.date())),
    ],
)
def test_a_deposit_goes_back_for_one_reason_since_one_day(
    facts: Facts, expected: tuple[Ground, date] | None
) -> None:
    assert ground_of_return(facts, AFTER) == expected


def test_before_the_deadline_only_a_cancellation_or_a_withdrawal_sends_money_back() -> None:
    assert ground_of_return(replace(HELD, has_bid=False), EARLY) is None
    assert ground_of_return(replace(HELD, ended_at=EARLY), EARLY) == (Ground.CANCELLED, EARLY.date())
    withdrawn = replace(HELD, has_bid=False, withdrawn_at=EARLY)
    assert ground_of_return(withdrawn, EARLY) == (Ground.WITHDRAWN, EARLY.date())


def test_five_working_days_count_from_the_letter_and_from_the_signing() -> None:
    friday = date(2026, 4, 17)
    assert due_back(Ground.LOSER, friday) == due_back(Ground.WINNER, friday) == date(2026, 4, 24)
    assert due_back(Ground.CANCELLED, friday) == date(2026, 4, 24)
    assert due_back(Ground.FULFILLED, friday) == friday


def test_a_late_return_costs_the_benchmark_rate_and_a_fifth() -> None:
    due = date(2026, 4, 24)
    assert late_interest(Decimal("10000.00"), due, due) == 0
    # 10,000 at 4.35 % × 1.2 for 36 of 360 days
    assert late_interest(Decimal("10000.00"), due, due + timedelta(days=36)) == Decimal("52.20")


def test_R_TIME_20_a_late_bond_bears_what_the_county_set_for_it() -> None:
    done = date(2026, 4, 24)
    assert owed_interest({"way": "transfer", "kind": "performance", "held": Decimal("10000.00"), "return_due": done},
                         at_county_time(done + timedelta(days=36), 9)) == Decimal("52.20")  # fmt: skip


@given(st.integers(1, 10**9), st.integers(-400, 4000))
def test_interest_never_shrinks_with_time_and_never_runs_before_the_due_day(fen: int, days: int) -> None:
    amount, due = Decimal(fen) / 100, date(2026, 4, 24)
    one, next_day = (late_interest(amount, due, due + timedelta(days=d)) for d in (days, days + 1))
    assert 0 <= one <= next_day
    assert days > 0 or one == 0


def test_a_guarantee_covers_enough_for_long_enough() -> None:
    typed = {"issuer": "农商银行", "guarantee_number": "BH-1", "amount": "9999.99", "valid_until": "2026-06-20"}
    form = parse(GUARANTEE, typed)
    check_guarantee(form, Decimal("10000.00"), date(2026, 6, 21))
    assert set(form.errors) == {"amount", "valid_until"}
    form = parse(GUARANTEE, typed | {"amount": "10000", "valid_until": "2026-06-21"})
    check_guarantee(form, Decimal("10000.00"), date(2026, 6, 21))
    assert not form.errors


def test_a_bond_is_its_share_of_the_price_to_the_fen() -> None:
    assert bond_of(Decimal("480000.01"), Decimal("5.00")) == Decimal("24000.00")


def test_before_the_deadline_a_bid_deposit_exists_for_its_bidder_alone() -> None:
    row = {"kind": "bid", "closes_at": CLOSES, "listing_ended_at": None}
    check_may_look(row, True, EARLY)
    check_may_look(row, False, CLOSES)
    check_may_look(row | {"kind": "performance"}, False, EARLY)
    check_may_look(row | {"listing_ended_at": EARLY}, False, EARLY)
    with pytest.raises(NotFound):
        check_may_look(row, False, CLOSES - timedelta(seconds=1))


def test_references_tell_nothing_of_how_many_there_are() -> None:
    found = {new_reference() for _ in range(200)}
    assert len(found) == 200 and all(len(each) == 12 for each in found)
