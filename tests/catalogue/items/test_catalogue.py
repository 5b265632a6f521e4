"""The directory: the plan's own words, dated editions, public pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import pytest

from catalogue.items.queries import current_items
from catalogue.items.rules import (
    FIRST_EDITION,
    NEVER_PROVIDERS,
    NOT_IN_THE_PLAN,
    LegalForm,
    check_edition,
    read_edition,
)
from catalogue.items.services import load_first_edition, publish_edition
from marketplace.kernel.db import fetchval
from marketplace.kernel.errors import DomainError, Forbidden
from tests.builders_catalogue import a_published_listing
from tests.cast import actor
from tests.pages import words

# copied from the county's plan letter for letter: code, name, content
PLAN = [
    ("A01", "社会救助对象排查与主动发现", "社会救助对象的及时发现和基本信息收集等。"),
    ("A02", "社会救助家庭状况调查", "申请救助家庭的入户调查、邻里访谈、群众评议等。"),
    ("A03", "社会救助业务培训", "培养社会救助人才、对基层工作人员开展社会救助政策、业务知识培训等。"),
    ("A04", "社会救助宣传", "对社会救助政策、社会救助案例的宣传活动等。"),
    ("A05", "社会救助绩效评价", "对社会救助制度的实施情况和社会力量参与社会救助情况进行评价。"),
    ("A06", "社会救助政策研究", "为社会救助政策制度开展调研、草拟、论证、评估等服务。"),
    ("A07", "社会关爱援助服务", "链接政府和社会关爱援助资源，对困难群众开展帮扶救助。"),
    ("A08", "社会救助信息员", "协助完成最低生活保障、特困人员救助供养、临时救助等社会救助经办辅助性事项。"),
    ("S01", "社会救助对象个案评估", "对社会救助对象开展的心理、社会关系、发展能力和服务需求评估。"),
    ("S02", "救助对象照料护理", "对有照护需求的社会救助对象（老年人、残疾人）等开展的照料护理服务等。"),
    ("S03", "救助对象能力发展", "对社会救助对象开展的资源链接、能力提升等服务。"),
    ("S04", "救助对象心理疏导", "对社会救助对象开展的心理关怀服务等。"),
]


def test_the_first_edition_is_the_plan_letter_for_letter() -> None:
    edition, items = read_edition(FIRST_EDITION)
    assert edition.name == "金堂县政府购买社会救助服务项目目录"
    assert edition.document == "金堂县社会救助综合改革试点方案附件"
    assert [(item.code, item.name, item.content) for item in items] == PLAN
    assert [item.category for item in items] == ["administrative"] * 8 + ["service"] * 4


def test_every_item_says_unit_evidence_and_who_may_provide_it_in_both_languages() -> None:
    for item in read_edition(FIRST_EDITION)[1]:
        assert item.unit and item.unit_en and item.evidence and item.evidence_en and item.name_en and item.content_en
        assert set(item.legal_forms) == set(LegalForm) - NEVER_PROVIDERS - NOT_IN_THE_PLAN


def test_an_edition_with_a_class_one_institution_or_a_code_twice_is_refused() -> None:
    _, items = read_edition(FIRST_EDITION)
    with pytest.raises(DomainError) as refused:
        check_edition((replace(items[0], legal_forms=(LegalForm.PUBLIC_INSTITUTION_1,)),))
    assert refused.value.clause == "R-GPS-03"
    with pytest.raises(DomainError, match="A01"):
        check_edition((items[0], items[0]))


async def test_the_first_edition_is_loaded_once(db: Any, clock: Any) -> None:
    await load_first_edition(await clock.now())
    await load_first_edition(await clock.now())
    assert await fetchval("SELECT count(*) FROM edition") == 1 and len(await current_items()) == 12


async def test_a_new_edition_follows_and_the_old_one_stays(db: Any, clock: Any) -> None:
    now = await clock.now()
    await load_first_edition(now)
    edition, items = read_edition(FIRST_EDITION)
    newer = replace(edition, effective_on=date(2026, 1, 1), document="金民发〔2026〕1号")
    with pytest.raises(Forbidden):
        await publish_edition(newer, items[:3], await actor("wang.min", now), now)
    await publish_edition(newer, items[:3], await actor("liu.fang", now), now)
    assert len(await current_items()) == 3 and await fetchval("SELECT count(*) FROM item") == 15


async def test_all_twelve_items_stand_on_one_public_page(client: httpx.AsyncClient, clock: Any) -> None:
    await load_first_edition(await clock.now())
    page = await client.get("/catalogue")
    assert page.status_code == 200
    for code, name, content in PLAN:
        assert name in page.text and content in page.text and f"/catalogue/{code}" in page.text
    english = await client.get("/en/catalogue")
    assert "Psychological support" in english.text and english.status_code == 200


async def test_the_directory_is_filtered_by_category_and_words(client: httpx.AsyncClient, clock: Any) -> None:
    await load_first_edition(await clock.now())
    said = words((await client.get("/catalogue?category=service&q=心理")).text)
    assert "救助对象心理疏导" in said and "社会救助宣传" not in said
    assert "没有符合条件的项目" in words((await client.get("/catalogue?q=没有这种服务")).text)


async def test_an_item_shows_its_proof_its_providers_and_its_listings(client: httpx.AsyncClient, clock: Any) -> None:
    published = await a_published_listing(await clock.now())
    for path in ("/catalogue/A02", "/en/catalogue/a02"):
        page = await client.get(path)
        assert page.status_code == 200 and published.reference in page.text
    said = words((await client.get("/catalogue/A02")).text)
    assert "入户调查表" in said and "民办非企业单位" in said and "须逐次记录" in said
    assert (await client.get("/catalogue/Z99")).status_code == 404
    assert (await client.get("/catalogue/" + "A" * 80)).status_code == 404
