"""Contracts for tests: drawn up, signed, served, accepted and paid through the real services."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from catalogue.items.queries import item_by_code
from catalogue.items.services import load_first_edition
from catalogue.listings.drafting_tables import ListingTerms
from catalogue.listings.tables import Listing, ListingLot, ListingTown, PaymentMilestone
from catalogue.listings.version_writer import keep_first_version
from catalogue.plans.services import NewAllotment, allot_budget
from contracts.acceptance.plan_queries import is_unheard
from contracts.acceptance.plans import draw_sample
from contracts.acceptance.rules import Finding, ItemFinding
from contracts.acceptance.services import Certificate, accept_milestone, items_to_find, milestone_at
from contracts.agreements.queries import contract_by_id
from contracts.agreements.services import ContractTerms, draw_up_contract, sign_contract
from contracts.amendments.tables import AmendmentPaper
from contracts.billing.queries import invoice_page, payments_of
from contracts.billing.services import approve_payment, confirm_paid, make_treasury_file, submit_invoice
from contracts.billing.steps import step_of, take_step
from contracts.billing.vouchers import release_voucher
from contracts.handovers.queries import handover_page
from contracts.handovers.rules import Passing
from contracts.handovers.services import confirm, open_handover, send_list
from contracts.visits.closing import close_month
from contracts.visits.queries import waiting_visits
from contracts.visits.rules import ContractTime, VisitPoints, last_day, may_close_on, service_months
from contracts.visits.services import approve_visits, log_visit
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.tables import Document
from marketplace.accounts.people.tables import Membership, Organisation, Person
from marketplace.accounts.sessions import actor_of
from marketplace.gateways.files import StoredDocument
from marketplace.gateways.treasury_files import (
    USUAL_FILE,
    PaymentBatch,
    PaymentGateway,
    PaymentReceipt,
    as_csv,
    voucher_rows,
)
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetchrow, fetchval, insert, transaction
from marketplace.kernel.forms import Bound
from marketplace.kernel.ledger.services import Posting, Source, post
from tests.cast import actor, enter_cast, office
from vendors.providers.tables import Provider
from vendors.workers.files import file_for
from vendors.workers.tables import Worker

APRIL, MAY = date(2026, 4, 1), date(2026, 5, 1)
DRAWN_UP = at_county_time(date(2026, 3, 20), 10)
REQUIREMENT = "1. 对新申请救助的对象入户走访，覆盖率 100%。\n2. 每年至少培训两次。\n3. 建立服务档案。"

__all__ = ["a_closed_month", "a_contract", "a_contract_in_force", "a_paid_milestone", "a_provider", "a_visit"]


@dataclass
class FakeTreasury:
    """A treasury that remembers what it was asked to pay."""

    batches: list[PaymentBatch] = field(default_factory=list)
    kept: dict[str, bytes] = field(default_factory=dict)

    async def pay(self, batch: PaymentBatch) -> PaymentReceipt:
        """Remember the batch."""
        content = as_csv(voucher_rows(batch, USUAL_FILE))
        self.batches.append(batch)
        key = f"aa/{batch.number}"
        self.kept[key] = content
        document = StoredDocument(key, hashlib.sha256(content).hexdigest(), len(content), f"{batch.number}.csv")
        return PaymentReceipt(document, batch.total, len(batch.orders))

    async def get(self, key: str) -> bytes:
        """The file as it was kept."""
        return self.kept[key]


@dataclass(frozen=True)
class World:
    """A contract with the people around it."""

    contract: UUID
    reference: str
    provider: UUID
    signer: Actor
    reviewer: Actor
    director: Actor
    worker: Actor
    worker_row: UUID
    town: UUID
    finance: Actor
    facts: dict[str, Any]


async def a_person(username: str, name: str, organisation: UUID, roles: tuple[str, ...], now: datetime) -> Actor:
    """An account with the demo password; the one of this name if there is one."""
    await enter_cast(now)
    found = await fetchval("SELECT id FROM person WHERE username = $1", username)
    if not found:
        hashed = await fetchval("SELECT password_hash FROM person LIMIT 1")
        found = await insert(
            Person,
            username=username,
            name=name,
            email=f"{username}@jintang.example",
            password_hash=hashed,
            created_at=now,
        )
        for role in roles:
            await insert(Membership, person=found, organisation=organisation, role=role)
    person = await actor_of(found)
    assert person is not None
    return person


async def a_provider(now: datetime, name: str = "金堂县和风社会工作服务中心", code: str = "52510121MJX0000016") -> UUID:
    """A registered provider with a director (account `director.<last 4 of the code>`)."""
    found: UUID | None = await fetchval("SELECT id FROM provider WHERE credit_code = $1", code)
    if found:
        return found
    organisation = await insert(
        Organisation, kind="provider", name=name, name_en="Hefeng Social Work Service Centre", sort_key=name
    )
    await a_person(f"director.{code[-4:]}", "何理事", organisation, ("provider",), now)
    provider: UUID = await insert(
        Provider, organisation=organisation, reference=f"GYS-{code[-6:]}", credit_code=code,
        legal_form="private_non_enterprise", registered_at=now,
    )  # fmt: skip
    return provider


async def a_worker(
    provider: UUID, now: datetime, username: str = "tang.yi", name: str = "唐怡", level: str = "assistant"
) -> tuple[Actor, UUID]:
    """A social worker on the roster since the start of 2026, with an account and a certificate."""
    organisation = await fetchval("SELECT organisation FROM provider WHERE id = $1", provider)
    person = await a_person(username, name, organisation, ("social_worker",), now)
    row = await fetchval("SELECT id FROM worker WHERE person = $1 AND provider = $2", person.person_id, provider)
    number = f"SW-{username}" if level != "none" else ""
    row = row or await insert(
        Worker, provider=provider, person=person.person_id, file=await file_for(number, now), name=name,
        certificate_level=level, certificate_number=number, registered_on=date(2026, 1, 1),
        certificate_until=date(2028, 12, 31), employed_from=date(2026, 1, 1), added_at=now,
    )  # fmt: skip
    return person, row


async def _listing(now: datetime, budget: Decimal, months: int, item_code: str, advance: Decimal) -> UUID:
    """A listing that has been awarded, with its first version and its money reserved; returns its one lot."""
    async with transaction():
        return await _awarded_listing(now, budget, months, item_code, advance)


async def _awarded_listing(now: datetime, budget: Decimal, months: int, item_code: str, advance: Decimal) -> UUID:
    await load_first_edition(now)
    drafter, approver = await actor("wang.min", now), await actor("li.qiang", now)
    town, finance = await office("zhaozhen"), await actor("zhao.lei", now)
    document = f"金财预〔2026〕{1 + await fetchval('SELECT count(*) FROM budget_line')}号"  # one line, one document
    line = await allot_budget(NewAllotment(2026, item_code, "社会救助服务", town, budget, document), finance, now)
    item = await item_by_code(item_code)
    service_to = [last_day(m) for m in service_months(APRIL, date(2027, 3, 31))][months - 1]
    listing: UUID = await insert(
        Listing, reference=f"JT-T-{uuid4().hex[:8]}", status="awarded", method="consultation", title="购买社会救助服务",
        purchasing_body=await office("county"), procuring_unit=town, budget_line=line, budget=budget, ceiling=budget,
        requirement=REQUIREMENT, service_from=APRIL, service_to=service_to, closes_at=now - timedelta(days=2),
        drafted_by=drafter.person_id, drafted_at=now - timedelta(days=30), approved_by=approver.person_id,
        published_at=now - timedelta(days=20),
    )  # fmt: skip
    lot: UUID = await insert(
        ListingLot, listing=listing, number=1, item=item["id"], title="购买社会救助服务", quantity=Decimal(1),
        unit="年", budget=budget,
    )  # fmt: skip
    await insert(ListingTown, listing=listing, town=town)
    share = (Decimal(100) / months).quantize(Decimal("0.01"))
    for position, month in enumerate(service_months(APRIL, service_to), start=1):
        last = position == months
        await insert(
            PaymentMilestone, listing=listing, position=position, title=f"{month:%Y-%m} 服务费",
            share=100 - share * (months - 1) if last else share, due_on=last_day(month), evidence="当月服务记录",
        )  # fmt: skip
    if advance:
        await insert(ListingTerms, listing=listing, advance_payment=advance)
    await keep_first_version(listing, now)
    ledger = await fetchval("SELECT ledger_line FROM budget_line WHERE id = $1", line)
    await post(ledger, Posting.RESERVE, budget, Source("listing", str(listing)), now)
    return lot


async def a_contract(
    amount: Decimal = Decimal("498000.00"),
    budget: Decimal = Decimal("505000.00"),
    months: int = 12,
    item_code: str = "S01",
    provider: UUID | None = None,
    now: datetime = DRAWN_UP,
    advance: Decimal = Decimal(0),
) -> World:
    """A contract drawn up from an award, not yet signed."""
    lot = await _listing(now, budget, months, item_code, advance)
    provider = provider or await a_provider(now)
    terms = ContractTerms(
        lot, f"ZB-T-{uuid4().hex[:8]}", provider, amount, date(2026, 3, 20), "由三名社会工作者每月入户走访。"
    )
    contract = await draw_up_contract(terms, await actor("li.qiang", now), now)
    facts = await contract_by_id(contract)
    code = await fetchval("SELECT credit_code FROM provider WHERE id = $1", provider)
    director = await a_person(f"director.{code[-4:]}", "何理事", facts["provider_organisation"], ("provider",), now)
    ours = code == "52510121MJX0000016"
    worker, row = await a_worker(provider, now, *(() if ours else (f"worker.{code[-4:]}", "白冰")))
    return World(
        contract, facts["reference"], provider, await actor("wang.min", now), await actor("chen.jing", now), director,
        worker, row, facts["buyer"], await actor("sun.yue", now), facts,
    )  # fmt: skip


async def a_contract_in_force(**wanted: Any) -> World:
    """A contract signed by both sides."""
    world = await a_contract(**wanted)
    now = wanted.get("now", DRAWN_UP) + timedelta(hours=2)
    await sign_contract(world.contract, world.signer.name, world.signer, now)
    await sign_contract(world.contract, world.director.name, world.director, now + timedelta(hours=1))
    return World(**{**world.__dict__, "facts": await contract_by_id(world.contract)})


def points(world: World, day: date, begins: str = "09:00", ends: str = "11:30", **wanted: Any) -> VisitPoints:
    """The six points of a plausible visit."""
    values = {
        "contract_id": world.contract, "recipient_code": "JT-R-0001", "town_id": world.town, "village": "三江村",
        "day": day, "begins": time.fromisoformat(begins), "ends": time.fromisoformat(ends), "note": "入户走访。",
    }  # fmt: skip
    return VisitPoints(**{**values, **wanted})


async def a_visit(world: World, day: date, begins: str = "09:00", ends: str = "11:30", **wanted: Any) -> UUID:
    """A visit logged in the evening of its day."""
    return await log_visit(uuid4(), points(world, day, begins, ends, **wanted), world.worker, at_county_time(day, 20))


async def a_closed_month(world: World, month: date = APRIL, days: tuple[int, ...] = (7, 8, 9)) -> UUID:
    """A month with a visit of 150 minutes on each of these days, approved and closed; returns the close."""
    for day in days:
        await a_visit(world, month.replace(day=day), recipient_code=f"JT-R-{day:04d}")
    now = closing_time(world, month)
    waiting = [row["id"] for row in await waiting_visits(world.contract, last_day(month))]
    await approve_visits(world.contract, waiting, world.reviewer, now)
    return await close_month(world.contract, month, world.reviewer, now)


def closing_time(world: World, month: date) -> datetime:
    """Ten o'clock on the first day on which the month may be closed."""
    term = ContractTime(world.facts["service_from"], world.facts["service_to"])
    return at_county_time(may_close_on(month, term), 10)


