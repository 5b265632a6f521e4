"""An invited tender through to its award: opening, review, panel, award, and what is published with it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx

from catalogue.listings.queries import listing_by_id
from evaluations.awards.queries import awards_of
from evaluations.awards.services import determine_award, publish_award_notice
from evaluations.opening.queries import opened_bids
from evaluations.opening.review import decide_qualification, every_item_met
from evaluations.opening.rules import Outcome
from evaluations.panel.services import appoint_member, declare_interest
from evaluations.scoring.queries import marked_criteria
from evaluations.scoring.services import compute_results, lock_marks, put_marks
from marketplace.kernel.db import fetchval
from tests.builders_evaluations import all_conform, everybody_signs, explain_signs
from tests.builders_inviting import NAMES, InvitedTender, an_invited_tender
from tests.builders_vendors import a_sealed_bid, some_contents
from tests.cast import actor
from tests.evaluations.opening.steps import Sealed, release
from tests.pages import words

FIVE = ("yang.hua", "xu.lin", "gao.feng", "wei.xin", "fan.li")


async def sealed_by(tender: InvitedTender, count: int, clock: Any) -> Sealed:
    """So many of the invited seal, each at another price; the clock stands after the deadline."""
    now = await clock.now()
    for place, bidder in enumerate(tender.invited[:count]):
        await a_sealed_bid(tender.listing.lots[0]["id"], bidder, now, some_contents(Decimal(490_000 + 5000 * place)))
    sealed = Sealed(tender.listing, tender.invited[:count], tender.listing.closes_at + timedelta(minutes=1))
    await clock.set(sealed.after)
    return sealed


async def test_fewer_than_three_bids_are_not_opened(clock: Any) -> None:
    tender = await an_invited_tender(await clock.now())
    sealed = await sealed_by(tender, 2, clock)
    assert await release(sealed, "zhou.lan", sealed.after) == Outcome.FAILED
    row = await listing_by_id(sealed.id)
    assert row["status"] == "failed" and row["end_clause"] == "R-METH-10" and "3" in row["end_reason"]


async def judged(sealed: Sealed) -> None:
    """All qualified, five experts give full marks, the results stand."""
    now, buyer = sealed.after, await actor("li.qiang", sealed.after)
    for bid in await opened_bids(sealed.id):
        assert await decide_qualification(await every_item_met(bid["id"]), buyer, now)
    experts = [await actor(name, now) for name in FIVE]
    for expert in experts:
        await appoint_member(sealed.id, expert.person_id, "expert", "省库抽取", buyer, now)
        await declare_interest(sealed.id, False, "", expert, now)
    await all_conform(sealed.id, now)
    for expert in experts:
        for bid in await opened_bids(sealed.id):
            marks: dict[UUID, Any] = {c["id"]: (c["points"], "逐项响应。") for c in await marked_criteria(sealed.id)}
            await put_marks(sealed.id, bid["id"], marks, expert, now)
    for expert in experts:
        await lock_marks(sealed.id, expert, now)
    await compute_results(sealed.id, experts[0], now)
    await everybody_signs(sealed.id, now)


async def test_three_bids_lead_to_an_award_that_publishes_list_and_draw(client: httpx.AsyncClient, clock: Any) -> None:
    tender = await an_invited_tender(await clock.now())
    sealed = await sealed_by(tender, 3, clock)
    await release(sealed, "zhou.lan", sealed.after)
    assert await release(sealed, "wu.gang", sealed.after) == Outcome.OPENED
    await explain_signs(sealed.id, sealed.after)
    await judged(sealed)
    buyer = await actor("li.qiang", sealed.after)
    await determine_award(UUID(str(tender.listing.lots[0]["id"])), buyer, sealed.after)
    draw = await fetchval("SELECT reference FROM draw WHERE kind = 'invited'")
    assert NAMES[0] not in (await client.get(f"/draws/{draw}")).text
    await publish_award_notice(sealed.id, buyer, sealed.after)
    (award,) = await awards_of(sealed.id)
    assert award["provider"] == tender.invited[0].id
    notice = words((await client.get(f"{sealed.path}/notices/award")).text)
    assert all(name in notice for name in NAMES) and "推荐理由" in notice and "在县内做过同类服务" in notice
    shown = (await client.get(f"/draws/{draw}")).text
    assert all(name in shown for name in NAMES) and "大雪 8" in shown
    assert "入户率 100%" in (await client.get(sealed.path)).text
    assert (await client.get(f"{sealed.path}/versions/1")).status_code == 200
