"""What the terms of a framework must hold before it is published. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from catalogue.listings.checks import Mistake, months_later
from marketplace.kernel.formats import money
from marketplace.kernel.formats import number as plain
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.rulebook import number

CLOSED, OPEN = "closed", "open"
RUN_BY, CLOSED_RULE, OPEN_RULE, TERM_RULE, ORDER_RULE = "R-FRM-01", "R-FRM-02", "R-FRM-03", "R-FRM-04", "R-FRM-05"
ELIMINATION, TERM = "R-FRM-02/elimination", "R-FRM-04/services"
# who makes a department's budget and hands it in to finance (R-FRM-01, order 110 article 5)
IN_CHARGE = frozenset({"county", "department", "civil_affairs"})


class Basis(StrEnum):
    """By what providers are admitted."""

    PRICE_FIRST = "price_first"
    QUALITY_FIRST = "quality_first"
    PAY_STANDARD = "pay_standard"


BASIS_LABELS: dict[Basis, str] = {
    Basis.PRICE_FIRST: N_("价格优先：合格的按报价从低到高入围"),
    Basis.QUALITY_FIRST: N_("质量优先：只用于有政府定价、政府指导价的项目"),
    Basis.PAY_STANDARD: N_("统一付费标准：愿意接受条件的都可以加入"),
}


class Way(StrEnum):
    """How the provider of an order is found."""

    DIRECT = "direct"
    MINI_BID = "mini_bid"
    ROTATION = "rotation"


WAY_LABELS: dict[Way, str] = {
    Way.DIRECT: N_("直接选定"),
    Way.MINI_BID: N_("二次竞价"),
    Way.ROTATION: N_("顺序轮候"),
}
WAY_HINTS: dict[Way, str] = {
    Way.DIRECT: N_("看价格、质量、便利性和用户评价，由采购人或者服务对象选；主要方式"),
    Way.MINI_BID: N_("入围的几家再报一次价，最低的成交；只配价格优先"),
    Way.ROTATION: N_("按入围名次轮流，每轮每家一次，有效期内次序不变"),
}


@dataclass(frozen=True)
class FrameworkDraft:
    """The terms as typed. Elimination in percent; ceilings in yuan by the number of the lot."""

    basis: str
    way: str
    elimination: Decimal | None = None
    most_admitted: int | None = None
    state_price: str = ""
    approval: str = ""
    # compared, but no part of the hash, so that the terms can be looked up
    ceilings: Mapping[int, Decimal] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class FrameworkFacts:
    """What of the listing decides. Budgets in yuan by the number of the lot."""

    kind: str
    unit_kind: str
    starts_on: date
    ends_on: date
    total_ceiling: Decimal | None
    budgets: Mapping[int, Decimal]
    price_weight: Decimal
    has_factors: bool
    closes_on: date | None = None


def latest_end(starts_on: date, on: date) -> date:
    """The first day outside the longest term of a framework for services (R-FRM-04)."""
    return months_later(starts_on, 12 * int(number(TERM, on)))


def check_framework(draft: FrameworkDraft | None, facts: FrameworkFacts, on: date) -> list[Mistake]:
    """Every mistake of the terms, each at its field and with its clause."""
    if draft is None:
        return [_wrong("basis", say(N_("请填写入围办法、最高限制单价和第二阶段的方式。")), CLOSED_RULE)]
    return [
        *_check_run_by(draft, facts),
        *_check_basis(draft, facts),
        *_check_elimination(draft, facts, on),
        *_check_way(draft, facts),
        *_check_ceilings(draft, facts),
        *_check_term(facts, on),
        *_check_closing(facts),
    ]


def _wrong(name: str, sentence: Sentence, clause: str) -> Mistake:
    return Mistake("framework", name, sentence, clause)


def _check_run_by(draft: FrameworkDraft, facts: FrameworkFacts) -> list[Mistake]:
    if facts.unit_kind in IN_CHARGE or draft.approval.strip():
        return []
    words = N_("框架协议由主管预算单位征集。本单位不是主管预算单位，请先报主管预算单位批准，并填写批准文号。")
    return [_wrong("approval", say(words), RUN_BY)]


def _check_basis(draft: FrameworkDraft, facts: FrameworkFacts) -> list[Mistake]:
    if (draft.basis == Basis.PAY_STANDARD) != (facts.kind == OPEN):
        words = N_("封闭式框架协议按价格优先或者质量优先入围；统一付费标准只用于开放式。")
        return [_wrong("basis", say(words), OPEN_RULE if facts.kind == OPEN else CLOSED_RULE)]
    if draft.basis == Basis.QUALITY_FIRST:
        if not draft.state_price.strip():
            words = N_("质量优先只用于有政府定价、政府指导价的项目。请填写定价文件，或者改用价格优先。")
            return [_wrong("state_price", say(words), CLOSED_RULE)]
        if facts.price_weight:
            words = N_("质量优先不评价格。请在“评审因素和价格分”里把价格分改成 0。")
            return [_wrong("basis", say(words), CLOSED_RULE)]
    if draft.basis == Basis.PRICE_FIRST and (facts.has_factors or facts.price_weight != 100):
        words = N_("价格优先只比价格。请在“评审因素和价格分”里把价格分填 100，不设其他因素；质量要求写进资格和采购需求。")  # noqa: E501
        return [_wrong("basis", say(words), CLOSED_RULE)]
    return []


def _check_elimination(draft: FrameworkDraft, facts: FrameworkFacts, on: date) -> list[Mistake]:
    if facts.kind == OPEN:
        return []
    least = number(ELIMINATION, on)
    if draft.elimination is None or draft.elimination < least:
        words = N_("淘汰比例一般不低于 {least}%，且至少淘汰一家。请填 {least} 以上的数。")
        return [_wrong("elimination", say(words, least=plain(least)), CLOSED_RULE)]
    return []


def _check_way(draft: FrameworkDraft, facts: FrameworkFacts) -> list[Mistake]:
    if facts.kind == OPEN and draft.way != Way.DIRECT:
        words = N_("开放式框架协议由采购人或者服务对象直接选定。请选“直接选定”。")
        return [_wrong("way", say(words), OPEN_RULE)]
    if draft.way == Way.MINI_BID and draft.basis != Basis.PRICE_FIRST:
        words = N_("二次竞价适用于价格优先的项目。请改选，或者改用价格优先。")
        return [_wrong("way", say(words), ORDER_RULE)]
    return []


def _check_ceilings(draft: FrameworkDraft, facts: FrameworkFacts) -> list[Mistake]:
    if not facts.budgets:
        return [_wrong("basis", say(N_("请先填写采购包：每一包是一个服务项目，有自己的计量单位。")), TERM_RULE)]
    found = []
    if facts.total_ceiling is not None:
        words = N_("框架协议不设总价上限，只设单价上限。请把“基本情况”里的最高限价留空。")
        found.append(_wrong("basis", say(words), TERM_RULE))
    for lot, budget in sorted(facts.budgets.items()):
        ceiling = draft.ceilings.get(lot)
        if ceiling is None:
            words = N_("请填写这一包的最高限制单价。")
            found.append(_wrong(f"ceiling-{lot}", say(words), TERM_RULE))
        elif ceiling > budget:
            words = N_("最高限制单价高于本包估算金额 {budget}。请检查单价。")
            found.append(_wrong(f"ceiling-{lot}", say(words, budget=money(budget)), TERM_RULE))
    return found


def _check_term(facts: FrameworkFacts, on: date) -> list[Mistake]:
    if facts.ends_on < latest_end(facts.starts_on, on):
        return []
    words = N_("服务项目的框架协议有效期最长 {years} 年。请在“基本情况”里缩短服务期。")
    return [_wrong("basis", say(words, years=plain(number(TERM, on))), TERM_RULE)]


def _check_closing(facts: FrameworkFacts) -> list[Mistake]:
    """Providers may apply until the term ends, not only for a while (R-FRM-03)."""
    if facts.kind != OPEN or facts.closes_on is None or facts.closes_on == facts.ends_on:
        return []
    words = N_("开放式框架协议期满以前随时可以申请。请在“时间安排”里把截止填在期满那一天 {day}。")
    return [_wrong("basis", say(words, day=facts.ends_on.isoformat()), OPEN_RULE)]
