"""Two bidders against a model of R-BID: one sealed bid each, replaced or withdrawn until the deadline, never after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from marketplace.kernel.db import fetch
from tests.builders_catalogue import Published, a_published_listing
from tests.builders_vendors import AProvider, a_provider, a_sealed_bid, a_store, some_contents
from tests.conftest import TestClock
from tests.machines import FEW, MANY, Machine, play
from vendors.bids.services import replace_bid, withdraw_bid

WHO = st.sampled_from([0, 1])


@dataclass(frozen=True)
class Ground:
    """A published listing and two who may bid."""

    listing: Published
    bidders: list[AProvider]
    clock: TestClock
    now: datetime

    @property
    def lot(self) -> UUID:
        return UUID(str(self.listing.lots[0]["id"]))


class Bids(Machine):
    """The model: receipts of each bidder in the order they were given, with their status."""

    ground: Ground

    def __init__(self) -> None:
        super().__init__()
        self.now, self.is_open = self.ground.now, True
        self.known: list[dict[str, str]] = [{}, {}]

    def standing(self, who: int) -> str | None:
        """The receipt of the bid that stands."""
        return next((receipt for receipt, status in self.known[who].items() if status == "sealed"), None)

    @initialize(both=st.booleans())
    def begins(self, both: bool) -> None:
        """One has sealed, or both."""
        for who in (0, 1)[: 1 + both]:
            self.seal(who)

    @rule(who=WHO)
    def seal(self, who: int) -> None:
        passes = self.is_open and self.standing(who) is None
        receipt = self.press(a_sealed_bid(self.ground.lot, self.ground.bidders[who], self.now), passes)
        if passes:
            self.known[who][receipt] = "sealed"

    @rule(who=WHO, number=st.integers(0, 5), foreign=st.booleans())
    def replace(self, who: int, number: int, foreign: bool) -> None:
        """Only one's own bid that stands; an earlier one, or somebody else's, is refused."""
        receipt = self._one(1 - who if foreign else who, number)
        if receipt is None:
            return
        passes = self.is_open and receipt == self.standing(who)
        done = replace_bid(receipt, some_contents(), a_store(), self.ground.bidders[who].actor, self.now)
        new = self.press(done, passes)
        if passes:
            self.known[who] |= {receipt: "replaced", new: "sealed"}

    @rule(who=WHO, number=st.integers(0, 5), foreign=st.booleans())
    def withdraw(self, who: int, number: int, foreign: bool) -> None:
        """Twice does no harm; what was replaced cannot be withdrawn."""
        receipt = self._one(1 - who if foreign else who, number)
        if receipt is None:
            return
        status = self.known[who].get(receipt)
        passes = status == "withdrawn" or (status == "sealed" and self.is_open)
        self.press(withdraw_bid(receipt, self.ground.bidders[who].actor, self.now), passes)
        if passes:
            self.known[who][receipt] = "withdrawn"

    @precondition(lambda self: self.is_open and any(self.known))
    @rule()
    def the_deadline_comes(self) -> None:
        """At the very moment it is too late."""
        self.now, self.is_open = self.ground.listing.closes_at, False
        self.wait(self.ground.clock.set(self.now))

    @invariant()
    def all_agree(self) -> None:
        """Every bid has the model's status; the audit and a letter tell of each once."""
        rows = self.wait(_bids(self.ground.listing.id))
        assert {row["receipt_number"]: row["status"] for row in rows} == self.known[0] | self.known[1]
        for row in rows:
            assert row["sealings"] == 1 and row["letters"] >= 1
            assert row["withdrawals"] == (row["status"] == "withdrawn")

    def _one(self, who: int, number: int) -> str | None:
        receipts = list(self.known[who])
        return receipts[number % len(receipts)] if receipts else None


async def _bids(listing: UUID) -> list[Any]:
    return await fetch(
        "SELECT b.receipt_number, b.status,"
        " (SELECT count(*) FROM audit_entry a WHERE a.subject_id = b.receipt_number AND a.act = 'bid.sealed')"
        "  AS sealings,"
        " (SELECT count(*) FROM audit_entry a WHERE a.subject_id = b.receipt_number AND a.act = 'bid.withdrawn')"
        "  AS withdrawals,"
        " (SELECT count(*) FROM outbox_message m WHERE m.payload::text LIKE '%' || b.receipt_number || '%') AS letters"
        " FROM bid b WHERE b.listing = $1",
        listing,
    )


@pytest.mark.parametrize("histories", [FEW, pytest.param(MANY, marks=pytest.mark.faults)])
async def test_whatever_two_bidders_press_the_model_agrees(db: Any, clock: TestClock, histories: int) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    bidders = [await a_provider(now), await a_provider(now, "成都市青羊区乐助社会工作服务中心", username="lezhu")]
    await play(Bids, db, Ground(listing, bidders, clock, now), histories, steps=10)
