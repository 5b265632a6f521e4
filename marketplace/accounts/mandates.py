"""What an agency was asked to do for a buyer, and the refusal when it was not (R-ROLE-05). All pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from marketplace.kernel.i18n import N_


class Entrusted(StrEnum):
    """One kind of act that a buyer may hand to an agency; everything else stays with the buyer."""

    DRAFT = "draft"
    PUBLISH = "publish"
    ANSWER = "answer"
    CHANGE = "change"
    OPENING = "opening"
    PANEL = "panel"
    RESULT = "result"


ENTRUSTED_LABELS: dict[Entrusted, str] = {
    Entrusted.DRAFT: N_("编制采购文件"),
    Entrusted.PUBLISH: N_("发布采购人确认过的公告"),
    Entrusted.ANSWER: N_("答复询问"),
    Entrusted.CHANGE: N_("起草更正和延期公告（由采购人复核发布）"),
    Entrusted.OPENING: N_("组织开标、保管开标记录"),
    Entrusted.PANEL: N_("抽取专家、登记评审小组"),
    Entrusted.RESULT: N_("登记采购结果（由采购人核对）、发布采购人确定的结果"),
}

# what no agreement can hand over (R-ROLE-05, R-ROLE-03)
STAYS_WITH_BUYER: tuple[str, ...] = (
    N_("确认采购文件"),
    N_("备案采购实施计划"),
    N_("复核和发布更正"),
    N_("资格审查"),
    N_("确定中标（成交）供应商"),
    N_("签订合同和验收"),
)


@dataclass(frozen=True)
class Mandate:
    """An agreement of the actor's own agency that a second person of the buyer approved."""

    agreement: UUID
    reference: str
    buyer: UUID
    acts: frozenset[Entrusted]
    valid_from: date
    valid_to: date
    is_ended: bool
    on: date

    @property
    def in_force(self) -> bool:
        """Whether it holds on the day the actor came; its first and last day included."""
        return not self.is_ended and self.valid_from <= self.on <= self.valid_to
