"""Two at a household, asking what is on the list; no abolished proof; the result never decides (R-CHECK-01)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from contracts.cases.queries import case_page, steps_of
from contracts.household_checks.paper import check_paper
from contracts.household_checks.queries import check_page
from contracts.household_checks.rules import (
    ITEM_LABELS,
    PROOFS,
    Findings,
    Plan,
    finding_mistakes,
    plan_mistakes,
    refused_proof,
)
from contracts.household_checks.services import plan_check, record_findings
from contracts.household_checks.work import waiting_for
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.errors import Forbidden, FormRefused, IllegalMove
from tests.builders_cases import a_case
from tests.cast import actor
from tests.pages import send, sign_in, words

NOW = at_county_time(date(2026, 3, 2), 10)
TODAY = date(2026, 3, 2)
ONE, TWO = uuid4(), uuid4()


@pytest.mark.parametrize(
    ("question", "is_refused"),
    [
        ("请出示残疾证", True), ("孩子的 学籍 证明", True), ("家里有几辆机动车", True), ("房产证复印件", True),
        ("有没有工商登记", True), ("公积金贷款还剩多少", True), ("去年的完税证明", True), ("社保缴到哪一年", True),
        ("近半年的银行流水", True), ("村里开的困难证明", True),
        ("孩子平时由谁照看", False), ("户口簿上几口人", False), ("药是谁去买", False),
    ],
)  # fmt: skip
def test_R_CHECK_01_what_a_register_holds_is_not_asked(question: str, is_refused: bool) -> None:
    assert (refused_proof(question) is not None) == is_refused


def test_the_plan_names_eight_proofs_and_the_list_asks_for_none() -> None:
    assert len(PROOFS) == 8
    assert not [label for label in ITEM_LABELS.values() if refused_proof(label)]


def test_nobody_goes_alone_and_strangers_do_not_go() -> None:
    plan = Plan(TODAY, (ONE, TWO), ("housing",))
    assert not plan_mistakes(plan, {ONE, TWO}, TODAY)
    assert set(plan_mistakes(Plan(TODAY, (ONE, ONE), ("housing",)), {ONE}, TODAY)) == {"investigators"}
    assert set(plan_mistakes(plan, {ONE}, TODAY)) == {"investigators"}
    late = Plan(TODAY - timedelta(days=1), (ONE, TWO), (), "要社保卡")
    assert set(plan_mistakes(late, {ONE, TWO}, TODAY)) == {"planned_on", "asked"}
    assert set(plan_mistakes(Plan(TODAY, (ONE, TWO), ()), {ONE, TWO}, TODAY)) == {"items"}


def test_a_result_is_whole_and_optional_parts_are_whole_or_empty() -> None:
    good = Findings(TODAY, "self", "matches", {"housing": "土房"})
    assert not finding_mistakes(good, ["housing"], TODAY, TODAY)
    assert set(finding_mistakes(good, ["housing", "work"], TODAY, TODAY)) == {"found_work"}
    assert set(finding_mistakes(Findings(TODAY, "nobody", "matches"), ["work"], TODAY, TODAY)) == {"conclusion"}
    assert not finding_mistakes(Findings(TODAY, "nobody", "unclear", {}, "没有人在家"), ["work"], TODAY, TODAY)
    half = Findings(TODAY, "self", "differs", {}, neighbours=2, review_present=5)
    assert set(finding_mistakes(half, [], TODAY, TODAY)) == {"conclusion_note", "neighbours_note", "review_note"}
    assert set(finding_mistakes(good, ["housing"], TODAY, TODAY - timedelta(days=1))) == {"visited_on"}


async def test_a_check_informs_the_case_and_leaves_it_open(db: Any) -> None:
    case, clerk = await a_case(NOW), await actor("luo.jie", NOW)
    people = (clerk.person_id, (await actor("he.xin", NOW)).person_id)
    with pytest.raises(FormRefused):
        await plan_check(case, Plan(TODAY, (clerk.person_id, (await actor("liu.fang", NOW)).person_id), ("work",)),
                         clerk, NOW)  # fmt: skip
    with pytest.raises(Forbidden):
        await plan_check(case, Plan(TODAY, people, ("work",)), await actor("liu.fang", NOW), NOW)
    reference = await plan_check(case, Plan(TODAY, people, ("work", "housing"), "药是谁去买"), clerk, NOW)
    assert [item.url for item in await waiting_for(clerk, NOW)] == [f"/household-checks/{reference}"]
    blank = check_paper(await check_page(reference, clerk), "http://x")
    assert "药是谁去买" in str(blank) and "王大爷" not in str(blank)
    found = Findings(TODAY, "self", "differs", {"work": "打零工", "housing": "新房", "other": "邻居"}, "房子是新修的")
    await record_findings(reference, found, clerk, NOW)
    with pytest.raises(IllegalMove):
        await record_findings(reference, found, clerk, NOW)
    shown = await check_page(reference, clerk)
    assert {i["item"]: i["finding"] for i in shown["items_asked"]}["work"] == "打零工"
    assert "房子是新修的" in str(check_paper(shown, "http://x"))
    audited = await check_page(reference, await actor("ma.chao", NOW))
    assert audited["conclusion"] == "differs" and "打零工" not in str(audited) and "新修" not in str(audited)
    kept = await fetch("SELECT finding FROM household_check_item")
    assert "打零工" not in str([r["finding"] for r in kept])
    assert "新修" not in await fetchval("SELECT conclusion_note FROM household_check")
    after = await case_page(case, visible_to=clerk)
    assert after["status"] == "open" and (await steps_of(after["id"]))[-1]["what"] == "checked"
    assert not await waiting_for(clerk, NOW)


async def test_a_check_goes_through_its_pages(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    case, today = await a_case(now), at_county_time(now.date(), 10).date().isoformat()
    people = [str((await actor(name, now)).person_id) for name in ("luo.jie", "he.xin")]
    await sign_in(client, "luo.jie")
    form = {"planned_on": today, "investigators": people, "items": "housing"}
    alone = {**form, "investigators": people[0], "asked": "房产证"}
    bad = await send(client, f"/cases/{case}/household-checks/new", alone)
    assert bad.status_code == 422 and "不能一个人入户" in words(bad.text) and "核对机制核实" in words(bad.text)
    made = await send(client, f"/cases/{case}/household-checks/new", form)
    assert made.status_code == 303, words(made.text)
    here = made.headers["location"].split("?")[0]
    result = {"visited_on": today, "met": "self", "conclusion": "matches"}
    bare = await send(client, f"{here}/result", result)
    assert bare.status_code == 422 and "看到、听到的情况" in words(bare.text)
    assert (await send(client, f"{here}/result", {**result, "found_housing": "土房两间"})).status_code == 303
    page = words((await client.get(here)).text)
    assert "土房两间" in page and "不代替决定" in page and "王大爷" not in page
    paper = await client.get(f"{here}/papers/form.docx")
    assert paper.status_code == 200 and paper.content[:2] == b"PK"
    assert (await client.get(f"{here}/papers/other.docx")).status_code == 404
    listed = words((await client.get(f"/en/cases/{case}")).text)
    assert "Household check" in listed and "Agrees with what was applied for" in listed
    await sign_in(client, "wang.min")
    assert (await client.get(here)).status_code == 403
