"""The account a provider is paid to: encrypted, masked, and shown whole for a purpose that the provider can read."""

from __future__ import annotations

from typing import Any

import httpx

from marketplace.kernel.db import fetchrow, fetchval
from marketplace.kernel.private_columns import reveal, search_hash
from tests.builders_contracts import a_contract_in_force, an_invoice_submitted
from tests.pages import send, sign_in, words

ACCOUNT = "62284800001234567890"
PLACE = "invoice.bank_account"


async def test_an_account_is_encrypted_masked_and_shown_for_a_purpose(client: httpx.AsyncClient, clock: Any) -> None:
    reference = await an_invoice_submitted(await a_contract_in_force())
    kept = await fetchrow("SELECT bank_account, bank_account_hash FROM invoice")
    assert ACCOUNT not in kept["bank_account"] and reveal(kept["bank_account"], PLACE) == ACCOUNT
    assert bytes(kept["bank_account_hash"]) == search_hash("6228 4800 0012 3456 7890", PLACE)
    await sign_in(client, "sun.yue")
    page = await client.get(f"/invoices/{reference}")
    assert ACCOUNT not in page.text and "6228************7890" in page.text
    bad = await send(client, f"/invoices/{reference}/account", {"purpose": " "})
    assert bad.status_code == 422 and ACCOUNT not in bad.text
    assert await fetchval("SELECT count(*) FROM personal_data_look") == 0
    shown = await send(client, f"/invoices/{reference}/account", {"purpose": "核对退票"})
    assert shown.status_code == 200 and ACCOUNT in shown.text
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'personal_data.shown'") == 1
    await sign_in(client, "director.0016")
    seen = words((await client.get("/my-data")).text)
    assert "核对退票" in seen and "孙悦" in seen and reference in seen


async def test_nobody_but_finance_is_shown_the_whole_account(client: httpx.AsyncClient, clock: Any) -> None:
    reference = await an_invoice_submitted(await a_contract_in_force())
    for username in ("chen.jing", "ma.chao"):
        await sign_in(client, username)
        assert (await send(client, f"/invoices/{reference}/account", {"purpose": "x"})).status_code == 403
