"""What an agency does in the demo county: an agreement of two people, and one listing run under it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from catalogue.listings.draft_queries import parts_of
from catalogue.listings.drafting_queries import section_of
from catalogue.listings.drafts import Requirement
from catalogue.listings.entrusting.services import confirm_document, entrust_listing
from catalogue.listings.preparation.queries import preparation
from catalogue.listings.preparation.services import record_review
from catalogue.listings.queries import listing_by_id
from catalogue.listings.services import publish_listing, save_draft, submit_for_review
from catalogue.notices.services import save_contact
from marketplace.accounts.agencies.rules import NewAgreement
from marketplace.accounts.agencies.services import approve_agreement, record_agreement
from marketplace.accounts.mandates import Entrusted
from marketplace.demo.county import buying
from marketplace.demo.county.buying import DECIDER, DRAFTER, at
from marketplace.demo.county.needs import Need
from marketplace.demo.county.people import actor, office
from marketplace.demo.county.preparing import close_review
from marketplace.kernel import db
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.settings import Settings

AGENT = "hu.yan"
SCOPE = (Entrusted.DRAFT, Entrusted.PUBLISH, Entrusted.ANSWER, Entrusted.CHANGE, Entrusted.OPENING, Entrusted.PANEL)
PUBLICITY = Need(
    "社会救助政策宣传服务", "Making social assistance known", "A04", Decimal("560000.00"),
    at_county_time(date(2026, 3, 13), 9), at_county_time(date(2026, 4, 1), 14), date(2026, 5, 1), date(2027, 4, 30),
    """一、制作宣传册、海报和短视频，覆盖全部村（社区）。
二、每季度在各镇（街道）开展 1 场现场宣传，留签到和影像记录。
三、每半年提交一次宣传效果调查，被调查群众不少于 300 人。""",
    quantity=Decimal(48), unit="场",
)  # fmt: skip

TRAINING = Need(
    "社会救助经办人员业务培训", "Training for those who handle assistance", "A03", Decimal("120000.00"),
    at_county_time(date(2026, 4, 1), 9), at_county_time(date(2026, 4, 10), 10), date(2026, 5, 1), date(2026, 12, 31),
    """一、全县经办人员每人每年至少培训 2 次，每次不少于 4 学时。
二、培训前提交教案，培训后考核，合格率不低于 95%。""",
    method="under_limit", quantity=Decimal(4), unit="期",
)  # fmt: skip


async def agreement_recorded(now: datetime, _: Settings) -> None:
    """The sub-district entrusts an agency for a year; its result stays with the buyer."""
    new = NewAgreement(
        agency=await office("agency"), document_number="赵街采代〔2026〕1号",
        matter="2026 年度赵镇街道政府购买服务项目中由街道指定的项目", acts=SCOPE, valid_from=date(2026, 3, 2),
        valid_to=date(2027, 3, 1), fee="每个项目固定收费 8000 元", fee_payer="winner",
    )  # fmt: skip
    reference = await record_agreement(new, None, await actor(DRAFTER), now)
    await approve_agreement(reference, await actor(DECIDER), now + timedelta(hours=2))


async def offices_told(now: datetime, _: Settings) -> None:
    """How buyer and agency are reached, as their notices print it (invented)."""
    await save_contact("成都市青羊区蜀金路 10 号 6 楼", "胡燕", "028-8490-0061", await actor(AGENT), now)


async def agencys_listing(_: datetime, __: Settings) -> None:
    """Begun by the buyer, written by the agency, confirmed by the buyer, published by the agency."""
    now = await at(PUBLICITY.published_at - timedelta(hours=15))
    listing = await buying.draft(PUBLICITY, "金财预〔2026〕19号", now)
    agreement = await db.fetchval("SELECT id FROM agency_agreement ORDER BY recorded_at DESC LIMIT 1")
    await entrust_listing(listing, agreement, await actor(DRAFTER), now)
    now = await at(now + timedelta(hours=1))
    agent, row = await actor(AGENT), await listing_by_id(listing)
    part = next(each for each in await parts_of(row) if isinstance(each, Requirement))
    version = (await section_of(listing, "requirement"))["version"]
    written = replace(part, requirement=f"{part.requirement}\n四、宣传材料使用前由采购人审定。")
    await save_draft(listing, version, written, agent, now)
    now = await at(now + timedelta(hours=1))
    row = await listing_by_id(listing)
    if (await preparation(row, now)).missing:
        await record_review(listing, close_review(county_day(now)), await actor(DRAFTER), now)
    await submit_for_review(listing, agent, now)
    await confirm_document(listing, await actor(DECIDER), await at(now + timedelta(hours=1)))
    await publish_listing(listing, agent, await at(PUBLICITY.published_at))


async def agency_drafts(now: datetime, _: Settings) -> None:
    """A second need begun by the buyer; the agency is still writing its document."""
    listing = await buying.draft(TRAINING, "金财预〔2026〕20号", now)
    agreement = await db.fetchval("SELECT id FROM agency_agreement ORDER BY recorded_at DESC LIMIT 1")
    await entrust_listing(listing, agreement, await actor(DRAFTER), now)
