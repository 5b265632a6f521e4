"""What the machine does in a rehearsal: begin a round, and any step in the place of those who would do it.

Each act is done by the same service that people use, as the person whose duty it is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from catalogue.listings import queries as listings
from catalogue.listings.methods import row_of
from catalogue.listings.services import publish_listing
from contracts.agreements.services import sign_contract
from evaluations.conformity.services import everything_conforms, vote_on_conformity
from evaluations.opening.queries import FINAL, FIRST, opened_bids
from evaluations.opening.review import decide_qualification, every_item_met, open_final_price_round
from evaluations.opening.services import KeyFile, release_key
from evaluations.panel.services import declare_interest
from evaluations.scoring.queries import marked_criteria
from evaluations.scoring.services import lock_marks, put_marks
from marketplace.accounts.actor import Actor
from marketplace.demo.cast import PASSWORD
from marketplace.demo.county import buying
from marketplace.demo.county.needs import EVALUATED, Need
from marketplace.demo.county.people import EXPERTS, actor
from marketplace.gateways.files import open_store
from marketplace.kernel import db
from marketplace.kernel.calendar import county_calendar
from marketplace.kernel.clock import at_county_time, county_day, turn_clock_to
from marketplace.kernel.db import fetch, fetchval, insert, transaction
from marketplace.kernel.settings import Settings
from marketplace.rehearsal.rules import BIDDER, DECIDER, DRAFTER, EXPERT, OTHER_BIDDERS, Facts
from marketplace.rehearsal.tables import RehearsalRound
from vendors.bids.contents import BidContents
from vendors.bids.rules import DECLARATIONS
from vendors.bids.services import FinalPrice, seal_bid, seal_final_price

ROUND_LOCK = 7_240_031  # any number of its own: two people who press at once begin one round after the other
AFTER = timedelta(minutes=5)
DAYS_TO_BID = 15
SHARES = {BIDDER: Decimal("0.95"), "tongxin": Decimal("0.97"), "huimin": Decimal("0.96")}
OWN_COSTS = "演练：已向各家核实，有合理解释。"
WORDS = "方案完整，人员到位。"
# what a member may mark under the expert whose place the reader takes, so that no two sheets are the same
APART = {"xu.lin": 1, "gao.feng": 2}


async def begin_round(now: datetime) -> int:
    """Allot a budget and write a whole draft for a new round; gives its number."""
    async with transaction():
        await db.execute("SELECT pg_advisory_xact_lock($1)", ROUND_LOCK)
        number = int(await fetchval("SELECT coalesce(max(number), 0) + 1 FROM rehearsal_round"))
        document = f"金财预〔{county_day(now).year}〕{800 + number}号（演练）"
        listing = await buying.draft(need_of(number, county_day(now)), document, now)
        await insert(RehearsalRound, number=number, listing=listing, begun_at=now)
    return number


def need_of(number: int, today: date) -> Need:
    """A year of service, bought by consultation from today on."""
    closes_on = county_calendar().next_workday(today + timedelta(days=DAYS_TO_BID))
    service_from = (closes_on + timedelta(days=45)).replace(day=1)
    return replace(
        EVALUATED,
        title=f"{EVALUATED.title}（演练第 {number} 轮）", title_en=f"{EVALUATED.title_en} (rehearsal, round {number})",
        published_at=at_county_time(today, 9), closes_at=at_county_time(closes_on, 14),
        service_from=service_from, service_to=service_from.replace(year=service_from.year + 1) - timedelta(days=1),
    )  # fmt: skip


async def _hand_over(facts: Facts, now: datetime, _: Settings) -> None:
    await buying.hand_over(facts.listing, now)


async def _publish(facts: Facts, now: datetime, _: Settings) -> None:
    await publish_listing(facts.listing, await actor(DECIDER), now)


async def _seal(usernames: Sequence[str], facts: Facts, now: datetime, settings: Settings) -> None:
    row, lot = await listings.listing_by_id(facts.listing), (await listings.lots(facts.listing))[0]
    for name in usernames:
        if name in facts.sealed_by:
            continue
        price = None if row_of(row).final_price else _price(name, lot["budget"])
        plan = f"{buying.PLAN}\n负责人：{(await actor(name)).name}。"
        contents = BidContents(
            declarations=DECLARATIONS, qualification_text="符合全部资格条件。", technical_text=plan, price=price
        )
        await seal_bid(lot["id"], contents, open_store(settings), await actor(name), now)


def _price(username: str, budget: Decimal) -> Decimal:
    return (budget * SHARES[username]).quantize(Decimal("0.01"))


async def _seal_own(facts: Facts, now: datetime, settings: Settings) -> None:
    await _seal((BIDDER,), facts, now, settings)


async def _seal_others(facts: Facts, now: datetime, settings: Settings) -> None:
    await _seal(OTHER_BIDDERS, facts, now, settings)


async def _wait_closing(facts: Facts, now: datetime, _: Settings) -> None:
    await turn_clock_to(max(now, facts.closes_at + AFTER))


async def _release(username: str, stage: str, facts: Facts, now: datetime, settings: Settings) -> None:
    identity = (settings.demo_identities_folder / f"{username}.age").read_bytes()
    key = KeyFile(facts.listing, stage, identity, PASSWORD)
    await release_key(key, open_store(settings), await actor(username), now)


async def _release_one(facts: Facts, now: datetime, settings: Settings) -> None:
    await _release("zhou.lan", FIRST, facts, now, settings)


async def _release_two(facts: Facts, now: datetime, settings: Settings) -> None:
    await _release("wu.gang", FIRST, facts, now, settings)


async def _review(facts: Facts, now: datetime, _: Settings) -> None:
    for bid in await opened_bids(facts.listing):
        if bid["is_qualified"] is None:
            await decide_qualification(await every_item_met(bid["id"]), await actor(DECIDER), now)


async def _appoint(facts: Facts, now: datetime, _: Settings) -> None:
    await buying.appoint(facts.listing, now)


async def _examine(usernames: Sequence[str], facts: Facts, now: datetime) -> None:
    for name in usernames:
        expert = await actor(name)
        if name not in facts.declared_by:
            await declare_interest(facts.listing, False, "", expert, now)
        if name not in facts.voted_by:
            for bid in await opened_bids(facts.listing):
                if bid["is_qualified"]:
                    await vote_on_conformity(await everything_conforms(bid["id"]), expert, now)


async def _examine_own(facts: Facts, now: datetime, _: Settings) -> None:
    await _examine((EXPERT,), facts, now)


async def _examine_others(facts: Facts, now: datetime, _: Settings) -> None:
    await _examine([name for name in EXPERTS if name != EXPERT], facts, now)


async def _ask_final(facts: Facts, now: datetime, _: Settings) -> None:
    await open_final_price_round(facts.listing, now + timedelta(days=1), await actor(DECIDER), now)


async def _final_prices(usernames: Sequence[str], facts: Facts, now: datetime, settings: Settings) -> None:
    lot = (await listings.lots(facts.listing))[0]
    for name in usernames:
        if name in facts.invited and name not in facts.final_sealed_by:
            price = FinalPrice(_price(name, lot["budget"]), name == "huimin")
            await seal_final_price(lot["id"], price, open_store(settings), await actor(name), now)


async def _final_own(facts: Facts, now: datetime, settings: Settings) -> None:
    await _final_prices((BIDDER,), facts, now, settings)


async def _final_others(facts: Facts, now: datetime, settings: Settings) -> None:
    await _final_prices(OTHER_BIDDERS, facts, now, settings)


async def _open_final(facts: Facts, now: datetime, settings: Settings) -> None:
    assert facts.final_closes_at is not None, "asked only after the final prices were asked for"
    later = max(now, facts.final_closes_at + AFTER)
    await turn_clock_to(later)
    for name in ("zhou.lan", "wu.gang"):
        if name not in facts.final_released_by:
            await _release(name, FINAL, facts, later, settings)


async def _signs(facts: Facts, now: datetime, _: Settings) -> None:
    await buying.explain_signs(facts.listing, OWN_COSTS, now)


async def _mark_own(facts: Facts, now: datetime, _: Settings) -> None:
    await _mark(facts.listing, EXPERT, {}, now)


async def _mark_others(facts: Facts, now: datetime, _: Settings) -> None:
    """The others agree on what is objective (R-COM-07) and differ a little on what is not."""
    rows = await fetch(
        "SELECT k.opened_bid, k.criterion, k.points FROM mark k JOIN panel_member m ON m.id = k.member"
        " JOIN person p ON p.id = m.person WHERE m.listing = $1 AND p.username = $2",
        facts.listing, EXPERT,
    )  # fmt: skip
    first = {(row["opened_bid"], row["criterion"]): row["points"] for row in rows}
    for name in EXPERTS:
        if name not in facts.locked_by:
            await _mark(facts.listing, name, first, now)
    if facts.status not in ("evaluated", "determined", "awarded"):
        experts: list[Actor] = [await actor(name) for name in EXPERTS]
        await buying.end_scoring(facts.listing, experts, now)


async def _mark(listing: UUID, username: str, first: dict[tuple[UUID, UUID], Decimal], now: datetime) -> None:
    expert, criteria = await actor(username), await marked_criteria(listing)
    for place, bid in enumerate(await opened_bids(listing)):
        marks: dict[UUID, tuple[Decimal, str]] = {}
        for each in criteria:
            top = Decimal(each["points"]) * (9 - place) // 10
            points = first.get((bid["id"], each["id"]), top)
            less = 0 if each["is_objective"] else APART.get(username, 0)
            marks[each["id"]] = (max(points - less, Decimal(0)), WORDS)
        await put_marks(listing, bid["id"], marks, expert, now)
    await lock_marks(listing, expert, now)


async def _determine(facts: Facts, now: datetime, _: Settings) -> None:
    await buying.determine(facts.listing, now)


async def _announce(facts: Facts, now: datetime, _: Settings) -> None:
    await buying.announce(facts.listing, now)


async def _sign(username: str, facts: Facts, now: datetime) -> None:
    contract = await fetchval("SELECT id FROM contract WHERE reference = $1", facts.contract)
    person = await actor(username)
    await sign_contract(contract, person.name, person, now)


async def _sign_buyer(facts: Facts, now: datetime, _: Settings) -> None:
    await _sign(DRAFTER, facts, now)


async def _sign_provider(facts: Facts, now: datetime, _: Settings) -> None:
    await _sign(facts.winner, facts, now)


# what is done when the reader asks the machine to do a step
ACTS: dict[str, Callable[[Facts, datetime, Settings], Awaitable[None]]] = {
    "hand_over": _hand_over, "publish": _publish, "seal": _seal_own, "others_seal": _seal_others,
    "wait_closing": _wait_closing, "release_one": _release_one, "release_two": _release_two, "review": _review,
    "appoint": _appoint, "examine": _examine_own, "others_examine": _examine_others, "ask_final": _ask_final,
    "final_price": _final_own, "others_final": _final_others, "open_final": _open_final, "signs": _signs,
    "mark": _mark_own, "others_mark": _mark_others, "determine": _determine, "announce": _announce,
    "sign_buyer": _sign_buyer, "sign_provider": _sign_provider,
}  # fmt: skip
