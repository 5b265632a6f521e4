"""Second quotes, vouchers and ratings: what each may be. All pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from marketplace.kernel.errors import Conflict, DomainError
from marketplace.kernel.formats import number as plain
from marketplace.kernel.i18n import N_

ORDER, PRICE, RATING, CHOICE = "R-FRM-05", "R-FRM-04", "R-FRM-06", "R-FRM-01"


@dataclass(frozen=True)
class Quote:
    """A provider's second quote in yuan."""

    place: UUID
    name: str
    unit_price: Decimal


def check_quote(agreed: Decimal, unit_price: Decimal, closes_at: datetime, now: datetime) -> None:
    """A quote before the deadline, at most the agreed price. Raises Conflict, DomainError (R-FRM-04, R-FRM-05)."""
    if now >= closes_at:
        raise Conflict(N_("二次竞价已经截止，这次报价没有收到。"), clause=ORDER)
    if unit_price > agreed:
        raise DomainError(
            N_("报价 {price} 元高于协议价格 {agreed} 元。协议价格是二次竞价的最高限价。"),
            clause=PRICE, price=unit_price, agreed=agreed,
        )  # fmt: skip


def lowest(quotes: Sequence[Quote], tie_note: str = "") -> Quote:
    """The lowest quote wins; among equals the one that the record of the draw names. Raises DomainError (R-TIE-01)."""
    if not quotes:
        raise DomainError(N_("没有供应商报价，不能确定成交供应商。可以重新竞价。"), clause=ORDER)
    least = min(quote.unit_price for quote in quotes)
    first = [quote for quote in quotes if quote.unit_price == least]
    if len(first) == 1:
        return first[0]
    named = [quote for quote in first if quote.name in tie_note]
    if len(named) != 1:
        raise DomainError(
            N_("有 {count} 家报价同为最低。请抽签，并写明抽签记录和抽中供应商的全称（只写抽中的一家）。"),
            clause="R-TIE-01", count=len(first),
        )  # fmt: skip
    return named[0]


def check_use(quantity: Decimal, left: Decimal, service_to: date, valid_to: date) -> None:
    """A recipient uses at most what is left on the voucher, while it is valid. Raises DomainError (R-FRM-01)."""
    if quantity > left:
        raise DomainError(N_("这张服务券还剩 {left}，不够 {quantity}。"), clause=CHOICE, left=plain(left), quantity=plain(quantity))  # noqa: E501
    if service_to > valid_to:
        raise DomainError(
            N_("服务结束日晚于服务券的有效期 {day}。请改早一些。"), clause=CHOICE, day=valid_to.isoformat()
        )


@dataclass(frozen=True)
class RatingSum:
    """What users think of a provider: how many rated it and their mean, buyers and recipients apart."""

    buyers: int = 0
    buyers_mean: Decimal | None = None
    recipients: int = 0
    recipients_mean: Decimal | None = None


def check_rated_when_done(contract_status: str) -> None:
    """Who has not been served yet has nothing to rate. Raises Conflict (R-FRM-06)."""
    if contract_status not in ("in_force", "completed", "terminated"):
        raise Conflict(N_("合同还没有生效，暂不能评价。"), clause=RATING)
