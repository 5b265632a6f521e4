"""Subsidies that explain themselves, freeze, and are not paid without a document number."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.subsidies import queries
from contracts.subsidies.explaining import explain
from contracts.subsidies.paying import confirm_subsidies_paid, make_pay_file
from contracts.subsidies.rules import (
    LineFacts,
    conditions_of,
    due_of,
    facts_of_line,
    masked_name,
    public_until,
)
from contracts.subsidies.scheme_rules import NewScheme, SchemeFacts
from contracts.subsidies.schemes import decide_scheme, draft_scheme, set_document_number
from contracts.subsidies.services import approve_run, compute_run, publish_run
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from tests.builders_contracts import APRIL, FakeTreasury, a_closed_month, a_contract_in_force, a_visit, a_worker
from tests.builders_subsidies import AFTER, AMOUNTS, NOW, a_run, a_scheme, frozen, somebody, with_accounts
from tests.cast import actor
from vendors.workers.changes import Change, Particulars, change_particulars

MAY = date(2026, 5, 1)
SCHEME = SchemeFacts({"assistant": Decimal("300.00"), "senior": Decimal("800.00")}, 240)
FACTS = LineFacts(APRIL, "assistant", date(2026, 4, 1), date(2026, 4, 30), 240)
ONCE = SchemeFacts({"assistant": Decimal("1000.00"), "senior": Decimal("3000.00")}, kind="certificate", min_months=12)
HELD = replace(FACTS, minutes=0, served_since=date(2025, 5, 1))


def test_every_condition_at_its_edge_is_met() -> None:
    assert due_of(FACTS, SCHEME) == Decimal("300.00")
    assert all(condition.is_met for condition in conditions_of(FACTS, SCHEME))
    assert FACTS.certificate_days == 30


@pytest.mark.parametrize(
    ("change", "scheme", "rule"),
    [
        ({"level": "intermediate"}, {}, "level"),
        ({"level": "none"}, {}, "level"),
        ({"registered_on": date(2026, 4, 2)}, {}, "days"),
        ({"registered_on": None}, {}, "days"),
        ({"certificate_until": date(2026, 4, 29)}, {}, "days"),
        ({"certificate_until": None}, {}, "days"),
        ({"registered_on": date(2026, 4, 17)}, {"min_days": 15}, "days"),
        ({"minutes": 239}, {}, "proved"),
        ({"minutes": 0, "duty_minutes": 240}, {}, "proved"),
        ({"minutes": 240, "duty_minutes": 0}, {"proof": "duty"}, "proved"),
        ({"minutes": 120, "duty_minutes": 120}, {"proof": "either"}, "proved"),
        ({"doubled_by": "BT-2026-0001"}, {}, "double"),
        ({"establishment": "on"}, {"excludes_establishment": True}, "establishment"),
        ({"establishment": ""}, {"excludes_establishment": True}, "establishment"),
    ],
)
def test_R_SOCW_05_one_missing_condition_pays_nothing_and_says_which(
    change: dict[str, Any], scheme: dict[str, Any], rule: str
) -> None:
    facts, asked = replace(FACTS, **change), replace(SCHEME, **scheme)
    missing = [each for each in conditions_of(facts, asked) if not each.is_met]
    assert due_of(facts, asked) == 0 and [each.rule for each in missing] == [rule]
    assert all(explain(each.rule, each.found, each.needed, each.is_met).text("zh") for each in missing)


@pytest.mark.parametrize(
    ("change", "scheme", "due"),
    [
        ({}, {}, "1000.00"),
        ({"level": "senior", "paid_before": Decimal("1000.00")}, {}, "2000.00"),
        ({"paid_before": Decimal("1000.00")}, {}, "0.00"),
        ({"level": "senior"}, {}, "3000.00"),
        ({"served_since": date(2025, 5, 2)}, {}, "0.00"),
        ({"served_since": None}, {}, "0.00"),
        ({"employed_to": date(2026, 4, 29)}, {}, "0.00"),
        ({"employed_to": date(2026, 4, 30)}, {}, "1000.00"),
        ({"certificate_until": date(2026, 4, 29)}, {}, "0.00"),
        ({"fee": Decimal("120.00")}, {"kind": "exam_fee"}, "120.00"),
        ({"fee": Decimal("1200.00")}, {"kind": "exam_fee"}, "1000.00"),
        ({}, {"kind": "exam_fee"}, "0.00"),
        ({"fee": Decimal("120.00"), "doubled_by": "金民发〔2026〕1号"}, {"kind": "exam_fee"}, "0.00"),
        ({"level": "bachelor"}, {"kind": "degree", "amounts": {"bachelor": Decimal("2000.00")}}, "2000.00"),
    ],
)
def test_R_SOCW_03_what_is_paid_once_is_paid_less_what_was_received(
    change: dict[str, Any], scheme: dict[str, Any], due: str
) -> None:
    facts, asked = replace(HELD, **change), replace(ONCE, **scheme)
    assert due_of(facts, asked) == Decimal(due)
    for each in conditions_of(facts, asked):
        assert explain(each.rule, each.found, each.needed, each.is_met).text("en")


def test_R_SOCW_05_names_are_masked_and_days_in_public_are_working_days() -> None:
    assert [masked_name("欧阳小明", shown) for shown in (0, 1, 3, 4, 20)] == [
        "＊＊＊＊", "欧＊＊＊", "欧阳小＊", "欧阳小＊", "欧阳小明",
    ]  # fmt: skip
    assert public_until(date(2026, 5, 10)) == date(2026, 5, 15)


async def test_the_database_computes_what_the_rules_compute(db: Any) -> None:
    """One set of cases for both: each line's amount by SQL is the one of `due_of`, and zero and not zero occur."""
    world = await a_contract_in_force()
    await a_closed_month(world)
    here, town = {"provider": world.provider}, {"town": world.town, "community": "三江社区"}
    whole = {"certificate_level": "intermediate", "employed_from": date(2025, 4, 1)}
    for name, wanted in (
        ("甲", {"registered_on": date(2026, 4, 17)}), ("乙", {"certificate_until": date(2026, 4, 29)}),
        ("丙", {"registered_on": None}), ("丁", {"certificate_level": "none", "certificate_number": ""}),
        ("戊", {**whole, "employed_to": date(2026, 4, 30)}), ("己", {**whole, "employed_to": date(2026, 4, 29)}),
    ):
        await somebody(here, name, **wanted)
    for name, wanted in (("庚", {}), ("辛", {"establishment": "off"}), ("壬", {"establishment": "on"})):
        worker = await somebody(town, name, **wanted)
        await execute(
            "INSERT INTO duty_certificate (id, worker, month, minutes, duties, status, entered_by, entered_at,"
            " signed_by, signed_at) SELECT gen_random_uuid(), $1, '2026-04-01', 600, '走访', 'countersigned', $2, $4,"
            " $3, $4",
            worker, world.signer.person_id, world.reviewer.person_id, NOW,
        )  # fmt: skip
    once = {"kind": "certificate", "min_minutes": 0}
    for number, wanted in enumerate((
        {}, {"min_days": 14}, {"proof": "either"}, {"proof": "duty", "employers": "town"},
        {"proof": "either", "excludes_establishment": True}, once, {**once, "min_months": 12},
        {**once, "min_months": 3}, {"kind": "exam_fee", "min_minutes": 0},
    )):  # fmt: skip
        scheme = await a_scheme(name=f"办法 {number}", forbids_double=False, **wanted)
        run, facts = await a_run(scheme), queries.facts_of(await queries.scheme_page(scheme))
        lines = await queries.bare_lines(run["id"])
        assert lines and [line["amount"] for line in lines] == [due_of(facts_of_line(line), facts) for line in lines]
        assert run["total"] == sum(line["amount"] for line in lines)
        assert [line["certificate_days"] for line in lines] == [facts_of_line(x).certificate_days for x in lines]
        amounts = {line["name"]: line["amount"] for line in lines}
        if wanted.get("proof") == "either":
            assert amounts["唐怡"] == amounts["辛"] == 300
            assert amounts["庚"] == (0 if wanted.get("excludes_establishment") else 300)
        if wanted.get("employers") == "town":
            assert set(amounts) == {"庚", "辛", "壬"}
        if wanted.get("min_months") == 12:
            assert {name for name, amount in amounts.items() if amount} == {"戊"}


