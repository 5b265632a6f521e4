"""Subsidies of the demo county: a scheme of two persons, January paid and partly asked back, February objected to."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.subsidies import queries
from contracts.subsidies.accounts import decide_account, spell_to_pay, state_account, without_account
from contracts.subsidies.duty import countersign_duty, enter_duty
from contracts.subsidies.objections import object_to_line
from contracts.subsidies.paying import make_pay_file, take_subsidy_result
from contracts.subsidies.recoveries import decide_recovery, propose_recovery, record_return
from contracts.subsidies.scheme_rules import NewScheme
from contracts.subsidies.schemes import decide_scheme, draft_scheme
from contracts.subsidies.services import approve_run, compute_run, publish_run
from contracts.treasury.rules import USUAL_FIELDS
from marketplace.demo.county.people import WORKERS, actor, office
from marketplace.demo.county.serving import BUREAU, PAYER
from marketplace.gateways.files import open_store
from marketplace.gateways.treasury_files import TreasuryVoucherFile
from marketplace.kernel import db
from marketplace.kernel.clock import county_day
from marketplace.kernel.settings import Settings
from vendors.workers.services import NewWorker, add_community_worker
from vendors.workers.spells import Employer

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
SECOND_PERSON, CLERK, COMMUNITY_WORKER = "song.ya", "luo.jie", "彭霞"
BANK = "成都农商银行金堂支行"
AMOUNTS = {"assistant": Decimal("200.00"), "intermediate": Decimal("300.00"), "senior": Decimal("500.00")}
SCHEME = NewScheme(
    "金堂县社会工作人才补贴办法", JANUARY, None, 6 * 60, AMOUNTS, document_number="金民发〔2026〕3号", proof="either",
)  # fmt: skip


async def january_computed(now: datetime, _: Settings) -> None:
    """A scheme that two persons agreed to; January computed, with a community worker's duty certificate, and public."""
    bureau, second = await actor(BUREAU), await actor(SECOND_PERSON)
    scheme = await draft_scheme(SCHEME, bureau, now)
    await decide_scheme(scheme, True, "与县政府印发的办法一致。", second, now)
    await _on_duty(now)
    run = await queries.run_page(await compute_run(scheme, JANUARY, 1, bureau, now + timedelta(hours=1)))
    await publish_run(run["id"], bureau, now + timedelta(hours=2))


async def _on_duty(now: datetime) -> None:
    bureau, clerk = await actor(BUREAU), await actor(CLERK)
    post = Employer(town=await office("zhaozhen"), community="十里社区")
    new = NewWorker(COMMUNITY_WORKER, date(2025, 3, 1), "assistant", "5101800009", date(2025, 1, 6), date(2028, 1, 5))
    worker = await add_community_worker(new, post, bureau, now)
    duties = "受理社会救助申请，入户走访低保和特困家庭，填写台账。"
    certificate = await enter_duty(worker, JANUARY, 120 * 60, duties, clerk, now)
    await countersign_duty(certificate, await actor(SECOND_PERSON), now)


async def _standing() -> dict[str, Any]:
    reference = await db.fetchval(
        "SELECT reference FROM subsidy_run WHERE status <> 'superseded' ORDER BY month DESC LIMIT 1"
    )
    return await queries.run_page(reference)


async def january_paid(now: datetime, settings: Settings) -> None:
    """After its days in public finance approves January, and the treasury answers for every payment."""
    run, payer = await _standing(), await actor(PAYER)
    await approve_run(run["id"], payer, now)
    await _accounts(run["id"], now)
    number = await make_pay_file(run["id"], TreasuryVoucherFile(open_store(settings)), payer, now)
    names = ("batch", "number", "amount", "outcome")
    rows = [",".join(USUAL_FIELDS[name] for name in names)]
    rows += [f"{number},{each['number']},{each['amount']:.2f},成功" for each in await queries.payments_of(run["id"])]
    content = "\r\n".join(rows).encode()
    await take_subsidy_result(run["id"], (f"{number}-结果.csv", content), USUAL_FIELDS, payer, now + timedelta(hours=3))


async def _accounts(run: UUID, now: datetime) -> None:
    """Whoever signs in states the own account, civil affairs the others' from paper; finance looks at all of them."""
    bureau, payer = await actor(BUREAU), await actor(PAYER)
    names = {worker.person_id: worker for worker in [await actor(each[1]) for each in WORKERS]}
    for number, each in enumerate(await without_account(run)):
        stater = names.get((await spell_to_pay(each["worker"]))["person"], bureau)
        account = await state_account(each["worker"], BANK, f"62170038100{number * 7919 + 1234567:08}", stater, now)
        await decide_account(account, "", payer, now + timedelta(minutes=5))


async def january_asked_back(now: datetime, _: Settings) -> None:
    """One line of January comes back: the community worker was on leave for half of the month."""
    bureau, payer = await actor(BUREAU), await actor(PAYER)
    line = await db.fetchval("SELECT id FROM subsidy_line WHERE name = $1 AND amount > 0", COMMUNITY_WORKER)
    reason = "街道补报：本人 1 月请假半个月，在岗证明的时间有误。"
    recovery = await propose_recovery(line, Decimal("100.00"), reason, bureau, now)
    await decide_recovery(recovery, True, "情况属实，追回一半。", payer, now + timedelta(hours=4))


async def february_public(now: datetime, _: Settings) -> None:
    """What was asked back of January has come; February stands in public, and a worker objects to the own line."""
    bureau = await actor(BUREAU)
    recovery = await db.fetchval("SELECT id FROM subsidy_recovery")
    await record_return(recovery, county_day(now), await actor(PAYER), now)
    scheme = await db.fetchval("SELECT id FROM scheme")
    run = await queries.run_page(await compute_run(scheme, FEBRUARY, 1, bureau, now))
    await publish_run(run["id"], bureau, now)
    worker = await actor(WORKERS[1][1])
    line = await db.fetchval(
        "SELECT id FROM subsidy_line WHERE run = $1 AND person = $2", run["id"], worker.person_id
    )
    await object_to_line(line, "2 月 26 日下午的入户走访没有算进去，请核对。", worker, now + timedelta(hours=1))
