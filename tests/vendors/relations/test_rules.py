"""Who is related to whom, by which path, and what of it the law bars."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.listings.methods import newest_row
from vendors.relations.rules import (
    Behind,
    Declared,
    Link,
    bars_both,
    helper_exclusions,
    links_of,
    relations,
    shortest_path,
)


def behind(number: int, representative: str = "") -> Behind:
    return Behind(UUID(int=number), f"GYS-{number}", f"机构{number}", f"CODE{number}", representative)


def related(providers, declared=(), first: int = 1, second: int = 2):
    return relations(providers, declared, [(UUID(int=first), UUID(int=second))])


def test_the_same_legal_representative_bars_and_waits_for_verification() -> None:
    (found,) = related([behind(1, "何芳"), behind(2, "何芳")])
    assert found.bars and not found.is_certain
    assert [str(step.sentence) for step in found.steps] == ["机构1 单位负责人是 何芳", "机构2 单位负责人是 何芳"]


def test_namesakes_with_different_marks_are_strangers_and_with_the_same_mark_are_certain() -> None:
    one = Declared(UUID(int=1), "responsible", "何芳", identity_mark="123X")
    other = Declared(UUID(int=2), "responsible", "何芳", identity_mark="9876")
    same = Declared(UUID(int=2), "responsible", "何芳", identity_mark="123X")
    assert related([behind(1), behind(2)], [one, other]) == []
    (found,) = related([behind(1), behind(2)], [one, same])
    assert found.bars and found.is_certain


def test_a_marked_person_and_an_unmarked_namesake_are_shown_as_to_be_verified() -> None:
    one = Declared(UUID(int=1), "responsible", "何芳", identity_mark="123X")
    (found,) = related([behind(1), behind(2, "何芳")], [one])
    assert found.bars and not found.is_certain and len(found.steps) == 3


@pytest.mark.parametrize("kind", ["holder", "holding", "managed_by", "manages"])
def test_direct_holding_and_management_bar_by_code(kind: str) -> None:
    (found,) = related([behind(1), behind(2)], [Declared(UUID(int=1), kind, "机构2", "CODE2")])
    assert found.bars and found.is_certain and len(found.steps) == 1


def test_two_held_by_a_third_are_told_of_but_not_barred() -> None:
    parent = [Declared(UUID(int=n), "holder", "母公司", "PARENT") for n in (1, 2)]
    (found,) = related([behind(1), behind(2)], parent)
    assert not found.bars and len(found.steps) == 2


def test_a_shared_manager_name_without_relation_relates_nobody() -> None:
    assert related([behind(1, "何芳"), behind(2, "唐宁"), behind(3, "何芳")]) == []


def test_those_the_law_bars_stand_first() -> None:
    parent = [Declared(UUID(int=n), "holder", "母公司", "PARENT") for n in (1, 3)]
    found = relations(
        [behind(1, "何芳"), behind(2, "何芳"), behind(3)], parent, [(UUID(int=1), UUID(int=n)) for n in (3, 2)]
    )
    assert [each.bars for each in found] == [True, False]


ends = st.sampled_from("ABCDEFG")
links = st.lists(st.builds(Link, ends, ends, st.sampled_from(["responsible", "holder", "manages", "same_name"])))


@given(links, ends, ends)
def test_a_path_is_a_chain_of_known_links_from_one_end_to_the_other(known, start, goal) -> None:
    path = shortest_path(known, start, goal)
    at = start
    for link in path or []:
        assert link in known and at in (link.start, link.end)
        at = link.end if at == link.start else link.start
    assert path is None or (at == goal and len(path) <= 4)


@given(links, ends, ends)
def test_a_relation_is_the_same_from_both_ends(known, start, goal) -> None:
    there, back = shortest_path(known, start, goal), shortest_path(known, goal, start)
    assert (there is None) is (back is None)
    assert there is None or back is None or len(there) == len(back)


@given(links, ends, ends)
def test_no_shorter_chain_exists(known, start, goal) -> None:
    path, reached, steps = shortest_path(known, start, goal), {start}, 0
    while goal not in reached and steps < 5:
        reached |= {e for link in known if {link.start, link.end} & reached for e in (link.start, link.end)}
        steps += 1
    assert len(path) == steps if path is not None else steps > 4


@given(links)
def test_only_direct_relations_bar(path) -> None:
    kinds = [link.kind for link in path if link.kind != "same_name"]
    assert not bars_both(path) or len(kinds) <= 2


@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from("甲乙"), st.sampled_from(["", "1234"])), max_size=6))
def test_every_link_has_names_at_both_ends(rows) -> None:
    declared = [Declared(UUID(int=n), "responsible", name, identity_mark=mark) for n, name, mark in rows]
    found, names = links_of([behind(n, "甲") for n in range(1, 5)], declared)
    assert {end for link in found for end in (link.start, link.end)} <= set(names)


def test_r_role_08_who_designed_may_not_deliver_single_source_excepted() -> None:
    helper = {"kind": "design", "scope": "project", "credit_code": "CODE1", "name": "和美", "source": "HT-2025-0003"}
    (found,) = helper_exclusions([helper], "CODE1", newest_row("consultation"), {})
    assert found.clause == "R-ROLE-08" and "HT-2025-0003" in str(found.sentence)
    assert helper_exclusions([helper], "CODE2", newest_row("consultation"), {}) == []
    assert helper_exclusions([helper], "CODE1", newest_row("single_source"), {}) == []
