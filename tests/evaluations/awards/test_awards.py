"""Determination, notice, contract, and what each bidder is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from catalogue.listings.queries import listing_by_id
from evaluations.awards.queries import awards_of, debrief
from evaluations.awards.services import determine_award, publish_award_notice
from evaluations.effects.queries import past_lots
from evaluations.effects.rules import Candidate, Order, try_rule
from evaluations.scoring.lookback import working_of_listing
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, NotFound
from marketplace.kernel.rulebook import install_county_rows, row
from tests.builders_catalogue import a_budget_line, n1_scoring, with_past_performance
from tests.builders_contracts import a_provider
from tests.builders_evaluations import (
    BIDDERS,
    Offered,
    Opened,
    a_panel,
    a_scored_listing,
    an_opened_listing,
    director,
)  # fmt: skip
from tests.builders_vendors import a_standing
from tests.cast import actor
from tests.conftest import TestClock
from tests.pages import sign_in
from vendors.standing.rules import method_on


async def test_the_award_is_announced_and_a_contract_drawn_up(clock: TestClock) -> None:
    opened = await a_scored_listing(await clock.now(), below={"沱江": "6"})
    reference = await determine_award(opened.lot, opened.buyer, opened.now)
    assert await determine_award(opened.lot, opened.buyer, opened.now) == reference
    # an amount that is not the bid's price becomes no contract (R-CON-01)
    await execute("UPDATE award SET amount = amount + 1")
    with pytest.raises(Forbidden, match="498001.00 元和响应文件的报价 498000.00 元不一致"):
        await publish_award_notice(opened.listing.id, opened.buyer, opened.now + timedelta(hours=1))
    await execute("UPDATE award SET amount = amount - 1")
    contracts = await publish_award_notice(opened.listing.id, opened.buyer, opened.now + timedelta(hours=1))
    assert len(contracts) == 1
    assert await publish_award_notice(opened.listing.id, opened.buyer, opened.now + timedelta(hours=2)) == []
    award = (await awards_of(opened.listing.id))[0]
    assert (award["amount"], award["total_score"]) == (Decimal("498000.00"), Decimal("99.28"))
    assert "99.28" in award["basis"] and "99.28" in award["basis_en"]
    assert award["contract_reference"]
    assert (await listing_by_id(opened.listing.id))["status"] == "awarded"
    line = await fetchval(
        "SELECT g.committed FROM listing l JOIN budget_line b ON b.id = l.budget_line"
        " JOIN ledger_line g ON g.id = b.ledger_line"
        " WHERE l.id = $1",
        opened.listing.id,
    )
    assert line == Decimal("498000.00")


async def test_each_bidder_is_mailed_its_own_result_only(clock: TestClock) -> None:
    opened = await a_scored_listing(await clock.now(), below={"沱江": "6"})
    for name in opened.bids:
        await director(name, opened.now)
    await determine_award(opened.lot, opened.buyer, opened.now)
    await publish_award_notice(opened.listing.id, opened.buyer, opened.now)
    mails = await fetch("SELECT payload->>'to' AS to, payload->>'body' AS body FROM outbox_message WHERE kind = 'mail'")
    bodies = {m["to"]: m["body"] for m in mails}
    loser = bodies["director.0024@jintang.example"]
    assert "94" in loser and "99.28" not in loser and "和风" not in loser


async def test_the_drafter_and_the_panel_cannot_determine(clock: TestClock) -> None:
    opened = await a_scored_listing(await clock.now())
    with pytest.raises(Forbidden) as refused:
        await determine_award(opened.lot, opened.drafter, opened.now)
    assert refused.value.clause == "R-ROLE-03"
    with pytest.raises(Forbidden) as finance:
        await determine_award(opened.lot, await actor("zhao.lei", opened.now), opened.now)
    assert finance.value.clause == "R-ROLE-02"


async def test_nothing_is_determined_before_the_results_stand(clock: TestClock) -> None:
    opened = await an_opened_listing(await clock.now())
    await a_panel(opened)
    with pytest.raises(Conflict):
        await determine_award(opened.lot, opened.buyer, opened.now)
    with pytest.raises(Conflict):
        await publish_award_notice(opened.listing.id, opened.buyer, opened.now)


async def test_equals_are_drawn_and_the_record_names_the_winner(clock: TestClock) -> None:
    opened = await a_scored_listing(await clock.now(), {"和风": Offered("480000.00"), "沱江": Offered("480000.00")})
    with pytest.raises(DomainError) as refused:
        await determine_award(opened.lot, opened.buyer, opened.now)
    assert refused.value.clause == "R-TIE-01"
    await determine_award(opened.lot, opened.buyer, opened.now, f"现场抽签，中签：{BIDDERS['沱江'][0]}。")
    award = (await awards_of(opened.listing.id))[0]
    assert award["opened_bid"] == opened.bids["沱江"]


async def test_the_award_says_which_evaluation_gave_its_points(clock: TestClock) -> None:
    now = await clock.now()
    evaluated = now.date() - timedelta(days=60)
    offers = {
        "和风": Offered("480000.00", True, "excellent", evaluated, "PJ-2026-0007", True),
        "沱江": Offered("480000.00"),
    }
    opened = await a_scored_listing(now, offers, scoring=with_past_performance(n1_scoring()))
    await determine_award(opened.lot, opened.buyer, opened.now)
    award = (await awards_of(opened.listing.id))[0]
    assert award["opened_bid"] == opened.bids["和风"]
    assert "PJ-2026-0007" in award["basis"] and "PJ-2026-0007" in award["basis_en"]
    assert award["standing_evaluation"] == "PJ-2026-0007"


async def test_a_bidder_sees_its_own_numbers_only_and_only_after_the_notice(clock: TestClock) -> None:
    offers = {"和风": Offered("498000.00"), "沱江": Offered("480000.00"), "云顶": Offered("470000.00", qualified=False)}
    opened = await a_scored_listing(await clock.now(), offers, {"沱江": "6"})
    loser, refused = await director("沱江", opened.now), await director("云顶", opened.now)
    with pytest.raises(NotFound):
        await debrief(opened.listing.reference, loser.organisation_id)
    await determine_award(opened.lot, opened.buyer, opened.now)
    await publish_award_notice(opened.listing.id, opened.buyer, opened.now)
    _, rows = await debrief(opened.listing.reference, loser.organisation_id)
    assert [r["total"] for r in rows] == [Decimal("94.00")]
    assert rows[0]["rank"] == 2 and len(rows[0]["criteria"]) == 3
    _, rows = await debrief(opened.listing.reference, refused.organisation_id)
    assert rows[0]["is_qualified"] is False and "社会保障" in rows[0]["qualification_reason"]
    with pytest.raises(NotFound):
        await debrief(opened.listing.reference, (await actor("luo.jie", opened.now)).organisation_id)


async def _by_standing(clock: TestClock, grades: dict[str, str], prices: dict[str, str]) -> Opened:
    now = await clock.now()
    for number, (name, grade) in enumerate(grades.items()):
        provider = await a_provider(now, *BIDDERS[name])
        if grade != "none":
            await a_standing(
                provider, now, grade, evaluation_reference=f"PJ-2025-000{number + 1}",
                counts_from=date(2025, 6, 1), counts_until=date(2028, 5, 31),
            )  # fmt: skip
    line = await a_budget_line(now)
    scoring = with_past_performance(n1_scoring(), form="county_standing")
    offers = {name: Offered(price) for name, price in prices.items()}
    changed: dict[str, Any] = {"method": "under_limit", "budget": Decimal("100000.00"), "ceiling": Decimal("100000.00")}
    return await an_opened_listing(now, offers, line=line, scoring=scoring, **changed)


async def _winner(opened: Opened) -> dict[str, Any]:
    await determine_award(opened.lot, opened.buyer, opened.now)
    await publish_award_notice(opened.listing.id, opened.buyer, opened.now)
    return (await awards_of(opened.listing.id))[0]


async def test_under_the_limit_the_countys_own_standing_decides_between_two(clock: TestClock) -> None:
    grades = {"和风": "excellent", "沱江": "fair"}
    opened = await _by_standing(clock, grades, {"和风": "99000.00", "沱江": "90000.00"})
    award = await _winner(opened)
    assert award["opened_bid"] == opened.bids["和风"]
    assert award["standing_evaluation"] == "PJ-2025-0001"
    assert "PJ-2025-0001" in award["basis"] and "PJ-2025-0002" not in award["basis"]
    working = await working_of_listing(await listing_by_id(opened.listing.id))
    assert [line.value for line in working[str(opened.bids["和风"])]] == ["PJ-2025-0001", "92.5", "99000", "1"]
    assert "优" in str(working[str(opened.bids["和风"])][0].label) and len(working) == 2


async def test_the_weighted_standing_orders_once_the_county_adopts_it(clock: TestClock, client: Any) -> None:
    """One small contract each is not enough record, so that the price decides; before the rule the grade did."""
    opened = await _by_standing(clock, {"和风": "excellent", "沱江": "fair"}, {"和风": "99000.00", "沱江": "90000.00"})
    adopted = row("R-PERF-10/weighted_order", county_day(opened.now))
    install_county_rows([replace(adopted, value=Decimal(1), document="金财购〔2026〕9号")])
    try:
        award = await _winner(opened)
    finally:
        install_county_rows([])
    assert award["opened_bid"] == opened.bids["沱江"] and award["standing_evaluation"] == ""
    day = county_day(opened.now)
    lots = await past_lots(day - timedelta(30), day, method_on(day))
    [newest], [weighted] = (try_rule(Candidate(order=each), lots) for each in (Order.NEWEST, Order.WEIGHTED))
    assert [offer.opened_bid for offer in newest.under] == [opened.bids["和风"]] and newest.difference == 9000
    assert not weighted.is_changed
    await sign_in(client, "sun.yue")
    page = await client.get(f"/standing/trial?order=newest&last={day}")
    assert page.status_code == 200 and "9,000.00" in page.text and "会改变" in page.text
    assert (await client.get("/standing/trial?order=stars")).status_code == 422
    assert "没有履行中的低价成交合同" in (await client.get("/standing/watch")).text
    assert "不提建议" in (await client.get(f"/standing/budgets?year={day.year}")).text


@pytest.mark.parametrize(("other", "wins"), [("good", False), ("fair", True), ("none", True)])
async def test_no_record_stands_between_fair_and_good(clock: TestClock, other: str, wins: bool) -> None:
    opened = await _by_standing(clock, {"和风": "none", "沱江": other}, {"和风": "90000.00", "沱江": "95000.00"})
    award = await _winner(opened)
    assert (award["opened_bid"] == opened.bids["和风"]) is wins
    if other == "fair":
        assert award["standing_evaluation"] == "PJ-2025-0002" and "中性档" in award["basis"]


async def test_an_offer_over_the_budget_is_out_however_good_its_standing(clock: TestClock) -> None:
    opened = await _by_standing(clock, {"和风": "excellent"}, {"和风": "100000.01", "沱江": "95000.00"})
    assert (await _winner(opened))["opened_bid"] == opened.bids["沱江"]
