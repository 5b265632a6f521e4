"""More of the same within its share, and ends before time with the provider heard."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.acceptance.queries import milestones_with_months
from contracts.agreements.queries import contract_by_id, money_of
from contracts.agreements.rules import Side
from contracts.amendments import queries
from contracts.amendments.papers import add_paper
from contracts.amendments.rules import (
    MOST_PAPERS,
    AmendmentFacts,
    Ground,
    Kind,
    check_has_paper,
    check_room_for_paper,
    check_supplement,
    heard_until,
    is_agreed,
    room,
    supplement_amount,
    write_text,
)
from contracts.amendments.services import (
    Supplement,
    Termination,
    propose_supplement,
    propose_termination,
    refuse_amendment,
    sign_amendment,
    state_view,
    withdraw_amendment,
)
from contracts.work import waiting_for
from marketplace.accounts.documents.services import NewDocument
from marketplace.gateways.files import FolderStore
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetchrow, fetchval
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused, NotFound
from marketplace.opendata.ocds.facts import processes
from tests.builders_contracts import APRIL, World, a_closed_month, a_contract_in_force, accept, closing_time, papered
from tests.cast import actor
from tests.marketplace.gateways.test_file_types import PDF

D = Decimal
NOW = at_county_time(date(2026, 6, 1), 10)
MORE = Supplement(D("0.05"), date(2027, 4, 10), "新增两个村，按户数算多百分之五。", "会议纪要〔2026〕8号")


async def the_line(world: World) -> dict[str, Decimal]:
    row = await fetchrow("SELECT * FROM ledger_line WHERE id = $1", world.facts["ledger_line"])
    assert row is not None
    return {name: row[name] for name in ("appropriated", "free", "reserved", "committed", "paid")}


async def other_buyer(now: datetime = NOW) -> Any:
    return await actor("chen.jing", now)


async def money_adds_up(world: World) -> None:
    money = await money_of(world.contract)
    parts = ("open", "advance", "accepted", "invoiced", "paid", "deducted", "cancelled")
    assert money["amount"] == sum(money[part] for part in parts)


# --- more of the same -----------------------------------------------------------


async def test_a_supplement_is_signed_by_both_and_commits_its_money_r_con_02(db: Any) -> None:
    world = await a_contract_in_force(budget=D("560000.00"), amount=D("498000.00"))
    before = await the_line(world)
    reference = await papered(await propose_supplement(world.reference, MORE, world.signer, NOW))
    assert not await sign_amendment(reference, world.director.name, world.director, NOW)
    assert await the_line(world) == before
    second = await other_buyer()
    assert await sign_amendment(reference, second.name, second, NOW + timedelta(hours=1))
    added = D("24900.00")
    after = await the_line(world)
    assert (after["committed"], after["free"]) == (before["committed"] + added, before["free"] - added)
    contract = await contract_by_id(world.contract)
    last = (await milestones_with_months(contract))[-1]
    assert (last["amount"], last["status"], last["is_ready"]) == (added, "open", True)
    assert contract["amount"] == D("498000.00")  # the original never changes
    await money_adds_up(world)
    acts = {"amendment.proposed": 1, "amendment.signed": 2, "amendment.in_force": 1}
    for act, times in acts.items():
        assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = $1", act) == times


async def test_all_supplements_together_stay_within_ten_percent(db: Any) -> None:
    world = await a_contract_in_force(budget=D("600000.00"), amount=D("498000.00"))
    too_much = Supplement(D("0.11"), MORE.due_on, MORE.reason, "")
    with pytest.raises(DomainError) as refused:
        await propose_supplement(world.reference, too_much, world.signer, NOW)
    assert refused.value.clause == "R-CON-02"
    second = await other_buyer()
    for quantity in ("0.06", "0.04"):
        more = Supplement(D(quantity), MORE.due_on, MORE.reason, "")
        reference = await papered(await propose_supplement(world.reference, more, world.signer, NOW))
        await sign_amendment(reference, world.director.name, world.director, NOW)
        await sign_amendment(reference, second.name, second, NOW)
    with pytest.raises(DomainError):  # the tenth is used up to the fen
        await propose_supplement(world.reference, Supplement(D("0.01"), MORE.due_on, "再加", ""), world.signer, NOW)
    assert await queries.added_so_far(world.contract) == D("49800.00")


async def test_a_supplement_needs_money_on_the_line(db: Any) -> None:
    world = await a_contract_in_force(budget=D("498000.00"), amount=D("498000.00"))
    reference = await papered(await propose_supplement(world.reference, MORE, world.signer, NOW))
    await sign_amendment(reference, world.director.name, world.director, NOW)
    second = await other_buyer()
    with pytest.raises(Conflict) as refused:
        await sign_amendment(reference, second.name, second, NOW)
    assert refused.value.clause == "R-GPS-05"


async def test_a_change_takes_effect_with_its_signed_paper_only_and_the_chain_keeps_its_hash(
    db: Any, tmp_path: Any
) -> None:
    world = await a_contract_in_force(budget=D("560000.00"), amount=D("498000.00"))
    reference = await propose_supplement(world.reference, MORE, world.signer, NOW)
    second, store = await other_buyer(), FolderStore(tmp_path)
    before = await the_line(world)
    for signer in (world.director, second):  # nobody signs what is not there yet
        with pytest.raises(DomainError, match="还没有文件") as refused:
            await sign_amendment(reference, signer.name, signer, NOW)
        assert refused.value.clause == "R-CON-02"
    paper = NewDocument("补充协议.pdf", PDF)
    for nobody in (world.worker, world.finance):
        with pytest.raises((Forbidden, NotFound)):
            await add_paper(reference, paper, store, nobody, NOW)
    with pytest.raises(FormRefused):
        await add_paper(reference, NewDocument("补充协议.exe", b"MZ"), store, world.director, NOW)
    await add_paper(reference, paper, store, world.director, NOW)
    await sign_amendment(reference, world.director.name, world.director, NOW)
    assert await the_line(world) == before
    for late in (second, world.director):  # what one side signed is what the other signs
        with pytest.raises(Conflict, match="撤回"):
            await add_paper(reference, paper, store, late, NOW)
    assert await sign_amendment(reference, second.name, second, NOW)
    said = hashlib.sha256(PDF).hexdigest()
    for act in ("amendment.paper_added", "amendment.signed", "amendment.in_force"):
        assert said in await fetchval("SELECT detail::text FROM audit_entry WHERE act = $1", act)
    with pytest.raises(Conflict):  # what took effect gets no other paper
        await add_paper(reference, paper, store, world.director, NOW)


async def test_who_proposed_does_not_sign_and_strangers_do_nothing(db: Any) -> None:
    world = await a_contract_in_force(budget=D("560000.00"), amount=D("498000.00"))
    for nobody in (world.director, world.finance, world.worker):
        with pytest.raises(Forbidden):
            await propose_supplement(world.reference, MORE, nobody, NOW)
    reference = await papered(await propose_supplement(world.reference, MORE, world.signer, NOW))
    with pytest.raises(Forbidden) as refused:
        await sign_amendment(reference, world.signer.name, world.signer, NOW)
    assert refused.value.clause == "R-ROLE-03"
    with pytest.raises(NotFound):  # a proposal is for both sides and those who oversee
        await queries.amendment_page(reference, visible_to=None)
    with pytest.raises(DomainError, match="姓名"):
        await sign_amendment(reference, "张三", world.director, NOW)
    with pytest.raises(Conflict):  # one at a time
        await propose_supplement(world.reference, MORE, world.signer, NOW)
    said = [item.what.text("zh") for item in await waiting_for(world.director, NOW)]
    assert any("签订补充合同" in words for words in said)
    assert not any("补充合同" in item.what.text("zh") for item in await waiting_for(world.signer, NOW))


async def test_the_provider_refuses_or_the_buyer_withdraws_and_nothing_moves(db: Any) -> None:
    world = await a_contract_in_force(budget=D("560000.00"), amount=D("498000.00"))
    before = await the_line(world)
    first = await papered(await propose_supplement(world.reference, MORE, world.signer, NOW))
    with pytest.raises(Forbidden):
        await refuse_amendment(first, "人手不够", world.signer, NOW)
    await refuse_amendment(first, "人手不够", world.director, NOW)
    with pytest.raises(Conflict):
        await sign_amendment(first, world.director.name, world.director, NOW)
    second = await papered(await propose_supplement(world.reference, MORE, world.signer, NOW))
    with pytest.raises(Forbidden):
        await withdraw_amendment(second, "不需要了", world.director, NOW)
    await withdraw_amendment(second, "不需要了", world.signer, NOW)
    assert await the_line(world) == before
    states = await fetchval("SELECT array_agg(status ORDER BY reference) FROM contract_amendment")
    assert states == ["refused", "withdrawn"]


@given(
    st.decimals(D("1.00"), D("99999999.99"), places=2), st.decimals(D("0.01"), D("5000"), places=2),
    st.decimals(D("0.01"), D("5000"), places=2),
)  # fmt: skip
def test_the_price_of_more_is_the_contracts_own(amount: Decimal, quantity: Decimal, more: Decimal) -> None:
    added = supplement_amount(amount, quantity, more)
    assert abs(added - amount * more / quantity) <= D("0.005")
    left = room(amount, D(0), date(2026, 6, 1))
    try:
        check_supplement(added, left, date(2027, 4, 10), date(2027, 3, 31), date(2026, 6, 1))
    except DomainError:
        assert added <= 0 or added > left.most
    else:
        assert D(0) < added <= left.most


def test_a_supplement_is_paid_after_the_original() -> None:
    left = room(D(1000), D(0), date(2026, 6, 1))
    for due_on, today in ((date(2027, 3, 30), date(2026, 6, 1)), (date(2027, 4, 1), date(2027, 4, 1))):
        with pytest.raises(DomainError):
            check_supplement(D(10), left, due_on, date(2027, 3, 31), today)


# --- the end before time -----------------------------------------------------------


async def a_month_accepted() -> tuple[World, Decimal]:
    """April accepted; gives what is still open."""
    world = await a_contract_in_force(budget=D("560000.00"), amount=D("498000.00"))
    await a_closed_month(world)
    await accept(world, 1, closing_time(world, APRIL))
    return world, await queries.still_open(world.contract)


async def test_an_agreed_end_cancels_what_is_open_and_gives_the_money_back_r_con_03(db: Any) -> None:
    world, still_open = await a_month_accepted()
    before = await the_line(world)
    end = Termination(Ground.AGREEMENT, "乡镇合并，双方同意提前结束。", "", D("30000.00"))
    reference = await papered(await propose_termination(world.reference, end, world.signer, NOW))
    second = await other_buyer()
    assert not await sign_amendment(reference, second.name, second, NOW)
    assert await sign_amendment(reference, world.director.name, world.director, NOW)
    after = await the_line(world)
    back = still_open - D("30000.00")
    assert (after["committed"], after["free"]) == (before["committed"] - back, before["free"] + back)
    contract = await contract_by_id(world.contract)
    assert (contract["status"], contract["service_to"]) == ("terminated", date(2026, 6, 1))
    milestones = await milestones_with_months(contract)
    assert [m["status"] for m in milestones] == ["accepted"] + ["cancelled"] * 11 + ["open"]
    # the months until the end belong to what is settled; those after it to nobody
    assert [each["month"].month for each in milestones[-1]["months"]] == [5, 6]
    assert not any(m["months"] for m in milestones[1:-1])
    await money_adds_up(world)
    [process] = await processes([contract["listing"]])
    # the public record tells the contract as amended: what is neither delivered nor settled is no part of its value
    assert process.contracts[0]["amount"] == D("498000.00") - back
    page = await queries.amendment_page(reference, visible_to=None)
    assert page["service_to_before"] == date(2027, 3, 31)


async def test_what_was_done_before_the_end_is_accepted_after_it(db: Any) -> None:
    world, _ = await a_month_accepted()
    end = Termination(Ground.AGREEMENT, "双方同意。", "", D("30000.00"))
    proposed_at = at_county_time(date(2026, 5, 29), 10)
    reference = await papered(await propose_termination(world.reference, end, world.signer, proposed_at))
    now = at_county_time(date(2026, 5, 31), 10)
    second = await other_buyer(now)
    await sign_amendment(reference, second.name, second, now)
    await sign_amendment(reference, world.director.name, world.director, now)
    ended = World(**{**world.__dict__, "facts": await contract_by_id(world.contract)})
    await a_closed_month(ended, date(2026, 5, 1))
    with pytest.raises(DomainError, match="终止"):
        await accept(ended, 2, at_county_time(date(2026, 6, 2), 10))
    await accept(ended, 13, at_county_time(date(2026, 6, 2), 10))
    assert await fetchval("SELECT amount FROM acceptance ORDER BY accepted_at DESC LIMIT 1") == D("30000.00")


async def test_nobody_is_ended_unheard_r_con_05(db: Any) -> None:
    world, _ = await a_month_accepted()
    end = Termination(Ground.BREACH, "连续两月没有走访。", "金街〔2026〕21号")
    reference = await papered(await propose_termination(world.reference, end, world.signer, NOW))
    second = await other_buyer()
    with pytest.raises(DomainError) as refused:
        await sign_amendment(reference, second.name, second, NOW + timedelta(days=1))
    assert refused.value.clause == "R-CON-05"
    with pytest.raises(Forbidden):  # its signature is not asked, nor can it stop the end by refusing
        await sign_amendment(reference, world.director.name, world.director, NOW)
    with pytest.raises(Forbidden):
        await refuse_amendment(reference, "不同意", world.director, NOW)
    await state_view(reference, "走访有记录，请核对系统。", world.director, NOW + timedelta(days=1))
    with pytest.raises(Conflict):
        await state_view(reference, "再说一次", world.director, NOW + timedelta(days=1))
    assert await sign_amendment(reference, second.name, second, NOW + timedelta(days=2))


async def test_a_silent_provider_cannot_hold_the_end_up(db: Any) -> None:
    world, _ = await a_month_accepted()
    end = Termination(Ground.PUBLIC_INTEREST, "场所经鉴定为危房。", "")
    reference = await papered(await propose_termination(world.reference, end, world.signer, NOW))
    second, last = await other_buyer(), heard_until(NOW).date
    with pytest.raises(DomainError):
        await sign_amendment(reference, second.name, second, at_county_time(last, 18))
    assert await sign_amendment(reference, second.name, second, at_county_time(last + timedelta(days=1), 9))


async def test_no_more_is_settled_than_is_open(db: Any) -> None:
    world, still_open = await a_month_accepted()
    end = Termination(Ground.AGREEMENT, "双方同意。", "", still_open + D("0.01"))
    with pytest.raises(DomainError, match="终止结算"):
        await propose_termination(world.reference, end, world.signer, NOW)


async def test_what_was_proposed_is_never_changed(db: Any) -> None:
    world = await a_contract_in_force(budget=D("560000.00"), amount=D("498000.00"))
    await propose_supplement(world.reference, MORE, world.signer, NOW)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await execute("UPDATE contract_amendment SET amount = 1")


def test_the_text_says_the_same_for_the_same_facts() -> None:
    facts = AmendmentFacts(
        "BG-2026-0001", "HT-2026-0001", "题", "镇", "社", Ground.MORE_NEEDED, "加两个村。", "纪要", D("24900.00"), "年",
        D("0.05"), date(2027, 4, 10),
    )  # fmt: skip
    text = write_text(facts, Kind.SUPPLEMENT)
    assert text == write_text(facts, Kind.SUPPLEMENT)
    assert "0.05 年" in text and "贰万肆仟玖佰元" in text and "单价按原合同不变" in text
    assert "没有终止前已经完成" in write_text(
        AmendmentFacts("BG", "HT", "题", "镇", "社", Ground.BREACH, "理由。", "", D(0)), Kind.TERMINATION
    )


def test_a_decision_of_the_buyer_alone_needs_its_own_paper_and_each_side_has_its_room() -> None:
    check_has_paper([Side.PROVIDER], Kind.SUPPLEMENT, Ground.MORE_NEEDED)
    check_has_paper([Side.PROVIDER, Side.BUYER], Kind.TERMINATION, Ground.BREACH)
    for by, ground in (([Side.PROVIDER], Ground.BREACH), ([], Ground.ORDERED), ([], Ground.AGREEMENT)):
        with pytest.raises(DomainError, match="不能签订"):
            check_has_paper(by, Kind.TERMINATION, ground)
    check_room_for_paper(MOST_PAPERS - 1, is_signed=False)
    with pytest.raises(Conflict, match="每一方最多"):
        check_room_for_paper(MOST_PAPERS, is_signed=False)


@pytest.mark.parametrize("ground", list(Ground))
def test_who_has_to_sign(ground: Ground) -> None:
    alone = ground in (Ground.PUBLIC_INTEREST, Ground.BREACH, Ground.ORDERED, Ground.GONE)
    assert is_agreed(ground, {Side.BUYER}) is alone
    assert not is_agreed(ground, {Side.PROVIDER})
    assert is_agreed(ground, set(Side))
