"""On what ground a purchase does not count as splitting (R-METH-05). Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from marketplace.kernel.i18n import N_, Sentence, say

CLAUSE = "R-METH-05"


class Ground(StrEnum):
    """The two exceptions of Article 28 of the Regulations."""

    BUDGET_ADJUSTED = "budget_adjusted"
    APPROVED = "approved"


GROUND_LABELS: dict[str, str] = {
    Ground.BUDGET_ADJUSTED: N_("项目预算调整"),
    Ground.APPROVED: N_("经批准采用公开招标以外的方式"),
}


@dataclass(frozen=True)
class NewExemption:
    """Why a listing is left out, as it is typed."""

    ground: Ground
    document: str
    dated_on: date
    note: str = ""
    budget_change: UUID | None = None


def exemption_mistakes(new: NewExemption, changes: Collection[UUID], today: date) -> dict[str, Sentence]:
    """An adjustment names an approved change that gave the listing's line its money; no paper is of the future."""
    found: dict[str, Sentence] = {}
    if new.dated_on > today:
        found["dated_on"] = say(N_("文件日期在将来。请核对。"))
    if new.ground is Ground.BUDGET_ADJUSTED and new.budget_change not in changes:
        words = N_("请选择这条预算已经生效的追加或者调入；没有的，不能按预算调整不计。")
        found["budget_change"] = say(words)
    return found
