"""The quarterly pack of the joint conference as a paper: figures, clocks that ran out, decisions. Pure; Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from catalogue.notices.content import Paper, facts, grid, text
from catalogue.notices.wording import Part, day, numbered
from contracts.visits.rules import hours_words
from marketplace.conference.rules import Quarter, decision_state
from marketplace.kernel.clock import county_day
from marketplace.kernel.formats import moment, money, number
from marketplace.kernel.i18n import N_

Row = Mapping[str, Any]
TITLE = "社会救助联席会议季度材料"
FIGURES: tuple[tuple[str, str, str], ...] = (
    ("listings", N_("发布的采购"), "count"), ("awards", N_("公告的结果"), "count"),
    ("awarded", N_("成交金额"), "money"),
    ("contracts", N_("公布的合同"), "count"), ("minutes", N_("关闭的服务时数（小时）"), "minutes"),
    ("residents", N_("服务过的居民（名）"), "few"), ("paid", N_("付给供应商"), "money"),
    ("cases", N_("登记的个案"), "few"), ("decided", N_("作出决定的个案"), "few"),
    ("evaluations", N_("冻结的评价"), "count"), ("voices", N_("群众的来信"), "count"),
)  # fmt: skip
CLOCKS: tuple[tuple[str, str, str, str], ...] = (
    ("cases", N_("超过期限的个案"), "few", "R-CLOCK-01"), ("orders", N_("超过期限的工单"), "few", "R-ORDER-01"),
    ("payments", N_("逾期的付款"), "count", "R-PAY-04"),
    ("voices", N_("超过期限没有答复的来信"), "count", "R-VOICE-01"),
    ("decisions", N_("超过期限的会议决定"), "count", ""),
)  # fmt: skip


def in_words(counted: Row, key: str, measure: str, least: int) -> str:
    """A figure as everybody may read it: none below `least` residents, not even whether there was one (R-CIV-06)."""
    value = counted[key]
    if measure == "money":
        return money(value)
    if measure == "minutes":
        return "—" if counted["residents"] < least else hours_words(int(value))
    return f"< {least}" if measure == "few" and value < least else number(value)


def pack_paper(  # noqa: PLR0913 - all that stands in it
    quarter: Quarter, counted: Row, late: Row, decisions: Sequence[Row], gaps: Sequence[tuple[str, str]], least: int,
    at: datetime, address: str,
) -> Paper:  # fmt: skip
    """The pack of a quarter as of a moment."""
    today = county_day(at)
    rows = [(label, in_words(counted, key, measure, least)) for key, label, measure in FIGURES]
    clocks = [(label, in_words(late, key, measure, least)) for key, label, measure, _ in CLOCKS]
    decided = [
        (row["reference"], row["words"], row["owner_name"], day(row["due_on"]) or "",
         decision_state(row, today, inside=False)[0], row["outcome"])
        for row in decisions
    ]  # fmt: skip
    parts: list[Part] = [
        ("本季度的数字", [grid(("项目", "数字"), rows, right=(1,))], ""),
        ("到现在已经超过期限的", [
            grid(("项目", "件数"), clocks, right=(1,)), facts(("截至", moment(at, "zh"))),
        ], "R-CLOCK-01"),
        ("有人需要、还没有购买的", [grid(("镇（街道）", "项目"), list(gaps)) if gaps else text("没有。")], ""),
        ("会议决定", [
            grid(("编号", "决定", "由谁办", "最迟办完", "状态", "办得怎样"), decided)
            if decided else text("还没有登记决定。"),
        ], "R-SEED-08"),
    ]  # fmt: skip
    return Paper(
        "conference-pack", TITLE, quarter.name, "金堂县民政局", day(today) or "", numbered(parts),
        preface=(
            f"{quarter.year}年第{'一二三四'[quarter.nth - 1]}季度，由平台上的记录统计。",
            f"少于 {least} 名居民的数字不写明。",
        ),
        address=address,
    )  # fmt: skip
