"""Random histories of deposits, given in every way and corrected: after every act the book says what the rows say."""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.deposits.forms import ARRIVED
from contracts.deposits.online import give_up_online, look_again, pay_online, reconcile
from contracts.deposits.queries import asked_for_bid, asked_for_contract, deposit_of_reference, list_deposits
from contracts.deposits.remitting import decide_remittance, enter_remittance, record_claim_paid
from contracts.deposits.returns import begin_return, record_interest_paid, record_returned
from contracts.deposits.rules import Asked, Ground
from contracts.deposits.services import (
    confirm_arrival,
    declare_transfer,
    forfeit,
    hand_in_guarantee,
    say_not_arrived,
    take_back_declaration,
)
from contracts.treasury.book_queries import balances_of, entries_of, on_account, trial_balance
from marketplace.accounts.actor import Actor
from marketplace.gateways.payments import Checkout, PaymentRefused, Refund
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.db import execute, fetch, fetchval, transaction
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Bound, parse
from marketplace.verify_ledger import first_difference
from marketplace.verify_ledger_command import words
from tests.builders_contracts import DRAWN_UP, a_contract_in_force, the_other_of_finance
from tests.builders_vendors import a_provider, a_store
from tests.cast import actor
from tests.contracts.deposits.scene import PAPER, a_guarantee, a_scene

D = Decimal
ACTS_TOLD = 40


@dataclass
class FakeService:
    """A payment service that remembers; a refund fails or waits now and then."""

    chance: random.Random
    is_test: bool = True
    paid: dict[str, Decimal] = field(default_factory=dict)
    asked: dict[str, tuple[str, Decimal]] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)

    async def open_checkout(self, reference: str, attempt: int, amount: Decimal, purpose: str, back: str) -> Checkout:
        self.asked[f"cs_{reference}_{attempt}"] = (reference, amount)
        return await self.find_checkout(f"cs_{reference}_{attempt}")

    async def find_checkout(self, checkout: str) -> Checkout:
        reference, amount = self.asked[checkout]
        return Checkout(checkout, "https://pay", reference, amount, checkout in self.paid, False, f"pi_{checkout}")

    async def close_checkout(self, checkout: str) -> Checkout:
        return await self.find_checkout(checkout)

    async def refund(self, intent: str, reference: str, amount: Decimal) -> Refund:
        if amount > self.paid[intent.removeprefix("pi_")]:
            raise PaymentRefused("too much")
        known = self.refunds.get(reference)
        if known is None or not (known.is_done or known.is_failed):
            way = self.chance.choice(["done", "done", "failed", "waits"])
            self.refunds[reference] = Refund(f"re_{reference}", amount, way == "done", way == "failed")
        return self.refunds[reference]

    def read_event(self, body: bytes, signature: str) -> Any:
        raise NotImplementedError


@dataclass
class History:
    """Some bidders and one contractor, what they are asked, and the day that moves on with every act."""

    asked: list[tuple[Asked, Actor]]
    finance: Actor
    service: FakeService
    chance: random.Random
    now: datetime
    told: list[str] = field(default_factory=list)

    async def some(self, condition: str) -> Any:
        """Some deposit of this kind with its provider's person."""
        rows = await fetch(f"SELECT d.* FROM deposit d WHERE {condition} ORDER BY d.entered_at, d.reference")
        if not rows:
            raise DomainError("nothing")
        row = self.chance.choice(rows)
        return row, next(who for asked, who in self.asked if asked.provider == row["provider"])

    async def give(self) -> None:
        """A guarantee, sometimes over more than was asked, a transfer, or a page of the payment service."""
        asked, who = self.chance.choice(self.asked)
        way = self.chance.choice(["guarantee", "transfer", "online"])
        if way == "guarantee":
            amount = asked.amount + self.chance.choice([0, 0, D("0.01"), 500])
            form = a_guarantee(self.now, amount=str(amount), valid_until="2028-12-31")
            await hand_in_guarantee(asked, form, PAPER, a_store(), who, self.now)
        elif way == "transfer":
            await declare_transfer(asked, "农商银行 1", PAPER, a_store(), who, self.now)
        else:
            await pay_online(asked, self.service, "http://back", who, self.now)

    async def pay(self) -> None:
        """Somebody pays on a page; only the next look tells the county."""
        row, _ = await self.some("d.checkout <> '' AND d.status IN ('asked', 'dropped')")
        self.service.paid[row["checkout"]] = row["amount"]

    async def look(self) -> None:
        """News, or the county asks by itself."""
        if self.chance.random() < 0.5:
            await reconcile(self.service, self.now)
        else:
            row, _ = await self.some("d.checkout <> ''")
            found = await deposit_of_reference(row["reference"])
            assert found is not None
            await look_again(found, self.service, self.now)

    async def arrive(self) -> None:
        """A transfer came."""
        row, _ = await self.some("d.status = 'declared'")
        day = {"arrived_at": f"{county_day(self.now)}T00:01", "arrival_proof": "LS-1"}
        await confirm_arrival(row["reference"], parse(ARRIVED, day), self.finance, self.now)

    async def never_came(self) -> None:
        """A transfer did not come, or its giver thought better of it."""
        row, who = await self.some("d.status IN ('declared', 'asked')")
        if row["way"] == "online":
            await give_up_online(row["reference"], self.service, who, self.now)
        elif self.chance.random() < 0.5:
            await take_back_declaration(row["reference"], who, self.now)
        else:
            await say_not_arrived(row["reference"], "没有到账", self.finance, self.now)

    async def keep(self) -> None:
        """Finance keeps one for good."""
        row, _ = await self.some("d.status = 'held'")
        await forfeit(row["reference"], "拒签合同", self.finance, self.now)

    async def hand_over(self) -> None:
        """What was kept goes to the treasury by two people; the issuer of a guarantee pays first."""
        row, _ = await self.some("d.status = 'forfeited'")
        day = Bound(values={"remitted_on": county_day(self.now), "proof": "JK-1"})
        if row["way"] == "guarantee" and self.chance.random() < 0.5:
            await record_claim_paid(row["reference"], "SP-1", self.finance, self.now)
        await enter_remittance(row["reference"], day, self.finance, self.now)
        other = await the_other_of_finance(self.finance, self.now)
        await decide_remittance(row["reference"], self.chance.random() < 0.7, other, self.now)

    async def begin(self) -> None:
        """One has to go back."""
        row, _ = await self.some("d.status = 'held'")
        await begin_return(row["id"], Ground.LOSER, county_day(self.now), self.now)

    async def send_back(self) -> None:
        """The bank sent one back, early or late."""
        row, _ = await self.some("d.status = 'returning' AND (d.way = 'transfer' OR d.refund_failed)")
        await record_returned(row["reference"], "TK-1", self.finance, self.now)

    async def pay_interest(self) -> None:
        """The bank paid what a late refund online cost."""
        row, _ = await self.some("d.status = 'returned' AND d.interest > 0 AND d.interest_proof = ''")
        await record_interest_paid(row["reference"], "LX-1", self.finance, self.now)

    async def go_on(self) -> None:
        """The first act that is not refused."""
        acts: list[Callable[[], Awaitable[None]]] = [
            self.give, self.give, self.pay, self.look, self.arrive, self.never_came, self.keep, self.begin,
            self.begin, self.send_back, self.pay_interest, self.hand_over,
        ]  # fmt: skip
        for act in self.chance.sample(acts, len(acts)):
            with contextlib.suppress(DomainError):
                async with transaction():
                    await act()
                self.told.append(act.__name__)
                return


