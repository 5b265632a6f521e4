"""The ground of a method as it is typed, and the questions of the chooser."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from catalogue.listings.drafts import Procedure
from catalogue.listings.method_choice import GROUND_LABELS, PURCHASED_SERVICE, VENUE_LABELS, PurchaseFacts
from marketplace.kernel.forms import Bound, Field, choice, day, decimal, flag, money, parse, text
from marketplace.kernel.i18n import N_

SHARE = decimal(Decimal("0.01"), Decimal("999"))
KINDS: dict[str, str] = {"service": N_("服务（目录里的项目）"), "goods": N_("货物")}
SUPPLIERS: dict[str, str] = {
    "many": N_("多家都能做"),
    "few_suppliers": N_("只有有限的几家能做"),
    "only_supplier": N_("只有一家能做"),
}
# what may be ticked as a reason; the number of suppliers is asked on its own
REASONS: tuple[str, ...] = tuple(
    ground for ground in GROUND_LABELS if ground not in (PURCHASED_SERVICE, "few_suppliers", "only_supplier")
)

PROCEDURE = [
    Field("venue", N_("在哪里办理"), choice(list(VENUE_LABELS))),
    Field("ground", N_("法定情形"), choice(list(GROUND_LABELS)), is_required=False),
    Field("ground_reason", N_("情形的事实"), text(2000), is_required=False),
    Field("addition_share", N_("添购占原合同的比例"), SHARE, is_required=False),
    Field("expert_opinions", N_("专家论证意见"), text(5000), is_required=False),
    Field("approval_number", N_("批准文号"), text(80), is_required=False),
    Field("approved_on", N_("批准日期"), day(), is_required=False),
]

CHOOSER = [
    Field("amount", N_("金额"), money()),
    Field("kind", N_("买什么"), choice(list(KINDS))),
    Field("suppliers", N_("向谁买"), choice(list(SUPPLIERS))),
    Field("reasons", N_("为什么"), choice(list(REASONS)), is_required=False, is_list=True),
    Field("addition_share", N_("添购占原合同的比例"), SHARE, is_required=False),
    Field("is_approved", N_("已获批准"), flag(), is_required=False),
]


def procedure_form(typed: Mapping[str, Any]) -> tuple[Bound, Procedure | None]:
    """Where it is run, the ground and the approval."""
    form = parse(PROCEDURE, typed)
    if form.errors:
        return form, None
    v = form.values
    return form, Procedure(
        venue=v["venue"], ground=v["ground"] or "", ground_reason=v["ground_reason"] or "",
        expert_opinions=v["expert_opinions"] or "",
        addition_share=v["addition_share"], approval_number=v["approval_number"] or "", approved_on=v["approved_on"],
    )  # fmt: skip


def raw_procedure(part: Procedure) -> dict[str, Any]:
    """A stored ground as the texts its form would show."""
    share, approved = part.addition_share, part.approved_on
    return {
        "venue": part.venue, "ground": part.ground, "ground_reason": part.ground_reason,
        "addition_share": f"{share.normalize():f}" if share is not None else "",
        "expert_opinions": part.expert_opinions,
        "approval_number": part.approval_number, "approved_on": approved.isoformat() if approved else "",
    }  # fmt: skip


def chooser_form(typed: Mapping[str, Any]) -> tuple[Bound, PurchaseFacts | None]:
    """What is bought, how much, from whom and why."""
    form = parse(CHOOSER, typed)
    if form.errors:
        return form, None
    v = form.values
    grounds = {*v["reasons"], *({v["suppliers"]} - {"many"})}
    return form, PurchaseFacts(
        amount=v["amount"], is_service=v["kind"] == "service", grounds=frozenset(grounds),
        is_approved=bool(v["is_approved"]), addition_share=v["addition_share"],
    )  # fmt: skip
