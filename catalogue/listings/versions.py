"""What the public reads of a listing as plain lines, their text with its hash, and what two versions differ in.

Pure. The lines are what is kept, shown and compared, so that an old version reads the same when the code has changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Any

from catalogue.listings.frameworks.rules import BASIS_LABELS, WAY_LABELS
from catalogue.listings.rules import (
    CRITERION_LABELS,
    GRADE_LABELS,
    GRADES,
    METHOD_LABELS,
    PAST_PERFORMANCE_LABELS,
    RESERVATION_GROUNDS,
    RESERVED_LABELS,
)  # fmt: skip
from catalogue.listings.timetable import EVENT_LABELS
from marketplace.kernel.formats import day, moment, money, number, percent
from marketplace.kernel.i18n import N_, translate

SECTION_LABELS: dict[str, str] = {
    "basics": N_("基本情况"),
    "lots": N_("采购包"),
    "requirement": N_("采购需求"),
    "qualification": N_("资格要求"),
    "criteria": N_("评审因素和价格分"),
    "milestones": N_("付款节点"),
    "terms": N_("参与和合同条件"),
    "framework": N_("框架协议条件"),
    "timetable": N_("时间安排"),
    "openers": N_("开标人"),
}


KIND_LABELS: dict[str, str] = {
    "publication": N_("首次公告"),
    "corrigendum": N_("更正公告"),
    "extension": N_("延期公告"),
    "suspension": N_("暂停公告"),
    "recount": N_("重新计算日期"),
}


@dataclass(frozen=True)
class Line:
    """One field: `item` names its row (a criterion, a milestone), `kind` how the stored value is read."""

    section: str
    item: str
    label: str
    kind: str
    value: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it the same field in another version."""
        return self.section, self.item, self.label

    def shown(self) -> str:
        """The value in the reader's language."""
        if not self.value:
            return ""
        return READERS[self.kind](self.value)


READERS = {
    "text": str,
    "rule": str,
    "word": translate,
    "money": lambda v: money(Decimal(v)),
    "number": lambda v: number(Decimal(v)),
    "percent": lambda v: percent(Decimal(v)),
    "day": lambda v: day(date.fromisoformat(v)),
    "moment": lambda v: moment(datetime.fromisoformat(v)),
}


def lines_of(content: Mapping[str, Any]) -> list[Line]:
    """The public content of a listing, as `content_of` gives it, field by field in a fixed order."""
    listing = content["listing"]
    return [
        *_basics(listing, content["towns"]),
        *_lots(content["lots"]),
        _line("requirement", "", N_("采购需求"), "text", listing["requirement"]),
        _line("qualification", "", N_("特定资格要求"), "text", listing["qualification"]),
        *_criteria(listing, content["criteria"], content["bands"]),
        *_milestones(content["milestones"], content["deductions"]),
        *_terms(content["terms"], content["least_panel"]),
        *_framework(content.get("framework")),
        *_timetable(listing, content["timetable"]),
        *_openers(listing, content["openers"]),
    ]


def _line(section: str, item: str, label: str, kind: str, value: Any) -> Line:
    return Line(section, item, label, kind, _plain(value))


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value).replace("\r\n", "\n").strip()


def _basics(listing: Mapping[str, Any], towns: Sequence[Mapping[str, Any]]) -> list[Line]:
    def basic(label: str, kind: str, value: Any) -> Line:
        return _line("basics", "", label, kind, value)

    reservation = RESERVATION_GROUNDS.get(listing["reservation_ground"], "")
    return [
        basic(N_("项目名称"), "text", listing["title"]),
        basic(N_("项目名称（英文）"), "text", listing["title_en"]),
        basic(N_("采购方式"), "word", METHOD_LABELS[listing["method"]]),
        basic(N_("项目预算"), "money", listing["budget"]),
        basic(N_("最高限价"), "money", listing["ceiling"]),
        basic(N_("服务开始日"), "day", listing["service_from"]),
        basic(N_("服务结束日"), "day", listing["service_to"]),
        basic(N_("服务期超过一年的理由"), "text", listing["long_term_reason"]),
        basic(N_("购买主体"), "text", listing["purchasing_body_name"]),
        basic(N_("采购人"), "text", listing["procuring_unit_name"]),
        basic(N_("使用单位"), "text", "、".join(town["name"] for town in towns)),
        basic(N_("不专门面向中小企业的理由"), "word", reservation),
        basic(N_("面向中小企业"), "word", RESERVED_LABELS.get(listing["reservation_ground"], "")),
    ]


