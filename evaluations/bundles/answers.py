"""What an award's bundle looks like in `GET /schema`; made by shape.py, told in docs/award-bundle.md."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from marketplace.kernel.json_types import Number, Sha256


class BundleListing(msgspec.Struct, frozen=True):
    """Whose award it is; `rules_on` is the day whose rules hold."""

    reference: str
    title: str
    method: str
    published_at: datetime
    closes_at: datetime
    rules_on: date | None


class LowPriceTerms(msgspec.Struct, frozen=True):
    """Shares of the mean, of the next lowest price and of the ceiling under which a price is asked about."""

    mean: Number
    next_lowest: Number
    ceiling: Number


class BundleFactor(msgspec.Struct, frozen=True):
    """A printed factor; `id` is its place in the listing."""

    id: str
    kind: str
    title: str
    points: Number
    is_objective: bool


class PastPerformance(msgspec.Struct, frozen=True):
    """The printed table of past performance: points by grade, without a record, and at most."""

    points: dict[str, Number]
    no_record: Number
    highest: Number


class HoursBand(msgspec.Struct, frozen=True, rename={"hours_from": "from"}):
    """From so many yearly hours on, these points."""

    hours_from: int
    points: Number


class BundleTerms(msgspec.Struct, frozen=True):
    """What was printed for a lot."""

    decided_by: str
    method: str
    order: list[str]
    price_weight: Number
    rounding: int
    small_micro_deduction: Number
    ceiling: Number | None
    budget: Number | None
    closed_on: date
    low_price_limits: LowPriceTerms | None
    criteria: list[BundleFactor]
    past_performance: PastPerformance | None
    hours: list[HoursBand]
    hours_per_person: Number | None
    # only where the listing printed one
    consortium_deduction: Number = "0"
    # only where a lot with fewer valid bids ends without a winner
    least: int = 0


class BundleCorrection(msgspec.Struct, frozen=True):
    """Statements of one price that differed, the ways of 87 Art 59 applied in order, and what came of them."""

    opened_total: Number
    in_words: str
    unit_price: Number | None
    quantity: Number
    body_total: Number | None
    is_held_slipped: bool
    steps: str
    total: Number
    is_confirmed: bool


class PublicHalf(msgspec.Struct, frozen=True):
    """What everybody may read of the winner."""

    bidder: str
    credit_code: str
    award: str | None
    status: str
    price: Number | None
    is_small_micro: bool
    evaluated_price: Number | None
    price_score: Number | None
    other_score: Number | None
    total: Number | None
    rank: int | None
    salt: str
    # only of a consortium that has this deduction
    is_small_consortium: bool = False
    # only of an enterprise that subcontracts to a small one for this deduction
    is_small_subcontract: bool = False
    # only of a price that was mended (R-EVAL-08)
    correction: BundleCorrection | None = None


class BundleStanding(msgspec.Struct, frozen=True):
    """The county's own standing that placed an offer; empty where totals did."""

    grade: str
    score: Number | None
    evaluation: str


class PrivateHalf(msgspec.Struct, frozen=True):
    """What the bidder itself may read besides: marks by factor and numbered member, and all that was counted."""

    is_qualified: bool
    reason: str
    refusal: str
    technical_score: Number | None
    past_performance_score: Number | None
    past_grade: str
    past_evaluated_on: date | None
    annual_hours: int | None
    service_staff: int | None
    low_price_reasons: str
    low_price_accepted: bool | None
    passed_over: str
    quoted: Number | None
    marks: dict[str, dict[str, Number]]
    by_criterion: dict[str, Number]
    standing: BundleStanding
    salt: str


class ShownRow(msgspec.Struct, frozen=True):
    """A row with the proof that it belongs to the root: whole, or with the hash of what is not for this reader."""

    place: int
    public: PublicHalf
    proof: list[Sha256]
    private: PrivateHalf | None = None
    private_sha256: Sha256 | None = None


class BundleAward(msgspec.Struct, frozen=True):
    """The award of a lot."""

    reference: str
    amount: Number | None


class BundleLot(msgspec.Struct, frozen=True):
    """A lot: its terms, the root over all its rows, and the rows this reader may see.

    `hashed_by`: what hashed rows and root, SHA-256 where nothing is said.
    """

    number: int
    title: str
    terms: BundleTerms
    passed_over: int
    bids: int
    root: Sha256
    winner: ShownRow | None
    rows: list[ShownRow]
    award: BundleAward | None
    base_price: Number | None
    hashed_by: str = "sha256"


class BundleRule(msgspec.Struct, frozen=True, rename={"effective_from": "from"}):
    """A rule as it was kept with the listing."""

    key: str
    value: str
    unit: str
    effective_from: date
    citation: str


class BundleDate(msgspec.Struct, frozen=True):
    """A counted day with its rule."""

    event: str
    day: date
    rule: str


class BundleRecording(msgspec.Struct, frozen=True):
    """The recording of a scene in sound and picture: its hash and place, or why there is none."""

    scene: str
    at: datetime
    sha256: Sha256 | None = None
    place: str | None = None
    absent_because: str | None = None


class AwardBundle(msgspec.Struct, frozen=True):
    """An award that anybody can compute again with `marketplace verify award`."""

    format: str
    tier: str
    listing: BundleListing
    lots: list[BundleLot]
    rules: list[BundleRule]
    timetable: list[BundleDate]
    chain_heads: str
    recordings: list[BundleRecording] | None = None
