"""Listings and budgets built by the real services; the defaults are the real notice N1."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.items.services import load_first_edition
from catalogue.listings import queries
from catalogue.listings.draft_pages import monthly_rows
from catalogue.listings.drafts import (
    Basics,
    CriterionDraft,
    ListingDraft,
    Lot,
    Lots,
    MilestoneDraft,
    Milestones,
    Openers,
    Qualification,
    Requirement,
    Scoring,
    Timetable,
)  # fmt: skip
from catalogue.listings.preparation.queries import preparation
from catalogue.listings.preparation.rules import INTERNAL_SIDES, Member, Source, Survey
from catalogue.listings.preparation.services import NewReview, file_plan, record_review, record_survey
from catalogue.listings.services import draft_listing, publish_listing, submit_for_review
from catalogue.listings.timetable import earliest_closing
from catalogue.plans.services import NewAllotment, allot_budget
from catalogue.scoring.bands import Band
from marketplace.accounts.openers.services import register_opener_key
from marketplace.demo.notices import filed_plan
from marketplace.kernel.calendar import county_calendar
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.db import fetchval
from marketplace.kernel.sealing import new_identity
from tests.cast import actor, enter_cast, office

N1_BUDGET = Decimal("505000.00")
N1_REQUIREMENT = """一、业务协办：协助办理最低生活保障、特困人员救助供养、临时救助等申请的受理和资料整理。
二、家计调查：对新申请家庭入户调查，入户率 100%，每户一份调查表和六要素服务记录。
三、对象排查：按月排查在册对象，形成台账并推送。
四、网络管理：及时录入和更新社会救助信息系统。
五、档案管理：一户一档，按月归档。
六、业务培训：每年至少组织 2 次。"""

OPENERS = ("zhou.lan", "wu.gang")


@dataclass(frozen=True)
class Published:
    """A listing that was published, with what tests need to go on."""

    id: UUID
    reference: str
    closes_at: datetime
    lots: list[dict[str, Any]]
    identities: dict[str, str]


async def a_budget_line(
    now: datetime,
    amount: Decimal = Decimal("1200000.00"),
    item_code: str = "A02",
    buyer: str = "zhaozhen",
    title: str = "赵镇街道购买社会救助服务",
) -> UUID:
    """An allotment of the year for a buyer of the cast."""
    await enter_cast(now)
    await load_first_edition(now)
    finance = await actor("zhao.lei", now)
    document = f"金财预〔2026〕{12 + await fetchval('SELECT count(*) FROM budget_line')}号"  # one line, one document
    allotment = NewAllotment(county_day(now).year, item_code, title, await office(buyer), amount, document)
    return await allot_budget(allotment, finance, now)


async def registered_openers(now: datetime, usernames: tuple[str, ...] = OPENERS) -> dict[str, str]:
    """Openers with fresh keys; the private identities come back, as only their owners would have them."""
    identities: dict[str, str] = {}
    for username in usernames:
        identities[username], recipient = new_identity()
        await register_opener_key(recipient, await actor(username, now), now)
    return identities


def n1_scoring() -> Scoring:
    """Price 20, three factors; no past performance."""
    return Scoring(
        criteria=(
            CriterionDraft("technical", "服务方案", Decimal(45), "完整、可行、有针对性得满分；缺一项减 5 分，减完为止"),
            CriterionDraft("technical", "质量管理和应急措施", Decimal(15), "每有一项可执行的措施得 3 分，最多 15 分"),
            CriterionDraft("business", "项目人员", Decimal(20), "每有一名持证社会工作者得 4 分，最多 20 分", True),
        ),
        price_weight=Decimal(20),
        small_micro_deduction=Decimal(10),
    )


def hours_scoring() -> Scoring:
    """A fixed total: two factors and printed bands of annual service hours (R-EVAL-12)."""
    steps = ((0, 0), (8, 2000), (15, 3000), (20, 4000))
    bands = tuple(Band(Decimal(points), "", hours) for points, hours in steps)
    return Scoring(
        criteria=(
            CriterionDraft("technical", "服务方案", Decimal(60), "完整、可行 60 分；缺一项减 5 分，减完为止"),
            CriterionDraft("business", "项目人员", Decimal(20), "每有一名持证社会工作者得 4 分，最多 20 分", True),
            CriterionDraft("hours", "年服务时数", Decimal(20), "", rows=bands),
        ),
        is_price_fixed=True,
    )


def with_past_performance(scoring: Scoring, form: str = "printed_table", points: Decimal = Decimal(5)) -> Scoring:
    """The same scoring with the printed past-performance table; its points come off the first factor."""
    first, *others = scoring.criteria
    factor = CriterionDraft("past_performance", "近三年履约评价", points, "", True)
    bands = {
        "excellent": points, "good": points * 4 / 5, "fair": points * 2 / 5, "poor": Decimal(0), "none": points / 2,
    }  # fmt: skip
    return replace(
        scoring,
        criteria=(replace(first, points=first.points - points), *others, factor),
        past_performance_form=form,
        past_performance_ground="服务方案由供应商自行设计。",
        bands=bands,
    )


def monthly(service_from: date, service_to: date) -> Milestones:
    """One payment a month."""
    raw = monthly_rows(service_from, service_to)
    return Milestones(
        tuple(
            MilestoneDraft(
                raw[f"milestones-{i}-title"], Decimal(raw[f"milestones-{i}-share"]),
                date.fromisoformat(raw[f"milestones-{i}-due_on"]), raw[f"milestones-{i}-evidence"],
            )
            for i in range(len(raw) // 4)
        )
    )  # fmt: skip


async def n1_draft(now: datetime, line: UUID, **changed: Any) -> ListingDraft:
    """N1 as a draft: consultation, 505,000.00 yuan, the next calendar year, monthly payment."""
    town = await office("zhaozhen")
    year = county_day(now).year + 1
    basics = Basics(
        title="购买社会救助服务", title_en="Purchase of social-assistance services", method="consultation",
        budget_line=line, budget=N1_BUDGET, ceiling=N1_BUDGET, service_from=date(year, 1, 1),
        service_to=date(year, 12, 31), towns=(town,), reservation_ground="competition",
    )  # fmt: skip
    basics = replace(basics, **{name: value for name, value in changed.items() if hasattr(basics, name)})
    item_code = await fetchval("SELECT item_code FROM budget_line WHERE id = $1", line)
    earliest = earliest_closing(basics.method, county_day(now))
    closing_day = (earliest.date if earliest else county_day(now)) + timedelta(days=3)
    closing_day = county_calendar().next_workday(closing_day)
    openers = Openers(tuple([(await actor(name, now)).person_id for name in OPENERS]))
    draft = ListingDraft(
        basics=basics,
        lots=Lots((Lot(item_code, "社会救助服务", Decimal(1), "项", basics.budget),)),
        requirement=Requirement(N1_REQUIREMENT),
        qualification=Qualification("无"),
        scoring=n1_scoring(),
        milestones=monthly(basics.service_from, basics.service_to),
        timetable=Timetable(at_county_time(closing_day, 14)),
        openers=openers,
    )
    return replace(draft, **{name: value for name, value in changed.items() if hasattr(draft, name)})


async def a_draft(now: datetime, line: UUID | None = None, **changed: Any) -> UUID:
    """A whole draft by wang.min; openers have keys."""
    line = line or await a_budget_line(now)
    if await fetchval("SELECT count(*) FROM opener_key") == 0:
        await registered_openers(now)
    listing = await draft_listing(await n1_draft(now, line, **changed), await actor("wang.min", now), now)
    await prepare(listing, now)
    return listing


async def prepare(listing: UUID, now: datetime) -> None:
    """Everything that must stand before publication: the plan filed, and survey and review where they are needed."""
    drafter = await actor("wang.min", now)
    ready = await preparation(await queries.listing_by_id(listing), now)
    if ready.needs_plan:
        await file_plan(listing, filed_plan(county_day(now)), drafter, now)
    if ready.grounds:
        await record_survey(listing, a_survey(county_day(now)), None, drafter, now)
        await record_review(listing, a_close_review(county_day(now)), drafter, now)


def a_survey(today: date) -> Survey:
    """Three providers and a resident were asked."""
    sources = tuple(Source("provider", f"{name}社会工作服务中心", "能够承接") for name in ("暖阳", "同心", "晨光"))
    return Survey(
        "consultation", today, (*sources, Source("resident", "赵镇居民代表", "希望周末也能上门")), market="县内外都有",
        history="上年成交 48 万元", follow_up="无", public_opinion="采纳：增加周末服务",
    )  # fmt: skip


def a_close_review(today: date, is_passed: bool = True) -> NewReview:
    """The four sides of the office, none of whom wrote the draft."""
    members = tuple(Member(side, f"{side}代表") for side in INTERNAL_SIDES)
    return NewReview(today, members, "没有指向", "公开竞争", "已落实", "合同已审", "四川某律师事务所", is_passed)


async def a_reviewed_listing(now: datetime, **changed: Any) -> UUID:
    """A draft that waits for li.qiang's review."""
    listing = await a_draft(now, **changed)
    await submit_for_review(listing, await actor("wang.min", now), now)
    return listing


async def a_published_listing(
    now: datetime, line: UUID | None = None, named: tuple[str, ...] = OPENERS, **changed: Any
) -> Published:
    """N1 drafted by wang.min and published by li.qiang. Basics fields or whole draft parts may be changed by name."""
    line = line or await a_budget_line(now)
    identities = await registered_openers(now, named)
    if named != OPENERS:
        changed["openers"] = Openers(tuple([(await actor(name, now)).person_id for name in named]))
    listing = await a_draft(now, line, **changed)
    await submit_for_review(listing, await actor("wang.min", now), now)
    await publish_listing(listing, await actor("li.qiang", now), now)
    row = await queries.listing_by_id(listing)
    return Published(listing, row["reference"], row["closes_at"], await queries.lots(listing), identities)