async def test_a_scheme_counts_once_another_person_agreed(db: Any) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    liu, song = await actor("liu.fang", NOW), await actor("song.ya", NOW)
    wanted = NewScheme("办法", date(2026, 1, 1), None, 240, dict(AMOUNTS))
    scheme = await draft_scheme(wanted, liu, NOW)
    assert await draft_scheme(wanted, liu, NOW) == scheme
    with pytest.raises(Forbidden) as refused:
        await compute_run(scheme, APRIL, 1, liu, NOW)
    assert refused.value.clause == "R-ROLE-03"
    with pytest.raises(Forbidden):
        await decide_scheme(scheme, True, "同意", liu, NOW)
    await decide_scheme(scheme, True, "同意", song, NOW)
    assert await compute_run(scheme, APRIL, 1, liu, NOW)
    with pytest.raises(DomainError, match="季度"):
        await compute_run(scheme, APRIL.replace(month=2), 3, liu, NOW)


async def test_a_month_is_computed_when_its_hours_are_closed(db: Any) -> None:
    world = await a_contract_in_force()
    scheme = await a_scheme()
    await a_visit(world, date(2026, 4, 20))
    with pytest.raises(DomainError, match=world.reference):
        await a_run(scheme)
    with pytest.raises(DomainError, match="没有过完"):
        await a_run(scheme, MAY)
    with pytest.raises(DomainError, match="整月生效"):
        await a_run(scheme, date(2025, 12, 1))


