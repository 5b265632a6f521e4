"""The plan and group of an acceptance, and recipients drawn by nobody's choice who say what they think."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from catalogue.listings.queries import listing_page
from contracts.acceptance.plan_queries import NOBODY_SERVED, counted_of, heard_in_words, plan_of, sample_of
from contracts.acceptance.plan_rules import (
    Answer,
    Channel,
    Known,
    Member,
    MemberKind,
    check_group,
    counted,
    counted_words,
    drawn,
    item_groups,
    public_words,
    sample_size,
)
from contracts.acceptance.plan_work import opinions_waiting
from contracts.acceptance.plans import answer_code, codes_of, draw_sample, enter_opinion, make_plan, town_heard_by
from contracts.acceptance.queries import acceptance_by_id
from contracts.acceptance.requests import request_acceptance
from contracts.acceptance.rules import Finding, ItemFinding
from contracts.acceptance.same_party import Hand, Party, compact
from contracts.acceptance.services import Certificate, accept_milestone, items_to_find, milestone_at
from contracts.agreements.queries import contract_facts
from contracts.papers.queries import paper_for
from contracts.promises.clocks import Accepted
from contracts.visits.closing import close_month
from marketplace.accounts.documents.services import NewDocument, upload_document
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, NotFound
from marketplace.site.notice_sources import entry_of, paper_of
from tests.builders_contracts import (
    APRIL,
    DRAWN_UP,
    a_closed_month,
    a_contract_in_force,
    accept,
    closing_time,
)
from tests.builders_vendors import a_store
from tests.cast import actor
from tests.marketplace.gateways.test_file_types import PDF
from tests.pages import send, sign_in, words

KNOWN = Known(
    (Hand("王敏", (Party(frozenset({"五凤镇人民政府"})),)),), Party(frozenset({"赵镇街道办事处"})),
    Party(
        frozenset({"金堂县和风社会工作服务中心", "金堂县和煦社工站", "Hefeng Centre"}), "52510121MJX0000016"
    ),
)  # fmt: skip
BUYER = Member("陈静", "赵镇街道办事处", MemberKind.BUYER)


def test_r_acc_02_a_group_has_the_buyer_and_nobody_of_the_purchase_or_the_provider() -> None:
    bidder = Member("周某", "成都某某社工中心", MemberKind.BIDDER)
    check_group([BUYER, bidder], KNOWN)
    spaced = Member("陈 静", "赵镇街道 办事处", MemberKind.BUYER)
    for wrong in ([bidder], [BUYER, BUYER], [BUYER, spaced]):
        with pytest.raises(DomainError):
            check_group(wrong, KNOWN)


@pytest.mark.parametrize("office", [
    "金堂县和风社会工作服务中心", "金堂县 和风社会工作服务中心", "和风", "和风社工中心", "和风公司",
    "和风社会工作服务中心",
    "成都市金堂县和风社会工作服务中心", "金堂县和风社会工作服务中心（赵镇站）", "金堂县和煦社工站", "和煦社工站",
    "Hefeng Centre", "ｈｅｆｅｎｇ　ｃｅｎｔｒｅ", "52510121MJX0000016", "某某公司（52510121MJX0000016）",
])  # fmt: skip
def test_r_acc_02_a_provider_gets_in_under_no_name_of_any_time_and_no_abbreviation(office: str) -> None:
    for kind in (MemberKind.BIDDER, MemberKind.THIRD_PARTY, MemberKind.EXPERT):
        with pytest.raises(DomainError) as refused:
            check_group([BUYER, Member("何理事", office, kind)], KNOWN)
        assert refused.value.clause == "R-ACC-02"


@pytest.mark.parametrize("office", [
    "成都市晨光社会工作服务中心", "四川大学", "金堂县社会工作服务中心", "新都区和风社会工作服务中心", "金堂县民政局",
    "和风社会工作服务中心（52510121MJX0000099）", "平和风尚文化公司",
])  # fmt: skip
def test_r_acc_02_who_only_sounds_alike_may_join(office: str) -> None:
    known = replace(
        KNOWN, others=frozenset({compact("新都区和风社会工作服务中心")}), codes=frozenset({"52510121MJX0000099"})
    )
    check_group([BUYER, Member("周某", office, MemberKind.THIRD_PARTY)], known)


def test_r_acc_02_a_code_that_nobody_registered_or_a_namesake_hides_no_provider() -> None:
    namesake = replace(KNOWN, others=frozenset({compact("金堂县和风社会工作服务中心")}))
    for office in ("和风社会工作服务中心（52510121MJX0000099）", "金堂县和风社会工作服务中心"):
        with pytest.raises(DomainError):
            check_group([BUYER, Member("周某", office, MemberKind.THIRD_PARTY)], namesake)
    with pytest.raises(DomainError) as refused:
        check_group([BUYER, Member("王敏", "赵镇街办 915101000000000000", MemberKind.EXPERT)], KNOWN)
    assert refused.value.clause == "R-ROLE-03"


@pytest.mark.parametrize(("name", "office", "kind", "may"), [
    ("王敏", "赵镇街道办事处", MemberKind.BUYER, False), ("王　敏", "赵镇街办", MemberKind.EXPERT, False),
    ("王敏", "赵镇街道", MemberKind.EXPERT, False), ("王敏", "随便写的单位", MemberKind.USER, False),
    ("王敏", "五凤镇人民政府", MemberKind.EXPERT, False),  # an office in which this account acts
    ("王敏", "四川大学", MemberKind.EXPERT, True), ("李四", "赵镇街道办事处", MemberKind.USER, True),
])  # fmt: skip
def test_r_role_03_who_drafted_gets_in_under_no_spelling(name: str, office: str, kind: MemberKind, may: bool) -> None:
    group = [BUYER, Member(name, office, kind)]
    if may:
        check_group(group, KNOWN)
        return
    with pytest.raises(DomainError) as refused:
        check_group(group, KNOWN)
    assert refused.value.clause == "R-ROLE-03"


async def test_r_acc_02_a_former_name_of_the_provider_is_known_from_its_registration(db: Any) -> None:
    world = await a_contract_in_force()
    contract = await contract_facts(world.reference, visible_to=None)
    await set_provider_name(world, contract, "金堂县晨曦社会工作服务中心")
    for office in (contract["provider_name"], "晨曦社工", "和风社工中心", "52510121MJX0000016"):
        with pytest.raises(DomainError) as refused:
            await make_plan(
                world.reference, "", [BUYER, Member("何理事", office, MemberKind.BIDDER)], world.reviewer, DRAWN_UP
            )
        assert refused.value.clause == "R-ACC-02", office
    with pytest.raises(DomainError) as refused:
        await make_plan(
            world.reference, "", [BUYER, Member("王 敏", "赵镇街办", MemberKind.EXPERT)], world.reviewer, DRAWN_UP
        )
    assert refused.value.clause == "R-ROLE-03"
    university = Member("王敏", "四川大学", MemberKind.EXPERT)
    await make_plan(world.reference, "", [BUYER, university], world.reviewer, DRAWN_UP)


async def set_provider_name(world: Any, contract: Any, name: str) -> None:
    """The provider was registered under its name until now, and has another since."""
    paper = await upload_document(NewDocument("证书.pdf", PDF), a_store(), world.director, DRAWN_UP)
    await execute(
        "INSERT INTO registration_change (id, provider, from_name, from_name_en, from_legal_form, name, name_en,"
        " legal_form, effective_on, document, status, proposed_by, proposed_at, decided_by, decided_at)"
        " SELECT gen_random_uuid(), $1, o.name, o.name_en, p.legal_form, $2, '', p.legal_form, '2026-03-01', $3,"
        " 'confirmed', $4, $5, $6, $5 FROM provider p JOIN organisation o ON o.id = p.organisation WHERE p.id = $1",
        world.provider, name, paper, world.director.person_id, DRAWN_UP, world.finance.person_id,
    )  # fmt: skip
    await execute("UPDATE organisation SET name = $2 WHERE id = $1", contract["provider_organisation"], name)


def test_r_acc_01_items_are_of_service_technique_and_safety() -> None:
    groups = dict(item_groups(["每月入户走访", "建立服务档案", "上门两人同行，确保人身安全"]))
    assert [len(groups[kind]) for kind in ("服务", "技术", "安全")] == [1, 1, 1]


def test_r_acc_05_a_tenth_and_at_least_five_are_drawn_and_the_draw_can_be_repeated() -> None:
    on = date(2026, 5, 1)
    assert [sample_size(number, on) for number in (3, 5, 49, 51, 200)] == [3, 5, 5, 6, 20]
    codes = [f"JT-R-{n:04d}" for n in range(40)]
    assert drawn("seed", codes, 5) == drawn("seed", list(reversed(codes)), 5) != drawn("other", codes, 5)


def test_r_acc_05_opinions_are_counted_without_those_who_were_not_reached() -> None:
    found = counted(["satisfied", "partly", "not_satisfied", "not_reached", ""])
    assert (found.drawn, found.heard, found.content) == (5, 3, 67)
    assert "满意和基本满意的占 67%" in counted_words(found)


def test_r_civ_06_where_few_were_heard_the_public_reads_only_that_they_were() -> None:
    few, many = counted(["not_satisfied"] * 4 + ["not_reached"]), counted(["satisfied"] * 4 + ["not_satisfied"])
    said = public_words(few, date(2026, 5, 1))
    assert "听取意见" in said and "不足 5 名" in said and "不满意" not in said
    assert public_words(many, date(2026, 5, 1)) == counted_words(many)
    nobody = public_words(counted(["not_reached"] * 3), date(2026, 5, 1))
    assert "没有人表示意见" in nobody and "听取" not in nobody and "3" not in nobody


async def test_r_acc_05_the_drawn_are_heard_before_the_acceptance_and_counted_in_it(
    client: httpx.AsyncClient, clock: Any
) -> None:
    world = await a_contract_in_force()
    now = closing_time(world, APRIL)
    with pytest.raises(DomainError, match="没有关闭"):
        await draw_sample(world.reference, 1, world.reviewer, now)
    await a_closed_month(world, days=(7, 8, 9))
    with pytest.raises(Forbidden):
        await draw_sample(world.reference, 1, world.director, now)
    with pytest.raises(Forbidden):  # who drafted the listing
        await make_plan(world.reference, "", [BUYER], world.signer, now)
    await make_plan(world.reference, "走访三户。", [BUYER], world.reviewer, now)
    assert await draw_sample(world.reference, 1, world.reviewer, now) == 3
    with pytest.raises(Conflict):
        await draw_sample(world.reference, 1, world.reviewer, now)
    milestone = await fetchval(
        "SELECT id FROM contract_milestone WHERE contract = $1 AND position = 1", world.contract
    )
    sample = await sample_of(milestone)
    assert sample is not None and sample["population"] == 3
    first, second, third = (each["id"] for each in sample["opinions"])
    with pytest.raises(DomainError, match="还有 3 名"):
        await accept(world, 1, now)
    with pytest.raises(Forbidden):  # never the provider
        await enter_opinion(first, Answer.SATISFIED, Channel.PHONE, "", (world.director, now))
    await enter_opinion(first, Answer.SATISFIED, Channel.PHONE, "来得勤。", (world.reviewer, now))
    with pytest.raises(Conflict):
        await enter_opinion(first, Answer.PARTLY, Channel.PHONE, "", (world.reviewer, now))
    window = await actor("luo.jie", now)
    contract = await contract_facts(world.reference, visible_to=window)
    assert await opinions_waiting(window)
    # codes are for the window of the recipients' own town, never for who accepts
    assert town_heard_by(contract, world.reviewer) is None and await codes_of(milestone, None) == {}
    assert set(await codes_of(milestone, town_heard_by(contract, window))) == {second, third}
    elsewhere = await fetchval("SELECT id FROM organisation WHERE kind = 'town' AND id <> $1", window.organisation_id)
    await execute("UPDATE recipient_opinion SET town = $2 WHERE id = $1", second, elsewhere)
    assert set(await codes_of(milestone, window.organisation_id)) == {third}
    with pytest.raises(NotFound):
        await enter_opinion(second, Answer.NOT_REACHED, Channel.PAPER, "门上贴过条。", (window, now))
    await execute("UPDATE recipient_opinion SET town = $2 WHERE id = $1", second, window.organisation_id)
    await enter_opinion(second, Answer.NOT_REACHED, Channel.PAPER, "门上贴过条。", (window, now))
    await clock.set(now)
    opinions = f"/contracts/{world.reference}/acceptance/1/opinions"
    await sign_in(client, "chen.jing")
    page = (await client.get(opinions)).text
    assert answer_code(third) not in page and "窗口发给本人" in words(page)
    await sign_in(client, "luo.jie")
    assert f"/opinion，填 {answer_code(third)}，" in words((await client.get(opinions)).text)
    client.cookies.delete("sid")
    wrong = await send(client, "/opinion", {"code": "0000000000", "answer": "satisfied"})
    assert wrong.status_code == 422 and "没有这个代码" in words(wrong.text)
    guesses = [await send(client, "/opinion", {"code": "0000000000", "answer": "satisfied"}) for _ in range(5)]
    assert guesses[-1].status_code == 429
    said = await send(client, "/opinion", {"code": answer_code(third), "answer": "partly", "words": "周末也想有人来。"})
    assert said.status_code == 303, words(said.text)
    again = await send(client, "/opinion", {"code": answer_code(third), "answer": "satisfied"})
    assert again.status_code == 409
    await accept(world, 1, now)
    found = await counted_of(milestone)
    assert found is not None and (found.heard, found.content) == (2, 100)
    page = words((await client.get(f"/contracts/{world.reference}/acceptance/1")).text)
    assert "表示意见的不足 5 名" in page and "联系不上" not in page and "陈静" in page
    assert (await plan_of(world.contract) or {})["how"] == "走访三户。"
    contract = await contract_facts(world.reference, visible_to=None)
    paper = await paper_for(contract, "acceptance-1", None, "")
    assert "表示意见的不足 5 名" in repr(paper.sections) and "陈静" in repr(paper.sections)
    # another plan for what comes next leaves the certificate as it was
    await make_plan(world.reference, "", [Member("罗杰", "赵镇街道办事处", MemberKind.BUYER)], world.reviewer, now)
    paper = await paper_for(contract, "acceptance-1", None, "")
    assert "陈静" in repr(paper.sections) and "罗杰" not in repr(paper.sections)


async def test_r_acc_01_nobody_is_accepted_unheard_and_the_providers_clock_runs_on(db: Any) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    now = closing_time(world, APRIL)
    due = await request_acceptance(world.reference, 1, "当月走访完成。", world.director, now)
    contract = await contract_facts(world.reference, visible_to=None)
    items = items_to_find(contract, await milestone_at(contract, 1))
    certificate = Certificate([ItemFinding(each, Finding.MET, "") for each in items], "满意")
    late = at_county_time(due + timedelta(days=3), 10)
    with pytest.raises(DomainError, match="还没有邀请") as refused:
        await accept_milestone(world.reference, 1, certificate, world.reviewer, late)
    assert refused.value.clause == "R-ACC-05"
    # neither the draw nor who does not answer gives the buyer a day: what is paid counts from the end of the time
    await draw_sample(world.reference, 1, world.reviewer, late)
    with pytest.raises(DomainError, match="还有 3 名"):
        await accept_milestone(world.reference, 1, certificate, world.reviewer, late)
    opinions = await fetch("SELECT id FROM recipient_opinion ORDER BY position")
    for each in opinions:
        with pytest.raises(DomainError, match="怎样联系"):
            await enter_opinion(each["id"], Answer.NOT_REACHED, Channel.PHONE, " ", (world.reviewer, late))
        said = "五月十一日、十二日各打过一次，没有人接。"
        await enter_opinion(each["id"], Answer.NOT_REACHED, Channel.PHONE, said, (world.reviewer, late))
    acceptance = await accept(world, 1, late)
    assert "没有人表示意见" in await heard_in_words(await acceptance_by_id(acceptance))
    accepted = Accepted(county_day(late), await fetchval("SELECT decide_by FROM acceptance_request"))
    assert accepted.counts_from == due


async def test_r_acc_05_where_the_records_hold_nobody_the_certificate_says_so_and_no_reason_is_asked(db: Any) -> None:
    world = await a_contract_in_force(months=2)
    await close_month(world.contract, APRIL, world.reviewer, closing_time(world, APRIL))
    acceptance = await accept(world, 1, closing_time(world, APRIL))
    assert await fetchval("SELECT count(*) FROM opinion_sample") == 0
    assert await heard_in_words(await acceptance_by_id(acceptance)) == NOBODY_SERVED
    contract = await contract_facts(world.reference, visible_to=None)
    reference = await fetchval("SELECT reference FROM acceptance")
    listing = await listing_page(contract["listing_reference"])
    entry = await entry_of(listing, f"acceptance-{reference}")
    assert NOBODY_SERVED in repr(await paper_of(listing, entry, "https://example.cn"))
