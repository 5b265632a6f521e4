"""The buyer's own chain: each step by another person, returned to a step, minutes from an amount (R-ROLE-03)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from catalogue.listings.drafts import Qualification
from catalogue.listings.queries import listing_by_id
from catalogue.listings.review.chain import Decision, Duty, Step, check_chain, standing_approvals
from catalogue.listings.review.chain_services import NewChain, confirm_chain, propose_chain
from catalogue.listings.review.decisions import approve_step, return_to_step
from catalogue.listings.review.queries import review_state
from catalogue.listings.services import publish_listing, return_to_draft, save_draft, submit_for_review
from catalogue.work import waiting_for
from marketplace.accounts.people.tables import Membership, Person
from marketplace.kernel.db import execute, fetchval, insert
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused
from tests.builders_catalogue import a_draft, a_reviewed_listing
from tests.cast import actor, enter_cast, office
from tests.pages import send, sign_in, words

PAPER = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


async def _head(now: Any) -> UUID:
    """A fourth person of the sub-district, its head."""
    people = await enter_cast(now)
    known: UUID | None = await fetchval("SELECT id FROM person WHERE username = 'he.lei'")
    if known:
        return known
    password = await fetchval("SELECT password_hash FROM person WHERE id = $1", people["wang.min"])
    head: UUID = await insert(
        Person, username="he.lei", name="何磊", email="he.lei@jintang.example", password_hash=password, created_at=now
    )
    await insert(Membership, person=head, organisation=await office("zhaozhen"), role="buyer")
    return head


async def a_chain(now: Any, minutes_from: Decimal | None = None) -> UUID:
    """Section by anybody, deputy chen.jing, head he.lei; proposed by one, confirmed by another."""
    head = await _head(now)
    deputy = (await actor("chen.jing", now)).person_id
    steps = (Step(1, Duty.SECTION), Step(2, Duty.DEPUTY, deputy), Step(3, Duty.HEAD, head))
    new = NewChain(steps, "赵街办发〔2026〕8号", minutes_from)
    chain = await propose_chain(new, await actor("li.qiang", now), now)
    await confirm_chain(chain, await actor("chen.jing", now), now)
    return chain


async def test_without_settings_a_single_other_person_reviews(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await a_reviewed_listing(now)
    state = await review_state(listing)
    assert [step.duty for step in state.steps] == [Duty.REVIEWER] and state.is_last
    with pytest.raises(Conflict):
        await approve_step(listing, "", await actor("li.qiang", now), now)
    await publish_listing(listing, await actor("li.qiang", now), now)
    assert (await review_state(listing)).decisions[0].person_name == "李强"


async def test_r_role_03_each_step_is_decided_by_another_person_in_order(db: Any, clock: Any) -> None:
    now = await clock.now()
    await a_chain(now)
    listing = await a_reviewed_listing(now)
    li, chen, wang = [await actor(name, now) for name in ("li.qiang", "chen.jing", "wang.min")]
    with pytest.raises(Forbidden) as own:
        await approve_step(listing, "", wang, now)
    assert own.value.clause == "R-ROLE-03"
    with pytest.raises(Conflict, match="后面还有 2 步"):
        await publish_listing(listing, li, now)
    await approve_step(listing, "需求清楚", li, now)
    with pytest.raises(Forbidden, match="前面一步同意过"):
        await approve_step(listing, "", li, now)
    assert [item.url for item in await waiting_for(chen, now)] == [f"/listings/drafts/{listing}/review"]
    assert await waiting_for(li, now) == []
    await approve_step(listing, "", chen, now + timedelta(minutes=1))
    with pytest.raises(Forbidden):
        await publish_listing(listing, chen, now)
    await publish_listing(listing, await actor("he.lei", now), now + timedelta(minutes=2))
    state = await review_state(listing)
    assert [(d.position, d.person_name) for d in state.decisions] == [(1, "李强"), (2, "陈静"), (3, "何磊")]
    assert (await listing_by_id(listing))["status"] == "published"


async def test_a_listing_goes_back_to_a_step_and_its_approvals_no_longer_stand(db: Any, clock: Any) -> None:
    now = await clock.now()
    await a_chain(now)
    listing = await a_reviewed_listing(now)
    li, chen = await actor("li.qiang", now), await actor("chen.jing", now)
    await approve_step(listing, "", li, now)
    await return_to_step(listing, 1, "请科室再核数量", chen, now + timedelta(minutes=1))
    assert (await review_state(listing)).position == 1
    await approve_step(listing, "已核", li, now + timedelta(minutes=2))
    await approve_step(listing, "", chen, now + timedelta(minutes=3))
    with pytest.raises(Conflict):
        await return_to_step(listing, 3, "x", await actor("he.lei", now), now)
    await return_to_draft(listing, "改资格", await actor("he.lei", now), now + timedelta(minutes=4))
    assert (await listing_by_id(listing))["status"] == "draft"
    await save_draft(listing, 1, Qualification("无。"), await actor("wang.min", now), now)
    await submit_for_review(listing, await actor("wang.min", now), now)
    state = await review_state(listing)
    assert state.position == 1 and state.decisions == () and state.step.duty is Duty.SECTION


async def test_who_wrote_a_part_does_not_review_it(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await a_draft(now)
    li = await actor("li.qiang", now)
    await save_draft(listing, 1, Qualification("无。"), li, now)
    await submit_for_review(listing, await actor("wang.min", now), now)
    with pytest.raises(Forbidden, match="有您写的部分"):
        await publish_listing(listing, li, now)
    await publish_listing(listing, await actor("chen.jing", now), now)


async def test_the_chain_of_the_day_it_was_handed_over_counts(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await a_reviewed_listing(now)
    await a_chain(now)
    await publish_listing(listing, await actor("li.qiang", now), now)


async def test_from_an_amount_on_the_minutes_come_first(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    await a_chain(now, Decimal("505000.00"))
    listing = await a_reviewed_listing(now)
    await approve_step(listing, "", await actor("li.qiang", now), now)
    await approve_step(listing, "", await actor("chen.jing", now), now + timedelta(minutes=1))
    head = await actor("he.lei", now)
    with pytest.raises(DomainError, match="赵街办发〔2026〕8号") as refused:
        await publish_listing(listing, head, now)
    assert "会议纪要" in str(refused.value)
    await sign_in(client, "wang.min")
    address = f"/listings/drafts/{listing}/minutes"
    bad = await send(client, address, {"number": "", "held_on": "2027-01-01", "decision": "同意"})
    assert bad.status_code == 422 and "请选择要上传的文件" in bad.text
    typed = {"number": "赵街党工委纪要〔2026〕3号", "held_on": "2026-02-27", "decision": "同意采购"}
    late = await send(
        client, address, {**typed, "held_on": "2026-03-03"}, files={"file": ("a.pdf", PAPER, "application/pdf")}
    )
    assert late.status_code == 422 and "会议日期在将来" in late.text
    good = await send(client, address, typed, files={"file": ("纪要.pdf", PAPER, "application/pdf")})
    assert good.status_code == 303, words(good.text)
    assert "赵街党工委纪要〔2026〕3号" in words((await client.get(f"/listings/drafts/{listing}/review")).text)
    await publish_listing(listing, head, now + timedelta(minutes=2))


async def test_just_below_the_amount_no_minutes_are_needed(db: Any, clock: Any) -> None:
    now = await clock.now()
    await a_chain(now, Decimal("505000.01"))
    state = await review_state(await a_reviewed_listing(now))
    assert not state.needs_minutes(Decimal("505000.00")) and state.needs_minutes(Decimal("505000.01"))


async def test_one_proposes_a_chain_and_another_confirms_it(client: httpx.AsyncClient, clock: Any) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "li.qiang")
    assert "没有另行设置" in words((await client.get("/review-chain")).text)
    bad = await send(client, "/review-chain", {"steps-0-duty": "king", "document": "", "minutes_from": "-1"})
    assert bad.status_code == 422
    for said in ("请从列出的选项里选一个", "依据文号", "金额不能是负数"):
        assert said in words(bad.text)
    assert (await send(client, "/review-chain", {"document": "x〔2026〕1号"})).status_code == 422
    typed = {
        "steps-0-duty": "section",
        "steps-2-duty": "head",
        "document": "赵街办发〔2026〕9号",
        "minutes_from": "500,000",
    }
    assert (await send(client, "/review-chain", typed)).status_code == 303
    assert "等另一位同事确认" in words((await client.get("/review-chain")).text)
    chain = await fetchval("SELECT id FROM review_chain")
    own = await send(client, f"/review-chain/{chain}/confirm")
    assert own.status_code == 403 and "R-ROLE-03" in own.text
    await sign_in(client, "chen.jing")
    assert (await send(client, f"/review-chain/{chain}/confirm")).status_code == 303
    assert (await send(client, f"/review-chain/{chain}/confirm")).status_code == 409
    english = words((await client.get("/en/review-chain")).text)
    assert "Head of section" in english and "Minutes needed from ¥500,000.00" in english


async def test_another_office_neither_sees_nor_confirms_our_chain(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    chain = await propose_chain(NewChain((Step(1, Duty.HEAD),), "x〔2026〕1号"), await actor("li.qiang", now), now)
    await execute("UPDATE review_chain SET buyer = $1", await office("wufeng"))
    await sign_in(client, "chen.jing")
    assert (await send(client, f"/review-chain/{chain}/confirm")).status_code == 404
    assert "x〔2026〕1号" not in (await client.get("/review-chain")).text


async def test_a_chain_names_nobody_twice_and_nobody_from_outside(db: Any, clock: Any) -> None:
    now = await clock.now()
    someone, stranger = uuid4(), uuid4()
    steps = (Step(1, Duty.SECTION, someone), Step(2, Duty.HEAD, someone), Step(3, Duty.DEPUTY, stranger))
    assert set(check_chain(steps, frozenset({someone}))) == {"steps-1-person", "steps-2-person"}
    assert set(check_chain((Step(1, Duty.HEAD), Step(2, Duty.HEAD)), frozenset())) == {"steps-1-duty"}
    assert set(check_chain((), frozenset())) == {"steps-0-duty"}
    with pytest.raises(FormRefused):
        await propose_chain(NewChain((), "x"), await actor("li.qiang", now), now)


def test_an_approval_behind_the_step_returned_to_no_longer_stands() -> None:
    who = [uuid4(), uuid4()]
    one = Decision(1, 2, "approved", who[0], "", "", None)  # type: ignore[arg-type]
    two = replace(one, position=2, next_position=3, person=who[1])
    back = replace(one, position=3, next_position=2, outcome="returned")
    assert standing_approvals([one, two]) == {1: who[0], 2: who[1]}
    assert standing_approvals([one, two, back]) == {1: who[0]}


async def test_a_decision_is_never_changed(db: Any, clock: Any) -> None:
    now = await clock.now()
    await a_chain(now)
    listing = await a_reviewed_listing(now)
    await approve_step(listing, "", await actor("li.qiang", now), now)
    with pytest.raises(asyncpg.PostgresError):
        await execute("UPDATE review_decision SET opinion = 'x'")
