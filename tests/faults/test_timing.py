"""Does the time of a refusal tell whether a name or a receipt exists? Pairs in turn, and how well one guesses.

The advantage of whoever listens: how often the one that exists takes longer than the one that does not, 0.5 is a coin.
"""

from __future__ import annotations

import os
import secrets
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher

from marketplace.accounts.people import passwords
from marketplace.kernel.db import execute
from tests.builders_catalogue import a_published_listing
from tests.builders_vendors import a_provider, a_sealed_bid
from tests.cast import PASSWORD, enter_cast
from tests.pages import send, sign_in, token

pytestmark = pytest.mark.faults

PAIRS = int(os.environ.get("FAULTS_PAIRS", "150"))
COIN = 0.5
MOST_ADVANTAGE = 0.15  # of 150 pairs a fair coin stays within 0.12 in 99 of 100 runs
MOST_OF_MEDIAN = 0.10
Ask = Callable[[], Awaitable[httpx.Response]]


async def _seconds(ask: Ask, status: int) -> float:
    began = time.perf_counter()
    answer = await ask()
    took = time.perf_counter() - began
    assert answer.status_code == status, answer.text[:300]
    return took


async def compared(what: str, there: Ask, not_there: Ask, status: int) -> None:
    """Ask for both in turn, the first one changing, and compare."""
    found: tuple[list[float], list[float]] = ([], [])
    for number in range(PAIRS + 5):
        for which in (0, 1) if number % 2 else (1, 0):
            took = await _seconds((there, not_there)[which], status)
            if number >= 5:
                found[which].append(took)
    medians = [statistics.median(each) for each in found]
    longer = sum(a > b for a, b in zip(*found, strict=True)) / PAIRS
    print(
        f"{what}: {PAIRS} pairs, {medians[0] * 1000:.2f} ms where it exists, {medians[1] * 1000:.2f} ms where not"
        f" (medians); the one that exists took longer in {longer:.0%}"
    )
    assert abs(longer - COIN) < MOST_ADVANTAGE, longer
    assert abs(medians[0] - medians[1]) < MOST_OF_MEDIAN * max(medians), medians


async def test_the_time_of_a_refused_sign_in_does_not_tell_whether_the_name_exists(
    client: httpx.AsyncClient, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await enter_cast(await clock.now())
    # the tests hash quickly: here the work of production is measured
    real = PasswordHasher(time_cost=3, memory_cost=19_456, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", real)
    await execute("UPDATE person SET password_hash = $1", real.hash(PASSWORD))
    await token(client)

    async def wrong(name: str) -> httpx.Response:
        await execute("DELETE FROM sign_in_failure")
        return await send(client, "/sign-in", {"username": name, "password": "a wrong password"})

    await compared("sign-in", lambda: wrong("wang.min"), lambda: wrong("wang.mim"), 422)


async def test_the_time_of_a_page_not_found_does_not_tell_whether_the_receipt_exists(
    client: httpx.AsyncClient, clock: Any
) -> None:
    now = await clock.now()
    listing, bidder = await a_published_listing(now), await a_provider(now)
    receipt = await a_sealed_bid(listing.lots[0]["id"], bidder, now)
    other = await a_provider(now, "成都市青羊区乐助社会工作服务中心", username="lezhu")
    await sign_in(client, other.username)
    made_up = f"HZ-{secrets.token_hex(8)}"[: len(receipt)]
    for what, page in (("receipt", "{}"), ("receipt as data", "{}.json"), ("sealed file", "{}/sealed")):
        await compared(
            what, lambda page=page: client.get(f"/bids/{page.format(receipt)}"),
            lambda page=page: client.get(f"/bids/{page.format(made_up)}"), 404,
        )  # fmt: skip
