"""Random histories of contracts with corrections: after every act each total equals the sum of its leaves."""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from catalogue.listings.drafting_tables import PaymentDeduction
from catalogue.plans.queries import line_page, postings_of
from contracts.acceptance.rules import Failing, Finding, ItemFinding
from contracts.acceptance.services import Certificate, accept_milestone, items_to_find, milestone_at
from contracts.agreements.queries import contract_by_id, contracts_of_provider, money_of
from contracts.amendments.rules import Ground
from contracts.amendments.services import (
    Supplement,
    Termination,
    propose_supplement,
    propose_termination,
    sign_amendment,
)
from contracts.billing import queries
from contracts.billing.credit_notes import submit_credit_note
from contracts.billing.disputes import raise_dispute, settle_dispute
from contracts.billing.interest import approve_interest
from contracts.billing.services import (
    approve_payment,
    confirm_paid,
    return_invoice,
    submit_invoice,
    take_back_failed,
)
from contracts.treasury.book_queries import balances_of, entries_of
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetch, fetchval, insert, transaction
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Bound
from marketplace.verify_ledger import first_difference
from marketplace.verify_ledger_command import words
from tests.builders_contracts import (
    FakeTreasury,
    World,
    a_contract_in_force,
    agreed,
    an_invoice,
    heard,
    papered,
    sent_to_treasury,
)
from tests.cast import actor

D = Decimal
ACTS_TOLD = 36
FAILED = ("培训少一次", D("1.5"))


@dataclass
class History:
    """One contract, its people, and the day that moves on with every act."""

    world: World
    chance: random.Random
    now: datetime
    told: list[str] = field(default_factory=list)

    def part(self, whole: Decimal) -> Decimal:
        """All of it, a part, or now and then a fen too much."""
        wanted = self.chance.choice([whole, whole, whole * self.chance.randint(1, 99) / 100, whole + D("0.01")])
        return max(wanted.quantize(D("0.01")), D("0.01"))

    async def one(self, sql: str) -> Any:
        """Some row of the contract's, if there is one."""
        rows = await fetch(sql, self.world.contract)
        return self.chance.choice(rows) if rows else None

    async def accept(self) -> None:
        """Some milestone, now and then with a deduction."""
        position = self.chance.randint(0, 5)
        contract = await contract_by_id(self.world.contract)
        items = items_to_find(contract, await milestone_at(contract, position))
        failings = [Failing(*FAILED, self.chance.randint(1, 3), "签到表")] if self.chance.random() < 0.4 else []
        met = [ItemFinding(each, Finding.MET, "") for each in items]
        certificate = Certificate(met, "满意", "", failings)
        await heard(self.world.contract, position, self.world.reviewer, self.now)
        await accept_milestone(self.world.reference, position, certificate, self.world.reviewer, self.now)

    async def invoice(self) -> None:
        """Some part of what is accepted, or of the advance."""
        row = await self.one(
            "SELECT m.position, coalesce(a.amount, m.amount) AS worth FROM contract_milestone m"
            " LEFT JOIN acceptance a ON a.milestone = m.id WHERE m.contract = $1"
        )
        form = an_invoice(self.part(row["worth"]), self.now.date())
        await submit_invoice(self.world.reference, row["position"], form, self.world.director, self.now)

    async def an_open_invoice(self) -> Any:
        """Some invoice that nobody has decided."""
        row = await self.one("SELECT * FROM invoice WHERE contract = $1 AND status = 'submitted'")
        if row is None:
            raise DomainError("nothing")
        return row

    async def credit(self) -> None:
        """A credit note on some invoice."""
        row = await self.an_open_invoice()
        note = an_invoice(self.part(row["payable"]), self.now.date())
        note.values["reason"] = "多开"
        await submit_credit_note(row["reference"], note, self.world.director, self.now)

    async def give_back(self) -> None:
        """Finance returns some invoice."""
        await return_invoice((await self.an_open_invoice())["id"], "抬头不对", self.world.finance, self.now)

    async def dispute(self) -> None:
        """The buyer disputes a part of some invoice."""
        row = await self.an_open_invoice()
        form = Bound(values={"amount": self.part(row["payable"] / 2), "reason": "缺记录", "clause": "第七条"})
        await raise_dispute(row["reference"], form, self.world.reviewer, self.now)

    async def settle(self) -> None:
        """Some dispute is paid, dropped, or halved."""
        row = await self.one(
            "SELECT d.* FROM payment_dispute d JOIN invoice i ON i.id = d.invoice WHERE i.contract = $1"
            " AND d.status = 'open'"
        )
        if row is None:
            raise DomainError("nothing")
        to_pay = self.chance.choice([D("0.00"), row["amount"], self.part(row["amount"])])
        decided = {"document_kind": "mediation", "document_number": "1号"}
        form = Bound(values={"to_pay": to_pay, "settlement": "协商", **decided})
        await settle_dispute(row["reference"], form, self.world.signer, self.now)

    async def approve(self) -> None:
        """The buyer agrees and finance approves some invoice."""
        row = await self.an_open_invoice()
        await agreed(self.world, dict(row), self.now)
        await approve_payment(row["id"], self.world.finance, self.now)

    async def interest(self) -> None:
        """Finance approves what some invoice owes for lateness."""
        row = await self.one("SELECT reference FROM invoice WHERE contract = $1")
        if row is None:
            raise DomainError("nothing")
        await approve_interest(row["reference"], self.world.finance, self.now)

    async def voucher(self) -> None:
        """Everything approved goes to the treasury."""
        rows = await fetch("SELECT id FROM payment WHERE status = 'approved'")
        if not rows:
            raise DomainError("nothing")
        await sent_to_treasury([r["id"] for r in rows], FakeTreasury(), self.world.finance, self.now)

    async def answer(self) -> None:
        """The treasury pays some payment, or sends it back."""
        row = await self.one(
            "SELECT y.id FROM payment y JOIN invoice i ON i.id = y.invoice WHERE i.contract = $1 AND y.status = 'sent'"
        )
        if row is None:
            raise DomainError("nothing")
        if self.chance.random() < 0.2:
            await take_back_failed(row["id"], "账号不存在", self.now)
        else:
            await confirm_paid(row["id"], self.world.finance, self.now)

    async def supplement(self) -> None:
        """More of the same, signed by both."""
        more = Supplement(D("0.03"), date(2027, 12, 31), "新增一个村。", "会议纪要〔2026〕8号")
        await self._sign(await propose_supplement(self.world.reference, more, self.world.signer, self.now))

    async def terminate(self) -> None:
        """Both end it; a part of the rest is settled."""
        ending = Termination(Ground.AGREEMENT, "双方商定终止。", "协议2号", self.part(D("20000.00")))
        await self._sign(await propose_termination(self.world.reference, ending, self.world.signer, self.now))

    async def _sign(self, reference: str) -> None:
        await papered(reference)
        await sign_amendment(reference, self.world.director.name, self.world.director, self.now)
        second = await actor("li.qiang", self.now)
        await sign_amendment(reference, second.name, second, self.now)

    def acts(self) -> list[Callable[[], Awaitable[None]]]:
        """What may come next in a random order; the end comes late."""
        usual = [
            self.accept, self.invoice, self.credit, self.give_back, self.dispute, self.settle, self.approve,
            self.interest, self.voucher, self.answer, self.supplement,
        ]  # fmt: skip
        return self.chance.sample([*usual, *([self.terminate] if len(self.told) > ACTS_TOLD - 12 else [])], len(usual))

    async def go_on(self) -> None:
        """The first act that is not refused; what is refused changes nothing, which the totals show."""
        for act in self.acts():
            with contextlib.suppress(DomainError):
                async with transaction():
                    await act()
                self.told.append(act.__name__)
                return


