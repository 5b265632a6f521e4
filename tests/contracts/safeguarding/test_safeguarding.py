"""Harm and crisis: one tap to the officer on duty, seen by the named few, with a clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.safeguarding import queries
from contracts.safeguarding.rules import (
    DO_NOW,
    TRANSITIONS,
    ReportKind,
    ReportStatus,
    finish_by,
    is_late,
    may_see_report,
    take_by,
)
from contracts.safeguarding.services import (
    NewDuty,
    NewReport,
    add_words,
    close_report,
    end_duty,
    enter_duty,
    escalate_untaken,
    report_harm,
    take_report,
)
from contracts.safeguarding.work import waiting_for
from contracts.visits.alarms import read_alarm
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused, NotFound
from tests.builders_contracts import a_contract_in_force
from tests.cast import actor, enter_cast
from tests.pages import send, sign_in, token, words

NOW = at_county_time(date(2026, 4, 7), 21)
PHONE = "028-84930000"


def a_report(**wanted: Any) -> NewReport:
    """One tap during a visit."""
    values: dict[str, Any] = {
        "id": uuid4(), "kind": ReportKind.HARM, "noticed_at": NOW, "recipient_code": "JT-R-0001", "words": "手臂有伤。",
    }  # fmt: skip
    return NewReport(**{**values, **wanted})


async def on_duty(now: datetime = NOW) -> Any:
    """The officer, put on duty for the month."""
    officer = await actor("he.xin", now)
    new = NewDuty(officer.person_id, PHONE, date(2026, 4, 1), date(2026, 4, 30))
    await enter_duty(new, officer, now)
    return officer


def test_the_clock_is_the_rulebooks_R_CHILD_01_and_ends_with_the_work() -> None:
    report = {"take_by": take_by(NOW), "finish_by": finish_by(NOW), "status": "open"}
    assert (report["take_by"], report["finish_by"]) == (NOW + timedelta(minutes=30), NOW + timedelta(hours=24))
    late = NOW + timedelta(minutes=31)
    assert is_late(report, late) and not is_late(report, NOW + timedelta(minutes=30))
    assert not is_late({**report, "status": "taken"}, late)
    assert is_late({**report, "status": "taken"}, NOW + timedelta(hours=25))
    assert not is_late({**report, "status": "closed"}, NOW + timedelta(hours=25))
    assert TRANSITIONS[ReportStatus.OPEN] == {ReportStatus.TAKEN} and not TRANSITIONS[ReportStatus.CLOSED]
    assert all("110" in DO_NOW[kind][0] for kind in ReportKind)


@pytest.mark.parametrize("sent", [None, 3, {}, {"id": "x", "kind": "harm"}, {"id": str(uuid4()), "kind": "fire"}])
def test_what_is_no_report_is_read_as_none(sent: Any) -> None:
    assert read_alarm(sent, NOW) is None


def test_a_tap_without_more_is_a_report_and_what_cannot_be_read_is_left_out() -> None:
    identity = str(uuid4())
    read = read_alarm({"id": identity, "kind": "crisis", "noticed_at": "soon", "recipient_code": "张三"}, NOW)
    assert read is not None
    assert (str(read.id), read.kind, read.noticed_at, read.recipient_code) == (identity, "crisis", NOW, "")


async def test_one_tap_is_one_report_which_the_named_few_take_up_and_close(db: Any) -> None:
    await enter_cast(NOW)
    officer, worker = await on_duty(), await actor("wang.min", NOW)
    new = a_report()
    town = officer.organisation_id
    reference = await report_harm(NewReport(**{**vars(new), "office": town}), worker, NOW)
    assert await report_harm(NewReport(**{**vars(new), "office": town}), worker, NOW) == reference
    assert await fetchval("SELECT count(*) FROM safeguarding_report") == 1
    kept = await fetchval("SELECT words FROM safeguarding_report")
    assert "手臂" not in kept
    page = await queries.report_page(reference, visible_to=officer)
    assert page["words"] == "手臂有伤。" and page["officer_name"] == "贺欣"
    for username in ("liu.fang", "ma.chao", "luo.jie", "zhao.lei"):  # whatever else they read
        other = await actor(username, NOW)
        assert not may_see_report(other, page) and not await waiting_for(other, NOW)
        with pytest.raises(NotFound):
            await queries.report_page(reference, visible_to=other)
    [line] = await waiting_for(officer, NOW)
    assert line.url.endswith(reference) and "JT-R" not in str(line.what)
    mail = await fetchval("SELECT payload::text FROM outbox_message WHERE kind = 'mail' ORDER BY id DESC LIMIT 1")
    assert mail is None or ("手臂" not in mail and "JT-R-0001" not in mail)
    with pytest.raises(Forbidden):
        await take_report(reference, worker, NOW)
    with pytest.raises(Conflict):
        await close_report(reference, "police", "报警。", officer, NOW)
    await take_report(reference, officer, NOW)
    await add_words(reference, "还有旧伤。", worker, NOW)
    await close_report(reference, "police", "21:30 报告三江派出所，由民警接手。", officer, NOW)
    done = await queries.report_page(reference, visible_to=worker)
    assert done["status"] == "closed" and done["words"] == "手臂有伤。\n还有旧伤。"
    with pytest.raises(Conflict):
        await add_words(reference, "又及", worker, NOW)
    acts = {r["act"] for r in await fetch("SELECT act FROM audit_entry WHERE subject_id = $1", reference)}
    assert acts == {"safeguarding." + act for act in ("reported", "taken", "told_more", "closed")}


async def test_nobody_takes_it_up_and_the_county_is_told_once(db: Any) -> None:
    await enter_cast(NOW)
    reference = await report_harm(a_report(), await actor("luo.jie", NOW), NOW)
    late = NOW + timedelta(minutes=31)
    assert [await escalate_untaken(when) for when in (NOW, late, late)] == [0, 1, 0]
    escalated = await fetchval("SELECT escalated_at FROM safeguarding_report WHERE reference = $1", reference)
    assert escalated == late


async def test_only_the_named_few_are_on_duty_and_the_last_one_stays(db: Any) -> None:
    await enter_cast(NOW)
    officer = await on_duty()
    clerk = await actor("luo.jie", NOW)
    with pytest.raises(FormRefused):
        await enter_duty(NewDuty(clerk.person_id, PHONE, date(2026, 4, 1), date(2026, 4, 2)), officer, NOW)
    with pytest.raises(Forbidden):
        await enter_duty(NewDuty(clerk.person_id, PHONE, date(2026, 4, 1), date(2026, 4, 9)), clerk, NOW)
    [duty] = await queries.duties_of(officer, date(2026, 4, 7))
    with pytest.raises(DomainError):
        await end_duty(duty["id"], officer, NOW)


async def test_one_tap_on_the_page_shows_what_to_do_and_whom_to_call(client: Any, clock: Any) -> None:
    await enter_cast(NOW)
    await clock.set(NOW)
    await on_duty()
    await sign_in(client, "luo.jie")
    form = words((await client.get("/safeguarding/report")).text)
    assert PHONE in form and "有人受到伤害" in form
    assert (await send(client, "/safeguarding/report", {"kind": "fire"})).status_code == 422
    sent = [await send(client, "/safeguarding/report", {"kind": "crisis"}) for _ in range(2)]
    assert sent[0].headers["location"] == sent[1].headers["location"]  # pressed twice
    address = sent[0].headers["location"].partition("?")[0]
    page = words((await client.get(address)).text)
    assert PHONE in page and "不要让他一个人待着" in page and "我来接手" not in page
    assert (await client.get("/safeguarding")).status_code == 403
    assert (await send(client, f"{address}/words", {"words": ""})).status_code == 422
    await sign_in(client, "wang.min")
    assert (await client.get(address)).status_code == 404
    await sign_in(client, "he.xin")
    assert address.rpartition("/")[2] in words((await client.get("/safeguarding")).text)
    assert PHONE in words((await client.get("/safeguarding/duty")).text)
    assert (await send(client, "/safeguarding/duty", {"phone": ""})).status_code == 422
    assert (await send(client, f"{address}/take")).status_code == 303
    assert (await send(client, f"{address}/close", {"result": "hospital", "done": ""})).status_code == 422
    assert (await send(client, f"{address}/close", {"result": "hospital", "done": "已送医。"})).status_code == 303
    assert "Closed by an officer" in words((await client.get("/en" + address)).text)


async def test_a_phone_reports_before_its_visits_and_also_when_it_was_taken_back(client: Any, clock: Any) -> None:
    world = await a_contract_in_force()
    await clock.set(NOW)
    await on_duty()
    await sign_in(client, "tang.yi")
    assert PHONE in (await client.get("/visits/offline")).text
    alarm = {"id": str(uuid4()), "kind": "harm", "noticed_at": NOW.isoformat(), "office": str(world.town)}
    body = {"device": str(uuid4()), "sent_at": NOW.isoformat(), "visits": [], "alarms": [alarm, {"kind": "x"}]}
    headers = {"x-csrftoken": await token(client), "accept": "application/json"}
    answers = [await client.post("/visits/sync", json=body, headers=headers) for _ in range(2)]
    assert answers[0].status_code == 200, answers[0].text
    told = answers[0].json()["alarms"]
    assert told == answers[1].json()["alarms"] and told[0]["reference"].startswith("BH-") and not told[1]["reference"]
    assert await fetchval("SELECT count(*) FROM safeguarding_report") == 1
