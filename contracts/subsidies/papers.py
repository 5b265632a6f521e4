"""补贴申请表 of one line and 发放花名册 of a run, filled from what is recorded; blanks are ruled. Pure.

They are Chinese whatever the page around them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from catalogue.notices.content import Paper, Section, Signatures, facts, grid, text
from catalogue.notices.wording import day
from contracts.subsidies.rules import LEVEL_LABELS
from contracts.subsidies.scheme_rules import KIND_LABELS, SchemeKind
from contracts.visits.rules import hours_words
from marketplace.kernel.capitals import in_capitals
from marketplace.kernel.formats import money

Row = Mapping[str, Any]
APPLICANTS = ("申请人（签字）", "用人单位（盖章）", "镇（街道）（盖章）", "县民政局（盖章）")
# in a narrow column
SHORT = {**LEVEL_LABELS, "assistant": "初级", "intermediate": "中级", "senior": "高级"}
PAYERS = ("制表人", "县民政局（盖章）", "县财政局（盖章）")


def _month(line: Row) -> str:
    return f"{line['month'].year}年{line['month'].month}月"


def application_paper(line: Row, address: str) -> Paper:
    """补贴申请表: the person, the certificate, what was proved, each condition, the amount in capitals."""
    conditions = [(each["sentence"].text("zh"), "满足" if each["is_met"] else "不满足") for each in line["conditions"]]
    amount = line["amount"]
    sections = (
        Section("一、申请人", (facts(
            ("姓名", line["name"]), ("工作单位", line["employer"]), ("等级", LEVEL_LABELS[line["level"]]),
            ("证书登记日期", day(line["registered_on"])), ("证书有效期至", day(line["certificate_until"])),
            ("联系电话", None), ("银行账号", None),
        ),)),
        Section("二、申请的补贴", (facts(
            ("补贴种类", KIND_LABELS[SchemeKind(line["scheme_kind"])]), ("补贴办法", line["scheme_name"]),
            ("文号", line["document_number"] or None), ("月份", _month(line)),
            ("已审核关闭的服务", hours_words(line["minutes"])), ("会签的在岗证明", hours_words(line["duty_minutes"])),
            ("金额", f"{money(amount)}（大写：{in_capitals(abs(amount))}）"),
        ), text(line["why"].text("zh"))), "R-SOCW-06"),
        Section("三、逐项核对", (grid(("条件", "结果"), conditions),), "R-SOCW-05"),
        Section("四、签字盖章", (Signatures(APPLICANTS),)),
    )  # fmt: skip
    title, issuer = "社会工作者补贴申请表", line["office"]
    return Paper("subsidy-application", title, line["run_reference"], issuer, "", sections, address=address)


def roster_paper(run: Row, lines: Sequence[Row], address: str) -> Paper:
    """发放花名册: one row a person with own amount, what was adjusted, what is paid, and a blank to sign."""
    people: dict[str, list[Row]] = {}
    for line in lines:
        people.setdefault(line["worker_key"], []).append(line)
    rows, total = [], Decimal("0.00")
    for own in people.values():
        paid = sum((each["amount"] for each in own), Decimal("0.00"))
        if paid <= 0:
            continue
        total += paid
        rows.append(_roster_row(len(rows) + 1, own, paid))
    head = facts(
        ("补贴办法", run["scheme_name"]), ("文号", run["document_number"] or None),
        ("补贴种类", KIND_LABELS[SchemeKind(run["scheme_kind"])]), ("月份", _period(run)), ("人数", str(len(rows))),
        ("合计", f"{money(total)}（大写：{in_capitals(total)}）"),
    )  # fmt: skip
    columns = ("序号", "姓名", "单位", "等级", "时数", "本次应发", "补发扣回", "实发", "签收")
    sections = (
        Section("一、发放依据", (head,), "R-SOCW-06"),
        Section("二、名单", (grid(columns, rows, right=(4, 5, 6, 7)),), "R-SOCW-05"),
        Section("三、签字盖章", (Signatures(PAYERS), facts(("明细的 SHA-256", run["lines_sha256"])))),
    )
    issued = day(run["approved_at"] or run["run_at"]) or ""
    title, issuer = "社会工作者补贴发放花名册", run["office"]
    return Paper("subsidy-roster", title, run["reference"], issuer, issued, sections, address=address)


def _roster_row(number: int, own: Sequence[Row], paid: Decimal) -> tuple[str, ...]:
    adjusted = sum((each["amount"] for each in own if each["kind"] == "adjustment"), Decimal("0.00"))
    first = next((each for each in own if each["kind"] == "own"), own[0])
    minutes = sum(max(each["minutes"], each["duty_minutes"]) for each in own if each["kind"] == "own")
    return (
        str(number), first["name"], first["employer"], SHORT[first["level"]], hours_words(minutes),
        f"{paid - adjusted:.2f}", f"{adjusted:.2f}", f"{paid:.2f}", "",
    )  # fmt: skip


def _period(run: Row) -> str:
    begins = f"{run['month'].year}年{run['month'].month}月"
    return f"{begins}起一个季度" if run["months"] == 3 else begins
