"""94 Article 9: who bid as a consortium complains as one (R-DISP-03)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from evaluations.challenges.complaint_rules import partner_mistakes
from evaluations.challenges.complaint_services import raise_complaint
from evaluations.opening.consortia import enter_members
from marketplace.kernel.db import fetchval
from marketplace.kernel.errors import FormRefused
from tests.builders_disputes import a_complaint_letter, an_announced_award, an_answered_challenge
from tests.builders_evaluations import director
from tests.pages import sign_in, words
from vendors.bids.consortium import Member


def test_R_DISP_03_every_other_member_signs() -> None:
    assert partner_mistakes([], "") == {}
    assert partner_mistakes(["甲中心", "乙中心"], "甲中心 王某\n乙中心 李某") == {}
    found = partner_mistakes(["甲中心", "乙中心"], "甲中心 王某")
    assert "乙中心" in found["partners"].text("zh") and "甲" not in found["partners"].text("zh").split("：")[1]


async def test_R_DISP_03_a_consortium_complains_with_all_its_members(client: Any, clock: Any) -> None:
    opened = await an_announced_award(await clock.now())
    await enter_members(opened.bids["云顶"], [Member("52510121MJX0000075", "绿岛社会工作服务中心", Decimal(30))])
    now = opened.now + timedelta(days=3)
    challenge = await an_answered_challenge(opened, "云顶", now)
    now += timedelta(days=2)
    who = await director("云顶", now)
    letter = await a_complaint_letter(challenge, who)
    with pytest.raises(FormRefused) as refused:
        await raise_complaint(challenge, letter, who, now)
    assert set(refused.value.errors) == {"partners"}
    await clock.set(now)
    await sign_in(client, "director.0032")
    assert "绿岛社会工作服务中心" in words((await client.get(f"/challenges/{challenge}/complaint")).text)
    complaint = await raise_complaint(challenge, replace(letter, partners="绿岛社会工作服务中心 负责人周某"), who, now)
    assert "周某" in await fetchval("SELECT partners FROM complaint")
    assert "绿岛社会工作服务中心 负责人周某" in words((await client.get(f"/complaints/{complaint}")).text)
