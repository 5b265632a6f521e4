"""Adding, taking back, transferring and carrying over: one asks, another decides, and only free money moves."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import asyncpg
import httpx
import pytest

from catalogue.plans.change_rules import ChangeKind
from catalogue.plans.changes import NewChange, approve_change, propose_change, refuse_change
from catalogue.plans.queries import line_money
from marketplace.kernel.db import execute, fetchrow, fetchval, transaction
from marketplace.kernel.errors import Conflict, Forbidden
from tests.builders_catalogue import a_budget_line, a_published_listing
from tests.cast import actor
from tests.pages import send, sign_in, words


def asked(kind: ChangeKind, amount: str = "100000.00", to_line: Any = None) -> NewChange:
    """A change with its reason and document."""
    return NewChange(kind, Decimal(amount), "新增服务对象", "金财预〔2026〕35号", to_line)


async def _money(line: Any) -> tuple[Decimal, Decimal]:
    row = await line_money(line)
    return row["appropriated"], row["free"]


async def _do(line: Any, new: NewChange, now: Any) -> Any:
    reference = (await line_money(line))["reference"]
    change = await propose_change(reference, new, await actor("zhao.lei", now), now)
    await approve_change(change, await actor("sun.yue", now), now)
    return change


async def test_r_role_03_nobody_decides_on_a_change_of_their_own(db: Any, clock: Any) -> None:
    now = await clock.now()
    line = await a_budget_line(now)
    reference = (await line_money(line))["reference"]
    asker = await actor("zhao.lei", now)
    change = await propose_change(reference, asked(ChangeKind.SUPPLEMENT), asker, now)
    assert await _money(line) == (Decimal("1200000.00"), Decimal("1200000.00"))
    for decide in (approve_change(change, asker, now), refuse_change(change, "x", asker, now)):
        with pytest.raises(Forbidden) as refused:
            await decide
        assert refused.value.clause == "R-ROLE-03"
    with pytest.raises(asyncpg.CheckViolationError):
        async with transaction():
            await execute(
                "UPDATE budget_change SET status = 'approved', decided_by = proposed_by, decided_at = now()"
                " WHERE id = $1", change,
            )  # fmt: skip
    await approve_change(change, await actor("sun.yue", now), now)
    assert await _money(line) == (Decimal("1300000.00"), Decimal("1300000.00"))
    with pytest.raises(Conflict):
        await approve_change(change, await actor("sun.yue", now), now)
    with pytest.raises(asyncpg.RaiseError):
        async with transaction():
            await execute("UPDATE budget_change SET amount = 1 WHERE id = $1", change)


async def test_only_free_money_is_taken_back(db: Any, clock: Any) -> None:
    now = await clock.now()
    line = await a_budget_line(now)
    await a_published_listing(now, line)  # reserves 505,000
    with pytest.raises(Conflict) as refused:
        await _do(line, asked(ChangeKind.TAKE_BACK, "695000.01"), now)
    assert "695,000.00" in str(refused.value)
    await _do(line, asked(ChangeKind.TAKE_BACK, "695000.00"), now)
    assert await _money(line) == (Decimal("505000.00"), Decimal(0))


async def test_money_that_was_spent_while_a_change_waited_is_not_taken_back(db: Any, clock: Any) -> None:
    now = await clock.now()
    line = await a_budget_line(now)
    reference = (await line_money(line))["reference"]
    new = asked(ChangeKind.TAKE_BACK, "1000000.00")
    change = await propose_change(reference, new, await actor("zhao.lei", now), now)
    await a_published_listing(now, line)
    with pytest.raises(Conflict):
        await approve_change(change, await actor("sun.yue", now), now)
    assert await fetchval("SELECT status FROM budget_change") == "proposed"
    assert (await _money(line))[0] == Decimal("1200000.00")


async def test_a_transfer_moves_money_within_the_year_and_loses_none(db: Any, clock: Any) -> None:
    now = await clock.now()
    line, other = await a_budget_line(now), await a_budget_line(now, buyer="wufeng")
    await _do(line, asked(ChangeKind.TRANSFER, to_line=other), now)
    assert (await _money(line), await _money(other)) == (
        (Decimal("1100000.00"), Decimal("1100000.00")), (Decimal("1300000.00"), Decimal("1300000.00")),
    )  # fmt: skip
    with pytest.raises(Conflict):
        await _do(line, asked(ChangeKind.TRANSFER, to_line=line), now)
    await execute("UPDATE budget_line SET year = 2027 WHERE id = $1", other)
    with pytest.raises(Conflict):
        await _do(line, asked(ChangeKind.TRANSFER, to_line=other), now)


async def test_carry_over_opens_a_line_of_the_next_year_that_names_its_origin(db: Any, clock: Any) -> None:
    now = await clock.now()
    line = await a_budget_line(now)
    await execute("UPDATE budget_line SET fund_source = '一般公共预算' WHERE id = $1", line)
    await _do(line, asked(ChangeKind.CARRY_OVER, "200000.00"), now)
    new = await fetchrow("SELECT * FROM budget_line WHERE carried_from = $1", line)
    assert new is not None and new["year"] == 2027 and new["fund_source"] == "一般公共预算"
    assert await _money(new["id"]) == (Decimal("200000.00"), Decimal("200000.00"))
    assert (await _money(line))[1] == Decimal("1000000.00")


async def test_finance_changes_a_line_through_the_pages(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    line = await a_budget_line(now)
    path = f"/budget/{(await line_money(line))['reference']}"
    await sign_in(client, "zhao.lei")
    unsaid = {"kind": "take_back", "amount": "9,000,000", "reason": "", "document": ""}
    bad = await send(client, f"{path}/change", unsaid)
    assert bad.status_code == 422 and 'value="9,000,000"' in bad.text
    typed = {"kind": "transfer", "amount": "1", "reason": "x", "document": "y", "to_line": ""}
    assert "请选另一条预算" in words((await send(client, f"{path}/change", typed)).text)
    typed = {"kind": "take_back", "amount": "9,000,000", "reason": "x", "document": "y"}
    assert "可用的只有" in words((await send(client, f"{path}/change", typed)).text)
    good = await send(client, f"{path}/change", {**typed, "amount": "200,000"})
    change = good.headers["location"]
    assert (await send(client, f"{change}/approve")).status_code == 403
    await sign_in(client, "sun.yue")
    assert "复核预算调整" in words((await client.get("/work")).text)
    assert (await send(client, f"{change}/refuse", {"note": ""})).status_code == 422
    assert (await send(client, f"{change}/approve")).status_code == 303
    assert (await send(client, f"{change}/approve")).status_code == 409
    for language in ("", "/en"):
        for page in (path, change, f"{path}/change"):
            assert (await client.get(language + page)).status_code == 200
    assert "金财预" not in words((await client.get("/budget")).text)
    said = words((await client.get(path)).text)
    assert "¥1,000,000.00 = ¥1,000,000.00" in said and "y · x" in said
    await sign_in(client, "wang.min")
    assert (await client.get(change)).status_code == 200
    assert (await client.get(f"{path}/change")).status_code == 403


async def test_a_buyer_does_not_see_the_changes_of_another(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    line = await a_budget_line(now, buyer="wufeng")
    change = await _do(line, asked(ChangeKind.SUPPLEMENT), now)
    await sign_in(client, "wang.min")
    assert (await client.get(f"/budget/changes/{change}")).status_code == 404


async def test_a_change_sent_twice_waits_once_and_may_be_asked_for_again_once_decided(db: Any, clock: Any) -> None:
    now = await clock.now()
    reference = (await line_money(await a_budget_line(now)))["reference"]
    asker, second = await actor("zhao.lei", now), await actor("sun.yue", now)
    first = await propose_change(reference, asked(ChangeKind.SUPPLEMENT), asker, now)
    assert await propose_change(reference, asked(ChangeKind.SUPPLEMENT), asker, now) == first
    assert await propose_change(reference, asked(ChangeKind.SUPPLEMENT, "100000.01"), asker, now) != first
    await refuse_change(first, "不同意", second, now)
    assert await propose_change(reference, asked(ChangeKind.SUPPLEMENT), asker, now) != first
    assert await fetchval("SELECT count(*) FROM budget_change") == 3
