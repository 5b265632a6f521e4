"""A draft as the checks read it: its texts and the few facts that structure decides."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from catalogue.checks.texts import Excerpt, Passage


@dataclass(frozen=True)
class Factor:
    """One scoring factor with the fields it stands in."""

    kind: str
    title: str
    points: Decimal
    bands: str
    bands_field: str


@dataclass(frozen=True)
class DraftFacts:
    """What is written and what is set. Amounts in yuan, weights and limits in percent."""

    passages: tuple[Passage, ...]
    budget: Decimal
    factors: tuple[Factor, ...] = ()
    price_weight: Decimal = Decimal(0)
    deduction: Decimal = Decimal(0)
    is_reserved: bool = False
    is_under_limit: bool = False
    bid_deposit_most: Decimal = Decimal(0)
    performance_bond_most: Decimal = Decimal(0)
    references_most: int = 0
    has_ceiling: bool = False
    lots_add_up: bool = False
    total_weight: Decimal = Decimal(0)

    def of(self, *parts: str) -> tuple[Passage, ...]:
        """The texts of some parts."""
        return tuple(passage for passage in self.passages if passage.part in parts)


@dataclass(frozen=True)
class Hit:
    """Where a check found something, and the exact words; no words where something is missing."""

    part: str
    field: str
    excerpt: Excerpt | None = None
