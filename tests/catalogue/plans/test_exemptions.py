"""R-METH-05: what the budget's adjustment or an approval takes out of the sum, seen behind the sum."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from catalogue.listings.draft_queries import all_mistakes
from catalogue.listings.queries import listing_by_id
from catalogue.plans.change_rules import ChangeKind
from catalogue.plans.changes import NewChange, approve_change, propose_change
from catalogue.plans.exemption_rules import Ground, NewExemption, exemption_mistakes
from catalogue.plans.exemptions import exemptions_of, money_added, record_exemption, withdraw_exemption
from catalogue.plans.filters import EVERY_LINE
from catalogue.plans.splitting import splitting_sums
from catalogue.plans.splitting_queries import bought_beside, sums_without_tender
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetchval, transaction
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused, NotFound
from tests.at_once import both
from tests.builders_catalogue import a_budget_line, a_draft, a_published_listing
from tests.cast import actor
from tests.pages import send, sign_in, words

LIMIT = Decimal("4000000")
TODAY = date(2026, 3, 2)
BIG: dict[str, Any] = {"budget": Decimal(2100000), "ceiling": Decimal(2100000), "reservation_ground": ""}
APPROVED = NewExemption(Ground.APPROVED, "成财采〔2026〕3号", TODAY, "市财政局批准磋商")


def test_r_meth_05_a_ground_has_its_paper() -> None:
    change = uuid4()
    adjusted = NewExemption(Ground.BUDGET_ADJUSTED, "金财预〔2026〕35号", TODAY, budget_change=change)
    assert exemption_mistakes(APPROVED, [], TODAY) == {}
    assert exemption_mistakes(adjusted, [change], TODAY) == {}
    assert set(exemption_mistakes(adjusted, [uuid4()], TODAY)) == {"budget_change"}
    late = NewExemption(Ground.BUDGET_ADJUSTED, "x", date(2026, 3, 3))
    assert set(exemption_mistakes(late, [], TODAY)) == {"budget_change", "dated_on"}


async def over_the_threshold(now: Any) -> tuple[Any, Any, Any]:
    """A published purchase and a draft that together exceed the threshold; gives both and their line."""
    line = await a_budget_line(now, Decimal(6000000))
    published = await a_published_listing(now, line, **BIG)
    return published, await a_draft(now, line, **BIG), line


async def warned(draft: Any, now: Any) -> bool:
    return "R-METH-05" in {each.clause for each in await all_mistakes(await listing_by_id(draft), now)}


async def test_r_meth_05_an_approved_purchase_leaves_the_sum_and_comes_back(clock: Any) -> None:
    now = await clock.now()
    published, draft, line = await over_the_threshold(now)
    finance = await actor("zhao.lei", now)
    assert await warned(draft, now)
    await record_exemption(published.reference, APPROVED, finance, now)
    assert not await warned(draft, now) and await bought_beside(line, draft) == []
    (found,) = splitting_sums(await sums_without_tender(finance, EVERY_LINE, LIMIT))
    assert found.total == 0 and found.exempt == Decimal(2100000) and not found.is_over
    with pytest.raises(Conflict, match="已经登记过"):
        await record_exemption(published.reference, APPROVED, finance, now)
    with pytest.raises(FormRefused):
        await withdraw_exemption(published.reference, " ", finance, now)
    await withdraw_exemption(published.reference, "文号有误", finance, now)
    assert await warned(draft, now)
    with pytest.raises(Conflict, match="已经撤销"):
        await withdraw_exemption(published.reference, "文号有误", finance, now)
    await record_exemption(published.reference, APPROVED, finance, now)
    assert [bool(row["withdrawn_at"]) for row in await exemptions_of(published.id)] == [False, True]


async def test_r_meth_05_an_adjustment_names_the_change_that_brought_the_money(clock: Any) -> None:
    now = await clock.now()
    published, draft, line = await over_the_threshold(now)
    finance = await actor("zhao.lei", now)
    adjusted = NewExemption(Ground.BUDGET_ADJUSTED, "金财预〔2026〕35号", TODAY)
    with pytest.raises(FormRefused) as refused:
        await record_exemption(published.reference, adjusted, finance, now)
    assert set(refused.value.errors) == {"budget_change"}
    reference = await fetchval("SELECT reference FROM budget_line WHERE id = $1", line)
    new = NewChange(ChangeKind.SUPPLEMENT, Decimal(1000000), "年中追加", "金财预〔2026〕35号")
    change = await propose_change(reference, new, finance, now)
    assert await money_added(line) == []
    await approve_change(change, await actor("sun.yue", now), now)
    assert [row["id"] for row in await money_added(line)] == [change]
    named = NewExemption(Ground.BUDGET_ADJUSTED, "金财预〔2026〕35号", TODAY, budget_change=change)
    await record_exemption(published.reference, named, finance, now)
    assert not await warned(draft, now)


async def test_r_meth_05_the_approval_of_a_method_counts_by_itself(clock: Any) -> None:
    now = await clock.now()
    published, draft, line = await over_the_threshold(now)
    assert await warned(draft, now)
    await execute(
        "INSERT INTO listing_procedure (id, listing, approval_number, approved_on)"
        " VALUES (gen_random_uuid(), $1, $2, $3)"
        " ON CONFLICT (listing) DO UPDATE SET approval_number = $2, approved_on = $3",
        draft, "成财采〔2026〕8号", TODAY,
    )  # fmt: skip
    assert not await warned(draft, now)


async def test_finance_records_it_and_nobody_else(clock: Any) -> None:
    now = await clock.now()
    published, _, _ = await over_the_threshold(now)
    for name in ("wang.min", "ma.chao", "liu.fang"):
        with pytest.raises(Forbidden):
            await record_exemption(published.reference, APPROVED, await actor(name, now), now)
    with pytest.raises(NotFound):
        await record_exemption("JT-2026-9999", APPROVED, await actor("zhao.lei", now), now)


@pytest.mark.parametrize("sql", ["UPDATE splitting_exemption SET document = 'x'", "DELETE FROM splitting_exemption"])
async def test_the_database_keeps_a_recorded_ground(clock: Any, sql: str) -> None:
    now = await clock.now()
    published, _, _ = await over_the_threshold(now)
    await record_exemption(published.reference, APPROVED, await actor("zhao.lei", now), now)
    with pytest.raises(asyncpg.PostgresError):
        async with transaction():
            await execute(sql)


async def test_two_of_finance_at_once_record_one_ground(committed: None) -> None:
    now = at_county_time(TODAY, 9)
    published, _, _ = await over_the_threshold(now)
    first, second = await actor("zhao.lei", now), await actor("sun.yue", now)
    outcomes = await both(
        record_exemption(published.reference, APPROVED, first, now),
        record_exemption(published.reference, APPROVED, second, now),
    )
    assert sum(each is None for each in outcomes) == 1
    assert await fetchval("SELECT count(*) FROM splitting_exemption") == 1


async def test_the_page_says_every_mistake_and_the_sum_shows_the_ground(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    published, _, _ = await over_the_threshold(now)
    await sign_in(client, "zhao.lei")
    path = f"/budget/splitting/{published.reference}"
    assert "计入累计" in words((await client.get(path)).text)
    bad = await send(client, path, {"ground": "friends", "document": "", "dated_on": "2026-02-30"})
    assert bad.status_code == 422 and 'value="2026-02-30"' in bad.text
    lone = await send(client, path, {"ground": "budget_adjusted", "document": "金财预35号", "dated_on": "2026-03-01"})
    assert lone.status_code == 422 and "追加或者调入" in words(lone.text)
    good = {"ground": "approved", "document": "成财采〔2026〕3号", "dated_on": "2026-03-01"}
    assert (await send(client, path, good)).status_code == 303
    shown = words((await client.get("/budget/splitting")).text)
    assert "成财采〔2026〕3号" in shown and "不计入" in shown
    await sign_in(client, "wang.min")
    assert "成财采〔2026〕3号" in (await client.get(path)).text
    assert (await send(client, path, good)).status_code == 403
    await sign_in(client, "tan.rong")
    assert (await client.get(path)).status_code == 404
    await sign_in(client, "zhao.lei")
    assert (await send(client, f"{path}/withdraw", {})).status_code == 422
    assert (await send(client, f"{path}/withdraw", {"reason": "文号有误"})).status_code == 303
    assert "重新计入的理由" in words((await client.get(path)).text)
