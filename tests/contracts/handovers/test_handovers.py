"""Residents are passed on by code, with consent and a visit together; nobody is left when a contract ends."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from contracts.agreements.queries import contract_by_id
from contracts.handovers import queries
from contracts.handovers.rules import Passing, check_is_told, first_day_looked_at, silence_counts_after
from contracts.handovers.services import confirm, end_silence, open_handover, send_back, send_list, settle_residents
from contracts.handovers.work import waiting_for
from contracts.visits.services import Correction, approve_visits, correct_visit, log_visit
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, NotFound
from marketplace.kernel.forms import Bound
from tests.builders_contracts import a_contract_in_force, a_paid_milestone, a_provider, points
from tests.cast import actor
from tests.pages import send, sign_in, words

ENDED = at_county_time(date(2026, 5, 8), 10)
CODES = ["JT-R-0007", "JT-R-0008", "JT-R-0009"]
TO_TOWN = [Passing(code, "town", None, None, None, "由街道社工站接手") for code in CODES]
DAY = date(2026, 5, 6)
AGREED = Passing(CODES[0], "next", "given", DAY, DAY)


async def the_town() -> tuple[str, Any]:
    """Somebody of the town that is its own buyer, who neither began nor sent anything (R-ROLE-03)."""
    clerk = await actor("luo.jie", ENDED)
    return clerk.name, clerk


async def an_ended_contract(**wanted: Any) -> Any:
    """One month, served, paid; its three residents are on no list."""
    world = await a_contract_in_force(months=1, amount=Decimal("40000.00"))
    await a_paid_milestone(world)
    return world


def test_r_con_06_a_line_is_whole_only_with_consent_a_visit_together_or_what_was_arranged() -> None:
    today = date(2026, 5, 8)  # the Saturday after it is worked
    assert first_day_looked_at(date(2026, 5, 31), today) == date(2026, 2, 28)
    assert silence_counts_after(date(2026, 5, 8), today).date == date(2026, 5, 21)
    for passing, wrong in (
        (Passing("A"), {"A-outcome"}),
        (Passing("A", "next", "refused", DAY, DAY), {"A-consent"}),
        (Passing("A", "next", "given"), {"A-consented_on", "A-visited_on"}),
        (Passing("A", "town"), {"A-note"}),
        (AGREED, set()),
        (TO_TOWN[0], set()),
    ):
        form = Bound()
        check_is_told(form, passing.code, passing)
        assert set(form.errors) == wrong


async def test_r_con_06_a_paid_contract_is_completed_only_when_its_residents_are_passed_on(db: Any) -> None:
    world = await an_ended_contract()
    assert (await contract_by_id(world.contract))["status"] == "in_force"
    with pytest.raises(Forbidden):
        await open_handover(world.reference, None, world.director, ENDED)
    handover = await open_handover(world.reference, None, world.signer, ENDED)
    assert [r["recipient_code"] for r in (await queries.handover_page(handover, world.director))["residents"]] == CODES
    before = at_county_time(date(2026, 4, 30), 20)
    with pytest.raises(Forbidden):  # until its last day it is the provider's own list
        await settle_residents(handover, TO_TOWN, world.signer, before)
    with pytest.raises(DomainError, match="接续的合同"):
        await send_list(handover, [AGREED, *TO_TOWN[1:]], world.director.name, world.director, ENDED)
    with pytest.raises(DomainError, match="不一致"):
        await send_list(handover, TO_TOWN[1:], world.director.name, world.director, ENDED)
    with pytest.raises(DomainError, match="签名"):
        await send_list(handover, TO_TOWN, "别人", world.director, ENDED)
    await send_list(handover, TO_TOWN, world.director.name, world.director, ENDED)
    with pytest.raises(Conflict):
        await send_list(handover, TO_TOWN, world.director.name, world.director, ENDED)
    await send_back(handover, "JT-R-0008 已经住院", world.signer, ENDED)
    await send_list(handover, TO_TOWN, world.director.name, world.director, ENDED)
    assert await confirm(handover, *await the_town(), ENDED)
    assert (await contract_by_id(world.contract))["status"] == "completed"
    with pytest.raises(Conflict):
        await confirm(handover, *await the_town(), ENDED)


async def test_r_con_06_the_next_provider_reads_only_who_comes_to_it_and_silence_ends_it(db: Any) -> None:
    world = await an_ended_contract()
    other = await a_provider(ENDED, "金堂县晨光社会工作服务中心", "52510121MJX0000024")
    coming = await a_contract_in_force(provider=other)
    handover = await open_handover(world.reference, coming.contract, world.signer, ENDED)
    with pytest.raises(NotFound):
        await queries.handover_page(handover, coming.director)
    await send_list(handover, [AGREED, *TO_TOWN[1:]], world.director.name, world.director, ENDED)
    seen = await queries.handover_page(handover, coming.director)
    assert [r["recipient_code"] for r in seen["residents"]] == CODES[:1]
    with pytest.raises(NotFound):
        await queries.handover_page(handover, await actor("tan.rong", ENDED))
    assert not await confirm(handover, *await the_town(), ENDED)
    last = at_county_time(date(2026, 5, 21), 23)
    await end_silence(last)
    assert (await queries.handover_page(handover, world.signer))["status"] == "confirming"
    for _ in range(2):
        await end_silence(last + timedelta(days=1))
    assert (await queries.handover_page(handover, world.signer))["done_by"] == "silence"
    assert (await contract_by_id(world.contract))["status"] == "completed"
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'handover.done'") == 1


async def test_r_con_06_a_list_that_the_provider_never_sends_is_sent_by_the_buyer_after_the_end(db: Any) -> None:
    world = await an_ended_contract()
    handover = await open_handover(world.reference, None, world.signer, ENDED)
    assert any(handover in item.url for item in await waiting_for(world.signer, ENDED))
    await send_list(handover, TO_TOWN, world.signer.name, world.signer, ENDED)
    with pytest.raises(Forbidden) as apart:
        await confirm(handover, world.signer.name, world.signer, ENDED)
    assert apart.value.clause == "R-ROLE-03"
    assert await confirm(handover, *await the_town(), ENDED)
    assert (await contract_by_id(world.contract))["status"] == "completed"


async def test_r_role_03_whoever_names_the_next_contract_confirms_for_no_town_however_many_they_are(db: Any) -> None:
    world = await an_ended_contract()
    other = await a_provider(ENDED, "金堂县晨光社会工作服务中心", "52510121MJX0000024")
    coming = await a_contract_in_force(provider=other)
    handover = await open_handover(world.reference, None, world.signer, ENDED)
    _, clerk = await the_town()
    namers = [world.signer, clerk, await actor("li.qiang", ENDED), world.reviewer]
    for person, named in zip(namers, (None, coming.contract, None, None), strict=True):
        await open_handover(world.reference, named, person, ENDED)
    await send_list(handover, TO_TOWN, world.director.name, world.director, ENDED)
    await send_back(handover, "JT-R-0008 已经住院", clerk, ENDED)  # the round goes on, and so does who acted in it
    await send_list(handover, TO_TOWN, world.director.name, world.director, ENDED)
    for person in namers:
        with pytest.raises(Forbidden) as apart:
            await confirm(handover, person.name, person, ENDED)
        assert apart.value.clause == "R-ROLE-03"
    kept = await fetch("SELECT next_contract FROM handover_naming ORDER BY named_at, id")
    assert len(kept) == 5 and sum(row["next_contract"] is not None for row in kept) == 1
    with pytest.raises(asyncpg.PostgresError):
        await execute("DELETE FROM handover_naming")


async def test_r_con_06_a_paid_contract_whose_last_resident_was_struck_out_is_completed(db: Any) -> None:
    world = await an_ended_contract()
    voids = []
    for visit in await fetch("SELECT id, day FROM visit WHERE contract = $1", world.contract):
        voids.append(uuid4())
        struck = Correction(visit["id"], "记错了合同", is_void=True)
        await correct_visit(voids[-1], struck, points(world, visit["day"]), world.worker, ENDED)
    await approve_visits(world.contract, voids[:2], world.reviewer, ENDED)
    assert (await contract_by_id(world.contract))["status"] == "in_force"
    await approve_visits(world.contract, voids[2:], world.reviewer, ENDED)
    assert (await contract_by_id(world.contract))["status"] == "completed"


async def test_r_con_06_nobody_is_passed_to_a_contract_that_has_ended(db: Any) -> None:
    world = await an_ended_contract()
    other = await a_provider(ENDED, "金堂县晨光社会工作服务中心", "52510121MJX0000024")
    coming = await a_contract_in_force(provider=other)
    handover = await open_handover(world.reference, coming.contract, world.signer, ENDED)
    passed = [AGREED, *TO_TOWN[1:]]
    await send_list(handover, passed, world.director.name, world.director, ENDED)
    await execute("UPDATE contract SET status = 'terminated' WHERE id = $1", coming.contract)
    with pytest.raises(DomainError, match="接续的合同已经终止"):
        await confirm(handover, *await the_town(), ENDED)
    await end_silence(at_county_time(date(2026, 5, 22), 1))
    page = await queries.handover_page(handover, world.signer)
    assert page["status"] == "preparing" and "接续的合同" in page["return_reason"]


async def test_r_con_06_a_handover_settles_services_up_to_its_day_and_only_while_the_next_contract_stands(
    db: Any,
) -> None:
    world = await a_contract_in_force(months=12)
    coming = await a_contract_in_force(months=12)
    day = date(2026, 4, 20)
    await execute("UPDATE contract SET service_to = '2027-12-31' WHERE id = $1", coming.contract)
    when = at_county_time(day, 20)
    await log_visit(uuid4(), points(world, day), world.worker, when)
    handover = await open_handover(world.reference, coming.contract, world.signer, when)
    line = Passing("JT-R-0001", "next", "given", day, day)
    await send_list(handover, [line], world.director.name, world.director, when)
    assert await confirm(handover, *await the_town(), when)
    with pytest.raises(Conflict):
        await open_handover(world.reference, None, world.signer, when)
    later = when + timedelta(days=1)
    await log_visit(uuid4(), points(world, later.date()), world.worker, later)  # the same resident, by the old provider
    await open_handover(world.reference, coming.contract, world.signer, later)
    [resident] = (await queries.handover_page(handover, world.signer))["residents"]
    assert (resident["outcome"], resident["last_visit_on"]) == (None, later.date())
    await send_list(handover, [line], world.director.name, world.director, later)
    assert await confirm(handover, *await the_town(), later)
    await execute("UPDATE contract SET status = 'rescinded' WHERE id = $1", coming.contract)
    assert await open_handover(world.reference, None, world.signer, later) == handover


async def test_somebody_served_after_the_handover_opens_it_again(db: Any) -> None:
    world = await a_contract_in_force(months=12)
    when = at_county_time(date(2026, 4, 20), 20)
    await log_visit(uuid4(), points(world, date(2026, 4, 20)), world.worker, when)
    handover = await open_handover(world.reference, None, world.signer, when)
    await send_list(handover, [Passing("JT-R-0001", "ended", note="已脱贫")], world.director.name, world.director, when)
    assert await confirm(handover, *await the_town(), when)
    with pytest.raises(Conflict):
        await open_handover(world.reference, None, world.signer, when)
    later = when + timedelta(days=1)
    await log_visit(uuid4(), points(world, date(2026, 4, 21), recipient_code="JT-R-0002"), world.worker, later)
    name, clerk = await the_town()
    assert await open_handover(world.reference, None, clerk, later) == handover
    page = await queries.handover_page(handover, world.signer)
    assert (page["status"], page["round"], len(page["residents"])) == ("preparing", 2, 2)
    told = [Passing(code, "ended", note="已脱贫") for code in ("JT-R-0001", "JT-R-0002")]
    await send_list(handover, told, world.director.name, world.director, later)
    with pytest.raises(Forbidden) as refused:  # who begins a round does not confirm it
        await confirm(handover, name, clerk, later)
    assert refused.value.clause == "R-ROLE-03"


async def test_who_is_served_while_the_list_is_filled_in_comes_onto_it_and_the_list_can_then_be_sent(db: Any) -> None:
    world = await a_contract_in_force(months=12)
    when = at_county_time(date(2026, 4, 20), 20)
    await log_visit(uuid4(), points(world, date(2026, 4, 20)), world.worker, when)
    handover = await open_handover(world.reference, None, world.signer, when)
    later = when + timedelta(days=1)
    await log_visit(uuid4(), points(world, date(2026, 4, 21), recipient_code="JT-R-0002"), world.worker, later)
    told = [Passing("JT-R-0001", "ended", note="已脱贫")]
    with pytest.raises(DomainError):
        await send_list(handover, told, world.director.name, world.director, later)
    page = await queries.handover_page(handover, world.director)
    assert [(r["recipient_code"], r["note"]) for r in page["residents"]] == [("JT-R-0001", "已脱贫"), ("JT-R-0002", "")]
    told.append(Passing("JT-R-0002", "ended", note="迁出"))
    await send_list(handover, told, world.director.name, world.director, later)
    assert (await queries.handover_page(handover, world.director))["status"] == "confirming"


async def test_both_sides_go_through_the_pages_and_mistakes_are_said(client: httpx.AsyncClient, clock: Any) -> None:
    world = await an_ended_contract()
    await clock.set(ENDED)
    await sign_in(client, "wang.min")
    assert "移交服务对象" in words((await client.get("/work")).text)
    page = await client.get(f"/contracts/{world.reference}/handover")
    assert "要移交的服务对象" in words(page.text)
    opened = await send(client, f"/contracts/{world.reference}/handover", {"next_contract": ""})
    assert opened.status_code == 303
    here = opened.headers["location"].split("?")[0]
    await sign_in(client, "director.0016")
    lines = {f"{code}-outcome": "town" for code in CODES}
    bad = await send(client, f"{here}/list", lines | {"agree": "yes", "typed_name": world.director.name})
    assert bad.status_code == 422 and "请写明怎样安排" in words(bad.text)
    assert (await send(client, f"{here}/residents", lines)).status_code == 303
    whole = lines | {f"{code}-note": "由街道社工站接手" for code in CODES}
    named = await send(client, f"{here}/residents", whole | {f"{CODES[0]}-note": "电话 13800000000"})
    assert named.status_code == 422
    sent = await send(client, f"{here}/list", whole | {"agree": "yes", "typed_name": world.director.name})
    assert sent.status_code == 303
    await sign_in(client, "luo.jie")
    assert "确认清单" in (await client.get(here)).text
    done = await send(client, f"{here}/confirmation", {"agree": "yes", "typed_name": "罗杰"})
    assert done.status_code == 303 and "移交在" in (await client.get(here)).text
    await sign_in(client, "tan.rong")
    assert (await client.get(here)).status_code == 404


async def test_who_acts_next_is_told_by_mail_without_codes_and_the_list_can_be_taken_away(
    client: httpx.AsyncClient, clock: Any
) -> None:
    world = await an_ended_contract()
    handover = await open_handover(world.reference, None, world.signer, ENDED)
    await send_list(handover, TO_TOWN, world.director.name, world.director, ENDED)
    name, clerk = await the_town()
    await confirm(handover, name, clerk, ENDED)
    rows = await fetch("SELECT payload::text AS told FROM outbox_message")
    told = "".join(json.loads(row["told"]).get("body", "") for row in rows)
    assert all(each in told for each in ("请填写移交清单", "移交清单已经交出", "移交完成")) and "JT-R-" not in told
    await clock.set(ENDED)
    await sign_in(client, "wang.min")
    assert "导出清单" in words((await client.get(f"/handovers/{handover}")).text)
    for file in ("list.xlsx", "papers/list.docx"):
        found = await client.get(f"/handovers/{handover}/{file}")
        assert found.status_code == 200 and found.content[:2] == b"PK"
    await sign_in(client, "tan.rong")
    assert (await client.get(f"/handovers/{handover}/list.xlsx")).status_code == 404
