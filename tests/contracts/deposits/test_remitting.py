"""Forfeited money goes to the treasury once, after the issuer of a guarantee paid, and by two people."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from contracts.deposits.remit_rules import Forfeited, check_confirmer, check_may_claim, check_may_remit
from contracts.deposits.remitting import decide_remittance, enter_remittance, record_claim_paid
from contracts.deposits.services import forfeit
from contracts.deposits.work import waiting_for
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.db import fetch
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, NotFound
from marketplace.kernel.forms import Bound
from marketplace.verify_ledger import first_difference
from tests.cast import actor
from tests.contracts.deposits.scene import DEPOSIT, a_given_guarantee, a_scene
from tests.pages import send, sign_in, words

START = at_county_time(date(2026, 3, 2), 9)
DAY = date(2026, 4, 1)
MONEY = Forfeited("forfeited", "transfer", Decimal(100), Decimal(0), Decimal(0), DAY)


def test_only_what_is_forfeited_and_there_is_handed_over_once_on_a_day_that_has_come() -> None:
    check_may_remit(MONEY, DAY, DAY)
    paper = replace(MONEY, way="guarantee")
    check_may_claim(paper)
    check_may_remit(replace(paper, claimed=Decimal(100)), DAY, DAY)
    for wrong, day in (
        (replace(MONEY, status="held", day=None), DAY),
        (replace(MONEY, remitted=Decimal(100)), DAY),
        (paper, DAY),
        (MONEY, DAY - timedelta(days=1)),
        (MONEY, DAY + timedelta(days=1)),
    ):
        with pytest.raises((Conflict, DomainError)):
            check_may_remit(wrong, day, DAY)
    for wrong in (MONEY, replace(paper, status="held"), replace(paper, claimed=Decimal(100))):
        with pytest.raises((Conflict, DomainError)):
            check_may_claim(wrong)
    one, other = UUID(int=1), UUID(int=2)
    check_confirmer(one, other)
    with pytest.raises(Forbidden):
        check_confirmer(one, one)


async def stands() -> dict[str, Decimal]:
    """What stands on the accounts in yuan, debit less credit; the proof holds."""
    assert await first_difference() is None
    rows = await fetch("SELECT account, sum(debit - credit) AS amount FROM account_balance GROUP BY account")
    return {row["account"]: row["amount"] for row in rows if row["amount"]}


async def test_r_role_03_a_forfeited_guarantee_is_claimed_and_its_money_handed_over_by_two_people(clock: Any) -> None:
    scene = await a_scene(START)
    reference, now = (await a_given_guarantee(scene))["reference"], scene.after
    one, other = await actor("sun.yue", now), await actor("zhao.lei", now)
    await forfeit(reference, "拒签合同", one, now)
    assert await stands() == {"1218": DEPOSIT, "2103": -DEPOSIT}
    slip = Bound(values={"remitted_on": county_day(now), "proof": "JK-1"})
    with pytest.raises(DomainError, match="开立机构还没有付款"):
        await enter_remittance(reference, slip, one, now)
    with pytest.raises(Forbidden):
        await record_claim_paid(reference, "SP-1", await actor("li.qiang", now), now)
    for _ in range(2):
        await record_claim_paid(reference, "SP-1", one, now)
    assert await stands() == {"100201": DEPOSIT, "2103": -DEPOSIT}
    await enter_remittance(reference, slip, one, now)
    with pytest.raises(Conflict):
        await enter_remittance(reference, slip, other, now)
    with pytest.raises(Forbidden):
        await decide_remittance(reference, True, one, now)
    assert not await waiting_for(one, now) and len(await waiting_for(other, now)) == 1
    await decide_remittance(reference, False, other, now)  # the slip was wrong
    await enter_remittance(reference, slip, other, now)
    await decide_remittance(reference, True, one, now)
    with pytest.raises(NotFound):
        await decide_remittance(reference, True, one, now)
    assert await stands() == {} and not await waiting_for(other, now)


async def test_two_of_finance_go_through_the_page_and_nobody_else(client: httpx.AsyncClient, clock: Any) -> None:
    scene = await a_scene(START)
    reference = (await a_given_guarantee(scene))["reference"]
    await clock.set(scene.after)
    await forfeit(reference, "拒签合同", await actor("sun.yue", scene.after), scene.after)
    here = f"/deposits/{reference}"
    await sign_in(client, "li.qiang")
    assert (await send(client, f"{here}/remittance", {})).status_code == 403
    await sign_in(client, "sun.yue")
    assert "登记开立机构已经付款" in words((await client.get(here)).text)
    assert (await send(client, f"{here}/claim-paid", {"claim_proof": ""})).status_code == 422
    assert (await send(client, f"{here}/claim-paid", {"claim_proof": "SP-1"})).status_code == 303
    early = {"remitted_on": (county_day(scene.after) - timedelta(days=1)).isoformat(), "proof": "JK-1"}
    refused = await send(client, f"{here}/remittance", early)
    assert refused.status_code == 422 and "决定不予退还" in words(refused.text) and "JK-1" in refused.text
    typed = {**early, "remitted_on": county_day(scene.after).isoformat()}
    assert (await send(client, f"{here}/remittance", typed)).status_code == 303
    assert (await send(client, f"{here}/remittance/confirm", {})).status_code == 403
    await sign_in(client, "zhao.lei")
    assert "与银行回单一致" in words((await client.get(here)).text)
    assert (await send(client, f"{here}/remittance/confirm", {})).status_code == 303
    told = words((await client.get(here)).text)
    assert "复核时间" in told and "JK-1" in told
