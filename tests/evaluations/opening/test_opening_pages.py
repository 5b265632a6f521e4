"""Who sees what of an opening, and the forms of openers and buyers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from catalogue.listings.queries import listing_by_id
from evaluations.opening.items import items_of
from evaluations.opening.queries import opened_bids
from tests.builders_evaluations import all_conform
from tests.evaluations.opening.steps import PASSPHRASE, Sealed, key_file, opened_listing, sealed_listing
from tests.pages import send, sign_in, words


async def upload(
    client: httpx.AsyncClient, sealed: Sealed, username: str, passphrase: str = PASSPHRASE
) -> httpx.Response:
    files = {"identity": ("key.age", key_file(sealed, username), "application/octet-stream")}
    return await send(
        client, f"{sealed.path}/opening", {"stage": "first", "passphrase": passphrase}, files=files
    )


async def test_openers_release_through_the_page_and_the_record_names_bidders_without_prices(
    client: httpx.AsyncClient, clock: Any
) -> None:
    sealed = await sealed_listing(await clock.now())
    await clock.set(sealed.after)
    await sign_in(client, "zhou.lan")
    wrong = await upload(client, sealed, "zhou.lan", "not the passphrase")
    assert wrong.status_code == 422 and "口令不对" in words(wrong.text) and "not the passphrase" not in wrong.text
    assert (await upload(client, sealed, "zhou.lan")).status_code == 303
    assert (await upload(client, sealed, "zhou.lan")).status_code == 409
    assert "已有 1 位" in words((await client.get(f"{sealed.path}/opening")).text)
    await sign_in(client, "wu.gang")
    assert (await upload(client, sealed, "wu.gang")).status_code == 303
    shown = words((await client.get(f"{sealed.path}/opening")).text)
    assert "金堂县第1社会工作服务中心" in shown and "480,000" not in shown
    english = (await client.get(f"/en{sealed.path}/opening")).text
    assert "Record of receipt" in english


@pytest.mark.parametrize("username", ["li.qiang", "zhou.lan", "zhao.lei", "ma.chao"])
async def test_no_name_and_no_number_is_shown_before_the_deadline(
    client: httpx.AsyncClient, clock: Any, username: str
) -> None:
    now = await clock.now()
    sealed = await sealed_listing(now)
    await clock.set(now + timedelta(hours=3))
    await sign_in(client, username)
    page = await client.get(f"{sealed.path}/opening")
    assert page.status_code == 200
    assert "社会工作服务中心" not in page.text and "回执" not in page.text and "收件记录" not in page.text


async def test_strangers_find_no_opening_and_a_bidder_sees_only_itself(client: httpx.AsyncClient, clock: Any) -> None:
    sealed = await opened_listing(clock)
    assert (await client.get(f"{sealed.path}/opening")).status_code == 404
    await sign_in(client, "yang.hua")
    assert (await client.get(f"{sealed.path}/opening")).status_code == 404
    await sign_in(client, "bidder1")
    shown = (await client.get(f"{sealed.path}/opening")).text
    assert "金堂县第1社会" in shown and "金堂县第2社会" not in shown
    assert (await client.get(f"{sealed.path}/qualification")).status_code == 403


async def test_the_buyer_decides_and_asks_for_final_prices(client: httpx.AsyncClient, clock: Any) -> None:
    sealed = await opened_listing(clock)
    await sign_in(client, "li.qiang")
    for bid in await opened_bids(sealed.id):
        path = f"{sealed.path}/qualification/{bid['id']}"
        every = {f"item-{n}": "yes" for n, _ in enumerate(items_of(await listing_by_id(sealed.id)))}
        refused = await send(client, path, {**every, "item-1": "no", "place-2": "第 3 页"})
        assert refused.status_code == 422 and "写明理由" in words(refused.text) and 'value="第 3 页"' in refused.text
        assert (await send(client, path, {})).status_code == 422
        assert (await send(client, path, every)).status_code == 303
    await all_conform(sealed.id, sealed.after)
    past = await send(client, f"{sealed.path}/final-prices", {"closes_at": "2026-03-02T09:00"})
    assert past.status_code == 422 and "要晚于现在" in words(past.text)
    later = (sealed.after + timedelta(hours=10)).strftime("%Y-%m-%dT%H:%M")
    assert (await send(client, f"{sealed.path}/final-prices", {"closes_at": later})).status_code == 303
    shown = words((await client.get(f"{sealed.path}/qualification")).text)
    assert "最后报价在" in shown
    assert (await client.get(f"/en{sealed.path}/qualification")).status_code == 200


async def test_a_form_without_a_file_says_so(client: httpx.AsyncClient, clock: Any) -> None:
    sealed = await sealed_listing(await clock.now())
    await clock.set(sealed.after)
    await sign_in(client, "zhou.lan")
    answer = await send(client, f"{sealed.path}/opening", {"stage": "first", "passphrase": PASSPHRASE})
    assert answer.status_code == 422 and "请选择您的密钥文件" in words(answer.text)
