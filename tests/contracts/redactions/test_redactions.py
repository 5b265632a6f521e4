"""What everybody reads of a contract lacks what identifies a person and what the buyer marked (R-TIME-18)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from contracts.agreements.queries import contract_facts
from contracts.redactions.rules import Ground, check_passage, published_text
from contracts.redactions.services import lift_redaction, mark_passage, published_contract, redactions_of
from marketplace.kernel.db import execute
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from tests.builders_contracts import DRAWN_UP, a_contract_in_force
from tests.pages import sign_in, words

TEXT = (
    "合同总价 ¥498,000.00，编号 HT-2026-0001，统一社会信用代码 125101214507654321。\n"
    "联系人王某 13812345678，办公电话 028-84923344，身份证 510121198001011234，邮箱 wang@jt.gov.cn，"
    "账号 6222 0212 3456 7890 123 或者 622202123456789，自2026年4月1日起。独创的排班算法。"
)


def test_r_time_18_what_identifies_a_person_is_taken_out_and_the_rest_stays() -> None:
    found = published_text(TEXT, [("独创的排班算法", "商业秘密")], keep={"125101214507654321"})
    for hidden in ("13812345678", "84923344", "510121198001011234", "wang@", "6222 0212", "622202123456789", "排班"):
        assert hidden not in found.text
    for stays in ("¥498,000.00", "HT-2026-0001", "125101214507654321", "2026年4月1日", "［商业秘密，不公开］"):
        assert stays in found.text
    assert found.hidden == 7


def test_r_time_18_parties_price_and_term_are_never_hidden() -> None:
    must_stay = {"¥498,000.00", "甲公司"}
    check_passage(TEXT, "排班算法", must_stay)
    for passage in ("没有这段", "总价 ¥498,000.00", "498,000"):
        with pytest.raises(DomainError):
            check_passage(TEXT, passage, must_stay)


async def test_r_time_18_strangers_read_the_published_text_with_the_hash_of_the_whole(
    client: httpx.AsyncClient, clock: Any
) -> None:
    world = await a_contract_in_force()
    now = DRAWN_UP
    secret = "由三名社会工作者每月入户走访"
    with pytest.raises(Forbidden):
        await mark_passage(world.reference, secret, Ground.TRADE_SECRET, "投标方案。", (world.director, now))
    await mark_passage(world.reference, secret, Ground.TRADE_SECRET, "投标方案的人员配置。", (world.signer, now))
    with pytest.raises(Conflict):
        await mark_passage(world.reference, secret, Ground.TRADE_SECRET, "再标一次。", (world.signer, now))
    page = (await client.get(f"/contracts/{world.reference}")).text
    assert secret not in page and "商业秘密，不公开" in page and world.facts["terms_sha256"] in page
    paper = await client.get(f"/contracts/{world.reference}/papers/contract-public.docx")
    assert paper.status_code == 200 and paper.content[:2] == b"PK"
    assert (await client.get(f"/contracts/{world.reference}/papers/contract.docx")).status_code == 404
    await sign_in(client, "wang.min")
    assert secret in words((await client.get(f"/contracts/{world.reference}")).text)
    shown = words((await client.get(f"/contracts/{world.reference}/published-text")).text)
    assert "隐去 1 处" in shown
    contract = await contract_facts(world.reference, visible_to=None)
    (row,) = await redactions_of(contract["id"])
    await lift_redaction(world.reference, row["id"], world.signer, now)
    assert secret in (await published_contract(contract)).text


async def test_r_time_18_a_phone_number_in_the_offer_is_not_published(db: Any) -> None:
    world = await a_contract_in_force()
    await execute("UPDATE contract SET terms = terms || '联系电话 13900001111' WHERE id = $1", world.contract)
    contract = await contract_facts(world.reference, visible_to=None)
    published = await published_contract(contract)
    assert "13900001111" not in published.text and published.hidden == 1