async def test_a_run_gives_each_worker_a_line_with_reasons(db: Any) -> None:
    world = await a_contract_in_force()
    await a_worker(world.provider, NOW, "wei.wei", "魏薇")
    await a_closed_month(world)
    run = await a_run(await a_scheme())
    lines = {line["name"]: line for line in await queries.lines_of_run(run["id"])}
    assert lines["唐怡"]["amount"] == Decimal("300.00") and lines["唐怡"]["minutes"] == 450
    assert lines["魏薇"]["amount"] == 0
    assert [c["rule"] for c in lines["魏薇"]["conditions"] if not c["is_met"]] == ["proved"]
    assert run["total"] == Decimal("300.00")
    assert "300.00" in lines["唐怡"]["why"].text("zh") and "0 元" in lines["魏薇"]["why"].text("zh")


async def test_the_same_facts_give_the_same_run_and_a_frozen_one_stays_to_the_byte(db: Any) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    scheme = await a_scheme()
    first = await a_run(scheme)
    assert (await a_run(scheme))["reference"] == first["reference"]
    await execute("UPDATE worker SET certificate_until = '2026-04-15'")
    again = await a_run(scheme)
    assert again["reference"] != first["reference"]
    assert (await queries.run_page(first["reference"]))["status"] == "superseded"
    await publish_run(again["id"], await actor("liu.fang", NOW), NOW)
    await approve_run(again["id"], world.finance, AFTER)
    kept = await queries.bare_lines(again["id"])
    await execute("UPDATE worker SET certificate_until = '2028-12-31'")
    later = await a_run(scheme, now=AFTER + timedelta(days=1))
    assert (later["reference"], later["lines_sha256"]) == (again["reference"], again["lines_sha256"])
    assert await queries.bare_lines(again["id"]) == kept


async def test_without_a_document_number_or_its_days_in_public_nothing_is_paid(db: Any) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    scheme = await a_scheme(document_number="")
    liu = await actor("liu.fang", NOW)
    run = await a_run(scheme)
    with pytest.raises(Forbidden) as refused:
        await approve_run(run["id"], world.finance, NOW)
    assert refused.value.clause == "R-SOCW-06"
    await set_document_number(scheme, "金民发〔2026〕8号", liu, NOW)
    with pytest.raises(Conflict, match="还没有公示"):
        await approve_run(run["id"], world.finance, AFTER)
    await publish_run(run["id"], liu, NOW)
    with pytest.raises(Conflict, match="公示到"):
        await approve_run(run["id"], world.finance, AFTER - timedelta(days=3))
    await approve_run(run["id"], world.finance, AFTER - timedelta(days=2))
    with pytest.raises(Conflict):
        await set_document_number(scheme, "金民发〔2026〕9号", liu, NOW)


