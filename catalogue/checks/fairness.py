"""The fairness check: every finding of a draft with its exact words, its clause and what it means (R-ROLE-10)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from catalogue.checks.book import Check, Severity, all_checks
from catalogue.checks.facts import DraftFacts, Hit
from catalogue.checks.structure import PREDICATES
from catalogue.checks.texts import Reading

ORDER = tuple(Severity)


@dataclass(frozen=True)
class Finding:
    """One thing found: by which check, where, and in which words."""

    check: Check
    hit: Hit

    @property
    def key(self) -> str:
        """The same finding in the same words; other words are another finding, and need a reason of their own."""
        words = self.hit.excerpt.words if self.hit.excerpt else ""
        told = "\n".join((self.check.id, self.hit.part, words))
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def findings(facts: DraftFacts) -> list[Finding]:
    """Everything the checks find, gravest first; one check names one field once."""
    readings = [Reading(passage) for passage in facts.passages if passage.text.strip()]
    found = [Finding(check, hit) for check in all_checks().values() for hit in _hits(check, facts, readings)]
    return sorted(found, key=lambda finding: ORDER.index(finding.check.severity))


def _hits(check: Check, facts: DraftFacts, readings: list[Reading]) -> Iterator[Hit]:
    if check.kind == "structure":
        yield from PREDICATES[check.id](facts)
    elif check.kind == "words":
        for reading in readings:
            if not check.scopes or reading.passage.part in check.scopes:
                hit = _first_hit(check, reading)
                if hit:
                    yield hit


def _first_hit(check: Check, reading: Reading) -> Hit | None:
    """The first words that are not denied and not excepted in their own sentence."""
    for pattern in check.patterns:
        for match in pattern.finditer(reading.text):
            start, end = match.span()
            if check.heeds_denial and reading.is_denied(start, end):
                continue
            if _is_excepted(check, reading, start, end):
                continue
            passage = reading.passage
            return Hit(passage.part, passage.field, reading.excerpt(start, end))
    return None


def _is_excepted(check: Check, reading: Reading, start: int, end: int) -> bool:
    """An exception counts where it touches the words found, or where it ends right before them ($)."""
    first, last = reading.sentence(start, end)
    for exception in check.exceptions:
        if exception.pattern.endswith("$"):
            if exception.search(reading.text[first:start]):
                return True
        elif exception.search(reading.text[first:last]):
            return True
    return False
