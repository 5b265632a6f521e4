"""A listing against a model of docs/states.md, R-ROLE-03 and R-TIME-21: status, money and audit agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from catalogue.interruptions.rules import NewSuspension
from catalogue.interruptions.services import cancel_published, resume_listing, suspend_listing
from catalogue.listings.progress import (
    cancel_listing,
    close_if_due,
    fail_listing,
    mark_determined,
    mark_evaluated,
    mark_opened,
)
from catalogue.listings.services import publish_listing, return_to_draft, submit_for_review
from marketplace.accounts.actor import Actor
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetchrow
from marketplace.kernel.i18n import say
from tests.builders_catalogue import a_budget_line, a_draft
from tests.cast import actor
from tests.conftest import TestClock
from tests.machines import FEW, MANY, Machine, play

# by hand from docs/states.md: what each act makes of each state; what is not here is refused. From `evaluated` back to
# `opened` leads another act alone (R-COM-08), from `determined` back to `evaluated` the fall of the first candidate
MOVES = {
    "submit": {"draft": "review"},
    "return": {"review": "draft"},
    "publish": {"review": "published"},
    "suspend": {"published": "suspended"},
    "resume": {"suspended": "published"},
    "open": {"closed": "opened"},
    "evaluate": {"opened": "evaluated", "determined": "evaluated"},
    "determine": {"evaluated": "determined"},
    "fail": dict.fromkeys(("closed", "opened", "evaluated", "determined"), "failed"),
    "drop": dict.fromkeys(("draft", "review"), "cancelled"),
    "cancel": dict.fromkeys(
        ("published", "suspended", "closed", "opened", "evaluated", "determined"), "cancelled"
    ),
}  # fmt: skip
RESERVED = ("published", "suspended", "closed", "opened", "evaluated", "determined")
ENTRIES = {
    "submit": "listing.submitted", "return": "listing.returned", "publish": "listing.published",
    "suspend": "listing.suspended", "resume": "listing.resumed", "open": "listing.opened",
    "evaluate": "listing.evaluated", "determine": "listing.determined", "fail": "listing.failed",
    "drop": "listing.cancelled", "cancel": "listing.cancelled", "close": "listing.closed",
}  # fmt: skip


@dataclass(frozen=True)
class Ground:
    """A whole draft with its people and its clock."""

    listing: UUID
    reference: str
    drafter: Actor
    colleague: Actor
    stranger: Actor
    budget: Decimal
    clock: TestClock
    now: datetime


class Listing(Machine):
    """The model: a status, and whether the deadline has come."""

    ground: Ground

    def __init__(self) -> None:
        super().__init__()
        self.status, self.now = "draft", self.ground.now
        self.is_over = False

    def does(self, act: str, done: Any, may: bool = True) -> None:
        """Press; the model moves when its table has the way."""
        to = MOVES[act].get(self.status)
        self.press(done, may and to is not None, ENTRIES[act])
        if may and to is not None:
            self.status = to

    @initialize(steps=st.sampled_from(range(7, -1, -1)))
    def begins(self, steps: int) -> None:
        """As far along the straight way as one likes: what is pressed by chance alone seldom gets there."""
        way = (
            lambda: self.submit(True), lambda: self.publish("colleague"), self.the_deadline_comes, self.close,
            lambda: self.go_on("open"), lambda: self.go_on("evaluate"), lambda: self.go_on("determine"),
        )  # fmt: skip
        for step in way[:steps]:
            step()

    @rule(by_drafter=st.booleans())
    def submit(self, by_drafter: bool) -> None:
        self.does("submit", submit_for_review(self.ground.listing, self._one(by_drafter), self.now))

    @rule(by_drafter=st.booleans())
    def give_back(self, by_drafter: bool) -> None:
        """Whoever drafted does not review."""
        done = return_to_draft(self.ground.listing, "请补充。", self._one(by_drafter), self.now)
        self.does("return", done, not by_drafter)

    @rule(who=st.sampled_from(["colleague", "colleague", "drafter", "stranger"]))
    def publish(self, who: str) -> None:
        done = publish_listing(self.ground.listing, getattr(self.ground, who), self.now)
        self.does("publish", done, who == "colleague")

    @rule(stranger=st.booleans())
    def suspend(self, stranger: bool) -> None:
        new = NewSuspension("outage", "服务器故障", county_day(self.now) + timedelta(days=3))
        who = self.ground.stranger if stranger else self.ground.colleague
        done = suspend_listing(self.ground.reference, new, who, self.now)
        self.does("suspend", done, not stranger and not self.is_over)

    @rule()
    def resume(self) -> None:
        self.does("resume", resume_listing(self.ground.reference, self.ground.colleague, self.now))

    @rule()
    def drop(self) -> None:
        if self.status in ("draft", "review"):
            self.does("drop", cancel_listing(self.ground.listing, "预算取消。", self.ground.drafter, self.now))

    @rule(stranger=st.booleans())
    def cancel(self, stranger: bool) -> None:
        who = self.ground.stranger if stranger else self.ground.colleague
        done = cancel_published(self.ground.reference, "task_cancelled", "项目取消。", who, self.now)
        self.does("cancel", done, not stranger)

    @precondition(lambda self: self.status == "published" and not self.is_over)
    @rule()
    def the_deadline_comes(self) -> None:
        """A bid at the exact deadline is late: so is everything that needs bidding to be open."""
        row = self.wait(_row(self.ground.listing))
        self.now, self.is_over = row["closes_at"], True
        self.wait(self.ground.clock.set(self.now))

    @rule()
    def close(self) -> None:
        closes = self.status == "published" and self.is_over
        done = self.press(close_if_due(self.ground.listing, self.now), True, *(["listing.closed"] if closes else []))
        self.status = "closed" if closes else self.status
        assert done == (self.status not in ("draft", "review", "published", "suspended"))

    @rule(act=st.sampled_from(["open", "evaluate", "determine", "fail"]))
    def go_on(self, act: str) -> None:
        listing, who, now = self.ground.listing, self.ground.colleague, self.now
        done = {
            "open": lambda: mark_opened(listing, who, now), "evaluate": lambda: mark_evaluated(listing, who, now),
            "determine": lambda: mark_determined(listing, who, now),
            "fail": lambda: fail_listing(listing, say("不足三家。"), None, who, now),
        }[act]()  # fmt: skip
        self.does(act, done)

    @invariant()
    def all_agree(self) -> None:
        """Status, the money held on the budget line, and the audit."""
        row = self.wait(_row(self.ground.listing))
        assert row["status"] == self.status
        assert row["reserved"] == (self.ground.budget if self.status in RESERVED else 0)
        self.check_entries("listing", str(self.ground.listing), *set(ENTRIES.values()))

    def _one(self, drafter: bool) -> Actor:
        return self.ground.drafter if drafter else self.ground.colleague


async def _row(listing: UUID) -> Any:
    return await fetchrow(
        "SELECT l.status, l.closes_at, l.reference, g.reserved,"
        " (SELECT sum(budget) FROM listing_lot WHERE listing = l.id) AS budget"
        " FROM listing l JOIN budget_line b ON b.id = l.budget_line JOIN ledger_line g ON g.id = b.ledger_line"
        " WHERE l.id = $1",
        listing,
    )


@pytest.mark.parametrize("histories", [FEW, pytest.param(MANY, marks=pytest.mark.faults)])
async def test_whatever_is_pressed_on_a_listing_the_model_agrees(db: Any, clock: TestClock, histories: int) -> None:
    now = await clock.now()
    listing = await a_draft(now, await a_budget_line(now))
    row = await _row(listing)
    people = [await actor(name, now) for name in ("wang.min", "li.qiang", "tan.rong")]
    await play(Listing, db, Ground(listing, row["reference"], *people, row["budget"], clock, now), histories, steps=9)