async def check_book(history: History) -> None:
    """Every deposit, the page's sums and the whole book against their leaves."""
    told = " ".join(history.told)
    difference = await first_difference()
    assert difference is None, f"{told}: {words(difference)}"
    late = at_county_time(county_day(history.now) + timedelta(days=900), 9)
    rows = await trial_balance(late)
    for row in rows:
        listed = (await on_account(row["account"], late)).rows
        assert row["balance"] == sum((each["balance"] for each in listed), D(0)), f"{told}: {row['account']}"
    stands = {row["account"]: row["balance"] for row in rows}
    page = await list_deposits(history.finance, late)
    assert stands["230701"] + stands["230702"] == page.money["held"], told
    assert stands["B01"] == page.guarantees["held"], told
    remitted = await fetchval("SELECT coalesce(sum(amount), 0) FROM deposit_movement WHERE kind = 'remit'")
    assert stands["2103"] == page.money["forfeited"] + page.guarantees["forfeited"] - remitted, told
    assert stands["5901"] == page.money["interest"], told
    for deposit in await fetch("SELECT id FROM deposit"):
        for balance in await balances_of(deposit["id"]):
            entries = await entries_of(deposit["id"], balance["account"])
            assert balance["debit"] == sum(e["amount"] for e in entries if e["debit"] == balance["account"]), told


async def told_by(seed: int) -> list[str]:
    """The acts of one history: two bidders of a listing that stays open, and a contract with its bond."""
    chance, start = random.Random(seed), at_county_time(DRAWN_UP.date(), 9)
    world = await a_contract_in_force()
    await execute(
        "INSERT INTO listing_terms (id, listing, performance_bond) VALUES (gen_random_uuid(), $1, 5)"
        " ON CONFLICT (listing) DO UPDATE SET performance_bond = 5", world.facts["listing"],
    )  # fmt: skip
    scene = await a_scene(start)
    other = await a_provider(start, name="金堂县同心社会工作服务中心", username="tongxin")
    asked = [
        (scene.asked, scene.provider.actor),
        (await asked_for_contract(world.reference, world.director), world.director),
        (await asked_for_bid(scene.listing.reference, other.actor, start), other.actor),
    ]  # fmt: skip
    history = History(asked, await actor("sun.yue", start), FakeService(chance), chance, start)
    for step in range(ACTS_TOLD):
        await history.go_on()
        if step % 3 == 2:
            await check_book(history)
        history.now += timedelta(days=chance.choice([0, 0, 1, 20]), minutes=1)
    await check_book(history)
    return history.told


@pytest.mark.parametrize("seed", range(int(os.environ.get("HISTORIES", "2"))))
async def test_after_every_act_of_a_random_history_of_deposits_the_book_agrees(db: Any, seed: int) -> None:
    told = await told_by(seed)
    assert {"give", "begin"} <= set(told) and len(told) > ACTS_TOLD / 2, told
    assert await fetchval("SELECT count(*) FROM account_posting") > 0
