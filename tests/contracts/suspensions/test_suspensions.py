"""A contract rests by signed change: money goes on, visits stop or say why, residents are seen, and it ends."""

from __future__ import annotations

import hashlib
import re
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from contracts.agreements.queries import contract_by_id
from contracts.amendments.rules import Ground
from contracts.amendments.services import (
    Suspension,
    Termination,
    propose_resumption,
    propose_suspension,
    propose_termination,
    sign_amendment,
    state_view,
)
from contracts.orders.queries import contracts_for
from contracts.promises.queries import promises_of_contract
from contracts.suspensions.queries import standing_of, suspension_of_amendment
from contracts.suspensions.rules import Rest, check_may_serve, check_rest, latest_review, rests_on
from contracts.suspensions.services import end_suspensions, review_suspension
from contracts.suspensions.work import waiting_for
from contracts.versions.queries import contract_then
from contracts.visits.services import log_visit
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused
from marketplace.kernel.forms import Bound
from marketplace.kernel.settings import Settings
from marketplace.opendata.ocds.publishing import publisher_of, release_changes
from tests.builders_contracts import MAY, a_contract_in_force, a_paid_milestone, a_visit, papered, points
from tests.cast import actor
from tests.marketplace.gateways.test_file_types import PDF
from tests.pages import send, sign_in, words

NOW = at_county_time(date(2026, 6, 1), 10)
JUNE_10, JUNE_20 = date(2026, 6, 10), date(2026, 6, 20)
CARE = "由街道社工站每周电话问候，紧急情况由值班人员上门。"
SHORT = Rest(JUNE_10, JUNE_20, None, CARE)
OPEN_END = Rest(date(2026, 6, 1), None, date(2026, 6, 30), CARE, visits_go_on=True)


def agreed(rest: Rest, ground: Ground = Ground.AGREEMENT, document: str = "") -> Suspension:
    return Suspension(ground, "服务站点停水停电，整修期间不能接待。", document, rest)


async def suspended(world: Any, rest: Rest = SHORT) -> str:
    """Both sides sign; gives the amendment."""
    reference = await papered(await propose_suspension(world.reference, agreed(rest), world.signer, NOW))
    second = await actor("chen.jing", NOW)
    await sign_amendment(reference, second.name, second, NOW)
    assert await standing_of(world.contract) is None  # not by one side
    assert await sign_amendment(reference, world.director.name, world.director, NOW)
    return reference


@pytest.mark.parametrize(
    ("rest", "wrong"),
    [
        (SHORT, set()),
        (OPEN_END, set()),
        (Rest(date(2026, 5, 31), JUNE_20, None, CARE), {"from_on"}),
        (Rest(date(2026, 9, 1), None, date(2026, 9, 10), CARE), {"from_on"}),
        (Rest(JUNE_10, None, None, CARE), {"to_on"}),
        (Rest(JUNE_10, JUNE_20, JUNE_20, CARE), {"review_on"}),
        (Rest(JUNE_20, JUNE_10, None, CARE), {"to_on"}),
        (Rest(JUNE_10, date(2026, 9, 1), None, CARE), {"to_on"}),
        (Rest(JUNE_10, None, date(2026, 7, 11), CARE), {"review_on"}),
        (Rest(JUNE_10, None, JUNE_10, CARE), {"review_on"}),
    ],
)
def test_r_con_07_its_days_begin_today_or_later_end_in_the_term_or_have_a_review(rest: Rest, wrong: set[str]) -> None:
    form = Bound()
    check_rest(form, rest, date(2026, 6, 1), date(2026, 8, 31))
    assert set(form.errors) == wrong
    assert latest_review(JUNE_10) == date(2026, 7, 10)


def test_r_con_07_the_day_it_is_ended_is_served_again_and_care_needs_its_reason() -> None:
    row = {"from_on": JUNE_10, "to_on": JUNE_20, "ended_on": None, "visits_go_on": False, "amendment": "BG-1"}
    assert [rests_on(row, day) for day in (date(2026, 6, 9), JUNE_10, JUNE_20, date(2026, 6, 21))] == [
        False, True, True, False,
    ]  # fmt: skip
    ended = row | {"ended_on": date(2026, 6, 15)}
    assert rests_on(ended, date(2026, 6, 14)) and not rests_on(ended, date(2026, 6, 15))
    for goes_on, reason, wrong in ((False, "急", {"day"}), (True, " ", {"note"}), (True, "老人摔倒，送药", set())):
        form = Bound()
        check_may_serve(form, [row | {"visits_go_on": goes_on}], JUNE_10, reason)
        assert set(form.errors) == wrong
    untouched = Bound()
    check_may_serve(untouched, [ended], JUNE_20, "")
    assert not untouched.errors


