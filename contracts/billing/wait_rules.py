"""What of the last payment may wait for the handover: the printed share, while the handover is open. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from contracts.billing.rules import InvoiceStatus
from marketplace.kernel.errors import Conflict, DomainError
from marketplace.kernel.i18n import N_
from marketplace.kernel.money import to_fen

RULE = "R-CON-06"
HUNDRED = Decimal(100)


@dataclass(frozen=True)
class WaitFacts:
    """What decides whether a part may wait. `share`: percent as the listing printed it, None where it prints none.

    `handover`: the state of the contract's handover, None where nobody has begun one. `is_last`: no milestone follows.
    `has_waited`: a part of this invoice waits or has waited already.
    """

    share: Decimal | None
    handover: str | None
    is_last: bool
    has_waited: bool = False


def waiting_part(payable: Decimal, share: Decimal) -> Decimal:
    """The part that may wait, in yuan; the rest is paid on its clock."""
    return to_fen(payable * share / HUNDRED)


def check_may_wait(invoice: Mapping[str, Any], facts: WaitFacts) -> Decimal:
    """The printed share where something may wait. Raises DomainError, Conflict."""
    if facts.has_waited:
        raise Conflict(N_("这张发票已经有一部分等移交完成，不能再增加。"), clause=RULE)
    if invoice["status"] != InvoiceStatus.SUBMITTED:
        raise Conflict(N_("这张发票的付款已经审核或者发票已经退回，现在不能改。请先与财政局联系。"), clause=RULE)
    if invoice["acceptance"] is None or invoice["is_settlement"]:
        raise DomainError(N_("预付款、争议解决和移交以后应付的款项照付，没有可以等的部分。"), clause=RULE)
    if facts.share is None:
        raise DomainError(N_("公告没有写明可以等移交完成的比例，整笔款项按期支付。"), clause=RULE)
    if not facts.is_last:
        raise DomainError(N_("只有最后一个付款节点的款项可以有一部分等移交完成，这一笔按期支付。"), clause=RULE)
    if facts.handover is None or facts.handover == "done":
        words = N_("服务对象的移交没有发起，或者已经完成，没有要等的事。这笔款项按期支付。")
        raise DomainError(words, clause=RULE)
    return facts.share


def may_wait(invoice: Mapping[str, Any], facts: WaitFacts) -> bool:
    """Whether the page offers it."""
    try:
        check_may_wait(invoice, facts)
    except DomainError:
        return False
    return True
