"""Subsidies that explain themselves, freeze, and are not paid without a document number."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from contracts.subsidies import queries
from contracts.subsidies.rules import (
    LEVELS,
    SchemeFacts,
    WorkerFacts,
    compute_line,
    compute_lines,
    explain,
    lines_hash,
)
from contracts.subsidies.services import (
    NewScheme,
    approve_run,
    confirm_subsidies_paid,
    make_pay_file,
    publish_scheme,
    run_month,
    set_document_number,
)
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetchval
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from tests.builders_contracts import APRIL, FakeTreasury, a_closed_month, a_contract_in_force, a_visit, a_worker
from tests.cast import actor
from vendors.workers.changes import Change, Particulars, change_particulars

NOW = at_county_time(date(2026, 5, 10), 10)
SCHEME = SchemeFacts({"assistant": Decimal("300.00"), "senior": Decimal("800.00")}, 240)
WORKER = WorkerFacts("certificate 1", "唐怡", "和风", "assistant", date(2026, 4, 1), date(2026, 4, 30), 240)


async def a_scheme(document_number: str = "金民发〔2026〕8号") -> UUID:
    liu = await actor("liu.fang", NOW)
    amounts = dict(zip(LEVELS, (Decimal("300.00"), Decimal("500.00"), Decimal("800.00")), strict=True))
    return await publish_scheme(
        NewScheme("社工补贴办法", date(2026, 1, 1), None, 240, amounts, document_number), liu, NOW
    )


def test_every_condition_at_its_edge_is_met() -> None:
    line = compute_line(WORKER, SCHEME, APRIL)
    assert line.amount == Decimal("300.00")
    assert all(condition.is_met for condition in line.conditions)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"level": "intermediate"}, "level"),
        ({"level": "none"}, "level"),
        ({"registered_on": date(2026, 4, 2)}, "registered"),
        ({"registered_on": None}, "registered"),
        ({"certificate_until": date(2026, 4, 29)}, "valid"),
        ({"certificate_until": None}, "valid"),
        ({"minutes": 239}, "hours"),
    ],
)
def test_one_missing_condition_pays_nothing_and_says_which(change: dict[str, Any], rule: str) -> None:
    line = compute_line(replace(WORKER, **change), SCHEME, APRIL)
    assert line.amount == 0
    missing = [each for each in line.conditions if not each.is_met]
    assert [each.rule for each in missing] == [rule]
    assert all(explain(each.rule, each.found, each.needed, each.is_met).text("zh") for each in line.conditions)


def test_a_worker_with_two_employers_gets_one_line_with_all_hours() -> None:
    other = replace(WORKER, employer="晨光", minutes=300)
    lines = compute_lines([WORKER, other], SCHEME, APRIL)
    assert [(line.worker.employer, line.worker.minutes, line.amount) for line in lines] == [
        ("晨光", 540, Decimal("300.00"))
    ]
    assert lines_hash(lines) == lines_hash(compute_lines([other, WORKER], SCHEME, APRIL))


async def test_a_month_is_computed_when_its_hours_are_closed(db: Any) -> None:
    world = await a_contract_in_force()
    await a_scheme()
    liu = await actor("liu.fang", NOW)
    await a_visit(world, date(2026, 4, 20))
    with pytest.raises(DomainError, match=world.reference):
        await run_month(APRIL, liu, NOW)
    with pytest.raises(DomainError, match="没有过完"):
        await run_month(date(2026, 5, 1), liu, NOW)


async def test_a_run_gives_each_worker_a_line_with_reasons(db: Any) -> None:
    world = await a_contract_in_force()
    await a_worker(world.provider, NOW, "wei.wei", "魏薇")
    await a_closed_month(world)
    await a_scheme()
    run = await queries.run_page(await run_month(APRIL, await actor("liu.fang", NOW), NOW))
    lines = {line["name"]: line for line in await queries.lines_of_run(run["id"])}
    assert lines["唐怡"]["amount"] == Decimal("300.00") and lines["唐怡"]["minutes"] == 450
    assert lines["魏薇"]["amount"] == 0
    assert [c["rule"] for c in lines["魏薇"]["conditions"] if not c["is_met"]] == ["hours"]
    assert run["total"] == Decimal("300.00")


async def test_the_same_facts_give_the_same_run_and_a_frozen_month_stays(db: Any) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    await a_scheme()
    liu = await actor("liu.fang", NOW)
    reference = await run_month(APRIL, liu, NOW)
    assert await run_month(APRIL, liu, NOW) == reference
    await execute("UPDATE worker SET certificate_until = '2026-04-15'")
    again = await run_month(APRIL, liu, NOW)
    assert again != reference
    assert (await queries.run_page(reference))["status"] == "superseded"
    run = await queries.run_page(again)
    await approve_run(run["id"], world.finance, NOW)
    frozen = await queries.lines_of_run(run["id"])
    await execute("UPDATE worker SET certificate_until = '2028-12-31'")
    assert await run_month(APRIL, liu, NOW) == again
    assert await queries.lines_of_run(run["id"]) == frozen


async def test_without_a_document_number_nothing_is_paid(db: Any) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    scheme = await a_scheme(document_number="")
    liu = await actor("liu.fang", NOW)
    run = await queries.run_page(await run_month(APRIL, liu, NOW))
    with pytest.raises(Forbidden) as refused:
        await approve_run(run["id"], world.finance, NOW)
    assert refused.value.clause == "R-SOCW-06"
    await set_document_number(scheme, "金民发〔2026〕8号", liu, NOW)
    await approve_run(run["id"], world.finance, NOW)
    with pytest.raises(Conflict):
        await set_document_number(scheme, "金民发〔2026〕9号", liu, NOW)


async def test_the_pay_file_is_made_once_and_civil_affairs_does_not_approve(db: Any) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    await a_scheme()
    liu = await actor("liu.fang", NOW)
    run = await queries.run_page(await run_month(APRIL, liu, NOW))
    with pytest.raises(Forbidden):
        await approve_run(run["id"], liu, NOW)
    await approve_run(run["id"], world.finance, NOW)
    treasury = FakeTreasury()
    number = await make_pay_file(run["id"], treasury, world.finance, NOW)
    assert await make_pay_file(run["id"], treasury, world.finance, NOW) == number
    assert [(b.total, len(b.orders)) for b in treasury.batches] == [(Decimal("300.00"), 1)]
    for _ in range(2):
        await confirm_subsidies_paid(run["id"], world.finance, NOW)
    [own] = await queries.lines_of_person(world.worker.person_id)
    assert own["run_status"] == "paid"


async def test_a_scheme_sent_twice_is_one_scheme(db: Any) -> None:
    await a_contract_in_force()
    first = await a_scheme()
    assert await a_scheme() == first and await a_scheme("") == first
    assert await a_scheme("金民发〔2026〕9号") != first
    assert await fetchval("SELECT count(*) FROM scheme") == 2
    assert await fetchval("SELECT count(*) FROM scheme_level WHERE scheme = $1", first) > 0


async def test_a_month_is_paid_by_the_certificate_of_that_month_and_a_run_is_never_rewritten(db: Any) -> None:
    """R-SOCW-05: a level gained in May changes nothing of April, whenever it is entered or April is computed."""
    world = await a_contract_in_force()
    await a_closed_month(world)
    await a_scheme()
    liu = await actor("liu.fang", NOW)
    reference = await run_month(APRIL, liu, NOW)
    director = world.director
    gained = Particulars("唐怡华", "senior", "SW-NEW", date(2026, 5, 6), date(2029, 5, 5))
    await change_particulars(world.worker_row, gained, Change(date(2026, 5, 6), "取得高级证书"), director, NOW)
    assert await run_month(APRIL, liu, NOW) == reference
    [line] = [x for x in await queries.lines_of_run((await queries.run_page(reference))["id"]) if x["minutes"]]
    assert (line["name"], line["level"], line["amount"]) == ("唐怡", "assistant", Decimal("300.00"))
    facts = {f.minutes: f for f, _, _ in await queries.workers_of_month(date(2026, 6, 1))}
    assert facts[0].level == "senior" and facts[0].name == "唐怡华"
    [may] = [f for f, _, _ in await queries.workers_of_month(date(2026, 5, 1))]
    assert (may.level, may.registered_on) == ("assistant", date(2026, 1, 1))


async def test_a_certificate_renewed_within_the_month_carries_on(db: Any) -> None:
    world = await a_contract_in_force()
    await execute("UPDATE worker SET certificate_until = '2026-04-14' WHERE id = $1", world.worker_row)
    renewed = Particulars("唐怡", "assistant", "SW-tang.yi", date(2026, 4, 15), date(2029, 4, 14))
    await change_particulars(world.worker_row, renewed, Change(date(2026, 4, 15), "续登记"), world.director, NOW)
    [april] = [f for f, _, _ in await queries.workers_of_month(APRIL)]
    assert (april.registered_on, april.certificate_until) == (date(2026, 1, 1), date(2029, 4, 14))
