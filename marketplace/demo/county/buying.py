"""How the demo county buys: each act by the real service, at its own moment of the county clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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
    Qualification,
    Requirement,
    Scoring,
    Terms,
    Timetable,
)
from catalogue.listings.methods import row_of
from catalogue.listings.services import draft_listing, publish_listing, submit_for_review
from catalogue.plans.services import NewAllotment, allot_budget
from evaluations.awards.services import determine_award, publish_award_notice
from evaluations.conformity.services import everything_conforms, vote_on_conformity
from evaluations.opening.collusion import answer
from evaluations.opening.queries import FINAL, FIRST, opened_bids
from evaluations.opening.review import decide_qualification, every_item_met, open_final_price_round
from evaluations.opening.services import KeyFile, release_key
from evaluations.panel.chair import vote_for_chair
from evaluations.panel.queries import member_of
from evaluations.panel.services import appoint_member, declare_interest
from evaluations.reports.services import Signed, draw_up_report, sign_report
from evaluations.scoring.queries import marked_criteria
from evaluations.scoring.services import compute_results, lock_marks, put_marks
from evaluations.signs.queries import signs_on
from evaluations.signs.rules import Outcome as SignOutcome
from evaluations.signs.services import Answer
from marketplace.accounts.actor import Actor
from marketplace.accounts.throttle.services import keyed
from marketplace.demo.cast import PASSWORD
from marketplace.demo.county.finance_codes import codes_for
from marketplace.demo.county.needs import STANDING_GROUND, Need
from marketplace.demo.county.people import EXPERTS, OPENERS, PROVIDERS, actor, demo_page, office
from marketplace.demo.county.preparing import prepare
from marketplace.demo.notices import monthly
from marketplace.gateways.files import open_store
from marketplace.kernel.clock import turn_clock_to
from marketplace.kernel.settings import Settings
from vendors.bids.contents import BidContents
from vendors.bids.papers import Attachment
from vendors.bids.rules import DECLARATIONS
from vendors.bids.seals import Seal, SealKind
from vendors.bids.services import FinalPrice, seal_bid, seal_final_price
from vendors.bids.traces import NO_TRACE, Trace

DRAFTER, DECIDER = "wang.min", "li.qiang"
DRAWN_FROM = "四川省政府采购评审专家库，随机抽取"
PLAN = "按采购需求逐项安排人员和时间；每月复核一次，每半年培训一次，投诉 24 小时内回复。"
LATER = timedelta(minutes=5)
LETTER = "投标函（盖章）.pdf"
OWN_COSTS = "已核对各家的报价明细：按各自的人员和成本测算，没有相互参照；文件也没有相同之处。"
NAMES = [provider[0] for provider in PROVIDERS]


@dataclass(frozen=True)
class Offer:
    """What a provider asks: the final price of a consultation, else the price sealed with the bid. Yuan."""

    username: str
    price: str
    is_small_micro: bool = False


async def at(moment: datetime) -> datetime:
    """Turn the county clock to a moment."""
    await turn_clock_to(moment)
    return moment


async def allot(year: int, item: str, title: str, amount: Decimal, document: str, now: datetime) -> UUID:
    """Finance allots a line to the sub-district."""
    codes = codes_for(item, year, document)
    allotment = NewAllotment(year, item, title, await office("zhaozhen"), amount, document, codes)
    return await allot_budget(allotment, await actor("zhao.lei"), now)


async def draft(need: Need, document: str, now: datetime, openers: Sequence[str] = OPENERS[:2]) -> UUID:
    """Allotted, and drafted in all its parts; openers may be more than the two that are needed."""
    line = await allot(need.service_from.year, need.item, need.title, need.budget, document, now)
    people = [(await actor(name)).person_id for name in openers]
    drafter = await actor(DRAFTER)
    listing = await draft_listing(await as_draft(need, line, people), drafter, now)
    await prepare(listing, need, drafter, now)
    return listing


async def as_draft(need: Need, line: UUID, openers: Sequence[UUID]) -> ListingDraft:
    """A need as a whole draft."""
    return ListingDraft(
        basics=Basics(
            title=need.title, title_en=need.title_en, method=need.method, budget_line=line, budget=need.budget,
            ceiling=need.budget, service_from=need.service_from, service_to=need.service_to,
            towns=(await office("zhaozhen"),), reservation_ground=need.reservation_ground,
            long_term_reason=need.long_term_reason,
        ),
        lots=Lots((Lot(need.item, need.title, need.quantity, need.unit, need.budget),)),
        requirement=Requirement(need.requirement),
        qualification=Qualification(need.qualification),
        scoring=Scoring(
            need.factors, need.price_weight, small_micro_deduction=need.deduction,
            past_performance_form=need.past_performance,
            past_performance_ground=STANDING_GROUND if need.bands else "", bands=dict(need.bands or {}),
        ),
        milestones=milestones(need),
        timetable=Timetable(need.closes_at, need.documents_until, documents_from=need.documents_from),
        openers=Openers(tuple(openers)),
        terms=Terms(performance_bond=need.performance_bond, late_rate=need.late_rate) if need.late_rate else None,
    )  # fmt: skip


def milestones(need: Need) -> Milestones:
    """One payment a month, or one at the end."""
    if need.is_paid_monthly:
        return monthly(need.service_from, need.service_to)
    evidence = "已审核的服务记录和验收记录"
    return Milestones((MilestoneDraft("服务期满", Decimal(100), need.service_to, evidence),))


async def hand_over(listing: UUID, now: datetime) -> None:
    """The drafter hands it to the reviewer."""
    await submit_for_review(listing, await actor(DRAFTER), now)


async def publish(need: Need, document: str, openers: Sequence[str] = OPENERS[:2]) -> UUID:
    """Drafted the hour before, reviewed by another person and published at its moment."""
    now = await at(need.published_at - timedelta(hours=1))
    listing = await draft(need, document, now, openers)
    return await publish_draft(listing, need.published_at)


async def publish_draft(listing: UUID, moment: datetime) -> UUID:
    """Hand a draft over and publish it."""
    now = await at(moment)
    await hand_over(listing, now)
    await publish_listing(listing, await actor(DECIDER), now)
    return listing


async def reference_of(listing: UUID) -> str:
    """The public reference."""
    return str((await listings.listing_by_id(listing))["reference"])


async def seal(
    listing: UUID, offers: Sequence[Offer], moment: datetime, settings: Settings, at_the_hall: Sequence[str] = ()
) -> None:
    """Each provider seals a bid for the one lot, some of them at the public computer of the service hall."""
    now = await at(moment)
    row = await listings.listing_by_id(listing)
    lot = (await listings.lots(listing))[0]["id"]
    for offer in offers:
        price = None if row_of(row).final_price else Decimal(offer.price)
        contents = BidContents(
            declarations=DECLARATIONS, qualification_text="符合全部资格条件。", technical_text=PLAN, price=price,
            attachments=[Attachment(LETTER, demo_page(f"Letter of bid of {offer.username}, stamped"))],
            seal=Seal(LETTER, SealKind.STAMPED),
        )  # fmt: skip
        hall = Trace(address=keyed("203.0.113.20", settings.secret("sealing-trace")))
        trace = hall if offer.username in at_the_hall else NO_TRACE
        await seal_bid(lot, contents, open_store(settings), await actor(offer.username), now, trace)


async def release(listing: UUID, stage: str, moment: datetime, settings: Settings) -> None:
    """As many openers as are needed release their parts."""
    now = await at(moment)
    named = {row["person"] for row in await listings.openers(listing)}
    left = int((await listings.listing_by_id(listing))["openers_needed"])
    for username in OPENERS:
        opener = await actor(username)
        if opener.person_id in named and left:
            left -= 1
            identity = (settings.demo_identities_folder / f"{username}.age").read_bytes()
            await release_key(KeyFile(listing, stage, identity, PASSWORD), open_store(settings), opener, now)


async def open_bids(listing: UUID, settings: Settings) -> datetime:
    """Opened after the deadline and reviewed by the buyer; gives the moment."""
    now = (await listings.listing_by_id(listing))["closes_at"] + LATER
    await release(listing, FIRST, now, settings)
    buyer = await actor(DECIDER)
    for bid in await opened_bids(listing):
        await decide_qualification(await every_item_met(bid["id"]), buyer, now)
    return now


async def final_prices(listing: UUID, offers: Sequence[Offer], opened_at: datetime, settings: Settings) -> datetime:
    """A day for final prices, sealed and opened; gives the moment."""
    closes_at = opened_at + timedelta(days=1)
    await open_final_price_round(listing, closes_at, await actor(DECIDER), opened_at)
    lot, now = (await listings.lots(listing))[0]["id"], await at(opened_at + timedelta(hours=3))
    for offer in offers:
        price = FinalPrice(Decimal(offer.price), offer.is_small_micro)
        await seal_final_price(lot, price, open_store(settings), await actor(offer.username), now)
    await release(listing, FINAL, closes_at + LATER, settings)
    return closes_at + LATER


async def explain_signs(listing: UUID, reason: str, now: datetime, decider: str = DECIDER) -> None:
    """The buyer looks at each sign of collusion and finds it explained."""
    buyer, row = await actor(decider), await listings.listing_by_id(listing)
    for sign in await signs_on(listing):
        await answer(sign["id"], row, Answer(SignOutcome.EXPLAINED, reason), buyer, now)


async def appoint(listing: UUID, now: datetime) -> list[Actor]:
    """Three experts drawn from the library."""
    buyer, experts = await actor(DECIDER), [await actor(name) for name in EXPERTS]
    for expert in experts:
        await appoint_member(listing, expert.person_id, "expert", DRAWN_FROM, buyer, now)
    return experts


async def declare(listing: UUID, experts: Sequence[Actor], now: datetime) -> None:
    """Nothing ties them to a bidder."""
    for expert in experts:
        await declare_interest(listing, False, "", expert, now)


async def conform(listing: UUID, experts: Sequence[Actor], now: datetime) -> None:
    """Every member misses nothing in any bid."""
    for bid in await opened_bids(listing):
        vote = await everything_conforms(bid["id"])
        for expert in experts:
            await vote_on_conformity(vote, expert, now)


async def score(listing: UUID, experts: Sequence[Actor], now: datetime) -> None:
    """Each marks alone and locks; then the results. Plans are as good as their providers stand in the cast."""
    criteria = await marked_criteria(listing)
    for number, expert in enumerate(experts):
        for bid in await opened_bids(listing):
            rank = NAMES.index(bid["provider_name"])
            marks = {c["id"]: (_points(c, rank, number), "方案完整，人员到位。") for c in criteria}
            await put_marks(listing, bid["id"], marks, expert, now)
    for expert in experts:
        await lock_marks(listing, expert, now)
    await end_scoring(listing, experts, now)


async def end_scoring(listing: UUID, experts: Sequence[Actor], now: datetime) -> None:
    """All have locked: the results, and the report that everybody signs."""
    await compute_results(listing, experts[-1], now)
    await sign(listing, experts, now)


async def sign(listing: UUID, experts: Sequence[Actor], now: datetime) -> None:
    """The experts elect the first of them, who draws the report up; everybody signs it."""
    chair = await member_of(listing, experts[0].person_id)
    assert chair is not None, "the first expert sits on the panel"
    for expert in experts[: len(experts) // 2 + 1]:
        await vote_for_chair(listing, chair["id"], expert, now)
    await draw_up_report(listing, "", experts[0], now)
    for expert in experts:
        await sign_report(listing, Signed(expert.name), expert, now)


def _points(criterion: Mapping[str, Any], rank: int, member: int) -> Decimal:
    # an objective factor is the same for every member (R-COM-07)
    spread = 0 if criterion["is_objective"] else member
    return max(Decimal(criterion["points"]) * (9 - 2 * min(rank, 2)) // 10 - spread, Decimal(0))


async def determine(listing: UUID, now: datetime) -> None:
    """The buyer determines the first-ranked."""
    await determine_award((await listings.lots(listing))[0]["id"], await actor(DECIDER), await at(now))


async def announce(listing: UUID, now: datetime) -> UUID:
    """The result notice; gives the contract that is drawn up."""
    (contract,) = await publish_award_notice(listing, await actor(DECIDER), await at(now))
    return contract


async def judged_for_final_prices(
    listing: UUID, offers: Sequence[Offer], settings: Settings
) -> tuple[list[Actor], datetime]:
    """Opened and reviewed by buyer and panel, then the final prices; gives the panel and the moment."""
    opened_at = await open_bids(listing, settings)
    experts = await appoint(listing, opened_at)
    await declare(listing, experts, opened_at)
    await conform(listing, experts, opened_at)
    return experts, await final_prices(listing, offers, opened_at, settings)


async def award_consultation(listing: UUID, offers: Sequence[Offer], settings: Settings) -> UUID:
    """From the deadline of a consultation to its result notice; gives the contract."""
    experts, now = await judged_for_final_prices(listing, offers, settings)
    await explain_signs(listing, OWN_COSTS, now)
    await score(listing, experts, now)
    await determine(listing, now + timedelta(hours=2))
    return await announce(listing, now + timedelta(hours=3))


async def award_by_standing(listing: UUID, settings: Settings) -> UUID:
    """From the deadline of a purchase under the limit to its result notice; gives the contract."""
    now = await open_bids(listing, settings)
    await determine(listing, now + timedelta(hours=2))
    return await announce(listing, now + timedelta(hours=3))
