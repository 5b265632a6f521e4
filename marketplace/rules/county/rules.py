"""What a county row must be, and who may decide about it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import Conflict, Forbidden
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.rulebook import PERIOD_UNITS, Rule, RuleRow

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class NewCountyRule:
    """What finance types: a number or words, from when, and by which document."""

    key: str
    unit: str
    effective_from: date
    document_number: str
    citation: str
    value: Decimal | None = None
    words_zh: str = ""
    words_en: str = ""
    effective_to: date | None = None
    note: str = ""


@dataclass(frozen=True)
class Proposed:
    """A row that waits or was decided. `decided_at` is empty while it waits."""

    proposed_by: UUID
    effective_from: date
    decided_at: datetime | None


def units_for(before: RuleRow) -> tuple[str, ...]:
    """The units a county row may use: a period may be counted in another way, nothing else changes its kind."""
    return PERIOD_UNITS if before.is_period else (before.unit,)


def mistakes_in(new: NewCountyRule, before: RuleRow, today: date) -> dict[str, Sentence]:
    """Every mistake of a row that follows another.

    It begins after today: what is published keeps the limits it was published under, so no row reaches back.
    """
    found: dict[str, Sentence] = {}
    if new.unit not in units_for(before):
        found["unit"] = say(N_("这条规则不能用这个单位。请重新选择。"))
    if before.unit == "text" and before.value and not new.words_zh:
        found["words_zh"] = say(N_("请填写“{label}”。"), label=say(N_("规定的内容")))
    if before.unit != "text":
        found.update(_value_mistakes(new))
    if new.effective_from <= today:
        words = N_("县级规则从复核通过以后的日子起适用，不改变已经发布的项目。请填今天以后的日期。")
        found["effective_from"] = say(words)
    if new.effective_to and new.effective_to < new.effective_from:
        found["effective_to"] = say(N_("结束日期早于开始日期。请检查两个日期。"))
    return found


def _value_mistakes(new: NewCountyRule) -> dict[str, Sentence]:
    if new.value is None:
        return {"value": say(N_("请填写“{label}”。"), label=say(N_("数值")))}
    if new.unit == "percent" and new.value > HUNDRED:
        return {"value": say(N_("百分比最多 100。请检查数值。"))}
    if new.unit in (*PERIOD_UNITS, "count") and new.value != new.value.to_integral_value():
        return {"value": say(N_("请填整数。"))}
    return {}


def may_decide(actor: Actor, proposed: Proposed) -> bool:
    """Whether this reader is a second person for a waiting row."""
    is_waiting = proposed.decided_at is None
    return is_waiting and actor.may(Permission.ENTER_RULES) and actor.person_id != proposed.proposed_by


def check_may_decide(actor: Actor, proposed: Proposed) -> None:
    """A second person of finance, once. Raises Forbidden (R-ROLE-03), Conflict."""
    actor.check_may(Permission.ENTER_RULES)
    if actor.person_id == proposed.proposed_by:
        raise Forbidden(N_("这一条是您登记的，不能由您复核。请财政局另一位同事复核。"), clause="R-ROLE-03")
    if proposed.decided_at is not None:
        raise Conflict(N_("刚才已经有人复核了这一条。请刷新页面查看。"))


def check_still_ahead(proposed: Proposed, today: date) -> None:
    """A row whose first day came while it waited is entered anew. Raises Conflict."""
    if proposed.effective_from <= today:
        raise Conflict(N_("它的开始日期已经到了，通过就会改变已经发布的项目。请退回，改用今天以后的日期重新登记。"))


def waiting_rows(rules: tuple[Rule, ...] | list[Rule], today: date) -> list[tuple[Rule, RuleRow]]:
    """Every row that holds today and waits for the county's confirmation, in the order of the book."""
    rows = [(rule, rule.row_of(part, today)) for rule in rules for part in rule.parts]
    return [(rule, row) for rule, row in rows if row and row.unconfirmed]
