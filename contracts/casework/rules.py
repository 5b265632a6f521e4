"""Casework of one resident from intake to closing, and group activities from plan to evaluation. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.kernel.i18n import N_
from marketplace.kernel.states import Transitions

RULE_DIRECTORY, RULE_CHILD = "R-SEED-07", "R-CHILD-01"
ITEMS = ("S01", "S04")  # needs assessment, and counselling with social integration
MOST_SIGNED_IN = 60


class Stage(StrEnum):
    """How far a resident's casework is."""

    INTAKE = "intake"
    ASSESSED = "assessed"
    PLANNED = "planned"
    CLOSED = "closed"
    REFERRED = "referred"


STAGE_LABELS: dict[Stage, tuple[str, str]] = {
    Stage.INTAKE: (N_("已接案，等评估"), "waiting"),
    Stage.ASSESSED: (N_("已评估，等计划"), "waiting"),
    Stage.PLANNED: (N_("按计划服务"), "running"),
    Stage.CLOSED: (N_("已结案"), "done"),
    Stage.REFERRED: (N_("已转介"), "neutral"),
}
TRANSITIONS: Transitions[Stage] = {
    Stage.INTAKE: frozenset({Stage.ASSESSED, Stage.REFERRED, Stage.CLOSED}),
    Stage.ASSESSED: frozenset({Stage.PLANNED, Stage.REFERRED, Stage.CLOSED}),
    Stage.PLANNED: frozenset({Stage.REFERRED, Stage.CLOSED}),
    Stage.CLOSED: frozenset(),
    Stage.REFERRED: frozenset(),
}


class Entry(StrEnum):
    """What is written into the file."""

    INTAKE = "intake"
    ASSESSMENT = "assessment"
    PLAN = "plan"
    PROCESS = "process"
    CLOSING = "closing"
    REFERRAL = "referral"


ENTRY_LABELS: dict[Entry, str] = {
    Entry.INTAKE: N_("接案"),
    Entry.ASSESSMENT: N_("评估"),
    Entry.PLAN: N_("服务计划"),
    Entry.PROCESS: N_("过程记录"),
    Entry.CLOSING: N_("结案"),
    Entry.REFERRAL: N_("转介"),
}
# when each may be written; an assessment and a plan may be written anew while the work goes on
_MAY_FOLLOW: dict[Entry, tuple[Stage, ...]] = {
    Entry.ASSESSMENT: (Stage.INTAKE, Stage.ASSESSED, Stage.PLANNED),
    Entry.PLAN: (Stage.ASSESSED, Stage.PLANNED),
    Entry.PROCESS: (Stage.PLANNED,),
    Entry.CLOSING: (Stage.INTAKE, Stage.ASSESSED, Stage.PLANNED),
    Entry.REFERRAL: (Stage.INTAKE, Stage.ASSESSED, Stage.PLANNED),
}
_MOVES: dict[Entry, Stage] = {
    Entry.ASSESSMENT: Stage.ASSESSED, Entry.PLAN: Stage.PLANNED, Entry.CLOSING: Stage.CLOSED,
    Entry.REFERRAL: Stage.REFERRED,
}  # fmt: skip
_USUAL: dict[str, Entry] = {
    Stage.INTAKE: Entry.ASSESSMENT, Stage.ASSESSED: Entry.PLAN, Stage.PLANNED: Entry.PROCESS,
}  # fmt: skip
MISSING = {
    Entry.PLAN: N_("先写评估，再写服务计划。"),
    Entry.PROCESS: N_("先写评估和服务计划，再写过程记录。"),
}


def entries_now(stage: str) -> list[Entry]:
    """What may be written next: what usually comes first, then in the order of the work."""
    usual = _USUAL.get(stage)
    return sorted((entry for entry, stages in _MAY_FOLLOW.items() if stage in stages), key=lambda each: each != usual)


def stage_after(stage: str, entry: Entry) -> Stage:
    """The stage once an entry is written. Raises Conflict when it is over, DomainError when something comes first."""
    if stage in (Stage.CLOSED, Stage.REFERRED):
        raise Conflict(N_("个案服务已经结束，不能再写。有新的需要，请另外接案。"))
    if stage not in _MAY_FOLLOW.get(entry, ()):
        raise DomainError(MISSING.get(entry, N_("请按接案、评估、计划、过程、结案的顺序写。")), clause=RULE_DIRECTORY)
    to = _MOVES.get(entry, Stage(stage))
    # a second assessment does not take a plan away
    return Stage(stage) if entry is Entry.ASSESSMENT and stage == Stage.PLANNED else to


def may_read_texts(actor: Actor, file: Mapping[str, Any]) -> bool:
    """The worker in charge and who supervises at the provider read what was written; nobody else does."""
    if file["worker"] == actor.person_id:
        return True
    return actor.organisation_id == file["provider_organisation"] and actor.may(Permission.ANSWER_ORDERS)


def may_see_file(actor: Actor, file: Mapping[str, Any]) -> bool:
    """The town sees how far the work is, without its texts; that of a child the named few alone (R-CHILD-01)."""
    if may_read_texts(actor, file):
        return True
    is_own = actor.organisation_id == file["town"] and actor.may(Permission.HANDLE_CASES)
    if file["is_restricted"]:
        return actor.may(Permission.SEE_RESTRICTED_CASES) and (is_own or actor.may(Permission.OVERSEE_CASES))
    return is_own or actor.may(Permission.OVERSEE_CASES)


def check_in_charge(actor: Actor, file: Mapping[str, Any]) -> None:
    """The worker in charge writes. Raises Forbidden."""
    if file["worker"] != actor.person_id:
        raise Forbidden(N_("由负责这位服务对象的社会工作者填写。需要换人的，请服务主管改派。"), clause=RULE_CHILD)


class GroupStatus(StrEnum):
    """Where a group activity stands."""

    PLANNED = "planned"
    HELD = "held"
    EVALUATED = "evaluated"
    CANCELLED = "cancelled"


GROUP_LABELS: dict[GroupStatus, tuple[str, str]] = {
    GroupStatus.PLANNED: (N_("已计划"), "waiting"),
    GroupStatus.HELD: (N_("已举办，等评估"), "running"),
    GroupStatus.EVALUATED: (N_("已评估"), "done"),
    GroupStatus.CANCELLED: (N_("已取消"), "neutral"),
}
GROUP_TRANSITIONS: Transitions[GroupStatus] = {
    GroupStatus.PLANNED: frozenset({GroupStatus.HELD, GroupStatus.CANCELLED}),
    GroupStatus.HELD: frozenset({GroupStatus.EVALUATED}),
    GroupStatus.EVALUATED: frozenset(),
    GroupStatus.CANCELLED: frozenset(),
}


def check_signed_in(codes: Sequence[str]) -> list[str]:
    """Who came, each once, in the order typed. Raises DomainError for none and for more than fit a group."""
    once = list(dict.fromkeys(codes))
    if not once:
        raise DomainError(N_("没有人签到。没有举办的，请取消活动。"), clause=RULE_DIRECTORY)
    if len(once) > MOST_SIGNED_IN:
        words = N_("一次小组活动最多签到 {most} 人。请分成几次。")
        raise DomainError(words, clause=RULE_DIRECTORY, most=MOST_SIGNED_IN)
    return once