def _lots(lots: Sequence[Mapping[str, Any]]) -> list[Line]:
    found = []
    for lot in lots:
        item = f"{lot['number']:03d}"
        found += [
            _line("lots", item, N_("采购包名称"), "text", lot["title"]),
            _line("lots", item, N_("目录项目"), "text", f"{lot['item_code']} {lot['item_name']}"),
            _line("lots", item, N_("数量"), "text", f"{_plain(lot['quantity'])} {lot['unit']}"),
            _line("lots", item, N_("本包预算"), "money", lot["budget"]),
        ]
        if lot["is_reserved"]:
            found.append(_line("lots", item, N_("专门面向中小企业"), "word", _yes(is_so=True)))
    return found


def _criteria(
    listing: Mapping[str, Any], criteria: Sequence[Mapping[str, Any]], bands: Mapping[str, Decimal]
) -> list[Line]:
    def scoring(item: str, label: str, kind: str, value: Any) -> Line:
        return _line("criteria", item, label, kind, value)

    found = [
        scoring("", N_("价格分"), "number", listing["price_weight"]),
        scoring("", N_("价格固定"), "word", _yes(listing["is_price_fixed"])),
        scoring("", N_("小微企业价格扣除"), "percent", listing["small_micro_deduction"]),
        scoring("", N_("联合体价格扣除"), "percent", listing.get("consortium_deduction", Decimal(0))),
        scoring("", N_("价格分保留小数"), "number", Decimal(listing["rounding"])),
        scoring("", N_("履约评价"), "word", PAST_PERFORMANCE_LABELS[listing["past_performance_form"]]),
        *(
            [scoring("", N_("评履约的理由"), "text", listing["past_performance_ground"])]
            if listing.get("past_performance_ground")
            else []
        ),
        *(scoring("", GRADE_LABELS[grade], "number", bands[grade]) for grade in GRADES if grade in bands),
    ]
    for criterion in criteria:
        item = criterion["title"]
        found += [
            scoring(item, N_("类别"), "word", CRITERION_LABELS[criterion["kind"]]),
            scoring(item, N_("分值"), "number", criterion["points"]),
            scoring(item, N_("分档"), "text", criterion["bands"]),
            scoring(item, N_("客观分"), "word", _yes(criterion["is_objective"])),
        ]
    return found


def _yes(is_so: bool) -> str:
    return N_("是") if is_so else N_("否")


def _milestones(milestones: Sequence[Mapping[str, Any]], deductions: Sequence[Mapping[str, Any]]) -> list[Line]:
    found = [_line("milestones", each["condition"], N_("每次扣减"), "percent", each["percent"]) for each in deductions]
    for milestone in milestones:
        item = milestone["title"]
        found += [
            _line("milestones", item, N_("日期"), "day", milestone["due_on"]),
            _line("milestones", item, N_("付款依据"), "text", milestone["evidence"]),
            _line("milestones", item, N_("比例"), "percent", milestone["share"]),
        ]
    return found


def _terms(terms: Any, least_panel: tuple[int, str] | None) -> list[Line]:
    members = terms.panel_members or (least_panel[0] if least_panel else None)
    rows: list[tuple[str, str, Any]] = [
        (N_("联合体"), "word", N_("接受") if terms.admits_consortium else N_("不接受")),
        (N_("可以分包的比例"), "percent", terms.subcontract_share),
        (N_("可以分包的部分"), "text", terms.subcontract_parts),
        (N_("投标保证金"), "money", terms.bid_deposit),
        (N_("履约保证金"), "percent", terms.performance_bond),
        (N_("预付款"), "percent", terms.advance_payment),
        *([(N_("付款期限（天）"), "number", Decimal(terms.payment_days))] if terms.payment_days else []),
        *([(N_("逾期利率（每年）"), "percent", terms.late_rate)] if terms.late_rate else []),
        *([(N_("投标有效期（天）"), "number", Decimal(terms.bid_validity))] if terms.bid_validity else []),
        (N_("评审小组人数"), "number", None if members is None else Decimal(members)),
        (N_("低于平均报价的比例"), "percent", terms.low_mean),
        (N_("低于次低报价的比例"), "percent", terms.low_next_lowest),
        (N_("低于最高限价的比例"), "percent", terms.low_ceiling),
        (N_("服务衔接和移交"), "text", terms.handover),
        *([(N_("可以等移交完成的比例"), "percent", terms.handover_share)] if terms.handover_share else []),
        (N_("所属项目群"), "text", terms.programme),
        *_renewal(terms),
        *([(N_("隐去供应商名称评分"), "word", N_("是"))] if terms.hides_names else []),
    ]
    return [_line("terms", "", label, kind, value) for label, kind, value in rows]


def _renewal(terms: Any) -> list[tuple[str, str, Any]]:
    """Only where it is offered, so that a listing without it keeps its text and hash."""
    if not terms.renewal_years:
        return []
    return [
        (N_("可以续签的年数"), "number", Decimal(terms.renewal_years)),
        (N_("续签要达到的评价等级"), "word", GRADE_LABELS[terms.renewal_grade]),
    ]


