"""The months before the county's today: what is under way, and what waits for whom."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from catalogue.corrigenda.proposal import proposal_of
from catalogue.corrigenda.services import approve_corrigendum, draft_corrigendum, save_subject, submit_corrigendum
from catalogue.intentions.services import NewPlannedPurchase, plan_purchase, publish_intention
from catalogue.interest.services import follow_listing, take_documents
from catalogue.interruptions.rules import NewSuspension
from catalogue.interruptions.services import suspend_listing
from catalogue.listings.preparation.services import receive_plan
from catalogue.listings.queries import listing_by_id
from catalogue.plans.change_rules import ChangeKind
from catalogue.plans.changes import NewChange, propose_change
from catalogue.questions.services import NewAnswer, NewQuestion, answer_question, ask_question
from contracts.billing.delays import explain_delay
from contracts.visits.extras import Extras
from contracts.visits.services import return_visit
from marketplace.demo.county import buying, serving
from marketplace.demo.county.buying import DECIDER, DRAFTER, Offer, at
from marketplace.demo.county.earlier import FIRM, FIRST_PROVIDER, SECOND, listing_of, served_by
from marketplace.demo.county.needs import (
    CLOSED,
    EVALUATED,
    FIRST,
    IN_REVIEW,
    N4,
    N5,
    N6,
    N8,
    OPENED,
    SUSPENDED,
    TO_DRAFT,
)  # fmt: skip
from marketplace.demo.county.people import OPENERS, actor, hand_in_file
from marketplace.demo.county.serving import Served
from marketplace.kernel import db
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.settings import Settings

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
SECOND_WORKER = "luo.lan"
OFFERS = (Offer(FIRST_PROVIDER, "700000.00"), Offer(SECOND, "712000.00"), Offer(FIRM, "705000.00", True))
SELECTION_OFFERS = (Offer(FIRST_PROVIDER, "318000.00"), Offer(SECOND, "312000.00"))
# what came with two of March's visits, by day: a reviewer looks at these first
UNUSUAL = {
    5: Extras(["home"], "code", False, seconds=70),
    6: Extras(["home"], exception="elsewhere", exception_reason="本人在社区活动室，约在那里见面。", seconds=55),
}
AT_THE_HALL = "已核对县政务服务中心公用电脑的使用登记：两家先后在那里封存，编制人、附件和报价没有相同之处。"


async def plans(now: datetime, _: Settings) -> None:
    """The year's plan, two intentions told to the public and one that waits to be told."""
    drafter, reviewer = await actor(DRAFTER), await actor(DECIDER)
    planned = [
        await plan_purchase(
            NewPlannedPurchase(
                2026, need.item, need.title, need.budget, need.method, starts_on,
                need.requirement.splitlines()[0],
            ),
            drafter, now,
        )
        for need, starts_on in (
            (N5, N5.published_at.date()), (SUSPENDED, SUSPENDED.published_at.date()), (CLOSED, date(2026, 4, 27)),
        )
    ]  # fmt: skip
    for reference in planned[:2]:
        await publish_intention(reference, reviewer, now + timedelta(hours=2))


async def january(_: datetime, __: Settings) -> None:
    """The first month of the year's contract: two workers' visits, closed, accepted, invoiced."""
    served = await served_by(FIRST)
    second = Served(served.contract, served.provider, SECOND_WORKER)
    for day in (9, 16, 23):
        await serving.visit(second, JANUARY.replace(day=day), 100 + day, hours=4)
    await serving.month_of_visits(served, JANUARY, (8, 15, 22, 29))
    closed = await serving.closing_time(served, JANUARY)
    now = await at(closed + timedelta(hours=1))
    await serving.invoice(served, 1, await serving.accept(served, 1, now), now + timedelta(hours=1))


async def january_paid_late(now: datetime, settings: Settings) -> None:
    """January's money comes three days after its last day, with the reason told."""
    served, payer = await served_by(FIRST), await actor(serving.PAYER)
    sent = await db.fetchrow(
        "SELECT id, reference FROM invoice WHERE contract = $1 ORDER BY received_at", served.contract
    )
    assert sent is not None
    await explain_delay(sent["reference"], "国库支付系统年初升级，当时未能支付。", payer, now)
    await serving.settle(served, 1, sent["id"], now + timedelta(hours=1), settings)


