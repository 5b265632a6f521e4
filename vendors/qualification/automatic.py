"""What the data say of a provider and an item, requirement by requirement, before a person looks. All pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from catalogue.items.rules import LEGAL_FORM_LABELS, NEVER_PROVIDERS, LegalForm
from marketplace.kernel.deadlines import months_later
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.rulebook import number
from vendors.providers.paper_facts import PAPER_RESULTS, grade_ends
from vendors.providers.rules import (
    PAPER_LABELS,
    SOCIAL_ORGANISATIONS,
    CreditFact,
    Day,
    PaperKind,
    credit_exclusion,
    needed_papers,
)


class Outcome(StrEnum):
    """Met, not met, for a person to look at, or shown without weight."""

    MET = "met"
    UNMET = "unmet"
    LOOK = "look"
    SHOWN = "shown"


OUTCOME_LABELS: dict[Outcome, str] = {
    Outcome.MET: N_("符合"), Outcome.UNMET: N_("不符合"), Outcome.LOOK: N_("请人工看"), Outcome.SHOWN: N_("只供参考"),
}  # fmt: skip
OUTCOME_TONES: dict[Outcome, str] = {
    Outcome.MET: "done", Outcome.UNMET: "refused", Outcome.LOOK: "waiting", Outcome.SHOWN: "neutral",
}  # fmt: skip
# what the law decides: no person may find it met against the data
BINDING = frozenset({"legal_form", "credit"})
_LABELS: dict[str, str] = {
    "legal_form": N_("组织形式"), "credit": N_("信用记录"), "inspection": N_("上年度年检"),
    "grade": N_("评估等级"), "age": N_("成立时间"),
}  # fmt: skip
# which requirement a paper shows, where it is not called like the paper
SHOWS: dict[str, str] = {PaperKind.ANNUAL_INSPECTION: "inspection", PaperKind.ASSESSMENT: "grade"}
ORDER: tuple[str, ...] = (
    "legal_form", "credit", "inspection", *(k.value for k in PaperKind if k not in SHOWS), "grade", "age",
)  # fmt: skip


@dataclass(frozen=True)
class Paper:
    """A paper of the file: its identity, last day (None: no end), and what it says."""

    id: UUID
    valid_until: date | None = None
    result: str = ""
    covers_year: int | None = None
    granted_on: date | None = None


@dataclass(frozen=True)
class OwnFacts:
    """What the checks look at; papers by kind, `item_forms` the legal forms the item admits."""

    legal_form: str
    founded_on: date
    item_forms: Collection[str]
    papers: Mapping[str, Paper]
    credit: Sequence[CreditFact] = ()


@dataclass(frozen=True)
class Check:
    """One requirement: what the data say, in a sentence, with its clause and the paper it rests on."""

    requirement: str
    outcome: Outcome
    sentence: Sentence
    clause: str
    paper: UUID | None = None


def requirement_label(requirement: str) -> Sentence:
    """A requirement in words: one of ours, or the kind of a paper."""
    return say(_LABELS[requirement] if requirement in _LABELS else PAPER_LABELS[PaperKind(requirement)])


def automatic_checks(own: OwnFacts, day: date) -> list[Check]:
    """Every requirement in order: what the law decides, the papers, then what is shown without weight."""
    found = [_legal_form(own), _credit(own, day)]
    if LegalForm(own.legal_form) in SOCIAL_ORGANISATIONS:
        found.append(_inspection(own, day))
    needed = [kind for kind in needed_papers(own.legal_form) if kind != PaperKind.ANNUAL_INSPECTION]
    found += [_paper(kind, own.papers.get(kind), day) for kind in needed]
    if LegalForm(own.legal_form) in SOCIAL_ORGANISATIONS:
        found.append(_grade(own, day))
    if young := _young(own, day):
        found.append(young)
    return found


def _legal_form(own: OwnFacts) -> Check:
    """The truth table of item and legal form (R-GPS-03, R-SEED-09)."""
    form = say(LEGAL_FORM_LABELS[LegalForm(own.legal_form)])
    if own.legal_form in NEVER_PROVIDERS:
        words = say(N_("“{form}”不得作为政府购买服务的承接主体"), form=form)
        return Check("legal_form", Outcome.UNMET, words, "R-GPS-03")
    if own.legal_form == LegalForm.PUBLIC_INSTITUTION_PENDING and own.legal_form in own.item_forms:
        words = say(N_("类别尚未确定，请看机构编制部门的意见函"))
        paper = own.papers.get(PaperKind.CLASS_LETTER)
        return Check("legal_form", Outcome.LOOK, words, "R-SEED-09", paper.id if paper else None)
    if own.legal_form not in own.item_forms:
        return Check("legal_form", Outcome.UNMET, say(N_("这个项目的承接主体不包括“{form}”"), form=form), "R-SEED-09")
    return Check("legal_form", Outcome.MET, say(N_("这个项目的承接主体包括“{form}”"), form=form), "R-SEED-09")


def _credit(own: OwnFacts, day: date) -> Check:
    barring = [entry for entry in own.credit if entry.starts_on <= day <= entry.ends_on]
    if not barring:
        return Check("credit", Outcome.MET, say(N_("没有处在期间内的信用记录")), "R-CRED-01")
    exclusion = credit_exclusion(barring[0])
    return Check("credit", Outcome.UNMET, exclusion.sentence, exclusion.clause)


def _inspection(own: OwnFacts, day: date) -> Check:
    """The inspection of last year; a body founded in it or later has none yet (R-CIV-05)."""
    year, paper = day.year - 1, own.papers.get(PaperKind.ANNUAL_INSPECTION)
    if own.founded_on.year >= year:
        words = say(N_("{year} 年成立，还没有 {last} 年度的年检，不因此扣减"), year=own.founded_on.year, last=year)
        return Check("inspection", Outcome.MET, words, "R-CIV-05", paper.id if paper else None)
    if paper is None:
        return Check("inspection", Outcome.UNMET, say(N_("没有上传 {year} 年度的年检结论"), year=year), "R-CIV-05")
    result = PAPER_RESULTS[PaperKind.ANNUAL_INSPECTION].get(paper.result)
    if paper.covers_year != year or result is None:
        words = say(N_("上传的是 {had} 年度的结论，要看的是 {year} 年度"), had=paper.covers_year or "-", year=year)
        return Check("inspection", Outcome.LOOK, words, "R-CIV-05", paper.id)
    outcome = {"passed": Outcome.MET, "failed": Outcome.UNMET}.get(paper.result, Outcome.LOOK)
    words = say(N_("{year} 年度{result}"), year=year, result=say(result))
    return Check("inspection", outcome, words, "R-CIV-05", paper.id)


def _paper(kind: PaperKind, paper: Paper | None, day: date) -> Check:
    if paper is None:
        return Check(kind.value, Outcome.UNMET, say(N_("没有上传")), "R-ROLE-09")
    if paper.valid_until is None:
        return Check(kind.value, Outcome.MET, say(N_("长期有效")), "R-ROLE-09", paper.id)
    if paper.valid_until < day:
        words = say(N_("{day}已经过期"), day=Day(paper.valid_until))
        return Check(kind.value, Outcome.UNMET, words, "R-ROLE-09", paper.id)
    words = say(N_("有效期至{day}"), day=Day(paper.valid_until))
    return Check(kind.value, Outcome.MET, words, "R-ROLE-09", paper.id)


def _grade(own: OwnFacts, day: date) -> Check:
    """A grade holds five years, half-open; it is shown and never scored (R-CIV-04)."""
    paper = own.papers.get(PaperKind.ASSESSMENT)
    if paper is None or paper.granted_on is None:
        return Check("grade", Outcome.SHOWN, say(N_("没有评估等级，不影响结果")), "R-CIV-04")
    ends = grade_ends(paper.granted_on)
    words = N_("{grade}，{day}以前有效，不计分") if paper.granted_on <= day < ends else N_("{grade}，{day}起已经失效")
    return Check("grade", Outcome.SHOWN, say(words, grade=paper.result, day=Day(ends)), "R-CIV-04", paper.id)


def _young(own: OwnFacts, day: date) -> Check | None:
    """A body under three years is not marked down for its age (R-CIV-03)."""
    years = int(number("R-CIV-03/young", day))
    if LegalForm(own.legal_form) not in SOCIAL_ORGANISATIONS or months_later(own.founded_on, 12 * years) <= day:
        return None
    return Check("age", Outcome.SHOWN, say(N_("成立不满 {years} 年，不影响结果"), years=years), "R-CIV-03")
