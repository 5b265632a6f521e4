"""Who gets a subsidy and how much: each condition with the value found and the value needed. Pure.

The database computes the same amounts for everybody at once (`computing.py`); when a run is frozen, every line is
computed a second time by these rules, and one that differs is refused.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from contracts.subsidies.scheme_rules import RULE_TWO_PERSONS, SchemeFacts, SchemeKind, levels_of
from marketplace.kernel.deadlines import compute, months_later
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.kernel.i18n import N_
from marketplace.kernel.moments import Day
from marketplace.kernel.rulebook import number
from marketplace.kernel.states import Transitions

RULE_SUBSIDY, RULE_DOCUMENT, RULE_LEVELS, RULE_CONDITIONS = "R-SOCW-01", "R-SOCW-06", "R-SOCW-02", "R-SOCW-05"
RULE_PUBLICITY, RULE_NAMES = "R-SOCW-05/publicity", "R-SOCW-05/names"
NOTHING = Decimal("0.00")
LENGTHS = (1, 3)


class RunStatus(StrEnum):
    """Where a run stands."""

    COMPUTED = "computed"
    SUPERSEDED = "superseded"
    PUBLIC = "public"
    APPROVED = "approved"
    SENT = "sent"
    PAID = "paid"


RUN_LABELS: dict[RunStatus, tuple[str, str]] = {
    RunStatus.COMPUTED: (N_("已计算，等待核对和公示"), "waiting"),
    RunStatus.SUPERSEDED: (N_("已重新计算"), "neutral"),
    RunStatus.PUBLIC: (N_("已公示，期满由财政审核"), "running"),
    RunStatus.APPROVED: (N_("已审核，等待生成发放凭证"), "running"),
    RunStatus.SENT: (N_("凭证已生成，等待发放结果"), "running"),
    RunStatus.PAID: (N_("已发放"), "done"),
}

TRANSITIONS: Transitions[RunStatus] = {
    RunStatus.COMPUTED: frozenset({RunStatus.PUBLIC, RunStatus.SUPERSEDED}),
    RunStatus.SUPERSEDED: frozenset(),
    RunStatus.PUBLIC: frozenset({RunStatus.APPROVED, RunStatus.SUPERSEDED}),
    RunStatus.APPROVED: frozenset({RunStatus.SENT}),
    RunStatus.SENT: frozenset({RunStatus.PAID}),
    RunStatus.PAID: frozenset(),
}
FROZEN = (RunStatus.APPROVED, RunStatus.SENT, RunStatus.PAID)

LEVEL_LABELS: dict[str, str] = {
    "none": N_("没有证书"),
    "assistant": N_("助理社会工作师（初级）"),
    "intermediate": N_("社会工作师（中级）"),
    "senior": N_("高级社会工作师"),
    "college": N_("大专"),
    "bachelor": N_("本科"),
    "master": N_("硕士"),
    "doctor": N_("博士"),
}


class Condition(StrEnum):
    """What has to hold."""

    LEVEL = "level"
    REGISTERED = "registered"
    VALID = "valid"
    DAYS = "days"
    HELD = "held"
    HOURS = "hours"
    PROVED = "proved"
    POST = "post"
    SERVICE = "service"
    ESTABLISHMENT = "establishment"
    DOUBLE = "double"
    FEE = "fee"
    BEFORE = "before"


CONDITION_CLAUSES: dict[Condition, str] = {
    Condition.LEVEL: RULE_LEVELS,
    Condition.REGISTERED: RULE_CONDITIONS,
    Condition.VALID: RULE_CONDITIONS,
    Condition.DAYS: RULE_CONDITIONS,
    Condition.HELD: RULE_CONDITIONS,
    Condition.HOURS: RULE_DOCUMENT,
    Condition.PROVED: RULE_DOCUMENT,
    Condition.POST: RULE_CONDITIONS,
    Condition.SERVICE: RULE_CONDITIONS,
    Condition.ESTABLISHMENT: RULE_CONDITIONS,
    Condition.DOUBLE: RULE_CONDITIONS,
    Condition.FEE: RULE_DOCUMENT,
    Condition.BEFORE: RULE_CONDITIONS,
}


@dataclass(frozen=True)
class LineFacts:
    """One person in one month, with all the amount rests on; money in yuan, `first` and `last` bound the month."""

    first: date
    level: str = "none"
    registered_on: date | None = None
    certificate_until: date | None = None
    minutes: int = 0
    duty_minutes: int = 0
    served_since: date | None = None
    employed_to: date | None = None
    establishment: str = ""
    paid_before: Decimal = NOTHING
    doubled_by: str = ""
    fee: Decimal | None = None

    @property
    def last(self) -> date:
        """The last day of the month."""
        return self.first.replace(day=monthrange(self.first.year, self.first.month)[1])

    @property
    def certificate_days(self) -> int:
        """On how many days of the month the certificate is registered and valid."""
        if self.registered_on is None or self.certificate_until is None:
            return 0
        spell = min(self.certificate_until, self.last) - max(self.registered_on, self.first)
        return max(0, spell.days + 1)


@dataclass(frozen=True)
class Checked:
    """One condition of one line: what was found, what is needed, whether it holds. Values are for machines."""

    rule: Condition
    found: str
    needed: str
    is_met: bool


def proved_minutes(proof: str, minutes: int, duty_minutes: int) -> int:
    """The minutes that count: of visits, of the duty certificate, or the larger of both; they never add up."""
    return {"visits": minutes, "duty": duty_minutes}.get(proof, max(minutes, duty_minutes))


def conditions_of(facts: LineFacts, scheme: SchemeFacts) -> tuple[Checked, ...]:
    """Every condition a scheme of this kind sets, in the order in which they are told."""
    amount = scheme.amounts.get(facts.level)
    levels = " ".join(level for level in levels_of(scheme.kind) if level in scheme.amounts)
    found = [Checked(Condition.LEVEL, facts.level, levels, amount is not None)]
    if scheme.kind == SchemeKind.MONTHLY:
        found += [_days(facts, scheme), _proved(facts, scheme)]
        if scheme.forbids_double:
            found.append(Checked(Condition.DOUBLE, facts.doubled_by, "", not facts.doubled_by))
    else:
        found += _once(facts, scheme)
    if scheme.excludes_establishment:
        found.append(Checked(Condition.ESTABLISHMENT, facts.establishment, "off", facts.establishment == "off"))
    if scheme.kind != SchemeKind.MONTHLY and facts.paid_before:
        worth = _worth(facts, scheme)
        found.append(
            Checked(Condition.BEFORE, f"{facts.paid_before:.2f}", f"{worth:.2f}", worth > facts.paid_before)
        )
    return tuple(found)


def _days(facts: LineFacts, scheme: SchemeFacts) -> Checked:
    needed = min(scheme.min_days or 31, facts.last.day)
    found = f"{_iso(facts.registered_on)}|{_iso(facts.certificate_until)}|{facts.certificate_days}"
    return Checked(Condition.DAYS, found, str(needed), facts.certificate_days >= needed)


def _proved(facts: LineFacts, scheme: SchemeFacts) -> Checked:
    counted = proved_minutes(scheme.proof, facts.minutes, facts.duty_minutes)
    found, needed = f"{facts.minutes}|{facts.duty_minutes}", f"{scheme.min_minutes}|{scheme.proof}"
    return Checked(Condition.PROVED, found, needed, counted >= scheme.min_minutes)


def _once(facts: LineFacts, scheme: SchemeFacts) -> list[Checked]:
    found = []
    if scheme.kind == SchemeKind.CERTIFICATE:
        registered, until = facts.registered_on, facts.certificate_until
        is_held = registered is not None and registered <= facts.last and until is not None and until >= facts.last
        found.append(Checked(Condition.HELD, f"{_iso(registered)}|{_iso(until)}", _iso(facts.last), is_held))
    if scheme.kind == SchemeKind.EXAM_FEE:
        fee = "" if facts.fee is None else f"{facts.fee:.2f}"
        found.append(Checked(Condition.FEE, fee, "", facts.fee is not None))
        found.append(Checked(Condition.DOUBLE, facts.doubled_by, "", not facts.doubled_by))
    in_post = facts.employed_to is None or facts.employed_to >= facts.last
    found.append(Checked(Condition.POST, _iso(facts.employed_to), _iso(facts.last), in_post))
    if scheme.min_minutes:
        found.append(_proved(facts, scheme))
    if scheme.min_months:
        since = facts.served_since
        served = since is not None and months_later(since, scheme.min_months) <= facts.last + timedelta(days=1)
        found.append(Checked(Condition.SERVICE, _iso(since), str(scheme.min_months), served))
    return found


def _worth(facts: LineFacts, scheme: SchemeFacts) -> Decimal:
    """What the level is worth before anything received is taken off."""
    amount = scheme.amounts.get(facts.level, NOTHING)
    if scheme.kind == SchemeKind.EXAM_FEE:
        return min(amount, facts.fee or NOTHING)
    return amount


def due_of(facts: LineFacts, scheme: SchemeFacts) -> Decimal:
    """What the month (or the one-off) is worth in yuan: the level's amount when every condition holds, otherwise 0.

    What is paid once is paid less what was received for it before: a higher level replaces a lower (R-SOCW-05).
    """
    if not all(each.is_met for each in conditions_of(facts, scheme)):
        return NOTHING
    worth = _worth(facts, scheme)
    return worth if scheme.kind == SchemeKind.MONTHLY else max(worth - facts.paid_before, NOTHING)


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def facts_of_line(row: Mapping[str, Any]) -> LineFacts:
    """The facts of a line as it is kept; an adjustment's `paid_before` is no condition."""
    return LineFacts(
        row["month"], row["level"], row["registered_on"], row["certificate_until"], row["minutes"],
        row["duty_minutes"], row["served_since"], row["employed_to"], row["establishment"],
        NOTHING if row["kind"] == "adjustment" else row["paid_before"], row["doubled_by"], row["fee"],
    )  # fmt: skip


