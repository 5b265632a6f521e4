"""How contracts of the demo county are served, paid and evaluated: each act by the real service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from contracts.acceptance.plan_queries import is_unheard, sample_of
from contracts.acceptance.plan_rules import Answer, Channel
from contracts.acceptance.plans import draw_sample, enter_opinion
from contracts.acceptance.requests import Rejection, reject_milestone, request_acceptance
from contracts.acceptance.rules import Failing, Finding, ItemFinding
from contracts.acceptance.services import Certificate, accept_milestone, items_to_find, milestone_at
from contracts.agreements.queries import contract_by_id
from contracts.agreements.services import sign_contract
from contracts.amendments.papers import add_paper
from contracts.amendments.services import Supplement, propose_supplement, sign_amendment
from contracts.billing.delays import explain_delay
from contracts.billing.interest import approve_interest
from contracts.billing.queries import invoice_by_id, payments_of
from contracts.billing.services import approve_payment, confirm_paid, make_treasury_file, submit_invoice
from contracts.billing.steps import step_of, take_step
from contracts.billing.vouchers import release_voucher
from contracts.deposits.queries import asked_for_contract
from contracts.deposits.returns import record_returned, return_all_due
from contracts.deposits.services import HandedPaper, confirm_arrival, declare_transfer
from contracts.handovers.queries import handover_page
from contracts.handovers.rules import Passing
from contracts.handovers.services import confirm, open_handover, send_list
from contracts.visits.closing import close_month
from contracts.visits.extras import TASKS, Extras
from contracts.visits.queries import waiting_visits
from contracts.visits.rules import ContractTime, VisitPoints, last_day, may_close_on
from contracts.visits.services import approve_visits, log_visit
from evaluations.performance.rules import standard_table
from evaluations.performance.services import EvaluationPlan, plan_evaluation
from marketplace.accounts.documents.services import NewDocument
from marketplace.demo.county.buying import at
from marketplace.demo.county.people import WORKERS, actor, demo_page, office
from marketplace.gateways.files import open_store
from marketplace.gateways.treasury_files import TreasuryVoucherFile
from marketplace.kernel import db
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.forms import Bound
from marketplace.kernel.settings import Settings

SIGNER, APPROVER, PAYER, BUREAU, EVALUATOR = "wang.min", "chen.jing", "sun.yue", "liu.fang", "deng.li"
RELEASER = "zhao.lei"  # the voucher file is released by another person of finance
DIRECTOR = "li.qiang"
WINDOW = "luo.jie"
ARRANGED = "下一年的合同签订以前，由街道社会救助窗口每月上门一次。"
NOT_AGREED = "本人希望由街道救助窗口的人上门，已经约好每月的日子。"


@dataclass(frozen=True)
class Served:
    """A contract that is served: who provides, and which of the provider's workers goes."""

    contract: UUID
    provider: str
    worker: str = WORKERS[0][1]

    def by(self, worker: str) -> Served:
        """The same, with another of the provider's workers."""
        return replace(self, worker=worker)


async def sign(served: Served, moment: datetime) -> None:
    """Both sides sign."""
    now = await at(moment)
    for username in (SIGNER, served.provider):
        person = await actor(username)
        await sign_contract(served.contract, person.name, person, now)


async def visit(  # noqa: PLR0913 - who was visited, when and for how long, and what came with it
    served: Served, day: date, number: int, begins: int = 9, hours: int = 3, extras: Extras | None = None
) -> UUID:
    """One visit, logged on a phone in the evening of its day."""
    item = (await contract_by_id(served.contract))["item_code"]
    points = VisitPoints(
        served.contract, f"JT-R-{number:04d}", await office("zhaozhen"), "十里社区", day, time(begins),
        time(begins + hours), note="入户走访，核对家庭情况，说明申请材料。", extras=extras or _usual(item, day, number),
    )  # fmt: skip
    return await log_visit(uuid4(), points, await actor(served.worker), at_county_time(day, 20))


def _usual(item: str, day: date, number: int) -> Extras:
    """What usually comes with a visit: the item's tasks, and the resident's short code; else slip or committee."""
    tasks = [key for key, _ in TASKS.get(item, ())][: 1 + number % 2]
    usual = Extras(tasks, seconds=25 + number * 7 % 50)
    if day.day % 7 == 1:
        return replace(usual, confirmed_by="slip", slip_number=f"FW-{day:%y%m%d}-{number % 100:02d}")
    if day.day % 7 == 2:
        return replace(usual, confirmed_by="village", village_words="十里社区居民委员会")
    return replace(usual, confirmed_by="code", code_is_right=True)


