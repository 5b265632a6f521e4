"""Cases and service orders for tests, made by the real services."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from contracts.cases.rules import Capacity, HelpKind, Place, RecipientKind
from contracts.cases.services import Identity, NewCase, register_case
from contracts.orders.services import NewOrder, raise_order
from tests.builders_contracts import World
from tests.cast import actor

NUMBER = "510121195003070013"  # a number that fits its own check character
CHILD_NUMBER = "510121201503070018"


def a_new_case(**wanted: Any) -> NewCase:
    """What a window takes in: minimum subsistence of an adult at the household registration."""
    values: dict[str, Any] = {
        "help_kind": HelpKind.SUBSISTENCE, "recipient_kind": RecipientKind.OTHER, "place": Place.REGISTERED,
        "village": "三江村", "need": "家庭收入低，长期患病。", "identity": Identity("王大爷"),
    }  # fmt: skip
    return NewCase(**{**values, **wanted})


async def a_case(now: datetime, username: str = "luo.jie", **wanted: Any) -> str:
    """A case registered at the window of the contract's own town."""
    return await register_case(a_new_case(**wanted), await actor(username, now), now)


async def a_childs_case(now: datetime) -> str:
    """A case of a child, registered by the child officer."""
    wanted = {"help_kind": HelpKind.SERVICE, "capacity": Capacity.MINOR, "identity": Identity("小明")}
    return await a_case(now, "he.xin", **wanted)


async def an_order(case: str, now: datetime, **wanted: Any) -> str:
    """An order of the world's item for a case, five working days long."""
    values: dict[str, Any] = {"item_code": "S01", "task": "入户评估需求，写评估表。", "limit_days": 5}
    return await raise_order(case, NewOrder(**{**values, **wanted}), await actor("luo.jie", now), now)


__all__ = ["CHILD_NUMBER", "NUMBER", "World", "a_case", "a_childs_case", "a_new_case", "an_order"]
