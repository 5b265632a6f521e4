"""The recipient's own choice: the buyer gives a quantity, the recipient says from whom, and that becomes an order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.frameworks import queries
from contracts.frameworks.call_offs import Chosen, NewOrder, give_order
from contracts.frameworks.order_tables import Voucher, VoucherUse
from contracts.frameworks.rules import ORDER, check_may_order
from contracts.frameworks.second_rules import check_use
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, FormRefused, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.references.services import next_reference

Row = dict[str, Any]

_VOUCHERS = """
SELECT v.*, lot.title AS lot_title, lot.unit AS measure, lot.number AS lot_number,
       v.quantity - coalesce((SELECT sum(c.quantity) FROM voucher_use u JOIN call_off c ON c.id = u.call_off
                              WHERE u.voucher = v.id), 0) AS left
FROM voucher v JOIN listing_lot lot ON lot.id = v.lot
"""


@dataclass(frozen=True)
class NewVoucher:
    """How much of which lot for whom, until when, from which line."""

    lot: UUID
    recipient_code: str
    quantity: Decimal
    valid_to: date
    budget_line: UUID


async def vouchers_of(framework: UUID, actor: Actor) -> list[Row]:
    """The vouchers of the actor's own office with what is left on each; codes are not for others."""
    rows = await fetch(
        _VOUCHERS + " WHERE v.framework = $1 AND v.buyer = $2 ORDER BY v.issued_at DESC", framework,
        actor.organisation_id,
    )
    return [dict(r) for r in rows]


async def issue_voucher(framework_id: UUID, new: NewVoucher, actor: Actor, now: datetime) -> str:
    """Give a recipient a quantity of a lot's service. Raises Forbidden, Conflict, FormRefused."""
    async with transaction():
        framework = await queries.lock_framework(framework_id)
        users = await queries.users_of(framework["listing"])
        check_may_order(actor, frozenset(user["id"] for user in users))
        if framework["way"] != "direct":
            raise Conflict(N_("这份框架协议写明的不是直接选定，服务对象不能自己选。"), clause=ORDER)
        places = [p for p in await queries.places_of(framework_id) if p["lot"] == new.lot]
        if not places:
            raise NotFound()
        if not county_day(now) <= new.valid_to <= framework["ends_on"]:
            raise FormRefused({"valid_to": say(N_("有效期要在今天以后、框架协议期满以前。"))})
        lines = await queries.lines_for_order(actor.organisation_id, places[0]["item_code"], county_day(now).year)
        if new.budget_line not in {line["id"] for line in lines}:
            raise FormRefused({"budget_line": say(N_("请从本单位今年的预算里选一条，项目要和这一包相同。"))})
        reference = await next_reference("FQ", county_day(now).year)
        await insert(
            Voucher, reference=reference, framework=framework_id, lot=new.lot, buyer=actor.organisation_id,
            budget_line=new.budget_line, recipient_code=new.recipient_code, quantity=new.quantity,
            valid_to=new.valid_to, issued_by=actor.person_id, issued_at=now,
        )  # fmt: skip
        detail = {"number": reference, "quantity": str(new.quantity)}
        await record("framework.voucher_issued", ("framework", str(framework_id)), actor, detail, now)
    return reference


async def voucher_page(reference: str, actor: Actor) -> Row:
    """A voucher for those of its office. Raises NotFound."""
    row = await fetchrow(_VOUCHERS + " WHERE v.reference = $1", reference)
    if row is None or row["buyer"] != actor.organisation_id:
        raise NotFound()
    return dict(row)


@dataclass(frozen=True)
class Choice:
    """Whom the recipient chose, for how much, from when to when."""

    place: UUID
    quantity: Decimal
    service_from: date
    service_to: date


async def record_choice(reference: str, choice: Choice, actor: Actor, now: datetime) -> str:
    """Enter what the recipient chose, by the window or the buyer; gives the order's reference.

    Raises NotFound, DomainError when too little is left, Conflict for a provider without an agreement.
    """
    actor.check_may(Permission.RATE_ORDER)
    async with transaction():
        voucher = await voucher_page(reference, actor)
        framework = await queries.lock_framework(voucher["framework"])
        # counted again under the lock: two windows at once use it up only once
        voucher = await voucher_page(reference, actor)
        check_use(choice.quantity, voucher["left"], choice.service_to, voucher["valid_to"])
        if (await queries.place_by_id(choice.place))["lot"] != voucher["lot"]:
            raise NotFound()
        new = NewOrder(voucher["budget_line"], choice.quantity, choice.service_from, choice.service_to)
        order = await give_order(
            framework, Chosen(choice.place, "recipient"), new, actor, now, permission=Permission.RATE_ORDER
        )
        call_off = await fetchval("SELECT id FROM call_off WHERE reference = $1", order)
        await insert(VoucherUse, voucher=voucher["id"], call_off=call_off)
    return order
