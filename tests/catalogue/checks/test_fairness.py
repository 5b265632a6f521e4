"""The fairness check against short texts as officers write them: what is a fault is found, what is lawful is not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from catalogue.checks.book import all_checks
from catalogue.checks.facts import DraftFacts, Factor
from catalogue.checks.fairness import Finding, findings
from catalogue.checks.texts import Passage
from tests.catalogue.checks.corpus import FAULTS, LAWFUL

# what a text of one part cannot say is not asked of it here
ABOUT_THE_WHOLE = {"no-acceptance", "no-standard"}


def facts_of(part: str, text: str, **changed: object) -> DraftFacts:
    """One text in its part; as a factor of 20 points where it stands in the scoring."""
    factor = (Factor("technical", "因素", Decimal(20), text, "criteria-0-bands"),) if part == "criteria" else ()
    values = {
        "passages": (Passage(part, "criteria-0-bands" if part == "criteria" else part, text),),
        "budget": Decimal(505000), "factors": factor, "bid_deposit_most": Decimal(2),
        "performance_bond_most": Decimal(10), "references_most": 2,
    }  # fmt: skip
    return DraftFacts(**{**values, **changed})  # type: ignore[arg-type]


def found_in(part: str, text: str) -> list[Finding]:
    return [f for f in findings(facts_of(part, text)) if f.check.id not in ABOUT_THE_WHOLE]


def test_the_corpus_is_large_and_has_every_check_of_words() -> None:
    assert len(FAULTS) + len(LAWFUL) >= 150 and len(LAWFUL) >= 50
    expected = {name for _, _, names in FAULTS for name in names}
    tested_elsewhere = {
        "no-standard", "no-acceptance", "small-enterprise-share", "deduction-on-reserved", "no-deduction",
        "also-qualification",
    }  # fmt: skip
    by_form = {check.id for check in all_checks().values() if check.kind == "form"}
    assert set(all_checks()) - expected - tested_elsewhere - by_form == set()


@pytest.mark.parametrize(("part", "text", "expected"), FAULTS, ids=[text[:18] for _, text, _ in FAULTS])
def test_r_role_10_a_fault_is_found(part: str, text: str, expected: tuple[str, ...]) -> None:
    found = found_in(part, text)
    assert sorted(f.check.id for f in found) == sorted(expected)
    for finding in found:
        excerpt = finding.hit.excerpt
        assert excerpt is None or (excerpt.words in text and excerpt.whole in text)


@pytest.mark.parametrize(("part", "text"), LAWFUL, ids=[text[:18] for _, text in LAWFUL])
def test_r_role_10_lawful_words_are_no_fault(part: str, text: str) -> None:
    assert [f"{f.check.id}: {f.hit.excerpt}" for f in found_in(part, text)] == []
