"""The chain of goals: declared, watched, reported, evaluated by another office, frozen; its forms; one scene."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import asyncpg
import msgspec
import pytest

from catalogue.notices.content import Grid, canonical
from evaluations.performance.answers import FrozenGoal
from evaluations.performance.goal_papers import goal_paper, papers_of
from evaluations.performance.goal_rules import check_evaluator_of_goal, check_may_freeze_goal, usual_lines
from evaluations.performance.goals import get_goal
from evaluations.performance.rules import check_weights, snapshot_hash
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetchrow, fetchval, transaction
from marketplace.kernel.errors import Conflict, Forbidden
from tests.builders_contracts import a_contract_in_force
from tests.cast import actor, enter_cast
from tests.evaluations.performance.test_pages import LOOKED, freeze, seen_at
from tests.pages import send, sign_in, words


def test_the_usual_lines_weigh_what_the_rule_says():
    check_weights([line.weight for line in usual_lines()])
    by_group = {}
    for line in usual_lines():
        by_group[line.group] = by_group.get(line.group, 0) + line.weight
    assert by_group == {"execution": 10, "output": 50, "benefit": 30, "satisfaction": 10}


@pytest.mark.parametrize(("office", "person"), [("unit", "other"), ("elsewhere", "reporter")])
def test_nobody_evaluates_its_own_goals(office, person):
    check_evaluator_of_goal("elsewhere", "unit", "other", "reporter")
    with pytest.raises(Forbidden):
        check_evaluator_of_goal(office, "unit", person, "reporter")


def test_goals_freeze_after_the_answer_or_its_days_and_never_by_the_evaluator():
    until = date(2027, 2, 1)
    check_may_freeze_goal("好", until, "evaluator", "bureau", until)
    check_may_freeze_goal("", until, "evaluator", "bureau", date(2027, 2, 2))
    with pytest.raises(Conflict):
        check_may_freeze_goal("", until, "evaluator", "bureau", until)
    with pytest.raises(Forbidden):
        check_may_freeze_goal("好", until, "bureau", "bureau", until)


async def test_goals_go_from_the_budget_to_a_frozen_evaluation_by_the_same_lines(client, clock):
    await a_contract_in_force()
    await enter_cast(await clock.now())
    await clock.set(at_county_time(date(2026, 6, 1), 9))
    line = await fetchval("SELECT id FROM budget_line")
    await sign_in(client, "wang.min")
    assert (await client.get("/goals/new")).status_code == 200
    form = {"budget_line": str(line), "year": "2026", "title": "社会救助服务", "aim": "困难群众及时得到帮助。",
            "lines-0-group": "output", "lines-0-title": "入户完成率", "lines-0-weight": "60", "lines-0-target": "100",
            "lines-0-unit": "%", "lines-1-group": "benefit", "lines-1-title": "差错", "lines-1-weight": "30",
            "lines-1-target": "2", "lines-1-is_at_most": "yes"}  # fmt: skip
    told = await send(client, "/goals/new", {**form, "lines-0-title": "入户问 13800138000", "lines-1-weight": "40"})
    assert told.status_code == 422 and "号码或邮箱" in words(told.text)
    refused = await send(client, "/goals/new", form)
    assert refused.status_code == 422 and "现在是 90" in words(refused.text)
    answer = await send(client, "/goals/new", {**form, "lines-1-weight": "40"})
    assert answer.status_code == 303, words(answer.text)
    path = answer.headers["location"]
    assert (await send(client, "/goals/new", {**form, "lines-1-weight": "40"})).status_code == 422, "once a line"

    risky = {"value-1": "40", "outlook-1": "at_risk"}
    assert "请写明原因和措施" in words((await send(client, f"{path}/read", risky)).text)
    assert (await send(client, f"{path}/read", {**risky, "why-1": "人手不足，七月增加两人。"})).status_code == 303
    await sign_in(client, "deng.li")
    assert (await client.get(path)).status_code == 404, "not reported yet"
    await sign_in(client, "tan.rong")
    assert (await client.get(path)).status_code == 404
    assert path.rsplit("/", 1)[1] not in (await client.get("/data/goals.json")).text
    await sign_in(client, "wang.min")
    report = {"actual-1": "100", "words-1": "全部完成。", "actual-2": "4", "words-2": "多了两起。", "words": ""}
    assert (await send(client, f"{path}/report", report)).status_code == 303
    await sign_in(client, "deng.li")
    checked = {"actual-1": "90", "words-1": "抽查有十户没有。", "actual-2": "4", "words-2": "属实。"}
    assert (await send(client, f"{path}/evaluate", {**checked, "words-1": ""})).status_code == 422
    assert (await send(client, f"{path}/evaluate", checked)).status_code == 303
    await sign_in(client, "liu.fang")
    [seen] = await seen_at(client, f"{path}/freeze")
    unread = {**LOOKED, "seen": seen, "hidden": "十户"}
    assert (await send(client, f"{path}/freeze", unread)).status_code == 409
    await sign_in(client, "wang.min")
    assert (await send(client, f"{path}/answer", {"answer": "同意，张三家已补。"})).status_code == 303
    await sign_in(client, "liu.fang")
    again = await send(client, f"{path}/freeze", unread)
    assert again.status_code == 422 and "要公布的文字变了" in words(again.text) and "张三家已补" in again.text
    assert (await freeze(client, path, looked="")).status_code == 422
    assert (await freeze(client, path, hidden="张三")).status_code == 303
    with pytest.raises(asyncpg.RaiseError):
        async with transaction():
            await execute("DELETE FROM goal_blackout")
    row = await fetchrow("SELECT self_score, score, grade, snapshot, snapshot_sha256 FROM performance_goal")
    assert tuple(row)[:3] == (Decimal("80.00"), Decimal("74.00"), "fair")
    assert snapshot_hash(row["snapshot"]) == row["snapshot_sha256"]

    client.cookies.clear()  # the result belongs to everybody, with its papers and its text
    assert path in (await client.get("/goals")).text and "74" in words((await client.get(path)).text)
    text = (await client.get(f"{path}/snapshot.json")).text
    for told in (text, (await client.get(path)).text):
        assert "同意，■■■家已补" in told and "张三" not in told
    assert text == row["snapshot"] and msgspec.json.decode(text, type=FrozenGoal).lines[0].title == "入户完成率"
    [told] = (await client.get("/data/goals.json")).json()
    assert (told["score"], told["snapshot_sha256"]) == ("74.00", row["snapshot_sha256"])
    assert (await client.get(f"{path}/papers/evaluation.docx")).status_code == 200
    assert (await client.get("/goals/MB-0000-0000")).status_code == 404

    goal = await get_goal(path.rsplit("/", 1)[1], await actor("liu.fang", await clock.now()))
    assert papers_of("declared") == ["declaration", "watching"] and len(papers_of(goal["status"])) == 4
    papers = {name: goal_paper(name, goal, path) for name in papers_of(goal["status"])}
    blocks = [block for paper in papers.values() for section in paper.sections for block in section.blocks]
    tables = [block for block in blocks if isinstance(block, Grid)]
    assert [len(table.rows) for table in tables] == [2, 1, 2, 2]
    assert "张三" not in canonical(papers["evaluation"]).decode()
    assert "人手不足" in canonical(papers["watching"]).decode() and "≤2" in canonical(papers["declaration"]).decode()
    file = await client.get(f"{path}/papers/evaluation.docx")
    assert file.status_code == 200 and file.content[:2] == b"PK"
    assert (await client.get(f"{path}/papers/other.docx")).status_code == 404
