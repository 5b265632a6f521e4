"""The county's own papers: filled from what is recorded, ruled blanks for the rest, for those who may see the draft."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import docx
import httpx
import pytest

from catalogue.listings.preparation.queries import plans_of
from catalogue.listings.preparation.services import receive_plan
from catalogue.listings.queries import listing_by_id
from catalogue.notices.content import Facts, Paper
from catalogue.notices.county_papers import (
    COUNTY_PAPERS,
    AgreementRecord,
    ConfirmationRecord,
    CountyPaper,
    MinutesRecord,
    PlanRecord,
    Records,
    SurveyRecord,
    SurveySubject,
    county_paper,
)  # fmt: skip
from catalogue.notices.course_notices import corrigendum, intention, single_source
from catalogue.notices.facts import (
    Change,
    Contact,
    CorrigendumFacts,
    ExpertOpinion,
    FinanceFacts,
    IntendedPurchase,
    IntentionFacts,
    InvitationFacts,
    PrequalificationFacts,
    SingleSourceFacts,
)  # fmt: skip
from catalogue.notices.listing_notices import invitation, prequalification
from catalogue.notices.official import official_page
from catalogue.notices.record_sources import records_of
from catalogue.notices.sample import sample_listing
from catalogue.notices.sources import FINANCE_COLUMNS, draft_facts, finance_facts
from marketplace.kernel.db import execute
from tests.builders_catalogue import a_budget_line, a_draft
from tests.cast import actor
from tests.pages import sign_in
from tests.papers import needs_press, pdf_words

Client = httpx.AsyncClient
BUYER = Contact("赵镇街道办事处", "十里大道 1 号", "028-84000000", "王敏")
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)

WHOLE = Records(
    plan=PlanRecord("备-1", date(2026, 2, 1), "王敏", "固定总价", "总价", "综合评分法", "分期付款"),
    survey=SurveyRecord(
        date(2026, 1, 9), "王敏", "五家机构", "上年 48 万", "无", "居民希望上门", "可行",
        (SurveySubject("暖阳中心", "座谈", "需要培训"),),
    ),
    minutes=MinutesRecord("纪-3", date(2026, 2, 3), "三楼", "李强", "陈静", ("李强", "王敏"), "同意", "按磋商采购"),
    agreement=AgreementRecord(
        "代-1", Contact("成都某代理", "成都", "1"), "编制文件", "发布公告", "5000 元", "采购人", date(2026, 1, 1),
        date(2026, 12, 31),
    ),
    confirmation=ConfirmationRecord("a" * 64, "李强", date(2026, 3, 1)),
)  # fmt: skip
SAID = {
    CountyPaper.PLAN: ("备-1", "2026年2月1日", "固定总价", "综合评分法"),
    CountyPaper.SURVEY: ("五家机构", "暖阳中心", "座谈", "居民希望上门"),
    CountyPaper.MINUTES: ("纪-3", "三楼", "李强、王敏", "按磋商采购"),
    CountyPaper.AGREEMENT: ("成都某代理", "编制文件", "2026年1月1日至2026年12月31日"),
    CountyPaper.CONFIRMATION: ("a" * 64, "李强"),
}


def values_of(paper: Paper) -> str:
    return repr(paper)


def blanks_of(paper: Paper) -> int:
    rows = [row for s in paper.sections for b in s.blocks if isinstance(b, Facts) for row in b.rows]
    return sum(value is None for _, value in rows)


@pytest.mark.parametrize("which", list(CountyPaper))
def test_a_paper_says_what_was_recorded_and_leaves_ruled_what_was_not(which: CountyPaper) -> None:
    full = county_paper(which, sample_listing(), WHOLE)
    assert [word for word in SAID[which] if word not in values_of(full)] == []
    empty = county_paper(which, sample_listing(), Records())
    assert blanks_of(empty) > blanks_of(full)
    assert 'class="blank"' in official_page(empty)


def test_R_PLAN_01_the_plan_shows_every_field_that_finance_asks_for() -> None:
    money = FinanceFacts("YS-1", "P-2", "208", "30227", "财政拨款", "C05", "A02", "JH-1", "批-1", "软件")
    listing = sample_listing()
    paper = county_paper(CountyPaper.PLAN, type(listing)(**{**vars(listing), "finance": money}), Records())
    labels = [
        "预算编号", "预算项目代码", "功能科目", "经济分类", "资金来源", "采购品目", "政府购买服务目录代码",
        "采购计划号", "批准文号", "所属行业",
    ]  # fmt: skip
    rows = {label: value for s in paper.sections for b in s.blocks if isinstance(b, Facts) for label, value in b.rows}
    assert [rows[label] for label in labels] == list(vars(money).values())


@needs_press
async def test_papers_of_a_draft_come_as_docx_and_pdf_for_its_office_only(client: Client, clock: Any) -> None:
    now = await clock.now()
    listing = await a_draft(now, await a_budget_line(now))
    base = f"/listings/papers/{listing}"
    assert (await client.get(base)).status_code == 303
    await sign_in(client, "wang.min")
    for path in (base, f"/en{base}"):
        page = (await client.get(path)).text
        assert all(f"{base}/{which}.docx" in page for which in CountyPaper)
    for which in CountyPaper:
        filled = await client.get(f"{base}/{which}.docx")
        assert filled.status_code == 200, filled.text[:2000]
        said = "\n".join(p.text for p in docx.Document(io.BytesIO(filled.content)).paragraphs)
        assert COUNTY_PAPERS[which].title in said and "购买社会救助服务" in said
    pdf = await client.get(f"{base}/minutes.pdf")
    assert "会议纪要" in pdf_words(pdf.content) and "¥505,000.00" in pdf_words(pdf.content)
    for wrong in ("minutes.txt", "minutes", "other.pdf"):
        assert (await client.get(f"{base}/{wrong}")).status_code == 404
    await sign_in(client, "liu.fang")
    assert (await client.get(base)).status_code == 403
    await sign_in(client, "zhao.lei")
    assert (await client.get(base)).status_code == 200  # finance reads everything


def test_R_TIME_01_an_intention_names_project_outline_budget_and_month() -> None:
    meant = IntentionFacts("YX-1", BUYER, (IntendedPurchase("探访", "每月入户", Decimal(1000), date(2026, 5, 1)),), NOW)
    said = values_of(intention(meant))
    for word in ("探访", "每月入户", "¥1,000.00", "2026年5月", "财库〔2020〕10号", "初步安排"):
        assert word in said, word


def test_R_CORR_01_a_corrigendum_shows_before_and_after_and_the_new_deadline() -> None:
    changes = (Change("截止时间", "3月16日", "3月20日"),)
    changed = CorrigendumFacts("JT-1", "项目", 2, NOW, "documents", changes, "笔误", NOW, NOW, BUYER)
    said = values_of(corrigendum(changed))
    for word in ("第 2 次", "采购文件", "3月16日", "3月20日", "笔误", "2026年3月2日09:00"):
        assert word in said, word
    same = CorrigendumFacts("JT-1", "项目", 1, NOW, "notice", changes, "", NOW, None, BUYER)
    assert "不变" in values_of(corrigendum(same))


def test_R_PUB_02_a_single_source_is_shown_with_reason_opinions_and_where_to_object() -> None:
    opinion = ExpertOpinion("杨华", "某大学", "教授", "唯一")
    finance = Contact("金堂县财政局", phone="028-1")
    meant = SingleSourceFacts(
        "JT-1", "项目", BUYER, "说明", Decimal(9), "只有一家", "甲中心", "甲路", (opinion,), NOW, date(2026, 3, 9),
        Decimal(5), finance,
    )  # fmt: skip
    said = values_of(single_source(meant))
    for word in ("只有一家", "杨华", "唯一", "甲中心", "不少于 5 个工作日", "金堂县财政局", "书面意见"):
        assert word in said, word


def test_R_TIME_06_prequalification_and_invitation_follow_their_forms() -> None:
    asked = prequalification(PrequalificationFacts(sample_listing(), NOW, 5, "有限数量制"))
    for word in ("资格预审公告", "有限数量制", "申请人的资格要求", "2026年3月2日09:00"):
        assert word in values_of(asked), word
    invited = invitation(InvitationFacts(sample_listing(), "甲中心", "专家库随机抽取"))
    for word in ("甲中心：", "现邀请贵单位", "专家库随机抽取"):
        assert word in values_of(invited), word


async def test_R_PLAN_01_the_plan_form_is_filled_from_the_plan_that_was_filed(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await a_draft(now, await a_budget_line(now))
    plan = (await plans_of(listing))[0]
    await receive_plan(plan["id"], await actor("zhao.lei", now), now)
    row = await listing_by_id(listing)
    said = values_of(county_paper(CountyPaper.PLAN, await draft_facts(row, "", now), await records_of(row)))
    wanted = (plan["reference"], "2026年3月2日", "王敏", "固定总价", "采购人自行采购", plan["acceptance"])
    assert [word for word in (*wanted, plan["risks"], "赵磊") if word not in said] == []


async def test_R_DOC_09_the_survey_report_is_filled_from_survey_and_close_review(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await a_draft(now, await a_budget_line(now, item_code="S01"))
    row = await listing_by_id(listing)
    records = await records_of(row)
    said = values_of(county_paper(CountyPaper.SURVEY, await draft_facts(row, "", now), records))
    for word in ("暖阳社会工作服务中心", "能够承接", "赵镇居民代表", "咨询、走访（服务对象、社会公众）", "48 万元"):
        assert word in said, word
    assert records.survey.review.outcome == "通过" and "四川某律师事务所" in said and "supervision代表（监督）" in said
    empty = values_of(county_paper(CountyPaper.SURVEY, await draft_facts(row, "", now), Records()))
    assert "暖阳社会工作服务中心" not in empty


async def test_every_finance_field_is_a_column_of_the_budget_line_that_was_entered(db: Any, clock: Any) -> None:
    """The names are compared with the real table, and the values come through it."""
    now = await clock.now()
    line = await a_budget_line(now)
    written = {
        column: f"值 {column}"[:40] for column in FINANCE_COLUMNS.values() if column != "reference"
    }  # fmt: skip
    places = ", ".join(f"{column} = ${n}" for n, column in enumerate(written, start=2))
    await execute(f"UPDATE budget_line SET {places} WHERE id = $1", line, *written.values())
    facts = (await draft_facts(await listing_by_id(await a_draft(now, line)), "", now)).finance
    assert {name: getattr(facts, name) for name in FINANCE_COLUMNS if name != "budget_reference"} == {
        name: written[column] for name, column in FINANCE_COLUMNS.items() if name != "budget_reference"
    }
    assert set(FINANCE_COLUMNS) == set(vars(FinanceFacts()))


def test_finance_fields_come_from_the_budget_line_and_an_empty_one_stays_a_blank() -> None:
    line = {column: f"值 {column}" for column in FINANCE_COLUMNS.values()}
    assert set(vars(finance_facts(line, [])).values()) == set(line.values())
    few = finance_facts({"reference": "YS-1"}, [{"item_code": "A02"}, {"item_code": "A02"}])
    assert few.budget_reference == "YS-1" and few.directory_codes == "A02" and few.industry == ""
