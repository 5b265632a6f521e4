"""A contact is masked for whoever checks a file and shown whole for a purpose that the provider can read."""

from __future__ import annotations

from typing import Any

import httpx

from catalogue.items.services import load_first_edition
from marketplace.kernel.db import fetchval
from tests.builders_vendors import a_full_file, a_provider
from tests.cast import enter_cast
from tests.pages import send, sign_in, words
from vendors.providers.rules import masked_contact
from vendors.qualification.applying import apply_for_precheck

PHONE = "028-84932000"


def test_all_but_the_last_four_digits_are_hidden_whatever_stands_between_them() -> None:
    assert masked_contact("何芳 028-84932000") == "何芳 ···-····2000"
    assert masked_contact("何芳 13800001234，座机 028 8493 20 00") == "何芳 ···········，座机 ··· ···· 20 00"
    assert masked_contact("") == "" and masked_contact("何芳") == "何芳"


async def test_a_contact_is_masked_and_its_provider_learns_of_every_look(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    await enter_cast(now)
    await load_first_edition(now)
    provider = await a_provider(now)
    await a_full_file(provider, "private_non_enterprise", now)
    [reference] = await apply_for_precheck(["S01"], provider.actor, now)
    file = f"/providers/checks/{reference}"
    await sign_in(client, "liu.fang")
    page = (await client.get(file)).text
    assert PHONE not in page and "何芳 ···-····2000" in words(page)
    bad = await send(client, f"{file}/contact", {"purpose": " "})
    assert bad.status_code == 422 and PHONE not in bad.text
    assert await fetchval("SELECT count(*) FROM personal_data_look") == 0
    assert PHONE in (await send(client, f"{file}/contact", {"purpose": "通知补正"})).text
    assert PHONE not in (await client.get(file)).text
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'personal_data.shown'") == 1
    await sign_in(client, provider.username)
    assert (await send(client, f"{file}/contact", {"purpose": "x"})).status_code == 403
    seen = words((await client.get("/my-data")).text)
    assert "刘芳" in seen and f"联系人和电话 {provider.reference} 通知补正" in seen


async def test_nobody_outside_sees_a_contact_at_all(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    await enter_cast(now)
    provider = await a_provider(now)
    for path in (f"/providers/{provider.reference}", f"/providers/{provider.reference}/record", "/providers"):
        assert PHONE not in (await client.get(path)).text
    assert PHONE not in (await client.get("/providers/export/providers.csv")).text
