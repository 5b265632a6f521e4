"""Drafting, approving, scoring, accepting, paying and deciding complaints never meet in one person for one listing."""

from __future__ import annotations

from itertools import combinations
from typing import Any
from uuid import uuid4

import pytest

from marketplace.accounts.duties.rules import APART, Duty, check_duties_apart
from marketplace.accounts.duties.services import take_duty
from marketplace.kernel.db import fetchval
from marketplace.kernel.errors import Forbidden
from tests.cast import actor


@pytest.mark.parametrize(("held", "wanted"), [pair for pair in combinations(Duty, 2)])
def test_no_two_duties_meet_and_the_refusal_names_the_rule(held: Duty, wanted: Duty) -> None:
    for one, other in ((held, wanted), (wanted, held)):
        with pytest.raises(Forbidden) as refused:
            check_duties_apart([one], other)
        assert refused.value.clause == APART[frozenset({held, wanted})] in ("R-ROLE-02", "R-ROLE-03")
        assert "请换一位同事" in refused.value.sentence.text()
    check_duties_apart([held], held)


async def test_a_duty_is_taken_once_for_each_listing(db: Any, clock: Any) -> None:
    now, one, other = await clock.now(), uuid4(), uuid4()
    wang, li = await actor("wang.min", now), await actor("li.qiang", now)
    for _ in range(2):
        await take_duty(one, Duty.DRAFTING, wang.person_id, now)
    await take_duty(one, Duty.ACCEPTING, li.person_id, now)
    await take_duty(other, Duty.ACCEPTING, wang.person_id, now)
    with pytest.raises(Forbidden):
        await take_duty(one, Duty.ACCEPTING, wang.person_id, now)
    assert await fetchval("SELECT count(*) FROM listing_duty") == 3
