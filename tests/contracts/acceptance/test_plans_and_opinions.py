"""The plan and group of an acceptance, and recipients drawn by nobody's choice who say what they think."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx
import pytest

from contracts.acceptance.plan_queries import counted_of, plan_of, sample_of
from contracts.acceptance.plan_rules import (
    Answer,
    Channel,
    Member,
    MemberKind,
    check_group,
    counted,
    counted_words,
    drawn,
    item_groups,
    sample_size,
)
from contracts.acceptance.plans import answer_code, draw_sample, enter_opinion, make_plan
from contracts.agreements.queries import contract_facts
from contracts.papers.queries import paper_for
from marketplace.kernel.db import fetchval
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from tests.builders_contracts import APRIL, a_closed_month, a_contract_in_force, accept, closing_time
from tests.cast import actor
from tests.pages import send, words

BUYER = Member("陈静", "赵镇街道办事处", MemberKind.BUYER)


def test_r_acc_02_a_group_has_the_buyer_and_nobody_of_the_purchase_or_the_provider() -> None:
    bidder = Member("周某", "成都某某社工中心", MemberKind.BIDDER)
    check_group([BUYER, bidder], {"王敏"}, "赵镇街道办事处", "和风")
    for wrong in ([bidder], [BUYER, Member("何理事", "和风", MemberKind.BIDDER)], [BUYER, BUYER]):
        with pytest.raises(DomainError):
            check_group(wrong, {"王敏"}, "赵镇街道办事处", "和风")
    with pytest.raises(DomainError) as refused:
        check_group([Member("王敏", "赵镇街道办事处", MemberKind.BUYER)], {"王敏"}, "赵镇街道办事处", "和风")
    assert refused.value.clause == "R-ROLE-03"


def test_r_acc_01_items_are_of_service_technique_and_safety() -> None:
    groups = dict(item_groups(["每月入户走访", "建立服务档案", "上门两人同行，确保人身安全"]))
    assert [len(groups[kind]) for kind in ("服务", "技术", "安全")] == [1, 1, 1]


def test_r_acc_05_a_tenth_and_at_least_five_are_drawn_and_the_draw_can_be_repeated() -> None:
    on = date(2026, 5, 1)
    assert [sample_size(number, on) for number in (3, 5, 49, 51, 200)] == [3, 5, 5, 6, 20]
    codes = [f"JT-R-{n:04d}" for n in range(40)]
    assert drawn("seed", codes, 5) == drawn("seed", list(reversed(codes)), 5) != drawn("other", codes, 5)


def test_r_acc_05_opinions_are_counted_without_those_who_were_not_reached() -> None:
    found = counted(["satisfied", "partly", "not_satisfied", "not_reached", ""])
    assert (found.drawn, found.heard, found.content) == (5, 3, 67)
    assert "满意和基本满意的占 67%" in counted_words(found)


async def test_r_acc_05_the_drawn_are_heard_before_the_acceptance_and_counted_in_it(
    client: httpx.AsyncClient, clock: Any
) -> None:
    world = await a_contract_in_force()
    now = closing_time(world, APRIL)
    with pytest.raises(DomainError, match="没有关闭"):
        await draw_sample(world.reference, 1, world.reviewer, now)
    await a_closed_month(world, days=(7, 8, 9))
    with pytest.raises(Forbidden):
        await draw_sample(world.reference, 1, world.director, now)
    with pytest.raises(Forbidden):  # who drafted the listing
        await make_plan(world.reference, "", [BUYER], world.signer, now)
    await make_plan(world.reference, "走访三户。", [BUYER], world.reviewer, now)
    assert await draw_sample(world.reference, 1, world.reviewer, now) == 3
    with pytest.raises(Conflict):
        await draw_sample(world.reference, 1, world.reviewer, now)
    milestone = await fetchval(
        "SELECT id FROM contract_milestone WHERE contract = $1 AND position = 1", world.contract
    )
    sample = await sample_of(milestone)
    assert sample is not None and sample["population"] == 3
    first, second, third = (each["id"] for each in sample["opinions"])
    with pytest.raises(DomainError, match="还有 3 名"):
        await accept(world, 1, now)
    with pytest.raises(Forbidden):  # never the provider
        await enter_opinion(first, Answer.SATISFIED, Channel.PHONE, "", (world.director, now))
    await enter_opinion(first, Answer.SATISFIED, Channel.PHONE, "来得勤。", (world.reviewer, now))
    with pytest.raises(Conflict):
        await enter_opinion(first, Answer.PARTLY, Channel.PHONE, "", (world.reviewer, now))
    window = await actor("zhou.na", now) if await fetchval("SELECT 1 FROM person WHERE username = 'zhou.na'") else None
    await enter_opinion(second, Answer.NOT_REACHED, Channel.PAPER, "", (window or world.reviewer, now))
    wrong = await send(client, "/opinion", {"code": "0000000000", "answer": "satisfied"})
    assert wrong.status_code == 422 and "没有这个代码" in words(wrong.text)
    guesses = [await send(client, "/opinion", {"code": "0000000000", "answer": "satisfied"}) for _ in range(5)]
    assert guesses[-1].status_code == 429
    said = await send(client, "/opinion", {"code": answer_code(third), "answer": "partly", "words": "周末也想有人来。"})
    assert said.status_code == 303, words(said.text)
    again = await send(client, "/opinion", {"code": answer_code(third), "answer": "satisfied"})
    assert again.status_code == 409
    await accept(world, 1, now)
    found = await counted_of(milestone)
    assert found is not None and (found.heard, found.content) == (2, 100)
    page = words((await client.get(f"/contracts/{world.reference}/acceptance/1")).text)
    assert "随机抽取 3 名服务对象，2 名表示意见" in page and "陈静" in page
    assert (await plan_of(world.contract) or {})["how"] == "走访三户。"
    contract = await contract_facts(world.reference, visible_to=None)
    paper = await paper_for(contract, "acceptance-1", None, "")
    assert "联系不上 1 名" in repr(paper.sections)
