"""Frameworks built by the real services: run by civil affairs for two towns, bid for, scored, admitted and signed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.listings import queries as listings
from catalogue.listings.drafts import (
    Basics,
    ListingDraft,
    Lot,
    Lots,
    MilestoneDraft,
    Milestones,
    Openers,
    Procedure,
    Qualification,
    Requirement,
    Scoring,
    Timetable,
)  # fmt: skip
from catalogue.listings.frameworks.rules import FrameworkDraft
from catalogue.listings.frameworks.services import save_framework
from catalogue.listings.preparation.services import file_plan, record_review, record_survey
from catalogue.listings.services import close_if_due, draft_listing, mark_opened, publish_listing, submit_for_review
from catalogue.listings.timetable import earliest_closing
from contracts.frameworks.queries import places_of
from contracts.frameworks.services import sign_agreement
from evaluations.admission.services import determine_admission, publish_admission
from evaluations.panel.services import appoint_member, declare_interest
from evaluations.scoring.services import compute_results, lock_marks
from marketplace.accounts.actor import Actor
from marketplace.accounts.sessions import actor_of
from marketplace.demo.notices import filed_plan
from marketplace.kernel.calendar import county_calendar
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.db import fetchval
from tests.builders_catalogue import OPENERS, Published, a_budget_line, a_close_review, a_survey, registered_openers
from tests.builders_contracts import a_provider
from tests.builders_evaluations import BIDDERS, Offered, _opened_bid, all_conform, everybody_signs
from tests.cast import actor, office

EXPERTS = ("yang.hua", "xu.lin", "gao.feng", "wei.xin", "fan.li")
BUDGET, CEILING = Decimal("600000.00"), Decimal("50.00")
MORE = {
    "三溪": ("金堂县三溪社会工作服务中心", "52510121MJX0000040"),
    "龙泉": ("金堂县龙泉社会工作服务中心", "52510121MJX0000059"),
}
PRICES = {"和风": "42.00", "沱江": "45.00", "云顶": "47.00", "三溪": "49.00"}


@dataclass(frozen=True)
class AFramework:
    """A framework with its providers and the people around it."""

    id: UUID
    reference: str
    listing: UUID
    now: datetime
    lot: UUID
    places: dict[str, dict[str, Any]]
    line: UUID
    buyer: Actor


def terms(**changed: Any) -> FrameworkDraft:
    """Price first, a fifth eliminated, direct choice."""
    return replace(
        FrameworkDraft("price_first", "direct", Decimal(20), ceilings={1: CEILING}), **changed
    )


async def a_framework_draft(now: datetime, terms_: FrameworkDraft | None = None, **changed: Any) -> UUID:
    """A whole draft by tan.rong of civil affairs for two towns, its plan not yet filed."""
    line = await a_budget_line(now, Decimal("900000.00"), "S02", "civil_affairs", "民政局购买照料服务")
    if await fetchval("SELECT count(*) FROM opener_key") == 0:
        await registered_openers(now)
    drafter = await actor("tan.rong", now)
    starts_on = county_day(now) + timedelta(days=60)
    basics = replace(
        Basics(
            title="访视照料服务框架协议", title_en="Framework for visiting care", method="closed_framework",
            budget_line=line, budget=BUDGET, service_from=starts_on, service_to=starts_on + timedelta(days=700),
            towns=(await office("zhaozhen"), await office("wufeng")),
        ),
        **{name: value for name, value in changed.items() if name in Basics.__dataclass_fields__},
    )  # fmt: skip
    earliest = earliest_closing(basics.method, county_day(now))
    first = earliest.date if earliest else county_day(now)
    closes = at_county_time(county_calendar().next_workday(first + timedelta(days=3)), 14)
    ground = "all_admitted" if basics.method == "open_framework" else "recipients_choose"
    draft = ListingDraft(
        basics=basics,
        procedure=Procedure(ground=ground, ground_reason="由老人和家属自己选照料机构。"),
        lots=Lots((Lot("S02", "访视照料", Decimal(12000), "小时", basics.budget),)),
        requirement=Requirement("一、上门访视和日常照料。\n二、每次服务留下六要素记录。"),
        qualification=Qualification("无"),
        scoring=Scoring((), price_weight=Decimal(100)),
        milestones=Milestones(
            (MilestoneDraft("订单完成", Decimal(100), basics.service_to, "已审核的服务时数和验收记录"),)
        ),
        timetable=Timetable(closes),
        openers=Openers(tuple([(await actor(name, now)).person_id for name in OPENERS])),
    )
    draft = replace(draft, **{name: value for name, value in changed.items() if name in ListingDraft.__dataclass_fields__})  # noqa: E501
    listing = await draft_listing(draft, drafter, now)
    await save_framework(listing, terms_ or terms(), drafter, now)
    return listing


async def prepare_framework(listing: UUID, now: datetime) -> None:
    """The plan filed with finance, the need surveyed and reviewed."""
    drafter = await actor("tan.rong", now)
    await file_plan(listing, filed_plan(county_day(now)), drafter, now)
    await record_survey(listing, a_survey(county_day(now)), None, drafter, now)
    await record_review(listing, a_close_review(county_day(now)), drafter, now)


async def a_published_framework(now: datetime, terms_: FrameworkDraft | None = None, **changed: Any) -> Published:
    """Published by jiang.bo."""
    listing = await a_framework_draft(now, terms_, **changed)
    await prepare_framework(listing, now)
    await submit_for_review(listing, await actor("tan.rong", now), now)
    await publish_listing(listing, await actor("jiang.bo", now), now)
    row = await listings.listing_by_id(listing)
    return Published(listing, row["reference"], row["closes_at"], await listings.lots(listing), {})


async def an_evaluated_framework(
    start: datetime, prices: dict[str, str] | None = None, terms_: FrameworkDraft | None = None, **changed: Any
) -> tuple[Published, datetime]:
    """Opened, reviewed and computed by five experts; the bids as they came out of their seals."""
    listing = await a_published_framework(start, terms_, **changed)
    now = listing.closes_at + timedelta(hours=1)
    await close_if_due(listing.id, now)
    buyer = await actor("jiang.bo", now)
    await mark_opened(listing.id, buyer, now)
    for name, price in (prices or PRICES).items():
        provider = await a_provider(start, *(BIDDERS | MORE)[name])
        await _opened_bid(listing, provider, Offered(price), "closed_framework", buyer, now)
    experts = [await actor(name, now) for name in EXPERTS]
    for expert in experts:
        await appoint_member(listing.id, expert.person_id, "expert", "专家库随机抽取", buyer, now)
        await declare_interest(listing.id, False, "", expert, now)
    await all_conform(listing.id, now)
    for expert in experts:
        await lock_marks(listing.id, expert, now)
    await compute_results(listing.id, experts[0], now)
    await everybody_signs(listing.id, now)
    return listing, now + timedelta(hours=1)


async def an_announced_framework(
    start: datetime, prices: dict[str, str] | None = None, terms_: FrameworkDraft | None = None, **changed: Any
) -> tuple[Published, str, datetime]:
    """Determined and announced by jiang.bo; gives the framework's reference."""
    listing, now = await an_evaluated_framework(start, prices, terms_, **changed)
    decider = await actor("jiang.bo", now)
    await determine_admission(listing.id, decider, now)
    reference = await publish_admission(listing.id, decider, now)
    assert reference is not None
    return listing, reference, now


