"""Whole numbers are found by their keyed hash: by whom it concerns, for a purpose, and never in an address or a log."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest

from marketplace.kernel.db import execute, fetch, fetchrow, fetchval
from tests.builders_contracts import a_contract_in_force, an_invoice_submitted
from tests.builders_vendors import a_provider
from tests.cast import enter_cast
from tests.pages import PASSWORD, send, sign_in, words
from tests.vendors.workers.test_files import worker
from vendors.numbers.rules import WHO_MAY, NumberKind, tells_number
from vendors.providers.phones import phones_in
from vendors.registration.services import Representative, save_account, save_representative
from vendors.workers.identity import identity_hash
from vendors.workers.services import WorkerAccount, add_worker, link_account

IDENTITY, ACCOUNT = "11010519491231002X", "6228480012345678901"
DOOR = "/number-search"


@pytest.mark.parametrize(
    ("text", "found"),
    [("何芳 028-84932000", {"02884932000"}), ("王 １３８ ０００１ ２３４５", {"13800012345"}),
     ("+86 138-0001-2345；(028) 8493 2000", {"13800012345", "02884932000"}), ("三楼 12 号", set()), ("", set())],
)  # fmt: skip
def test_telephone_numbers_are_read_out_of_a_text(text: str, found: set[str]) -> None:
    assert phones_in(text) == found


def test_a_purpose_does_not_repeat_the_number() -> None:
    assert tells_number("核对 6228 4800-1234５678901 的账号", ACCOUNT) and not tells_number("核对申请材料", ACCOUNT)
    assert set(WHO_MAY) == set(NumberKind) and all(WHO_MAY.values())


async def look(client: httpx.AsyncClient, kind: str, number: str, purpose: str = "核对材料") -> httpx.Response:
    """Search as the page does."""
    return await send(client, DOOR, {"kind": kind, "whole_number": number, "purpose": purpose})


async def test_civil_affairs_finds_a_worker_and_the_worker_sees_it(client: Any, clock: Any, caplog: Any) -> None:
    now = await clock.now()
    await enter_cast(now)
    provider = await a_provider(now)
    spell = await add_worker(worker(), provider.actor, now)
    await link_account(spell, WorkerAccount("ye.qing", PASSWORD), provider.actor, now)
    await execute("UPDATE worker_file SET identity_hash = $1", identity_hash(IDENTITY))
    await sign_in(client, "liu.fang")
    assert "按完整号码查找" in words((await client.get("/workers")).text)
    with caplog.at_level(logging.DEBUG):
        page = await look(client, "identity", " 110105 1949 1231 002x ")
    assert page.status_code == 200 and f"/workers/{spell}" in page.text
    assert IDENTITY not in page.text and "1231" not in page.text.split("<main")[1] and IDENTITY not in caplog.text
    (entry,) = await fetch("SELECT detail::text AS detail FROM audit_entry WHERE act = 'personal_data.searched'")
    assert "核对材料" in entry["detail"] and "1949" not in entry["detail"]
    assert "没有人登记过" in words((await look(client, "identity", "440524188001010014")).text)
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'personal_data.searched'") == 2
    assert (await client.get(f"{DOOR}?kind=identity&whole_number={IDENTITY}&purpose=x")).text.count("/workers/") == 0
    await sign_in(client, "ye.qing")
    assert "刘芳" in words((await client.get("/my-data")).text)


@pytest.mark.parametrize(
    ("kind", "number", "purpose", "said"),
    [("", "1", "x", "请选择"), ("identity", IDENTITY[:-1] + "1", "x", "对不上"), ("phone", "12", "x", "7 至 15"),
     ("identity", "", "x", "请填写"), ("identity", IDENTITY, "", "请填写"),
     ("identity", IDENTITY, IDENTITY, "不要写号码"), ("account", ACCOUNT, "x", "请从列出的选项里选一个")],
)  # fmt: skip
async def test_a_search_that_will_not_do_is_refused_in_words_and_not_noted(
    client: httpx.AsyncClient, clock: Any, kind: str, number: str, purpose: str, said: str
) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "liu.fang")
    page = await look(client, kind, number, purpose)
    assert page.status_code == 422 and said in words(page.text)
    assert not number or f'value="{number}"' not in page.text
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'personal_data.searched'") == 0


async def test_finance_finds_accounts_in_files_and_invoices(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    await enter_cast(now)
    provider = await a_provider(now)
    await save_account("银行", ACCOUNT, provider.actor, now)
    await save_account("银行", "6228480099999999999", provider.actor, now)  # the former account is found too
    invoice = await an_invoice_submitted(await a_contract_in_force())
    await sign_in(client, "sun.yue")
    assert provider.reference in (await look(client, "account", "6228 4800 1234 5678 901")).text
    assert f"/invoices/{invoice}" in (await look(client, "account", "62284800001234567890")).text
    assert await fetchval("SELECT count(*) FROM personal_data_look") == 2
    await sign_in(client, provider.username)
    assert "核对材料" in words((await client.get("/my-data")).text)
    assert (await client.get(DOOR)).status_code == 403


async def test_a_telephone_is_found_in_contact_and_representative_as_they_stand_now(client: Any, clock: Any) -> None:
    now = await clock.now()
    await enter_cast(now)
    provider = await a_provider(now)
    facts = Representative(name="何芳", position="主任", phone="138 0001 2345", identity_mark="123X")
    await save_representative(facts, provider.actor, now)
    marks = await fetch("SELECT * FROM phone_mark")
    assert len(marks) == 2 and all(b"84932000" not in bytes(row["mark"]) for row in marks)
    await sign_in(client, "liu.fang")
    for phone in ("028-84932000", "（028）8493 2000", "+86 13800012345"):
        assert provider.reference in (await look(client, "phone", phone)).text, phone
    await save_representative(
        Representative(name="何芳", position="主任", phone="139 0001 2345", identity_mark="123X"), provider.actor, now
    )
    assert provider.reference not in (await look(client, "phone", "13800012345")).text
    assert await fetchrow("SELECT 1 FROM audit_entry WHERE act = 'personal_data.searched'")
