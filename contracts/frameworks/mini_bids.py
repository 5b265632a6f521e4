"""Second quotes among those who hold a place: opened by a buyer, quoted unseen, decided by the lowest (R-FRM-05)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.frameworks import queries
from contracts.frameworks.call_offs import Chosen, NewOrder, give_order
from contracts.frameworks.order_tables import MiniBid, MiniBidQuote
from contracts.frameworks.rules import ORDER, OrderFacts, check_may_order, check_order
from contracts.frameworks.second_rules import Quote, check_quote, lowest
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.moments import Moment
from marketplace.kernel.outbox.services import post_mail
from marketplace.kernel.references.services import next_reference
from vendors.providers.queries import provider_emails

Row = dict[str, Any]

_MINI_BID = """
SELECT m.*, f.reference AS framework_reference, f.listing, l.title, l.title_en, lot.title AS lot_title,
       lot.unit AS measure, b.name AS buyer_name, b.name_en AS buyer_name_en, c.reference AS order_reference
FROM mini_bid m JOIN framework f ON f.id = m.framework JOIN listing l ON l.id = f.listing
JOIN listing_lot lot ON lot.id = m.lot JOIN organisation b ON b.id = m.buyer LEFT JOIN call_off c ON c.id = m.call_off
"""


@dataclass(frozen=True)
class NewMiniBid:
    """What the buyer needs this time, and until when providers may quote."""

    lot: UUID
    need: str
    order: NewOrder
    closes_at: datetime


async def open_mini_bid(framework_id: UUID, new: NewMiniBid, actor: Actor, now: datetime) -> str:
    """Ask all who hold a place of the lot for a second quote; gives its number. Raises Conflict, FormRefused."""
    if new.closes_at <= now:
        raise FormRefused({"closes_at": say(N_("截止时间要晚于现在，并给供应商必要的响应时间。"))})
    async with transaction():
        framework = await queries.lock_framework(framework_id)
        users = await queries.users_of(framework["listing"])
        check_may_order(actor, frozenset(user["id"] for user in users))
        if framework["way"] != "mini_bid":
            raise Conflict(N_("这份框架协议写明的不是二次竞价。"), clause=ORDER)
        places = [p for p in await queries.places_of(framework_id) if p["lot"] == new.lot and p["status"] == "agreed"]
        if not places:
            raise Conflict(N_("这一包还没有签好协议的供应商，不能竞价。"), clause=ORDER)
        facts = OrderFacts("agreed", framework["starts_on"], framework["ends_on"], places[0]["unit_price"])
        order = new.order
        check_order(facts, places[0]["unit_price"], order.service_from, order.service_to, county_day(now))
        lines = await queries.lines_for_order(actor.organisation_id, places[0]["item_code"], county_day(now).year)
        if order.budget_line not in {line["id"] for line in lines}:
            raise FormRefused({"budget_line": say(N_("请从本单位今年的预算里选一条，项目要和这一包相同。"))})
        reference = await next_reference("JJ", county_day(now).year)
        await insert(
            MiniBid, reference=reference, framework=framework_id, lot=new.lot, buyer=actor.organisation_id,
            budget_line=order.budget_line, need=new.need.strip(), quantity=order.quantity,
            service_from=order.service_from, service_to=order.service_to, opened_by=actor.person_id, opened_at=now,
            closes_at=new.closes_at,
        )  # fmt: skip
        await _invite(framework, places, reference, new.closes_at, now)
        detail = {"number": reference, "closes_at": new.closes_at.isoformat()}
        await record("framework.mini_bid_opened", ("framework", str(framework_id)), actor, detail, now)
    return reference


async def _invite(framework: Row, places: list[Row], reference: str, closes_at: datetime, now: datetime) -> None:
    subject = say(N_("《{title}》请贵单位参加二次竞价"), title=framework["title"])
    body = say(
        N_("请在 {moment} 以前报价，最高不超过协议价格：/mini-bids/{reference}"),
        moment=Moment(closes_at), reference=reference,
    )  # fmt: skip
    for place in places:
        for address in await provider_emails(place["provider"]):
            await post_mail(address, subject.text("zh"), f"{body.text('zh')}\n\n{body.text('en')}", now)


async def mini_bid_page(reference: str, actor: Actor) -> tuple[Row, Row | None]:
    """A second round for its buyer, those who read everything, and its invited providers with their own place.

    Raises NotFound for everybody else.
    """
    row = await fetchrow(_MINI_BID + " WHERE m.reference = $1", reference)
    if row is None:
        raise NotFound()
    own = next(
        (p for p in await queries.places_of(row["framework"])
         if p["organisation"] == actor.organisation_id and p["lot"] == row["lot"] and p["status"] == "agreed"),
        None,
    )  # fmt: skip
    if own is None and row["buyer"] != actor.organisation_id and not actor.may(Permission.READ_EVERYTHING):
        raise NotFound()
    return dict(row), own


async def quotes_of(mini_bid: Row, now: datetime, own: Row | None) -> list[Row]:
    """All quotes once the round is closed; before that a provider sees its own and nobody any other."""
    rows = await fetch(
        "SELECT q.*, o.name AS provider_name, o.name_en AS provider_name_en FROM mini_bid_quote q"
        " JOIN framework_place s ON s.id = q.place JOIN provider p ON p.id = s.provider"
        " JOIN organisation o ON o.id = p.organisation WHERE q.mini_bid = $1 AND ($2 OR q.place = $3)"
        " ORDER BY q.unit_price, o.sort_key",
        mini_bid["id"], own is None and now >= mini_bid["closes_at"], own["id"] if own else None,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def quote(reference: str, unit_price: Decimal, actor: Actor, now: datetime) -> None:
    """A provider's second quote; again before the deadline it replaces the first. Raises Conflict, DomainError."""
    async with transaction():
        if await fetchval("SELECT id FROM mini_bid WHERE reference = $1 FOR NO KEY UPDATE", reference) is None:
            raise NotFound()
        mini_bid, own = await mini_bid_page(reference, actor)
        if own is None:
            raise Forbidden(N_("只有这一包签了协议的供应商可以报价。"), clause=ORDER)
        actor.check_may(Permission.BID)
        check_quote(own["unit_price"], unit_price, mini_bid["closes_at"], now)
        await execute("DELETE FROM mini_bid_quote WHERE mini_bid = $1 AND place = $2", mini_bid["id"], own["id"])
        await insert(
            MiniBidQuote, mini_bid=mini_bid["id"], place=own["id"], unit_price=unit_price, quoted_by=actor.person_id,
            quoted_at=now,
        )  # fmt: skip


