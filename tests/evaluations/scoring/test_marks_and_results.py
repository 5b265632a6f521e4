"""Marking, locking, low prices, and results that can be computed again."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from catalogue.listings.queries import listing_by_id
from evaluations.awards.services import determine_award, publish_award_notice
from evaluations.scoring.low_prices import Opinion, decide_low_price, suspects_of
from evaluations.scoring.queries import marked_criteria, own_marks, recompute, result_rows, stored_results
from evaluations.scoring.services import compute_results, lock_marks, put_marks
from marketplace.kernel.db import fetchval
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.opendata.ocds.facts import processes
from tests.builders_catalogue import n1_scoring, with_past_performance
from tests.builders_evaluations import (
    TWO_OFFERS,
    Offered,
    a_panel,
    a_scored_listing,
    an_opened_listing,
    everybody_signs,
    mark_everything,
)  # fmt: skip
from tests.cast import actor
from tests.conftest import TestClock
from tests.evaluations.scoring.test_low_prices import explained


async def test_the_results_follow_from_marks_and_final_prices(clock: TestClock) -> None:
    opened = await a_scored_listing(await clock.now(), below={"沱江": "6"})
    rows = {r["provider_name"][3:5]: r for r in await result_rows(opened.listing.id)}
    assert rows["沱江"]["price_score"] == Decimal("20.00")
    assert rows["沱江"]["total"] == Decimal("94.00")
    assert rows["和风"]["price_score"] == Decimal("19.28")  # 480000 / 498000 x 20
    assert rows["和风"]["total"] == Decimal("99.28")
    assert (rows["和风"]["rank"], rows["沱江"]["rank"]) == (1, 2)
    assert (await listing_by_id(opened.listing.id))["status"] == "evaluated"


async def test_computing_again_from_the_stored_rows_gives_the_stored_results(clock: TestClock) -> None:
    now = await clock.now()
    offers = {
        "和风": Offered(
            "498000.00", past_grade="good", past_evaluated_on=now.date() - timedelta(days=90),
            past_evidence="PJ-2026-0001",
        ),
        "沱江": Offered("480000.00"),
        "云顶": Offered("470000.00", qualified=False),
    }
    opened = await a_scored_listing(now, offers, {"沱江": "1.33"}, scoring=with_past_performance(n1_scoring()))
    stored = await stored_results(opened.listing.id)
    assert stored == await recompute(opened.listing.id)
    assert len(stored[opened.lot]) == 3
    by_bid = {o.opened_bid: o for o in stored[opened.lot]}
    assert by_bid[str(opened.bids["和风"])].past_performance_score == Decimal(4)
    assert by_bid[str(opened.bids["沱江"])].past_performance_score == Decimal("2.5")
    assert by_bid[str(opened.bids["云顶"])].status == "invalid"


async def test_an_evaluation_older_than_three_years_scores_the_neutral_band(clock: TestClock) -> None:
    now = await clock.now()
    offers = {
        "和风": Offered("498000.00", past_grade="excellent", past_evaluated_on=now.date() - timedelta(days=1300)),
        "沱江": Offered("480000.00"),
    }
    opened = await a_scored_listing(now, offers, scoring=with_past_performance(n1_scoring()))
    points = [r["past_performance_score"] for r in await result_rows(opened.listing.id)]
    assert points == [Decimal("2.5"), Decimal("2.5")]


async def test_a_mark_over_the_printed_points_is_refused_in_words(clock: TestClock) -> None:
    opened = await an_opened_listing(await clock.now())
    expert = (await a_panel(opened))[0]
    criterion = (await marked_criteria(opened.listing.id))[0]
    with pytest.raises(DomainError) as refused:
        await put_marks(
            opened.listing.id, opened.bids["和风"], {criterion["id"]: (Decimal("45.01"), "")}, expert, opened.now
        )
    assert "45" in refused.value.sentence.text("zh")
    assert not await own_marks(await fetchval("SELECT id FROM panel_member WHERE person = $1", expert.person_id))


async def test_finance_cannot_score(clock: TestClock) -> None:
    opened = await an_opened_listing(await clock.now())
    await a_panel(opened)
    with pytest.raises(Forbidden) as refused:
        await put_marks(opened.listing.id, opened.bids["和风"], {}, await actor("zhao.lei", opened.now), opened.now)
    assert refused.value.clause == "R-ROLE-02"


async def test_an_unqualified_bid_is_not_marked(clock: TestClock) -> None:
    opened = await an_opened_listing(await clock.now(), {**TWO_OFFERS, "云顶": Offered("470000.00", qualified=False)})
    expert = (await a_panel(opened))[0]
    with pytest.raises(DomainError):
        await put_marks(opened.listing.id, opened.bids["云顶"], {}, expert, opened.now)


async def test_locked_marks_stay_and_locking_twice_does_no_harm(clock: TestClock) -> None:
    opened = await an_opened_listing(await clock.now())
    expert = (await a_panel(opened))[0]
    with pytest.raises(DomainError):
        await lock_marks(opened.listing.id, expert, opened.now)
    await mark_everything(opened, expert)
    await mark_everything(opened, expert, {"和风": "2"})
    assert await lock_marks(opened.listing.id, expert, opened.now)
    assert await lock_marks(opened.listing.id, expert, opened.now)
    with pytest.raises(Conflict):
        await mark_everything(opened, expert)


async def test_members_who_differ_on_an_objective_factor_look_again(clock: TestClock) -> None:
    opened = await an_opened_listing(await clock.now())
    experts = await a_panel(opened)
    for expert in experts:
        await mark_everything(opened, expert)
    objective = next(c for c in await marked_criteria(opened.listing.id) if c["is_objective"])
    wrong = {objective["id"]: (Decimal(16), "")}
    await put_marks(opened.listing.id, opened.bids["和风"], wrong, experts[0], opened.now)
    locked = [await lock_marks(opened.listing.id, expert, opened.now) for expert in experts]
    assert locked == [True, True, False]
    with pytest.raises(DomainError):
        await compute_results(opened.listing.id, experts[0], opened.now)
    right = {objective["id"]: (Decimal(20), "三名成员证书齐全。")}
    await put_marks(opened.listing.id, opened.bids["和风"], right, experts[0], opened.now)
    assert [await lock_marks(opened.listing.id, expert, opened.now) for expert in experts] == [True] * 3


@pytest.mark.parametrize("is_accepted", [True, False])
async def test_R_LOW_04_R_LOW_05_a_low_price_is_explained_before_it_counts(clock: TestClock, is_accepted: bool) -> None:
    offers = {"和风": Offered("498000.00"), "沱江": Offered("200000.00"), "云顶": Offered("500000.00")}
    opened = await an_opened_listing(await clock.now(), offers)
    experts = await a_panel(opened)
    for expert in experts:
        await mark_everything(opened, expert)
        await lock_marks(opened.listing.id, expert, opened.now)
    low = opened.bids["沱江"]
    assert list(await suspects_of(await listing_by_id(opened.listing.id))) == [str(low)]
    with pytest.raises(DomainError) as refused:
        await compute_results(opened.listing.id, experts[0], opened.now)
    assert refused.value.clause == "R-LOW-04"
    await explained(opened, low, experts[0], "自有场地，无房租。")
    assert await decide_low_price(Opinion(low, is_accepted, "说明附有成本明细。"), experts[0], opened.now) is None
    with pytest.raises(DomainError):
        await compute_results(opened.listing.id, experts[0], opened.now)
    assert await decide_low_price(Opinion(low, not is_accepted, "我看不够。"), experts[1], opened.now) is None
    decided = await decide_low_price(Opinion(low, is_accepted, "成本讲得清。"), experts[2], opened.now)
    assert decided is is_accepted
    await compute_results(opened.listing.id, experts[0], opened.now)
    rows = {r["opened_bid"]: r for r in await result_rows(opened.listing.id)}
    assert rows[low]["status"] == ("valid" if is_accepted else "invalid")
    assert rows[opened.bids["和风"]]["price_score"] == (Decimal("8.03") if is_accepted else Decimal("20.00"))
    assert await stored_results(opened.listing.id) == await recompute(opened.listing.id)
    with pytest.raises(Conflict):
        await compute_results(opened.listing.id, experts[0], opened.now)
    if is_accepted:
        return
    # the public record does not take the refused bid for a valid one
    await everybody_signs(opened.listing.id, opened.now)
    later = opened.now + timedelta(hours=1)
    await determine_award(opened.lot, opened.buyer, later)
    await publish_award_notice(opened.listing.id, opened.buyer, later)
    [process] = await processes([opened.listing.id])
    told = {bid["provider_name"][3:5]: bid["is_rejected"] for bid in process.bids}
    assert told == {"和风": False, "沱江": True, "云顶": False}


async def test_without_a_valid_bid_the_purchase_fails(clock: TestClock) -> None:
    opened = await a_scored_listing(await clock.now(), {"和风": Offered("505000.01")})
    assert (await listing_by_id(opened.listing.id))["status"] == "failed"