async def month_of_visits(served: Served, month: date, days: Sequence[int], not_before: datetime | None = None) -> None:
    """A visit on each of these days, approved, and the month closed on the first day that allows it."""
    for day in days:
        await visit(served, month.replace(day=day), day)
    closing = await closing_time(served, month)
    now = await at(max(closing, not_before or closing))
    approver = await actor(APPROVER)
    waiting = [row["id"] for row in await waiting_visits(served.contract, last_day(month))]
    await approve_visits(served.contract, waiting, approver, now)
    await close_month(served.contract, month, approver, now)


async def closing_time(served: Served, month: date) -> datetime:
    """Ten o'clock on the first day on which the month may be closed."""
    contract = await contract_by_id(served.contract)
    return at_county_time(may_close_on(month, ContractTime(contract["service_from"], contract["service_to"])), 10)


async def accept(served: Served, position: int, now: datetime, failings: Sequence[Failing] = ()) -> Decimal:
    """A certificate that finds every requirement met; gives the accepted amount, less what is deducted."""
    contract = await contract_by_id(served.contract)
    milestone = await milestone_at(contract, position)
    findings = [ItemFinding(words, Finding.MET, "") for words in items_to_find(contract, milestone)]
    if await is_unheard(contract["id"], milestone):
        await hear(contract, position, milestone["id"], now)
    certificate = Certificate(findings, "走访三户，均表示满意。", "", failings)
    acceptance = await accept_milestone(contract["reference"], position, certificate, await actor(APPROVER), now)
    amount: Decimal = await db.fetchval("SELECT amount FROM acceptance WHERE id = $1", acceptance)
    return amount


async def hear(contract: dict[str, Any], position: int, milestone: UUID, now: datetime) -> None:
    """Recipients are drawn and called; of every fifth sample one was not reached."""
    approver = await actor(APPROVER)
    await draw_sample(contract["reference"], position, approver, now)
    sample = await sample_of(milestone)
    assert sample is not None
    for number, each in enumerate(sample["opinions"], 1):
        if number == 1 and position % 5 == 0:
            words = "两天里上午、下午各打过一次电话，没有人接。"
            await enter_opinion(each["id"], Answer.NOT_REACHED, Channel.PHONE, words, (approver, now))
        else:
            await enter_opinion(each["id"], Answer.SATISFIED, Channel.PHONE, "来得准时。", (approver, now))


async def send_back(served: Served, position: int, now: datetime) -> None:
    """Asked for, sent back with one thing to mend, mended and asked for again; times before `now`."""
    contract = await contract_by_id(served.contract)
    milestone = await milestone_at(contract, position)
    first, *others = items_to_find(contract, milestone)
    failed = ItemFinding(first, Finding.NOT_MET, "两户的走访表没有服务对象确认，请补走访并确认。")
    findings = [failed, *(ItemFinding(words, Finding.MET, "") for words in others)]
    provider, asked = await actor(served.provider), now - timedelta(days=6)
    await request_acceptance(contract["reference"], position, "当月走访完成，记录已审核。", provider, asked)
    rejection = Rejection(findings, county_day(now))
    await reject_milestone(contract["reference"], position, rejection, await actor(APPROVER), asked + timedelta(days=1))
    again = "两户已经补走访，走访表有服务对象确认。"
    await request_acceptance(contract["reference"], position, again, provider, now - timedelta(days=1))


async def invoice(served: Served, position: int, amount: Decimal, now: datetime) -> UUID:
    """The provider's invoice over what was accepted; gives its identity."""
    contract = await contract_by_id(served.contract)
    count: int = await db.fetchval("SELECT count(*) FROM invoice")
    form = Bound(
        values={
            "number": f"2451{count + 1:016d}", "amount": amount, "issued_on": county_day(now),
            "bank": "成都农商银行金堂支行", "bank_account": "62284800001234567890",
        }
    )  # fmt: skip
    reference = await submit_invoice(contract["reference"], position, form, await actor(served.provider), now)
    found: UUID = await db.fetchval("SELECT id FROM invoice WHERE reference = $1", reference)
    return found


async def pay(
    served: Served, position: int, now: datetime, settings: Settings, failings: Sequence[Failing] = ()
) -> None:
    """Accepted, invoiced, approved by finance and paid by a voucher file."""
    sent = await invoice(served, position, await accept(served, position, now, failings), now + timedelta(hours=1))
    await settle(served, position, sent, now + timedelta(hours=3), settings)


async def agree(sent: UUID, now: datetime) -> None:
    """What the amount asks of the buyer: each step by another colleague than who accepted the work."""
    colleagues = iter([SIGNER, DIRECTOR])
    while step := step_of(await invoice_by_id(sent)):
        invoice = await invoice_by_id(sent)
        await take_step(invoice["reference"], step, "同意付款", await actor(next(colleagues)), now)


