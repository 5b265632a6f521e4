"""What a contract says, who signs it, and how its state moves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import DomainError, Forbidden
from marketplace.kernel.i18n import N_
from marketplace.kernel.money import share_out, to_fen
from marketplace.kernel.states import Transitions


class ContractStatus(StrEnum):
    """Where a contract stands."""

    DRAWN_UP = "drawn_up"
    SIGNED_BY_ONE = "signed_by_one"
    IN_FORCE = "in_force"
    COMPLETED = "completed"
    TERMINATED = "terminated"
    RESCINDED = "rescinded"


CONTRACT_LABELS: dict[ContractStatus, tuple[str, str]] = {
    ContractStatus.DRAWN_UP: (N_("待双方签订"), "waiting"),
    ContractStatus.SIGNED_BY_ONE: (N_("一方已签，等待另一方"), "waiting"),
    ContractStatus.IN_FORCE: (N_("履行中"), "running"),
    ContractStatus.COMPLETED: (N_("已履行完毕"), "done"),
    ContractStatus.TERMINATED: (N_("已终止"), "refused"),
    ContractStatus.RESCINDED: (N_("已撤销"), "refused"),
}

TRANSITIONS: Transitions[ContractStatus] = {
    # a void award takes its contract with it, as long as nothing was performed (R-DISP-04)
    ContractStatus.DRAWN_UP: frozenset({ContractStatus.SIGNED_BY_ONE, ContractStatus.RESCINDED}),
    ContractStatus.SIGNED_BY_ONE: frozenset({ContractStatus.IN_FORCE, ContractStatus.RESCINDED}),
    ContractStatus.IN_FORCE: frozenset({ContractStatus.COMPLETED, ContractStatus.TERMINATED, ContractStatus.RESCINDED}),
    ContractStatus.COMPLETED: frozenset(),
    ContractStatus.TERMINATED: frozenset(),
    ContractStatus.RESCINDED: frozenset(),
}


class MilestoneStatus(StrEnum):
    """How far a milestone's money has come."""

    OPEN = "open"
    REQUESTED = "requested"
    TO_MEND = "to_mend"
    ACCEPTED = "accepted"
    INVOICED = "invoiced"
    APPROVED = "approved"
    PAID = "paid"
    CANCELLED = "cancelled"


MILESTONE_LABELS: dict[MilestoneStatus, tuple[str, str]] = {
    MilestoneStatus.OPEN: (N_("尚未验收"), "neutral"),
    MilestoneStatus.REQUESTED: (N_("已申请验收"), "waiting"),
    MilestoneStatus.TO_MEND: (N_("退回整改"), "waiting"),
    MilestoneStatus.ACCEPTED: (N_("已验收，等待发票"), "waiting"),
    MilestoneStatus.INVOICED: (N_("已收发票，等待审核付款"), "waiting"),
    MilestoneStatus.APPROVED: (N_("付款已审核"), "running"),
    MilestoneStatus.PAID: (N_("已付款"), "done"),
    MilestoneStatus.CANCELLED: (N_("合同终止，不再支付"), "neutral"),
}

MILESTONE_TRANSITIONS: Transitions[MilestoneStatus] = {
    # only the advance is invoiced without an acceptance
    MilestoneStatus.OPEN: frozenset(
        {
            MilestoneStatus.REQUESTED,
            MilestoneStatus.TO_MEND,
            MilestoneStatus.ACCEPTED,
            MilestoneStatus.INVOICED,
            MilestoneStatus.CANCELLED,
        }
    ),  # fmt: skip
    MilestoneStatus.REQUESTED: frozenset(
        {MilestoneStatus.TO_MEND, MilestoneStatus.ACCEPTED, MilestoneStatus.CANCELLED}
    ),
    # the buyer may find it mended before it is asked again
    MilestoneStatus.TO_MEND: frozenset(
        {MilestoneStatus.REQUESTED, MilestoneStatus.ACCEPTED, MilestoneStatus.CANCELLED}
    ),
    MilestoneStatus.ACCEPTED: frozenset({MilestoneStatus.INVOICED}),
    # a returned invoice puts the milestone back to waiting for one
    # and a disputed part that need not be paid ends one whose rest is paid
    MilestoneStatus.INVOICED: frozenset(
        {MilestoneStatus.APPROVED, MilestoneStatus.ACCEPTED, MilestoneStatus.OPEN, MilestoneStatus.PAID}
    ),
    MilestoneStatus.APPROVED: frozenset({MilestoneStatus.PAID}),
    MilestoneStatus.PAID: frozenset(),
    MilestoneStatus.CANCELLED: frozenset(),
}


class Side(StrEnum):
    """The two parties of a contract."""

    BUYER = "buyer"
    PROVIDER = "provider"


