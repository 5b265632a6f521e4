"""The guard at the door of every route: public, signed in, or with a permission.

Each route says one of `opt=PUBLIC`, `opt=SIGNED_IN`, `**needs(Permission.X)`; a test walks them all.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission, clause_against
from marketplace.kernel.errors import Forbidden, SignInNeeded
from marketplace.kernel.i18n import N_

# what every route may ask for: the county's time at this request, and who acts
Now = NamedDependency[datetime]
CurrentActor = NamedDependency[Actor]

PUBLIC: dict[str, Any] = {"access": "public"}
SIGNED_IN: dict[str, Any] = {"access": "signed_in"}


def needs(*permissions: Permission) -> dict[str, Any]:
    """Route options: any one of these permissions opens the door."""
    return {"access": "permission", "permissions": permissions}


def guard_door(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Applied to the whole app: a route without a word about access stays shut."""
    access = handler.opt.get("access")
    if access == "public":
        return
    actor: Actor | None = connection.scope.get("user")
    if actor is None:
        raise SignInNeeded()
    if access == "signed_in":
        return
    permissions: tuple[Permission, ...] = handler.opt.get("permissions", ())
    if not any(actor.may(p) for p in permissions):
        clauses = [c for p in permissions if (c := clause_against(actor.roles, p))]
        raise Forbidden(
            N_("您的岗位不能做这件事。如果确有需要，请联系系统管理员核对您的岗位。"),
            clause=clauses[0] if clauses else None,
        )
