"""Which methods the law offers for a purchase, and why each other one is refused. All pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from catalogue.listings.checks import Mistake
from catalogue.listings.drafts import Basics, Procedure, Timetable
from catalogue.listings.methods import HERE, PLATFORM, STANDING, MethodRow, method_row
from marketplace.kernel.clock import county_day
from marketplace.kernel.deadlines import compute, day_words
from marketplace.kernel.formats import money
from marketplace.kernel.formats import number as plain
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.rulebook import number

PURCHASED_SERVICE = "purchased_service"
APPROVAL = "R-METH-02"

GROUND_LABELS: dict[str, str] = {
    PURCHASED_SERVICE: N_("政府购买服务项目"),
    "complex": N_("技术复杂或者性质特殊，不能确定详细规格或者具体要求"),
    "price_unknown": N_("服务时间、数量事先不能确定，不能事先计算价格总额"),
    "few_suppliers": N_("只能从有限范围的供应商处采购"),
    "tender_cost": N_("公开招标的费用占采购总价值的比例过大"),
    "only_supplier": N_("只能从唯一供应商处采购"),
    "urgent": N_("不可预见、不是采购人拖延造成的紧急需要"),
    "addition": N_("为保证一致或者配套，向原供应商添购"),
    "recipients_choose": N_("为本部门以外的服务对象购买服务，需要有2家以上供应商让服务对象自己选"),
    "all_admitted": N_("能定统一付费标准，为方便服务对象就近选择，愿意接受条件的供应商都要接纳"),
    "failed_tender": N_("招标后没有供应商投标、没有合格标的，或者重新招标未能成立"),
}

VENUE_LABELS: dict[str, str] = {
    HERE: N_("在本平台办理"),
    PLATFORM: N_("在省级平台办理，结果登记到这里"),
}


@dataclass(frozen=True)
class PurchaseFacts:
    """What is bought, for how much, from whom and why. Amounts in yuan.

    `addition_share`: percent of the original contract that an addition would cost; only asked for an addition.
    """

    amount: Decimal
    is_service: bool = True
    grounds: frozenset[str] = field(default_factory=frozenset)
    is_approved: bool = False
    addition_share: Decimal | None = None

    @property
    def all_grounds(self) -> frozenset[str]:
        """The grounds that hold: a service bought by a county is itself one (R-METH-06)."""
        return self.grounds | {PURCHASED_SERVICE} if self.is_service else self.grounds


@dataclass(frozen=True)
class Verdict:
    """One method: offered or refused, the reason in a sentence and the rule behind it."""

    method: str
    is_offered: bool
    sentence: Sentence
    clause: str
    notes: tuple[tuple[Sentence, str], ...] = ()


def lawful_methods(facts: PurchaseFacts, rows: Sequence[MethodRow], on: date) -> tuple[Verdict, ...]:
    """Every method of the day with its verdict, the offered ones first, each group in the order of the rows."""
    verdicts = [judge(facts, row, on) for row in rows]
    return (*(v for v in verdicts if v.is_offered), *(v for v in verdicts if not v.is_offered))


def judge(facts: PurchaseFacts, row: MethodRow, on: date) -> Verdict:
    """One method for one purchase."""
    refused = _refusal(facts, row, on)
    if refused is not None:
        return Verdict(row.code, False, refused[0], refused[1])
    return Verdict(row.code, True, _reason(facts, row, on), row.clause, _notes(facts, row, on))


def _refusal(facts: PurchaseFacts, row: MethodRow, on: date) -> tuple[Sentence, str] | None:
    """The first thing that stands against a method, with its rule."""
    if facts.is_service and not row.for_services:
        return say(N_("只适用于规格标准统一、现货充足、价格变化小的货物，服务不得采用。")), row.clause
    if row.below and facts.amount >= number(row.below, on):
        words = N_("金额达到采购限额标准 {limit}，不能按本县限额以下的办法采购。")
        return say(words, limit=money(number(row.below, on))), row.clause
    if row.at_least and facts.amount < number(row.at_least, on):
        words = N_("金额没有达到采购限额标准 {limit}，不采用框架协议，按本县限额以下的办法采购。")
        return say(words, limit=money(number(row.at_least, on))), "R-FRM-01"
    fitting = facts.all_grounds.intersection(row.grounds)
    if row.grounds and not fitting:
        return say(N_("须有法定情形之一，所填的情况里没有：{grounds}。"), grounds=_listed(row.grounds)), row.clause
    over = _addition_over(facts, row, fitting, on)
    if over is not None:
        return over, row.clause
    if row.approval_from and facts.amount >= number(row.approval_from, on) and not facts.is_approved:
        words = N_("金额达到公开招标数额标准 {limit}，应当公开招标；采用其他方式须先获设区的市级以上财政部门批准。")
        return say(words, limit=money(number(row.approval_from, on))), APPROVAL
    return None


def _addition_over(facts: PurchaseFacts, row: MethodRow, fitting: frozenset[str], on: date) -> Sentence | None:
    """An addition is refused over its share of the original contract; exactly the share may be added (R-METH-08)."""
    if not row.addition_most or fitting != {"addition"}:
        return None
    most = number(row.addition_most, on)
    if facts.addition_share is None:
        return say(N_("请填写添购金额占原合同的比例；不得超过 {most}%。"), most=plain(most))
    if facts.addition_share > most:
        words = N_("添购金额占原合同的 {share}%，超过 {most}%。请另行采购。")
        return say(words, share=plain(facts.addition_share), most=plain(most))
    return None


def _listed(grounds: Sequence[str]) -> Sentence:
    listed = say(GROUND_LABELS[grounds[0]])
    for ground in grounds[1:]:
        listed = say(N_("{before}；{next}"), before=listed, next=say(GROUND_LABELS[ground]))
    return listed


def _reason(facts: PurchaseFacts, row: MethodRow, on: date) -> Sentence:
    if row.below:
        words = N_("金额在采购限额标准 {limit} 以下，按本县内部采购办法办理。")
        return say(words, limit=money(number(row.below, on)))
    fitting = [ground for ground in row.grounds if ground in facts.all_grounds]
    if fitting:
        return say(N_("符合法定情形：{grounds}。"), grounds=_listed(fitting))
    return say(N_("公开招标是主要采购方式，任何金额都可以采用。"))


def _notes(facts: PurchaseFacts, row: MethodRow, on: date) -> tuple[tuple[Sentence, str], ...]:
    """What comes with a method: how many, how long, what is published first."""
    notes: list[tuple[Sentence, str]] = []
    if row.least:
        notes.append((say(N_("至少 {count} 家"), count=plain(number(row.least, on))), row.least.partition("/")[0]))
    if row.people:
        notes.append((say(N_("至少 {count} 人参加决定"), count=plain(number(row.people, on))), row.clause))
    if row.closing:
        days = plain(number(row.closing, on))
        notes.append((say(N_("从发布（发出文件）到截止至少 {days} 天"), days=days), row.closing))
    if row.panel:
        members = plain(number(f"{row.panel}/members", on))
        notes.append((say(N_("评审小组至少 {count} 人"), count=members), row.panel))
    if needs_publicity(row, facts.amount, facts.grounds, on):
        days = plain(number(row.publicity, on))
        notes.append((say(N_("先附专家意见公示至少 {days} 个工作日"), days=days), row.clause))
    return tuple(notes)


def needs_publicity(row: MethodRow, amount: Decimal, grounds: frozenset[str], on: date) -> bool:
    """Whether the intent must be public before the purchase (R-METH-08)."""
    return bool(row.publicity) and row.publicity_ground in grounds and amount >= number(row.publicity_from, on)


def check_publicity(
    procedure: Procedure, basics: Basics, timetable: Timetable | None, on: date
) -> list[Mistake]:
    """An only supplier above the threshold: the publicity comes before the decision (R-METH-08)."""
    row = method_row(basics.method, on)
    if not needs_publicity(row, basics.budget, frozenset({procedure.ground}), on):
        return []
    found = []
    ends = compute(row.publicity, on).date
    if timetable is not None and county_day(timetable.closes_at) <= ends:
        words = N_("今天开始公示的话，公示到 {day}，决定要在这以后。请改晚一些。")
        found.append(Mistake("timetable", "closes_at", say(words, day=day_words(ends)), row.clause))
    return found


def facts_of(basics: Basics, procedure: Procedure) -> PurchaseFacts:
    """A draft as the facts that the methods are judged by; everything in the directory is a service (R-GPS-04)."""
    return PurchaseFacts(
        amount=basics.budget,
        grounds=frozenset({procedure.ground} if procedure.ground else ()),
        is_approved=bool(procedure.approval_number and procedure.approved_on),
        addition_share=procedure.addition_share,
    )


def check_procedure(procedure: Procedure, basics: Basics, on: date) -> list[Mistake]:
    """The method is lawful for this draft with the ground recorded, and where it is run fits it."""
    row = method_row(basics.method, on)
    found = []
    refused = _refusal(facts_of(basics, procedure), row, on)
    if refused is not None and not row.below:  # an amount over the limit is told at the method itself
        found.append(Mistake("method", _field_of(refused[1], row), *refused))
    if procedure.ground and not procedure.ground_reason.strip() and procedure.ground != PURCHASED_SERVICE:
        found.append(Mistake("method", "ground_reason", say(N_("请写明事实，说明为什么符合这种情形。")), row.clause))
    if bool(procedure.approval_number) != bool(procedure.approved_on):
        words = N_("批准文号和批准日期要一起填写。")
        found.append(Mistake("method", "approval_number", say(words), APPROVAL))
    elif procedure.approved_on and procedure.approved_on > on:
        found.append(Mistake("method", "approved_on", say(N_("批准日期还没有到。请核对。")), APPROVAL))
    return found + _check_venue(procedure, row)


def _field_of(clause: str, row: MethodRow) -> str:
    return "approval_number" if clause == APPROVAL and row.approval_from else "ground"


def _check_venue(procedure: Procedure, row: MethodRow) -> list[Mistake]:
    if row.is_local and procedure.venue == PLATFORM:
        words = N_("限额以下的采购不在省级平台进行。请选择在本平台办理。")
        return [Mistake("method", "venue", say(words), row.clause)]
    if row.way == STANDING and procedure.venue == PLATFORM:
        words = N_("开放式框架协议的申请在本平台受理，期满以前随时可以加入。请选择在本平台办理。")
        return [Mistake("method", "venue", say(words), row.clause)]
    if row.only_recorded and procedure.venue == HERE:
        words = N_("这种采购方式在省级平台进行，结果登记到这里。请改选。")
        return [Mistake("method", "venue", say(words), row.clause)]
    return []