async def passed_on(world: World, now: datetime) -> str:
    """Everybody served lately goes to the town: listed, signed by the provider, confirmed; gives the handover."""
    handover = await open_handover(world.reference, None, world.signer, now)
    residents = (await handover_page(handover, world.signer))["residents"]
    passings = [Passing(r["recipient_code"], "town", note="由街道社工站接手") for r in residents]
    await send_list(handover, passings, world.director.name, world.director, now)
    clerk = await actor("luo.jie", now)  # the town is its own buyer: another person of it confirms
    await confirm(handover, clerk.name, clerk, now)
    return handover


async def papered(reference: str) -> str:
    """An amendment as it was proposed, with the signed paper without which it does not take effect."""
    row = await fetchrow("SELECT * FROM contract_amendment WHERE reference = $1", reference)
    assert row is not None
    owner = await fetchval("SELECT buyer FROM contract WHERE id = $1", row["contract"])
    document = await insert(
        Document, organisation=owner, uploaded_by=row["proposed_by"], name=f"{reference}.pdf",
        media_type="application/pdf", size=3, sha256="b" * 64, storage_key=f"bb/{reference}", visibility="owner",
        uploaded_at=row["proposed_at"], scan="clean",
    )  # fmt: skip
    await insert(
        AmendmentPaper, amendment=row["id"], document=document, side="buyer", added_by=row["proposed_by"],
        added_at=row["proposed_at"],
    )  # fmt: skip
    return reference