async def decide_mini_bid(reference: str, tie_note: str, actor: Actor, now: datetime) -> str:
    """After the deadline the lowest quote gets the order; the same one done again. Raises Conflict, DomainError."""
    actor.check_may(Permission.CALL_OFF)
    async with transaction():
        if await fetchval("SELECT id FROM mini_bid WHERE reference = $1 FOR NO KEY UPDATE", reference) is None:
            raise NotFound()
        mini_bid, _ = await mini_bid_page(reference, actor)
        if mini_bid["buyer"] != actor.organisation_id:
            raise NotFound()
        if mini_bid["order_reference"]:
            return str(mini_bid["order_reference"])
        if now < mini_bid["closes_at"]:
            raise Conflict(N_("二次竞价还没有截止，不能确定成交供应商。"), clause=ORDER)
        quotes = [Quote(q["place"], q["provider_name"], q["unit_price"]) for q in await quotes_of(mini_bid, now, None)]
        won = lowest(quotes, tie_note)
        framework = await queries.lock_framework(mini_bid["framework"])
        new = NewOrder(
            mini_bid["budget_line"], mini_bid["quantity"], max(mini_bid["service_from"], county_day(now)),
            mini_bid["service_to"],
        )  # fmt: skip
        order = await give_order(framework, Chosen(won.place, "mini_bid", won.unit_price), new, actor, now)
        await execute(
            "UPDATE mini_bid SET call_off = (SELECT id FROM call_off WHERE reference = $2), tie_note = $3"
            " WHERE id = $1",
            mini_bid["id"], order, tie_note.strip(),
        )  # fmt: skip
    return order


async def mini_bids_of(framework: UUID, actor: Actor | None) -> list[Row]:
    """The rounds this reader may open: the buyer's own, an invited provider's, all for those who read everything."""
    if actor is None:
        return []
    rows = await fetch(
        _MINI_BID + " WHERE m.framework = $1 AND (m.buyer = $2 OR $3 OR EXISTS (SELECT 1 FROM framework_place s"
        " JOIN provider p ON p.id = s.provider WHERE s.framework = m.framework AND s.lot = m.lot"
        " AND s.status = 'agreed' AND p.organisation = $2)) ORDER BY m.opened_at DESC",
        framework, actor.organisation_id, actor.may(Permission.READ_EVERYTHING),
    )  # fmt: skip
    return [dict(r) for r in rows]
