"""Where a subsidy is paid to: encrypted, shown masked, used after a second look, in nothing but the pay file."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from contracts.subsidies import queries
from contracts.subsidies.account_rules import STATED, check_second_look, check_somebody_is_paid
from contracts.subsidies.accounts import accounts_of, decide_account, state_account
from contracts.subsidies.paying import make_pay_file, reconciliation, whole_pay_file
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused, NotFound
from marketplace.kernel.private_columns import reveal
from marketplace.verify_ledger import first_difference
from tests.builders_contracts import APRIL, MAY, FakeTreasury, a_closed_month, a_contract_in_force
from tests.builders_subsidies import AFTER, BANK, a_run, a_scheme, frozen, somebody
from tests.cast import actor
from tests.contracts.subsidies.test_runs import TIMES, on_duty

NUMBER, OTHER = "6217003810001234567", "6228480402564890018"


def test_neither_who_stated_an_account_nor_whose_it_is_confirms_it() -> None:
    stater, worker, other = uuid4(), uuid4(), uuid4()
    check_second_look(other, stater, worker)
    for person in (stater, worker):
        with pytest.raises(Forbidden) as refused:
            check_second_look(person, stater, worker)
        assert refused.value.clause == "R-ROLE-03"
    with pytest.raises(Conflict):
        check_somebody_is_paid(0)
    check_somebody_is_paid(1)


async def test_an_account_is_encrypted_and_used_when_another_person_has_looked_at_it(db: Any) -> None:
    world = await a_contract_in_force()
    sun, liu, own = world.finance, await actor("liu.fang", AFTER), world.worker_row
    with pytest.raises(Forbidden):
        await state_account(own, BANK, NUMBER, world.reviewer, AFTER)
    first = await state_account(own, BANK, NUMBER, world.worker, AFTER)
    kept = await fetchval("SELECT number FROM pay_account")
    assert NUMBER not in kept and reveal(kept, STATED) == NUMBER
    for somebody_else in (liu, world.worker):
        with pytest.raises(Forbidden):
            await decide_account(first, "", somebody_else, AFTER)
    await decide_account(first, "", sun, AFTER)
    with pytest.raises(FormRefused):
        await state_account(own, BANK, NUMBER, world.worker, AFTER)
    wrong = await state_account(own, BANK, OTHER, liu, AFTER)
    assert [each["status"] for each in await accounts_of(own)] == ["stated", "confirmed"]
    await decide_account(wrong, "户名不是本人", sun, AFTER)
    second = await state_account(own, "农业银行金堂支行", OTHER, world.worker, AFTER)
    await decide_account(second, "", sun, AFTER)
    shown = {each["id"]: each for each in await accounts_of(own)}
    assert {number: each["status"] for number, each in shown.items()} == {
        first: "replaced", wrong: "refused", second: "confirmed"
    }  # fmt: skip
    assert shown[second]["masked"] == "6228***********0018" and "number" not in shown[second]
    told = str(await fetch("SELECT detail FROM audit_entry WHERE act LIKE 'subsidy.account%'"))
    letters = str(await fetch("SELECT * FROM outbox_message"))
    assert not [number for number in (NUMBER, OTHER) if number in told or number in letters]


async def test_who_has_no_account_is_left_out_of_the_file_and_paid_with_the_next_run(db: Any) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    other = await somebody({"town": world.town, "community": "三江社区"}, "岳红")
    people = (world.signer.person_id, world.reviewer.person_id)
    await on_duty(other, APRIL, 600, AFTER, people)
    scheme, sun, treasury = await a_scheme(proof="either"), world.finance, FakeTreasury()
    run = await frozen(scheme)
    with pytest.raises(NotFound):
        await whole_pay_file(run["reference"], sun, AFTER)
    await decide_account(await state_account(world.worker_row, BANK, NUMBER, world.worker, AFTER), "", sun, AFTER)
    await make_pay_file(run["id"], treasury, sun, AFTER)
    [order] = treasury.batches[0].orders
    assert (order.payee, order.bank, order.bank_account) == ("唐怡", BANK, NUMBER)
    found = await reconciliation(run["id"])
    assert (found["sent"], found["held"], found["apart"]) == (300, 300, 0) and await first_difference() is None
    with pytest.raises(Forbidden):
        await whole_pay_file(run["reference"], await actor("liu.fang", AFTER), AFTER)
    _, content = await whole_pay_file(run["reference"], sun, AFTER)
    assert NUMBER in content.decode() and "岳红" not in content.decode()
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'subsidy.whole_file_taken'") == 1
    assert NUMBER not in str(await fetch("SELECT * FROM subsidy_payment"))
    await a_closed_month(world, MAY)
    lines = await queries.bare_lines((await a_run(scheme, MAY, now=TIMES[1][0]))["id"])
    moved = {(line["name"], line["amount"]) for line in lines if line["kind"] == "adjustment"}
    assert moved == {("岳红", Decimal("300.00"))}
