"""A pre-check from the application to its end, as the provider and three reviewers see it."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest

from catalogue.items.services import load_first_edition
from marketplace.accounts.documents.services import NewDocument
from marketplace.kernel.clock import CountyClock, county_day
from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.kernel.errors import Conflict, DomainError, FormRefused, IllegalMove
from tests.at_once import both
from tests.builders_vendors import PDF, AProvider, a_full_file, a_provider, a_store
from tests.cast import actor, enter_cast
from tests.pages import send, sign_in, words
from vendors.providers.paper_facts import PaperFacts
from vendors.providers.services import NewPaper, add_paper
from vendors.qualification import applying, reviewing
from vendors.qualification.automatic import Outcome
from vendors.qualification.queries import checks_of, holding, precheck
from vendors.qualification.rules import Finding
from vendors.work import waiting_for

OWN, DESK = "/my-organisation/prechecks", "/providers/checks"


@pytest.fixture
async def ready(db: Any, clock: Any) -> AProvider:
    return await a_ready_one(await clock.now())


async def a_ready_one(now: datetime) -> AProvider:
    await enter_cast(now)
    await load_first_edition(now)
    provider = await a_provider(now)
    await a_full_file(provider, "private_non_enterprise", now)
    return provider


async def all_met(reference: str, now: Any, **unmet: str) -> dict[str, Finding]:
    row = await precheck(reference, await actor("liu.fang", now))
    found = {c.requirement: Finding(Outcome.MET) for c in await checks_of(row, county_day(now))
             if c.outcome != Outcome.SHOWN}  # fmt: skip
    return {**found, **{name: Finding(Outcome.UNMET, why) for name, why in unmet.items()}}


async def status(reference: str) -> str:
    found: str = await fetchval("SELECT status FROM precheck WHERE reference = $1", reference)
    return found


async def letters(to: str) -> list[str]:
    rows = await fetch(
        "SELECT payload::jsonb->>'subject' AS subject FROM outbox_message WHERE kind = 'mail'"
        " AND payload::jsonb->>'to' = $1 ORDER BY posted_at, id",
        to,
    )
    return [row["subject"] for row in rows]


async def test_applied_for_on_a_page_passed_on_another_and_shown_to_everybody(
    client: httpx.AsyncClient, clock: Any, ready: AProvider
) -> None:
    await sign_in(client, ready.username)
    refused = await send(client, OWN, {})
    assert refused.status_code == 422 and "请填写“要预检的项目”" in words(refused.text)
    strange = await send(client, OWN, {"items": ["Z99"]})
    assert strange.status_code == 422 and "请选要预检的项目" in words(strange.text)
    assert (await send(client, OWN, {"items": ["A02", "S01"]})).status_code == 303
    again = await send(client, OWN, {"items": ["A02"]})
    assert again.status_code == 409 and "还没有办完" in words(again.text)
    assert (await client.get(DESK)).status_code == 403
    first = str(await fetchval("SELECT reference FROM precheck ORDER BY reference LIMIT 1"))
    liu = await actor("liu.fang", await clock.now())
    assert any("2 份等待" in item.what.text() for item in await waiting_for(liu, await clock.now()))
    await sign_in(client, "liu.fang")
    queue = await client.get(DESK)
    assert first in queue.text and "从等得最久的一份开始（2 份）" in words(queue.text)
    page = await client.get(f"{DESK}/{first}")
    assert "data-first" in page.text and "R-SEED-09" in page.text and "028-84932000" not in page.text
    paper = re.search(r"/providers/papers/([0-9a-f-]+)/picture", page.text)
    assert paper
    assert (await client.get(f"{DESK}/{first}/papers/{paper[1]}")).headers["content-disposition"].startswith("attach")
    picture = await client.get(f"/providers/papers/{paper[1]}/picture")
    assert picture.status_code == 200 and "请下载看" in picture.text  # the builder's paper has no page
    bare = await send(client, f"{DESK}/{first}", {"decision": "pass"})
    assert bare.status_code == 422 and "请选符合或者不符合" in words(bare.text)
    answers = dict(re.findall(r'name="(found-[a-z_]+)" value="(met)" checked', page.text))
    assert len(answers) == 9
    onward = await send(client, f"{DESK}/{first}", {"decision": "pass", **answers})
    assert onward.status_code == 303 and "done=" + first in onward.headers["location"]
    assert "这是下一份" in words((await client.get(onward.headers["location"])).text)
    assert (await send(client, f"{DESK}/{first}", {"decision": "pass", **answers})).status_code == 409
    public = words((await client.get(f"/providers/{ready.reference}")).text)
    assert "A02" in public and "不是参加采购的条件" in public
    assert any("预检通过：A02" in letter for letter in await letters(f"{ready.username}@provider.example"))


async def test_more_is_asked_answered_and_withdrawn(client: httpx.AsyncClient, clock: Any, ready: AProvider) -> None:
    now = await clock.now()
    [reference] = await applying.apply_for_precheck(["S01"], ready.actor, now)
    await sign_in(client, "liu.fang")
    bare = await send(client, f"{DESK}/{reference}", {"decision": "more"})
    assert bare.status_code == 422 and "请写明要补充什么" in words(bare.text)
    more = {"decision": "more", "note": "审计报告看不清"}
    assert (await send(client, f"{DESK}/{reference}", more)).status_code == 303
    assert await fetchval("SELECT file_status FROM provider WHERE id = $1", ready.id) == "returned"
    assert any("审计报告看不清" in item.what.text() for item in await waiting_for(ready.actor, now))
    await sign_in(client, ready.username)
    assert "审计报告看不清" in words((await client.get(f"{OWN}/{reference}")).text)
    assert (await send(client, f"{OWN}/{reference}/answer", {"note": ""})).status_code == 422
    assert (await send(client, f"{OWN}/{reference}/answer", {"note": "换了一份"})).status_code == 303
    assert await status(reference) == "waiting"
    assert (await send(client, f"{OWN}/{reference}/withdraw")).status_code == 303
    assert await status(reference) == "withdrawn"
    assert (await send(client, f"{OWN}/{reference}/withdraw")).status_code == 409
    assert await fetchval("SELECT file_status FROM provider WHERE id = $1", ready.id) == "open"


async def test_R_ROLE_03_a_negative_finding_needs_a_second_person_and_an_objection_a_third(
    client: httpx.AsyncClient, clock: Any, ready: AProvider
) -> None:
    now = await clock.now()
    [reference] = await applying.apply_for_precheck(["S01"], ready.actor, now)
    liu = await actor("liu.fang", now)
    with pytest.raises(DomainError, match="每一项都符合"):
        await reviewing.propose_negative(reference, await all_met(reference, now), "", liu, now)
    found = await all_met(reference, now, inspection="看不清盖章")
    with pytest.raises(DomainError, match="不能通过"):
        await reviewing.pass_precheck(reference, found, liu, now)
    await reviewing.propose_negative(reference, found, "请核对", liu, now)
    await sign_in(client, ready.username)
    own = words((await client.get(f"{OWN}/{reference}")).text)
    assert "看不清盖章" not in own and "等待预检" in own  # only proposed
    assert not any("不通过" in letter for letter in await letters(f"{ready.username}@provider.example"))
    await sign_in(client, "liu.fang")
    mine = await send(client, f"{DESK}/{reference}/second", {"decision": "confirm"})
    assert mine.status_code == 403 and "不能是同一个人" in words(mine.text)
    await sign_in(client, "song.ya")
    assert (await send(client, f"{DESK}/{reference}/second", {"decision": "send_back"})).status_code == 422
    back = {"decision": "send_back", "note": "再看"}
    assert (await send(client, f"{DESK}/{reference}/second", back)).status_code == 303
    assert await status(reference) == "waiting"
    await reviewing.propose_negative(reference, found, "", liu, now)
    song = await actor("song.ya", now)
    assert any("核对提出的预检不通过" in item.what.text() for item in await waiting_for(song, now))
    assert (await send(client, f"{DESK}/{reference}/second", {"decision": "confirm"})).status_code == 303
    await sign_in(client, ready.username)
    own = words((await client.get(f"{OWN}/{reference}")).text)
    assert "看不清盖章" in own and "不影响参加采购" in own
    assert (await send(client, f"{OWN}/{reference}/object", {"reasons": "第二页有盖章"})).status_code == 303
    for reviewer in ("liu.fang", "song.ya"):
        await sign_in(client, reviewer)
        tried = await send(client, f"{DESK}/{reference}/objection", {"decision": "granted", "note": "有"})
        assert tried.status_code == 403
    await sign_in(client, "qin.hao")
    assert (await send(client, f"{DESK}/{reference}/objection", {"decision": "granted"})).status_code == 422
    done = await send(client, f"{DESK}/{reference}/objection", {"decision": "granted", "note": "盖章在第二页"})
    assert done.status_code == 303 and await status(reference) == "passed"
    assert len((await holding([ready.id], county_day(now)))[ready.id]) == 1
    rounds = await fetch("SELECT DISTINCT round FROM precheck_finding ORDER BY round")
    assert [r["round"] for r in rounds] == [1, 2]


async def test_an_objection_cannot_make_the_law_say_otherwise(clock: Any, ready: AProvider) -> None:
    now = await clock.now()
    [reference] = await applying.apply_for_precheck(["S01"], ready.actor, now)
    found = await all_met(reference, now, tax="看不清")
    await reviewing.propose_negative(reference, found, "", await actor("liu.fang", now), now)
    await reviewing.confirm_negative(reference, await actor("song.ya", now), now)
    await applying.object_to_precheck(reference, "有的", ready.actor, now)
    await execute("UPDATE provider SET legal_form = 'mass_organisation' WHERE id = $1", ready.id)
    with pytest.raises(Conflict, match="法定条件"):
        await reviewing.decide_objection(reference, True, "好", await actor("qin.hao", now), now)
    await reviewing.decide_objection(reference, False, "法律不许", await actor("qin.hao", now), now)
    assert await status(reference) == "upheld"
    with pytest.raises(IllegalMove):
        await applying.object_to_precheck(reference, "还是不服", ready.actor, now)


async def test_R_QUAL_02_it_ends_by_itself_is_renewed_and_a_changed_paper_is_said(
    client: httpx.AsyncClient, clock: Any, ready: AProvider
) -> None:
    now = await clock.now()
    liu = await actor("liu.fang", now)
    tax = NewPaper("tax", NewDocument("t.pdf", PDF), county_day(now) + timedelta(days=70))
    await add_paper(tax, a_store(), ready.actor, now)
    [reference] = await applying.apply_for_precheck(["S01"], ready.actor, now)
    await reviewing.pass_precheck(reference, await all_met(reference, now), liu, now)
    [held] = (await holding([ready.id], county_day(now)))[ready.id]
    assert held["valid_until"] == county_day(now) + timedelta(days=71) and held["changed"] == 0
    with pytest.raises(FormRefused):
        await add_paper(NewPaper("annual_inspection", NewDocument("a.pdf", PDF), None), a_store(), ready.actor, now)
    await add_paper(tax, a_store(), ready.actor, now)
    assert (await holding([ready.id], county_day(now)))[ready.id][0]["changed"] == 1
    assert await status(reference) == "passed"  # it says so and changes nothing
    soon = now + timedelta(days=20)
    assert any("续预检：S01" in item.what.text() for item in await waiting_for(ready.actor, soon))
    [renewed] = await applying.apply_for_precheck(["S01"], ready.actor, soon)
    assert not any("续预检：S01" in item.what.text() for item in await waiting_for(ready.actor, soon))
    await applying.withdraw_precheck(renewed, ready.actor, soon)
    assert await fetchval("SELECT file_status FROM provider WHERE id = $1", ready.id) == "checked"
    after = now + timedelta(days=71)
    assert (await holding([ready.id], county_day(after)))[ready.id] == []
    for _ in range(2):
        await reviewing.end_prechecks(after)
        assert await fetchval("SELECT file_status FROM provider WHERE id = $1", ready.id) == "open"
    await clock.set(after)
    await sign_in(client, ready.username)
    assert "可以再申请" in words((await client.get(f"{OWN}/{reference}")).text)


async def test_a_stranger_sees_nothing_and_a_missing_paper_stops_the_application(
    client: httpx.AsyncClient, clock: Any, ready: AProvider
) -> None:
    now = await clock.now()
    [reference] = await applying.apply_for_precheck(["S01"], ready.actor, now)
    other = await a_provider(now, "成都市青羊区乐助社会工作服务中心", "social_group", "lezhu")
    await sign_in(client, other.username)
    for path in (f"{OWN}/{reference}", f"{OWN}/YJ-2026-9999"):
        assert (await client.get(path)).status_code == 404
    assert (await send(client, f"{OWN}/{reference}/withdraw")).status_code == 404
    short = await send(client, OWN, {"items": ["S01"]})
    assert short.status_code == 422 and "还差 7 份材料" in words(short.text)
    paper = await fetchval("SELECT id FROM provider_paper WHERE provider = $1 LIMIT 1", ready.id)
    assert (await client.get(f"/providers/papers/{paper}/picture")).status_code == 403
    await sign_in(client, "liu.fang")
    assert (await client.get(f"{DESK}/YJ-2026-9999/papers/{paper}")).status_code == 404
    assert (await client.get(f"/providers/papers/{other.id}/picture")).status_code == 404


async def test_two_people_ask_at_once_and_two_reviewers_decide_at_once(committed: None) -> None:
    now = await CountyClock().now()
    ready = await a_ready_one(now)
    asked = await both(*(applying.apply_for_precheck(["S01"], ready.actor, now) for _ in range(2)))
    assert sorted(isinstance(answer, Conflict) for answer in asked) == [False, True], asked
    [reference] = [answer[0] for answer in asked if not isinstance(answer, Exception)]
    found, liu, song = await all_met(reference, now), await actor("liu.fang", now), await actor("song.ya", now)
    decided = await both(*(reviewing.pass_precheck(reference, found, who, now) for who in (liu, song)))
    assert sorted(isinstance(answer, IllegalMove) for answer in decided) == [False, True]
    assert await fetchval("SELECT count(*) FROM precheck_step WHERE act = 'passed'") == 1


async def test_R_CIV_04_the_register_is_searched_by_the_grade_that_holds(
    client: httpx.AsyncClient, clock: Any, ready: AProvider
) -> None:
    now, today = await clock.now(), county_day(await clock.now())
    granted = date(today.year - 5, today.month, min(today.day, 28)) + timedelta(days=1)
    for kind, facts in (("assessment", PaperFacts("4A", granted_on=granted)),):
        await add_paper(NewPaper(kind, NewDocument("g.pdf", PDF), None, facts), a_store(), ready.actor, now)
    for grade, is_found in (("4A", True), ("5A", False), ("9Z", True)):
        page = await client.get("/providers", params={"grade": grade})
        assert (ready.reference in page.text) is is_found, grade
    assert "4A" in words((await client.get(f"/providers/{ready.reference}")).text)
    csv = (await client.get("/providers/export/providers.csv", params={"grade": "4A"})).text
    assert ready.reference in csv and ",4A," in csv
    await clock.set(now + timedelta(days=3))
    assert ready.reference not in (await client.get("/providers", params={"grade": "4A"})).text
