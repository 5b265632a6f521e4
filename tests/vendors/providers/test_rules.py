"""Exclusions by statute, papers and declarations."""

from __future__ import annotations

from datetime import date

import pytest

from vendors.providers.rules import (
    CreditFact,
    PaperKind,
    ProviderFacts,
    exclusions,
    missing_papers,
    needed_papers,
    runs_out_soon,
    small_micro_mistake,
)

DAY = date(2026, 3, 2)
GROUP = ProviderFacts("和美", "social_group")
BAN = CreditFact("debarment", "川财采〔2025〕7号", date(2025, 3, 2), date(2026, 3, 2))


def clauses(*args, **kwargs):
    """The clauses that speak against a provider."""
    return [each.clause for each in exclusions(*args, **kwargs)]


def test_a_class_one_institution_is_excluded_and_said_once():
    facts = ProviderFacts("福利院", "public_institution_1")
    assert clauses(facts, [], DAY, ["enterprise"]) == ["R-GPS-03"]


def test_a_mass_organisation_on_the_establishment_is_excluded_with_its_clause():
    assert clauses(ProviderFacts("某群团", "mass_organisation"), [], DAY, ["enterprise"]) == ["R-GPS-03"]


def test_an_institution_whose_class_is_open_brings_the_letter_of_the_organ():
    assert PaperKind.CLASS_LETTER in needed_papers("public_institution_pending")
    assert PaperKind.CLASS_LETTER not in needed_papers("public_institution_2")


def test_what_the_plan_does_not_name_is_excluded_by_the_plan():
    assert clauses(ProviderFacts("某村", "self_governing"), [], DAY, ["enterprise"]) == ["R-SEED-09"]


def test_a_legal_form_the_item_does_not_name_is_excluded():
    assert clauses(GROUP, [], DAY, ["enterprise", "foundation"]) == ["R-SEED-09"]
    assert clauses(GROUP, [], DAY, ["enterprise", "social_group"]) == []


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2025, 3, 1), []),
        (date(2025, 3, 2), ["R-ROLE-09"]),
        (date(2026, 3, 2), ["R-ROLE-09"]),
        (date(2026, 3, 3), []),
    ],
)
def test_a_debarment_counts_from_its_first_to_its_last_day(day, expected):
    assert clauses(GROUP, [BAN], day) == expected


def test_lists_of_defaulters_quote_the_credit_rule():
    entry = CreditFact("tax_violation", "税〔2026〕1号", DAY, DAY)
    found = exclusions(GROUP, [entry], DAY)
    assert found[0].clause == "R-CRED-01" and "税〔2026〕1号" in found[0].sentence.text("zh")


def test_only_social_organisations_bring_the_annual_inspection():
    assert PaperKind.ANNUAL_INSPECTION in needed_papers("foundation")
    assert PaperKind.ANNUAL_INSPECTION not in needed_papers("enterprise")
    assert missing_papers("enterprise", list(needed_papers("enterprise"))) == []


def test_only_enterprises_declare_themselves_small():
    assert small_micro_mistake("enterprise", True) is None
    assert small_micro_mistake("social_group", True) is not None
    assert small_micro_mistake("social_group", False) is None


def test_a_paper_is_called_up_sixty_days_before_it_runs_out():
    assert runs_out_soon(date(2026, 5, 1), DAY)
    assert not runs_out_soon(date(2026, 5, 2), DAY)
    assert not runs_out_soon(None, DAY)
