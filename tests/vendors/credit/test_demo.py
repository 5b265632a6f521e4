"""The demo county shows matters of credit that wait for somebody."""

from __future__ import annotations

from datetime import date
from typing import Any

from marketplace.demo.county.credit import credit_matters, people_behind
from marketplace.demo.county.people import enter_providers, enter_workers
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetchval
from marketplace.kernel.settings import Settings
from tests.cast import enter_cast
from tests.pages import sign_in, words


async def test_finance_a_provider_and_a_town_find_something_to_do(client: Any, clock: Any, settings: Settings) -> None:
    now = at_county_time(date(2026, 3, 17), 15)
    await clock.set(now)
    await enter_cast(now)
    await enter_providers(now, settings)
    await enter_workers(now)
    await credit_matters(now, settings)
    await people_behind(now, settings)
    assert await fetchval("SELECT count(*) FROM credit_list_row WHERE is_same = 'open'") == 1
    assert await fetchval("SELECT count(*) FROM worker WHERE is_disputed") == 0
    for username, expected in (
        ("sun.yue", "判断名单上的名称"), ("zhao.lei", "听取意见并记下"), ("fuli", "陈述意见"),
        ("luo.jie", "听取意见并记下"),
    ):  # fmt: skip
        await sign_in(client, username)
        assert expected in words((await client.get("/work")).text), username
