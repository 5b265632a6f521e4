"""What providers say of buyers: in sums only, from enough providers on, of whole quarters."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from evaluations.performance.buyer_rating_rules import counts_until, figures
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetchrow, fetchval
from tests.builders_contracts import APRIL, a_contract_in_force, a_paid_milestone
from tests.cast import enter_cast
from tests.evaluations.performance.test_pages import provider_password
from tests.pages import send, sign_in, words

TODAY = date(2026, 7, 15)


def rating(provider, mark=4, buyer="town", stage="award", on=date(2026, 6, 30)):
    return {"buyer": buyer, "stage": stage, "provider": provider, "first": mark, "second": 5, "third": 3, "fourth": 1,
            "rated_on": on}  # fmt: skip


@pytest.mark.parametrize(
    ("today", "until"),
    [(date(2026, 7, 1), date(2026, 6, 30)), (date(2026, 6, 30), date(2026, 3, 31)),
     (date(2026, 1, 1), date(2025, 12, 31))],
)  # fmt: skip
def test_figures_run_to_the_end_of_the_last_whole_quarter(today, until):
    assert counts_until(today) == until


def test_nothing_is_shown_below_five_providers_and_what_came_in_since_changes_nothing():
    four = [rating(n) for n in range(4)]
    new = rating(9, mark=1, on=date(2026, 7, 1))
    assert figures([*four, new], TODAY) == ([], 1)
    shown, small = figures([*four, rating(4), new, rating(0, stage="acceptance")], TODAY)
    assert small == 1 and [(each.buyer, each.stage, each.providers) for each in shown] == [("town", "award", 5)]
    assert shown[0].means == (Decimal("4.0"), Decimal("5.0"), Decimal("3.0"), Decimal("1.0"))


def test_a_provider_that_rated_often_counts_once():
    rows = [*(rating(n, mark=5) for n in range(4)), rating(4, mark=1), rating(4, mark=1), rating(4, mark=1)]
    shown, _ = figures(rows, TODAY)
    assert shown[0].providers == 5 and shown[0].means[0] == Decimal("4.2")


async def test_a_provider_rates_the_buyer_once_after_the_last_acceptance_and_nobody_reads_who(client, clock):
    world = await a_contract_in_force(months=1, amount=Decimal("20000.00"), budget=Decimal("21000.00"))
    await enter_cast(await clock.now())
    username = await provider_password(world)
    reference = await fetchval(
        "SELECT l.reference FROM listing l JOIN contract c ON c.listing = l.id WHERE c.id = $1", world.contract
    )
    path = f"/listings/{reference}/rate-buyer/acceptance"
    await sign_in(client, username)
    marks = {"first": "4", "second": "2", "third": "5", "fourth": "3", "words": "验收拖了一个月。"}
    assert (await send(client, path, marks)).status_code == 404, "nothing is accepted yet"
    await a_paid_milestone(world, month=APRIL)
    await clock.set(at_county_time(date(2026, 6, 1), 9))
    assert path in (await client.get("/buyer-ratings")).text
    refused = await send(client, path, {**marks, "first": "9"})
    assert refused.status_code == 422 and "验收拖了一个月" in words(refused.text)
    assert (await send(client, path, marks)).status_code == 303
    assert (await send(client, path, marks)).status_code == 404, "there is nothing left to rate"
    row = await fetchrow("SELECT first, second, third, fourth, stage FROM buyer_rating")
    assert tuple(row) == (4, 2, 5, 3, "acceptance")
    await sign_in(client, "liu.fang")
    said = words((await client.get("/buyer-ratings")).text)
    assert "验收拖了一个月" in said and "和风" not in said
    for reader in ("wang.min", "yang.hua"):
        await sign_in(client, reader)
        assert "验收拖了一个月" not in words((await client.get("/buyer-ratings")).text)
    assert (await send(client, path, marks)).status_code == 403
