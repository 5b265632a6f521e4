"""Every entry of the list of 61 that the machine answers for is found, by its number (R-ROLE-10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from catalogue.checks.book import Coverage, all_entries, checks_of
from catalogue.checks.facts import DraftFacts, Factor
from catalogue.checks.fairness import findings
from catalogue.checks.texts import Passage
from catalogue.listings.checks import LineFacts, check_basics, check_scoring
from catalogue.listings.drafts import Basics, CriterionDraft, Scoring
from catalogue.listings.limits import limits_on
from catalogue.listings.reservation import check_reservation
from tests.catalogue.checks.corpus import FAULTS
from tests.catalogue.checks.test_fairness import found_in
from tests.catalogue.checks.test_structure import NEED, a_draft

D = Decimal
DAY = date(2026, 3, 2)
LIMITS = limits_on(DAY)
BASICS = Basics(
    "走访", "consultation", uuid4(), D(505000), date(2026, 5, 1), date(2026, 12, 31), ceiling=D(505000),
    towns=(uuid4(),), reservation_ground="competition",
)  # fmt: skip
LINE = LineFacts("A02", D(600000), uuid4())
BARE = Passage("requirement", "requirement", "协助办理救助事务。")


def written(text: str, part: str = "qualification") -> Passage:
    return Passage(part, part, text)


def weighed(price: str, *, is_fixed: bool = False) -> Scoring:
    rest = CriterionDraft("technical", "方案", D(100) - D(price), "每项 5 分")
    return Scoring((rest,), price_weight=D(price), is_price_fixed=is_fixed)


# what no single text can say: whole drafts in which the entry's fault stands
DRAFTS: dict[int, DraftFacts] = {
    2: a_draft(passages=(BARE,)),
    8: a_draft(passages=(BARE,)),
    10: a_draft(is_reserved=True),
    11: a_draft(deduction=D(0)),
    13: a_draft(written("大型企业应当与中小企业组成联合体参加。")),
    49: a_draft(
        written("提供 1 个同类服务业绩"),
        factors=(Factor("business", "能力", D(20), "同类服务业绩每个得 2 分", "criteria-0-bands"),),
    ),
}

# what is refused when it is saved: field and clause of the refusal
REFUSED: dict[int, list[tuple[str, str | None]]] = {
    5: [
        (m.field, m.clause)
        for m in check_basics(replace(BASICS, budget=D("600000.01"), ceiling=D("600000.02")), LINE, LIMITS, DAY)
    ],
    12: [(m.field, m.clause) for m in check_reservation(replace(BASICS, reservation_ground=""), LIMITS)],
    51: [(m.field, m.clause) for m in check_scoring(weighed("9.99"), "open_tender", LIMITS)],
    52: [
        *((m.field, m.clause) for m in check_scoring(weighed("9.99"), "consultation", LIMITS)),
        *((m.field, m.clause) for m in check_scoring(weighed("30.01"), "consultation", LIMITS)),
    ],
    54: [(m.field, m.clause) for m in check_scoring(weighed("20", is_fixed=True), "consultation", LIMITS)],
}
EXPECTED: dict[int, list[tuple[str, str | None]]] = {
    5: [("budget", "R-GPS-05"), ("ceiling", "R-DOC-03")],
    12: [("reservation_ground", "R-PLAN-01")],
    51: [("price_weight", "R-EVAL-02")],
    52: [("price_weight", "R-EVAL-10")] * 2,
    54: [("price_weight", "R-EVAL-02")],
}
BY_MACHINE = [entry.number for entry in all_entries() if entry.coverage is Coverage.MACHINE]
OF_WORDS = [number for number in BY_MACHINE if number not in DRAFTS and number not in REFUSED]


def test_no_entry_of_the_machine_is_left_out() -> None:
    assert sorted([*OF_WORDS, *DRAFTS, *REFUSED]) == BY_MACHINE


@pytest.mark.parametrize("number", OF_WORDS)
def test_r_role_10_the_words_of_an_entry_are_found_by_its_number(number: int) -> None:
    ids = {check.id for check in checks_of(number)}
    texts = [(part, text) for part, text, names in FAULTS if ids & set(names)]
    assert texts, f"no example of entry {number}"
    for part, text in texts:
        assert number in {n for finding in found_in(part, text) for n in finding.check.numbers}


@pytest.mark.parametrize("number", sorted(DRAFTS))
def test_r_role_10_a_draft_with_the_fault_of_an_entry_is_found_by_its_number(number: int) -> None:
    found = {n for finding in findings(DRAFTS[number]) for n in finding.check.numbers}
    assert number in found and number not in {n for f in findings(a_draft()) for n in f.check.numbers}


@pytest.mark.parametrize("number", sorted(REFUSED))
def test_r_role_10_what_an_entry_forbids_is_refused_when_it_is_saved(number: int) -> None:
    assert REFUSED[number] == EXPECTED[number]
    assert check_basics(BASICS, LINE, LIMITS, DAY) == check_reservation(BASICS, LIMITS) == []
    assert check_scoring(weighed("10"), "open_tender", LIMITS) == check_scoring(weighed("30"), "consultation", LIMITS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("移交前由劳务派遣公司继续派遣人员三个月。", "labour-dispatch"),
        ("交接期间派驻 2 名工作人员坐班。", "headcount"),
        ("分包单位负责低保资格审批。", "government-duty"),
        ("接受移交的供应商应当在金堂县注册。", "location"),
        ("分包单位限于企业法人。", "organisational-form"),
        ("分包单位的注册资本不低于 100 万元。", "scale"),
        ("分包单位须从本县备选库中选取。", "supplier-pool"),
    ],
)
def test_what_the_terms_say_is_checked_like_the_requirement(text: str, expected: str) -> None:
    facts = a_draft(Passage("terms", "handover", text))
    assert expected in [finding.check.id for finding in findings(facts)]


def test_lawful_terms_are_no_fault() -> None:
    handover = "服务期满前 20 个工作日移交名册和档案，逐户说明未办结的事项，由新供应商签收。"
    parts = "印刷宣传材料、翻译可以分包。"
    facts = a_draft(Passage("terms", "handover", handover), Passage("terms", "subcontract_parts", parts))
    assert findings(facts) == [] and facts.passages[0] == NEED
