"""Two officers decide at once, two colleagues answer at once, and a challenge in the last second."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.agreements.queries import contract_of_lot
from contracts.agreements.services import sign_contract
from evaluations.challenges.deciding import Decision, decide_complaint
from evaluations.challenges.remedies import Outcome, Remedy
from evaluations.challenges.rules import Stage
from evaluations.challenges.services import answer_challenge, raise_challenge
from evaluations.refusals.services import refuse_to_sign
from marketplace.kernel.calendar import county_calendar
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.db import fetchval
from marketplace.kernel.errors import Conflict
from tests.at_once import both
from tests.builders_disputes import (
    a_challenge,
    a_letter,
    an_accepted_complaint,
    an_announced_award,
    an_answer,
    an_answered_challenge,
)
from tests.builders_evaluations import director
from tests.builders_vendors import a_store
from tests.cast import actor
from tests.conftest import TestClock
from tests.races.test_two_people_at_once import START, entries, one_won


async def test_two_officers_who_decide_a_complaint_decide_it_once(committed: None) -> None:
    opened = await an_announced_award(START)
    await TestClock().set(opened.now)
    challenge = await an_answered_challenge(opened, "云顶", opened.now)
    now = opened.now + timedelta(days=2)
    await TestClock().set(now)
    complaint = await an_accepted_complaint(challenge, await director("云顶", now), now)
    colleague = await actor("sun.yue", now)
    upheld = Decision(Outcome.UPHELD, Remedy.NEXT_CANDIDATE, "给分错误。", "94号令第三十二条")
    rejected = Decision(Outcome.REJECTED, Remedy.CONTINUE, "给分正确。", "94号令第二十九条")
    one_won(
        await both(
            decide_complaint(complaint, upheld, await actor("zhao.lei", now), now),
            decide_complaint(complaint, rejected, colleague, now),
        )
    )
    assert await entries("complaint.decided") == 1
    remedy = await fetchval("SELECT remedy FROM complaint")
    assert await fetchval("SELECT count(*) FROM void_award") == (1 if remedy == "next_candidate" else 0)


async def test_two_colleagues_who_answer_a_challenge_answer_it_once(committed: None) -> None:
    opened = await an_announced_award(START)
    await TestClock().set(opened.now)
    challenge = await a_challenge(opened, "云顶", opened.now)
    people = opened.buyer, await actor("chen.jing", opened.now)
    one_won(await both(*[answer_challenge(challenge, an_answer(), who, opened.now) for who in people]))
    assert await entries("challenge.answered") == 1


async def test_R_DISP_01_a_challenge_is_in_time_to_the_last_second_and_late_a_second_later(clock: TestClock) -> None:
    opened = await an_announced_award(await clock.now())
    ended = await fetchval("SELECT ended_at FROM listing WHERE id = $1", opened.listing.id)
    # one working day of notice, then seven: eight in all (R-TIME-16, R-TIME-23)
    last = county_calendar().add_working_days(county_day(ended), 8)
    who, letter = await director("云顶", opened.now), a_letter(Stage.RESULT, opened.lot)
    before = at_county_time(last, 23, 59) + timedelta(seconds=59)
    await clock.set(before + timedelta(seconds=2))
    with pytest.raises(Conflict) as late:
        # the page was asked for in time, the letter arrives after midnight
        await raise_challenge(opened.listing.reference, letter, [], a_store(), (who, before))
    assert late.value.clause == "R-DISP-01"
    await clock.set(before - timedelta(seconds=5))
    assert await raise_challenge(opened.listing.reference, letter, [], a_store(), (who, before))


async def test_R_AWD_03_who_signs_and_refuses_in_the_same_moment_has_done_one_of_them(committed: None) -> None:
    opened = await an_announced_award(START)
    await TestClock().set(opened.now)
    contract, winner = await contract_of_lot(opened.lot), await director("沱江", opened.now)
    assert contract is not None
    one_won(
        await both(
            sign_contract(contract["id"], winner.name, winner, opened.now),
            refuse_to_sign(opened.listing.reference, opened.lot, "人员不足。", winner.name, (winner, opened.now)),
        )
    )
    signed = await fetchval("SELECT count(*) FROM signature WHERE contract = $1", contract["id"])
    assert signed + await fetchval("SELECT count(*) FROM award_refusal") == 1
