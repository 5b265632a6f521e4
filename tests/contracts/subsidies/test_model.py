"""A subsidy run against a model of docs/states.md, R-SOCW-05 and R-SOCW-06: two persons, days in public, one sum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from contracts.subsidies.accounts import decide_account, state_account
from contracts.subsidies.paying import confirm_subsidies_paid, make_pay_file
from contracts.subsidies.services import approve_run, compute_run, publish_run
from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetchrow
from tests.builders_contracts import APRIL, FakeTreasury, a_closed_month, a_contract_in_force
from tests.builders_subsidies import AFTER, BANK, NOW, a_scheme
from tests.cast import actor
from tests.machines import FEW, MANY, Machine, play

ORDER = ("none", "computed", "public", "approved", "sent", "paid")
ENTRIES = ("subsidy.computed", "subsidy.published", "subsidy.approved", "subsidy.pay_file_made", "subsidy.paid")


@dataclass(frozen=True)
class Ground:
    """A scheme in force, a month that was closed, and an account to pay to."""

    scheme: UUID
    civil: Actor
    finance: Actor


class Run(Machine):
    """The model: how far the run has come, and whether its days in public are over."""

    ground: Ground

    def __init__(self) -> None:
        super().__init__()
        self.at, self.now, self.run = "none", NOW, None
        self.treasury = FakeTreasury()

    def _is_at_least(self, status: str) -> bool:
        return ORDER.index(self.at) >= ORDER.index(status)

    def _does(self, done: Any, to: str, may: bool, again: bool) -> None:
        """From the state before `to`; pressed again it does no harm where the rule says so."""
        moves = may and ORDER.index(self.at) == ORDER.index(to) - 1
        entry = [ENTRIES[ORDER.index(to) - 1]] if moves else []
        self.press(done, moves or (may and again), *entry)
        self.at = to if moves else self.at

    @initialize(steps=st.sampled_from(range(6, -1, -1)))
    def begins(self, steps: int) -> None:
        """As far along the straight way as one likes: what is pressed by chance alone seldom gets there."""
        way = (
            lambda: self.compute("civil"), lambda: self.publish("civil"), self.its_days_in_public_are_over,
            lambda: self.approve("finance"), lambda: self.make_file("finance"), lambda: self.confirm("finance"),
        )  # fmt: skip
        for step in way[:steps]:
            step()

    @rule(who=st.sampled_from(["civil", "civil", "finance"]))
    def compute(self, who: str) -> None:
        done = compute_run(self.ground.scheme, APRIL, 1, getattr(self.ground, who), self.now)
        self._does(done, "computed", who == "civil", self.at != "none")
        if self.run is None and self.at == "computed":
            self.run = self.wait(_run())["id"]

    @rule()
    def its_days_in_public_are_over(self) -> None:
        self.now = AFTER

    @rule(who=st.sampled_from(["civil", "civil", "finance"]))
    def publish(self, who: str) -> None:
        if self.run:
            done = publish_run(self.run, getattr(self.ground, who), NOW)
            self._does(done, "public", who == "civil", self.at == "public")

    @rule(who=st.sampled_from(["finance", "finance", "civil"]))
    def approve(self, who: str) -> None:
        if self.run:
            may = who == "finance" and (self.now == AFTER or self._is_at_least("approved"))
            done = approve_run(self.run, getattr(self.ground, who), self.now)
            self._does(done, "approved", may, self._is_at_least("approved"))

    @rule(who=st.sampled_from(["finance", "finance", "civil"]))
    def make_file(self, who: str) -> None:
        if self.run:
            done = make_pay_file(self.run, self.treasury, getattr(self.ground, who), AFTER)
            self._does(done, "sent", who == "finance", self._is_at_least("sent"))

    @rule(who=st.sampled_from(["finance", "finance", "civil"]))
    def confirm(self, who: str) -> None:
        if self.run:
            done = confirm_subsidies_paid(self.run, getattr(self.ground, who), AFTER)
            self._does(done, "paid", who == "finance", self.at == "paid")

    @invariant()
    def all_agree(self) -> None:
        """Status, one sum from the lines to the payments, one file, and the audit."""
        row = self.wait(_run())
        if self.run is None:
            assert row is None
            return
        assert row["runs"] == 1 and row["status"] == self.at
        assert row["total"] == row["lines"] == 300
        assert row["sent"] == (300 if self._is_at_least("sent") else 0)
        assert row["answered"] == (300 if self.at == "paid" else 0)
        assert len(self.treasury.batches) == self._is_at_least("sent")
        self.check_entries("subsidy_run", str(self.run), *ENTRIES)


async def _run() -> Any:
    return await fetchrow(
        "SELECT r.id, r.status, r.total, (SELECT count(*) FROM subsidy_run) AS runs,"
        " (SELECT coalesce(sum(amount), 0) FROM subsidy_line WHERE run = r.id) AS lines,"
        " (SELECT coalesce(sum(amount), 0) FROM subsidy_payment WHERE run = r.id) AS sent,"
        " (SELECT coalesce(sum(amount), 0) FROM subsidy_payment WHERE run = r.id AND status = 'paid') AS answered"
        " FROM subsidy_run r"
    )


@pytest.mark.parametrize("histories", [FEW, pytest.param(MANY, marks=pytest.mark.faults)])
async def test_whatever_is_pressed_on_a_subsidy_run_the_model_agrees(db: Any, histories: int) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    scheme = await a_scheme(proof="either")
    civil, finance = await actor("liu.fang", NOW), await actor("sun.yue", NOW)
    account = await state_account(world.worker_row, BANK, "6217003810001234567", world.worker, NOW)
    await decide_account(account, "", finance, NOW)
    await play(Run, db, Ground(scheme, civil, finance), histories)
