"""What is prepared for each rush, and which buttons are pressed in it: by the real services, then over HTTP."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from contracts.billing.queries import invoice_page
from contracts.billing.services import submit_invoice
from contracts.visits.closing import close_month
from contracts.visits.queries import waiting_visits
from contracts.visits.rules import last_day
from contracts.visits.services import approve_visits
from marketplace.demo.quick_keys import quick_protect
from marketplace.kernel.audit import record
from marketplace.kernel.clock import COUNTY_ZONE, at_county_time, turn_clock_to
from marketplace.kernel.db import fetch, fetchval
from tests.builders_catalogue import a_published_listing
from tests.builders_contracts import (
    APRIL,
    World,
    a_contract_in_force,
    a_provider,
    a_visit,
    accept,
    agreed,
    an_invoice,
    closing_time,
)
from tests.builders_evaluations import a_scored_listing
from tests.builders_subsidies import AFTER, NOW, a_scheme, with_accounts
from tests.builders_vendors import a_provider as a_vendor
from tests.builders_vendors import a_sealed_bid
from tests.cast import actor
from tests.evaluations.opening.steps import PASSPHRASE, Sealed
from tests.faults.killing import Chain, Press, ask

START = at_county_time(date(2026, 3, 2), 9)
VISIT_DAY = date(2026, 4, 9)
SENT_AT_ONCE = 5
SENT_A_DAY = 60  # a worker has no more than so many hours a day


async def openings(count: int) -> list[Chain]:
    """Two openers release their parts of so many listings; with the second release all bids are open."""
    await turn_clock_to(START)
    chains: list[Chain] = []
    later = START
    bidders = [await a_vendor(START, f"开启第{n}社会工作服务中心", username=f"opened{n}") for n in range(2)]
    for _ in range(count):
        listing = await a_published_listing(START)
        for bidder in bidders:
            await a_sealed_bid(listing.lots[0]["id"], bidder, START)
        sealed = Sealed(listing, bidders, listing.closes_at + timedelta(minutes=1))
        later = max(later, sealed.after)
        chains.append([_release(sealed, username) for username in ("zhou.lan", "wu.gang")])
    await turn_clock_to(later)
    return chains


def _release(sealed: Any, username: str) -> Press:
    key = quick_protect(sealed.listing.identities[username], PASSPHRASE)
    return Press(
        username, f"{sealed.path}/opening",
        "SELECT count(*) FROM key_release r JOIN person p ON p.id = r.opener WHERE r.listing = $1 AND p.username = $2",
        (sealed.id, username), {"stage": "first", "passphrase": PASSPHRASE}, {"identity": ("key.age", key)},
    )  # fmt: skip


async def awards(count: int) -> list[Chain]:
    """The buyer determines what a panel has scored, and announces it: contract, ledger and letters with it."""
    chains: list[Chain] = []
    later = START
    for _ in range(count):
        opened = await a_scored_listing(START, below={"沱江": "6"})
        await _sealed_by_the_service(opened.listing.id)
        later, path = max(later, opened.now), f"/listings/{opened.listing.reference}/award"
        chains.append(
            [
                Press(
                    "li.qiang", path, "SELECT count(*) FROM award WHERE lot = $1", (opened.lot,),
                    {"lot": str(opened.lot)},
                ),
                Press("li.qiang", f"{path}/publish", "SELECT count(*) FROM contract WHERE lot = $1", (opened.lot,)),
            ]
        )  # fmt: skip
    await turn_clock_to(later)
    return chains


async def _sealed_by_the_service(listing: UUID) -> None:
    """The audit's entry of each bid whose row the builder wrote: without it `verify chain` names the row."""
    for row in await fetch("SELECT receipt_number, sealed_at, sealed_sha256 FROM bid WHERE listing = $1", listing):
        detail = {"sha256": row["sealed_sha256"]}
        await record("bid.sealed", ("bid", row["receipt_number"]), None, detail, row["sealed_at"], f"listing:{listing}")