def check_computed_alike(row: Mapping[str, Any], scheme: SchemeFacts) -> None:
    """A line that the rules compute otherwise than the database is never frozen. Raises Conflict."""
    due = due_of(facts_of_line(row), scheme)
    if due != row["due"] or (row["kind"] == "own" and row["amount"] != due):
        raise Conflict(
            N_("{name}的金额复算不一致：{due} 元和 {amount} 元。请重新计算；仍不一致请联系系统管理员。"),
            name=row["name"], due=f"{due:.2f}", amount=f"{row['due']:.2f}",
        )  # fmt: skip


def check_document(document_number: str) -> None:
    """No document number, no payment (R-SOCW-06). Raises Forbidden."""
    if not document_number.strip():
        raise Forbidden(
            N_("补贴办法还没有填写文号，不能发放。请民政局先填写县里印发的文号，再审核。"), clause=RULE_DOCUMENT
        )


def check_approver(person_id: object, run_by: object) -> None:
    """Nobody approves the run they made (R-ROLE-03). Raises Forbidden."""
    if person_id == run_by:
        raise Forbidden(N_("这一次计算由您完成，要由另一位同事审核。"), clause=RULE_TWO_PERSONS)


def public_until(published_on: date) -> date:
    """The last day of publicity."""
    return compute(RULE_PUBLICITY, published_on).date


