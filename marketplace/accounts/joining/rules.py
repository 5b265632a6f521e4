"""How a request to join moves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from marketplace.kernel.i18n import N_


class JoinStatus(StrEnum):
    """Where a request stands."""

    ASKED = "asked"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"


JOIN_TRANSITIONS: Mapping[JoinStatus, frozenset[JoinStatus]] = {
    # only who opens the link in the letter is a person with that address
    JoinStatus.ASKED: frozenset({JoinStatus.WAITING}),
    JoinStatus.WAITING: frozenset({JoinStatus.ACCEPTED, JoinStatus.REFUSED}),
    JoinStatus.ACCEPTED: frozenset(),
    JoinStatus.REFUSED: frozenset(),
}
JOIN_LABELS: Mapping[JoinStatus, str] = {
    JoinStatus.ASKED: N_("等本人确认邮箱"),
    JoinStatus.WAITING: N_("等负责人答复"),
    JoinStatus.ACCEPTED: N_("已同意加入"),
    JoinStatus.REFUSED: N_("没有同意加入"),
}
LIFE = timedelta(days=3)  # of the link in the letter
