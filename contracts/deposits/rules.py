"""Deposits and bonds: how much, until when, in which order they move, and what a late return costs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from marketplace.kernel.clock import county_day
from marketplace.kernel.deadlines import Deadline, compute
from marketplace.kernel.errors import Conflict, DomainError, NotFound
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_
from marketplace.kernel.moments import Day
from marketplace.kernel.money import to_fen
from marketplace.kernel.rulebook import number
from marketplace.kernel.states import Transitions

RULE, RULE_GUARANTEE, RULE_INVALID = "R-DOC-05", "R-PAY-04", "R-BID-06"
RULE_BACK, RULE_CANCELLED = "R-TIME-20", "R-TIME-21"
HUNDRED, YEAR = Decimal(100), Decimal(360)


class Kind(StrEnum):
    """What it secures: a bid, or the work of a contract."""

    BID = "bid"
    PERFORMANCE = "performance"


KIND_LABELS: dict[Kind, str] = {Kind.BID: N_("投标保证金"), Kind.PERFORMANCE: N_("履约保证金")}


class Way(StrEnum):
    """How it is given; the provider chooses (R-DOC-05)."""

    GUARANTEE = "guarantee"
    TRANSFER = "transfer"
    ONLINE = "online"


WAY_LABELS: dict[Way, str] = {
    Way.GUARANTEE: N_("保函"),
    Way.TRANSFER: N_("银行转账"),
    Way.ONLINE: N_("网上支付"),
}


class DepositStatus(StrEnum):
    """Where a deposit stands."""

    ASKED = "asked"
    DECLARED = "declared"
    HELD = "held"
    RETURNING = "returning"
    RETURNED = "returned"
    FORFEITED = "forfeited"
    DROPPED = "dropped"


DEPOSIT_LABELS: dict[DepositStatus, tuple[str, str]] = {
    DepositStatus.ASKED: (N_("等待网上支付"), "waiting"),
    DepositStatus.DECLARED: (N_("已说明转账，等待核对到账"), "waiting"),
    DepositStatus.HELD: (N_("已收到"), "done"),
    DepositStatus.RETURNING: (N_("正在退还"), "running"),
    DepositStatus.RETURNED: (N_("已退还"), "done"),
    DepositStatus.FORFEITED: (N_("不予退还"), "refused"),
    DepositStatus.DROPPED: (N_("没有办成"), "neutral"),
}

S = DepositStatus
# money that comes after its page was given up is still taken in, and goes back
DEPOSIT_TRANSITIONS: Transitions[DepositStatus] = {
    S.ASKED: frozenset({S.HELD, S.DROPPED}),
    S.DECLARED: frozenset({S.HELD, S.DROPPED}),
    S.HELD: frozenset({S.RETURNING, S.FORFEITED}),
    S.RETURNING: frozenset({S.RETURNED}),
    S.RETURNED: frozenset(),
    S.FORFEITED: frozenset(),
    S.DROPPED: frozenset({S.HELD}),
}


class Ground(StrEnum):
    """Why a deposit goes back."""

    LOSER = "loser"
    WINNER = "winner"
    WITHDRAWN = "withdrawn"
    NO_BID = "no_bid"
    LATE = "late"
    CANCELLED = "cancelled"
    FULFILLED = "fulfilled"
    ENDED = "ended"
    TWICE = "twice"


GROUND_LABELS: dict[Ground, str] = {
    Ground.LOSER: N_("没有中标（成交）"),
    Ground.WINNER: N_("合同已经签订"),
    Ground.WITHDRAWN: N_("截止以前撤回了投标"),
    Ground.NO_BID: N_("没有提交投标文件"),
    Ground.LATE: N_("截止时间以后才到账"),
    Ground.CANCELLED: N_("采购终止"),
    Ground.FULFILLED: N_("合同履行完毕"),
    Ground.ENDED: N_("合同终止并且已经结清"),
    Ground.TWICE: N_("重复交纳"),
}

_PERIODS: dict[Ground, str] = {
    Ground.LOSER: "R-TIME-20/losers",
    Ground.WINNER: "R-TIME-20/winner",
    Ground.WITHDRAWN: "R-TIME-20/withdrawn",
    Ground.NO_BID: "R-TIME-20/withdrawn",
    Ground.LATE: "R-TIME-20/withdrawn",
    Ground.TWICE: "R-TIME-20/withdrawn",
    Ground.CANCELLED: "R-TIME-21",
}


@dataclass(frozen=True)
class Facts:
    """What decides when a deposit goes back. Moments are None while the thing has not happened."""

    kind: Kind
    arrived_at: datetime
    closes_at: datetime
    ended_at: datetime | None = None
    awarded_at: datetime | None = None
    has_bid: bool = True
    withdrawn_at: datetime | None = None
    # of this provider: contracts drawn from the award, and when the last of them was signed
    contracts: int = 0
    all_signed_at: datetime | None = None
    fulfilled_at: datetime | None = None
    # of a contract that ended before time, not by the provider's breach: when the last of its money was settled
    settled_at: datetime | None = None


def ground_of_return(facts: Facts, now: datetime) -> tuple[Ground, date] | None:
    """Why and since which day a deposit has to go back; None while it secures something (R-TIME-20, R-TIME-21)."""
    if facts.kind is Kind.PERFORMANCE:
        if facts.settled_at:
            return Ground.ENDED, county_day(facts.settled_at)
        return (Ground.FULFILLED, county_day(facts.fulfilled_at)) if facts.fulfilled_at else None
    if facts.ended_at:
        return Ground.CANCELLED, county_day(max(facts.ended_at, facts.arrived_at))
    if not facts.has_bid and facts.withdrawn_at:
        return Ground.WITHDRAWN, county_day(max(facts.withdrawn_at, facts.arrived_at))
    if now < facts.closes_at:
        return None
    if facts.arrived_at >= facts.closes_at:
        return Ground.LATE, county_day(facts.arrived_at)
    if not facts.has_bid:
        return Ground.NO_BID, county_day(facts.closes_at)
    if facts.awarded_at and not facts.contracts:
        return Ground.LOSER, county_day(facts.awarded_at)
    return (Ground.WINNER, county_day(facts.all_signed_at)) if facts.all_signed_at else None


def due_back(ground: Ground, since: date) -> date:
    """The last day to give a deposit back; a bond is due at once when its contract is done."""
    counted = back_by(ground, since)
    return counted.date if counted else since


def back_by(ground: Ground, since: date) -> Deadline | None:
    """The same day with its count; None where no period runs."""
    period = _PERIODS.get(ground)
    return compute(period, since) if period else None


def late_interest(amount: Decimal, due: date, paid_on: date, kind: Kind = Kind.BID) -> Decimal:
    """What a late return costs the one who kept it: the benchmark rate plus a share, by days of 360 (R-TIME-20).

    A bond has no rate in law: the county has a row of its own for it, which the contract promises.
    """
    days = (paid_on - due).days
    if days <= 0:
        return Decimal("0.00")
    markup = number("R-TIME-20/late_markup" if kind is Kind.BID else "R-TIME-20/late_bond", due)
    rate = number("R-TIME-20/benchmark", due) * (HUNDRED + markup) / HUNDRED
    return to_fen(amount * rate / HUNDRED * days / YEAR)


def bond_of(amount: Decimal, percent: Decimal) -> Decimal:
    """The performance bond of a contract in yuan."""
    return to_fen(amount * percent / HUNDRED)


def counts(arrived_at: datetime | None, closes_at: datetime) -> bool:
    """Whether a bid deposit was there in time; exactly at the deadline is late (R-DOC-05)."""
    return arrived_at is not None and arrived_at < closes_at


def check_guarantee(form: Bound, asked: Decimal, valid_at_least: date) -> None:
    """A guarantee covers the amount asked and lasts as long as what it secures. Mistakes go beside their fields."""
    amount, until = form.values.get("amount"), form.values.get("valid_until")
    if amount is not None and amount < asked:
        form.refuse("amount", N_("保函金额少于要求的 {asked} 元。请开立足额的保函。"), asked=f"{asked:.2f}")
    if until is not None and until < valid_at_least:
        form.refuse("valid_until", N_("保函要至少到 {day}有效。请开立更长期限的保函。"), day=Day(valid_at_least))


def check_open(closes_at: datetime | None, now: datetime) -> None:
    """A deposit is given before the deadline of the bids (R-DOC-05). Raises DomainError."""
    if closes_at is not None and now >= closes_at:
        raise DomainError(N_("投标截止时间已经过了，不能再交投标保证金。"), clause=RULE)


def check_may_look(row: Mapping[str, object], own: bool, now: datetime) -> None:
    """Before the deadline a bid deposit exists for its bidder alone (R-DOC-08). Raises NotFound."""
    if own or row["kind"] == Kind.PERFORMANCE:
        return
    closes_at = row["closes_at"]
    if isinstance(closes_at, datetime) and now < closes_at and row["listing_ended_at"] is None:
        raise NotFound()


def check_arrival(arrived_at: datetime, entered_at: datetime, now: datetime) -> None:
    """Money cannot arrive in the future. Raises DomainError."""
    if arrived_at > now:
        raise DomainError(N_("到账时间在现在以后。请照银行流水填写。"), clause=RULE)


class GivenAlready(Conflict):
    """There is one already; of two windows one wins."""

    def __init__(self) -> None:
        super().__init__(N_("这笔保证金已经交过或者正在办理。请刷新页面查看。"), clause=RULE)


@dataclass(frozen=True)
class Asked:
    """A deposit somebody has to give: for what, how much, until when. `path` is the page it is given on."""

    kind: Kind
    listing: UUID
    contract: UUID | None
    provider: UUID
    reference: str
    title: str
    title_en: str
    amount: Decimal
    closes_at: datetime | None
    valid_at_least: date
    path: str
    is_over: bool
