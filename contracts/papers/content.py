"""What the papers of a contract say, from what is recorded; blanks are ruled and filled in by hand. Pure.

They are Chinese whatever the page around them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Any

from catalogue.notices.content import Paper, Section, Signatures, facts, grid, text
from catalogue.notices.wording import day, ordinal
from contracts.acceptance.rules import item_kind
from contracts.agreements.terms import TITLE, TITLES
from marketplace.kernel.capitals import in_capitals
from marketplace.kernel.formats import moment, money
from marketplace.kernel.i18n import N_

Row = Mapping[str, Any]
_HEADING = re.compile(r"^([一二三四五六七八九十]{1,3}、)\S")
_PLACES = {ordinal(place): place for place in range(1, 100)}
ITEM_KINDS = {"service": "服务", "technical": "技术", "safety": "安全"}
FINDINGS = {"met": "达到要求", "met_with_remarks": "达到要求，有需要改进的地方"}
PARTIES = ("甲方（采购人）（公章）", "乙方（供应商）（公章）")


class Kind(StrEnum):
    """A paper of a contract."""

    CONTRACT = "contract"
    PUBLIC = "contract-public"
    AMENDMENT = "amendment"
    FILING = "filing"
    PLAN = "acceptance-plan"
    CERTIFICATE = "acceptance"
    REQUEST = "payment-request"


@dataclass(frozen=True)
class Form:
    """What a paper is called, what it is for, and the rule that asks for it."""

    title: str
    purpose: str
    clause: str


FORMS: dict[Kind, Form] = {
    Kind.CONTRACT: Form(N_("政府购买服务合同"), N_("双方签订的全文，附签订记录"), "R-CON-01"),
    Kind.PUBLIC: Form(N_("合同（公开文本）"), N_("隐去不公开的内容以后的文本"), "R-TIME-18"),
    Kind.AMENDMENT: Form(N_("合同的变更"), N_("补充合同或者终止书，附签订记录"), "R-CON-02"),
    Kind.FILING: Form(N_("合同备案表"), N_("合同副本报财政部门备案"), "R-TIME-19"),
    Kind.PLAN: Form(N_("履约验收方案"), N_("验收以前定好：验收什么、谁来验收、什么时候、怎样听取意见"), "R-ACC-01"),
    Kind.CERTIFICATE: Form(N_("履约验收书"), N_("逐项写明每一项服务、技术、安全要求的履行情况"), "R-ACC-01"),
    Kind.REQUEST: Form(N_("资金支付申请表"), N_("采购人逐级审签后交财政支付"), "R-PAY-01"),
}


def _project(contract: Row) -> Any:
    return facts(
        ("项目名称", contract["title"]), ("合同编号", contract["reference"]), ("采购人", contract["buyer_name"]),
        ("供应商", contract["provider_name"]),
    )  # fmt: skip


def _paper(kind: Kind, contract: Row, issued_on: str, sections: Sequence[Section], address: str) -> Paper:
    return Paper(
        kind.value, FORMS[kind].title, contract["reference"], contract["buyer_name"], issued_on, tuple(sections),
        address=address,
    )  # fmt: skip


def _sections_of(whole: str) -> list[Section]:
    """A text with Chinese numerals before its headings, as sections.

    A heading follows an empty line, counts on from the one before and, in a contract drawn from a listing, is one of
    its titles: what the listing numbers itself stays text.
    """
    found: list[tuple[str, list[str]]] = [("", [])]
    lines = list(pairwise(whole.strip().split("\n")))
    is_drawn = whole.partition("\n")[0] == TITLE
    for before, line in lines:
        numeral = _HEADING.match(line)
        is_next = numeral is not None and _PLACES.get(numeral[1]) == len(found)
        if is_next and (not before or len(found) == 1) and (not is_drawn or line.partition("、")[2] in TITLES):
            found.append((line, []))
        else:
            found[-1][1].append(line)
    head = [Section("合同", (text(*found[0][1]),))] if any(found[0][1]) else []
    return [*head, *(Section(title, (text(*lines),)) for title, lines in found[1:])]


def _signed(signatures: Sequence[Row], sha256: str) -> Section:
    sides = {"buyer": "甲方（采购人）", "provider": "乙方（供应商）"}
    rows = [(sides[s["side"]], s["typed_name"], moment(s["signed_at"])) for s in signatures]
    record = (grid(("签订方", "签名", "签订时间"), rows),) if rows else (text("还没有电子签订。"),)
    return Section("签订", (*record, facts(("全文的 SHA-256", sha256)), Signatures(PARTIES)), "R-TIME-17")


def contract_paper(contract: Row, signatures: Sequence[Row], address: str) -> Paper:
    """合同: the whole text with the record of its signatures."""
    sections = [*_sections_of(contract["terms"]), _signed(signatures, contract["terms_sha256"])]
    signed_on = day(contract["signed_at"]) or day(contract["drawn_up_at"]) or ""
    return replace(_paper(Kind.CONTRACT, contract, signed_on, sections, address), title=_title(contract["terms"]))


def _title(whole: str) -> str:
    """What a text calls itself in its first line: 政府购买服务合同, or 续签合同 for another year."""
    return whole.split("\n", 1)[0].strip() or FORMS[Kind.CONTRACT].title


def public_paper(contract: Row, published: str, hidden: int, signatures: Sequence[Row], address: str) -> Paper:
    """合同（公开文本）: without what identifies a person or was marked; the hash of the whole text stands below."""
    note = text(
        f"本文本隐去 {hidden} 处依法不公开的内容。" if hidden else "本文本没有隐去内容。",
        "全文由采购人、供应商和财政部门保存，可以用下面的 SHA-256 核对。",
    )
    sides = {"buyer": "甲方（采购人）", "provider": "乙方（供应商）"}
    rows = [(sides[s["side"]], moment(s["signed_at"])) for s in signatures]
    end = Section(
        "公开说明",
        (note, grid(("签订方", "签订时间"), rows), facts(("全文的 SHA-256", contract["terms_sha256"]))),
        "R-TIME-18",
    )
    paper = _paper(Kind.PUBLIC, contract, day(contract["published_at"]) or "", [*_sections_of(published), end], address)
    return replace(paper, title=f"{_title(contract['terms'])}（公开文本）")


def amendment_paper(contract: Row, amendment: Row, signatures: Sequence[Row], address: str) -> Paper:
    """补充合同 or 终止书: the text as it was signed."""
    sections = [*_sections_of(amendment["text"]), _signed(signatures, amendment["text_sha256"])]
    issued = day(amendment["decided_at"]) or day(amendment["proposed_at"]) or ""
    return replace(_paper(Kind.AMENDMENT, contract, issued, sections, address), title=_title(amendment["text"]))


@dataclass(frozen=True)
class Filing:
    """What finance asks of a contract besides its text: codes of the budget line, days by rule."""

    codes: Row
    method: str
    listing_reference: str
    credit_code: str
    file_by: str


def _codes(codes: Row) -> Any:
    labels = {
        "project_code": "预算项目代码", "function_code": "功能科目", "economic_code": "经济分类",
        "fund_source": "资金来源", "procurement_plan_number": "采购计划号", "procurement_category": "采购品目",
    }  # fmt: skip
    filed = ("合同备案号", codes["filing_number"] or None)
    return facts(*((label, codes[name] or None) for name, label in labels.items()), filed)


def filing_form(contract: Row, filing: Filing, milestones: Sequence[Row], address: str) -> Paper:
    """合同备案表: the contract in one table for the finance department, within seven working days of signing."""
    amount = contract["amount"]
    nodes = [
        (str(place), m["title"], day(m["due_on"]) or "", money(m["amount"]))
        for place, m in enumerate(milestones, start=1)
    ]
    sections = [
        Section(
            "一、采购项目",
            (
                _project(contract),
                facts(
                    ("供应商的统一社会信用代码", filing.credit_code), ("采购方式", filing.method),
                    ("采购公告编号", filing.listing_reference or None), ("服务项目", contract["item_name"]),
                    ("数量", f"{contract['quantity'].normalize():f} {contract['unit']}"),
                ),
            ),
        ),
        Section("二、预算", (_codes(filing.codes),)),
        Section(
            "三、合同",
            (
                facts(
                    ("合同金额", f"{money(amount)}（大写：{in_capitals(amount)}）"),
                    ("服务期", f"{day(contract['service_from'])}至{day(contract['service_to'])}"),
                    ("签订日期", day(contract["signed_at"])), ("公开日期", day(contract["published_at"])),
                    ("最迟报备案", filing.file_by), ("合同全文的 SHA-256", contract["terms_sha256"]),
                ),
                grid(("序号", "付款节点", "日期", "金额"), nodes, (3,)),
            ),
            "R-TIME-19",
        ),
        Section("四、备案", (facts(("经办人", None), ("财政部门意见", None), ("收到日期", None)),
                             Signatures(("采购人（公章）", "财政部门（备案专用章）"))), "R-TIME-19"),
    ]  # fmt: skip
    return _paper(Kind.FILING, contract, day(contract["signed_at"]) or "", sections, address)


@dataclass(frozen=True)
class Plan:
    """How a contract is accepted: what is gone through, who does it, whom they ask."""

    items: Sequence[str]
    milestones: Sequence[Row]
    members: Sequence[tuple[str, str, str]]
    how: str
    opinions: str
    days: int
    made_on: str


def acceptance_plan(contract: Row, plan: Plan, address: str) -> Paper:
    """履约验收方案: every technical, service and safety item as a list to go through."""
    items = [(str(i), ITEM_KINDS[item_kind(words)], words, "") for i, words in enumerate(plan.items, start=1)]
    nodes = [
        (m["title"], day(m["due_on"]) or "", m["evidence"] or "服务记录")
        for m in plan.milestones
        if not m["is_advance"]
    ]
    group = (
        (grid(("姓名", "单位", "身份"), plan.members),)
        if plan.members
        else (text("验收小组由采购人另行指定，采购公告的经办人和审核人不参加验收。"),)
    )
    when = (
        text(f"供应商申请验收之日起 {plan.days} 个工作日内验收，或者一次写明要整改什么、什么时候改好。"),
        grid(("付款节点", "日期", "凭据"), nodes),
    )
    what = (
        text("逐项核对，全部达到要求才验收合格；扣减只按采购公告列明的情形。"),
        grid(("序号", "类别", "要求", "核对"), items),
    )
    how = plan.how or "查阅服务记录、档案和凭据，按月核对审核过的服务时数，必要时上门核实。"
    result = (
        "验收结果在平台公开。部分有争议的，没有争议的部分先验收、先付款；"
        "采购人逾期不验收的，付款期限照常起算。"
    )
    sections = [
        Section("一、项目", (_project(contract),)),
        Section("二、验收的时间", when, "R-ACC-04"),
        Section("三、验收的内容和标准", what, "R-ACC-01"),
        Section("四、验收小组", (*group, text("其他供应商或者第三方可以参加验收，意见存档。")), "R-ACC-02"),
        Section("五、怎样验收", (text(how),)),
        Section("六、服务对象的意见", (text(plan.opinions),), "R-ACC-01"),
        Section("七、结果", (text(result), Signatures(("采购人（公章）",))), "R-PAY-02"),
    ]
    return _paper(Kind.PLAN, contract, plan.made_on, sections, address)


@dataclass(frozen=True)
class Certificate:
    """An acceptance with everything in it."""

    acceptance: Row
    milestone: Row
    items: Sequence[Row]
    months: Sequence[Row]
    deductions: Sequence[Row]
    members: Sequence[tuple[str, str, str]]
    counted: str
    # item, name and hash of what proves the work; empty for readers who may not see it
    evidence: Sequence[tuple[str, str, str]] = ()


def acceptance_certificate(contract: Row, found: Certificate, address: str) -> Paper:
    """履约验收书: every requirement with its finding, hours, opinions, deductions, amount."""
    a = found.acceptance
    items = [
        (
            str(i["position"]), ITEM_KINDS[item_kind(i["requirement"])], i["requirement"], FINDINGS[i["finding"]],
            i["note"],
        )
        for i in found.items
    ]
    hours = [
        (f"{m['month'].year}年{m['month'].month}月", _hours(m["own_minutes"] + m["adjustment_minutes"]))
        for m in found.months
    ]
    minus = [
        (d["condition"], f"{d['percent'].normalize():f}%", str(d["times"]), d["proof"], money(d["amount"]))
        for d in found.deductions
    ]
    members = (grid(("姓名", "单位", "身份"), found.members),) if found.members else ()
    sections = [
        Section("项目", (_project(contract), facts(
            ("付款节点", found.milestone["title"]), ("验收书编号", a["reference"]),
        ))),
        Section("逐项履行情况", (grid(("序号", "类别", "要求", "履行情况", "说明"), items),), "R-ACC-01"),
        *([Section("审核过的服务时数", (grid(("月份", "时数"), hours, (1,)),), "R-HOUR-05")] if hours else []),
        *([Section("验收材料", (grid(("项目", "材料", "SHA-256"), found.evidence),))] if found.evidence else []),
        Section("服务对象的意见", (text(*([found.counted] if found.counted else []), a["opinions"]),), "R-ACC-01"),
        *([Section("扣减", (grid(("情形", "比例", "次数", "依据", "金额"), minus, (4,)),))] if minus else []),
        Section(
            "验收结论",
            (
                text("验收合格。" + (a["remarks"] or "")),
                facts(("验收金额", f"{money(a['amount'])}（大写：{in_capitals(a['amount'])}）"),
                      ("验收人", a["accepted_by_name"]), ("验收时间", moment(a["accepted_at"]))),
                *members,
                Signatures(("验收小组成员", "采购人（公章）", "供应商（公章）")),
            ),
            "R-ACC-02",
        ),
    ]  # fmt: skip
    told = [replace(each, heading=f"{ordinal(i)}{each.heading}") for i, each in enumerate(sections, start=1)]
    return _paper(Kind.CERTIFICATE, contract, day(a["accepted_at"]) or "", told, address)


def _hours(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}"


@dataclass(frozen=True)
class PaymentRequest:
    """An invoice on its way to be paid. `account`: the number masked; yuan."""

    invoice: Row
    codes: Row
    account: str
    paid_before: Decimal
    due: str
    # who of the buyer agreed in the system: capacity, name, opinion, time
    steps: Sequence[tuple[str, str, str, str]] = ()


def payment_request(contract: Row, request: PaymentRequest, address: str) -> Paper:
    """资金支付申请表: what is asked for, from which money, for which accepted work, and who signs in which order."""
    i = request.invoice
    basis = f"验收书 {i['acceptance_reference']}" if i["acceptance_reference"] else "合同约定的预付款"
    sections = [
        Section("一、合同", (_project(contract), facts(
            ("合同金额", money(contract["amount"])), ("以前已付", money(request.paid_before)),
            ("付款节点", i["milestone_title"]), ("付款依据", basis),
        ))),
        Section("二、申请支付", (facts(
            ("申请金额", f"{money(i['payable'])}（大写：{in_capitals(i['payable'])}）"),
            ("发票金额", money(i["amount"])),
            *((("其中红字冲销和有争议的", money(i["amount"] - i["payable"])),) if i["payable"] != i["amount"] else ()),
            *((("税率和税额", f"{i['tax_rate'].normalize():f}%，{money(i['tax_amount'])}"),)
              if i["tax_rate"] is not None else ()),
            ("发票号码", i["number"]), ("开票日期", day(i["issued_on"])), ("收到发票", day(i["received_at"])),
            ("最迟付款", request.due), ("收款单位", contract["provider_name"]), ("开户银行", i["bank"]),
            ("收款账号", f"{request.account}（完整账号在国库凭证文件里）"),
        ),), "R-PAY-01"),
        Section("三、预算", (_codes(request.codes),)),
        Section("四、审签", (
            text("采购人逐级审签后交财政部门；审核付款的人不是验收的人。"),
            *((grid(("审批", "姓名", "意见", "时间"), request.steps),) if request.steps else ()),
            Signatures(("经办人", "科室负责人", "分管领导", "主要负责人", "采购人（公章）", "财政部门审核")),
        ), "R-ROLE-03"),
    ]  # fmt: skip
    return _paper(Kind.REQUEST, contract, day(i["received_at"]) or "", sections, address)


def handover_list(handover: Row, residents: Sequence[Row], signatures: Sequence[Row], address: str) -> Paper:
    """移交清单: residents by code with who goes on, to be read aloud at the table and signed."""
    outcomes = {"next": "接续的供应商", "town": "镇（街道）", "ended": "不再需要服务"}
    consents = {"given": "同意", "refused": "不同意"}
    rows = [
        (
            r["recipient_code"], r["town_name"], outcomes.get(r["outcome"] or "", r["outcome"] or "还没有落实"),
            consents.get(r["consent"] or "", r["consent"] or ""), day(r["visited_on"]) or "", r["note"],
        )
        for r in residents
    ]
    signed = [(s["office_name"], s["typed_name"], moment(s["signed_at"])) for s in signatures]
    sections = [
        Section("一、合同", (facts(
            ("合同编号", handover["contract_reference"]), ("项目名称", handover["title"]),
            ("采购人", handover["buyer_name"]), ("移交的供应商", handover["outgoing_name"]),
            ("接手的供应商", handover["incoming_name"]), ("服务期至", day(handover["service_to"])),
        ),)),
        Section("二、服务对象（只写代码）", (
            grid(("代码", "镇（街道）", "以后由谁服务", "本人意见", "一起上门的日期", "怎样安排"), rows),
        ), "R-CON-06"),
        Section("三、确认", (
            *((grid(("单位", "签名", "时间"), signed),) if signed else ()),
            *((facts(("清单的 SHA-256", handover["list_sha256"])),) if handover["list_sha256"] else ()),
            Signatures(("移交的供应商", "接手的供应商", "镇（街道）", "采购人")),
        ), "R-CON-06"),
    ]  # fmt: skip
    return Paper(
        "handover-list", "服务对象移交清单", handover["reference"], handover["buyer_name"],
        day(handover["sent_at"] or handover["opened_at"]) or "", tuple(sections), address=address,
    )  # fmt: skip
