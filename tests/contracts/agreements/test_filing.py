"""The number under which finance filed a contract, on the contract's page and on every paper of its payments."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx
import pytest

from contracts.agreements.filing import enter_filing, filing_of
from contracts.billing.finance_fields import finance_fields
from contracts.billing.queries import invoice_page
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetchval
from marketplace.kernel.errors import DomainError, Forbidden
from tests.builders_contracts import a_contract, a_contract_in_force, an_invoice_submitted
from tests.pages import send, sign_in, words

NOW, DAY = at_county_time(date(2026, 3, 26), 10), date(2026, 3, 25)
NUMBER = "金财采备〔2026〕17号"


async def test_R_TIME_19_the_filing_number_is_entered_by_the_buyer_or_finance_and_corrected_on_record(db: Any) -> None:
    unsigned = await a_contract()
    with pytest.raises(Forbidden):
        await enter_filing(unsigned.reference, NUMBER, DAY, unsigned.signer, NOW)
    world = await a_contract_in_force()
    with pytest.raises(Forbidden):
        await enter_filing(world.reference, NUMBER, DAY, world.director, NOW)
    for wrong in (date(2026, 3, 19), date(2026, 3, 27)):
        with pytest.raises(DomainError, match="备案日期"):
            await enter_filing(world.reference, NUMBER, wrong, world.signer, NOW)
    await enter_filing(world.reference, "17", DAY, world.signer, NOW)
    await enter_filing(world.reference, NUMBER, DAY, world.finance, NOW)
    filing = await filing_of(world.contract)
    assert filing is not None and (filing["number"], filing["filed_on"]) == (NUMBER, DAY)
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'contract.filed'") == 2
    invoice = await invoice_page(await an_invoice_submitted(world), world.finance)
    assert NUMBER in dict(finance_fields(invoice)).values()


async def test_the_page_takes_the_number_and_the_contract_shows_it(client: httpx.AsyncClient, clock: Any) -> None:
    world = await a_contract_in_force()
    await clock.set(NOW)
    here = f"/contracts/{world.reference}"
    await sign_in(client, "director.0016")
    assert (await client.get(f"{here}/filing")).status_code == 403
    await sign_in(client, "wang.min")
    assert "还没有登记财政备案" in words((await client.get(here)).text)
    typed = {"number": NUMBER, "filed_on": "2026-03-25"}
    assert (await send(client, f"{here}/filing", {**typed, "filed_on": "2026-03-27"})).status_code == 422
    assert (await send(client, f"{here}/filing", typed)).status_code == 303
    assert NUMBER in words((await client.get(here)).text)
