"""What cannot be undone asks for the password again, in every room of the site."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from marketplace.accounts.guards import is_recent
from marketplace.kernel.db import fetchval
from tests.builders_credit import FIRST, SECOND, a_case
from tests.builders_vendors import a_provider
from tests.cast import actor, enter_cast
from tests.pages import long_after_signing_in, prove_again, send, sign_in, words
from vendors.credit.services import Hearing, record_hearing

NOTHING = "00000000-0000-4000-8000-000000000000"
ASKED = "请确认是您本人"
ACTS = [
    (FIRST, "/credit/cases/XY-2026-0000/publish"),
    (FIRST, "/credit/cases/XY-2026-0000/drop"),
    (FIRST, f"/credit/lists/{NOTHING}/confirm"),
    (FIRST, f"/credit/removals/{NOTHING}/confirm"),
    ("liu.fang", "/town-list/SX-2026-0000/decision"),
    ("liu.fang", "/incentives/new"),
    ("admin", f"/members/{NOTHING}/owner"),
]


@pytest.mark.parametrize(("ago", "recent"), [(0, True), (599, True), (601, False), (-30, True), (-86_400, False)])
def test_a_proof_ends_also_when_the_clock_is_put_back(ago: int, recent: bool) -> None:
    assert is_recent(time.time() - ago, 600) is recent


@pytest.mark.parametrize(("username", "address"), ACTS)
async def test_an_act_against_or_for_somebody_asks_who_acts(client: Any, clock: Any, username: str, address: str):
    await enter_cast(await clock.now())
    await sign_in(client, username)
    assert (await send(client, address, {"note": "typed"})).status_code in (404, 422)
    await long_after_signing_in()
    asked = await send(client, address, {"note": "typed"})
    assert asked.status_code == 401 and ASKED in words(asked.text)
    assert (await prove_again(client, asked, username)).status_code in (404, 422)


async def test_a_credit_case_is_published_after_the_proof_and_not_before(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    provider = await a_provider(now)
    case = await a_case(provider.id, now)
    await record_hearing(case, Hearing("elsewhere", now.date(), "决定以前已经听证。"), await actor(FIRST, now), now)
    await sign_in(client, SECOND)
    await long_after_signing_in()
    asked = await send(client, f"/credit/cases/{case}/publish")
    assert asked.status_code == 401 and await fetchval("SELECT count(*) FROM credit_entry") == 0
    assert (await prove_again(client, asked, SECOND)).status_code == 303
    assert await fetchval("SELECT count(*) FROM credit_entry") == 1
