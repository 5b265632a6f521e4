"""`marketplace deadline RULE-ID FROM`: count a date by the rulebook, without database or server."""

from __future__ import annotations

import sys
from datetime import date, datetime

from marketplace.kernel.calendar import county_calendar
from marketplace.kernel.deadlines import Deadline, compute, county_date, period_row
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.rulebook import RuleNotInForce, rule

USAGE = N_("用法：marketplace deadline 规则编号 起算日，例如 marketplace deadline R-SEED-01 2026-03-02")


def main(argv: list[str]) -> int:
    """Print the date on the first line, then how it was counted. 0 done, 2 refused, 3 past the announced years."""
    if len(argv) != 2:
        print(say(USAGE), file=sys.stderr)
        return 2
    rule_id, written = argv[0].strip(), argv[1].strip()
    start = read_start(written)
    if start is None:
        words = N_("看不懂起算日“{written}”。请写成 2026-03-02 或 2026-03-02T17:00。")
        print(say(words, written=written), file=sys.stderr)
        return 2
    try:
        deadline = compute(rule_id, start, on=first_day_in_force(rule_id, county_date(start)))
    except DomainError as refusal:
        print(refusal.sentence, file=sys.stderr)
        return 2
    print(deadline.date.isoformat())
    for line in explain(deadline):
        print(line)
    return 3 if deadline.provisional else 0


def read_start(written: str) -> date | datetime | None:
    """An ISO date or time; None where it is neither. A time without a zone is county time."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        pass
    try:
        start = datetime.fromisoformat(written)
        county_date(start)
    except (ValueError, OverflowError):
        return None
    return start


def first_day_in_force(key: str, day: date) -> date:
    """The day itself, or the rule's first day where the count starts before it; refuses what has no period."""
    try:
        period_row(key, day)
    except RuleNotInForce:
        part = key.partition("/")[2] or None
        day = min(each.effective_from for each in rule(key.partition("/")[0]).rows if each.part == part)
        period_row(key, day)
    return day


def explain(deadline: Deadline) -> list[Sentence]:
    """The lines below the date: the unrolled safe date, the steps, and the clause with its confidence."""
    line, found = deadline.row, rule(deadline.row.rule_id)
    words = N_("未顺延的日期：{date}") if line.direction == "minimum" else N_("未顺延的稳妥日期：{date}")
    lines = [say(words, date=deadline.safe_date.isoformat())]
    if deadline.moment:
        lines.append(say(N_("准确时刻：{moment}"), moment=f"{deadline.moment:%Y-%m-%d %H:%M} Asia/Shanghai"))
    if deadline.provisional:
        last = max(county_calendar().announced_years)
        lines.append(say(N_("暂定：放假安排只公布到 {year} 年。"), year=last))
    lines += [say("{number}. {step}", number=place, step=step) for place, step in enumerate(deadline.steps, start=1)]
    lines.append(say("{key} {title}", key=line.key, title=found.title))
    lines.append(say("{text}", text=found.text))
    mark = say(N_("未经确认")) if line.unconfirmed else say(N_("已有依据"))
    lines.append(
        say(N_("依据：{citation}（可信度 {level}，{mark}）"), citation=line.citation, level=line.confidence, mark=mark)
    )
    return lines