async def director_of(name: str, now: datetime) -> Actor:
    """The person who signs for a provider."""
    code = (BIDDERS | MORE)[name][1]
    return await actor_by_name(f"director.{code[-4:]}", now)


async def actor_by_name(username: str, now: datetime) -> Actor:
    """Anybody by user name."""
    from_cast = await actor("wang.min", now)
    assert from_cast
    person = await fetchval("SELECT id FROM person WHERE username = $1", username)
    found = await actor_of(person)
    assert found is not None
    return found


async def a_signed_framework(
    start: datetime, prices: dict[str, str] | None = None, terms_: FrameworkDraft | None = None
) -> AFramework:
    """Every agreement signed on both sides; the first day of the term, and a town with money."""
    listing, reference, now = await an_announced_framework(start, prices, terms_)
    framework = await fetchval("SELECT id FROM framework WHERE reference = $1", reference)
    names = {full: short for short, (full, _) in (BIDDERS | MORE).items()}
    places = {names[place["provider_name"]]: place for place in await places_of(framework)}
    signer = await actor("tan.rong", now)
    for name, place in places.items():
        await sign_agreement(place["id"], signer.name, signer, now)
        director = await director_of(name, now)
        await sign_agreement(place["id"], director.name, director, now)
    starts_on: date = await fetchval("SELECT starts_on FROM framework WHERE id = $1", framework)
    today = at_county_time(starts_on, 9)
    line = await a_budget_line(today, Decimal("100000.00"), "S02", "zhaozhen", "赵镇街道照料订单")
    fresh = {names[place["provider_name"]]: place for place in await places_of(framework)}
    return AFramework(
        framework, reference, listing.id, today, listing.lots[0]["id"], fresh, line, await actor("wang.min", today)
    )


OPEN = FrameworkDraft("pay_standard", "direct", ceilings={1: Decimal("40.00")})


async def an_open_framework(now: datetime) -> tuple[UUID, str]:
    """Published, taking applications until its term ends; its listing and that reference."""
    ends = county_day(now) + timedelta(days=760)
    listing = await a_published_framework(
        now, OPEN, method="open_framework", scoring=Scoring(()),
        timetable=Timetable(at_county_time(ends, 17)),
    )  # fmt: skip
    return listing.id, listing.reference
