"""Who may sit on a panel, and who may score."""

from __future__ import annotations

from decimal import Decimal

import pytest

from evaluations.panel.queries import judging_members, panel_listing
from evaluations.panel.rules import PanelSize, check_whole, panel_size
from evaluations.panel.services import appoint_member, declare_interest
from evaluations.scoring.services import lock_marks, put_marks
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, NotFound
from tests.builders_evaluations import DRAW, a_panel, an_opened_listing, mark_everything
from tests.cast import actor
from tests.conftest import TestClock


@pytest.mark.parametrize(
    ("username", "kind", "clause"),
    [
        ("wang.min", "buyer", "R-ROLE-03"),
        ("li.qiang", "buyer", "R-ROLE-03"),
        ("zhou.lan", "expert", "R-OPEN-01"),
        ("he.ping", "expert", "R-OPEN-01"),
        ("zhao.lei", "expert", "R-ROLE-02"),
        ("luo.jie", "expert", "R-EXP-01"),
    ],
)
async def test_who_has_another_hand_in_the_listing_may_not_judge(
    clock: TestClock, username: str, kind: str, clause: str
) -> None:
    opened = await an_opened_listing(await clock.now())
    person = await actor(username, opened.now)
    with pytest.raises(DomainError) as refused:
        await appoint_member(opened.listing.id, person.person_id, kind, DRAW, opened.buyer, opened.now)
    assert refused.value.clause == clause


async def test_finance_and_other_units_appoint_nobody(clock: TestClock) -> None:
    opened = await an_opened_listing(await clock.now())
    expert = await actor("yang.hua", opened.now)
    for username in ("zhao.lei", "yang.hua"):
        with pytest.raises(Forbidden):
            await appoint_member(
                opened.listing.id, expert.person_id, "expert", DRAW, await actor(username, opened.now), opened.now
            )


async def test_an_expert_needs_a_recorded_draw_and_the_same_seat_comes_once(clock: TestClock) -> None:
    opened = await an_opened_listing(await clock.now())
    expert = await actor("yang.hua", opened.now)
    with pytest.raises(DomainError) as refused:
        await appoint_member(opened.listing.id, expert.person_id, "expert", " ", opened.buyer, opened.now)
    assert refused.value.clause == "R-EXP-01"
    first = await appoint_member(opened.listing.id, expert.person_id, "expert", DRAW, opened.buyer, opened.now)
    again = await appoint_member(opened.listing.id, expert.person_id, "expert", DRAW, opened.buyer, opened.now)
    assert first == again
    assert len(await judging_members(opened.listing.id)) == 1


async def test_an_expert_with_an_interest_cannot_score_and_is_replaced(clock: TestClock) -> None:
    opened = await an_opened_listing(await clock.now())
    experts = await a_panel(opened, declared=False)
    await declare_interest(opened.listing.id, True, "配偶是和风的理事。", experts[0], opened.now)
    for expert in experts[1:]:
        await declare_interest(opened.listing.id, False, "", expert, opened.now)
    with pytest.raises(Forbidden) as refused:
        await put_marks(opened.listing.id, opened.bids["和风"], {}, experts[0], opened.now)
    assert refused.value.clause == "R-ROLE-06"
    with pytest.raises(Forbidden):
        await declare_interest(opened.listing.id, False, "", experts[0], opened.now)
    with pytest.raises(DomainError) as too_few:
        await put_marks(opened.listing.id, opened.bids["和风"], {}, experts[1], opened.now)
    assert too_few.value.clause == "R-COM-02"
    replacement = await actor("chen.jing", opened.now)
    await appoint_member(opened.listing.id, replacement.person_id, "buyer", "", opened.buyer, opened.now)
    await declare_interest(opened.listing.id, False, "", replacement, opened.now)
    await mark_everything(opened, replacement)
    assert await lock_marks(opened.listing.id, replacement, opened.now)


async def test_nobody_scores_before_declaring_and_an_interest_needs_words(clock: TestClock) -> None:
    opened = await an_opened_listing(await clock.now())
    experts = await a_panel(opened, declared=False)
    with pytest.raises(Forbidden):
        await put_marks(opened.listing.id, opened.bids["和风"], {}, experts[0], opened.now)
    with pytest.raises(DomainError):
        await declare_interest(opened.listing.id, True, "", experts[0], opened.now)


async def test_an_expert_sees_only_its_own_listings(clock: TestClock) -> None:
    opened = await an_opened_listing(await clock.now())
    stranger = await actor("yang.hua", opened.now)
    with pytest.raises(NotFound):
        await panel_listing(opened.listing.reference, stranger)
    with pytest.raises(NotFound):
        await put_marks(opened.listing.id, opened.bids["和风"], {}, stranger, opened.now)
    await a_panel(opened)
    assert await panel_listing(opened.listing.reference, stranger)


async def test_after_locking_nobody_joins(clock: TestClock) -> None:
    opened = await an_opened_listing(await clock.now())
    for expert in await a_panel(opened):
        await mark_everything(opened, expert)
        await lock_marks(opened.listing.id, expert, opened.now)
    late = await actor("chen.jing", opened.now)
    with pytest.raises(Conflict):
        await appoint_member(opened.listing.id, late.person_id, "buyer", "", opened.buyer, opened.now)


async def test_a_tender_needs_five_and_an_odd_number_with_two_thirds_experts(clock: TestClock) -> None:
    on = county_day(await clock.now())

    def size(method: str, budget: str = "505000", printed: int | None = None) -> PanelSize:
        return panel_size({"method": method, "rules_on": on, "budget": Decimal(budget)}, printed)

    check_whole(["expert", "expert", "buyer"], size("consultation"))
    for kinds, needed in (
        (["expert"] * 3, size("open_tender")),
        (["expert"] * 4, size("consultation")),
        (["expert", "buyer", "buyer"], size("consultation")),
        (["expert"] * 5, size("open_tender", "10000000")),
        (["expert"] * 3, size("consultation", "4000000")),
        (["expert"] * 3, size("consultation", printed=5)),
    ):
        with pytest.raises(DomainError):
            check_whole(kinds, needed)
    assert size("open_tender", printed=3) == PanelSize(5, "R-COM-01")
