"""A draft in its parts, as the forms give them and the rules judge them. Money in yuan, weights in percent points."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from catalogue.scoring.bands import Band


@dataclass(frozen=True)
class Basics:
    """What is bought by which method from which budget, and when the service runs."""

    title: str
    method: str
    budget_line: UUID
    budget: Decimal
    service_from: date
    service_to: date
    ceiling: Decimal | None = None
    title_en: str = ""
    towns: tuple[UUID, ...] = ()
    long_term_reason: str = ""
    reservation_ground: str = ""


@dataclass(frozen=True)
class Procedure:
    """Where it is run, the recorded ground of its method, and the approval above the threshold. Share in percent."""

    venue: str = "here"
    ground: str = ""
    ground_reason: str = ""
    addition_share: Decimal | None = None
    expert_opinions: str = ""
    approval_number: str = ""
    approved_on: date | None = None


@dataclass(frozen=True)
class Lot:
    """One package."""

    item_code: str
    title: str
    quantity: Decimal
    unit: str
    budget: Decimal
    is_reserved: bool = False


@dataclass(frozen=True)
class Lots:
    """All packages of a listing."""

    lots: tuple[Lot, ...]


@dataclass(frozen=True)
class Quantity:
    """How much of one thing, how often, and the highest price of one unit where one is set."""

    what: str
    quantity: Decimal
    unit: str
    times: str = ""
    unit_price: Decimal | None = None


@dataclass(frozen=True)
class Indicator:
    """What the later evaluation measures, with its points; all points total 100."""

    title: str
    target: str
    points: Decimal
    source: str = ""
    group: str = ""
    way: str = ""


@dataclass(frozen=True)
class SourceShare:
    """Whose judgement counts in the later evaluation, with its weight in percent; all weights total 100."""

    source: str
    weight: Decimal


@dataclass(frozen=True)
class Requirement:
    """What the provider is to do (`requirement`), why, for whom, how much, how well, and how it will be measured."""

    requirement: str
    problem: str = ""
    users: str = ""
    standard: str = ""
    evidence: str = ""
    acceptance: str = ""
    quantities: tuple[Quantity, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    sources: tuple[SourceShare, ...] = ()


@dataclass(frozen=True)
class Qualification:
    """The listing's own conditions, besides the statutory ones."""

    qualification: str


@dataclass(frozen=True)
class CriterionDraft:
    """One factor with its printed bands: as one text, or row by row."""

    kind: str
    title: str
    points: Decimal
    bands: str
    is_objective: bool = False
    rows: tuple[Band, ...] = ()


@dataclass(frozen=True)
class Scoring:
    """How bids are scored: the price, the factors, and the printed past-performance table (grade to points)."""

    criteria: tuple[CriterionDraft, ...]
    price_weight: Decimal = Decimal(0)
    is_price_fixed: bool = False
    small_micro_deduction: Decimal = Decimal(0)
    consortium_deduction: Decimal = Decimal(0)
    rounding: int = 2
    past_performance_form: str = "none"
    past_performance_ground: str = ""
    bands: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class MilestoneDraft:
    """A share of the price (percent) against evidence."""

    title: str
    share: Decimal
    due_on: date
    evidence: str


@dataclass(frozen=True)
class DeductionDraft:
    """What a failing costs: percent of the milestone's price, each time it happens."""

    condition: str
    percent: Decimal


@dataclass(frozen=True)
class Milestones:
    """How the price is paid, and what is deducted at acceptance; nothing else may be."""

    milestones: tuple[MilestoneDraft, ...]
    deductions: tuple[DeductionDraft, ...] = ()


@dataclass(frozen=True)
class Timetable:
    """When bids close; the others follow the rules when left open, documents are offered from the notice on."""

    closes_at: datetime
    documents_until: datetime | None = None
    questions_until: datetime | None = None
    documents_from: datetime | None = None


@dataclass(frozen=True)
class Openers:
    """The people who hold the parts of the key."""

    people: tuple[UUID, ...]


@dataclass(frozen=True)
class Terms:
    """Who may join how, what is deposited, validity in days, panel, low prices. None: what the rulebook says."""

    admits_consortium: bool = True
    subcontract_share: Decimal = Decimal(0)
    subcontract_parts: str = ""
    bid_deposit: Decimal = Decimal(0)
    performance_bond: Decimal = Decimal(0)
    advance_payment: Decimal = Decimal(0)
    payment_days: int | None = None
    late_rate: Decimal | None = None
    bid_validity: int | None = None
    panel_members: int | None = None
    low_mean: Decimal | None = None
    low_next_lowest: Decimal | None = None
    low_ceiling: Decimal | None = None
    handover: str = ""
    # percent of the last payment that may wait for the handover; None: nothing waits
    handover_share: Decimal | None = None
    programme: str = ""
    # more years without a new competition, and the lowest grade of the year's evaluation for each of them
    renewal_years: int | None = None
    renewal_grade: str = ""
    hides_names: bool = False


Part = Basics | Procedure | Lots | Requirement | Qualification | Scoring | Milestones | Timetable | Openers | Terms


@dataclass(frozen=True)
class ListingDraft:
    """A whole draft; only the basics are needed to begin one."""

    basics: Basics
    procedure: Procedure | None = None
    lots: Lots | None = None
    requirement: Requirement | None = None
    qualification: Qualification | None = None
    scoring: Scoring | None = None
    milestones: Milestones | None = None
    timetable: Timetable | None = None
    openers: Openers | None = None
    terms: Terms | None = None

    def later_parts(self) -> tuple[Part, ...]:
        """The parts that are written besides the basics, in the order of the task list."""
        parts = (
            self.procedure, self.lots, self.requirement, self.qualification, self.scoring,
            self.milestones, self.timetable, self.openers, self.terms,
        )  # fmt: skip
        return tuple(part for part in parts if part is not None)
