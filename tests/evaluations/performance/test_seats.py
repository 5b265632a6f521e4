"""Several evaluators: what the listing printed is bound, each has its own form, the last one makes the draft."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from catalogue.listings.drafting_tables import ListingIndicator, ListingSource
from evaluations.performance.conflicts import check_organisation_free
from evaluations.performance.measures import MEASURE_OF
from marketplace.accounts.people.tables import Membership
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetchrow, fetchval, insert
from marketplace.kernel.errors import DomainError, Forbidden
from tests.builders_contracts import APRIL, a_contract_in_force, a_paid_milestone
from tests.cast import enter_cast, office
from tests.pages import send, sign_in, words

PERIOD = {"period_from": "2026-04-01", "period_to": "2026-04-30"}


async def printed_contract(clock):
    """A contract whose listing printed three indicators and two sources; June 2026."""
    world = await a_contract_in_force()
    await a_paid_milestone(world, month=APRIL)
    await enter_cast(await clock.now())
    await clock.set(at_county_time(date(2026, 6, 1), 9))
    listing = await fetchval("SELECT listing FROM contract WHERE id = $1", world.contract)
    lines = [
        ("入户完成率", "不低于 100%", 50, "output", "quantitative"),
        ("帮扶效果", "按方案完成", 40, "benefit", "qualitative"),
        ("预算执行率", "不低于 95%", 10, "execution", "execution_rate"),
    ]  # fmt: skip
    for position, (title, target, points, group, way) in enumerate(lines, 1):
        await insert(
            ListingIndicator, listing=listing, position=position, title=title, target=target, points=Decimal(points),
            source="台账", group=group, way=way,
        )  # fmt: skip
    for position, (source, weight) in enumerate([("third_party", 60), ("town", 40)], 1):
        await insert(ListingSource, listing=listing, position=position, source=source, weight=Decimal(weight))
    return world


async def planned(client, clock):
    """That contract with its evaluation planned by liu.fang; gives the world and the evaluation's path."""
    world = await printed_contract(clock)
    await sign_in(client, "liu.fang")
    form = {**PERIOD, "contract": str(world.contract), "evaluator": str(await office("evaluator"))}
    unseen = await send(client, "/evaluations/new", form)
    assert unseen.status_code == 422 and "已经换成它的" in words(unseen.text) and "入户完成率" in words(unseen.text)
    answer = await send(client, "/evaluations/new", {**form, "shown_for": str(world.contract), "weight-1": "99"})
    assert answer.status_code == 303, words(answer.text)
    return world, answer.headers["location"]


async def scored(client, clock):
    """The same with both forms handed in: 46 + 32.8 + 10."""
    world, path = await planned(client, clock)
    await sign_in(client, "deng.li")
    form = {"actual-1": "100", "narrative-1": "查阅台账。", "points-2": "36", "narrative-2": "回访十户。"}
    assert (await send(client, f"{path}/score", form)).status_code == 303
    await sign_in(client, "luo.jie")
    page = words((await client.get(path)).text)
    assert "您评的是“镇（街道）”这一份" in page and "回访十户" not in page, "nobody follows another's form"
    refused = await send(client, f"{path}/score", {"actual-1": "80", "points-2": "28"})
    assert refused.status_code == 422 and "得分不在中档" in words(refused.text)
    assert (await send(client, f"{path}/score", {"actual-1": "80", "narrative-1": "漏两户。", "points-2": "28"})
            ).status_code == 303  # fmt: skip
    return world, path


async def test_printed_indicators_bind_and_sources_are_combined_by_their_weights(client, clock):
    _, path = await scored(client, clock)
    reference = path.rsplit("/", 1)[1]
    row = await fetchrow("SELECT status, score, grade FROM evaluation WHERE reference = $1", reference)
    # (60 x 50 + 40 x 40) / 100, (60 x 36 + 40 x 28) / 100, and what was paid
    assert dict(row) == {"status": "drafted", "score": Decimal("88.80"), "grade": "good"}
    page = words((await client.get(path)).text)
    assert "第三方专业机构：36 分，权重 60/100" in page and "回访十户" in page and "漏两户" in page


async def test_a_late_evaluator_is_left_out_with_a_reason_and_the_others_make_the_draft(client, clock):
    _, path = await planned(client, clock)
    await sign_in(client, "deng.li")
    form = {"actual-1": "100", "narrative-1": "查阅台账。", "points-2": "36", "narrative-2": "回访十户。"}
    await send(client, f"{path}/score", form)
    seat = await fetchval("SELECT id FROM evaluation_seat WHERE source = 'town'")
    await sign_in(client, "liu.fang")
    assert (await send(client, f"{path}/seats/{seat}/leave-out", {"reason": "催了两次没有交"})).status_code == 409
    await clock.set(at_county_time(date(2026, 7, 2), 9))
    assert "有 1 份过期没交" in words((await client.get("/work")).text)
    assert (await send(client, f"{path}/seats/{seat}/leave-out", {"reason": ""})).status_code == 422
    assert (await send(client, f"{path}/seats/{seat}/leave-out", {"reason": "催了两次没有交"})).status_code == 303
    assert await fetchval("SELECT score FROM evaluation") == Decimal("96.00")
    assert "催了两次没有交" in words((await client.get(path)).text)


async def test_an_organisation_that_shares_a_person_with_the_provider_may_not_evaluate(clock):
    world = await a_contract_in_force()
    contract = await fetchrow("SELECT * FROM contract WHERE id = $1", world.contract)
    evaluator = await office("evaluator")
    await check_organisation_free(contract, evaluator)
    await insert(Membership, person=world.director.person_id, organisation=evaluator, role="evaluator")
    with pytest.raises(Forbidden) as refused:
        await check_organisation_free(contract, evaluator)
    assert refused.value.clause in ("R-ROLE-07", "R-ROLE-08")
    with pytest.raises(Forbidden):
        await check_organisation_free(contract, contract["buyer"])


async def test_every_measure_counts_what_a_served_month_left_behind(clock):
    world = await a_contract_in_force()
    await a_paid_milestone(world, month=APRIL)
    period = (world.contract, APRIL, date(2026, 4, 30))
    with pytest.raises(DomainError, match="没有约定服务时数"):
        await MEASURE_OF["hours_kept"](*period)
    found = {name: await count(*period) for name, count in MEASURE_OF.items() if name != "hours_kept"}
    assert found == {
        "execution_rate": Decimal("100.00"), "approval_rate": Decimal("100.00"), "timeliness": Decimal(100),
        "coverage": Decimal(100), "corrections": Decimal("0.00"), "complaints": Decimal(0), "turnover": Decimal("0.00"),
    }  # fmt: skip
