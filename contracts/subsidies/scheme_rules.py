"""What a subsidy scheme may say: kinds, proof, employers, stacking; a second person decides over it (R-SOCW-06)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from marketplace.kernel.errors import Forbidden
from marketplace.kernel.i18n import N_
from marketplace.kernel.states import Transitions

RULE_KINDS, RULE_TWO_PERSONS = "R-SOCW-03", "R-ROLE-03"


class SchemeStatus(StrEnum):
    """Where a scheme stands."""

    DRAFT = "draft"
    IN_FORCE = "in_force"
    DROPPED = "dropped"


SCHEME_LABELS: dict[SchemeStatus, tuple[str, str]] = {
    SchemeStatus.DRAFT: (N_("等待另一位同事审定"), "waiting"),
    SchemeStatus.IN_FORCE: (N_("已审定"), "done"),
    SchemeStatus.DROPPED: (N_("审定没有通过"), "refused"),
}
SCHEME_TRANSITIONS: Transitions[SchemeStatus] = {
    SchemeStatus.DRAFT: frozenset({SchemeStatus.IN_FORCE, SchemeStatus.DROPPED}),
    SchemeStatus.IN_FORCE: frozenset(),
    SchemeStatus.DROPPED: frozenset(),
}


class SchemeKind(StrEnum):
    """What a scheme pays for."""

    MONTHLY = "monthly"
    CERTIFICATE = "certificate"
    EXAM_FEE = "exam_fee"
    DEGREE = "degree"


KIND_LABELS: dict[SchemeKind, str] = {
    SchemeKind.MONTHLY: N_("按月津贴"),
    SchemeKind.CERTIFICATE: N_("一次性取证补贴"),
    SchemeKind.EXAM_FEE: N_("考试费补助（一次性）"),
    SchemeKind.DEGREE: N_("学历提升补助（一次性）"),
}
PROOF_LABELS: dict[str, str] = {
    "visits": N_("已审核并关闭的服务时数"),
    "duty": N_("每月在岗证明（另一人会签）"),
    "either": N_("两样都行，取时间多的一样，不相加"),
}
EMPLOYER_LABELS: dict[str, str] = {
    "any": N_("承接机构、镇（街道）和社区"),
    "provider": N_("只限承接机构"),
    "town": N_("只限镇（街道）和社区"),
}
STACKING_LABELS: dict[str, str] = {
    "difference": N_("高等级替代低等级，只补差额"),
    "full": N_("每一等级各发一次"),
}
CERTIFICATE_LEVELS = ("assistant", "intermediate", "senior")
DEGREE_LEVELS = ("college", "bachelor", "master", "doctor")


def levels_of(kind: str) -> tuple[str, ...]:
    """The levels a scheme of a kind has amounts for."""
    return DEGREE_LEVELS if kind == SchemeKind.DEGREE else CERTIFICATE_LEVELS


@dataclass(frozen=True)
class SchemeFacts:
    """A scheme as the rules read it: amounts in yuan by level, a month or once; conditions."""

    amounts: Mapping[str, Decimal]
    min_minutes: int = 0
    kind: str = SchemeKind.MONTHLY
    min_days: int | None = None
    min_months: int = 0
    proof: str = "visits"
    stacking: str = "difference"
    excludes_establishment: bool = False
    forbids_double: bool = True
    effective_from: date = date(2000, 1, 1)


@dataclass(frozen=True)
class NewScheme:
    """A scheme to be set. `amounts`: yuan by level, a month or once; a level without an amount gets nothing."""

    name: str
    effective_from: date
    effective_to: date | None
    min_minutes: int
    amounts: dict[str, Decimal]
    document_number: str = ""
    kind: str = SchemeKind.MONTHLY
    min_days: int | None = None
    min_months: int = 0
    proof: str = "visits"
    employers: str = "any"
    excludes_establishment: bool = False
    forbids_double: bool = True
    forbids_priced: bool = False
    stacking: str = "difference"


def check_scheme_decider(person_id: object, drafted_by: object) -> None:
    """Who drew a scheme up does not decide over it. Raises Forbidden (R-ROLE-03)."""
    if person_id == drafted_by:
        raise Forbidden(N_("这个办法由您拟定，要由另一位同事审定。"), clause=RULE_TWO_PERSONS)


def check_scheme_in_force(status: str) -> None:
    """Nothing is computed or paid by a scheme that one person alone has seen. Raises Forbidden (R-ROLE-03)."""
    if status != SchemeStatus.IN_FORCE:
        raise Forbidden(
            N_("这个补贴办法还没有由第二个人审定，不能用来计算和发放。请另一位同事先审定。"), clause=RULE_TWO_PERSONS
        )