async def test_r_con_07_what_was_due_is_paid_and_no_payment_clock_rests(db: Any) -> None:
    world = await a_contract_in_force(months=5)
    await suspended(world, Rest(date(2026, 6, 1), date(2026, 6, 20), None, CARE))
    await a_paid_milestone(world)
    await a_paid_milestone(world, 2, MAY)  # closed, accepted, invoiced and paid while the contract rests
    promises = await promises_of_contract(world.contract, JUNE_10)
    assert {promise["last_day"] for promise in promises.values()} == {
        compute("R-PAY-02/social_period", date(2026, 5, 1)).date, compute("R-PAY-02/social_period", NOW.date()).date,
    }  # fmt: skip
    assert all(promise["paid_on"] for promise in promises.values())
    contract = await contract_by_id(world.contract)
    assert (contract["status"], contract["service_to"]) == ("in_force", date(2026, 8, 31))
    assert await fetchval("SELECT count(*) FROM contract_milestone WHERE status = 'cancelled'") == 0
    assert await fetchval("SELECT count(*) FROM standing_entry") == 0


async def test_r_con_07_visits_are_refused_while_it_rests_and_it_runs_out_by_itself(db: Any) -> None:
    world = await a_contract_in_force()
    await a_visit(world, date(2026, 6, 2), recipient_code="JT-R-0002")
    reference = await suspended(world)
    with pytest.raises(Conflict):
        await propose_suspension(world.reference, agreed(SHORT), world.signer, NOW)
    with pytest.raises(FormRefused) as refused:
        await a_visit(world, date(2026, 6, 15))
    assert reference in refused.value.errors["day"].text("zh")
    await a_visit(world, date(2026, 6, 9))
    takes_orders = {day: len(await contracts_for(world.town, date(2026, 6, day))) for day in (9, 10, 20, 21)}
    assert takes_orders == {9: 1, 10: 0, 20: 0, 21: 1}
    told = "".join(row["told"] for row in await fetch("SELECT payload::text AS told FROM outbox_message"))
    assert "JT-R-" not in told and await fetchval("SELECT count(*) FROM outbox_message") >= 2
    await end_suspensions(at_county_time(JUNE_20, 23))
    assert await standing_of(world.contract)
    for _ in range(2):
        await end_suspensions(at_county_time(date(2026, 6, 21), 1))
    row = await suspension_of_amendment(reference)
    assert row and (row["status"], row["ended_on"]) == ("run_out", date(2026, 6, 21))
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'suspension.run_out'") == 1
    await a_visit(world, date(2026, 6, 21))
    contract = await contract_by_id(world.contract)
    then = {day: (await contract_then(contract, date(2026, 6, day))).suspension for day in (9, 10, 20, 21)}
    assert [day for day, found in then.items() if found] == [10, 20]
    with pytest.raises(asyncpg.PostgresError):
        await execute("UPDATE contract_suspension SET to_on = to_on + 1")


async def test_r_con_07_the_buyer_alone_needs_a_ground_and_a_second_person_and_looks_at_it_again(db: Any) -> None:
    world = await a_contract_in_force()
    with pytest.raises(Forbidden):
        await propose_suspension(world.reference, agreed(OPEN_END), world.director, NOW)
    with pytest.raises(FormRefused) as refused:  # finance's order is named
        await propose_suspension(world.reference, agreed(OPEN_END, Ground.ORDERED), world.signer, NOW)
    assert set(refused.value.errors) == {"document_number"}
    harm = agreed(OPEN_END, Ground.PUBLIC_INTEREST)
    reference = await papered(await propose_suspension(world.reference, harm, world.signer, NOW))
    with pytest.raises(Forbidden) as apart:
        await sign_amendment(reference, world.signer.name, world.signer, NOW)
    assert apart.value.clause == "R-ROLE-03"
    assert await sign_amendment(reference, world.reviewer.name, world.reviewer, NOW)  # harm does not wait to be heard
    await state_view(reference, "我们不同意，站点当天可以恢复。", world.director, NOW)
    with pytest.raises(Conflict):
        await state_view(reference, "再说一次。", world.director, NOW)
    with pytest.raises(FormRefused) as unsaid:
        await a_visit(world, date(2026, 6, 3), note="")
    assert set(unsaid.value.errors) == {"note"}
    await a_visit(world, date(2026, 6, 3), note="独居老人发烧，送医陪护。")
    later = at_county_time(date(2026, 6, 26), 10)
    assert any(reference in item.url for item in await waiting_for(world.signer, later))
    with pytest.raises(Forbidden):
        await review_suspension(reference, date(2026, 7, 20), "还在整修", world.director, later)
    with pytest.raises(FormRefused):
        await review_suspension(reference, date(2026, 7, 27), "还在整修", world.signer, later)
    await review_suspension(reference, date(2026, 7, 20), "还在整修", world.signer, later)
    assert not await waiting_for(world.signer, later)
    back = await propose_resumption(world.reference, date(2026, 6, 28), "整修完成", "", world.signer, later)
    await papered(back)
    assert await sign_amendment(back, world.reviewer.name, world.reviewer, later)  # begun alone, ended alone
    row = await suspension_of_amendment(reference)
    assert row and (row["status"], row["ended_on"], row["ended_by"]) == ("resumed", date(2026, 6, 28), back)
    with pytest.raises(FormRefused):
        await log_visit(uuid4(), points(world, date(2026, 6, 27), note=""), world.worker, later + timedelta(days=2))
    await a_visit(world, date(2026, 6, 28), note="")


