"""A provider's record on paper, as of a moment: registration, contracts, evaluations, credit; all of it public."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalogue.items.rules import CATEGORY_LABELS, LEGAL_FORM_LABELS
from catalogue.listings.rules import GRADE_LABELS
from catalogue.notices.content import Block, Paper, facts, grid, text
from catalogue.notices.sources import in_language
from catalogue.notices.wording import Part, day, moment, numbered
from contracts.agreements.rules import CONTRACT_LABELS
from marketplace.kernel import formats
from marketplace.kernel.i18n import N_, current_language, say
from marketplace.kernel.i18n import translate as _
from vendors.credit.rules import GROUND_LABELS
from vendors.providers.paper_facts import Grade
from vendors.providers.rules import CREDIT_LABELS, Exclusion

Row = Mapping[str, Any]
PRINTED = N_("本证明按打印时刻平台上公开的内容生成，以扫码打开的网页为准。")
NO_CONDITION = N_("它不是参加采购的条件，也不代替任何项目的资格审查。")


@dataclass(frozen=True)
class Record:
    """What is public about a provider at `at`; `over_all` counts every contract, `contracts` are the newest of them."""

    provider: Row
    at: datetime
    exclusions: Sequence[Exclusion]
    contracts: Sequence[Row]
    over_all: Row
    standing: Sequence[Row]
    entries: Sequence[Row]
    address: str
    former: Sequence[Row] = ()
    held: Sequence[Row] = ()
    grade: Grade | None = None


def record_paper(record: Record) -> Paper:
    """供应商档案证明 in the reader's language: attests to what is registered, qualifies for nothing (R-QUAL-01)."""
    parts: list[Part] = [
        (_("登记事项"), [_registered(record.provider, record.former, record.grade)], ""),
        (_("法定排除情形"), [_excluded(record.exclusions)], "R-GPS-03"),
        (_("预检"), [_checked(record.held)], "R-QUAL-01"),
        (_("在本平台签订的合同"), _contracts(record), ""),
        (_("履约评价"), _standing(record.standing), "R-PERF-08"),
        (_("信用记录"), _credit(record.entries), "R-CRED-01"),
        (_("说明"), [text(_(PRINTED), _(NO_CONDITION))], ""),
    ]  # fmt: skip
    preface = say(
        N_("截至 {at}，{name}在本平台的登记和履约情况如下："), at=moment(record.at), name=_name(record.provider)
    )
    return Paper(
        kind="provider_record", title=_("供应商档案证明"), number=record.provider["reference"],
        issuer=_("金堂县社会救助服务采购"), issued_on=day(record.at) or "", sections=numbered(parts),
        preface=(str(preface),), language=current_language.get(), address=record.address,
    )  # fmt: skip


def _name(row: Row, field: str = "name") -> str:
    return in_language(row, field)


def _registered(provider: Row, former: Sequence[Row], grade: Grade | None) -> Block:
    return facts(
        (_("名称"), _name(provider)),
        *((_("曾用名"), former_words(row)) for row in former if row["name"] != provider["name"]),
        (_("组织形式"), _(LEGAL_FORM_LABELS[provider["legal_form"]])),
        (_("统一社会信用代码"), provider["credit_code"]),
        (_("法定代表人"), provider["legal_representative"] or None),
        (_("住所"), provider["address"] or None),
        (_("成立日期"), day(provider["founded_on"])),
        (_("登记日期"), day(provider["registered_at"])),
        (_("评估等级"), f"{grade.name} · {_('失效日期')} {day(grade.ends_on)}" if grade else None),
    )


def former_words(row: Row) -> str:
    """An earlier name and the day it ended."""
    return str(say(N_("{name}，{day}变更"), name=_name(row), day=day(row["until"])))


def _excluded(exclusions: Sequence[Exclusion]) -> Block:
    return text(*(str(each.sentence) for each in exclusions)) if exclusions else text(_("没有。"))


def _checked(held: Sequence[Row]) -> Block:
    if not held:
        return text(_("没有有效的预检。"))
    return grid(
        (_("目录项目"), _("预检通过"), _("失效日期")),
        [
            (f"{row['item_code']} {_name(row, 'item_name') if row['item_name'] else ''}", day(row["valid_from"]) or "",
             day(row["valid_until"]) or "")
            for row in held
        ],
    )  # fmt: skip


def _contracts(record: Record) -> list[Block]:
    if not record.contracts:
        return [text(_("还没有公开的合同。"))]
    table = grid(
        (_("合同"), _("采购人"), _("服务期"), _("合同金额"), _("已付")),
        [
            (
                f"{row['reference']} {_name(row, 'title')} · {_(CONTRACT_LABELS[row['status']][0])}",
                _name(row, "buyer_name"), f"{day(row['service_from'])} – {day(row['service_to'])}",
                formats.money(row["amount"]), formats.money(row["paid"]),
            )
            for row in record.contracts
        ],
        right=(3, 4),
    )  # fmt: skip
    total = say(
        N_("共 {count} 份，合同金额 {amount}，已付 {paid}。"), count=record.over_all["count"],
        amount=formats.money(record.over_all["amount"]), paid=formats.money(record.over_all["paid"]),
    )  # fmt: skip
    shown = say(N_("上表是最近的 {count} 份。"), count=len(record.contracts))
    is_cut = record.over_all["count"] > len(record.contracts)
    return [table, text(str(total), str(shown) if is_cut else "")]


def _standing(rows: Sequence[Row]) -> list[Block]:
    if not rows:
        return [text(_("还没有履约评价。没有记录不扣分，评审时按公告印明的中性档计。"))]
    columns = (_("评价"), _("合同编号"), _("项目类别"), _("评价等级"), _("得分"), _("计入期间"))
    found = [
        (
            row["evaluation_reference"], row["contract_reference"], _(CATEGORY_LABELS[row["category"]]),
            _(GRADE_LABELS[row["grade"]]), formats.number(row["score"]),
            f"{day(row['counts_from'])} – {day(row['counts_until'])}",
        )
        for row in rows
    ]  # fmt: skip
    return [grid(columns, found, right=(4,))]


def _credit(entries: Sequence[Row]) -> list[Block]:
    if not entries:
        return [text(_("没有登记在案的处理决定。"))]
    columns = (_("种类"), _("文号"), _("事由"), _("期间"))
    found = [
        (_(CREDIT_LABELS[row["kind"]]), row["document_number"], row["reason"], f"{_period(row)}{_removed(row)}")
        for row in entries
    ]
    return [grid(columns, found)]


def _period(row: Row) -> str:
    return f"{day(row['starts_on'])} – {day(row['ends_on'])}"


def _removed(row: Row) -> str:
    if not row["ground"]:
        return ""
    words = N_("；{on} 移出：{ground}（{document}）")
    return str(
        say(
            words, on=day(row["effective_on"]), ground=_(GROUND_LABELS[row["ground"]]), document=row["removal_document"]
        )
    )
