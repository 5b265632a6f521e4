"""The years before: what was bought, served, paid, evaluated, cancelled and called again until the end of 2025."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from catalogue.interruptions.services import cancel_published
from catalogue.listings.drafts import Timetable
from catalogue.listings.queries import draft_page
from catalogue.listings.services import save_draft
from catalogue.relisting.services import relist
from contracts.acceptance.rules import Failing
from contracts.amendments.services import Supplement
from evaluations.opening.services import end_without_bids
from marketplace.demo.county import buying, prechecks, serving
from marketplace.demo.county.buying import DECIDER, DRAFTER, Offer, at
from marketplace.demo.county.needs import (
    AFTER_N1,
    FIRST,
    N1,
    N3,
    N7,
    N8,
    N8_AGAIN_AT,
    N8_AGAIN_CLOSES_AT,
    N9,
    Need,
)  # fmt: skip
from marketplace.demo.county.people import (
    NEXT_WORKERS,
    ROSTERS,
    actor,
    begin_file,
    complete_file,
    enter_roster,
    enter_workers,
    hand_in_file,
)
from marketplace.demo.county.preparing import prepare
from marketplace.demo.county.serving import Served
from marketplace.demo.notices import DEDUCTIONS
from marketplace.kernel import db
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.settings import Settings

DAY = timedelta(days=1)
MORE_IN_2024 = Supplement(
    Decimal("0.03"), date(2024, 12, 31), "第三季度新增低收入家庭，需要增加入户走访。", "赵街办发〔2024〕19号"
)
FIRST_PROVIDER, SECOND, FIRM = "nuanyang", "tongxin", "huimin"


async def listing_of(need: Need) -> UUID:
    """The newest listing of a need."""
    found: UUID = await db.fetchval(
        "SELECT id FROM listing WHERE title LIKE $1 || '%' AND service_from = $2 ORDER BY drafted_at DESC LIMIT 1",
        need.title, need.service_from,
    )  # fmt: skip
    return found


async def served_by(need: Need, provider: str = FIRST_PROVIDER) -> Served:
    """The contract that came of a need."""
    contract = await db.fetchval("SELECT id FROM contract WHERE listing = $1", await listing_of(need))
    return Served(contract, provider)


async def files_and_workers(now: datetime, settings: Settings) -> None:
    """Two providers put their papers in; the first has a whole file and is pre-checked, the second has half of one."""
    for username, valid_until in ((FIRST_PROVIDER, date(2026, 4, 10)), (SECOND, date(2026, 12, 31))):
        await hand_in_file(username, now, settings, valid_until)
    await complete_file(FIRST_PROVIDER, now)
    await begin_file(SECOND, now)
    await prechecks.passed(FIRST_PROVIDER, ("A02", "S01"), now + DAY)
    await enter_workers(now)


async def _bought(need: Need, document: str, offers: tuple[Offer, ...], settings: Settings) -> None:
    """A consultation from its notice to the signed contract."""
    listing = await buying.publish(need, document)
    await buying.seal(listing, offers, need.closes_at - 2 * DAY, settings)
    contract = await buying.award_consultation(listing, offers, settings)
    await serving.sign(Served(contract, offers[0].username), need.closes_at + 5 * DAY)


async def year_2022_bought(_: datetime, settings: Settings) -> None:
    """N9: published in the format of 2020, documents from the Monday after, awarded within the month."""
    offers = (Offer(FIRST_PROVIDER, "1290000.00"), Offer(SECOND, "1300000.00"), Offer(FIRM, "1310000.00", True))
    await _bought(N9, "金财预〔2021〕31号", offers, settings)


async def year_2022_served(_: datetime, settings: Settings) -> None:
    """Served through 2022, accepted once and paid."""
    served = await served_by(N9)
    for month in range(1, 13):
        await serving.month_of_visits(served, date(2022, month, 1), (7, 18))
    await serving.pay(served, 1, await at(at_county_time(date(2023, 1, 5), 10)), settings)
    await serving.hand_over(served, await at(at_county_time(date(2023, 1, 6), 10)))


async def checks_cancelled(_: datetime, __: Settings) -> None:
    """N3: published, and cancelled before its deadline."""
    listing = await buying.publish(N3, "金财预〔2022〕18号")
    now = await at(at_county_time(date(2022, 8, 15), 15))
    reason = "上级部门统一组织核查，本项目不再单独采购。"
    await cancel_published(await buying.reference_of(listing), "task_cancelled", reason, await actor(DECIDER), now)


async def year_2024_bought(_: datetime, settings: Settings) -> None:
    """N1: reserved for nobody, on the recorded ground; awarded in December 2023."""
    offers = (Offer(FIRST_PROVIDER, "488000.00"), Offer(SECOND, "495000.00"))
    await _bought(N1, "金财预〔2023〕45号", offers, settings)
    await serving.give_bond(await served_by(N1), N1.closes_at + 7 * DAY, settings)


async def year_2024_served(_: datetime, settings: Settings) -> None:
    """Eleven months: visits, hours approved, accepted, invoiced, paid. March has a deduction, May is sent back once,
    July brings a supplementary contract, August is paid late with interest.
    """
    served = await served_by(N1)
    missed = Failing(DEDUCTIONS[1].condition, DEDUCTIONS[1].percent, 1, "台账有一户三月没有走访记录")
    for month in range(1, 12):
        accepted_at = await _accepted_at(served, date(2024, month, 1))
        if month == 5:
            accepted_at += timedelta(days=7)
            await serving.send_back(served, month, accepted_at)
        if month == 7:
            await serving.supplement(served, MORE_IN_2024, accepted_at - 14 * DAY, settings)
        if month == 8:
            late = await serving.invoice(served, 8, await serving.accept(served, 8, await at(accepted_at)), accepted_at)
            continue
        await serving.pay(served, month, await at(accepted_at), settings, [missed] if month == 3 else ())
        if month == 9:
            await serving.settle_late(served, 8, late, 4, settings)


async def _accepted_at(served: Served, month: date) -> datetime:
    """A month of three visits, closed; gives when it is accepted."""
    await serving.month_of_visits(served, month, (8, 15, 22))
    return await serving.closing_time(served, month) + timedelta(hours=1)


async def year_2025_bought(_: datetime, settings: Settings) -> None:
    """The year after N1, by the county's own selection: the better record wins, though it asks a little more."""
    listing = await buying.publish(AFTER_N1, "金财预〔2024〕52号")
    offers = (Offer(SECOND, "476000.00"), Offer(FIRM, "474000.00", True))
    await buying.seal(listing, offers, AFTER_N1.closes_at - DAY, settings)
    await serving.sign(Served(await buying.award_by_standing(listing, settings), SECOND), AFTER_N1.closes_at + 5 * DAY)
    await enter_roster(*ROSTERS[1], date(2024, 12, 1), AFTER_N1.closes_at + 6 * DAY)


