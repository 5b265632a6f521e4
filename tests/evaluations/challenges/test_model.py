"""A challenge and the complaint after it against a model of docs/disputes.md: who may press what, and what is held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from evaluations.challenges.complaint_services import (
    accept_complaint,
    raise_complaint,
    refuse_complaint,
    reply_to_complaint,
    withdraw_complaint,
)
from evaluations.challenges.deciding import Decision, decide_complaint
from evaluations.challenges.remedies import Outcome, Remedy
from evaluations.challenges.rules import Stage
from evaluations.challenges.services import (
    MOST_OPEN,
    NewAnswer,
    answer_challenge,
    let_go_on,
    raise_challenge,
    withdraw_challenge,
)
from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetchrow
from tests.builders_disputes import a_complaint_letter, a_letter, an_announced_award, an_answer
from tests.builders_evaluations import Opened, director
from tests.builders_vendors import a_store
from tests.cast import actor
from tests.machines import FEW, MANY, Machine, play

PEOPLE = ("challenger", "bidder", "buyer", "finance")
REJECTED = Decision(Outcome.REJECTED, Remedy.CONTINUE, "事实。", "依据。")


@dataclass(frozen=True)
class Ground:
    """An announced award within the days of challenge, and four persons of four offices."""

    opened: Opened
    people: dict[str, Actor]
    now: datetime


async def _complain(challenge: str, who: Actor, now: datetime) -> str:
    return await raise_complaint(challenge, await a_complaint_letter(challenge, who), who, now)


class Dispute(Machine):
    """The model: letters sent, how far the last one and its complaint have come, and whether signing is held."""

    ground: Ground

    def __init__(self) -> None:
        super().__init__()
        self.letters, self.challenge, self.status, self.held = 0, "", "none", False
        self.complaint, self.complains, self.replied = "", "none", False

    def _who(self, who: str) -> Actor:
        return self.ground.people[who]

    @initialize(steps=st.sampled_from(range(6, -1, -1)))
    def begins(self, steps: int) -> None:
        """As far along the straight way as one likes."""
        way = (
            lambda: self.challenges("challenger"), lambda: self.answer("buyer", is_whole=True),
            lambda: self.complain("challenger"), lambda: self.accept("finance"), lambda: self.reply("buyer"),
            lambda: self.decide("finance"),
        )  # fmt: skip
        for step in way[:steps]:
            step()

    @rule(who=st.sampled_from(["challenger", "challenger", "buyer", "finance"]))
    def challenges(self, who: str) -> None:
        person, reference = self._who(who), self.ground.opened.listing.reference
        letter = a_letter(Stage.RESULT, self.ground.opened.lot, person.name)
        may = who == "challenger" and self.status in ("none", "withdrawn") and self.letters < MOST_OPEN
        answer = self.press(raise_challenge(reference, letter, [], a_store(), (person, self.ground.now)), may)
        if may:
            self.letters, self.challenge, self.status, self.held = self.letters + 1, answer, "received", True

    @rule(who=st.sampled_from(PEOPLE))
    def withdraw(self, who: str) -> None:
        if self.challenge:
            may = who == "challenger" and self.status == "received"
            self.press(withdraw_challenge(self.challenge, self._who(who), self.ground.now), may)
            self.status, self.held = ("withdrawn", False) if may else (self.status, self.held)

    @rule(who=st.sampled_from(PEOPLE))
    def goes_on(self, who: str) -> None:
        if self.challenge:
            may = who == "buyer" and self.held
            self.press(let_go_on(self.challenge, "不影响结果。", self._who(who), self.ground.now), may)
            self.held = self.held and not may

    @rule(who=st.sampled_from(["buyer", *PEOPLE]), is_whole=st.booleans())
    def answer(self, who: str, is_whole: bool) -> None:
        if self.challenge:
            said = an_answer() if is_whole else NewAnswer(Outcome.NOT_UPHELD, Remedy.CONTINUE, {1: " "})
            may = who == "buyer" and is_whole and self.status == "received"
            self.press(answer_challenge(self.challenge, said, self._who(who), self.ground.now), may)
            self.status, self.held = ("answered", False) if may else (self.status, self.held)

    @rule(who=st.sampled_from(["challenger", "bidder", "buyer"]))
    def complain(self, who: str) -> None:
        if self.challenge:
            may = who == "challenger" and self.status == "answered"
            may = may and self.complains in ("none", "not_accepted", "withdrawn")
            answer = self.press(_complain(self.challenge, self._who(who), self.ground.now), may)
            if may:
                self.complaint, self.complains, self.replied = answer, "received", False

    @rule(who=st.sampled_from(["finance", "buyer", "challenger"]))
    def accept(self, who: str) -> None:
        self._moves(who == "finance" and self.complains == "received", accept_complaint, "accepted", self._who(who))

    @rule(who=st.sampled_from(["finance", "buyer"]))
    def refuse(self, who: str) -> None:
        may = who == "finance" and self.complains == "received"
        self._moves(may, refuse_complaint, "not_accepted", "不属于投诉范围。", self._who(who))

    @rule(who=st.sampled_from(["challenger", "bidder", "finance"]))
    def withdraw_it(self, who: str) -> None:
        may = who == "challenger" and self.complains in ("received", "accepted")
        self._moves(may, withdraw_complaint, "withdrawn", self._who(who))

    @rule(who=st.sampled_from(["buyer", "challenger", "finance"]))
    def reply(self, who: str) -> None:
        may = who == "buyer" and self.complains == "accepted" and not self.replied
        self._moves(may, reply_to_complaint, self.complains, "评审合法。", self._who(who))
        self.replied = self.replied or may

    @rule(who=st.sampled_from(["finance", "finance", "buyer"]))
    def decide(self, who: str) -> None:
        may = who == "finance" and self.complains == "accepted" and self.replied
        self._moves(may, decide_complaint, "decided", REJECTED, self._who(who))

    def _moves(self, may: bool, act: Any, to: str, *about: Any) -> None:
        if self.complaint:
            self.press(act(self.complaint, *about, self.ground.now), may)
            self.complains = to if may else self.complains

    @invariant()
    def all_agree(self) -> None:
        """The states, one letter standing at most, what is held, one complaint open at most, and the award stands."""
        row = self.wait(_dispute(self.challenge, self.complaint))
        assert row["letters"] == self.letters and row["standing"] == (self.status in ("received", "answered"))
        assert (row["status"] or "none", row["complains"] or "none") == (self.status, self.complains)
        assert row["held"] == self.held and row["open"] == (self.complains in ("received", "accepted", "decided"))
        assert row["raised"] == self.letters and row["award"] == "awarded"
        assert row["answered"] == (self.status == "answered") and row["decided"] == (self.complains == "decided")


async def _dispute(challenge: str, complaint: str) -> Any:
    told = "(SELECT count(*) FROM audit_entry WHERE act = '{}') AS {}"
    return await fetchrow(
        "SELECT (SELECT count(*) FROM challenge) AS letters,"
        " (SELECT count(*) FROM challenge WHERE status <> 'withdrawn') AS standing,"
        " (SELECT status FROM challenge WHERE reference = $1) AS status,"
        " (SELECT status FROM complaint WHERE reference = $2) AS complains,"
        " (SELECT count(*) FROM procurement_hold WHERE ended_at IS NULL) AS held,"
        " (SELECT count(*) FROM complaint WHERE status NOT IN ('not_accepted', 'withdrawn')) AS open,"
        " (SELECT status FROM listing LIMIT 1) AS award,"
        f" {told.format('challenge.raised', 'raised')}, {told.format('challenge.answered', 'answered')},"
        f" {told.format('complaint.decided', 'decided')}",
        challenge, complaint,
    )  # fmt: skip


@pytest.mark.parametrize("histories", [FEW, pytest.param(MANY, marks=pytest.mark.faults)])
async def test_R_DISP_06_whatever_is_pressed_on_a_challenge_the_model_agrees(
    db: Any, clock: Any, histories: int
) -> None:
    opened = await an_announced_award(await clock.now())
    now = opened.now + timedelta(days=1)
    await clock.set(now)
    people = {
        "challenger": await director("云顶", now), "bidder": await director("沱江", now), "buyer": opened.buyer,
        "finance": await actor("zhao.lei", now),
    }  # fmt: skip
    await play(Dispute, db, Ground(opened, people, now), histories, steps=10)
