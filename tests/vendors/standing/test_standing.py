"""Standing as of a day; entries that only grow."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from marketplace.kernel.db import execute
from tests.builders_vendors import a_provider, a_standing
from vendors.standing.queries import standing_of


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