async def heard(contract_id: UUID, position: int, accepter: Actor, now: datetime) -> None:
    """Where recipients were served in a milestone and nobody was drawn yet: some are drawn, and all are content."""
    contract = await contract_by_id(contract_id)
    milestone = await milestone_at(contract, position)
    if all(each["close"] for each in milestone["months"]) and await is_unheard(contract_id, milestone):
        await draw_sample(contract["reference"], position, accepter, now)
        await execute(
            "UPDATE recipient_opinion SET answer = 'satisfied', channel = 'phone', entered_by = $2, answered_at = $3"
            " WHERE sample = (SELECT id FROM opinion_sample WHERE milestone = $1)",
            milestone["id"], accepter.person_id, now,
        )  # fmt: skip


async def accept(world: World, position: int, now: datetime) -> UUID:
    """A certificate that finds every requirement met; recipients are heard first, unless some were drawn already."""
    await heard(world.contract, position, world.reviewer, now)
    contract = await contract_by_id(world.contract)
    milestone = await milestone_at(contract, position)
    findings = [ItemFinding(words, Finding.MET, "") for words in items_to_find(contract, milestone)]
    certificate = Certificate(findings, "走访三户，均表示满意。")
    return await accept_milestone(world.reference, position, certificate, world.reviewer, now)


