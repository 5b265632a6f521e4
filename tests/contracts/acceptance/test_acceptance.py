"""Acceptance against the hours of closed months."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from catalogue.listings.drafts import Requirement
from catalogue.listings.needs import composed_text
from contracts.acceptance import queries
from contracts.acceptance.forms import parse_certificate
from contracts.acceptance.rules import Finding, ItemFinding, requirement_items
from contracts.acceptance.services import Certificate, accept_milestone
from contracts.agreements.queries import milestones_of
from marketplace.kernel.db import fetchval
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from tests.builders_contracts import APRIL, a_closed_month, a_contract_in_force, accept, closing_time
from tests.cast import actor


def test_each_paragraph_of_the_requirement_is_one_item() -> None:
    assert requirement_items("1. 入户走访。\n\n（2）培训两次。\n三、建档", "服务记录") == [
        "入户走访。", "培训两次。", "建档", "付款节点凭据：服务记录",
    ]  # fmt: skip


def test_the_headings_of_a_requirement_in_parts_are_not_accepted_r_acc_01() -> None:
    text = composed_text(Requirement("一、入户走访。\n二、建档。", standard="每户每月一次【含节假日】"))
    assert "【服务内容】" in text
    assert requirement_items(text, "") == ["入户走访。", "建档。", "每户每月一次【含节假日】"]



def test_a_requirement_that_is_not_met_cannot_be_accepted_and_a_remark_is_said() -> None:
    form = parse_certificate(
        ["走访", "培训"],
        {"finding-1": "not_met", "finding-2": "met_with_remarks", "opinions": "满意", "agree": "yes"},
    )
    assert set(form.errors) == {"finding-1", "note-2"}


async def test_a_milestone_is_accepted_against_the_minutes_of_its_month(db: Any) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    acceptance = await accept(world, 1, closing_time(world, APRIL))
    row = await queries.acceptance_by_id(acceptance)
    [month] = await queries.months_of(acceptance)
    assert row["minutes"] == month["own_minutes"] == 450
    assert row["amount"] == (await milestones_of(world.contract))[0]["amount"]
    assert len(await queries.items_of(acceptance)) == 4


async def test_open_months_cannot_be_accepted(db: Any) -> None:
    world = await a_contract_in_force()
    with pytest.raises(DomainError, match="2026年4月"):
        await accept(world, 1, closing_time(world, APRIL))


async def test_who_drafted_or_approved_the_listing_does_not_accept(db: Any) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    now = closing_time(world, APRIL)
    certificate = Certificate([ItemFinding("走访", Finding.MET, "")], "满意")
    for name in ("wang.min", "li.qiang", "sun.yue"):
        with pytest.raises(Forbidden) as refused:
            await accept_milestone(world.reference, 1, certificate, await actor(name, now), now)
        assert refused.value.clause == "R-ROLE-03"


async def test_a_milestone_is_accepted_once(db: Any) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    now = closing_time(world, APRIL)
    await accept(world, 1, now)
    with pytest.raises(Conflict):
        await accept(world, 1, now + timedelta(minutes=1))
    assert await fetchval("SELECT count(*) FROM acceptance") == 1
