"""Give an order under a framework: by choice, or to whose turn it is. The order becomes a contract at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.holds.rules import Held
from catalogue.holds.services import check_not_held
from contracts.agreements.call_offs import Order, draw_up_call_off
from contracts.agreements.services import ContractTerms
from contracts.frameworks import queries
from contracts.frameworks.rules import (
    ORDER,
    OrderFacts,
    Turn,
    check_may_order,
    check_order,
    next_turn,
    order_amount,
)
from contracts.frameworks.tables import CallOff
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, FormRefused
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.outbox.services import post_mail
from marketplace.kernel.references.services import next_reference
from vendors.providers.queries import provider_emails

Row = dict[str, Any]


@dataclass(frozen=True)
class NewOrder:
    """What is ordered from which line, between which days, and why this provider. Quantity in the lot's unit."""

    budget_line: UUID
    quantity: Decimal
    service_from: date
    service_to: date
    reason: str = ""


@dataclass(frozen=True)
class Chosen:
    """Who gets the order, how it was found, at what unit price."""

    place: UUID
    way: str
    unit_price: Decimal | None = None
    round: int | None = None


async def turn_of(framework: UUID, lot: UUID) -> Turn | None:
    """Whose turn it is for a lot: agreements that hold, in the fixed order (R-FRM-05)."""
    order = [p["id"] for p in await queries.places_of(framework) if p["lot"] == lot and p["status"] == "agreed"]
    return next_turn(order, await queries.rounds_of(framework, lot))


async def order_by_choice(place: UUID, new: NewOrder, actor: Actor, now: datetime) -> str:
    """Order from the provider the buyer chose; gives the order's reference. Raises Conflict, DomainError, Forbidden."""
    if not new.reason.strip():
        raise FormRefused({"reason": say(N_("请写明为什么选这一家：价格、质量、便利性或者用户评价。"))})
    async with transaction():
        found = await queries.place_by_id(place)
        framework = await queries.lock_framework(found["framework"])
        if framework["way"] != "direct":
            raise Conflict(N_("这份框架协议写明的不是直接选定，不能由采购人选。"), clause=ORDER)
        return await give_order(framework, Chosen(place, "direct"), new, actor, now)


async def order_by_turn(framework_id: UUID, lot: UUID, new: NewOrder, actor: Actor, now: datetime) -> str:
    """Order from whose turn it is; nobody chooses. Raises Conflict when nobody holds an agreement."""
    async with transaction():
        framework = await queries.lock_framework(framework_id)
        if framework["way"] != "rotation":
            raise Conflict(N_("这份框架协议写明的不是顺序轮候。"), clause=ORDER)
        turn = await turn_of(framework_id, lot)
        if turn is None:
            raise Conflict(N_("这一包还没有签好协议的供应商，不能下单。"), clause=ORDER)
        return await give_order(framework, Chosen(turn.place, "rotation", round=turn.round), new, actor, now)


async def give_order(  # noqa: PLR0913 - the act is named with all it needs
    framework: Row, chosen: Chosen, new: NewOrder, actor: Actor, now: datetime,
    permission: Permission = Permission.CALL_OFF,
) -> str:  # fmt: skip
    """Write the order and its contract. Called inside the transaction that locked the framework."""
    await check_not_held(framework["listing"], Held.SIGNING, now)
    place = await queries.place_by_id(chosen.place)
    users = await queries.users_of(framework["listing"])
    check_may_order(actor, frozenset(user["id"] for user in users), permission)
    price = place["unit_price"] if chosen.unit_price is None else chosen.unit_price
    facts = OrderFacts(place["status"], framework["starts_on"], framework["ends_on"], place["unit_price"])
    check_order(facts, price, new.service_from, new.service_to, county_day(now))
    if new.budget_line not in {line["id"] for line in await _lines(actor, place, now)}:
        raise FormRefused({"budget_line": say(N_("请从本单位今年的预算里选一条，项目要和这一包相同。"))})
    reference, amount = await next_reference("DD", county_day(now).year), order_amount(new.quantity, price)
    offer = f"按框架协议 {framework['reference']} 的承诺履行。单价每{place['measure']} ¥{price:,.2f}。"
    terms = ContractTerms(place["lot"], reference, place["provider"], amount, county_day(now), offer)
    title = f"{framework['title']}：{place['lot_title']}（{reference}）"[:200]
    buyer = next(user["name"] for user in users if user["id"] == actor.organisation_id)
    order = Order(actor.organisation_id, buyer, new.budget_line, new.quantity, title, new.service_from, new.service_to)
    contract = await draw_up_call_off(terms, order, actor, now)
    await insert(
        CallOff, reference=reference, framework=framework["id"], place=place["id"], buyer=actor.organisation_id,
        way=chosen.way, round=chosen.round, quantity=new.quantity, unit_price=price, amount=amount,
        reason=new.reason.strip(), contract=contract, given_by=actor.person_id, given_at=now,
    )  # fmt: skip
    await _tell_provider(framework, place, contract, now)
    detail = {"order": reference, "provider": place["provider_reference"], "way": chosen.way, "amount": str(amount)}
    await record("framework.ordered", ("framework", str(framework["id"])), actor, detail, now)
    return reference


async def _lines(actor: Actor, place: Row, now: datetime) -> list[Row]:
    return await queries.lines_for_order(actor.organisation_id, place["item_code"], county_day(now).year)


async def _tell_provider(framework: Row, place: Row, contract: UUID, now: datetime) -> None:
    number = await fetchval("SELECT reference FROM contract WHERE id = $1", contract)
    subject = say(N_("《{title}》有一份新订单"), title=framework["title"])
    body = say(N_("请在 30 日内签订合同 {contract}：/contracts/{contract}/sign"), contract=number)
    for address in await provider_emails(place["provider"]):
        await post_mail(address, subject.text("zh"), f"{body.text('zh')}\n\n{body.text('en')}", now)
