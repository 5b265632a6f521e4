"""Every sequence of acts around one challenge, to a depth: none reaches a state that may not be.

Each step is tried in a savepoint and taken back; what is refused changes nothing and is not followed further.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from catalogue.listings.progress import still_reserved
from contracts.agreements.queries import contract_of_lot
from contracts.agreements.services import sign_contract
from evaluations.awards.services import determine_award, publish_award_notice
from evaluations.challenges.deciding import Decision, Order, decide_complaint, order_suspension
from evaluations.challenges.remedies import Outcome, Remedy
from evaluations.challenges.services import answer_challenge, let_go_on, withdraw_challenge
from marketplace.accounts.actor import Actor
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchrow, fetchval, transaction
from marketplace.kernel.errors import DomainError
from tests.builders_disputes import a_challenge, an_accepted_complaint, an_announced_award, an_answer
from tests.builders_evaluations import Opened, director
from tests.cast import actor
from tests.conftest import TestClock

DEPTH = 3  # of every sequence; all of four stand among the faults, and `ANSWERED` is followed to four here too
ALL_OF_FOUR = 4
# the challenge is answered and the award stands: from here on signing, complaining and deciding meet
ANSWERED = "answer continue"
Act = Callable[[], Awaitable[Any]]


class _Undone(Exception):
    """Takes a savepoint back."""


class Walk:
    """The acts of one announced award with one challenge, and what must hold after each."""

    def __init__(self, opened: Opened, challenge: str, people: dict[str, Actor], now: datetime) -> None:
        self.opened, self.challenge, self.people, self.now = opened, challenge, people, now
        self.depth = DEPTH
        self.seen: set[tuple[str, ...]] = set()

    def acts(self) -> dict[str, Act]:
        """Everything anybody may press."""
        buyer, finance, challenger = self.people["buyer"], self.people["finance"], self.people["challenger"]
        acts: dict[str, Act] = {
            "withdraw": lambda: withdraw_challenge(self.challenge, challenger, self.now),
            "no effect": lambda: let_go_on(self.challenge, "不影响结果。", buyer, self.now),
            "complain": lambda: an_accepted_complaint(self.challenge, challenger, self.now),
            "determine": lambda: determine_award(self.opened.lot, buyer, self.now),
            "announce": lambda: publish_award_notice(self.opened.listing.id, buyer, self.now),
            "suspend": lambda: self._about_complaint(
                lambda r: order_suspension(r, Order("金财〔2026〕1号", self._in_a_week(), "核实"), finance, self.now)
            ),
            "sign both": self._sign,
        }
        for remedy in (Remedy.CONTINUE, Remedy.NEXT_CANDIDATE, Remedy.REDO, Remedy.DAMAGES):
            found = Outcome.NOT_UPHELD if remedy == Remedy.CONTINUE else Outcome.UPHELD
            acts[f"answer {remedy}"] = self._answer(an_answer(found, remedy))
            found = Outcome.REJECTED if remedy == Remedy.CONTINUE else Outcome.UPHELD
            acts[f"decide {remedy}"] = self._decide(Decision(found, remedy, "事实。", "依据。"))
        return acts

    def _in_a_week(self) -> Any:
        return county_day(self.now) + timedelta(days=7)

    def _answer(self, answer: Any) -> Act:
        return lambda: answer_challenge(self.challenge, answer, self.people["buyer"], self.now)

    def _decide(self, decision: Decision) -> Act:
        return lambda: self._about_complaint(
            lambda r: decide_complaint(r, decision, self.people["finance"], self.now)
        )

    async def _about_complaint(self, act: Callable[[str], Awaitable[Any]]) -> None:
        reference = await fetchval("SELECT reference FROM complaint ORDER BY raised_at DESC LIMIT 1")
        if reference is None:
            raise DomainError("没有投诉。")
        await act(reference)

    async def _sign(self) -> None:
        contract = await contract_of_lot(self.opened.lot)
        if contract is None:
            raise DomainError("没有合同。")
        held = await fetchval("SELECT count(*) FROM procurement_hold WHERE ended_at IS NULL")
        for signer in (self.people["buyer"], self.people[str(contract["provider_organisation"])]):
            await sign_contract(contract["id"], signer.name, signer, self.now)
        assert not held, "signed while a challenge or an order held it"

    async def go_on(self, path: tuple[str, ...]) -> None:
        """Try every act from here; depth first."""
        if len(path) == (ALL_OF_FOUR if path[:1] == (ANSWERED,) else self.depth):
            return
        for name, act in self.acts().items():
            try:
                async with transaction():
                    try:
                        await act()
                    except DomainError:
                        raise _Undone from None
                    self.seen.add((*path, name))
                    await self.check((*path, name))
                    await self.go_on((*path, name))
                    raise _Undone
            except _Undone:
                continue

    async def check(self, path: tuple[str, ...]) -> None:
        """What must hold whatever was pressed."""
        listing = self.opened.listing.id
        row = await fetchrow(
            "SELECT l.status, b.ledger_line, g.* FROM listing l JOIN budget_line b ON b.id = l.budget_line"
            " JOIN ledger_line g ON g.id = b.ledger_line WHERE l.id = $1",
            listing,
        )
        assert row is not None
        held = row["status"] in ("evaluated", "determined")
        assert row["reserved"] == (await still_reserved(listing, row["ledger_line"]) if held else 0), path
        contracts = [dict(c) for c in await fetch("SELECT * FROM contract WHERE status <> 'rescinded'")]
        assert row["committed"] == sum(c["amount"] for c in contracts), path
        awards = await fetch("SELECT * FROM award WHERE listing = $1", listing)
        announced = {a["reference"] for a in awards if a["announced_at"]}
        assert announced == {c["award_reference"] for c in contracts}, path
        assert (row["status"] == "awarded") == bool(announced), path
        assert row["status"] != "cancelled" or not awards, path
        passed = {r["opened_bid"] for r in await fetch("SELECT opened_bid FROM passed_over")}
        assert not passed & {a["opened_bid"] for a in awards}, path
        assert await fetchval("SELECT count(*) FROM complaint WHERE status = 'decided'") <= 1, path


async def walked(clock: TestClock, depth: int) -> set[tuple[str, ...]]:
    """Every sequence that was not refused, to this depth, each checked."""
    opened = await an_announced_award(await clock.now())
    now = opened.now + timedelta(days=1)
    await clock.set(now)
    people = {"buyer": opened.buyer, "finance": await actor("zhao.lei", now), "challenger": await director("云顶", now)}
    for name in ("和风", "沱江", "云顶"):
        who = await director(name, now)
        people[str(who.organisation_id)] = who
    walk = Walk(opened, await a_challenge(opened, "云顶", now), people, now)
    walk.depth = depth
    await walk.go_on(())
    return walk.seen


def check_what_was_reached(seen: set[tuple[str, ...]]) -> None:
    """The walk came where it should, and not where nobody may come."""
    ends = {path[-1] for path in seen}
    assert {"decide next_candidate", "announce", "sign both", "suspend"} <= ends
    assert (ANSWERED, "complain", "decide next_candidate", "determine") in seen
    assert (ANSWERED, "sign both", "complain", "decide next_candidate") in seen
    assert ("sign both",) not in seen and ("no effect", "sign both") in seen
    assert ("answer redo",) not in seen, "enough candidates are left"
    assert len(seen) > 30, len(seen)


async def test_R_DISP_04_no_sequence_of_acts_reaches_a_state_that_may_not_be(clock: TestClock) -> None:
    check_what_was_reached(await walked(clock, DEPTH))


@pytest.mark.faults
async def test_R_DISP_04_no_sequence_of_four_acts_either(clock: TestClock) -> None:
    check_what_was_reached(await walked(clock, ALL_OF_FOUR))