def check_publicity_over(published_on: date | None, today: date) -> None:
    """A list is approved when it stood in public for its days (R-SOCW-05). Raises Conflict."""
    if published_on is None:
        raise Conflict(N_("名单还没有公示，不能审核。请民政局先核对并公示。"), clause=RULE_CONDITIONS)
    until = public_until(published_on)
    if today <= until:
        raise Conflict(N_("名单公示到 {day}，公示期满的第二天起可以审核。"), clause=RULE_CONDITIONS, day=Day(until))


def masked_name(name: str, shown: int) -> str:
    """A name of which only the first characters are shown; one that is shorter keeps at least one hidden."""
    if shown >= 20:
        return name
    keep = min(shown, max(len(name) - 1, 0))
    return name[:keep] + "＊" * (len(name) - keep)


def public_name(name: str, on: date) -> str:
    """A name as the county shows it on a public list."""
    return masked_name(name, int(number(RULE_NAMES, on)))


def check_period(months: int, first: date) -> None:
    """A run is of one month, or of a quarter that begins as quarters do. Raises DomainError."""
    if months not in LENGTHS or (months == 3 and first.month not in (1, 4, 7, 10)):
        raise DomainError(N_("季度从 1 月、4 月、7 月或者 10 月开始。请检查月份，或者改为按月计算。"))


def period_end(first: date, months: int) -> date:
    """The last day of a run's months."""
    return months_later(first, months) - timedelta(days=1)
