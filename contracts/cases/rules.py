"""Kinds of help and recipients, the legal clock of a case, who decides and who may see it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.calendar import county_calendar
from marketplace.kernel.clock import county_day
from marketplace.kernel.deadlines import Deadline, compute
from marketplace.kernel.errors import DomainError, Forbidden
from marketplace.kernel.i18n import N_
from marketplace.kernel.rulebook import number
from marketplace.kernel.states import Transitions

RULE_KINDS, RULE_CLOCK, RULE_RELIEF, RULE_CHILD = "R-LAW-01", "R-CLOCK-01", "R-RELIEF-01", "R-CHILD-01"
RULE_PAUSE, RULE_TOWN_UP_TO, RULE_PRIVACY = "R-CLOCK-01/pause", "R-SEED-04", "R-CIV-06"
REFER_ANSWER, REFER_KEEP = "R-REFER-01/answer", "R-REFER-01/keep"
URGENT_CLOCK = "R-SEED-05"
RENT_CLOCK = "R-SEED-03"


class HelpKind(StrEnum):
    """The kinds of help of the law (R-LAW-01, Art 15 and 34)."""

    EXTREME_POVERTY = "extreme_poverty"
    SUBSISTENCE = "subsistence"
    MEDICAL = "medical"
    EDUCATION = "education"
    HOUSING = "housing"
    EMPLOYMENT = "employment"
    DISASTER = "disaster"
    TEMPORARY = "temporary"
    ILLNESS = "illness"
    VAGRANTS = "vagrants"
    SERVICE = "service"


HELP_LABELS: dict[HelpKind, str] = {
    HelpKind.EXTREME_POVERTY: N_("特困人员供养"),
    HelpKind.SUBSISTENCE: N_("最低生活保障"),
    HelpKind.MEDICAL: N_("医疗救助"),
    HelpKind.EDUCATION: N_("教育救助"),
    HelpKind.HOUSING: N_("住房救助（公租房租赁补贴）"),
    HelpKind.EMPLOYMENT: N_("就业救助"),
    HelpKind.DISASTER: N_("受灾人员救助"),
    HelpKind.TEMPORARY: N_("临时救助"),
    HelpKind.ILLNESS: N_("疾病应急救助"),
    HelpKind.VAGRANTS: N_("生活无着的流散人员救助"),
    HelpKind.SERVICE: N_("服务类社会救助"),
}
HELP_GROUPS: tuple[tuple[str, tuple[HelpKind, ...]], ...] = (
    (N_("基本生活救助"), (HelpKind.EXTREME_POVERTY, HelpKind.SUBSISTENCE)),
    (
        N_("专项社会救助"),
        (HelpKind.MEDICAL, HelpKind.EDUCATION, HelpKind.HOUSING, HelpKind.EMPLOYMENT, HelpKind.DISASTER),
    ),
    (N_("急难社会救助"), (HelpKind.TEMPORARY, HelpKind.ILLNESS, HelpKind.VAGRANTS)),
    (N_("服务"), (HelpKind.SERVICE,)),
)


class RecipientKind(StrEnum):
    """The kinds of recipients of the law (R-LAW-01, Art 13)."""

    EXTREME_POVERTY = "extreme_poverty"
    SUBSISTENCE = "subsistence"
    EDGE = "edge"
    RIGID = "rigid"
    DISASTER = "disaster"
    HARDSHIP = "hardship"
    ILLNESS = "illness"
    VAGRANTS = "vagrants"
    OTHER = "other"


RECIPIENT_LABELS: dict[RecipientKind, str] = {
    RecipientKind.EXTREME_POVERTY: N_("特困人员"),
    RecipientKind.SUBSISTENCE: N_("最低生活保障家庭"),
    RecipientKind.EDGE: N_("最低生活保障边缘家庭"),
    RecipientKind.RIGID: N_("刚性支出困难家庭"),
    RecipientKind.DISASTER: N_("受灾人员"),
    RecipientKind.HARDSHIP: N_("基本生活暂时出现严重困难的人员"),
    RecipientKind.ILLNESS: N_("需要疾病应急救助的人员"),
    RecipientKind.VAGRANTS: N_("生活无着的流散人员"),
    RecipientKind.OTHER: N_("还没有认定，或者县里增加的对象"),
}


class Place(StrEnum):
    """Why this town is the right one to ask (R-LAW-01, Art 37 and 38)."""

    REGISTERED = "registered"
    PERMIT = "permit"
    EMERGENCY = "emergency"
    SCHOOL = "school"


PLACE_LABELS: dict[Place, str] = {
    Place.REGISTERED: N_("户籍所在地"),
    Place.PERMIT: N_("居住地（持有居住证）"),
    Place.EMERGENCY: N_("急难发生地"),
    Place.SCHOOL: N_("就读学校所在地"),
}
_EMERGENCIES = (HelpKind.TEMPORARY, HelpKind.ILLNESS, HelpKind.VAGRANTS, HelpKind.DISASTER)


class Capacity(StrEnum):
    """Whether a resident acts alone; all but full capacity is restricted (R-CHILD-01)."""

    FULL = "full"
    LIMITED = "limited"
    NONE = "none"
    MINOR = "minor"


CAPACITY_LABELS: dict[Capacity, str] = {
    Capacity.FULL: N_("完全民事行为能力人"),
    Capacity.LIMITED: N_("限制民事行为能力的成年人"),
    Capacity.NONE: N_("无民事行为能力的成年人"),
    Capacity.MINOR: N_("未成年人"),
}


class Source(StrEnum):
    """How a case came to the town."""

    WINDOW = "window"
    LEAD = "lead"
    SWEEP = "sweep"
    REFERRAL = "referral"
    SENT = "sent"


SOURCE_LABELS: dict[Source, str] = {
    Source.WINDOW: N_("窗口申请"),
    Source.LEAD: N_("主动发现的线索"),
    Source.SWEEP: N_("年度摸排"),
    Source.REFERRAL: N_("其他部门转来"),
    Source.SENT: N_("他人代为申请"),
}


class CaseStatus(StrEnum):
    """Where a case stands; granted and refused are the county's or town's decision, recorded here."""

    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


CASE_LABELS: dict[CaseStatus, tuple[str, str]] = {
    CaseStatus.OPEN: (N_("办理中"), "running"),
    CaseStatus.GRANTED: (N_("决定给予救助"), "done"),
    CaseStatus.REFUSED: (N_("决定不给予救助"), "refused"),
    CaseStatus.WITHDRAWN: (N_("申请人撤回"), "neutral"),
    CaseStatus.ENDED: (N_("救助终止"), "neutral"),
}
TRANSITIONS: Transitions[CaseStatus] = {
    CaseStatus.OPEN: frozenset({CaseStatus.GRANTED, CaseStatus.REFUSED, CaseStatus.WITHDRAWN}),
    CaseStatus.GRANTED: frozenset({CaseStatus.ENDED}),
    CaseStatus.REFUSED: frozenset(),
    CaseStatus.WITHDRAWN: frozenset(),
    CaseStatus.ENDED: frozenset(),
}
STEP_LABELS: dict[str, str] = {
    "registered": N_("登记"),
    "passed": N_("转到"),
    "handler": N_("换了经办人"),
    "published": N_("公示无异议，开始计算期限"),
    "paused": N_("期限暂停"),
    "resumed": N_("期限恢复计算"),
    "referred": N_("转介其他部门"),
    "answered": N_("转介有了答复"),
    "ordered": N_("派出服务工单"),
    "granted": N_("登记决定：给予救助"),
    "refused": N_("登记决定：不给予救助"),
    "withdrawn": N_("申请人撤回"),
    "ended": N_("救助终止"),
    "filed": N_("报县民政局备案"),
    "advanced": N_("动用备用金先行救助"),
    "stated": N_("补充说明情况"),
    "checked": N_("入户核查"),
}

_CLOCKS: dict[HelpKind, str] = {
    HelpKind.EXTREME_POVERTY: "R-SEED-01",
    HelpKind.SUBSISTENCE: "R-SEED-01",
    HelpKind.MEDICAL: "R-SEED-02",
    HelpKind.HOUSING: RENT_CLOCK,
}


@dataclass(frozen=True)
class CaseClock:
    """The limit of a case: its row (empty: the rulebook has none), day 0 (open: not begun) and the counted date."""

    key: str
    begins: datetime | None
    deadline: Deadline | None


def clock_key(help_kind: HelpKind, is_urgent: bool) -> str:
    """The rulebook row that limits the handling of such a case; empty where the rulebook has none (R-CLOCK-01)."""
    return URGENT_CLOCK if is_urgent else _CLOCKS.get(help_kind, "")


def clock_of(help_kind: HelpKind, is_urgent: bool, registered_at: datetime) -> CaseClock:
    """The clock as a case is registered; that of the rent subsidy begins only when its publicity ended (R-CLOCK-01)."""
    key = clock_key(help_kind, is_urgent)
    if not key or key == RENT_CLOCK:
        return CaseClock(key, None, None)
    return CaseClock(key, registered_at, compute(key, registered_at))


def due_after_pauses(due: Deadline, paused_days: int) -> date:
    """The last day of a clock that stood still for so many working days."""
    return county_calendar().add_working_days(due.date, paused_days) if paused_days else due.date


def working_days_between(first: date, last: date) -> int:
    """Working days from one day on, to and without another."""
    calendar, count, day = county_calendar(), 0, first
    while day < last:
        count += calendar.is_workday(day)
        day = date.fromordinal(day.toordinal() + 1)
    return count


def check_may_pause(clock: str, paused_days: int, on: date) -> None:
    """A clock stands still only as far as a row allows, one in clock hours never. Raises DomainError (R-CLOCK-01)."""
    most = int(number(RULE_PAUSE, on))
    if clock == URGENT_CLOCK:
        raise DomainError(N_("24小时的期限不停，含夜间和节假日。请先救助，后补手续。"), clause=URGENT_CLOCK)
    if paused_days >= most:
        words = N_("规则允许期限一共停 {most} 个工作日，已经停了 {paused} 个，不能再停。县里另有文件的，请登记规则。")
        raise DomainError(words, clause=RULE_PAUSE, most=most, paused=paused_days)


def days_that_count(before: int, stood_still: int, on: date) -> int:
    """Of the working days a clock stood still those the row allows; whoever forgets to resume gains no more of them."""
    return max(before, min(stood_still, int(number(RULE_PAUSE, on))))


def is_restricted(capacity: str) -> bool:
    """Whether only named roles see the case (R-CHILD-01)."""
    return capacity != Capacity.FULL


def place_mistake(help_kind: HelpKind, place: Place) -> str | None:
    """Why the place is not the one where such help is applied for; None where it is (R-LAW-01, Art 37 and 38)."""
    if help_kind in _EMERGENCIES and place is not Place.EMERGENCY:
        return N_("这类救助向急难发生地的镇（街道）申请。请选“急难发生地”。")
    if help_kind is HelpKind.EDUCATION and place is not Place.SCHOOL:
        return N_("教育救助向就读学校申请。请选“就读学校所在地”，再转介学校或者教育部门。")
    if help_kind not in (*_EMERGENCIES, HelpKind.EDUCATION) and place not in (Place.REGISTERED, Place.PERMIT):
        return N_("这类救助向户籍所在地申请，持有居住证的也可以向居住地申请。")
    return None


def town_decides(amount: Decimal, on: date) -> bool:
    """Whether the town decides on temporary relief: up to and including the limit (R-RELIEF-01, R-SEED-04)."""
    return amount <= number(RULE_TOWN_UP_TO, on)


def check_decider(case: Mapping[str, Any], amount: Decimal | None, is_town: bool, on: date) -> None:
    """Temporary relief above the limit is decided by the county, below by the town. Raises Forbidden (R-RELIEF-01)."""
    if case["help_kind"] != HelpKind.TEMPORARY:
        return
    wanted = amount if amount is not None else case["asked_amount"]
    if town_decides(wanted, on) and not is_town:
        raise Forbidden(
            N_("{amount} 元不超过 {limit} 元，由镇（街道）决定，报县民政局备案。"), clause=RULE_RELIEF,
            amount=f"{wanted:,.2f}", limit=f"{number(RULE_TOWN_UP_TO, on):,.2f}",
        )  # fmt: skip
    if not town_decides(wanted, on) and is_town:
        raise Forbidden(
            N_("{amount} 元超过 {limit} 元，由县民政局决定。请转到县民政局。"), clause=RULE_RELIEF,
            amount=f"{wanted:,.2f}", limit=f"{number(RULE_TOWN_UP_TO, on):,.2f}",
        )  # fmt: skip


def decision_mistakes(decided_on: date, registered_at: datetime, today: date) -> str | None:
    """What is wrong with the day of a decision; None where nothing is."""
    if decided_on > today:
        return N_("决定的日期在今天以后。请填决定书上的日期。")
    if decided_on < county_day(registered_at):
        return N_("决定的日期早于登记的日期。请核对决定书。")
    return None


def may_see_case(actor: Actor, case: Mapping[str, Any]) -> bool:
    """The town's window sees its own cases, civil affairs and those who read everything all of them.

    A restricted case is seen by the named few alone (R-CHILD-01).
    """
    is_own = actor.organisation_id == case["town"] and actor.may(Permission.HANDLE_CASES)
    if is_restricted(case["capacity"]):
        return actor.may(Permission.SEE_RESTRICTED_CASES) and (is_own or actor.may(Permission.OVERSEE_CASES))
    return is_own or actor.may(Permission.OVERSEE_CASES) or actor.may(Permission.READ_EVERYTHING)


def check_may_handle(actor: Actor, case: Mapping[str, Any]) -> None:
    """The window of the case's own town acts on it. Raises Forbidden."""
    if not (actor.organisation_id == case["town"] and actor.may(Permission.HANDLE_CASES)):
        raise Forbidden(N_("个案由受理的镇（街道）窗口办理。"), clause=RULE_KINDS)


def check_open(case: Mapping[str, Any]) -> None:
    """What is decided is not handled any more. Raises DomainError."""
    if case["status"] != CaseStatus.OPEN:
        raise DomainError(N_("这个个案已经有了结果，不能再办这一步。请刷新页面。"), clause=RULE_KINDS)


def days_left(case: Mapping[str, Any], today: date) -> int | None:
    """Calendar days to the last day of an open case; negative once it is over, None without a running clock."""
    if case["status"] != CaseStatus.OPEN or case["due_on"] is None:
        return None
    return int((case["due_on"] - today).days)


def is_overdue(case: Mapping[str, Any], now: datetime) -> bool:
    """Whether an open case is past its limit; one in clock hours at its very moment (R-CLOCK-01)."""
    if case["status"] != CaseStatus.OPEN or case["due_on"] is None:
        return False
    if case["due_at"] is not None:
        return bool(now > case["due_at"])
    return bool(county_day(now) > case["due_on"])
