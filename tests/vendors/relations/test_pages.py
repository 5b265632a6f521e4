"""Related parties on the pages of the provider, at sealing, at the review and before the award."""

from __future__ import annotations

import pytest

from marketplace.kernel.db import fetchval
from tests.builders_catalogue import a_published_listing
from tests.builders_evaluations import a_scored_listing
from tests.builders_vendors import a_provider, new_provider
from tests.pages import send, sign_in, words
from vendors.providers.queries import provider_by_id
from vendors.providers.services import register_provider
from vendors.relations.queries import related_among, related_to

PATH = "/my-organisation/relations"


async def two_providers(now):
    """Two with different legal representatives."""
    first = await a_provider(now)
    new = new_provider("成都惠民康养服务有限公司", "enterprise", "huimin")
    details = type(new.details)(**{**new.details.__dict__, "legal_representative": "秦川"})
    second = await register_provider(type(new)(**{**new.__dict__, "details": details}), now)
    return first, second


async def test_a_provider_declares_a_holding_and_sees_the_path_before_sealing(client, clock):
    now = await clock.now()
    listing = await a_published_listing(now)
    first, second = await two_providers(now)
    assert await related_to(first.id) == []
    code = (await provider_by_id(second.provider))["credit_code"]
    await sign_in(client, first.username)
    form = {"kind": "holding", "name": "成都惠民康养服务有限公司", "credit_code": code, "share": "60"}
    assert (await send(client, PATH, form)).status_code == 303
    again = await send(client, PATH, form)
    assert again.status_code == 422 and "已经填过" in words(again.text)
    (found,) = await related_among([first.id, second.provider])
    assert found.bars and found.is_certain
    for page in (PATH, "/en" + PATH, f"/listings/{listing.reference}/lots/1/bid/check"):
        assert "惠民" in words((await client.get(page)).text), page
    # the other one learns of it too, whoever bids
    await sign_in(client, "huimin")
    text = words((await client.get(f"/listings/{listing.reference}/lots/1/bid/check")).text)
    assert "不得参加同一合同" in text and "控股" in text
    await sign_in(client, first.username)
    party = await fetchval("SELECT id FROM related_party")
    assert (await send(client, f"{PATH}/{party}/end")).status_code == 303
    assert (await send(client, f"{PATH}/{party}/end")).status_code == 303
    assert await related_to(first.id) == []


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"name": ""}, "name", "请填写"),
        ({"name": "长" * 121}, "name", "最多 120 个字"),
        ({"kind": "holding"}, "credit_code", "要填统一社会信用代码"),
        ({"credit_code": "52510121MJ0000000X"}, "credit_code", "校验位"),
        ({"identity_mark": "12X4"}, "identity_mark", "最后四位"),
        ({"identity_mark": "😀123"}, "identity_mark", "最后四位"),
        ({"share": "100.01"}, "share", "100"),
        ({"since": "2026-03-03"}, "since", "不能晚于今天"),
        ({"kind": "cousin"}, "kind", "请从列出的选项里选一个"),
    ],
)
async def test_mistakes_stand_beside_their_fields(client, clock, changed, field, said):
    provider = await a_provider(await clock.now())
    await sign_in(client, provider.username)
    answer = await send(client, PATH, {"kind": "holder", "name": "张三", **changed})
    assert answer.status_code == 422 and said in words(answer.text) and f'href="#field-{field}"' in answer.text
    assert await fetchval("SELECT count(*) FROM related_party") == 0


async def test_full_width_digits_of_an_identity_are_understood_and_strangers_end_nothing(client, clock):
    now = await clock.now()
    first, _ = await two_providers(now)
    await sign_in(client, first.username)
    form = {"kind": "responsible", "name": " 张三 ", "identity_mark": "１２３ｘ"}
    assert (await send(client, PATH, form)).status_code == 303
    assert await fetchval("SELECT name || identity_mark FROM related_party") == "张三123X"
    party = await fetchval("SELECT id FROM related_party")
    await sign_in(client, "huimin")
    assert (await send(client, f"{PATH}/{party}/end")).status_code == 404
    assert "张三" not in (await client.get(PATH)).text


async def test_who_designed_a_project_is_told_when_it_bids(client, clock):
    now = await clock.now()
    listing, provider = await a_published_listing(now), await a_provider(now)
    code = (await provider_by_id(provider.id))["credit_code"]
    path = f"/listings/{listing.reference}/helpers"
    await sign_in(client, "wang.min")
    assert path in (await client.get(f"/listings/{listing.reference}")).text
    bad = await send(client, path, {"kind": "design", "name": "和美"})
    assert bad.status_code == 422 and 'value="和美"' in bad.text
    form = {"kind": "design", "scope": "project", "name": "和美", "credit_code": code, "source": "HT-2025-0003"}
    assert (await send(client, path, form)).status_code == 303
    await sign_in(client, provider.username)
    assert (await client.get(path)).status_code == 403
    told = words((await client.get(f"/listings/{listing.reference}/lots/1/bid/eligibility")).text)
    assert "不得参加" in told and "HT-2025-0003" in told
    await sign_in(client, "wang.min")
    helper = await fetchval("SELECT id FROM project_helper")
    assert (await send(client, f"{path}/{helper}/end")).status_code == 303
    await sign_in(client, provider.username)
    told = words((await client.get(f"/listings/{listing.reference}/lots/1/bid/eligibility")).text)
    assert "HT-2025-0003" not in told


async def test_another_office_records_no_helper(client, clock):
    listing = await a_published_listing(await clock.now())
    await sign_in(client, "hu.yan")
    answer = await client.get(f"/listings/{listing.reference}/helpers")
    assert answer.status_code == 404


async def test_the_buyer_sees_related_bidders_with_their_path_at_review_and_before_the_award(client, clock):
    opened = await a_scored_listing(await clock.now())
    # both bidders of the builder have the same legal representative or none: make it one on purpose
    await fetchval("UPDATE provider SET legal_representative = '何芳' WHERE id = ANY($1) RETURNING id",
                   list(opened.providers.values()))  # fmt: skip
    await clock.set(opened.now)
    await sign_in(client, "li.qiang")
    for page in ("qualification", "award"):
        text = words((await client.get(f"/listings/{opened.listing.reference}/{page}")).text)
        assert "有关联的投标供应商" in text and "单位负责人是 何芳" in text and "待核实" in text, page
    await sign_in(client, "hu.yan")
    assert (await client.get(f"/listings/{opened.listing.reference}/award")).status_code == 404
