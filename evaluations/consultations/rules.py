"""When a bidder is met, what may change, and who confirms it. All pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from catalogue.plans.method_rows import MethodRow
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused
from marketplace.kernel.i18n import N_, Sentence, say

CLAUSE = "R-BID-07"


class Kind(StrEnum):
    """What of the document may change; nothing else does (74 Art. 32)."""

    TECHNICAL = "technical"
    SERVICE = "service"
    CONTRACT = "contract"


KIND_LABELS: Mapping[Kind, str] = {
    Kind.TECHNICAL: N_("技术要求"),
    Kind.SERVICE: N_("服务要求"),
    Kind.CONTRACT: N_("合同草案条款"),
}


@dataclass(frozen=True)
class Stage:
    """Where a procurement stands, as the rounds ask. `asked_at`: last prices are asked for, until `closes_at`."""

    method: MethodRow
    status: str
    opened_at: datetime | None = None
    asked_at: datetime | None = None
    closes_at: datetime | None = None


def is_consulting(stage: Stage) -> bool:
    """Whether bidders are met now: after the opening and until the last prices are asked for."""
    return stage.method.final_price and stage.status == "opened" and stage.asked_at is None


def check_consulting(stage: Stage) -> None:
    """Raises Conflict where nobody is met, and once the last prices are asked for (R-BID-07)."""
    if not stage.method.final_price:
        raise Conflict(N_("这种采购方式不与供应商磋商。"), clause=CLAUSE)
    if stage.asked_at is not None:
        words = N_("已经要求最后报价，不再磋商，也不再变动采购文件。没有确认的变动自那时起作废。")
        raise Conflict(words, clause=CLAUSE)
    if stage.status != "opened":
        raise Conflict(N_("现在不是磋商的时候。请刷新页面，看采购走到了哪一步。"), clause=CLAUSE)


def check_part(bid: Mapping[str, Any]) -> None:
    """Only who is qualified, found to conform and in a lot that goes on is met (214 Art. 16). Raises Conflict."""
    if not bid["is_qualified"] or not bid["is_conforming"] or bid["lot_has_ended"]:
        words = N_("只与通过资格审查和符合性审查的供应商磋商。请先作完审查。")
        raise Conflict(words, clause=CLAUSE)


@dataclass(frozen=True)
class NewMeeting:
    """A meeting as a member enters it."""

    held_at: datetime
    spoke_for: str
    words: str


def check_meeting(new: NewMeeting, stage: Stage, now: datetime) -> None:
    """It was held after the opening and is over; who spoke and what of is written down. Raises FormRefused."""
    wrong: dict[str, Sentence] = {}
    if new.held_at > now or (stage.opened_at is not None and new.held_at < stage.opened_at):
        wrong["held_at"] = say(N_("磋商的时间要在开启响应文件以后、现在以前。"))
    if not new.spoke_for.strip():
        wrong["spoke_for"] = say(N_("请写明谁代表供应商参加。"))
    if not new.words.strip():
        wrong["words"] = say(N_("请写明磋商了什么、供应商怎样答复。"))
    if wrong:
        raise FormRefused(wrong)


def check_may_confirm(actor: Actor, procuring_unit: UUID, seat_kind: str | None) -> None:
    """The purchaser's representative on the panel, or a buyer of the unit; never its agency. Raises Forbidden."""
    if seat_kind == "buyer":
        return
    if actor.organisation_id != procuring_unit or not actor.may(Permission.REVIEW_QUALIFICATION):
        raise Forbidden(N_("实质性变动要由采购人代表确认。请采购人办理。"), clause=CLAUSE)
