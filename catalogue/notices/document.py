"""The complete procurement document (87 Art 20, R-DOC-02): fixed words, the listing's data, and the rules of its day.

It is issued in Chinese, whatever the page around it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from catalogue.listings.rules import CRITERION_LABELS, GRADE_LABELS, METHOD_LABELS
from catalogue.notices.content import Block, Paper, Section, Signatures, facts, grid, text
from catalogue.notices.document_terms import terms_words
from catalogue.notices.facts import ListingFacts, LotFacts
from catalogue.notices.wording import day, finance_rows, moment, ordinal, period
from marketplace.kernel import formats
from marketplace.kernel.rulebook import rule

TEXT = Path(__file__).with_name("document_2026.toml")
KIND = "document"
TITLE = "采购文件"
# offered when the listing says nothing of its own


@dataclass(frozen=True)
class CriterionFacts:
    """One factor with its printed bands; points of 100."""

    kind: str
    title: str
    points: Decimal
    bands: str
    is_objective: bool


@dataclass(frozen=True)
class MilestoneFacts:
    """A share of the price in percent."""

    title: str
    share: Decimal
    due_on: date
    evidence: str


@dataclass(frozen=True)
class DatedFacts:
    """A counted date in words."""

    event: str
    day: date
    citation: str


@dataclass(frozen=True)
class DocumentFacts:
    """Everything the document prints besides its fixed words. Weights and the deduction are percent."""

    listing: ListingFacts
    criteria: tuple[CriterionFacts, ...]
    past_bands: tuple[tuple[str, Decimal], ...]
    milestones: tuple[MilestoneFacts, ...]
    timetable: tuple[DatedFacts, ...]
    price_weight: Decimal
    is_price_fixed: bool
    rounding: int
    deduction: Decimal
    evidence: tuple[str, ...]
    draft_contract: str
    validity: int
    low_prices: tuple[tuple[str, Decimal], ...] = ()
    agency_fee: str = ""
    panel_members: int = 0
    # what is deducted at acceptance: the failing and its percent of the milestone
    deductions: tuple[tuple[str, Decimal], ...] = ()
    # where annual service hours are scored: the most one person may work a year (R-EVAL-12)
    hours_per_person: Decimal | None = None
    # how equals are told apart, with the clauses of its rows (R-TIE-01)
    ties: str = ""
    # for enterprises that bid together with small and micro ones: percent, from which share of theirs (R-SME-04)
    consortium_deduction: Decimal = Decimal(0)
    consortium_share: Decimal = Decimal(0)


@cache
def parts() -> tuple[dict[str, Any], ...]:
    """The fixed parts in order, as the file has them."""
    return tuple(tomllib.loads(TEXT.read_text(encoding="utf-8"))["part"])


def document(wanted: DocumentFacts) -> Paper:
    """The whole document, with a table at its head that says where each item of Article 20 stands."""
    listing, words = wanted.listing, words_of(wanted)
    sections: list[Section] = []
    places: dict[int, list[str]] = {}
    number = 0
    for part in parts():
        if "chapter" in part:
            sections.append(Section(part["chapter"].format(**words), (), level=1))
            chapter, number = part["chapter"].partition("　")[0], 0
        number += 1
        heading = part["heading"].format(**words)
        for item in part["art20"]:
            places.setdefault(item, []).append(f"{chapter}之{ordinal(number)[:-1]}")
        sections.append(Section(f"{ordinal(number)}{heading}", tuple(_blocks(part, wanted, words))))
    return Paper(
        kind=KIND, title=f"{listing.title}{TITLE}", number=listing.reference, issuer=listing.buyer.name,
        issued_on=day(listing.published_at) or "", sections=(_index(places), *sections),
    )  # fmt: skip


def _index(places: dict[int, list[str]]) -> Section:
    rows = [(str(item), ARTICLE_20[item], "、".join(places[item])) for item in sorted(places)]
    return Section(
        "内容对照表", (grid(("项", "应当包括的内容（财政部令第87号第二十条）", "所在位置"), rows),), "R-DOC-02"
    )


ARTICLE_20: dict[int, str] = {
    1: "投标邀请",
    2: "投标人须知（包括投标文件的密封、签署、盖章要求等）",
    3: "投标人应当提交的资格、资信证明文件",
    4: "为落实政府采购政策，采购标的需满足的要求，以及投标人须提供的证明材料",
    5: "投标文件编制要求、投标报价要求和投标保证金交纳、退还方式以及不予退还投标保证金的情形",
    6: "采购项目预算金额，设定最高限价的，还应当公开最高限价",
    7: "采购项目的技术规格、数量、服务标准、验收等要求，包括附件、图纸等",
    8: "拟签订的合同文本",
    9: "货物、服务提供的时间、地点、方式",
    10: "采购资金的支付方式、时间、条件",
    11: "评标方法、评标标准和投标无效情形",
    12: "投标有效期",
    13: "投标截止时间、开标时间及地点",
    14: "采购代理机构代理费用的收取标准和方式",
    15: "投标人信用信息查询渠道及截止时点、信用信息查询记录和证据留存的具体方式、信用信息的使用规则等",
    16: "省级以上财政部门规定的其他事项",
}


def words_of(wanted: DocumentFacts) -> dict[str, str]:
    """Every value that the fixed words may name."""
    listing = wanted.listing
    is_tender = listing.method_row.reads_prices
    contact = listing.buyer
    return {
        "title": listing.title,
        "reference": listing.reference,
        "buyer": contact.name,
        "method": dict[str, str](METHOD_LABELS).get(listing.method, listing.method),
        "address": listing.address,
        "budget": formats.money(listing.budget),
        "ceiling": formats.money(listing.ceiling or listing.budget),
        "closes": moment(listing.closes_at) or "",
        "bid": "投标文件" if is_tender else "响应文件",
        "invitation": "投标邀请" if is_tender else "采购邀请",
        "response_letter": "投标函" if is_tender else "响应函",
        "validity": str(wanted.validity),
        "deposit": _deposit(wanted),
        "ties": wanted.ties,
        **terms_words(listing.terms, wanted.low_prices),
        "panel": f"评审小组不少于 {wanted.panel_members} 人，人数为单数，评审专家不少于成员总数的三分之二。"
        if wanted.panel_members
        else "评审小组按本县比选办法组成。",
        "agency_fee": wanted.agency_fee or "本项目没有委托采购代理机构，不收取代理费用。",
        "contact": "，".join(
            f"{label}：{value}"
            for label, value in (("地址", contact.address), ("联系人", contact.person), ("电话", contact.phone))
            if value
        ),
        "policy": listing.policy,
        "deduction": f"{formats.percent(wanted.deduction)}" if wanted.deduction else "不扣除",
        "service_period": period(listing.service_from, listing.service_to),
        "towns": "、".join(listing.towns) or contact.name,
        "legal_forms": "、".join(listing.legal_forms),
        "industry": listing.finance.industry or "____",
    }


def _deposit(wanted: DocumentFacts) -> str:
    deposit = wanted.listing.terms.bid_deposit
    if not deposit:
        return "本项目不收取投标（响应）保证金。"
    return (
        f"★保证金 {formats.money(deposit)}。{rule('R-DOC-05').text.zh}"
        "有效期内撤销、成交（中标）后无正当理由不签合同、提供虚假材料的，不予退还。"
    )


def _blocks(part: dict[str, Any], wanted: DocumentFacts, words: dict[str, str]) -> list[Block]:
    found: list[Block] = []
    if lines := [line.format(**words) for line in part.get("lines", ())]:
        found.append(text(*lines))
    for name in part.get("blocks", ()):
        found += BLOCKS[name](wanted)
    if rules := part.get("rules"):
        found.append(text(*(f"（{rule(key).rows[0].citation}）{rule(key).text.zh}" for key in rules)))
    return found


def _project(wanted: DocumentFacts) -> list[Block]:
    listing = wanted.listing
    return [
        facts(
            ("购买主体", listing.purchasing_body),
            ("采购人", listing.buyer.name),
            ("使用单位", "、".join(listing.towns) or listing.buyer.name),
            ("采购方式", words_of(wanted)["method"]),
            ("是否接受联合体", "是" if listing.consortium else "否"),
        )
    ]


def _lots(wanted: DocumentFacts) -> list[Block]:
    rows = [
        (
            f"{lot.number:03d}",
            lot.title,
            lot.item,
            _quantity(lot),
            formats.money(lot.budget),
        )
        for lot in wanted.listing.lots
    ]
    return [grid(("包号", "采购包名称", "目录项目", "数量", "预算"), rows, right=(3, 4))]


def _quantity(lot: LotFacts) -> str:
    return f"{formats.number(lot.quantity)} {lot.unit}"


def _acceptance(wanted: DocumentFacts) -> list[Block]:
    said = [
        "验收：每个付款节点由采购人对照采购需求逐项验收，写明服务、技术、安全要求的履行情况，听取服务对象意见，结果公告。",
        f"验收凭据：{'；'.join(wanted.evidence)}。" if wanted.evidence else "",
    ]
    return [text(*said)]


def _milestones(wanted: DocumentFacts) -> list[Block]:
    rows = [(m.title, day(m.due_on) or "", m.evidence, formats.percent(m.share)) for m in wanted.milestones]
    advance = wanted.listing.terms.advance_payment
    deducted = _deductions(wanted)
    if not advance:
        return [grid(("节点", "日期", "付款依据", "比例"), rows, right=(3,)), *deducted]
    shared = [
        (*row, formats.percent(m.share * advance / 100), formats.percent(m.share * (100 - advance) / 100))
        for row, m in zip(rows, wanted.milestones, strict=True)
    ]
    first = ("预付款", "合同生效后", "发票", "", "", formats.percent(advance))
    heading = ("节点", "日期", "付款依据", "比例", "抵扣预付款", "支付")
    return [grid(heading, [first, *shared], right=(3, 4, 5)), *deducted]


def _deductions(wanted: DocumentFacts) -> list[Block]:
    if not wanted.deductions:
        return []
    rows = [(condition, formats.percent(percent)) for condition, percent in wanted.deductions]
    words = "没有做到的，每发生一次按该付款节点金额的下列比例扣减，没有列明的不扣减。"
    return [text(words), grid(("没有做到什么", "每次扣减"), rows, right=(1,))]


def _criteria(wanted: DocumentFacts) -> list[Block]:
    price = ("价格", "价格", "见上", formats.number(wanted.price_weight))
    rows = [
        (
            c.title,
            f"{CRITERION_LABELS[c.kind]}（{'客观' if c.is_objective else '主观'}）",
            c.bands,
            formats.number(c.points),
        )
        for c in wanted.criteria
    ]
    total = sum((c.points for c in wanted.criteria), wanted.price_weight)
    table = grid(
        ("评审因素", "类别", "分档和得分", "分值"), [price, *rows, ("合计", "", "", formats.number(total))], (3,)
    )
    if wanted.hours_per_person is None:
        return [table]
    most = formats.number(wanted.hours_per_person)
    said = f"★年服务时数最多按参与服务的人数乘以每人每年 {most} 小时计分；承诺的时数写进合同，每年至少完成。"
    return [table, text(said)]


def _price(wanted: DocumentFacts) -> list[Block]:
    if wanted.is_price_fixed:
        return [text("价格固定，不评价格。")]
    weight, deduction = formats.number(wanted.price_weight), formats.percent(wanted.deduction)
    said = f"价格分 = 最低有效价 ÷ 本供应商价格 × {weight}，四舍五入到 {wanted.rounding} 位小数。"
    small = f"小型、微型企业先扣除 {deduction}，用扣除后的价格参与评审。" if wanted.deduction else ""
    together = (
        f"企业组成联合体，联合协议约定小型、微型企业的份额达到 {formats.percent(wanted.consortium_share)} 以上的，"
        f"先扣除 {formats.percent(wanted.consortium_deduction)}；全部由小型、微型企业组成的，按小型、微型企业扣除。"
    )
    if wanted.listing.terms.subcontract_share >= wanted.consortium_share:
        together += (
            "大中型企业的分包意向协议约定分包给小型、微型企业的份额达到 "
            f"{formats.percent(wanted.consortium_share)} 以上的，"
            f"同样先扣除 {formats.percent(wanted.consortium_deduction)}；分包给与其有控股、管理关系的企业的，不扣除。"
        )
    return [text(said, small, together if wanted.consortium_deduction else "")]


def _past_performance(wanted: DocumentFacts) -> list[Block]:
    if not wanted.past_bands:
        return []
    rows = [(GRADE_LABELS[grade], formats.number(points)) for grade, points in wanted.past_bands]
    return [
        grid(("近三年履约评价", "得分"), rows, right=(1,)),
        text("任何采购人的评价都算，由供应商证明；没有记录的得中性档。"),
    ]


def _timetable(wanted: DocumentFacts) -> list[Block]:
    rows = [(d.event, day(d.day) or "", d.citation) for d in wanted.timetable]
    return [grid(("事项", "日期", "依据"), rows)] if rows else []


def _contract(wanted: DocumentFacts) -> list[Block]:
    return [text(wanted.draft_contract)]


def _sign(wanted: DocumentFacts) -> list[Block]:
    return [Signatures(("供应商（盖章）", "法定代表人（负责人）或者代理人"))]


def _price_form(wanted: DocumentFacts) -> list[Block]:
    rows = [
        (f"{lot.number:03d}", lot.title, f"{formats.number(lot.quantity)} {lot.unit}", "", "")
        for lot in wanted.listing.lots
    ]
    hours = [(row[0], row[1], "", "") for row in rows]
    promised = [grid(("包号", "采购包名称", "承诺的年服务时数（小时）", "参与服务的人数"), hours)]
    return [
        grid(("包号", "采购包名称", "数量", "报价（元，含税）", "大写"), rows),
        *(promised if wanted.hours_per_person is not None else ()), *_sign(wanted),
    ]  # fmt: skip


def _response_form(wanted: DocumentFacts) -> list[Block]:
    asked = [line for line in wanted.listing.requirement.split("\n") if line.strip()]
    rows = [(str(number), line.strip(), "", "") for number, line in enumerate(asked, start=1)]
    return [grid(("序号", "采购需求", "响应内容", "偏离说明"), rows)]


def _staff_form(wanted: DocumentFacts) -> list[Block]:
    blank = [(str(number), "", "", "", "") for number in range(1, 6)]
    return [grid(("序号", "姓名", "岗位", "职业水平证书和编号", "社会保险缴纳单位"), blank), *_sign(wanted)]


BLOCKS: dict[str, Callable[[DocumentFacts], list[Block]]] = {
    "project": _project,
    "lots": _lots,
    "finance": lambda wanted: [finance_rows(wanted.listing.finance)],
    "timetable": _timetable,
    "requirement": lambda wanted: [text(wanted.listing.requirement)],
    "acceptance": _acceptance,
    "milestones": _milestones,
    "qualification": lambda wanted: [text(wanted.listing.qualification)],
    "price": _price,
    "criteria": _criteria,
    "past_performance": _past_performance,
    "contract": _contract,
    "sign": _sign,
    "price_form": _price_form,
    "response_form": _response_form,
    "staff_form": _staff_form,
}
