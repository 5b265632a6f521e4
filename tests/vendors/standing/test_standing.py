"""Standing as of a day; entries that only grow."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute
from tests.builders_vendors import a_provider, a_standing
from vendors.bids.queries import own_record
from vendors.standing.queries import figures_at, standing_of
from vendors.standing.rules import method_on


async def test_the_newest_entry_within_its_dates_counts_for_its_group_only(clock):
    now = await clock.now()
    provider, other = await a_provider(now), await a_provider(now, "乐助", username="lezhu")
    await a_standing(provider.id, now, "good", evaluation_reference="PJ-1", counts_from=date(2024, 1, 1),
                     counts_until=date(2027, 1, 1))  # fmt: skip
    await a_standing(provider.id, now, "poor", evaluation_reference="PJ-2", counts_from=date(2025, 6, 1),
                     counts_until=date(2028, 6, 1), score=Decimal("55.00"))  # fmt: skip
    await a_standing(other.id, now, "excellent", evaluation_reference="PJ-3")
    before = await standing_of(provider.id, "administrative", date(2025, 5, 31))
    after = await standing_of(provider.id, "administrative", date(2025, 6, 1))
    assert before is not None and before.grade == "good"
    assert after is not None and after.grade == "poor" and after.score == Decimal("55.00")
    assert await standing_of(provider.id, "service", date(2026, 1, 1)) is None
    assert await standing_of(provider.id, "administrative", date(2028, 6, 2)) is None
    with pytest.raises(Exception, match="append-only"):
        await execute("UPDATE standing_entry SET grade = 'excellent'")


async def test_R_PERF_08_what_is_recorded_after_bids_closed_changes_nothing_in_the_listing(clock):
    """Not even on the closing day itself, and not for the mean of the others."""
    closes_at = await clock.now()
    day, method = county_day(closes_at), method_on(county_day(closes_at))
    provider, other = await a_provider(closes_at), await a_provider(closes_at, "乐助", username="lezhu")
    await a_standing(provider.id, closes_at, "good", evaluation_reference="PJ-1", score=Decimal(85))
    key, lot = (provider.id, "administrative", day), {"category": "administrative"}
    before = await figures_at([key], method, [closes_at])
    for number, whose in enumerate((provider, other), 2):
        await a_standing(whose.id, closes_at + timedelta(minutes=1), "poor", evaluation_reference=f"PJ-{number}",
                         score=Decimal(20), counts_from=day)  # fmt: skip
    assert await figures_at([key], method, [closes_at]) == before != await figures_at([key], method)
    for found in (
        await standing_of(provider.id, "administrative", day, closes_at), await own_record(provider.id, lot, closes_at),
    ):  # fmt: skip
        assert found is not None and found.evaluation_reference == "PJ-1"
