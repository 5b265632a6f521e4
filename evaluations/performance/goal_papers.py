"""The county's forms of the chain: declaration of goals, watching, self-evaluation, evaluation. Chinese. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from catalogue.listings.indicators import GROUP_WORDS
from catalogue.notices.content import Block, Paper, Signatures, facts, grid, text
from catalogue.notices.wording import Part, day, numbered
from evaluations.performance.goal_rules import OUTLOOK_WORDS
from evaluations.performance.rules import GRADE_WORDS
from marketplace.kernel.i18n import N_, translate

Row = Mapping[str, Any]
TITLES: dict[str, str] = {
    "declaration": N_("项目绩效目标申报表"),
    "watching": N_("绩效运行监控表"),
    "self-evaluation": N_("项目支出绩效自评表"),
    "evaluation": N_("绩效评价表"),
}
# from which state on a paper has something to say
FROM: dict[str, frozenset[str]] = {
    "declaration": frozenset({"declared", "reported", "evaluated", "frozen"}),
    "watching": frozenset({"declared", "reported", "evaluated", "frozen"}),
    "self-evaluation": frozenset({"reported", "evaluated", "frozen"}),
    "evaluation": frozenset({"evaluated", "frozen"}),
}


def papers_of(status: str) -> list[str]:
    """The papers that goals in this state have."""
    return [name for name in TITLES if status in FROM[name]]


def goal_paper(name: str, goal: Row, address: str) -> Paper:
    """One form, filled in from what is recorded."""
    tables: dict[str, Callable[[Row], list[Block]]] = {
        "declaration": _declared, "watching": _watched, "self-evaluation": _reported, "evaluation": _evaluated,
    }  # fmt: skip
    parts: list[Part] = [
        ("基本情况", [_about(goal)], ""),
        ("总体目标", [text(goal["aim"])], ""),
        ("绩效指标", tables[name](goal), "R-PERF-03"),
    ]
    if name == "self-evaluation" and goal["self_words"]:
        parts.append(("自评说明", [text(goal["self_words"])], ""))
    if name == "evaluation" and goal["answer"]:
        parts.append(("单位的回应", [text(goal["answer"])], ""))
    parts.append(("签章", [Signatures(("填报单位", "主管部门"))], ""))
    on = {"declaration": "declared_at", "watching": "declared_at", "self-evaluation": "reported_at"}
    return Paper(
        kind=f"goal_{name}", title=TITLES[name], number=goal["reference"], issuer=goal["unit"],
        issued_on=day(goal[on.get(name, "evaluated_at")]) or "", sections=numbered(parts), address=address,
    )  # fmt: skip


def _about(goal: Row) -> Block:
    return facts(
        ("项目或者单位", goal["title"]), ("填报单位", goal["unit"]), ("年度", f"{goal['year']} 年"),
        ("预算编号", goal["line_reference"] or "单位整体"), ("自评得分", _points(goal["self_score"])),
        ("评价得分和等级", f"{_points(goal['score'])} {translate(GRADE_WORDS[goal['grade']], 'zh')}"
         if goal["grade"] else None),
    )  # fmt: skip


def _points(value: Any) -> str | None:
    return None if value is None else f"{value.normalize():f} 分"


def _of(line: Row, value: Any) -> str:
    return "" if value is None else f"{value.normalize():f}{line['unit']}"


def _target(line: Row) -> str:
    return f"{'≤' if line['is_at_most'] else '≥'}{_of(line, line['target'])}"


def _begin(line: Row) -> tuple[str, str, str]:
    return translate(GROUP_WORDS[line["group"]], "zh"), line["title"], _target(line)


def _declared(goal: Row) -> list[Block]:
    rows = [(*_begin(line), f"{line['weight'].normalize():f}") for line in goal["lines"]]
    return [_table(("类别", "指标", "目标值", "分值"), rows, 3)]


def _watched(goal: Row) -> list[Block]:
    if not goal["readings"]:
        return [text("还没有监控记录。"), *_declared(goal)]
    lines = {line["id"]: line for line in goal["lines"]}
    rows = [
        (
            day(each["read_on"]) or "", each["title"], _target(lines[each["line"]]),
            _of(lines[each["line"]], each["value"]), translate(OUTLOOK_WORDS[each["outlook"]], "zh"), each["words"],
        )
        for each in goal["readings"]
    ]  # fmt: skip
    return [_table(("日期", "指标", "目标值", "完成值", "全年能否完成", "原因和措施"), rows, 3)]


def _reported(goal: Row) -> list[Block]:
    rows = [
        (*_begin(x), _of(x, x["self_actual"]), f"{x['weight'].normalize():f}", f"{x['self_points']:f}", x["self_words"])
        for x in goal["lines"]
    ]
    return [_table(("类别", "指标", "目标值", "完成值", "分值", "得分", "原因和改进"), rows, 5)]


def _evaluated(goal: Row) -> list[Block]:
    rows = [
        (*_begin(x), f"{x['self_points']:f}", _of(x, x["actual"]), f"{x['weight'].normalize():f}",
         f"{x['points']:f}", x["words"])
        for x in goal["lines"]
    ]  # fmt: skip
    return [_table(("类别", "指标", "目标值", "自评得分", "核实的完成值", "分值", "评价得分", "依据"), rows, 6)]


def _table(columns: Sequence[str], rows: Sequence[tuple[str, ...]], right: int) -> Block:
    return grid(tuple(columns), rows, right=(right,))