async def check_totals(history: History) -> None:
    """The totals of the pages against their leaves, and the proof of the ledger."""
    contract, told = history.world.contract, " ".join(history.told)
    difference = await first_difference()
    assert difference is None, f"{told}: {words(difference)}"
    money = await money_of(contract)
    assert money["amount"] == sum(v for k, v in money.items() if k != "amount"), told
    assert all(v >= 0 for v in money.values()), told
    payments = await queries.payments_of(contract)
    prices = [p["amount"] for p in payments if p["status"] == "paid" and p["part"] == "principal"]
    assert money["paid"] == sum(prices, D(0)), told
    _, over_all = await contracts_of_provider(history.world.provider)
    assert over_all["paid"] == money["paid"], told
    reference = await fetchval("SELECT reference FROM budget_line ORDER BY allotted_at LIMIT 1")
    line = await line_page(reference, history.world.finance)
    interest = [p["amount"] for p in payments if p["status"] == "paid" and p["part"] == "interest"]
    assert line["paid"] == sum([*prices, *interest], D(0)), told
    moved = {"pay": D(0), "commit": D(0), "uncommit": D(0)}
    for posting in await postings_of(line["ledger_line"]):
        if posting["kind"] in moved:
            moved[posting["kind"]] += posting["amount"]
    assert line["committed"] == moved["commit"] - moved["uncommit"] - moved["pay"], told
    await _check_book(contract, money, told)
    for invoice in await queries.invoices_of(contract):
        notes = sum((n["amount"] for n in await queries.credit_notes_of(invoice["id"])), D(0))
        disputed = sum((d["amount"] for d in await queries.disputes_of(invoice["id"])), D(0))
        assert invoice["payable"] == invoice["amount"] - notes - disputed, told


async def _check_book(contract: Any, money: dict[str, Decimal], told: str) -> None:
    """What the book owes is what the page says is accepted and not paid; each account is the sum of its entries."""
    stands = {row["account"]: row for row in await balances_of(contract)}
    advance = await fetchval(
        "SELECT coalesce(sum(payable), 0) FROM invoice WHERE contract = $1 AND advance IS NOT NULL"
        " AND status IN ('submitted', 'approved')", contract,
    )  # fmt: skip
    owed = stands["230201"]["balance"] if "230201" in stands else D(0)
    assert owed == money["accepted"] + money["invoiced"] + money["disputed"] - advance, told
    for account, row in stands.items():
        entries = await entries_of(contract, account)
        for side in ("debit", "credit"):
            assert row[side] == sum((e["amount"] for e in entries if e[side] == account), D(0)), f"{told}: {account}"


async def told_by(seed: int) -> list[str]:
    """The acts of one history."""
    chance = random.Random(seed)
    advance = D(chance.choice([0, 20]))
    world = await a_contract_in_force(months=5, item_code="A03", budget=D("550000.00"), advance=advance)
    await execute("ALTER TABLE payment_deduction DISABLE TRIGGER payment_deduction_is_versioned")
    await insert(
        PaymentDeduction, listing=world.facts["listing"], position=1, condition=FAILED[0], percent=FAILED[1]
    )
    history = History(world, chance, at_county_time(date(2026, 5, 4), 10))
    for _ in range(ACTS_TOLD):
        await history.go_on()
        await check_totals(history)
        history.now += timedelta(days=chance.randint(0, 9), minutes=1)
    return history.told


@pytest.mark.parametrize("seed", range(int(os.environ.get("HISTORIES", "2"))))
async def test_after_every_act_of_a_random_history_each_total_is_the_sum_of_its_leaves(db: Any, seed: int) -> None:
    told = await told_by(seed)
    assert {"accept", "invoice"} <= set(told) and len(told) > ACTS_TOLD / 2, told
