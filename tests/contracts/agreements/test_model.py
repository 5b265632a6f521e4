"""A contract against a model of docs/states.md and R-DISP-04: signing by both sides, and an award that falls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from contracts.agreements.rescinding import Grounds, rescind_contract
from contracts.agreements.services import sign_contract
from marketplace.accounts.actor import Actor
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetchrow
from tests.builders_contracts import APRIL, DRAWN_UP, World, a_contract, accept
from tests.cast import actor
from tests.machines import FEW, MANY, Machine, play

GROUNDS = Grounds("金财〔2026〕1号", "中标无效。", "R-DISP-04")
LATER = at_county_time(APRIL.replace(month=5, day=12), 10)


@dataclass(frozen=True)
class Ground:
    """A contract drawn up and not signed."""

    world: World
    stranger: Actor
    finance: Actor
    now: datetime


class Contract(Machine):
    """The model: who signed, whether the award fell, and what the line holds for the contract."""

    ground: Ground

    def __init__(self) -> None:
        super().__init__()
        self.signed: set[str] = set()
        self.fell = False

    @property
    def status(self) -> str:
        """As docs/states.md names it."""
        return "rescinded" if self.fell else ("drawn_up", "signed_by_one", "in_force")[len(self.signed)]

    @initialize(sides=st.permutations(["signer", "director"]), signed=st.sampled_from([2, 1, 0]))
    def begins(self, sides: list[str], signed: int) -> None:
        """Signed by so many, in either order."""
        for side in sides[:signed]:
            self.sign(side, "own")

    @rule(side=st.sampled_from(["signer", "director"]), name=st.sampled_from(["own", "own", "another"]))
    def sign(self, side: str, name: str) -> None:
        """Each side once, under its own name."""
        who: Actor = getattr(self.ground.world, side)
        passes = name == "own" and side not in self.signed and not self.fell
        typed = who.name if name == "own" else "某某"
        self.press(sign_contract(self.ground.world.contract, typed, who, self.ground.now), passes, "contract.signed")
        if passes:
            self.signed.add(side)

    @rule()
    def a_stranger_signs(self) -> None:
        stranger = self.ground.stranger
        self.press(sign_contract(self.ground.world.contract, stranger.name, stranger, self.ground.now), False)

    @rule(sure=st.sampled_from([False, False, True]))
    def the_award_falls(self, sure: bool) -> None:
        if sure:
            done = rescind_contract(self.ground.world.contract, GROUNDS, self.ground.finance, self.ground.now)
            self.press(done, not self.fell, "contract.rescinded")
            self.fell = True

    @precondition(lambda self: self.status != "in_force")
    @rule()
    def nothing_is_accepted_before_it_is_in_force(self) -> None:
        self.press(accept(self.ground.world, 1, LATER), False)

    @invariant()
    def all_agree(self) -> None:
        """Status, signatures, the money committed on the line, and the audit."""
        contract, world = self.ground.world.contract, self.ground.world
        row = self.wait(_row(contract))
        assert row["status"] == self.status and row["signatures"] == len(self.signed)
        assert row["committed"] == (0 if self.fell else world.facts["amount"]) and row["paid"] == 0
        assert (row["published_at"] is not None) == (len(self.signed) == 2)
        self.check_entries("contract", str(contract), "contract.signed", "contract.rescinded")


async def _row(contract: Any) -> Any:
    return await fetchrow(
        "SELECT c.status, c.published_at, g.committed, g.paid,"
        " (SELECT count(*) FROM signature s WHERE s.contract = c.id) AS signatures"
        " FROM contract c JOIN listing_lot t ON t.id = c.lot JOIN listing l ON l.id = t.listing"
        " JOIN budget_line b ON b.id = l.budget_line JOIN ledger_line g ON g.id = b.ledger_line WHERE c.id = $1",
        contract,
    )


@pytest.mark.parametrize("histories", [FEW, pytest.param(MANY, marks=pytest.mark.faults)])
async def test_whatever_is_pressed_on_a_contract_the_model_agrees(db: Any, histories: int) -> None:
    world = await a_contract()
    stranger, finance = await actor("tan.rong", DRAWN_UP), await actor("zhao.lei", DRAWN_UP)
    ground = Ground(world, stranger, finance, DRAWN_UP + timedelta(hours=2))
    await play(Contract, db, ground, histories)
