"""What some papers say beyond their last day: the conclusion of an annual inspection, a grade and its day. All pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from marketplace.kernel.deadlines import months_later
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.rulebook import number
from vendors.providers.rules import PaperKind

# what a conclusion of the annual inspection and a grade of the assessment can be (R-CIV-04)
PAPER_RESULTS: dict[PaperKind, dict[str, str]] = {
    PaperKind.ANNUAL_INSPECTION: {"passed": N_("合格"), "basic": N_("基本合格"), "failed": N_("不合格")},
    PaperKind.ASSESSMENT: {grade: grade for grade in ("5A", "4A", "3A", "2A", "1A")},
}


@dataclass(frozen=True)
class PaperFacts:
    """What a paper says beyond its last day: the conclusion and year of an inspection, the grade and day of one."""

    result: str = ""
    covers_year: int | None = None
    granted_on: date | None = None


@dataclass(frozen=True)
class Grade:
    """An assessment grade that holds: 5A to 1A, and the first day on which it holds no longer."""

    name: str
    ends_on: date


def paper_facts_mistakes(kind: str, facts: PaperFacts, today: date) -> dict[str, Sentence]:
    """What is missing or wrong in the facts of a paper, by field; papers of other kinds have none."""
    results = PAPER_RESULTS.get(PaperKind(kind))
    if results is None:
        return {}
    found: dict[str, Sentence] = {}
    if facts.result not in results:
        words = N_("请选年检结论。") if kind == PaperKind.ANNUAL_INSPECTION else N_("请选评估等级。")
        found["result"] = say(words)
    if kind == PaperKind.ANNUAL_INSPECTION and facts.covers_year is None:
        found["covers_year"] = say(N_("请填这份结论是哪一年度的年检。"))
    elif kind == PaperKind.ANNUAL_INSPECTION and facts.covers_year and facts.covers_year > today.year:
        found["covers_year"] = say(N_("年检年度不能晚于今年。请核对。"))
    if kind == PaperKind.ASSESSMENT and facts.granted_on is None:
        found["granted_on"] = say(N_("请填评定日期；等级从这一天起 5 年有效。"))
    elif kind == PaperKind.ASSESSMENT and facts.granted_on and facts.granted_on > today:
        found["granted_on"] = say(N_("评定日期不能晚于今天。请核对。"))
    return found


def facts_of_kind(kind: str, typed: PaperFacts) -> PaperFacts:
    """What was typed, as far as papers of this kind say it."""
    if kind == PaperKind.ANNUAL_INSPECTION:
        return PaperFacts(typed.result, typed.covers_year)
    return PaperFacts(typed.result, granted_on=typed.granted_on) if kind == PaperKind.ASSESSMENT else PaperFacts()


def grade_ends(granted_on: date) -> date:
    """The first day on which a grade counts no longer: granted on it plus five years, half-open (R-CIV-04)."""
    return months_later(granted_on, 12 * int(number("R-CIV-04/valid", granted_on)))


def grade_on(result: str, granted_on: date | None, day: date) -> Grade | None:
    """The grade as it holds on a day; None before it was granted and from its end on (R-CIV-04)."""
    if not result or granted_on is None or not granted_on <= day < (ends := grade_ends(granted_on)):
        return None
    return Grade(result, ends)


def granted_after(day: date) -> date:
    """Grades granted after this day hold on `day`, those of this day or before have ended (R-CIV-04)."""
    return months_later(day, -12 * int(number("R-CIV-04/valid", day)))
