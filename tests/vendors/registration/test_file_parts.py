"""Each part of a file by itself: saved, refused in words, hidden from strangers, used again in bids and invoices."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from catalogue.items.services import load_first_edition
from contracts.billing.account_on_file import fill_from_file
from contracts.billing.forms import INVOICE
from marketplace.kernel.db import fetchrow, fetchval
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import parse
from marketplace.kernel.private_columns import reveal
from tests.builders_catalogue import a_published_listing
from tests.builders_contracts import a_contract_in_force
from tests.builders_vendors import a_full_file, a_provider
from tests.cast import enter_cast
from tests.pages import send, sign_in, words
from vendors.registration.services import make_statement, offer_item, save_account
from vendors.relations.queries import related_to

OWN = "/my-organisation"
NUMBER = "6228480012345678901"
REST = {"position": "主任", "phone": "84932000", "identity_mark": "1234"}


@pytest.fixture
async def provider(client: httpx.AsyncClient, clock: Any) -> Any:
    now = await clock.now()
    await enter_cast(now)
    await load_first_edition(now)
    found = await a_provider(now)
    await sign_in(client, found.username)
    return found


async def test_the_account_is_encrypted_masked_and_shown_for_a_purpose(client: Any, provider: Any) -> None:
    typed = {"bank": "成都农商银行金堂支行", "number": "６２２８ 4800 1234 5678 901"}
    assert (await send(client, f"{OWN}/account", typed)).status_code == 303
    kept = await fetchrow("SELECT number, number_hash FROM provider_account")
    assert NUMBER not in kept["number"] and reveal(kept["number"], "provider_account.number") == NUMBER
    page = (await client.get(f"{OWN}/account")).text
    assert NUMBER not in page and "6228***********8901" in page
    assert (await send(client, f"{OWN}/account/whole", {"purpose": " "})).status_code == 422
    assert await fetchval("SELECT count(*) FROM personal_data_look") == 0
    assert NUMBER in (await send(client, f"{OWN}/account/whole", {"purpose": "核对开户许可"})).text
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'personal_data.shown'") == 1
    assert (await send(client, f"{OWN}/account", {**typed, "number": "4000 1234 5678"})).status_code == 303
    assert await fetchval("SELECT count(*) FROM provider_account WHERE ended_at IS NULL") == 1
    assert await fetchval("SELECT count(*) FROM provider_account") == 2


@pytest.mark.parametrize(("path", "typed", "said"), [
    ("representative", {"name": "何芳", **REST, "phone": "12-a"}, "电话是 7 至 15"),
    ("representative", {"name": "何😀芳", **REST}, "不会有“😀”"),
    ("representative", {"name": "<b>何", **REST}, "不会有“<”"),
    ("representative", {"name": "何" * 81, **REST}, "最多 80 个字"),
    ("representative", {"name": "", "position": "", "phone": "", "identity_mark": ""}, "请填写“职务”"),
    ("representative", {"name": "何\u202e芳", **REST}, "U+202E"),
    ("representative", {"name": "何芳", **REST, "identity_mark": "Y234"}, "最后四位"),
    ("towns", {"towns": ["not-a-town"]}, "请从列出的选项里选一个"),
    ("towns", {}, "请填写“服务的镇（街道）”"),
    ("towns", {"towns": ["00000000-0000-4000-8000-000000000000"]}, "请从列出的选项里选一个"),
    ("items", {"item_code": "Z99", "capacity": "5"}, "请从列出的选项里选一个"),
    ("items", {"item_code": "S01", "capacity": "0"}, "1 到 1000000"),
    ("items", {"item_code": "S01", "capacity": "很多"}, "请填整数"),
    ("items", {"item_code": "S01", "capacity": "3.5"}, "请填整数"),
    ("account", {"bank": "银行", "number": "1234567"}, "8 至 30 位"),
    ("account", {"bank": "银行", "number": "1234-五六七八-9"}, "8 至 30 位"),
    ("account", {"bank": "", "number": ""}, "请填写“开户银行”"),
])  # fmt: skip
async def test_what_is_typed_wrong_is_said_beside_its_field(
    client: Any, provider: Any, path: str, typed: dict[str, Any], said: str
) -> None:
    answer = await send(client, f"{OWN}/{path}", typed)
    assert answer.status_code == 422 and said in words(answer.text)
    assert "<b>何" not in answer.text


async def test_full_width_digits_and_spaces_around_are_understood(client: Any, provider: Any) -> None:
    typed = {"name": " 何芳 ", "position": "主任", "phone": "０２８-８４９３２０００", "identity_mark": "１２３ｘ"}
    assert (await send(client, f"{OWN}/representative", typed)).status_code == 303
    row = await fetchrow("SELECT phone, identity_mark FROM legal_representative_facts")
    assert row["identity_mark"] == "123X" and "8493" not in row["phone"]
    assert reveal(row["phone"], "legal_representative_facts.phone") == "028-84932000"
    assert (await send(client, f"{OWN}/items", {"item_code": "S01", "capacity": "１２０"})).status_code == 303
    assert await fetchval("SELECT capacity FROM offered_item") == 120


@pytest.mark.parametrize("path", ["representative", "towns", "items", "account"])
async def test_the_parts_are_for_people_of_providers(client: Any, provider: Any, path: str) -> None:
    assert (await client.get(f"{OWN}/{path}")).status_code == 200
    await sign_in(client, "wang.min")
    assert (await client.get(f"{OWN}/{path}")).status_code == 403
    assert (await send(client, f"{OWN}/{path}", {"towns": []})).status_code == 403


async def test_twice_does_no_harm(provider: Any, clock: Any) -> None:
    now = await clock.now()
    for _ in range(2):
        await make_statement("no_staff", provider.actor, now)
        await offer_item("S01", 5, provider.actor, now)
        await save_account("银行", NUMBER, provider.actor, now)
    assert await fetchval("SELECT count(*) FROM file_statement") == 1
    assert await fetchval("SELECT count(*) FROM offered_item") == 1


async def test_namesakes_with_other_marks_are_not_related_and_the_same_mark_is_certain(
    client: Any, provider: Any, clock: Any
) -> None:
    now = await clock.now()
    other = await a_provider(now, name="金堂县同名社会工作服务中心", username="tongming")
    typed = {"name": "何芳", "position": "主任", "phone": "028-84932000"}
    for username, mark in ((provider.username, "123X"), (other.username, "123X")):
        await sign_in(client, username)
        assert (await send(client, f"{OWN}/representative", {**typed, "identity_mark": mark})).status_code == 303
    [same] = await related_to(provider.id)
    assert same.bars and same.is_certain
    await send(client, f"{OWN}/representative", {**typed, "identity_mark": "4567"})
    assert await related_to(provider.id) == []


async def test_papers_of_the_file_go_into_a_bid_by_ticking_them(client: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    bidder = await a_provider(now)
    await a_full_file(bidder, "private_non_enterprise", now)
    await sign_in(client, bidder.username)
    base = f"/listings/{listing.reference}/lots/1/bid"
    page = await client.get(f"{base}/from-file")
    boxes = re.findall(r'name="papers" value="([^"]+)"', page.text)
    assert page.status_code == 200 and len(boxes) == 7
    answer = await send(client, f"{base}/from-file", {"papers": boxes[:2]})
    assert answer.status_code == 303
    technical = (await client.get(f"{base}/technical")).text
    assert technical.count('class="papers__paper"') == 2
    again = await send(client, f"{base}/from-file", {"papers": boxes[:1]})
    assert again.status_code == 422 and "草稿里已经有一份" in words(again.text)


async def test_an_invoice_without_an_account_uses_the_one_of_the_file(client: Any, clock: Any) -> None:
    world, now = await a_contract_in_force(), await clock.now()
    typed = {"number": "24512000000000000001", "amount": "1.00", "issued_on": "2026-05-01"}
    form = parse(INVOICE, typed)
    assert not form.errors
    with pytest.raises(FormRefused) as refused:
        await fill_from_file(form, world.reference, world.director)
    assert "用本机构资料里的收款账号" in str(refused.value.errors["bank"])
    await save_account("成都农商银行金堂支行", NUMBER, world.director, now)
    await fill_from_file(form, world.reference, world.director)
    assert (form["bank"], form["bank_account"]) == ("成都农商银行金堂支行", NUMBER)
    half = parse(INVOICE, {**typed, "bank_account": "87654321"})
    with pytest.raises(FormRefused):
        await fill_from_file(half, world.reference, world.director)