async def test_the_pay_file_is_made_once_and_civil_affairs_does_not_approve(db: Any) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    run = await a_run(await a_scheme())
    with pytest.raises(Forbidden):
        await approve_run(run["id"], await actor("liu.fang", NOW), AFTER)
    await publish_run(run["id"], await actor("liu.fang", NOW), NOW)
    await approve_run(run["id"], world.finance, AFTER)
    treasury = FakeTreasury()
    with pytest.raises(Conflict, match="收款账号"):
        await make_pay_file(run["id"], treasury, world.finance, AFTER)
    await with_accounts(run)
    number = await make_pay_file(run["id"], treasury, world.finance, AFTER)
    assert await make_pay_file(run["id"], treasury, world.finance, AFTER) == number
    assert [(b.total, len(b.orders)) for b in treasury.batches] == [(Decimal("300.00"), 1)]
    for _ in range(2):
        await confirm_subsidies_paid(run["id"], world.finance, AFTER)
    [own] = await queries.lines_of_person(world.worker.person_id)
    assert own["run_status"] == "paid" and own["payment_status"] == "paid"


async def test_a_scheme_sent_twice_is_one_scheme(db: Any) -> None:
    await a_contract_in_force()
    first = await a_scheme()
    assert await a_scheme() == first and await a_scheme("") == first
    assert await a_scheme("金民发〔2026〕9号") != first
    assert await a_scheme(min_days=10) != first
    assert await fetchval("SELECT count(*) FROM scheme") == 3
    assert await fetchval("SELECT count(*) FROM scheme_level WHERE scheme = $1", first) > 0


async def test_a_month_is_paid_by_the_certificate_of_that_month(db: Any) -> None:
    """R-SOCW-05: a level gained in May changes nothing of April, whenever it is entered or April is computed."""
    world = await a_contract_in_force()
    await a_closed_month(world)
    scheme = await a_scheme()
    run = await a_run(scheme)
    gained = Particulars("唐怡华", "senior", "SW-NEW", date(2026, 5, 6), date(2029, 5, 5))
    await change_particulars(world.worker_row, gained, Change(date(2026, 5, 6), "取得高级证书"), world.director, NOW)
    assert (await a_run(scheme))["reference"] == run["reference"]
    [line] = [x for x in await queries.bare_lines(run["id"]) if x["minutes"]]
    assert (line["name"], line["level"], line["amount"]) == ("唐怡", "assistant", Decimal("300.00"))
    june = at_county_time(date(2026, 7, 2), 10)
    await a_closed_month(world, MAY), await a_closed_month(world, date(2026, 6, 1))
    for month, level, name in ((MAY, "assistant", "唐怡"), (date(2026, 6, 1), "senior", "唐怡华")):
        [line] = await queries.bare_lines((await a_run(scheme, month, now=june))["id"])
        assert (line["level"], line["name"]) == (level, name)


async def test_a_certificate_renewed_within_the_month_carries_on(db: Any) -> None:
    world = await a_contract_in_force()
    await execute("UPDATE worker SET certificate_until = '2026-04-14' WHERE id = $1", world.worker_row)
    renewed = Particulars("唐怡", "assistant", "SW-tang.yi", date(2026, 4, 15), date(2029, 4, 14))
    await change_particulars(world.worker_row, renewed, Change(date(2026, 4, 15), "续登记"), world.director, NOW)
    [april] = await queries.bare_lines((await a_run(await a_scheme()))["id"])
    assert (april["registered_on"], april["certificate_until"]) == (date(2026, 1, 1), date(2029, 4, 14))
    assert april["certificate_days"] == 30


