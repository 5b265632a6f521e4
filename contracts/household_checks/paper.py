"""社会救助家庭状况调查表: the form that goes along and is signed there; names are filled in by hand. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalogue.notices.content import Paper, Section, Signatures, facts, grid, text
from catalogue.notices.wording import day
from contracts.cases.rules import HELP_LABELS, RECIPIENT_LABELS
from contracts.household_checks.rules import (
    CONCLUSION_LABELS,
    ITEM_LABELS,
    MET_LABELS,
    OTHER,
    RULE_CHECK,
    CheckStatus,
)

TITLE = "社会救助家庭状况调查表"
PARTIES = ("核查人员（签名）", "核查人员（签名）", "申请人或者家庭成员（签名）", "村（社区）见证人（签名）")


def check_paper(check: Mapping[str, Any], address: str) -> Paper:
    """The form, blank before the visit and filled in once the result is recorded; it says no name of a resident."""
    is_done = check["status"] == CheckStatus.DONE
    about = facts(
        ("调查表编号", check["reference"]), ("个案编号", check["case_reference"]), ("服务对象代码", check["code"]),
        ("申请人姓名（手写，不录入系统）", None), ("申请的救助", HELP_LABELS[check["help_kind"]]),
        ("对象类别", RECIPIENT_LABELS[check["recipient_kind"]]), ("村（社区）", check["village"]),
        ("入户日期", day(check["visited_on"]) if is_done else None),
        ("见到谁", MET_LABELS[check["met"]] if is_done else None),
    )  # fmt: skip
    people = grid(("核查人员", "单位"), [(each["name"], each["unit"]) for each in check["people"]])
    asked = [
        (each["asked"] if each["item"] == OTHER else ITEM_LABELS[each["item"]], each["finding"] or "　")
        for each in check["items_asked"]
    ]
    neighbours = facts(
        ("访问户数", str(check["neighbours"]) if is_done else None),
        ("听到的情况", check["neighbours_note"] or ("没有访问" if is_done else None)),
    )
    review = facts(
        ("评议日期", day(check["review_on"]) if check["review_on"] else None),
        ("到场人数", str(check["review_present"]) if check["review_on"] else None),
        ("评议意见", check["review_note"] or ("没有评议" if is_done else None)),
    )
    result = facts(
        ("核查结果", CONCLUSION_LABELS[check["conclusion"]] if is_done else None),
        ("说明", check["conclusion_note"] or None),
    )
    note = text(
        "只问本表所列事项。残疾证、学籍证明、车辆信息、房产证、工商登记、公积金、税务、社保等可以核对的，不得要申请人提供。",
        "核查结果供审核参考，不代替救助决定。",
    )
    sections = (
        Section("基本情况", (about,)), Section("核查人员", (people,), RULE_CHECK),
        Section("入户调查", (note, grid(("问的事项", "看到、听到的情况"), asked)), RULE_CHECK),
        Section("邻里访问（需要时）", (neighbours,)), Section("群众评议（需要时）", (review,)),
        Section("核查结果", (result, Signatures(PARTIES))),
    )  # fmt: skip
    return Paper(
        "household-check", TITLE, check["reference"], check["town_name"],
        (day(check["visited_on"]) if is_done else "") or "", sections, address=address,
    )  # fmt: skip
