"""Who may sit on a panel, and when a panel is whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from catalogue.listings.methods import row_of
from catalogue.listings.rules import runs
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission, Role
from marketplace.kernel.errors import DomainError, Forbidden
from marketplace.kernel.i18n import N_


class Kind(StrEnum):
    """An expert from the library, or the buyer's own representative."""

    EXPERT = "expert"
    BUYER = "buyer"


KIND_LABELS: dict[Kind, str] = {Kind.EXPERT: N_("评审专家"), Kind.BUYER: N_("采购人代表")}

# a member may be appointed until the marks are locked
APPOINTING = frozenset({"published", "closed", "opened"})


@dataclass(frozen=True)
class Candidate:
    """The person to appoint with everything that could speak against it."""

    person: UUID
    kind: Kind
    organisation: UUID
    roles: frozenset[Role]
    organisations: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class ListingPeople:
    """The people of a listing who must stay apart from its panel."""

    procuring_unit: UUID
    drafted_by: UUID
    approved_by: UUID | None
    openers: Collection[UUID]
    agency: UUID | None = None


def check_may_appoint(actor: Actor, listing: Mapping[str, Any]) -> None:
    """The procuring unit, or its agency where the draw was entrusted. Raises Forbidden (R-ROLE-05)."""
    actor.check_may(Permission.APPOINT_PANEL)
    if not runs(actor, listing, Entrusted.PANEL):
        actor.check_entrusted(listing["agency_agreement"], Entrusted.PANEL)
        check_of_the_unit(actor, listing["procuring_unit"], Permission.APPOINT_PANEL)


def check_of_the_unit(actor: Actor, procuring_unit: UUID, permission: Permission) -> None:
    """Only the procuring unit acts on its own listing. Raises Forbidden."""
    actor.check_may(permission)
    if actor.organisation_id != procuring_unit:
        raise Forbidden(N_("这是另一个采购人的采购。请由该采购人办理。"), clause="R-ROLE-05")


def check_candidate(candidate: Candidate, people: ListingPeople) -> None:
    """Raises DomainError when the person may not judge this listing (R-ROLE-02, R-ROLE-03, R-OPEN-01)."""
    if candidate.person in (people.drafted_by, people.approved_by):
        raise DomainError(N_("起草或者复核过这份公告的人不能进评审小组。请另选一位。"), clause="R-ROLE-03")
    if candidate.person in people.openers or Role.OPENER in candidate.roles:
        raise DomainError(N_("开标人不能进评审小组。请另选一位。"), clause="R-OPEN-01")
    if Role.AGENCY in candidate.roles or (people.agency is not None and candidate.organisation == people.agency):
        raise DomainError(N_("代理机构的人不能进所代理项目的评审小组。请另选一位。"), clause="R-ROLE-04")
    if Role.FINANCE in candidate.roles:
        raise DomainError(N_("财政部门不参加评审。请另选一位。"), clause="R-ROLE-02")
    if candidate.kind is Kind.EXPERT and Role.EXPERT not in candidate.roles:
        raise DomainError(N_("这个人不在评审专家库里，不能以专家身份评审。"), clause="R-EXP-01")
    if candidate.kind is Kind.EXPERT and people.procuring_unit in {candidate.organisation, *candidate.organisations}:
        raise DomainError(N_("评审专家对本单位的项目只能作为采购人代表参加。请另抽一位专家。"), clause="R-COM-04")
    if candidate.kind is Kind.BUYER and (
        Role.BUYER not in candidate.roles or candidate.organisation != people.procuring_unit
    ):
        raise DomainError(N_("采购人代表应当是本单位的人。请另选一位。"), clause="R-COM-02")


@dataclass(frozen=True)
class PanelSize:
    """How many members a panel has at least, and the rule that says so."""

    least: int
    clause: str


def panel_size(listing: Mapping[str, Any], printed: int | None) -> PanelSize:
    """By method and amount on the listing's day, or the more members that the listing printed."""
    least, clause = row_of(listing).least_panel(listing["budget"], listing["rules_on"]) or (1, "R-COM-02")
    return PanelSize(max(least, printed or 0), clause)


def check_whole(kinds: Sequence[str], size: PanelSize) -> None:
    """Enough members, an odd number, experts at least two thirds. Raises DomainError."""
    least, key = size.least, size.clause
    experts = sum(kind == Kind.EXPERT for kind in kinds)
    if len(kinds) < least:
        raise DomainError(
            N_("评审小组至少要有 {least} 名没有利害关系的成员，现在有 {count} 名。请采购人补充。"),
            clause=key, least=least, count=len(kinds),
        )  # fmt: skip
    if len(kinds) % 2 == 0:
        raise DomainError(N_("评审小组的人数要是单数，现在有 {count} 名。请采购人补充。"), clause=key, count=len(kinds))
    if 3 * experts < 2 * len(kinds):
        raise DomainError(N_("评审专家不少于三分之二。请采购人补充专家。"), clause=key)