async def open_tender(_: datetime, __: Settings) -> None:
    """N5 by its amount: an open tender, intended in January."""
    await buying.publish(N5, "金财预〔2026〕9号")


async def information_published(_: datetime, __: Settings) -> None:
    """A consultation that will be scored."""
    await buying.publish(EVALUATED, "金财预〔2026〕11号")


async def two_published(_: datetime, __: Settings) -> None:
    """N4, a selection under the limit, and a consultation whose panel will be at work."""
    await buying.publish(N4, "金财预〔2026〕12号")
    await buying.publish(OPENED, "金财预〔2026〕13号")


async def enquiry_published(_: datetime, __: Settings) -> None:
    """A consultation that will be suspended."""
    await buying.publish(SUSPENDED, "金财预〔2026〕14号")


async def february(_: datetime, __: Settings) -> None:
    """February: closed in both contracts and accepted in one, whose invoice waits for finance."""
    served, care = await served_by(FIRST), await served_by(N8)
    second = Served(served.contract, served.provider, SECOND_WORKER)
    for day in (6, 13):
        await serving.visit(second, FEBRUARY.replace(day=day), 100 + day, hours=4)
        await serving.visit(Served(care.contract, care.provider, SECOND_WORKER), FEBRUARY.replace(day=day + 4), 200)
    # two who are at one resident at once, for two items: found when February's subsidy is published
    await serving.visit(second, date(2026, 2, 9), 9, 11, 2)
    await serving.visit(served, date(2026, 2, 10), 200, 11, 2)
    await serving.month_of_visits(served, FEBRUARY, (5, 12, 26))
    await serving.month_of_visits(care, FEBRUARY, (9,))
    now = await at(at_county_time(date(2026, 3, 1), 14))
    await serving.invoice(served, 2, await serving.accept(served, 2, now), now + timedelta(hours=1))


async def assessment_published(_: datetime, __: Settings) -> None:
    """A consultation with three openers of whom two are needed."""
    await buying.publish(CLOSED, "金财预〔2026〕15号", OPENERS)


async def tender_read(now: datetime, _: Settings) -> None:
    """Three providers take the tender's documents and follow it."""
    reference = await buying.reference_of(await listing_of(N5))
    for username in (FIRST_PROVIDER, SECOND, FIRM):
        reader = await actor(username)
        await take_documents(reference, reader, now)
        await follow_listing(reference, reader, now)


async def after_publication(now: datetime, settings: Settings) -> None:
    """The tender is bid for and asked about; a question is answered, a corrigendum approved."""
    tender = await listing_of(N5)
    reference = await buying.reference_of(tender)
    await buying.seal(tender, (Offer(SECOND, "7420000.00"),), now, settings)
    await buying.seal(await listing_of(N4), SELECTION_OFFERS, now, settings)
    asked = NewQuestion("每月服务人数有变化的，按实际人数还是按计划人数结算？", wants_change=True)
    question = await ask_question(reference, asked, await actor(FIRST_PROVIDER), now)
    answer = NewAnswer(asked.asked, "按每月已审核的实际服务人数结算，详见更正公告。")
    await answer_question(reference, question, answer, await actor(DRAFTER), now + timedelta(hours=3))
    await _correct(reference, await at(now + timedelta(hours=6)))


async def _correct(reference: str, now: datetime) -> None:
    drafter, listing = await actor(DRAFTER), await listing_by_id(await listing_of(N5))
    changed = f"{N5.requirement}\n四、每月 5 日前核对上月实际服务人数，按核对后的人数结算。"
    corrigendum = await draft_corrigendum(reference, "写明结算人数怎样核对", True, drafter, now)
    await save_subject(corrigendum, "requirement", {"requirement": changed}, drafter, now)
    await submit_corrigendum(corrigendum, drafter, now)
    row = await db.fetchrow("SELECT * FROM corrigendum WHERE id = $1", corrigendum)
    assert row is not None
    shown = (await proposal_of(dict(row), listing, now)).closing.closes_at
    await approve_corrigendum(corrigendum, shown, await actor(DECIDER), now + timedelta(hours=1))


