"""The person acting, as every service and page sees them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.accounts.permissions import Permission, Role, clause_against, permissions_of
from marketplace.kernel.errors import Forbidden
from marketplace.kernel.i18n import N_
from marketplace.kernel.names import Name


@dataclass(frozen=True)
class Actor:
    """Who acts, for which organisation, in which roles."""

    person_id: UUID
    name: str
    organisation_id: UUID
    organisation_name: str
    roles: frozenset[Role]
    organisation_name_en: str = ""

    @property
    def office(self) -> Name:
        """The organisation's name in the reader's language."""
        return Name(self.organisation_name, self.organisation_name_en)

    def may(self, permission: Permission | str) -> bool:
        """Whether one of the roles has this permission."""
        return Permission(permission) in permissions_of(self.roles)

    def check_may(self, permission: Permission) -> None:
        """Raises Forbidden (403) with the rule that keeps the role from the act."""
        if not self.may(permission):
            raise Forbidden(
                N_("您的岗位不能做这件事。如果确有需要，请联系系统管理员核对您的岗位。"),
                clause=clause_against(self.roles, permission),
            )