NUMBERS = itertools.count(1)


def an_invoice(amount: Decimal, day: date, number: str = "") -> Bound:
    """An invoice form without mistakes; without a wanted number, one that no other invoice has."""
    number = number or f"2451200000{next(NUMBERS):010d}"
    return Bound(
        values={
            "number": number, "amount": amount, "issued_on": day, "bank": "成都农商银行金堂支行",
            "bank_account": "62284800001234567890",
        }
    )  # fmt: skip


async def an_invoice_submitted(world: World, position: int = 1, month: date = APRIL) -> str:
    """An accepted and invoiced milestone; returns the invoice's reference."""
    if not await fetchval("SELECT 1 FROM month_close WHERE contract = $1 AND month = $2", world.contract, month):
        await a_closed_month(world, month)
    now = closing_time(world, month) + timedelta(hours=1)
    acceptance = await accept(world, position, now)
    amount = await fetchval("SELECT amount FROM acceptance WHERE id = $1", acceptance)
    later = now + timedelta(hours=1)
    return await submit_invoice(
        world.reference, position, an_invoice(amount, later.astimezone(UTC).date()), world.director, later
    )


async def agreed(world: World, invoice: dict[str, Any], now: datetime) -> None:
    """Every step that the amount of an invoice asks of its buyer, each by another colleague."""
    people = iter([world.signer, await actor("li.qiang", now), world.reviewer])
    while step := step_of(await invoice_page(invoice["reference"], world.finance)):
        await take_step(invoice["reference"], step, "", next(people), now)


async def sent_to_treasury(
    payments: Sequence[UUID], treasury: PaymentGateway, person: Actor, now: datetime
) -> str:
    """A voucher file made by one person of finance and released by the other; gives its number."""
    number = await make_treasury_file(payments, treasury, person, now)
    await release_voucher(number, await the_other_of_finance(person, now), now)
    return number


async def the_other_of_finance(person: Actor, now: datetime) -> Actor:
    """A colleague of who pays."""
    one, other = await actor("zhao.lei", now), await actor("sun.yue", now)
    return one if person.person_id == other.person_id else other


async def a_paid_milestone(world: World, position: int = 1, month: date = APRIL) -> dict[str, Any]:
    """A milestone whose money has been paid; returns its payment."""
    reference = await an_invoice_submitted(world, position, month)
    invoice = await fetchval("SELECT id FROM invoice WHERE reference = $1", reference)
    now = closing_time(world, month) + timedelta(days=1)
    await approve_payment(invoice, world.finance, now)
    payment = next(p for p in await payments_of(world.contract) if p["position"] == position)
    await sent_to_treasury([payment["id"]], FakeTreasury(), world.finance, now + timedelta(hours=1))
    await confirm_paid(payment["id"], world.finance, now + timedelta(hours=2))
    return next(p for p in await payments_of(world.contract) if p["position"] == position)