async def selection_opened(_: datetime, settings: Settings) -> None:
    """N4: opened and reviewed."""
    await buying.open_bids(await listing_of(N4), settings)


async def information_sealed(now: datetime, settings: Settings) -> None:
    """Three bids for the consultation that will be scored."""
    await buying.seal(await listing_of(EVALUATED), OFFERS, now, settings, (SECOND, FIRM))


async def enquiry_suspended(now: datetime, _: Settings) -> None:
    """Suspended while a challenge to its documents is looked at."""
    new = NewSuspension("challenge", "有供应商对采购文件提出质疑，正在核实。", date(2026, 3, 25))
    await suspend_listing(await buying.reference_of(await listing_of(SUSPENDED)), new, await actor(DECIDER), now)


async def information_evaluated(_: datetime, settings: Settings) -> None:
    """Opened, final prices, scored; the buyer has not determined yet."""
    listing = await listing_of(EVALUATED)
    experts, now = await buying.judged_for_final_prices(listing, OFFERS, settings)
    await buying.explain_signs(listing, AT_THE_HALL, now)
    await buying.score(listing, experts, now)


async def abilities_sealed(now: datetime, settings: Settings) -> None:
    """Two bids for the consultation that the panel will mark."""
    await buying.seal(await listing_of(OPENED), OFFERS[:2], now, settings)


async def demonstration_published(_: datetime, __: Settings) -> None:
    """N6: under the limit, open for offers."""
    await buying.publish(N6, "金财预〔2026〕16号")


async def abilities_opened(_: datetime, settings: Settings) -> None:
    """Opened with final prices; the panel found both bids to conform, none has marked or locked."""
    listing = await listing_of(OPENED)
    await buying.judged_for_final_prices(listing, OFFERS[:2], settings)


async def sealed_and_drafted(now: datetime, settings: Settings) -> None:
    """Bids for what closes tomorrow, a question nobody has answered, and a draft begun."""
    await buying.seal(await listing_of(CLOSED), OFFERS, now, settings)
    unanswered = NewQuestion("服务人员可以从本地招聘吗？")
    await ask_question(await buying.reference_of(await listing_of(N5)), unanswered, await actor(FIRM), now)
    await buying.draft(TO_DRAFT, "金财预〔2026〕17号", now)


async def handed_over(now: datetime, _: Settings) -> None:
    """N4 is determined, its result waits to be announced; a whole draft waits for its reviewer."""
    await buying.determine(await listing_of(N4), now)
    await buying.hand_over(await buying.draft(IN_REVIEW, "金财预〔2026〕18号", now), now + timedelta(hours=1))


async def waiting_today(now: datetime, settings: Settings) -> None:
    """March's visits, one returned; a file to check; an evaluation; a change of the budget."""
    served, approver = await served_by(FIRST), await actor(serving.APPROVER)
    for worker, *days in ((serving.WORKERS[0][1], 5, 12), (SECOND_WORKER, 6, 13)):
        for day in days:
            by = Served(served.contract, served.provider, worker)
            visit = await serving.visit(by, date(2026, 3, day), day, extras=UNUSUAL.get(day))
        await return_visit(served.contract, visit, "服务时间和台账不一致，请核对。", approver, now)
    await hand_in_file(FIRM, now, settings, date(2027, 3, 31))
    await serving.plan(served, (JANUARY, date(2026, 2, 28)), now)
    await _receive_plans(now)
    line = await db.fetchval("SELECT reference FROM budget_line WHERE title = $1", N6.title)
    reason = NewChange(ChangeKind.SUPPLEMENT, Decimal("30000.00"), "服务镇（街道）增加", "金财预〔2026〕21号")
    await propose_change(line, reason, await actor(serving.PAYER), now)


async def _receive_plans(now: datetime) -> None:
    """Finance has noted every plan that came in but those of this month."""
    finance = await actor("zhao.lei")
    this_month = at_county_time(date(2026, 3, 1))
    for row in await db.fetch("SELECT id FROM implementation_plan WHERE filed_at < $1", this_month):
        await receive_plan(row["id"], finance, now)
