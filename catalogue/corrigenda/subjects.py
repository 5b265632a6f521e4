"""What of a published listing a corrigendum may change and what it leaves alone: every field of a draft is in one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, get_args, get_type_hints

from catalogue.listings.drafts import (
    Basics,
    Lot,
    Milestones,
    Openers,
    Procedure,
    Qualification,
    Requirement,
    Scoring,
    Terms,
    Timetable,
)  # fmt: skip
from catalogue.listings.frameworks.rules import FrameworkDraft
from catalogue.listings.methods import STANDING, row_of, subjects_left_out
from marketplace.kernel.errors import Forbidden
from marketplace.kernel.i18n import N_, say


@dataclass(frozen=True)
class Subject:
    """One thing to correct or to leave: its words, its fields as `Part.field`, the clause that keeps it as it is."""

    title: str
    hint: str
    fields: tuple[str, ...] = ()
    clause: str = "R-CORR-01"


def leaves(kind: type[Any]) -> tuple[str, ...]:
    """Every field of a part as `Part.field`; of rows inside it, those of the row."""
    hints = get_type_hints(kind)
    found: list[str] = []
    for each in fields(kind):
        rows = [arg for arg in get_args(hints[each.name]) if is_dataclass(arg)]
        found += leaves(rows[0]) if rows else [f"{kind.__name__}.{each.name}"]  # type: ignore[arg-type]
    return tuple(found)


def _some(kind: type[Any], *names: str) -> tuple[str, ...]:
    return tuple(f"{kind.__name__}.{name}" for name in names)


# each of them may change what a bidder writes, so each is taken as affecting bids
CORRECTABLE: dict[str, Subject] = {
    "requirement": Subject(N_("采购需求"), N_("把要求说得更清楚；买什么不能变"), leaves(Requirement)),
    "criteria": Subject(N_("评审因素和价格分"), N_("合计 100 分，价格分在法定范围内"), leaves(Scoring)),
    "milestones": Subject(N_("付款节点"), N_("合计 100%，每个节点写明依据"), leaves(Milestones)),
    "money": Subject(
        N_("预算和最高限价"), N_("每包的预算；占用的额度随之增减"),
        (*_some(Basics, "budget", "ceiling"), *_some(Lot, "budget")),
    ),
    "period": Subject(
        N_("服务期"), N_("开始日和结束日"), _some(Basics, "service_from", "service_to", "long_term_reason")
    ),
    "terms": Subject(
        N_("分包和合同条件"), N_("分包、保证金、预付款、付款期限、有效期、评审小组人数、低价审查、移交"),
        _some(
            Terms, "subcontract_share", "subcontract_parts", "bid_deposit", "performance_bond", "advance_payment",
            "payment_days", "late_rate", "bid_validity", "panel_members", "low_mean", "low_next_lowest", "low_ceiling",
            "handover", "handover_share", "renewal_years", "renewal_grade", "hides_names",
        ),
    ),
    "framework": Subject(
        N_("框架协议条件"), N_("怎样入围、单价上限、以后怎样下单"),
        _some(FrameworkDraft, "basis", "way", "elimination", "most_admitted", "state_price", "ceilings"),
    ),
    "timetable": Subject(
        N_("时间安排"), N_("截止时间只能往后；采购文件获取期限只能延长"),
        _some(Timetable, "closes_at", "documents_until", "questions_until"),
    ),
}  # fmt: skip

# the clause is that of the method's shortest time to the deadline
ISSUE = Subject(
    N_("采购文件开始提供的时间"), N_("截止时间的最短期限从这一天起算"), _some(Timetable, "documents_from"), "R-TIME-04"
)

# the object of purchase, who may take part, how it was decided to buy, and what sealed bids are sealed to
UNCORRECTABLE: dict[str, Subject] = {
    "lots": Subject(
        N_("采购包、目录项目和数量"), N_("这是采购标的"),
        _some(Lot, "item_code", "title", "quantity", "unit", "is_reserved"),
    ),
    "qualification": Subject(N_("资格要求"), N_("这是资格条件"), leaves(Qualification)),
    "basics": Subject(
        N_("项目名称、采购方式、采购人、使用单位、是否预留"), N_("这些决定买什么、谁可以参加"),
        _some(Basics, "title", "title_en", "method", "budget_line", "towns", "reservation_ground"),
    ),
    "consortium": Subject(N_("是否接受联合体"), N_("这决定谁可以参加"), _some(Terms, "admits_consortium")),
    "programme": Subject(N_("所属项目群"), N_("这决定谁可以参加"), _some(Terms, "programme"), "R-ROLE-08"),
    "method": Subject(
        N_("采购方式的依据和批准"), N_("采用其他方式，要在采购活动开始前定下来"), leaves(Procedure), "R-METH-02"
    ),
    "approval": Subject(
        N_("主管预算单位的批准文号"), N_("由谁征集，发布以前就要批准"), _some(FrameworkDraft, "approval"), "R-FRM-01"
    ),
    "issue": ISSUE,
    "openers": Subject(N_("开标人"), N_("已经封存的文件是按他们的公钥加密的"), leaves(Openers), "R-OPEN-01"),
}  # fmt: skip

# in an open framework providers have joined on these terms already; nobody seals a bid that could be replaced
JOINED = replace(CORRECTABLE["framework"], hint=N_("已经加入的供应商是按这些条件加入的"), clause="R-FRM-03")


def _is_joined(listing: Mapping[str, Any]) -> bool:
    return bool(row_of(listing).framework) and row_of(listing).way == STANDING


def correctable_of(listing: Mapping[str, Any]) -> dict[str, Subject]:
    """What may be corrected of this listing: what it has, and what nobody has joined on."""
    left = set(subjects_left_out(listing))
    if not row_of(listing).framework or _is_joined(listing):
        left.add("framework")
    return {name: subject for name, subject in CORRECTABLE.items() if name not in left}


def uncorrectable_of(listing: Mapping[str, Any]) -> dict[str, Subject]:
    """What may not be corrected of this listing, each with the clause that keeps it."""
    row = row_of(listing)
    left = {*subjects_left_out(listing), "issue"} | (set() if row.framework else {"approval"})
    found = {name: subject for name, subject in UNCORRECTABLE.items() if name not in left}
    if row.has_periods:
        found["issue"] = replace(ISSUE, clause=row.closing)
    if _is_joined(listing):
        found["framework"] = JOINED
    return found


def check_may_correct(subject: str, listing: Mapping[str, Any]) -> None:
    """A corrigendum leaves the object and the qualification conditions alone (R-CORR-01). Raises Forbidden."""
    kept = (UNCORRECTABLE | uncorrectable_of(listing)).get(subject)
    if kept is not None:
        raise Forbidden(
            N_("“{what}”不能更正：{why}。确实要改的，请取消这次采购，修改以后重新发布。"),
            clause=kept.clause, what=say(kept.title), why=say(kept.hint),
        )  # fmt: skip
