"""The clause beside a date is that of the listing's own method."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.builders_catalogue import a_published_listing
from tests.builders_corrigenda import a_published_corrigendum
from tests.pages import sign_in


@pytest.mark.parametrize(
    ("method", "documents", "clarification"),
    [("open_tender", "R-TIME-03", "R-TIME-05"), ("consultation", "R-TIME-08", "R-TIME-09"), ("under_limit", "", "")],
)
async def test_r_time_03_and_r_time_08_the_pages_name_the_rule_of_the_method(
    client: httpx.AsyncClient, clock: Any, method: str, documents: str, clarification: str
) -> None:
    now = await clock.now()
    amount = {"budget": Decimal("190000.00"), "ceiling": Decimal("190000.00")} if method == "under_limit" else {}
    listing = await a_published_listing(now, method=method, **amount)
    await sign_in(client, "wang.min")
    extension = (await client.get(f"/listings/{listing.reference}/extension")).text
    assert all((rule in extension) == (rule == documents) for rule in ("R-TIME-03", "R-TIME-08"))
    await a_published_corrigendum(listing, now)
    changed = (await client.get(f"/listings/{listing.reference}/versions/2/changes")).text
    assert all((rule in changed) == (rule == clarification) for rule in ("R-TIME-05", "R-TIME-09"))
