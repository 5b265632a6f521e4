"""A listing redone after a complaint about its document, in the days when bids are taken, with finance's suspension."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import httpx
import pytest

from catalogue.holds.rules import Held
from catalogue.holds.services import HoldEnd, check_not_held
from catalogue.interest.services import take_documents
from catalogue.relisting.services import relist
from evaluations.challenges.complaint_services import (
    accept_complaint,
    ask_for_correction,
    raise_complaint,
    reply_to_complaint,
    withdraw_complaint,
)
from evaluations.challenges.deciding import (
    Decision,
    Order,
    begin_examination,
    decide_complaint,
    end_examination,
    lift_suspension,
    order_suspension,
)
from evaluations.challenges.remedies import Outcome, Remedy
from evaluations.challenges.rules import Stage
from evaluations.challenges.services import answer_challenge, raise_challenge
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetchrow, fetchval
from marketplace.kernel.errors import Conflict, FormRefused, NotFound
from tests.builders_catalogue import a_published_listing
from tests.builders_contracts import a_provider
from tests.builders_disputes import a_complaint_letter, a_letter, an_answer
from tests.builders_evaluations import BIDDERS, director
from tests.builders_vendors import a_store
from tests.cast import actor
from tests.conftest import TestClock
from tests.pages import sign_in, words

REDO = Decision(Outcome.UPHELD, Remedy.REDO, "采购文件含有限制性条款。", "财政部令第94号第三十一条")


async def test_R_DISP_04_a_listing_is_suspended_and_redone_after_a_complaint_about_its_document(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    await a_provider(now, *BIDDERS["云顶"])
    who, buyer, finance = await director("云顶", now), await actor("li.qiang", now), await actor("zhao.lei", now)
    letter = a_letter(Stage.DOCUMENT, None)
    with pytest.raises(Conflict) as outside:
        await raise_challenge(listing.reference, letter, [], a_store(), (who, now))
    assert outside.value.clause == "R-DISP-02", "the documents were not taken"
    await take_documents(listing.reference, who, now)
    challenge = await raise_challenge(listing.reference, letter, [], a_store(), (who, now))
    with pytest.raises(Conflict) as early:
        await raise_complaint(challenge, await a_complaint_letter(challenge, who), who, now)
    assert early.value.clause == "R-DISP-03"
    await answer_challenge(challenge, an_answer(), buyer, now)
    complaint = await raise_complaint(challenge, await a_complaint_letter(challenge, who), who, now)
    await accept_complaint(complaint, finance, now)
    today = county_day(now)
    with pytest.raises(FormRefused):
        await order_suspension(complaint, Order("金财〔2026〕1号", today + timedelta(days=31), "核实"), finance, now)
    await order_suspension(complaint, Order("金财〔2026〕1号", today + timedelta(days=30), "核实"), finance, now)
    row = await fetchrow("SELECT status, closes_at FROM listing WHERE id = $1", listing.id)
    assert row is not None and row["status"] == "suspended" and row["closes_at"] > listing.closes_at
    for act in Held:
        with pytest.raises(Conflict) as held:
            await check_not_held(listing.id, act, now)
        assert held.value.clause == "R-TIME-27"
    told = "SELECT count(*) FROM outbox_message WHERE payload::text LIKE $1"
    assert await fetchval(told, "%暂停采购活动通知%") >= 2, "the buyer and the complainant"
    with pytest.raises(FormRefused) as bare:
        await lift_suspension(complaint, HoldEnd(" "), finance, now)
    assert set(bare.value.errors) == {"resume_number", "resume_reason"}
    await lift_suspension(complaint, HoldEnd("投诉事项已经核实", "金财〔2026〕2号"), finance, now)
    assert await fetchval(told, "%恢复采购活动通知%") == await fetchval(told, "%暂停采购活动通知%")
    papers = f"/complaints/{complaint}/papers"
    await clock.set(now)
    for username, seen in (("li.qiang", 200), ("zhao.lei", 200), ("luo.jie", 404)):
        await sign_in(client, username)
        for name in ("suspension.docx", "resumption.docx"):
            assert (await client.get(f"{papers}/{name}")).status_code == seen, (username, name)
    await sign_in(client, "li.qiang")
    shown = words((await client.get(f"/complaints/{complaint}")).text)
    assert "金财〔2026〕2号" in shown and "投诉事项已经核实" in shown
    assert await fetchval("SELECT status FROM listing WHERE id = $1", listing.id) == "published"
    with pytest.raises(Conflict):
        await order_suspension(complaint, Order("金财〔2026〕2号", today + timedelta(days=9), "再次"), finance, now)
    await reply_to_complaint(complaint, "文件没有限制。", buyer, now)
    await decide_complaint(complaint, REDO, finance, now)
    row = await fetchrow("SELECT status, end_clause FROM listing WHERE id = $1", listing.id)
    assert row is not None and (row["status"], row["end_clause"]) == ("cancelled", "R-DISP-04")
    reserved = await fetchval("SELECT sum(reserved) FROM ledger_line")
    assert reserved == Decimal(0)
    draft = await relist(listing.reference, await actor("wang.min", now), now)
    assert await fetchval("SELECT attempt FROM relisting WHERE later = $1", draft) == 2


async def test_R_TIME_26_corrections_and_experts_move_the_last_day_of_the_decision(clock: TestClock) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    await a_provider(now, *BIDDERS["云顶"])
    who, buyer, finance = await director("云顶", now), await actor("li.qiang", now), await actor("zhao.lei", now)
    await take_documents(listing.reference, who, now)
    challenge = await raise_challenge(listing.reference, a_letter(Stage.DOCUMENT, None), [], a_store(), (who, now))
    await answer_challenge(challenge, an_answer(), buyer, now)
    complaint = await raise_complaint(challenge, await a_complaint_letter(challenge, who), who, now)
    first = await fetchval("SELECT decide_by FROM complaint")
    await accept_complaint(complaint, finance, now)
    with pytest.raises(Conflict):
        await ask_for_correction(complaint, "太晚了", county_day(now) + timedelta(days=5), finance, now)
    await begin_examination(complaint, "experts", finance, now)
    await reply_to_complaint(complaint, "文件没有限制。", buyer, now)
    with pytest.raises(Conflict) as paused:
        await decide_complaint(complaint, REDO, finance, now)
    assert paused.value.clause == "R-TIME-26"
    # Monday to Wednesday of the week after: seven working days
    later = now + timedelta(days=9)
    await end_examination(complaint, finance, later)
    moved = await fetchval("SELECT decide_by FROM complaint")
    assert (moved - first).days == 9, "seven working days and the weekend between"
    stranger = await actor("luo.jie", now)
    with pytest.raises(NotFound):
        await withdraw_complaint(complaint, stranger, later)
    await withdraw_complaint(complaint, who, later)
    assert await fetchval("SELECT count(*) FROM outbox_message WHERE payload::text LIKE '%投诉处理终止%'") >= 2
    with pytest.raises(Conflict):
        await decide_complaint(complaint, REDO, finance, later)
