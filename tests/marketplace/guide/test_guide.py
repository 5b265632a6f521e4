"""The guide: every kind of help is told, limits are the rulebook's, every situation opens."""

from __future__ import annotations

from datetime import date

from contracts.cases.rules import HELP_LABELS, HelpKind
from marketplace.guide.help import BY_KIND, PROMISES, SITUATIONS
from marketplace.guide.policy import POLICIES, plan_sections
from marketplace.kernel.rulebook import number, rule
from tests.builders_contracts import a_contract_in_force
from tests.cast import office
from tests.pages import words


def test_every_kind_of_help_of_the_law_is_told_and_answers_some_situation():
    assert set(BY_KIND) == set(HelpKind) == set(HELP_LABELS)
    assert {kind for each in SITUATIONS for kind in each.helps} == set(HelpKind)
    assert len({each.key for each in SITUATIONS}) == len(SITUATIONS)


def test_the_limits_are_those_of_the_plan():
    limits = {kind: each.clock for kind, each in BY_KIND.items() if each.clock}
    assert limits[HelpKind.SUBSISTENCE] == "R-SEED-01" and limits[HelpKind.MEDICAL] == "R-SEED-02"
    assert [number(key, date(2026, 3, 2)) for key in ("R-SEED-01", "R-SEED-02", "R-SEED-03")] == [22, 25, 30]


def test_every_rule_named_exists_and_the_plan_is_whole():
    for key in [key for _, key in PROMISES] + [key for each in POLICIES for key in each.rules]:
        assert rule(key.partition("/")[0])
    headings = [heading for heading, _ in plan_sections() if heading]
    assert [heading[:2] for heading in headings] == ["一、", "二、", "三、", "四、", "附件"]


async def test_a_resident_finds_whom_to_ask_and_who_comes(client, clock):
    world = await a_contract_in_force()
    await clock.set(world.facts["drawn_up_at"].replace(month=6))
    assert "收入太少，日子过不下去" in (await client.get("/guide")).text
    for each in SITUATIONS:
        for prefix in ("", "/en"):
            assert (await client.get(f"{prefix}/guide/{each.key}")).status_code == 200, each.key
    page = words((await client.get("/guide/care")).text)
    assert "22 个工作日" in page and "和风社会工作服务中心" in page
    there = words((await client.get(f"/guide/care?town={await office('wufeng')}")).text)
    assert "和风社会工作服务中心" not in there
    assert (await client.get("/guide/nothing")).status_code == 404
    assert (await client.get("/policy")).status_code == 200
    assert "主动发现机制" in (await client.get("/en/policy/plan")).text