async def settle(served: Served, position: int, sent: UUID, later: datetime, settings: Settings) -> None:
    """An invoice in hand, approved by finance and paid by a voucher file, with the interest that was approved."""
    payer = await actor(PAYER)
    await agree(sent, later - timedelta(minutes=30))
    await approve_payment(sent, payer, later)
    payments = [p["id"] for p in await payments_of(served.contract) if p["position"] == position]
    gateway = TreasuryVoucherFile(open_store(settings))
    number = await make_treasury_file(payments, gateway, payer, later)
    await release_voucher(number, await actor(RELEASER), later + timedelta(hours=1))
    for payment in payments:
        await confirm_paid(payment, payer, later + timedelta(hours=2))


async def settle_late(served: Served, position: int, sent: UUID, days: int, settings: Settings) -> None:
    """An invoice paid so many days after its last day: the reason told, the interest approved and paid with it."""
    payer, row = await actor(PAYER), await db.fetchrow("SELECT reference, due_on FROM invoice WHERE id = $1", sent)
    assert row is not None
    now = await at(at_county_time(row["due_on"] + timedelta(days=days), 10))
    await explain_delay(row["reference"], "收款户名和合同不一致，核对以后才能支付。", payer, now)
    await approve_interest(row["reference"], payer, now)
    await settle(served, position, sent, now + timedelta(hours=1), settings)


async def supplement(served: Served, more: Supplement, now: datetime, settings: Settings) -> None:
    """A supplementary contract: proposed by the buyer with its paper, signed by another person and by the provider."""
    contract, signer = await contract_by_id(served.contract), await actor(SIGNER)
    reference = await propose_supplement(contract["reference"], more, signer, await at(now))
    paper = NewDocument(f"{reference}.pdf", demo_page("signed supplementary agreement"))
    await add_paper(reference, paper, open_store(settings), signer, now)
    for number, username in enumerate((served.provider, DIRECTOR), 1):
        person = await actor(username)
        await sign_amendment(reference, person.name, person, now + timedelta(days=number))


async def give_bond(served: Served, now: datetime, settings: Settings) -> None:
    """The provider transfers the performance bond; finance finds it on the account the next day."""
    provider, contract = await actor(served.provider), await contract_by_id(served.contract)
    asked = await asked_for_contract(contract["reference"], provider)
    slip, proof = HandedPaper("slip.pdf", demo_page("transfer_slip")), "成都农商银行 流水 20231225-0417"
    deposit = await declare_transfer(asked, proof, slip, open_store(settings), provider, await at(now))
    arrived = Bound(values={"arrived_at": now, "arrival_proof": proof})
    await confirm_arrival(deposit, arrived, await actor(PAYER), await at(now + timedelta(days=1)))


async def return_bond(served: Served, now: datetime) -> None:
    """The contract is performed, so the bond goes back: begun by the clock, sent by the bank, noted by finance."""
    await return_all_due(await at(now))
    deposit = await db.fetchval("SELECT reference FROM deposit WHERE contract = $1", served.contract)
    await record_returned(deposit, "成都农商银行 流水 20250108-0026", await actor(PAYER), now + timedelta(days=1))


async def hand_over(served: Served, now: datetime, to: Served | None = None) -> None:
    """The residents listed, sent, confirmed by the window and by whoever goes on.

    Where no contract goes on yet the town arranges for everybody; else one resident does not agree to another provider.
    """
    signer, provider = await actor(SIGNER), await actor(served.provider)
    contract = await contract_by_id(served.contract)
    handover = await open_handover(contract["reference"], to.contract if to else None, signer, now)
    residents = [r["recipient_code"] for r in (await handover_page(handover, signer))["residents"]]
    day, sent_at = county_day(now), now + timedelta(hours=1)
    passings = [Passing(code, "town", note=ARRANGED) for code in residents]
    if to is not None:
        refused, *others = residents
        passings = [Passing(refused, "town", "refused", note=NOT_AGREED)]
        passings += [
            Passing(code, "next", "given", day - timedelta(days=20), day - timedelta(days=10)) for code in others
        ]
    await send_list(handover, passings, provider.name, provider, sent_at)
    for number, username in enumerate((WINDOW, to.provider) if to else (WINDOW,), 1):
        confirming = await actor(username)
        await confirm(handover, confirming.name, confirming, now + timedelta(days=number))


async def plan(served: Served, period: tuple[date, date], now: datetime) -> str:
    """Civil affairs plans an evaluation by the third party; gives its reference."""
    table = standard_table()
    planned = EvaluationPlan(served.contract, *period, await office("evaluator"), table)
    return await plan_evaluation(planned, await actor(BUREAU), now)
