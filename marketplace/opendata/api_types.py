"""What the read API answers: amounts are texts so that no reader rounds them, moments carry their zone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec

from marketplace.kernel.json_types import Money, Number, Sha256


class Item(msgspec.Struct, frozen=True):
    """One service of the directory in force."""

    code: str
    category: str
    name: str
    name_en: str
    content: str
    content_en: str
    unit: str
    evidence: str
    legal_forms: list[str]
    logs_visits: bool


class Edition(msgspec.Struct, frozen=True):
    """The directory in force: its document and its items; nothing before a county has its first edition."""

    name: str | None
    document: str | None
    effective_on: date | None
    items: list[Item]


class ListingLine(msgspec.Struct, frozen=True):
    """A published listing in a list. `status` is the one a reader sees: past its deadline it is closed."""

    reference: str
    status: str
    method: str
    title: str
    title_en: str
    procuring_unit: str
    budget: Money
    published_at: datetime
    closes_at: datetime
    url: str


class ListingPage(msgspec.Struct, frozen=True):
    """Some listings, newest first, and where the next ones are."""

    listings: list[ListingLine]
    next: str | None


class Lot(msgspec.Struct, frozen=True):
    """One package."""

    number: int
    item_code: str
    title: str
    quantity: Number
    unit: str
    budget: Money


class Factor(msgspec.Struct, frozen=True):
    """What bids are scored by; all points with the price weight total 100."""

    kind: str
    title: str
    points: Number
    bands: str
    is_objective: bool


class Milestone(msgspec.Struct, frozen=True):
    """A share of the price, in percent, and when it is due."""

    title: str
    share: Number
    due_on: date
    evidence: str


class DatedEvent(msgspec.Struct, frozen=True):
    """A counted date with its rule."""

    event: str
    day: date
    rule: str
    is_provisional: bool


class Listing(msgspec.Struct, frozen=True):
    """Everything a bidder must know of a listing."""

    reference: str
    status: str
    method: str
    title: str
    title_en: str
    purchasing_body: str
    procuring_unit: str
    towns: list[str]
    budget: Money
    ceiling: Money | None
    price_weight: Number
    requirement: str
    qualification: str
    service_from: date
    service_to: date
    published_at: datetime
    closes_at: datetime
    rules_on: date
    lots: list[Lot]
    factors: list[Factor]
    milestones: list[Milestone]
    timetable: list[DatedEvent]
    end_reason: str
    url: str
    notices: str


class File(msgspec.Struct, frozen=True):
    """A published file; its hash is that of its bytes."""

    media_type: str
    version: int
    sha256: Sha256
    content_sha256: Sha256
    size: int
    published_at: datetime
    url: str


class NoticeLine(msgspec.Struct, frozen=True):
    """One notice of a listing."""

    slug: str
    kind: str
    title: str
    published_at: datetime
    url: str
    files: list[File]


class Notice(msgspec.Struct, frozen=True):
    """One notice with all it says. `content` is what was hashed, once it is published as a file."""

    slug: str
    kind: str
    form_2020: int | None
    content: dict[str, Any]
    files: list[File]
