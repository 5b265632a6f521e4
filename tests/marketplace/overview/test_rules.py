"""Small numbers of the coverage table, and what the squares mean."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.overview.rules import Cell, Cover, added, hidden_towns, shown_residents, without_small

A, B, C = (UUID(int=n) for n in (1, 2, 3))


def test_R_CIV_06_a_town_with_few_residents_is_hidden_and_so_is_the_one_that_would_give_it_away():
    assert hidden_towns({A: 3, B: 9, C: 20}, 5) == {A, B}
    assert hidden_towns({A: 3, B: 4, C: 20}, 5) == {A, B}  # two hidden ones keep each other's secret
    assert hidden_towns({A: 5, B: 0}, 5) == set()
    assert hidden_towns({A: 3}, 5) == {A}


@given(st.lists(st.integers(0, 12), min_size=1, max_size=6), st.integers(2, 6))
@settings(max_examples=60)
def test_no_sum_gives_a_hidden_number_away(counts, least):
    towns = {UUID(int=place + 1): count for place, count in enumerate(counts)}
    hidden = hidden_towns(towns, least)
    assert {town for town, count in towns.items() if 0 < count < least} <= hidden
    others = [town for town, count in towns.items() if count and town not in hidden]
    assert len(hidden) != 1 or not others


def test_hours_are_judged_by_the_residents_behind_them_and_needs_by_theirs():
    cells = [
        Cell(A, "S01", needed=2, contracts=1, minutes=600, served=8),
        Cell(B, "S01", needed=7, contracts=1, minutes=500, served=2),
        Cell(C, "S01", needed=9, minutes=90, served=6),
    ]
    first, second, third = without_small(cells, 5)
    assert (first.needed, first.minutes) == (None, 600)
    assert (second.needed, second.minutes, second.served) == (None, None, None)
    assert (third.needed, third.minutes) == (9, None)


def test_a_hidden_number_still_counts_as_one_above_nought():
    assert Cell(A, "S01", minutes=None, served=None).cover is Cover.DELIVERED
    assert Cell(A, "S01", needed=None).is_gap
    assert Cell(A, "S01", needed=3, contracts=1).cover is Cover.BOUGHT
    assert Cell(A, "A03", contracts=1, accepted=2).cover is Cover.DELIVERED
    assert Cell(A, "S01").cover is Cover.NONE


def test_a_sum_of_hidden_numbers_alone_is_none_and_never_nought():
    def needs(*counts: int | None) -> int | None:
        return added([Cell(A, "S01", needed=count) for count in counts], lambda cell: cell.needed)

    assert (needs(None, 0), needs(None, 7), needs(0, 0), needs()) == (None, 7, 0, 0)


def test_nobody_is_no_secret():
    assert [shown_residents(count, 5) for count in (0, 4, 5)] == [0, None, 5]
