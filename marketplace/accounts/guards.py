"""The guard at the door of every route: public, signed in, or with a permission.

Each route says one of `opt=PUBLIC`, `opt=SIGNED_IN`, `**needs(Permission.X)`; a test walks them all.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission, clause_against
from marketplace.kernel.errors import Forbidden, ProofNeeded, SecondFactorNeeded, SignInNeeded
from marketplace.kernel.i18n import N_

# what every route may ask for: the county's time at this request, and who acts
Now = NamedDependency[datetime]
CurrentActor = NamedDependency[Actor]

PUBLIC: dict[str, Any] = {"access": "public"}
SIGNED_IN: dict[str, Any] = {"access": "signed_in"}
# the few pages that lead to the second factor of a role
BEFORE_SECOND_FACTOR: dict[str, Any] = {**SIGNED_IN, "before_second_factor": True}
UNCOMPRESSED = "uncompressed"
CLOCKS_APART = 60  # seconds by which the clocks of two web nodes may differ


def needs(*permissions: Permission) -> dict[str, Any]:
    """Route options: any one of these permissions opens the door."""
    return {"access": "permission", "permissions": permissions}


def irreversible(access: dict[str, Any]) -> dict[str, Any]:
    """Route options of an act that cannot be undone: whoever proved long ago who they are proves it again."""
    return {**access, "irreversible": True}


def uncompressed(access: dict[str, Any]) -> dict[str, Any]:
    """Route options of ciphertext, which never gets smaller: trying holds up everybody else of the process."""
    return {**access, UNCOMPRESSED: True}


async def guard_door(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Applied to the whole app: a route without a word about access stays shut."""
    # a coroutine, though it waits for nothing: Litestar hands each call of a plain guard to a thread and back
    access = handler.opt.get("access")
    if access == "public":
        return
    actor = _actor_at(connection, handler)
    if access == "permission":
        _check_permission(actor, handler)
    if handler.opt.get("irreversible"):
        _check_proof(connection)


def _actor_at(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> Actor:
    """Who stands at the door. Raises SignInNeeded, SecondFactorNeeded."""
    scope: Any = connection.scope
    actor: Actor | None = scope.get("user")
    waiting: Actor | None = scope.get("waiting")
    if actor is None and waiting is not None:
        if not handler.opt.get("before_second_factor"):
            raise SecondFactorNeeded()
        scope["user"] = actor = waiting
    if actor is None:
        raise SignInNeeded()
    return actor


def _check_proof(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    """Real time: a demo's clock leaps by days while its people sit at their desks. Raises ProofNeeded."""
    if not is_recent(connection.session.get("proven_at", 0), connection.app.state["settings"].step_up_minutes * 60):
        raise ProofNeeded()


def is_recent(at: float, seconds: float) -> bool:
    """Whether something happened within so many seconds of this machine's clock.

    What lies ahead of it was noted while the clock was wrong: without this it would stay recent until then.
    """
    return -CLOCKS_APART <= time.time() - at <= seconds


def _check_permission(actor: Actor, handler: BaseRouteHandler) -> None:
    permissions: tuple[Permission, ...] = handler.opt.get("permissions", ())
    if not any(actor.may(p) for p in permissions):
        clauses = [c for p in permissions if (c := clause_against(actor.roles, p))]
        raise Forbidden(
            N_("您的岗位不能做这件事。如果确有需要，请联系系统管理员核对您的岗位。"),
            clause=clauses[0] if clauses else None,
        )
