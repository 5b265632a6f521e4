"""The panel finds bids to conform, item by item and by majority; only those are scored."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import httpx
import pytest

from catalogue.listings.queries import listing_by_id
from evaluations.conformity.rules import (
    PRICE_WITHIN,
    STARRED,
    SUBSTANCE,
    Asked,
    check_price_item,
    items_of,
    settle,
    starred,
)
from evaluations.conformity.services import everything_conforms, vote_on_conformity
from evaluations.opening.items import Finding
from evaluations.opening.queries import opened_bid
from evaluations.opening.tables import OpenedAttachment
from evaluations.panel.services import appoint_member, declare_interest
from evaluations.scoring.queries import bid_facts
from evaluations.scoring.services import compute_results, lock_marks, put_marks
from evaluations.work import waiting_for
from marketplace.accounts.documents.services import NewDocument, enter_opened_document
from marketplace.kernel.db import execute, fetchval, insert
from marketplace.kernel.errors import Conflict, DomainError, FormRefused
from tests.builders_evaluations import (
    DRAW,
    EXPERTS,
    Offered,
    Opened,
    a_panel,
    an_opened_listing,
    director,
    mark_everything,
)  # fmt: skip
from tests.builders_vendors import PDF, a_store
from tests.cast import actor
from tests.conftest import TestClock
from tests.pages import send, sign_in, words

ASKED = Asked(
    90, Decimal("5000"), "2026年4月1日至2027年3月31日", ("中期 50%", "期末 50%"), "一、★每月入户不少于两次\n二、其他",
    Decimal(0), False, True,
)  # fmt: skip
YES, NO = Finding(True), Finding(False, "没有")
THREE = {"和风": Offered("498000.00"), "沱江": Offered("480000.00"), "云顶": Offered("470000.00")}


def test_the_document_says_what_may_not_be_deviated_from() -> None:
    items = items_of(ASKED, Decimal("505000"))
    assert [i.asked for i in items if i.words == STARRED] == ["一、★每月入户不少于两次"]
    assert next(i for i in items if i.words == PRICE_WITHIN).asked == "¥505,000.00"
    later = items_of(replace(ASKED, prices_are_out=False, deposit=Decimal(0)), Decimal(1))
    assert (len(items), len(later)) == (10, 8)
    assert starred("★甲\n乙\n★甲") == ["★甲"]


def test_a_price_over_the_ceiling_is_never_found_within_it() -> None:
    items = [i for i in items_of(ASKED, Decimal("100")) if i.words == PRICE_WITHIN]
    check_price_item(items, [YES], Decimal("100.00"), Decimal("100"))
    check_price_item(items, [NO], Decimal("100.01"), Decimal("100"))
    for price in (Decimal("100.01"), None):
        with pytest.raises(FormRefused):
            check_price_item(items, [YES], price, Decimal("100"))


def test_the_majority_decides_each_item() -> None:
    items = items_of(ASKED, Decimal("505000"))
    rest = (YES,) * (len(items) - 1)
    assert settle(items, {"a": (NO, *rest), "b": (YES, *rest), "c": (YES, *rest)}).passes
    found = settle(items, {"a": (NO, *rest), "b": (NO, *rest), "c": (YES, *rest)})
    assert not found.passes and found.clause == "R-BID-06" and found.reason == f"{items[0].words}：没有"


async def a_stamped_letter(opened: Opened, name: str) -> UUID:
    """A paper of one bid, which names it as the one with its seal (R-RECORD-01)."""
    paper = await enter_opened_document(NewDocument("投标函.pdf", PDF), a_store(), opened.buyer, opened.now)
    await insert(OpenedAttachment, opened_bid=opened.bids[name], document=paper)
    await execute(
        "UPDATE opened_bid SET seal_kind = 'stamped', seal_paper = '投标函.pdf', seal_document = $2 WHERE id = $1",
        opened.bids[name], paper,
    )  # fmt: skip
    return paper


async def test_a_panel_reviews_tells_the_bidder_and_scores_only_what_conforms(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    opened = await an_opened_listing(await clock.now(), THREE)
    await director("云顶", opened.now)
    experts = await a_panel(opened, declared=False)
    for expert in experts:
        await declare_interest(opened.listing.id, False, "", expert, opened.now)
    path, bid = f"/listings/{opened.listing.reference}", opened.bids["云顶"]
    with pytest.raises(DomainError) as early:
        await put_marks(opened.listing.id, bid, {}, experts[0], opened.now)
    assert early.value.clause == SUBSTANCE
    count = len((await everything_conforms(bid)).findings)
    every = {f"item-{n}": "yes" for n in range(count)}
    letter = await a_stamped_letter(opened, "云顶")
    mistyped = "UPDATE opened_bid SET seal_kind = 'signed', seal_paper = '投标涵.pdf' WHERE id = $1"
    await execute(mistyped, opened.bids["和风"])
    for number, username in enumerate(EXPERTS):
        await sign_in(client, username)
        page = f"{path}/conformity"
        shown = (await client.get(page)).text
        assert f'盖章的扫描件：<a href="{page}/papers/{letter}">投标函.pdf</a>' in shown
        assert "电子签名：投标涵.pdf" in shown and "投标人写错了名字" in shown
        assert shown.count("投标人没有附上任何附件") == 1 and f'value="{letter}" selected' in shown
        assert (await client.get(f"{page}/papers/{letter}")).content == PDF
        assert f"{page}/{bid}" in (await client.get(page)).text
        unsaid = await send(client, f"{page}/{bid}", {**every, "item-0": "no"})
        assert unsaid.status_code == 422 and "写明理由" in words(unsaid.text)
        against = {"item-0": "no", "reason-0": "没有盖章"} if number < 2 else {}
        assert (await send(client, f"{page}/{bid}", {**every, **against})).status_code == 303
        assert ("没有盖章" in (await client.get(page)).text) is (number == 2)
    assert (await send(client, f"{page}/{bid}", every)).status_code == 409
    decided = await opened_bid(bid)
    assert (decided["is_conforming"], decided["conformity_clause"]) == (False, "R-BID-06")
    assert await fetchval("SELECT count(*) FROM outbox_message WHERE payload::jsonb->>'body' LIKE '%没有盖章%'")
    for name in ("和风", "沱江"):
        for expert in experts:
            await vote_on_conformity(await everything_conforms(opened.bids[name]), expert, opened.now)
    facts = (await bid_facts(await listing_by_id(opened.listing.id)))[opened.lot]
    assert {f.opened_bid: f.is_qualified for f in facts} == {str(b): n != "云顶" for n, b in opened.bids.items()}
    shown = words((await client.get(f"/en{page}")).text)
    assert "2 / 3" not in shown and "1 / 3" in shown
    # whoever finds an interest later takes the common decision along, not the others' findings (R-COM-08)
    await declare_interest(opened.listing.id, True, "配偶任职", experts[0], opened.now)
    assert await fetchval("SELECT count(*) FROM conformity_decision") == 0
    with pytest.raises(DomainError):
        await vote_on_conformity(await everything_conforms(bid), experts[1], opened.now)


async def test_too_few_that_conform_end_the_purchase_and_strangers_see_nothing(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    opened = await an_opened_listing(await clock.now())
    experts = await a_panel(opened, declared=False)
    for expert in experts:
        await declare_interest(opened.listing.id, False, "", expert, opened.now)
    for name, bid in opened.bids.items():
        vote = await everything_conforms(bid)
        failing = replace(vote, findings=(Finding(False, "没有签署"), *vote.findings[1:])) if name == "和风" else vote
        for expert in experts:
            await vote_on_conformity(failing, expert, opened.now)
    row = await listing_by_id(opened.listing.id)
    assert (row["status"], row["end_clause"]) == ("failed", "R-BID-08")
    with pytest.raises(Conflict):
        await vote_on_conformity(vote, experts[0], opened.now)
    await sign_in(client, "luo.jie")
    assert (await client.get(f"/listings/{opened.listing.reference}/conformity")).status_code == 404


async def test_R_COM_08_a_changed_panel_decides_again_and_looks_at_locked_marks_again(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    opened = await an_opened_listing(await clock.now())
    path = f"/listings/{opened.listing.reference}"
    experts = [*await a_panel(opened, declared=False)]
    for name in ("wei.xin", "fan.li"):
        experts.append(await actor(name, opened.now))
        await appoint_member(opened.listing.id, experts[-1].person_id, "expert", DRAW, opened.buyer, opened.now)
    for expert in experts:
        await declare_interest(opened.listing.id, False, "", expert, opened.now)
    for bid in opened.bids.values():
        for expert in experts:
            await vote_on_conformity(await everything_conforms(bid), expert, opened.now)
    await mark_everything(opened, experts[0])
    await lock_marks(opened.listing.id, experts[0], opened.now)
    for gone in experts[3:]:
        await declare_interest(opened.listing.id, True, "配偶任职", gone, opened.now)
    voided = await fetchval("SELECT detail FROM audit_entry WHERE act = 'panel.decisions_voided' ORDER BY id LIMIT 1")
    assert '"bids": "2"' in str(voided) and '"members": "1"' in str(voided)
    # nobody is new, so everybody who stays says it once more
    assert f"{path}/conformity" in [item.url for item in await waiting_for(experts[1], opened.now)]
    with pytest.raises(DomainError):
        await compute_results(opened.listing.id, experts[0], opened.now)
    await sign_in(client, "yang.hua")
    assert "请再认定一次" in words((await client.get(f"{path}/conformity")).text)
    for bid in opened.bids.values():
        assert await vote_on_conformity(await everything_conforms(bid), experts[1], opened.now)
    assert "已经重新打开" in words((await client.get(f"{path}/scoring")).text)
    assert f"{path}/scoring" in [item.url for item in await waiting_for(experts[0], opened.now)]
    assert await lock_marks(opened.listing.id, experts[0], opened.now)
