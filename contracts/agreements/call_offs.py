"""Draw a contract up from an order under a framework; from then on it is a contract like any other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from catalogue.plans.queries import line_money
from contracts.agreements.comparison import keep_basis
from contracts.agreements.rules import MilestonePlan
from contracts.agreements.services import ContractTerms, load_lot, write_contract
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import transaction
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_
from marketplace.kernel.ledger.services import Posting, Source, post
from marketplace.kernel.references.services import next_reference

# the papers by which a provider proves the workload are part of the acceptance (R-FRM-04)
EVIDENCE = "按订单数量逐次记录的服务凭证和验收记录"
MILESTONE = "订单完成"


@dataclass(frozen=True)
class Order:
    """What an order says besides the framework: who buys how much, from which line, from when to when."""

    buyer: UUID
    buyer_name: str
    budget_line: UUID
    quantity: Decimal
    title: str
    service_from: date
    service_to: date


async def draw_up_call_off(terms: ContractTerms, order: Order, actor: Actor, now: datetime) -> UUID:
    """Write the contract of an order and commit its amount from the buyer's own line; gives its identity.

    Raises DomainError when the line has too little money left (R-GPS-05), NotFound for an unknown lot or provider.
    """
    async with transaction():
        line = await line_money(order.budget_line)
        if terms.amount > line["free"]:
            raise DomainError(
                N_("订单金额 {amount} 元超过这条预算的可用额度 {free} 元。请减少数量，或者换一条预算。"),
                clause="R-GPS-05", amount=terms.amount, free=line["free"],
            )  # fmt: skip
        lot = await load_lot(terms) | {
            "buyer": order.buyer, "buyer_name": order.buyer_name, "quantity": order.quantity, "title": order.title,
            "lot_title": order.title, "service_from": order.service_from, "service_to": order.service_to,
            "order_line": order.budget_line, "order_quantity": order.quantity,
        }  # fmt: skip
        plan = MilestonePlan(MILESTONE, Decimal(100), order.service_to, EVIDENCE)
        reference = await next_reference("HT", county_day(now).year)
        contract = await write_contract(reference, terms, lot, (plan,), now)
        source = Source("contract", str(contract))
        await post(line["ledger_line"], Posting.RESERVE, terms.amount, source, now)
        await post(line["ledger_line"], Posting.COMMIT, terms.amount, source, now)
        await keep_basis(contract, terms.amount, terms.offer, now)
        detail = {"reference": reference, "award": terms.award_reference, "amount": str(terms.amount)}
        await record("contract.drawn_up", ("contract", str(contract)), actor, detail, now)
    return contract
