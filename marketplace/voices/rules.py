"""Kinds and states of what the public says, who answers, and what may be published of it. Pure."""

from __future__ import annotations

from enum import StrEnum

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission, Role
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_
from marketplace.kernel.public_words import check_public
from marketplace.kernel.states import Transitions

RULE, ANSWER = "R-VOICE-01", "R-VOICE-01/answer"


class VoiceKind(StrEnum):
    """A comment may be published with its answer; a tip never is."""

    COMMENT = "comment"
    TIP = "tip"


class Desk(StrEnum):
    """Who answers."""

    FINANCE = "finance"
    CIVIL_AFFAIRS = "civil_affairs"


class VoiceStatus(StrEnum):
    """Waiting for its answer, answered to its sender, or public with the answer."""

    RECEIVED = "received"
    ANSWERED = "answered"
    PUBLISHED = "published"


KIND_LABELS: dict[VoiceKind, str] = {VoiceKind.COMMENT: N_("意见和建议"), VoiceKind.TIP: N_("线索")}
DESK_LABELS: dict[Desk, str] = {
    Desk.FINANCE: N_("县财政局：采购、合同和钱"),
    Desk.CIVIL_AFFAIRS: N_("县民政局：服务做得怎样"),
}
DESK_NAMES: dict[Desk, str] = {Desk.FINANCE: N_("县财政局"), Desk.CIVIL_AFFAIRS: N_("县民政局")}
STATUS_LABELS: dict[VoiceStatus, tuple[str, str]] = {
    VoiceStatus.RECEIVED: (N_("等待答复"), "waiting"),
    VoiceStatus.ANSWERED: (N_("已经答复"), "done"),
    VoiceStatus.PUBLISHED: (N_("已经答复并公开"), "done"),
}
TRANSITIONS: Transitions[VoiceStatus] = {
    VoiceStatus.RECEIVED: frozenset({VoiceStatus.ANSWERED, VoiceStatus.PUBLISHED}),
    VoiceStatus.ANSWERED: frozenset({VoiceStatus.PUBLISHED}),
    VoiceStatus.PUBLISHED: frozenset({VoiceStatus.ANSWERED}),
}
_DESK_OF: dict[Role, Desk] = {Role.FINANCE: Desk.FINANCE, Role.CIVIL_AFFAIRS: Desk.CIVIL_AFFAIRS}


def desks_of(actor: Actor) -> list[Desk]:
    """The offices for which somebody answers."""
    if not actor.may(Permission.ANSWER_VOICES):
        return []
    return [desk for role, desk in _DESK_OF.items() if role in actor.roles]


def check_may_publish(kind: str, public_words: str) -> None:
    """Only comments, and only without what leads to somebody. Raises DomainError."""
    if kind != VoiceKind.COMMENT:
        raise DomainError(N_("线索不公开，只答复给来信的人。"), clause=RULE)
    check_public(public_words)
