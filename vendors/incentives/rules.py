"""What an incentive is, and its totals. All pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from marketplace.kernel.i18n import N_, Sentence, say

KIND_LABELS: dict[str, str] = {
    "subsidy": N_("补助资金"),
    "tax_relief": N_("税收减免"),
    "fee_waiver": N_("费用减免"),
    "training": N_("培训"),
    "other": N_("其他激励"),
}
WITHOUT_MONEY = frozenset({"training", "other"})


@dataclass(frozen=True)
class NewIncentive:
    """A grant as it is recorded; `amount` may be empty for training and others."""

    kind: str
    amount: Decimal | None
    starts_on: date
    ends_on: date | None
    document: str
    reason: str


def incentive_mistakes(new: NewIncentive) -> dict[str, Sentence]:
    """What does not fit together, by field."""
    found: dict[str, Sentence] = {}
    if new.amount is None and new.kind not in WITHOUT_MONEY:
        found["amount"] = say(N_("补助和减免要填金额。"))
    if new.ends_on and new.ends_on < new.starts_on:
        found["ends_on"] = say(N_("结束日期不能早于开始日期。请核对。"))
    return found


@dataclass(frozen=True)
class Total:
    """The grants of one year to one legal form: how many, to how many providers, and how much money by kind."""

    year: int
    legal_form: str
    count: int
    providers: int
    by_kind: Mapping[str, Decimal]

    @property
    def amount(self) -> Decimal:
        """All money together."""
        return sum(self.by_kind.values(), Decimal(0))


def totals(rows: Iterable[Mapping[str, Any]]) -> list[Total]:
    """Add grants up by the year they begin in and by legal form; those taken back do not count. Newest year first."""
    found: dict[tuple[int, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["withdrawn_at"] is None:
            found.setdefault((row["starts_on"].year, row["legal_form"]), []).append(row)
    return [
        Total(
            year, form, len(grants), len({g["provider"] for g in grants}),
            {kind: sum((g["amount"] or Decimal(0) for g in grants if g["kind"] == kind), Decimal(0))
             for kind in KIND_LABELS},
        )
        for (year, form), grants in sorted(found.items(), key=lambda each: (-each[0][0], each[0][1]))
    ]  # fmt: skip
