"""R-ROLE-05: an agency needs a written agreement with scope, authority and term, recorded by two people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from marketplace.accounts.agencies.rules import check_may_record, mistakes_in
from marketplace.accounts.agencies.services import approve_agreement, end_agreement, record_agreement
from marketplace.accounts.mandates import Entrusted
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetchval
from marketplace.kernel.errors import Forbidden, IllegalMove, NotFound
from tests.builders_agencies import an_agreement, new_agreement
from tests.cast import actor, office
from tests.pages import send, sign_in, words


async def test_whoever_recorded_an_agreement_does_not_approve_it(db: Any, clock: Any) -> None:
    now = await clock.now()
    wang = await actor("wang.min", now)
    reference = await record_agreement(await new_agreement(now), None, wang, now)
    with pytest.raises(Forbidden) as refused:
        await approve_agreement(reference, wang, now)
    assert refused.value.clause == "R-ROLE-03"
    assert not (await actor("hu.yan", now)).mandates
    await approve_agreement(reference, await actor("li.qiang", now), now)
    (mandate,) = (await actor("hu.yan", now)).mandates
    assert mandate.in_force and mandate.acts == frozenset(Entrusted)
    with pytest.raises(IllegalMove):
        await approve_agreement(reference, await actor("chen.jing", now), now)


async def test_an_agency_does_not_write_its_own_mandate(db: Any, clock: Any) -> None:
    agency = await actor("hu.yan", await clock.now())
    with pytest.raises(Forbidden) as refused:
        check_may_record(agency)
    assert refused.value.clause == "R-ROLE-05"


async def test_an_agreement_counts_on_its_first_and_last_day_and_not_outside(db: Any, clock: Any) -> None:
    now = await clock.now()
    last = county_day(now) + timedelta(days=30)
    agreement = await an_agreement(now, valid_from=county_day(now) + timedelta(days=1), valid_to=last)
    days = {0: False, 1: True, 30: True, 31: False}
    for after, holds in days.items():
        found = (await actor("hu.yan", now + timedelta(days=after))).mandate(agreement)
        assert found is not None and found.in_force is holds, after


async def test_what_an_agreement_must_say(db: Any, clock: Any) -> None:
    now = await clock.now()
    today = county_day(now)
    agencies = frozenset({(await new_agreement(now)).agency})
    new = await new_agreement(
        now, (Entrusted.PUBLISH,), agency=await office("zhaozhen"), valid_to=today - timedelta(days=1)
    )
    assert set(mistakes_in(new, today, agencies)) == {"agency", "valid_to", "acts"}
    assert not mistakes_in(await new_agreement(now), today, agencies)


async def test_an_ended_agreement_gives_nothing_any_more(db: Any, clock: Any) -> None:
    now = await clock.now()
    agreement = await an_agreement(now)
    reference = await fetchval("SELECT reference FROM agency_agreement WHERE id = $1", agreement)
    with pytest.raises(NotFound):
        await end_agreement(reference, "不再委托", await actor("hu.yan", now), now)
    await end_agreement(reference, "不再委托", await actor("li.qiang", now), now)
    mandate = (await actor("hu.yan", now)).mandate(agreement)
    assert mandate is not None and not mandate.in_force


async def test_a_buyer_records_an_agreement_on_the_page_and_a_colleague_approves_it(
    client: httpx.AsyncClient, clock: Any
) -> None:
    now = await clock.now()
    agency = (await new_agreement(now)).agency
    await sign_in(client, "wang.min")
    bad = await send(client, "/agency-agreements/new", {"document_number": "赵采代1号", "fee": "8000 元"})
    assert bad.status_code == 422 and 'value="赵采代1号"' in bad.text
    typed = {
        "agency": str(agency), "document_number": "赵采代1号", "matter": "社会救助服务", "acts": ["draft", "publish"],
        "valid_from": "2026-03-02", "valid_to": "2027-03-01", "fee": "8000 元", "fee_payer": "buyer",
    }  # fmt: skip
    good = await send(client, "/agency-agreements/new", typed)
    assert good.status_code == 303
    again = await send(client, "/agency-agreements/new", typed)
    assert again.headers["location"] == good.headers["location"]
    where = good.headers["location"]
    assert "等待采购人另一位同事复核" in (await client.get(where)).text
    assert (await send(client, f"{where}/approve")).status_code == 403
    await sign_in(client, "li.qiang")
    assert "赵采代1号" in words((await client.get("/work")).text)
    assert (await send(client, f"{where}/approve")).status_code == 303
    await sign_in(client, "hu.yan")
    page = words((await client.get(where)).text)
    assert "协议有效" in page and "编制采购文件" in page
    assert "确定中标（成交）供应商" in page  # what stays with the buyer is said too


async def test_another_office_does_not_find_an_agreement(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    agreement = await an_agreement(now)
    reference = await fetchval("SELECT reference FROM agency_agreement WHERE id = $1", agreement)
    await sign_in(client, "zhao.lei")  # finance supervises and reads everything
    assert (await client.get(f"/agency-agreements/{reference}")).status_code == 200
    await sign_in(client, "liu.fang")
    assert (await client.get(f"/agency-agreements/{reference}")).status_code == 403