async def _worlds(count: int, first: int) -> list[World]:
    """So many contracts in force, each of a provider and a worker of its own."""
    found = []
    for number in range(first, first + count):
        code = f"52510121MJX{number:07}"
        provider = await a_provider(START, f"金堂县第{number}和风社会工作服务中心", code)
        found.append(await a_contract_in_force(provider=provider))
    return found


async def visits(count: int) -> list[Chain]:
    """Phones send the visits of a day, all of one worker, so many times a handful."""
    world = (await _worlds(1, 1000))[0]
    chains: list[Chain] = []
    await turn_clock_to(at_county_time(VISIT_DAY, 22))
    for number in range(count):
        day = VISIT_DAY - timedelta(days=number // SENT_A_DAY)
        begins = at_county_time(day, 6) + timedelta(minutes=SENT_AT_ONCE * (number % SENT_A_DAY))
        sent = [_sent(world, begins + timedelta(minutes=minute), number) for minute in range(SENT_AT_ONCE)]
        body = {"device": str(uuid4()), "sent_at": at_county_time(VISIT_DAY, 22).isoformat(), "visits": sent}
        told = "SELECT CASE WHEN count(*) = 0 THEN 0 WHEN count(*) = $2 THEN 1 ELSE 2 END FROM visit WHERE id = ANY($1)"
        press = Press("worker.1000", "/visits/sync", told, ([v["id"] for v in sent], SENT_AT_ONCE), body=body)
        chains.append([press])
    return chains


def _sent(world: World, begins: datetime, number: int) -> dict[str, Any]:
    local = begins.astimezone(COUNTY_ZONE)
    return {
        "id": str(uuid4()), "contract": str(world.contract), "recipient_code": f"JT-R-{number:04}", "is_group": False,
        "town": str(world.town), "village": "三江村", "day": local.date().isoformat(), "begins": f"{local:%H:%M}",
        "ends": f"{local + timedelta(minutes=1):%H:%M}", "note": "入户走访。",
    }  # fmt: skip


async def _worked(world: World, number: int) -> None:
    """Three approved visits in April, to residents whom nobody else visits."""
    for day in (7, 8, 9):
        await a_visit(world, APRIL.replace(day=day), recipient_code=f"JT-R-{number:04}{day}")
    now = closing_time(world, APRIL)
    waiting = [row["id"] for row in await waiting_visits(world.contract, last_day(APRIL))]
    await approve_visits(world.contract, waiting, world.reviewer, now)


async def months(count: int) -> list[Chain]:
    """The buyer closes a month of so many contracts."""
    chains: list[Chain] = []
    for number, world in enumerate(await _worlds(count, 2000), start=2000):
        await _worked(world, number)
        await turn_clock_to(closing_time(world, APRIL))
        told = "SELECT count(*) FROM month_close WHERE contract = $1"
        data = {"month": f"{APRIL:%Y-%m}"}
        chains.append([Press("chen.jing", f"/contracts/{world.reference}/hours/close", told, (world.contract,), data)])
    return chains


async def payments(count: int) -> list[Chain]:
    """Finance approves, writes the file, releases it, and confirms that the treasury has paid."""
    chains: list[Chain] = []
    later = START
    for number, world in enumerate(await _worlds(count, 4000), start=4000):
        await _worked(world, number)
        now = closing_time(world, APRIL)
        await close_month(world.contract, APRIL, world.reviewer, now)
        acceptance = await accept(world, 1, now)
        amount = await fetchval("SELECT amount FROM acceptance WHERE id = $1", acceptance)
        reference = await submit_invoice(
            world.reference, 1, an_invoice(amount, now.date(), f"2451200000{number:010}"), world.director, now
        )
        await agreed(world, dict(await invoice_page(reference, world.finance)), now)
        later = max(later, now + timedelta(hours=1))
        chains.append(_paying(reference))
    await turn_clock_to(later)
    return chains


def _paying(invoice: str) -> Chain:
    of_it = "FROM payment p JOIN invoice i ON i.id = p.invoice WHERE i.reference = $1"

    async def voucher() -> Press:
        payment = await ask(f"SELECT p.id::text {of_it}", invoice)
        told = f"SELECT count(*) FROM voucher_line WHERE payment IN (SELECT p.id {of_it})"
        return Press("sun.yue", "/payments/voucher-file", told, (invoice,), {"payments": [payment]})

    async def release() -> Press:
        number = await ask(f"SELECT (SELECT number FROM voucher_file WHERE id = p.voucher_file) {of_it}", invoice)
        told = "SELECT count(released_at) FROM voucher_file WHERE number = $1"
        return Press("zhao.lei", f"/payments/voucher-file/{number}/release", told, (number,))

    async def confirm() -> Press:
        payment = await ask(f"SELECT p.reference {of_it}", invoice)
        told = (
            "SELECT count(*) FROM ledger_posting WHERE kind = 'pay' AND source_id IN"
            f" (SELECT p.id::text {of_it})"
        )
        return Press("sun.yue", f"/payments/{payment}/confirm", told, (invoice,))

    approve = Press("sun.yue", f"/invoices/{invoice}/approve", f"SELECT count(*) {of_it}", (invoice,))
    return [approve, voucher, release, confirm]


async def subsidy_lists(count: int) -> list[Chain]:
    """Civil affairs computes runs of so many schemes and shows their lists in public."""
    world = (await _worlds(1, 6000))[0]
    await _worked(world, 6000)
    await _close_what_is_open(closing_time(world, APRIL))
    chains: list[Chain] = []
    for number in range(count):
        # nobody gets the same month by two schemes (R-SOCW-05): the first pays, of the others nobody has the level
        amounts = {"assistant" if number == 0 else "senior": Decimal("300.00")}
        scheme = await a_scheme(f"金民发〔2026〕{100 + number}号", amounts=amounts)
        data = {"scheme": str(scheme), "month": f"{APRIL:%Y-%m}", "months": "1"}
        compute = Press("liu.fang", "/subsidies", "SELECT count(*) FROM subsidy_run WHERE scheme = $1", (scheme,), data)
        chains.append([compute, partial(_publish, scheme)])
    await turn_clock_to(NOW)
    return chains


async def _close_what_is_open(now: datetime) -> None:
    """A subsidy is computed from closed months only, also those of the contracts of earlier rushes."""
    reviewer = await actor("chen.jing", now)
    for row in await fetch(
        "SELECT DISTINCT contract FROM visit v"
        " WHERE NOT EXISTS (SELECT 1 FROM month_close c WHERE c.contract = v.contract)"
    ):
        waiting = [each["id"] for each in await waiting_visits(row["contract"], last_day(APRIL))]
        if waiting:
            await approve_visits(row["contract"], waiting, reviewer, now)
        await close_month(row["contract"], APRIL, reviewer, now)


async def _publish(scheme: Any) -> Press:
    run = await ask("SELECT reference FROM subsidy_run WHERE scheme = $1", scheme)
    told = "SELECT count(published_at) FROM subsidy_run WHERE reference = $1"
    return Press("liu.fang", f"/subsidies/runs/{run}/publish", told, (run,))


async def subsidy_payments(count: int) -> list[Chain]:
    """Finance freezes the runs whose lists stood long enough; of what is due it writes the pay file and confirms it."""
    await turn_clock_to(AFTER)
    chains: list[Chain] = []
    for row in await fetch(
        "SELECT r.id, r.reference, (SELECT COALESCE(sum(l.amount), 0) FROM subsidy_line l WHERE l.run = r.id) AS due"
        " FROM subsidy_run r WHERE r.published_at IS NOT NULL ORDER BY due DESC, r.reference"
    ):
        reference = row["reference"]
        if row["due"]:
            await with_accounts({"id": row["id"]}, AFTER)
        path, of_it = f"/subsidies/runs/{reference}", "FROM subsidy_run WHERE reference = $1"
        freeze = Press("sun.yue", f"{path}/approve", f"SELECT count(approved_at) {of_it}", (reference,))
        pay = [
            Press("sun.yue", f"{path}/pay-file", f"SELECT count(voucher_file) {of_it}", (reference,)),
            Press("sun.yue", f"{path}/confirm", f"SELECT count(*) {of_it} AND status = 'paid'", (reference,)),
        ]
        chains.append([freeze, *(pay if row["due"] else [])])
    return chains[:count]
