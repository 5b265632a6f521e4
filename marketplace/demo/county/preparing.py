"""What stands before publication: the filed plan, and where it is asked for the survey and the close review."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from catalogue.listings.preparation.queries import preparation
from catalogue.listings.preparation.rules import INTERNAL_SIDES, Member, Source, Survey
from catalogue.listings.preparation.services import NewPlan, NewReview, file_plan, record_review, record_survey
from catalogue.listings.queries import listing_by_id
from marketplace.accounts.actor import Actor
from marketplace.demo.county.needs import Need
from marketplace.demo.notices import filed_plan
from marketplace.kernel.clock import county_day


async def prepare(listing: UUID, need: Need, drafter: Actor, now: datetime) -> None:
    """The drafter files the plan and records survey and review."""
    ready = await preparation(await listing_by_id(listing), now)
    if ready.needs_plan:
        await file_plan(listing, plan_of(need), drafter, now)
    if ready.grounds:
        await record_survey(listing, survey(county_day(now)), None, drafter, now)
        await record_review(listing, close_review(county_day(now)), drafter, now)


def plan_of(need: Need) -> NewPlan:
    """What finance is told of a need."""
    whole = filed_plan(county_day(need.published_at))
    return NewPlan(
        f"{need.quantity.normalize():f} {need.unit}", whole.organisation_form, whole.begins_on, whole.pricing,
        whole.policy, whole.acceptance, whole.risks,
    )  # fmt: skip


def survey(today: date) -> Survey:
    """Three providers and a resident were asked."""
    sources = tuple(Source("provider", f"金堂县{name}", "能够承接") for name in ("暖阳", "同心", "惠民"))
    return Survey(
        "consultation", today, (*sources, Source("resident", "赵镇居民代表", "希望周末也能上门")),
        market="县内外都有能够承接的社会组织和企业", history="上年同类服务按合同完成", follow_up="无",
        public_opinion="采纳：增加周末服务",
    )  # fmt: skip


def close_review(today: date) -> NewReview:
    """The four sides of the office, none of whom wrote the draft."""
    members = tuple(Member(side, f"{side}代表") for side in INTERNAL_SIDES)
    return NewReview(today, members, "没有指向", "公开竞争", "已落实", "合同已审", "本单位法律顾问", True)
