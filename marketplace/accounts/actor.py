"""The person acting, as every service and page sees them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.accounts.mandates import ENTRUSTED_LABELS, Entrusted, Mandate
from marketplace.accounts.permissions import Permission, Role, clause_against, permissions_of
from marketplace.kernel.errors import Forbidden
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name


@dataclass(frozen=True)
class OtherOrganisation:
    """Another organisation that the same person may act for."""

    id: UUID
    name: Name


@dataclass(frozen=True)
class Actor:
    """Who acts, for which organisation, in which roles."""

    person_id: UUID
    name: str
    organisation_id: UUID
    organisation_name: str
    roles: frozenset[Role]
    organisation_name_en: str = ""
    mandates: tuple[Mandate, ...] = ()
    others: tuple[OtherOrganisation, ...] = ()

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

    def mandate(self, agreement: UUID | None) -> Mandate | None:
        """The agreement under which this actor's agency runs something, if it is one of its own."""
        return next((each for each in self.mandates if each.agreement == agreement), None)

    def acts_for(self, buyer: UUID, agreement: UUID | None, act: Entrusted) -> bool:
        """Whether the actor is of the buyer, or of its agency with an agreement in force for this act (R-ROLE-05)."""
        mandate = self.mandate(agreement)
        return self.organisation_id == buyer or (mandate is not None and mandate.in_force and act in mandate.acts)

    def check_entrusted(self, agreement: UUID | None, act: Entrusted) -> None:
        """For people of an agency: says what their agreement lacks. Raises Forbidden (R-ROLE-05)."""
        if Role.AGENCY not in self.roles:
            return
        mandate = self.mandate(agreement)
        if mandate is None:
            words = N_("采购人没有委托您所在的机构办理这个项目。请先由采购人登记委托代理协议并委托这个项目。")
            raise Forbidden(words, clause="R-ROLE-05")
        if not mandate.in_force:
            words = N_("委托代理协议 {reference} 不在有效期内（{first} 至 {last}）或者已经终止。请采购人重新委托。")
            raise Forbidden(
                words, clause="R-ROLE-05", reference=mandate.reference, first=mandate.valid_from.isoformat(),
                last=mandate.valid_to.isoformat(),
            )  # fmt: skip
        if act not in mandate.acts:
            words = N_("委托代理协议 {reference} 没有委托这件事：{act}。请由采购人办理，或者另订协议。")
            raise Forbidden(
                words, clause="R-ROLE-05", reference=mandate.reference, act=say(ENTRUSTED_LABELS[act])
            )

    def agreements_for(self, act: Entrusted) -> list[UUID]:
        """The agreements in force under which this actor's agency may do an act, for lists."""
        return [each.agreement for each in self.mandates if each.in_force and act in each.acts]
