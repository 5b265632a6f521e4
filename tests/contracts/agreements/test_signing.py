"""Drawing up and signing: money, text, sides, publication."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.agreements.queries import contract_by_id, contract_facts, milestones_of
from contracts.agreements.rules import terms_hash
from contracts.agreements.services import ContractTerms, draw_up_contract, sign_contract
from marketplace.kernel.db import fetchrow
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, NotFound
from tests.builders_contracts import DRAWN_UP, a_contract, a_contract_in_force
from tests.cast import actor


async def _money(ledger_line: Any) -> dict[str, Decimal]:
    row = await fetchrow(
        "SELECT appropriated, free, reserved, committed, paid FROM ledger_line WHERE id = $1", ledger_line
    )
    assert row is not None
    return dict(row)


async def test_the_price_is_committed_and_the_rest_of_the_reserve_is_free_again(db: Any) -> None:
    world = await a_contract(amount=Decimal("498000.00"), budget=Decimal("505000.00"))
    money = await _money(world.facts["ledger_line"])
    assert money["committed"] == Decimal("498000.00")
    assert money["free"] == Decimal("7000.00")
    assert money["reserved"] == money["paid"] == 0
    assert money["appropriated"] == sum(money[p] for p in ("free", "reserved", "committed", "paid"))


async def test_milestones_add_up_to_the_price_to_the_fen(db: Any) -> None:
    world = await a_contract(amount=Decimal("100000.01"), months=7)
    assert sum(m["amount"] for m in await milestones_of(world.contract)) == Decimal("100000.01")


async def test_the_text_holds_the_listing_and_the_offer_and_its_hash(db: Any) -> None:
    world = await a_contract()
    terms = world.facts["terms"]
    assert "对新申请救助的对象入户走访，覆盖率 100%" in terms
    assert "由三名社会工作者每月入户走访" in terms
    assert "人民币肆拾玖万捌仟元整" in terms
    assert terms_hash(terms) == world.facts["terms_sha256"]


async def test_the_day_to_sign_by_is_thirty_days_after_the_letter(db: Any) -> None:
    world = await a_contract()
    assert world.facts["sign_by"].isoformat() == "2026-04-19"


async def test_one_lot_gets_one_contract(db: Any) -> None:
    world = await a_contract()
    terms = ContractTerms(world.facts["lot"], "ZB-ANOTHER", world.provider, Decimal("1.00"), DRAWN_UP.date(), "")
    with pytest.raises(Conflict):
        await draw_up_contract(terms, None, DRAWN_UP)


async def test_a_contract_above_the_lot_is_refused(db: Any) -> None:
    with pytest.raises(DomainError):
        await a_contract(amount=Decimal("505000.01"), budget=Decimal("505000.00"))


async def test_both_signatures_put_it_in_force_and_publish_it(db: Any) -> None:
    world = await a_contract()
    await sign_contract(world.contract, "王 敏", world.signer, DRAWN_UP)
    assert (await contract_by_id(world.contract))["status"] == "signed_by_one"
    await sign_contract(world.contract, world.director.name, world.director, DRAWN_UP + timedelta(hours=1))
    contract = await contract_by_id(world.contract)
    assert contract["status"] == "in_force"
    assert contract["published_at"] == DRAWN_UP + timedelta(hours=1)


async def test_a_side_signs_once(db: Any) -> None:
    world = await a_contract()
    await sign_contract(world.contract, world.signer.name, world.signer, DRAWN_UP)
    with pytest.raises(Conflict):
        await sign_contract(world.contract, "李强", await actor("li.qiang", DRAWN_UP), DRAWN_UP)


async def test_a_wrong_name_and_a_strangers_name_are_refused(db: Any) -> None:
    world = await a_contract()
    with pytest.raises(DomainError, match="王敏"):
        await sign_contract(world.contract, "王明", world.signer, DRAWN_UP)
    with pytest.raises(Forbidden):
        await sign_contract(world.contract, "孙悦", world.finance, DRAWN_UP)


async def test_strangers_see_a_contract_only_once_it_is_published(db: Any) -> None:
    world = await a_contract()
    with pytest.raises(NotFound):
        await contract_facts(world.reference, visible_to=None)
    with pytest.raises(NotFound):
        await contract_facts(world.reference, visible_to=await actor("yang.hua", DRAWN_UP))
    assert await contract_facts(world.reference, visible_to=world.director)
    assert await contract_facts(world.reference, visible_to=await actor("ma.chao", DRAWN_UP))
    published = await a_contract_in_force()
    assert await contract_facts(published.reference, visible_to=None)