async def newest_release() -> tuple[str, Any]:
    """What the public record says has happened, and when, after a look at what has changed."""
    await release_changes(publisher_of(Settings.from_environment({})))
    row = (await fetch("SELECT tags, released_at FROM ocds_release ORDER BY number DESC LIMIT 1"))[0]
    return row["tags"], row["released_at"]


async def test_r_con_07_both_end_what_both_agreed_on_and_a_termination_ends_it_too(db: Any) -> None:
    world = await a_contract_in_force()
    assert (await newest_release())[0].startswith("planning")
    reference = await suspended(world)
    assert await newest_release() == ("contractAmendment", NOW)
    back = await propose_resumption(world.reference, date(2026, 6, 12), "整修提前完成", "", world.signer, NOW)
    await papered(back)
    assert not await sign_amendment(back, world.reviewer.name, world.reviewer, NOW)
    with pytest.raises(Conflict):  # too late: nothing takes effect backwards
        await sign_amendment(back, world.director.name, world.director, at_county_time(date(2026, 6, 13), 9))
    assert await sign_amendment(back, world.director.name, world.director, NOW)
    row = await suspension_of_amendment(reference)
    assert row and row["status"] == "resumed"
    released = await fetchval("SELECT count(*) FROM ocds_release")
    assert await newest_release() == ("contractAmendment", NOW)
    assert await fetchval("SELECT count(*) FROM ocds_release") == released + 1
    with pytest.raises(Conflict):
        await propose_resumption(world.reference, date(2026, 6, 12), "再来", "", world.signer, NOW)
    again = await suspended(world, OPEN_END)
    day = at_county_time(date(2026, 6, 5), 10)
    ending = Termination(Ground.AGREEMENT, "双方协商。", "")
    end = await papered(await propose_termination(world.reference, ending, world.signer, day))
    await sign_amendment(end, world.reviewer.name, world.reviewer, day)
    await sign_amendment(end, world.director.name, world.director, day)
    row = await suspension_of_amendment(again)
    assert row and (row["status"], row["ended_by"]) == ("ended", end)


async def test_both_sides_go_through_the_pages(client: httpx.AsyncClient, clock: Any) -> None:
    world = await a_contract_in_force()
    await a_visit(world, date(2026, 5, 20), recipient_code="JT-R-0007")
    await clock.set(NOW)
    await sign_in(client, "wang.min")
    here = f"/contracts/{world.reference}/amendments/new/suspension"
    assert "JT-R-0007" in (await client.get(here)).text
    typed = {"ground": "agreement", "from_on": "2026-06-10", "care": CARE, "reason": "整修"}
    bad = await send(client, here, typed)
    assert bad.status_code == 422 and "请填复核日期" in words(bad.text)
    good = await send(client, here, typed | {"to_on": "2026-06-20"})
    page = good.headers["location"].split("?")[0]
    assert good.status_code == 303
    paper = {"document": ("补充协议.pdf", PDF, "application/pdf")}
    assert (await send(client, f"{page}/papers")).status_code == 422  # nothing chosen
    fake = await send(client, f"{page}/papers", files={"document": ("a.pdf", b"MZ not a paper", "application/pdf")})
    assert fake.status_code == 422
    assert (await send(client, f"{page}/papers", files=paper)).status_code == 303
    kept = re.search(rf"{page}/papers/[-0-9a-f]+", (await client.get(page)).text)
    assert kept is not None
    assert (await client.get(kept[0])).content == paper["document"][1]
    for username, name in (("chen.jing", world.reviewer.name), ("director.0016", world.director.name)):
        await sign_in(client, username)
        assert "JT-R-0007" in (await client.get(page)).text
        signed = await send(client, f"{page}/sign", {"agree": "yes", "typed_name": name})
        assert signed.status_code == 303
    await sign_in(client, "tan.rong")  # public, without codes
    shown = await client.get(page)
    assert shown.status_code == 200 and "JT-R-0007" not in shown.text and "合同中止书" in shown.text
    # others read the hash; the scan itself is for the two sides and who oversees
    assert hashlib.sha256(paper["document"][1]).hexdigest() in shown.text and kept[0] not in shown.text
    assert (await client.get(kept[0])).status_code == 404
    assert "以前应付的照常支付" in words((await client.get(f"/contracts/{world.reference}")).text)
    await sign_in(client, "wang.min")
    assert (await client.get(here.replace("suspension", "resumption"))).status_code == 200
    await sign_in(client, "tan.rong")
    assert "这一天合同中止履行" not in words((await client.get(f"/contracts/{world.reference}/as-of")).text)
    assert (await send(client, f"{page}/review", {"review_on": "2026-06-30", "reason": "x"})).status_code in (403, 404)
