"""What a decision must be, what counts after a removal, and which provider a name on a list means."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.errors import Forbidden
from vendors.credit.lists import RegisterLookup
from vendors.credit.rules import (
    CaseFacts,
    Known,
    barred_members,
    case_mistakes,
    check_second_person,
    counted,
    in_force,
    match_row,
    plain_name,
)
from vendors.providers.rules import CreditFact

TODAY = date(2026, 3, 2)
DECIDED = date(2026, 1, 10)
BAN = CreditFact("debarment", "金财采〔2026〕3号", date(2026, 1, 10), date(2027, 1, 9))


def mistakes(kind: str = "debarment", fine: str | None = None, ends_on: date = date(2027, 1, 9), **changed: date):
    dates = {"decided_on": DECIDED, "starts_on": DECIDED, **changed}
    facts = CaseFacts(kind, dates["decided_on"], dates["starts_on"], ends_on, Decimal(fine) if fine else None)
    return {name: str(said) for name, said in case_mistakes(facts, TODAY).items()}


def test_a_ban_with_forward_dates_has_no_mistakes() -> None:
    assert mistakes() == {}


def test_every_wrong_date_is_said_at_once() -> None:
    found = mistakes(ends_on=date(2026, 1, 1), decided_on=date(2026, 3, 3), starts_on=date(2026, 2, 1))
    assert set(found) == {"decided_on", "starts_on", "ends_on"}


@pytest.mark.parametrize(("fine", "is_wrong"), [("1999999.99", True), ("2000000.00", False)])
def test_r_fine_01_a_fine_is_a_major_violation_from_two_million(fine: str, is_wrong: bool) -> None:
    found = mistakes("major_violation", fine)
    assert ("fine" in found) is is_wrong
    if is_wrong:
        assert "2,000,000" in found["fine"] and "R-FINE-01" in found["fine"]


@pytest.mark.parametrize(("fine", "is_wrong"), [("29999.99", True), ("30000.00", False)])
def test_r_cred_02_a_fine_enters_the_list_from_thirty_thousand(fine: str, is_wrong: bool) -> None:
    assert ("fine" in mistakes("serious_violation", fine)) is is_wrong


def test_r_cred_02_a_list_entry_ends_three_years_after_the_decision() -> None:
    assert mistakes("serious_violation", ends_on=date(2029, 1, 10)) == {}
    assert "R-CRED-02" in mistakes("serious_violation", ends_on=date(2029, 1, 11))["ends_on"]
    assert "R-ROLE-09" in mistakes("major_violation", ends_on=date(2029, 1, 11))["ends_on"]


def test_whoever_opened_a_case_does_not_decide_it() -> None:
    first, second = uuid4(), uuid4()
    check_second_person(first, second)
    with pytest.raises(Forbidden) as refused:
        check_second_person(first, first)
    assert refused.value.clause == "R-ROLE-03"


def test_a_repaired_entry_counts_until_the_day_before_and_a_revoked_one_never() -> None:
    repaired = counted(BAN, "repaired", date(2026, 6, 1))
    assert repaired is not None and repaired.ends_on == date(2026, 5, 31)
    assert counted(BAN, "repaired", BAN.starts_on) is None
    assert counted(BAN, "revoked", date(2026, 6, 1)) is None and counted(BAN, "mistaken", date(2026, 6, 1)) is None
    assert counted(BAN, None, None) == BAN


@given(st.integers(-400, 800), st.sampled_from(["repaired", "revoked", "mistaken"]), st.integers(0, 364))
def test_a_removal_never_makes_an_entry_count_longer(day: int, ground: str, removed: int) -> None:
    on = BAN.starts_on + timedelta(days=day)
    left = counted(BAN, ground, BAN.starts_on + timedelta(days=removed))
    assert not (left and in_force([left], on)) or in_force([BAN], on)


def test_r_cred_01_one_bad_member_bars_the_whole_offer() -> None:
    members = {"暖阳": [], "同心": [BAN], "惠民": []}
    assert barred_members(members, TODAY) == [("同心", BAN)]
    assert barred_members(members, BAN.ends_on) and not barred_members(members, BAN.ends_on + timedelta(days=1))


CODE, OTHER_CODE = "52510121MJ00000001", "91510121MA00000002"
NUANYANG = Known(UUID(int=1), CODE, "金堂县暖阳社会工作服务中心（民办）")


def test_a_row_is_matched_by_code_first_and_by_name_only_for_a_person_to_decide() -> None:
    assert match_row("别的名称", CODE, [NUANYANG]).matched_by == "code"
    by_name = match_row("金堂县暖阳社会工作服务中心(民办)", OTHER_CODE, [NUANYANG])
    assert (by_name.matched_by, by_name.is_same) == ("name", "open")
    assert match_row("金堂县暖阳", "", [NUANYANG]).provider is None
    namesake = Known(UUID(int=2), OTHER_CODE, NUANYANG.name)
    both = match_row(NUANYANG.name, "", [NUANYANG, namesake, NUANYANG])
    assert (both.provider, both.is_same, both.candidates) == (None, "open", (UUID(int=1), UUID(int=2)))


@pytest.mark.parametrize("typed", ["Ａ社 （金堂）", " a社(金堂) ", "A 社〔金堂〕", "a社【金堂】"])
def test_width_brackets_spaces_and_case_make_no_other_name(typed: str) -> None:
    assert plain_name(typed) == "a社(金堂)"


names = st.text("甲乙（）( )Ａa", max_size=4)
codes = st.sampled_from(["", CODE, OTHER_CODE, "52510121MJ00000003"])


@given(st.lists(st.tuples(codes.filter(bool), names), max_size=4, unique_by=lambda k: k[0]), names, codes)
def test_the_register_laid_out_once_says_what_each_row_alone_would(register, name, code) -> None:
    known = [Known(UUID(int=i), own, own_name) for i, (own, own_name) in enumerate(register)]
    assert RegisterLookup(known).match(name, code) == match_row(name, code, known)
