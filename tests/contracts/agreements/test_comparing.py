"""A contract beside procurement document and bid: what differs is named, refused to both sides, and put back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest

from contracts.agreements.comparing import OFFER, Agreed, Part, Printed, check_agrees, compare, is_compared, sections_of
from contracts.agreements.comparing import REQUIREMENT as REQUIRED
from contracts.agreements.comparison import restore_contract, terms_of
from contracts.agreements.queries import contract_by_id
from contracts.agreements.rules import terms_hash
from contracts.agreements.services import sign_contract
from contracts.agreements.terms import numbered
from marketplace.kernel.db import execute, fetchrow, fetchval
from marketplace.kernel.errors import Conflict, Forbidden
from tests.builders_contracts import DRAWN_UP, REQUIREMENT, a_contract
from tests.cast import actor
from tests.pages import send, sign_in, words

D = Decimal
LOT = UUID(int=1)
TEXT = (
    "政府购买服务合同\n\n一、服务要求（采购公告原文）\n走访全覆盖。\n\n二、分包和转包\n乙方不得转包，也不得分包。\n\n"
    "三、违约责任和争议\n依民法典承担责任。\n"
)
PARTS = {1: Part("上半年", D(60), date(2026, 6, 30), D("600")), 2: Part("下半年", D(40), date(2026, 12, 31), D("400"))}
PRINTED = Printed(
    "第 1 包", "年", "走访全覆盖。", D(1), D(1200), date(2026, 1, 1), date(2026, 12, 31),
    {place: replace(part, amount=None) for place, part in PARTS.items()}, 30,
)  # fmt: skip
WON = Agreed(
    LOT, "第 1 包", UUID(int=2), "和风", D(1000), D(1), date(2026, 1, 1), date(2026, 12, 31), PARTS, TEXT, 1200, "三人",
    "走访", UUID(int=7), "赵镇",
)
DRAFT = replace(WON, payment_days=30, text_sha256=terms_hash(TEXT))


def test_a_draft_drawn_from_document_and_bid_agrees_in_every_term() -> None:
    terms = compare(PRINTED, WON, DRAFT)
    check_agrees(terms)
    assert {"数量", "单价", "合同总价", "服务期限", "分包和转包", "违约责任"} <= {str(t.label) for t in terms}


@pytest.mark.parametrize(
    ("changed", "term", "due", "found"),
    [
        ({"amount": D(1100)}, "单价", "¥1,000.00", "¥1,100.00"),
        ({"quantity": D(2)}, "数量", "1 年", "2 年"),
        ({"service_to": date(2027, 1, 31)}, "服务期限", "12月31日", "1月31日"),
        ({"lot": UUID(int=9), "lot_words": "第 2 包"}, "范围（采购包）", "第 1 包", "第 2 包"),
        ({"provider": UUID(int=9), "provider_name": "别家"}, "签约的供应商", "和风", "别家"),
        ({"is_call_off": True}, "合同的种类", "按成交结果签订", "框架协议的订单"),
        ({"renews": UUID(int=8)}, "合同的种类", "按成交结果签订", "续签合同"),
        ({"buyer": UUID(int=8), "buyer_name": "别的镇"}, "签约的采购人", "赵镇", "别的镇"),
        ({"line": UUID(int=8), "line_words": "YS-2"}, "合同自己的预算", "（没有）", "YS-2"),
        ({"title": "另一个"}, "合同名称", "走访", "另一个"),
        ({"annual_hours": 800}, "承诺的年服务时数", "1200", "800"),
        ({"payment_days": 90}, "付款期限", "30 日", "90 日"),
        ({"late_rate": D(1)}, "逾期利息", "按规定", "年利率 1%"),
        ({"parts": {**PARTS, 1: replace(PARTS[1], share=D(70))}}, "付款节点 1：上半年", "60%", "70%"),
        ({"parts": {**PARTS, 2: replace(PARTS[2], due_on=date(2027, 3, 1))}}, "付款节点 2：下半年", "12月31", "3月1日"),
        ({"parts": {1: PARTS[1]}}, "付款节点 2：下半年", "40%", "（没有）"),
        ({"text": TEXT.replace("也不得分包", "可以分包")}, "分包和转包", "也不得分包", "可以分包"),
        ({"text": TEXT.replace("依民法典承担责任", "乙方另付罚金")}, "违约责任", "依民法典", "乙方另付罚金"),
        ({"text": TEXT + "附加条件：免费加班。"}, "违约责任", "", "附加条件"),
    ],
)  # fmt: skip
def test_r_con_01_a_change_of_substance_is_refused_with_the_term_and_both_values(
    changed: dict[str, Any], term: str, due: str, found: str
) -> None:
    draft = replace(DRAFT, **changed)
    draft = replace(draft, text_sha256=terms_hash(draft.text))  # whoever alters a text alters its hash as well
    with pytest.raises(Forbidden) as refused:
        check_agrees(compare(PRINTED, WON, draft))
    said = refused.value.sentence.text("zh")
    assert refused.value.clause == "R-CON-01"
    assert f"“{term}”" in said
    assert due in said.split("合同写的是")[0]
    assert found in said.split("合同写的是")[1]
    assert "恢复" in said


def test_where_nothing_was_kept_it_is_said_and_an_altered_text_is_still_refused() -> None:
    assert is_compared(compare(PRINTED, WON, DRAFT))
    terms = compare(PRINTED, None, DRAFT)
    check_agrees(terms)
    assert not is_compared(terms)
    with pytest.raises(Forbidden, match="SHA-256"):
        check_agrees(compare(PRINTED, None, replace(DRAFT, text=TEXT + "加一条。")))


def test_nothing_is_signed_above_the_budget_and_a_title_in_a_requirement_begins_no_section() -> None:
    above = {"amount": D(1300), "parts": {}}
    terms = compare(replace(PRINTED, parts=None), replace(WON, **above), replace(DRAFT, **above))
    assert [t.label for t in terms if not t.agrees] == ["合同总价"]
    text = TEXT.replace("走访全覆盖。", "走访全覆盖。\n二、每月例会\n三、台账")
    assert list(sections_of(text)) == ["服务要求（采购公告原文）", "分包和转包", "违约责任和争议"]


@pytest.mark.parametrize("line", ["二、分包和转包", "二、绩效评价", "二、付款节点", "二、履约保证金", "二、续签"])
def test_a_requirement_may_bear_the_contract_s_own_titles(line: str) -> None:
    requirement, offer = f"走访全覆盖。\n{line}\n按季考核。", f"派三人。\n{line.replace('二', '三')}\n照办。"
    text = numbered(((REQUIRED, requirement), (OFFER, offer), ("分包和转包", "不得分包。")))
    printed, won = replace(PRINTED, requirement=requirement), replace(WON, text=text, offer=offer)
    check_agrees(compare(printed, won, replace(DRAFT, text=text, text_sha256=terms_hash(text))))
    assert list(sections_of(text, {REQUIRED: requirement, OFFER: offer})) == [REQUIRED, OFFER, "分包和转包"]
    less = text.replace("按季考核", "不考核")
    with pytest.raises(Forbidden, match="合同没有生成") as refused:
        check_agrees(
            compare(printed, won, replace(DRAFT, text=less, text_sha256=terms_hash(less))), is_drawing_up=True
        )
    assert "服务标准和要求" in refused.value.sentence.text("zh")
    # what a draft was written from is not what the document prints
    with pytest.raises(Forbidden, match="服务标准和要求"):
        check_agrees(compare(replace(printed, requirement="另一份要求"), won, replace(DRAFT, text=text)))


ALTERED = {
    "UPDATE contract SET amount = amount + 1000 WHERE id = $1": "单价",
    "UPDATE contract SET service_to = service_to - 30 WHERE id = $1": "服务期限",
    "UPDATE contract SET payment_days = 60 WHERE id = $1": "付款期限",
    "UPDATE contract_milestone SET share = share + 1 WHERE contract = $1 AND position = 2": "付款节点 2",
    "UPDATE contract_milestone SET due_on = due_on + 60 WHERE contract = $1 AND position = 1": "付款节点 1",
    "UPDATE contract SET terms = replace(terms, '不得分包', '可以分包') WHERE id = $1": "分包",
    "UPDATE contract SET title = title || '（二）' WHERE id = $1": "合同名称",
    # an order or another year has a quantity and a line of its own: it is put back to what it was drawn up as
    "UPDATE contract SET is_call_off = true, budget_line = (SELECT id FROM budget_line LIMIT 1), quantity = 2,"
    " amount = amount * 2 WHERE id = $1": "合同的种类",
    "UPDATE contract SET renews = id, budget_line = (SELECT id FROM budget_line LIMIT 1), quantity = 2"
    " WHERE id = $1": "合同的种类",
}


async def test_a_contract_altered_past_the_pages_is_signed_by_neither_side(db: Any) -> None:
    world = await a_contract(months=2)
    for change, term in ALTERED.items():
        await execute(change, world.contract)
        for person in (world.signer, world.director):
            with pytest.raises(Forbidden, match=term):
                await sign_contract(world.contract, person.name, person, DRAWN_UP)
        await restore_contract(world.reference, world.signer, DRAWN_UP)
    row = dict(await fetchrow("SELECT * FROM contract WHERE id = $1", world.contract) or {})
    assert (row["is_call_off"], row["renews"], row["budget_line"], row["quantity"]) == (False, None, None, None)
    assert (row["title"], row["amount"]) == (world.facts["title"], world.facts["amount"])
    assert await fetchval("SELECT count(*) FROM signature") == 0


async def test_the_buyer_puts_a_contract_back_and_both_sign(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # a requirement that numbers its parts as the contract does is drawn up and signed like any other
    monkeypatch.setattr("tests.builders_contracts.REQUIREMENT", f"{REQUIREMENT}\n四、绩效评价\n按季考核。")
    world = await a_contract(months=2, advance=D(30))
    await execute("UPDATE contract SET amount = 1, terms = 'x', terms_sha256 = 'x' WHERE id = $1", world.contract)
    await execute("DELETE FROM contract_milestone WHERE contract = $1 AND position = 1", world.contract)
    await execute("UPDATE contract_milestone SET amount = amount - 5 WHERE contract = $1", world.contract)
    with pytest.raises(Forbidden):
        await restore_contract(world.reference, world.director, DRAWN_UP)
    await restore_contract(world.reference, world.signer, DRAWN_UP)
    contract = await contract_by_id(world.contract)
    assert {k: contract[k] for k in ("amount", "terms", "terms_sha256", "quantity")} == {
        k: world.facts[k] for k in ("amount", "terms", "terms_sha256", "quantity")
    }
    assert REQUIREMENT in contract["terms"]
    assert all(term.agrees for term in await terms_of(contract))
    assert "合同总价" in await fetchval("SELECT detail::text FROM audit_entry WHERE act = 'contract.restored'")
    await sign_contract(world.contract, world.signer.name, world.signer, DRAWN_UP)
    await sign_contract(world.contract, world.director.name, world.director, DRAWN_UP + timedelta(hours=1))
    with pytest.raises(Conflict):
        await restore_contract(world.reference, await actor("wang.min", DRAWN_UP), DRAWN_UP)


async def test_contracts_drawn_up_before_are_compared_from_then_on_where_their_text_is_as_it_was(db: Any) -> None:
    world = await a_contract(months=2, advance=D(30))
    fill = import_module("migrations.contracts.contracts_2026_11_28t07_21_08_000000").FILL.split(";\n")
    await execute("ALTER TABLE contract_basis DISABLE TRIGGER contract_basis_append_only")
    await execute("ALTER TABLE contract_basis_part DISABLE TRIGGER contract_basis_part_append_only")
    await execute("DELETE FROM contract_basis_part")
    await execute("DELETE FROM contract_basis")
    assert not is_compared(await terms_of(world.facts))
    for text, kept in (("terms || 'x'", 0), ("left(terms, -1)", 1)):
        await execute(f"UPDATE contract SET terms = {text} WHERE id = $1", world.contract)
        for statement in filter(str.strip, fill * 2):
            await execute(statement)
        assert await fetchval("SELECT count(*) FROM contract_basis") == kept
    terms = await terms_of(await contract_by_id(world.contract))
    assert is_compared(terms) and all(term.agrees for term in terms)
    assert await fetchval("SELECT count(*) FROM contract_basis_part") == 3


async def test_the_page_sets_the_papers_side_by_side_and_lets_the_buyer_mend(client: Any, db: Any, clock: Any) -> None:
    world = await a_contract(months=2)
    await clock.set(DRAWN_UP)
    here = f"/contracts/{world.reference}/comparison"
    assert (await client.get(here)).status_code == 404  # not public yet
    await execute("UPDATE contract SET amount = amount + 1000 WHERE id = $1", world.contract)
    await sign_in(client, "wang.min")
    shown = await client.get(here)
    assert "¥498,000.00" in shown.text
    assert "¥499,000.00" in shown.text
    assert "财政部令第87号" in shown.text
    assert "都不能签订" in words((await client.get(f"/contracts/{world.reference}/sign")).text)
    signed = await send(client, f"/contracts/{world.reference}/sign", {"typed_name": world.signer.name, "agree": "1"})
    assert signed.status_code == 403
    assert "应当是“¥498,000.00”" in signed.text
    await send(client, here + "/restoration", {})
    assert "双方可以签订" in words((await client.get(here + "?done=restored")).text)
    assert "¥499,000.00" not in (await client.get(here)).text
    # the texts are for the two sides: everybody reads them as they are published, without what is marked
    await execute("UPDATE contract SET terms = terms || '短' WHERE id = $1", world.contract)
    assert "争议协商不成" in (await client.get(here)).text
    await execute(
        "UPDATE contract SET status = 'in_force', signed_at = $2, published_at = $2 WHERE id = $1",
        world.contract, DRAWN_UP,
    )  # fmt: skip
    client.cookies.clear()
    public = (await client.get(here)).text
    assert "见合同全文" in public
    assert "乙方不得转包" not in public
    assert "本合同不收取履约保证金" not in public
