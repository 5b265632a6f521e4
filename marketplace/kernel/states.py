"""Status moves: every change of state goes through its table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from marketplace.kernel.errors import IllegalMove
from marketplace.kernel.i18n import N_

S = TypeVar("S", bound=StrEnum)
Transitions = Mapping[S, frozenset[S]]


def move(transitions: Transitions[S], status: S | str, to: S) -> S:
    """The new status, if the table has this move. Raises IllegalMove (409) otherwise."""
    known = type(to)(status)
    if to not in transitions.get(known, frozenset()):
        raise IllegalMove(N_("现在的状态已经不能这样做了，可能是别人刚刚处理过。请刷新页面，再看下一步。"))
    return to