async def test_a_quarter_has_a_line_for_each_month_and_shuts_out_its_months(db: Any) -> None:
    world = await a_contract_in_force()
    for month in (APRIL, MAY, date(2026, 6, 1)):
        await a_closed_month(world, month)
    scheme, now = await a_scheme(), at_county_time(date(2026, 7, 5), 10)
    run = await a_run(scheme, APRIL, 3, now)
    assert [line["month"].month for line in await queries.bare_lines(run["id"])] == [4, 5, 6]
    assert run["total"] == Decimal("900.00")
    with pytest.raises(DomainError, match=run["reference"]):
        await a_run(scheme, MAY, now=now)
    other = await a_scheme(name="另一个办法")
    await publish_run(run["id"], await actor("liu.fang", now), now)
    [line] = await queries.lines_of_run((await a_run(other, MAY, now=now))["id"])
    assert line["amount"] == 0 and line["doubled_by"] == run["reference"]
    # asked back whole it is paid there no more, so that the right scheme may pay it
    await execute(
        "INSERT INTO subsidy_recovery (id, line, status, amount, reason, proposed_by, proposed_at, decided_by,"
        " decided_at, decision) SELECT gen_random_uuid(), id, 'ordered', amount, '弄错', $2, $4, $3, $4, '查明'"
        " FROM subsidy_line WHERE run = $1 AND month = $5",
        run["id"], world.signer.person_id, world.reviewer.person_id, now, MAY,
    )  # fmt: skip
    [line] = await queries.lines_of_run((await a_run(other, MAY, now=now))["id"])
    assert line["amount"] == Decimal("300.00") and not line["doubled_by"]


async def test_a_higher_certificate_is_paid_the_difference(db: Any) -> None:
    world = await a_contract_in_force()
    once = {"kind": "certificate", "min_minutes": 0, "amounts": dict(AMOUNTS)}
    run = await frozen(await a_scheme(name="取证补贴", **once))
    assert run["total"] == Decimal("300.00")
    await execute("UPDATE worker SET certificate_level = 'senior' WHERE id = $1", world.worker_row)
    [line] = await queries.lines_of_run((await a_run(await a_scheme(name="取证补贴二", **once), now=AFTER))["id"])
    assert (line["paid_before"], line["amount"]) == (Decimal("300.00"), Decimal("500.00"))
    assert [row["status"] for row in await fetch("SELECT status FROM subsidy_run ORDER BY run_at")][0] == "approved"


async def test_what_was_asked_back_of_a_one_off_is_not_paid_again_by_itself(db: Any) -> None:
    world = await a_contract_in_force()
    once = {"kind": "certificate", "min_minutes": 0, "amounts": dict(AMOUNTS)}
    first, again = await a_scheme(name="取证补贴", **once), await a_scheme(name="取证补贴二", **once)
    run = await frozen(first)

    async def amounts() -> tuple[Decimal, Decimal]:
        [line] = await queries.lines_of_run((await a_run(again, now=AFTER))["id"])
        return line["paid_before"], line["amount"]

    await execute(
        "INSERT INTO subsidy_recovery (id, line, status, amount, reason, proposed_by, proposed_at, decided_by,"
        " decided_at, decision) SELECT gen_random_uuid(), id, 'ordered', 300, '弄错', $2, $4, $3, $4, '查明'"
        " FROM subsidy_line WHERE run = $1",
        run["id"], world.signer.person_id, world.reviewer.person_id, AFTER,
    )  # fmt: skip
    assert await amounts() == (Decimal(300), 0)
    await execute("UPDATE worker SET certificate_level = 'senior' WHERE id = $1", world.worker_row)
    assert await amounts() == (0, Decimal(800))  # nothing of it is with the worker, and this is something else
    await execute("UPDATE worker SET certificate_level = 'assistant' WHERE id = $1", world.worker_row)
    lifted = "UPDATE subsidy_recovery SET status = 'lifted', lifted_by = $1, lifted_at = $2, lift_reason = '弄错'"
    await execute(lifted, world.reviewer.person_id, AFTER)
    assert await amounts() == (Decimal(300), 0)  # nothing had come back
    await execute("UPDATE subsidy_recovery SET returned_on = '2026-05-20', returned_by = $1", world.reviewer.person_id)
    assert await amounts() == (0, Decimal(300))
