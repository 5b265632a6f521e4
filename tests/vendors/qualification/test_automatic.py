"""What the data say of a provider and an item."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from catalogue.items.rules import ELIGIBLE_LEGAL_FORMS, LegalForm
from marketplace.kernel.errors import DomainError, Forbidden
from vendors.providers.rules import CreditFact, needed_papers
from vendors.qualification.automatic import BINDING, Check, Outcome, OwnFacts, Paper, automatic_checks
from vendors.qualification.rules import (
    Finding,
    check_all_met,
    check_another_person,
    check_one_unmet,
    finding_mistakes,
    holds_on,
    holds_until,
    may_renew,
)  # fmt: skip

DAY = date(2026, 3, 18)
NOBODY, SOMEBODY = UUID(int=1), UUID(int=2)
FORMS = [form.value for form in ELIGIBLE_LEGAL_FORMS]


def own(form: str = "private_non_enterprise", founded: date = date(2018, 5, 7), **changed: object) -> OwnFacts:
    papers = {kind: Paper(UUID(int=n + 10), date(2026, 12, 31)) for n, kind in enumerate(needed_papers(form))}
    papers["annual_inspection"] = Paper(UUID(int=9), None, "passed", 2025)
    given = {"item_forms": FORMS, "papers": papers, **changed}
    return OwnFacts(form, founded, **given)  # type: ignore[arg-type]


def outcome(requirement: str, facts: OwnFacts, day: date = DAY) -> Check:
    return next(check for check in automatic_checks(facts, day) if check.requirement == requirement)


@pytest.mark.parametrize("form", [form.value for form in LegalForm])
def test_R_SEED_09_R_GPS_03_the_truth_table_of_item_and_legal_form(form: str) -> None:
    for item_forms in (FORMS, [], [form]):
        check = outcome("legal_form", own(form, item_forms=item_forms))
        if form in ("public_institution_1", "mass_organisation"):
            assert (check.outcome, check.clause) == (Outcome.UNMET, "R-GPS-03")
        elif form not in item_forms:
            assert (check.outcome, check.clause) == (Outcome.UNMET, "R-SEED-09")
        else:
            pending = form == "public_institution_pending"
            assert check.outcome == (Outcome.LOOK if pending else Outcome.MET)


@pytest.mark.parametrize(
    "paper, expected",
    [
        (None, Outcome.UNMET),
        (Paper(NOBODY, None, "passed", 2025), Outcome.MET),
        (Paper(NOBODY, None, "basic", 2025), Outcome.LOOK),
        (Paper(NOBODY, None, "failed", 2025), Outcome.UNMET),
        (Paper(NOBODY, None, "passed", 2024), Outcome.LOOK),
        (Paper(NOBODY, None, "", None), Outcome.LOOK),
    ],
)
def test_R_CIV_05_the_inspection_of_last_year(paper: Paper | None, expected: Outcome) -> None:
    papers = {"annual_inspection": paper} if paper else {}
    assert outcome("inspection", own(papers=papers)).outcome == expected


def test_R_CIV_05_a_new_body_has_no_inspection_yet_and_a_firm_never_has_one() -> None:
    assert outcome("inspection", own(founded=date(2025, 7, 1), papers={})).outcome == Outcome.MET
    assert outcome("inspection", own(founded=date(2024, 12, 31), papers={})).outcome == Outcome.UNMET
    assert "inspection" not in {check.requirement for check in automatic_checks(own("enterprise"), DAY)}


def test_R_CIV_04_a_grade_holds_five_years_half_open_and_never_counts() -> None:
    for day, said in ((date(2026, 6, 1), "4A，2031"), (date(2031, 5, 31), "4A，2031"), (date(2031, 6, 1), "已经失效")):
        papers = {"assessment": Paper(NOBODY, None, "4A", granted_on=date(2026, 6, 1))}
        check = outcome("grade", own(papers=papers), day)
        assert check.outcome == Outcome.SHOWN and said in check.sentence.text("zh"), day
    assert outcome("grade", own(papers={})).outcome == Outcome.SHOWN


def test_R_CIV_03_a_young_body_is_not_marked_down_for_its_age() -> None:
    young = own(founded=DAY.replace(year=2023) + timedelta(days=1))
    assert outcome("age", young).outcome == Outcome.SHOWN
    old = own(founded=DAY.replace(year=2023))
    assert "age" not in {check.requirement for check in automatic_checks(old, DAY)}
    assert {check.outcome for check in automatic_checks(young, DAY)} <= {Outcome.MET, Outcome.SHOWN}


def test_R_CRED_01_an_entry_counts_on_its_days_and_binds() -> None:
    entry = CreditFact("debarment", "金财采罚〔2026〕2号", DAY, DAY + timedelta(days=9))
    for day, expected in ((-1, Outcome.MET), (0, Outcome.UNMET), (9, Outcome.UNMET), (10, Outcome.MET)):
        assert outcome("credit", own(credit=[entry]), DAY + timedelta(days=day)).outcome == expected
    assert "credit" in BINDING


def test_R_ROLE_09_a_paper_counts_on_its_last_day() -> None:
    papers = {"tax": Paper(NOBODY, DAY)}
    assert outcome("tax", own(papers=papers)).outcome == Outcome.MET
    assert outcome("tax", own(papers=papers), DAY + timedelta(days=1)).outcome == Outcome.UNMET
    assert outcome("finance", own(papers=papers)).outcome == Outcome.UNMET


def test_what_a_person_may_find() -> None:
    entry = CreditFact("debarment", "金财采罚〔2026〕2号", DAY, DAY)
    checks = automatic_checks(own(credit=[entry], papers={}), DAY)
    met = {check.requirement: Finding(Outcome.MET) for check in checks}
    mistakes = finding_mistakes(checks, met)
    assert "不能改为符合" in mistakes["found-credit"].text("zh")  # the law decides
    assert "写明理由" in mistakes["reason-tax"].text("zh")  # against the data only with a reason
    assert "found-legal_form" not in mistakes and "found-grade" not in mistakes
    assert set(finding_mistakes(checks, {})) >= {"found-credit", "found-tax", "found-legal_form"}
    unmet = {**met, "credit": Finding(Outcome.UNMET, "查到了"), "tax": Finding(Outcome.UNMET)}
    assert list(finding_mistakes([c for c in checks if c.requirement in ("credit", "tax")], unmet)) == ["reason-tax"]
    with pytest.raises(DomainError, match="不能通过"):
        check_all_met(unmet, {check.requirement: check.sentence for check in checks})
    with pytest.raises(DomainError, match="每一项都符合"):
        check_one_unmet(met)


def test_R_ROLE_03_nobody_decides_twice() -> None:
    check_another_person(SOMEBODY, [NOBODY, None])
    with pytest.raises(Forbidden):
        check_another_person(SOMEBODY, [NOBODY, SOMEBODY])


def test_R_QUAL_02_how_long_a_pre_check_holds() -> None:
    assert holds_until(DAY, []) == date(2027, 3, 18)
    assert holds_until(DAY, [None, date(2026, 4, 10), date(2029, 1, 1)]) == date(2026, 4, 11)
    assert holds_on(DAY, date(2026, 4, 11), date(2026, 4, 10))
    assert not holds_on(DAY, date(2026, 4, 11), date(2026, 4, 11))
    assert not holds_on(None, None, DAY) and not holds_on(DAY + timedelta(days=1), date(2027, 1, 1), DAY)
    until = DAY + timedelta(days=61)
    assert not may_renew(until, DAY, False) and may_renew(until, DAY, True)
    assert may_renew(until, DAY + timedelta(days=1), False)