async def year_2024_ends(_: datetime, settings: Settings) -> None:
    """December; the residents pass to the next provider; the last month and the supplement paid, the bond returned."""
    served = await served_by(N1)
    accepted_at = await at(await _accepted_at(served, date(2024, 12, 1)))
    await serving.hand_over(served, accepted_at, await served_in_2025())
    for position in (12, 13):
        await serving.pay(served, position, await at(accepted_at + position * DAY), settings)
    await serving.return_bond(served, accepted_at + 14 * DAY)


async def served_in_2025() -> Served:
    """The contract of the year after N1."""
    return (await served_by(AFTER_N1, SECOND)).by(NEXT_WORKERS[0][1])


async def year_2025_begins(now: datetime, _: Settings) -> None:
    """Its first months."""
    await _months_of_2025(range(1, 5), now)


async def year_2025_goes_on(now: datetime, _: Settings) -> None:
    """Its middle."""
    await _months_of_2025(range(5, 11), now)


async def _months_of_2025(months: range, now: datetime) -> None:
    served = await served_in_2025()
    for month in months:
        await serving.month_of_visits(served, date(2025, month, 1), (9, 16), now)


async def year_2025_ends(now: datetime, settings: Settings) -> None:
    """Its last months, accepted in one and paid; the residents pass to the contract of 2026."""
    await _months_of_2025(range(11, 13), now)
    served = await served_in_2025()
    await serving.hand_over(served, now + timedelta(hours=1), await served_by(FIRST))
    await serving.pay(served, 1, await at(now + 3 * DAY), settings)


async def evaluation_bought(_: datetime, settings: Settings) -> None:
    """N7: under the limit, by the county's own selection; the standing decides."""
    listing = await buying.publish(N7, "金财预〔2025〕62号")
    offers = (Offer(SECOND, "46000.00"), Offer(FIRM, "47500.00", True))
    await buying.seal(listing, offers, N7.closes_at - DAY, settings)
    contract = await buying.award_by_standing(listing, settings)
    await serving.sign(Served(contract, SECOND), N7.closes_at + 5 * DAY)


async def year_2026_bought(_: datetime, settings: Settings) -> None:
    """The county's own year after N1."""
    offers = (Offer(FIRST_PROVIDER, "482000.00"), Offer(SECOND, "490000.00"), Offer(FIRM, "496000.00", True))
    await _bought(FIRST, "金财预〔2025〕70号", offers, settings)


async def care_called_once(_: datetime, settings: Settings) -> None:
    """N8: one bidder comes, so it fails at the deadline."""
    listing = await buying.publish(N8, "金财预〔2025〕81号")
    await buying.seal(listing, (Offer(FIRST_PROVIDER, "288000.00"),), N8.closes_at - DAY, settings)
    await end_without_bids(listing, None, await at(N8.closes_at + buying.LATER))


async def care_called_again(now: datetime, settings: Settings) -> None:
    """N8 again: listed anew in one act, two bidders, awarded."""
    drafter = await actor(DRAFTER)
    again = await relist(await buying.reference_of(await listing_of(N8)), drafter, await at(now - timedelta(hours=1)))
    version = (await draft_page(again, drafter))["version"]
    await save_draft(again, version, Timetable(N8_AGAIN_CLOSES_AT), drafter, now - timedelta(hours=1))
    await prepare(again, N8, drafter, now - timedelta(hours=1))
    await buying.publish_draft(again, N8_AGAIN_AT)
    offers = (Offer(FIRST_PROVIDER, "288000.00"), Offer(FIRM, "291000.00", True))
    await buying.seal(again, offers, N8_AGAIN_CLOSES_AT - DAY, settings)
    contract = await buying.award_by_standing(again, settings)
    await serving.sign(Served(contract, FIRST_PROVIDER), N8_AGAIN_CLOSES_AT + 4 * DAY)