def _framework(terms: Any) -> list[Line]:
    if terms is None:
        return []
    rows: list[tuple[str, str, Any]] = [
        (N_("怎样入围"), "word", BASIS_LABELS[terms.basis]),
        (N_("政府定价或者指导价的文件"), "text", terms.state_price),
        (N_("淘汰比例"), "percent", terms.elimination),
        (N_("最多入围几家"), "number", None if terms.most_admitted is None else Decimal(terms.most_admitted)),
        (N_("第二阶段怎样确定供应商"), "word", WAY_LABELS[terms.way]),
        (N_("主管预算单位的批准文号"), "text", terms.approval),
    ]
    found = [_line("framework", "", label, kind, value) for label, kind, value in rows]
    prices = sorted(terms.ceilings.items())
    return [*found, *(_line("framework", str(lot), N_("最高限制单价"), "money", price) for lot, price in prices)]


def _timetable(listing: Mapping[str, Any], timetable: Sequence[Mapping[str, Any]]) -> list[Line]:
    exact = {
        "closes": listing["closes_at"], "opening": listing["closes_at"],
        "documents_from": listing["documents_from"], "documents_until": listing["documents_until"],
        "questions_until": listing["questions_until"],
    }  # fmt: skip
    found = []
    for each in timetable:
        at = exact.get(each["event"])
        kind, value = ("moment", at) if at else ("day", each["day"])
        found.append(_line("timetable", "", EVENT_LABELS[each["event"]], kind, value))
    return found


def _openers(listing: Mapping[str, Any], openers: Sequence[Mapping[str, Any]]) -> list[Line]:
    named = [
        _line("openers", opener["name"], N_("公钥指纹"), "text", opener["fingerprint"])
        for opener in sorted(openers, key=lambda o: o["fingerprint"])
    ]
    return [_line("openers", "", N_("需要几位开标人"), "number", Decimal(listing["openers_needed"])), *named]


def canonical_text(reference: str, version: int, lines: Sequence[Line]) -> str:
    """The text whose SHA-256 is published: one field a line, tabs between; breaks and tabs inside are escaped."""
    head = [("listing", reference), ("version", str(version))]
    rows = [*head, *((line.section, line.item, line.label, line.value) for line in lines)]
    return "".join("\t".join(_escaped(part) for part in row) + "\n" for row in rows)


def _escaped(part: str) -> str:
    return part.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def sha256_of(text: str) -> str:
    """The published hash of a canonical text."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Piece:
    """A stretch of text that both versions have (`same`), or only the one shown."""

    text: str
    same: bool


@dataclass(frozen=True)
class Change:
    """One field that differs: what it said, what it says. None: it was not there, or is gone."""

    section: str
    item: str
    label: str
    old: tuple[Piece, ...] | None
    new: tuple[Piece, ...] | None


def changes(before: Sequence[Line], after: Sequence[Line]) -> list[Change]:
    """Every field that two versions differ in, in the order of the page, texts compared word by word."""
    old, new = {line.key: line for line in before}, {line.key: line for line in after}
    keys = list(dict.fromkeys([*(line.key for line in after), *(line.key for line in before)]))
    order = list(SECTION_LABELS)
    keys.sort(key=lambda key: order.index(key[0]) if key[0] in order else len(order))
    found = []
    for key in keys:
        was, now = old.get(key), new.get(key)
        if was and now and was.value == now.value:
            continue
        if not (was and was.value) and not (now and now.value):
            continue
        found.append(_change(key, was, now))
    return found


def _change(key: tuple[str, str, str], was: Line | None, now: Line | None) -> Change:
    old, new = was.shown() if was else "", now.shown() if now else ""
    is_text = (now or was).kind == "text"  # type: ignore[union-attr]
    pieces = _compared(old, new) if is_text and old and new else (_whole(old), _whole(new))
    return Change(*key, pieces[0] if old else None, pieces[1] if new else None)


def _whole(text: str) -> tuple[Piece, ...]:
    return (Piece(text, same=False),)


def _compared(old: str, new: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Paragraphs that stayed are told in one; in those that changed the differing words are marked."""
    left: list[Piece] = []
    right: list[Piece] = []
    olds, news = old.splitlines(keepends=True), new.splitlines(keepends=True)
    for tag, a, b, c, d in SequenceMatcher(None, olds, news, autojunk=False).get_opcodes():
        gone, come = "".join(olds[a:b]), "".join(news[c:d])
        if tag == "equal":
            left.append(Piece(gone, same=True))
            right.append(Piece(come, same=True))
        else:
            _by_words(gone, come, left, right)
    return tuple(left), tuple(right)


def _by_words(gone: str, come: str, left: list[Piece], right: list[Piece]) -> None:
    for tag, a, b, c, d in SequenceMatcher(None, gone, come, autojunk=False).get_opcodes():
        if b > a:
            left.append(Piece(gone[a:b], same=tag == "equal"))
        if d > c:
            right.append(Piece(come[c:d], same=tag == "equal"))
