"""The life of an agreement with an agency, who may record and approve it, and what it must say. All pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission, Role
from marketplace.kernel.errors import Forbidden, NotFound
from marketplace.kernel.i18n import N_, Sentence, say


class AgreementStatus(StrEnum):
    """Where an agreement stands."""

    RECORDED = "recorded"
    APPROVED = "approved"
    RETURNED = "returned"
    ENDED = "ended"


A = AgreementStatus
TRANSITIONS: Mapping[AgreementStatus, frozenset[AgreementStatus]] = {
    A.RECORDED: frozenset({A.APPROVED, A.RETURNED}),
    A.APPROVED: frozenset({A.ENDED}),
    A.RETURNED: frozenset(),
    A.ENDED: frozenset(),
}

STATUS_LABELS: dict[AgreementStatus, str] = {
    A.RECORDED: N_("已登记，等待复核"),
    A.APPROVED: N_("已生效"),
    A.RETURNED: N_("已退回"),
    A.ENDED: N_("已终止"),
}

FEE_PAYERS: dict[str, str] = {
    "buyer": N_("采购人"),
    "winner": N_("中标（成交）供应商"),
    "none": N_("不收费"),
}


@dataclass(frozen=True)
class NewAgreement:
    """An agreement as it is typed."""

    agency: UUID
    document_number: str
    matter: str
    acts: tuple[Entrusted, ...]
    valid_from: date
    valid_to: date
    fee: str
    fee_payer: str


def mistakes_in(new: NewAgreement, today: date, agencies: frozenset[UUID]) -> dict[str, Sentence]:
    """Everything wrong with it at its field (R-ROLE-05: scope, authority, term)."""
    found: dict[str, Sentence] = {}
    if new.agency not in agencies:
        found["agency"] = say(N_("请从登记的采购代理机构里选。"))
    if new.valid_to < new.valid_from:
        found["valid_to"] = say(N_("到期日不能早于开始日。"))
    elif new.valid_to < today:
        found["valid_to"] = say(N_("这份协议已经到期，不能再据以委托。请登记有效的协议。"))
    if Entrusted.PUBLISH in new.acts and Entrusted.DRAFT not in new.acts:
        found["acts"] = say(N_("委托发布公告的，要同时委托编制采购文件。"))
    return found


def is_in_force(agreement: Mapping[str, Any], today: date) -> bool:
    """Whether it counts on a day; its first and last day included."""
    return agreement["status"] == A.APPROVED and agreement["valid_from"] <= today <= agreement["valid_to"]


def check_may_record(actor: Actor) -> None:
    """Only a buyer entrusts: an agency does not write its own mandate. Raises Forbidden (R-ROLE-05)."""
    actor.check_may(Permission.DRAFT_LISTING)
    if Role.AGENCY in actor.roles or Role.BUYER not in actor.roles:
        raise Forbidden(N_("委托代理协议由采购人登记。请采购人登记，由其另一位同事复核。"), clause="R-ROLE-05")


def may_decide(actor: Actor, agreement: Mapping[str, Any]) -> bool:
    """Another person of the buyer, while it waits."""
    return (
        agreement["status"] == A.RECORDED
        and actor.may(Permission.APPROVE_LISTING)
        and actor.organisation_id == agreement["buyer"]
        and actor.person_id != agreement["recorded_by"]
    )


def check_may_decide(actor: Actor, agreement: Mapping[str, Any]) -> None:
    """Who approves is not who recorded. Raises Forbidden (R-ROLE-03), NotFound for another buyer's."""
    actor.check_may(Permission.APPROVE_LISTING)
    if actor.organisation_id != agreement["buyer"]:
        raise NotFound()
    if actor.person_id == agreement["recorded_by"]:
        words = N_("这份协议是您登记的，不能由您复核。请本单位另一位同事复核。")
        raise Forbidden(words, clause="R-ROLE-03")


def may_end(actor: Actor, agreement: Mapping[str, Any]) -> bool:
    """The buyer may take its mandate back at any time."""
    return (
        agreement["status"] == A.APPROVED
        and actor.may(Permission.APPROVE_LISTING)
        and actor.organisation_id == agreement["buyer"]
    )
