"""A draft's parts as the fairness and clarity checks read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from catalogue.checks.facts import DraftFacts, Factor
from catalogue.checks.texts import Passage
from catalogue.listings.drafts import Basics, Lots, Part, Scoring
from catalogue.listings.methods import standing_row
from catalogue.listings.reservation import has_no_deduction
from catalogue.scoring.bands import printed_text
from marketplace.kernel.rulebook import number

BID_DEPOSIT = "R-DOC-05/bid_deposit"
PERFORMANCE_BOND = "R-DOC-05/performance_bond"
REFERENCES = "R-DOC-10/similar_contracts"
# what is chosen from a list says nothing of its own
CHOSEN = {"method", "kind", "item_code", "reservation_ground", "past_performance_form", "title_en"}
# the page on which a part is written, where its class has another name
SUBJECT_OF = {"scoring": "criteria"}
# the rows of a form whose fields have another name than the class
FIELD_OF = {"rows": "band"}


def subject_of(part: Part) -> str:
    """The page on which a part is written."""
    name = type(part).__name__.lower()
    return SUBJECT_OF.get(name, name)


def passages_of(parts: Sequence[Part]) -> tuple[Passage, ...]:
    """Every text of a draft with the field where it is written."""
    return tuple(passage for part in parts for passage in _texts(part, subject_of(part), ""))


def _texts(thing: Any, subject: str, prefix: str) -> Iterator[Passage]:
    for each in fields(thing):
        value = getattr(thing, each.name)
        if isinstance(value, str) and each.name not in CHOSEN:
            yield Passage(subject, prefix + each.name, value)
        elif isinstance(value, tuple):
            for place, row in enumerate(value):
                if is_dataclass(row):
                    yield from _texts(row, subject, f"{prefix}{FIELD_OF.get(each.name, each.name)}-{place}-")


def facts_of(parts: Sequence[Part], on: date) -> DraftFacts:
    """The texts and the facts that structure decides, with the limits of a day."""
    basics = next(part for part in parts if isinstance(part, Basics))
    scoring = next((part for part in parts if isinstance(part, Scoring)), Scoring(()))
    # an unfinished scoring is told by its own checks; nothing about its deduction is said yet
    is_scored = bool(scoring.criteria) and not scoring.is_price_fixed
    # nothing is kept before somebody says so: what is missing is told at the reservation itself
    is_reserved = has_no_deduction(basics.reservation_ground)
    return DraftFacts(
        passages=passages_of(parts), budget=basics.budget, factors=_factors(scoring),
        price_weight=scoring.price_weight if is_scored else Decimal(0),
        deduction=scoring.small_micro_deduction, is_reserved=is_reserved,
        is_under_limit=standing_row(basics.method, on).is_local, bid_deposit_most=number(BID_DEPOSIT, on),
        performance_bond_most=number(PERFORMANCE_BOND, on), references_most=int(number(REFERENCES, on)),
        has_ceiling=basics.ceiling is not None or scoring.is_price_fixed,
        lots_add_up=sum((lot.budget for part in parts if isinstance(part, Lots) for lot in part.lots), Decimal(0))
        == basics.budget,
        total_weight=scoring.price_weight + sum((each.points for each in scoring.criteria), Decimal(0)),
    )  # fmt: skip


def _factors(scoring: Scoring) -> tuple[Factor, ...]:
    return tuple(
        Factor(
            each.kind,
            each.title,
            each.points,
            printed_text(each.rows) if each.rows else each.bands,
            f"criteria-{place}-bands",
        )
        for place, each in enumerate(scoring.criteria)
    )
