"""Sealed quotes under the limit: asked or self-named, opened together, lowest wins on the minutes (R-METH-12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from catalogue.listings.checks import check_scoring
from catalogue.listings.drafts import CriterionDraft, Scoring
from catalogue.listings.inviting.services import ask_for_quotes
from catalogue.listings.limits import limits_on
from catalogue.listings.methods import judged_without_panel, takes_sealed_bids
from catalogue.listings.queries import listing_by_id
from evaluations.awards.minutes import NewMinutes, minutes_mistakes, names_in, record_decision
from evaluations.awards.queries import awards_of
from evaluations.awards.services import determine_award, publish_award_notice
from evaluations.awards.ties import freeze_tie
from evaluations.bundles.queries import bundle
from evaluations.bundles.verify import verify
from evaluations.opening.items import Finding
from evaluations.opening.queries import opened_bids
from evaluations.opening.review import decide_qualification, every_item_met
from evaluations.opening.rules import Outcome
from marketplace.accounts.documents.services import NewDocument
from marketplace.kernel.audit.linker import link_committed
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.draws.services import Witness, hold_draw
from marketplace.kernel.errors import Conflict, DomainError, FormRefused, NotFound
from tests.builders_catalogue import a_published_listing
from tests.builders_evaluations import explain_signs
from tests.builders_vendors import PDF, AProvider, a_provider, a_sealed_bid, a_store, some_contents
from tests.cast import actor
from tests.evaluations.opening.steps import Sealed, release
from tests.pages import send, sign_in, words

NAMES = ("青禾", "锦城", "三溪", "金阳")
CHANGED: dict[str, Any] = {
    "method": "sealed_quotes", "budget": Decimal("100000.00"), "ceiling": Decimal("100000.00"),
    "scoring": Scoring((), Decimal(100)),
}  # fmt: skip
PEOPLE = ("王敏", "李强", "陈静")


async def quotes(clock: Any, prices: tuple[str, ...] = ("98000.00", "90000.00", "95000.00")) -> Sealed:
    """A listing with a sealed quote from each provider; the clock stands after the deadline."""
    now = await clock.now()
    listing = await a_published_listing(now, **CHANGED)
    asked: list[AProvider] = [
        await a_provider(now, f"金堂县{name}服务中心", username=f"quoting{n}")
        for n, name in enumerate(NAMES[: len(prices)])
    ]
    for provider, price in zip(asked, prices, strict=True):
        await a_sealed_bid(listing.lots[0]["id"], provider, now, some_contents(Decimal(price)))
    sealed = Sealed(listing, asked, listing.closes_at + timedelta(minutes=1))
    await clock.set(sealed.after)
    return sealed


async def opened(clock: Any, prices: tuple[str, ...] = ("98000.00", "90000.00", "95000.00")) -> Sealed:
    """The same, opened by two and all found to meet the need."""
    sealed = await quotes(clock, prices)
    await release(sealed, "zhou.lan", sealed.after)
    assert await release(sealed, "wu.gang", sealed.after) == Outcome.OPENED
    for bid in await opened_bids(sealed.id):
        await decide_qualification(await every_item_met(bid["id"]), await actor("li.qiang", sealed.after), sealed.after)
    await explain_signs(sealed.id, sealed.after)
    return sealed


def minutes(held_on: date, people: tuple[str, ...] = PEOPLE) -> NewMinutes:
    return NewMinutes("赵街办纪〔2026〕9号", held_on, people, "同意最低价成交。", NewDocument("纪要.pdf", PDF))


async def decided(sealed: Sealed) -> None:
    await record_decision(
        sealed.id, minutes(sealed.after.date()), a_store(), await actor("li.qiang", sealed.after), sealed.after
    )


def lot_of(sealed: Sealed) -> UUID:
    return UUID(str(sealed.listing.lots[0]["id"]))


async def test_the_lowest_quote_wins_once_the_minutes_are_there(clock: Any) -> None:
    sealed = await opened(clock)
    row, buyer = await listing_by_id(sealed.id), await actor("li.qiang", sealed.after)
    assert takes_sealed_bids(row) and judged_without_panel(row)
    with pytest.raises(DomainError, match="会议纪要") as early:
        await determine_award(lot_of(sealed), buyer, sealed.after)
    assert early.value.clause == "R-METH-12"
    await decided(sealed)
    await determine_award(lot_of(sealed), buyer, sealed.after)
    (award,) = await awards_of(sealed.id)
    assert award["provider"] == sealed.bidders[1].id and award["amount"] == Decimal("90000.00")
    assert "最低" in award["basis"] and award["total_score"] is None
    await publish_award_notice(sealed.id, buyer, sealed.after)
    assert verify([await bundle(sealed.listing.reference, "public")]).holds
    assert verify([await bundle(sealed.listing.reference, "supervision")]).holds


async def test_R_PUBL_01_how_the_places_came_about_opens_as_far_as_each_may_see(
    client: httpx.AsyncClient, clock: Any
) -> None:
    sealed = await opened(clock)
    page, buyer = f"/listings/{sealed.listing.reference}/scoring/working", await actor("li.qiang", sealed.after)
    await decided(sealed)
    await sign_in(client, "li.qiang")
    early = await client.get(page)
    assert early.status_code == 409 and "还没有排出名次" in words(early.text)
    await determine_award(lot_of(sealed), buyer, sealed.after)
    whole = words((await client.get(page)).text)
    assert all(name in whole for name in NAMES[:3]) and all(price in whole for price in ("98000", "90000", "95000"))
    assert "R-METH-12" in whole and "各成员评分的偏离" not in whole
    await sign_in(client, "quoting0")
    assert (await client.get(page)).status_code == 404
    await publish_award_notice(sealed.id, buyer, sealed.after)
    own = words((await client.get(page)).text)
    assert "98000" in own and "90000" in own and "95000" not in own and NAMES[2] not in own
    client.cookies.delete("sid")
    for language in ("", "/en"):
        public = words((await client.get(f"{language}{page}")).text)
        assert "90000" in public and not any(said in public for said in ("98000", "95000", NAMES[0], NAMES[2]))


async def test_a_quote_that_does_not_meet_the_need_does_not_win(clock: Any) -> None:
    sealed = await quotes(clock, ("98000.00", "90000.00", "95000.00", "96000.00"))
    await release(sealed, "zhou.lan", sealed.after)
    await release(sealed, "wu.gang", sealed.after)
    buyer = await actor("li.qiang", sealed.after)
    for bid in await opened_bids(sealed.id):
        fits = bid["provider"] != sealed.bidders[1].id
        verdict = await every_item_met(bid["id"])
        if not fits:
            verdict = replace(verdict, findings=(Finding(False, "服务次数不足。"), *verdict.findings[1:]))
        await decide_qualification(verdict, buyer, sealed.after)
    await explain_signs(sealed.id, sealed.after)
    await decided(sealed)
    await determine_award(lot_of(sealed), buyer, sealed.after)
    (award,) = await awards_of(sealed.id)
    assert award["provider"] == sealed.bidders[2].id


async def test_a_very_low_quote_waits_for_no_panel(clock: Any) -> None:
    sealed = await opened(clock, ("98000.00", "20000.00", "95000.00"))
    await decided(sealed)
    await determine_award(lot_of(sealed), await actor("li.qiang", sealed.after), sealed.after)
    assert (await awards_of(sealed.id))[0]["amount"] == Decimal("20000.00")


async def test_fewer_than_three_quotes_are_not_opened(clock: Any) -> None:
    sealed = await quotes(clock, ("98000.00", "90000.00"))
    assert await release(sealed, "zhou.lan", sealed.after) == Outcome.FAILED
    assert (await listing_by_id(sealed.id))["end_clause"] == "R-METH-12"


async def test_equal_lowest_quotes_are_drawn(clock: Any) -> None:
    sealed = await opened(clock, ("90000.00", "90000.00", "95000.00"))
    await decided(sealed)
    buyer = await actor("li.qiang", sealed.after)
    reference = await freeze_tie(lot_of(sealed), buyer, sealed.after)
    await link_committed()
    (drawn,) = await hold_draw(reference, [Witness("李强", "7"), Witness("陈静", "8")], buyer, sealed.after)
    await determine_award(lot_of(sealed), buyer, sealed.after)
    (award,) = await awards_of(sealed.id)
    assert await fetchval("SELECT credit_code FROM provider WHERE id = $1", award["provider"]) == drawn


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (minutes(date(2026, 3, 20)), None),
        (minutes(date(2026, 3, 1)), "held_on"),
        (minutes(date(2026, 3, 21)), "held_on"),
        (minutes(date(2026, 3, 20), ("王敏", "李强")), "people"),
        (minutes(date(2026, 3, 20), ("王敏", "李强", "王敏")), "people"),
        (minutes(date(2026, 3, 20), (*PEOPLE, "王敏")), "people"),
    ],
)
def test_r_meth_12_minutes_are_of_enough_people_and_of_the_right_days(new: NewMinutes, field: str | None) -> None:
    assert set(minutes_mistakes(new, date(2026, 3, 2), date(2026, 3, 20))) == ({field} if field else set())


def test_names_are_read_by_line_or_mark() -> None:
    assert names_in("王敏、李强\n 陈静 \n\n") == PEOPLE


async def test_minutes_are_recorded_once_by_the_unit_and_after_the_opening(clock: Any) -> None:
    sealed = await quotes(clock)
    store, buyer = a_store(), await actor("li.qiang", sealed.after)
    new = minutes(sealed.after.date())
    with pytest.raises(Conflict):
        await record_decision(sealed.id, new, store, buyer, sealed.after)
    await release(sealed, "zhou.lan", sealed.after)
    await release(sealed, "wu.gang", sealed.after)
    with pytest.raises(NotFound):
        await record_decision(sealed.id, new, store, await actor("tan.rong", sealed.after), sealed.after)
    with pytest.raises(FormRefused):
        bad = replace(new, file=NewDocument("纪要.exe", b"MZ"))
        await record_decision(sealed.id, bad, store, buyer, sealed.after)
    await record_decision(sealed.id, new, store, buyer, sealed.after)
    with pytest.raises(Conflict, match="已经登记过"):
        await record_decision(sealed.id, new, store, buyer, sealed.after)


async def test_those_asked_get_a_letter_and_the_others_may_quote_too(clock: Any, client: httpx.AsyncClient) -> None:
    now = await clock.now()
    listing = await a_published_listing(now, **CHANGED)
    asked, other = [
        await a_provider(now, f"金堂县{name}服务中心", username=f"quoting{n}") for n, name in enumerate(NAMES[:2])
    ]
    drafter = await actor("wang.min", now)
    with pytest.raises(FormRefused):
        await ask_for_quotes(listing.id, ["没登记的中心"], drafter, now)
    assert await ask_for_quotes(listing.id, [asked.actor.organisation_name], drafter, now) == 1
    assert await ask_for_quotes(listing.id, [asked.actor.organisation_name], drafter, now) == 0
    mails = await fetch("SELECT hidden_until FROM outbox_message WHERE payload::text LIKE '%邀请报价%'")
    assert [m["hidden_until"] for m in mails] == [listing.closes_at]
    assert await a_sealed_bid(listing.lots[0]["id"], other, now, some_contents(Decimal(90000)))
    await sign_in(client, asked.username)
    assert "密封报价" in words((await client.get(f"/listings/{listing.reference}/invitation")).text)
    await sign_in(client, other.username)
    assert (await client.get(f"/listings/{listing.reference}/invitation")).status_code == 404
    assert (await client.get(f"/listings/{listing.reference}/lots/1/bid")).status_code == 200
    await sign_in(client, "wang.min")
    path = f"/listings/{listing.reference}/ask-for-quotes"
    assert asked.actor.organisation_name in (await client.get(path)).text
    bad = await send(client, path, {"providers": "没登记的中心"})
    assert bad.status_code == 422 and "没登记的中心" in bad.text
    await sign_in(client, "tan.rong")
    assert (await client.get(path)).status_code == 404


async def test_the_minutes_page_says_every_mistake_and_leads_to_the_award(
    clock: Any, client: httpx.AsyncClient
) -> None:
    sealed = await opened(clock)
    await sign_in(client, "li.qiang")
    award = f"{sealed.path}/award"
    assert "登记集体决策的会议纪要" in words((await client.get(award)).text)
    bad = await send(client, f"{award}/minutes", {"number": "赵街办纪9号", "people": "王敏"})
    assert bad.status_code == 422 and 'value="赵街办纪9号"' in bad.text and words(bad.text).count("请填写") >= 2
    day = sealed.after.date().isoformat()
    typed = {"number": "9号", "held_on": day, "people": "王敏\n李强\n陈静", "decision": "同意最低价成交"}
    files = {"file": ("纪要.pdf", PDF, "application/pdf")}
    assert (await send(client, f"{award}/minutes", typed, files=files)).status_code == 303
    shown = await client.get(award)
    assert "集体决策的会议纪要" in words(shown.text) and "确定排名第一的供应商" in shown.text
    assert (await send(client, award, {"lot": str(lot_of(sealed))})).status_code == 303
    assert "9号" in (await client.get(f"{award}/minutes")).text
    await sign_in(client, "tan.rong")
    assert (await client.get(f"{award}/minutes")).status_code == 404


def test_nothing_but_the_price_is_scored() -> None:
    limits = limits_on(date(2026, 3, 2))
    assert check_scoring(Scoring((), Decimal(100)), "sealed_quotes", limits) == []
    factor = CriterionDraft("technical", "方案", Decimal(60), "有方案得 60 分", False)
    found = check_scoring(Scoring((factor,), Decimal(40)), "sealed_quotes", limits)
    assert [(m.field, m.clause) for m in found] == [("price_weight", "R-METH-12")]
