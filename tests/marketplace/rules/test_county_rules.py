"""Finance enters county rows by document number; a second person approves them; the history stays."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from marketplace.kernel.clock import CountyClock, county_day
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.errors import Conflict
from marketplace.kernel.law.loading import refresh_law
from marketplace.kernel.rulebook import number, row
from marketplace.rules.county.rules import NewCountyRule, check_still_ahead, mistakes_in, units_for
from marketplace.rules.county.rules import Proposed as ProposedRow
from marketplace.rules.county.services import approve_rule, propose_rule
from tests.cast import actor
from tests.pages import send, sign_in, words

LIMIT = "R-METH-04/limit"
TODAY = date(2026, 3, 2)
TYPED = {
    "key": LIMIT, "value": "600000", "unit": "yuan", "effective_from": "2026-04-01",
    "document_number": "金财采〔2026〕3号", "citation": "金堂县政府采购限额标准的通知第二条",
}  # fmt: skip


def new(**changed: Any) -> NewCountyRule:
    given = {
        "key": LIMIT, "unit": "yuan", "effective_from": date(2026, 4, 1), "document_number": "金财采〔2026〕3号",
        "citation": "通知", "value": Decimal(600000),
    }  # fmt: skip
    return NewCountyRule(**{**given, **changed})


def test_a_row_begins_after_today_so_that_nothing_published_changes() -> None:
    assert mistakes_in(new(), row(LIMIT, TODAY), TODAY) == {}
    assert set(mistakes_in(new(effective_from=TODAY), row(LIMIT, TODAY), TODAY)) == {"effective_from"}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"value": None}, "value"),
        ({"unit": "percent"}, "unit"),
        ({"effective_to": date(2026, 3, 31)}, "effective_to"),
    ],
)
def test_each_mistake_is_at_its_field(changed: dict[str, Any], field: str) -> None:
    assert field in mistakes_in(new(**changed), row(LIMIT, TODAY), TODAY)


def test_a_period_may_be_counted_in_another_way_and_nothing_else() -> None:
    assert "working_days" in units_for(row("R-TIME-04", TODAY))
    assert units_for(row(LIMIT, TODAY)) == ("yuan",)
    changed = new(key="R-TIME-04", unit="working_days", value=Decimal("14.5"))
    assert set(mistakes_in(changed, row("R-TIME-04", TODAY), TODAY)) == {"value"}


async def test_a_row_whose_first_day_came_while_it_waited_is_not_approved(db: Any, clock: Any) -> None:
    now = await clock.now()
    identity = await propose_rule(new(effective_from=county_day(now) + timedelta(days=1)), await finance(now), now)
    later = now + timedelta(days=1)
    with pytest.raises(Conflict):
        await approve_rule(identity, await actor("sun.yue", now), later)
    check_still_ahead(ProposedRow(identity, county_day(later) + timedelta(days=1), None), county_day(later))


async def finance(now: Any) -> Any:
    return await actor("zhao.lei", now)


async def entered(client: httpx.AsyncClient, clock: Any, **changed: str) -> str:
    """A row entered through the page; gives its address."""
    await actor("zhao.lei", await clock.now())
    await sign_in(client, "zhao.lei")
    answer = await send(client, "/county-rules/new", {**TYPED, **changed})
    assert answer.status_code == 303, words(answer.text)
    return answer.headers["location"]


async def test_finance_enters_a_row_and_a_second_person_makes_it_law(client: httpx.AsyncClient, clock: Any) -> None:
    address = await entered(client, clock)
    own = words((await client.get(address)).text)
    assert "等待财政局另一位同事复核" in own and "通过这一条" not in own
    assert "600000" not in words((await client.get("/rules/R-METH-04")).text)
    await sign_in(client, "sun.yue")
    assert "复核县级规则 R-METH-04/limit" in words((await client.get("/work")).text)
    page = words((await client.get(address)).text)
    assert "¥500,000.00 未确认" in page and "¥600,000.00" in page
    assert (await send(client, f"{address}/approval")).status_code == 303
    assert "复核已经通过" in words((await client.get(address)).text)
    assert number(LIMIT, date(2026, 4, 1)) == 600000 and number(LIMIT, date(2026, 3, 31)) == 500000
    rule = words((await client.get("/rules/R-METH-04")).text)
    assert "金财采〔2026〕3号" in rule and "孙悦" in rule
    acts = await fetch("SELECT act, actor_name FROM audit_entry WHERE act LIKE 'rule.%' ORDER BY sequence")
    assert [tuple(each) for each in acts] == [("rule.proposed", "赵磊"), ("rule.approved", "孙悦")]


async def test_a_confirmation_keeps_the_value_and_takes_the_mark_away(client: httpx.AsyncClient, clock: Any) -> None:
    address = await entered(client, clock, value="500000")
    await sign_in(client, "sun.yue")
    await send(client, f"{address}/approval")
    assert await fetchval("SELECT confirms FROM county_rule") is True
    await refresh_law((await CountyClock().look()).law)
    confirmed = row(LIMIT, date(2026, 4, 1))
    assert confirmed.number == 500000 and not confirmed.unconfirmed and row(LIMIT, TODAY).unconfirmed


async def test_nobody_approves_what_they_entered(client: httpx.AsyncClient, clock: Any) -> None:
    address = await entered(client, clock)
    refused = await send(client, f"{address}/approval")
    assert refused.status_code == 403 and "R-ROLE-03" in refused.text
    assert await fetchval("SELECT count(*) FROM county_rule_decision") == 0


async def test_approving_twice_does_no_harm(client: httpx.AsyncClient, clock: Any) -> None:
    address = await entered(client, clock)
    await sign_in(client, "sun.yue")
    await send(client, f"{address}/approval")
    again = await send(client, f"{address}/approval")
    assert again.status_code == 409 and "已经有人复核" in words(again.text)
    assert await fetchval("SELECT count(*) FROM county_rule_decision") == 1


async def test_a_returned_row_keeps_its_reason_and_is_no_law(client: httpx.AsyncClient, clock: Any) -> None:
    address = await entered(client, clock)
    await sign_in(client, "sun.yue")
    bad = await send(client, f"{address}/return", {"reason": ""})
    assert bad.status_code == 422 and "请填写“退回理由”" in words(bad.text)
    await send(client, f"{address}/return", {"reason": "文号写错了"})
    assert "文号写错了" in words((await client.get(address)).text)
    assert "文号写错了" not in words((await client.get("/rules/R-METH-04")).text)
    assert number(LIMIT, date(2026, 4, 1)) == 500000


async def test_every_mistake_is_said_at_once_and_what_was_typed_stays(client: httpx.AsyncClient, clock: Any) -> None:
    await actor("zhao.lei", await clock.now())
    await sign_in(client, "zhao.lei")
    bad = await send(
        client, "/county-rules/new", {**TYPED, "value": "abc", "document_number": "", "effective_from": "2026-13-01"}
    )
    text = words(bad.text)
    assert bad.status_code == 422 and 'value="abc"' in bad.text
    assert "请填数字" in text and "请填写“文号”" in text and "请按“2026-03-02”的样子填日期" in text
    early = await send(client, "/county-rules/new", {**TYPED, "effective_from": "2026-03-02"})
    assert early.status_code == 422 and "请填今天以后的日期" in words(early.text)


async def test_a_rule_in_words_is_confirmed_by_its_document(client: httpx.AsyncClient, clock: Any) -> None:
    address = await entered(client, clock, key="R-SOCW-05/service", value="2", unit="years")
    assert "2 年" in words((await client.get(address)).text)
    blank = await entered(client, clock, key="R-PERF-01", value="", unit="text")
    assert (await client.get(blank)).status_code == 200


async def test_others_do_not_come_in_and_an_unknown_row_is_not_found(client: httpx.AsyncClient, clock: Any) -> None:
    address = await entered(client, clock)
    assert (await client.get("/county-rules/new?key=R-NONE-01")).status_code == 404
    await sign_in(client, "wang.min")
    assert (await client.get("/county-rules")).status_code == 403
    assert (await client.get(address)).status_code == 403
    assert (await send(client, "/county-rules/new", TYPED)).status_code == 403


async def test_the_list_shows_what_waits_and_what_is_not_confirmed(client: httpx.AsyncClient, clock: Any) -> None:
    await entered(client, clock)
    chinese = words((await client.get("/county-rules")).text)
    english = words((await client.get("/en/county-rules")).text)
    assert "等待复核 1" in chinese and "金财采〔2026〕3号" in chinese and "采购限额标准（货物、服务）" in chinese
    assert "County rules" in english