SIDE_LABELS: dict[Side, str] = {Side.BUYER: N_("采购人（甲方）"), Side.PROVIDER: N_("供应商（乙方）")}


@dataclass(frozen=True)
class MilestonePlan:
    """A milestone as the listing printed it: share in percent."""

    title: str
    share: Decimal
    due_on: date
    evidence: str


@dataclass(frozen=True)
class DeductionPlan:
    """What a failing costs as the listing printed it: percent of the milestone's price each time."""

    condition: str
    percent: Decimal


@dataclass(frozen=True)
class PaymentPart:
    """What one milestone pays, and what of its value the advance has paid already; yuan."""

    amount: Decimal
    offset: Decimal


@dataclass(frozen=True)
class PaymentPlan:
    """The advance and every milestone in yuan; together exactly the contract's amount."""

    advance: Decimal
    parts: tuple[PaymentPart, ...]


def payment_plan(amount: Decimal, milestones: Sequence[MilestonePlan], advance: Decimal = Decimal(0)) -> PaymentPlan:
    """Each milestone offsets the advance by its own share (R-PAY-03). Raises DomainError unless 100 percent."""
    if sum((m.share for m in milestones), Decimal(0)) != 100:
        raise DomainError(N_("付款节点的比例合计不是 100%。请回到采购公告核对付款节点。"))
    shares = [m.share for m in milestones]
    paid_before = to_fen(amount * advance / 100)
    parts = zip(share_out(amount, shares), share_out(paid_before, shares), strict=True)
    return PaymentPlan(paid_before, tuple(PaymentPart(whole - offset, offset) for whole, offset in parts))


def terms_hash(terms: str) -> str:
    """The SHA-256 of the text that both sides sign."""
    return hashlib.sha256(terms.encode()).hexdigest()


def after_signing(signed: Iterable[Side]) -> ContractStatus:
    """The state a contract has once these sides have signed."""
    count = len(set(signed))
    return {0: ContractStatus.DRAWN_UP, 1: ContractStatus.SIGNED_BY_ONE}.get(count, ContractStatus.IN_FORCE)


def check_typed_name(typed: str, name: str) -> None:
    """Who signs types their own name. Raises DomainError."""
    if "".join(typed.split()) != "".join(name.split()):
        raise DomainError(N_("签名要和登录人的姓名一致。请输入“{name}”。"), name=name)


def check_not_the_drafter(person: UUID, drafter: UUID | None) -> None:
    """Of the buyer another person signs a renewal than who drew it up. Raises Forbidden (R-ROLE-03)."""
    if person == drafter:
        raise Forbidden(N_("这份续签合同由您拟出，采购人要由另一位同事签订。"), clause="R-ROLE-03")


def check_year_before_stands(status: str) -> None:
    """A renewal goes on from a contract that was performed, not from one that was broken off (R-PERF-08).

    Raises DomainError.
    """
    if status in (ContractStatus.TERMINATED, ContractStatus.RESCINDED):
        raise DomainError(
            N_("续签所依据的合同已经终止或者撤销，续签合同不能再签订。需要服务的，请另行采购。"), clause="R-PERF-08"
        )


def may_see_contract(actor: Actor | None, contract: Mapping[str, object]) -> bool:
    """Published contracts are public; before that the two parties and those who read everything see it."""
    if contract["published_at"] is not None:
        return True
    if actor is None:
        return False
    return is_party(actor, contract) or actor.may(Permission.READ_EVERYTHING)


def is_party(actor: Actor | None, contract: Mapping[str, object]) -> bool:
    """Whether the reader belongs to the buyer or the provider of this contract."""
    return actor is not None and actor.organisation_id in (contract["buyer"], contract["provider_organisation"])


def is_buyer_side(actor: Actor | None, contract: Mapping[str, object]) -> bool:
    """Whether the reader belongs to the contract's buyer."""
    return actor is not None and actor.organisation_id == contract["buyer"]


def is_provider_side(actor: Actor | None, contract: Mapping[str, object]) -> bool:
    """Whether the reader belongs to the contract's provider."""
    return actor is not None and actor.organisation_id == contract["provider_organisation"]


def may_see_hours(actor: Actor | None, contract: Mapping[str, object]) -> bool:
    """Recipients' codes are for the provider's office, the buyer's office and those who read everything."""
    if actor is None:
        return False
    if actor.may(Permission.READ_EVERYTHING):
        return True
    if is_buyer_side(actor, contract):
        return actor.may(Permission.APPROVE_HOURS) or actor.may(Permission.ACCEPT_WORK)
    # a social worker sees own visits on a page of their own, not a colleague's households
    return is_provider_side(actor, contract) and actor.may(Permission.SUBMIT_INVOICE)
