"""The public data sets and the packages of the public record, as `GET /schema` shows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec

from marketplace.kernel.json_types import Moment, Money, Number, Sha256


class ListingRow(msgspec.Struct, frozen=True):
    """A published listing."""

    reference: str
    status: str
    method: str
    title: str
    title_en: str
    procuring_unit: str
    budget: Money
    ceiling: Money | None
    published_at: Moment
    closes_at: Moment
    service_from: date
    service_to: date


class ContractRow(msgspec.Struct, frozen=True):
    """A published contract with what was paid so far."""

    reference: str
    listing: str
    status: str
    title: str
    buyer: str
    provider: str
    credit_code: str
    amount: Money
    paid: Number
    service_from: date
    service_to: date
    signed_at: Moment | None


class EvaluationRow(msgspec.Struct, frozen=True):
    """A frozen evaluation; the hash is that of /evaluations/{reference}/snapshot.json."""

    reference: str
    contract: str
    provider: str
    evaluator: str
    period_from: date
    period_to: date
    score: Number
    grade: str
    snapshot_sha256: Sha256
    frozen_at: Moment


class GoalRow(msgspec.Struct, frozen=True):
    """The frozen result of a year's goals; the hash is that of /goals/{reference}/snapshot.json."""

    reference: str
    kind: str
    year: int
    title: str
    unit: str
    budget_line: str | None
    evaluator: str
    self_score: Number
    score: Number
    grade: str
    snapshot_sha256: Sha256
    frozen_at: Moment


class AwardRow(msgspec.Struct, frozen=True):
    """An announced award; `bundle` is the place of its data, null where none was kept."""

    reference: str
    listing: str
    lot: int
    title: str
    provider: str
    credit_code: str
    amount: Money
    announced_at: Moment
    bundle: str | None


class PaymentRow(msgspec.Struct, frozen=True):
    """A payment that left the treasury; `part` is principal or late interest."""

    reference: str
    contract: str
    invoice: str
    part: str
    amount: Money
    paid_at: Moment


class StandingRow(msgspec.Struct, frozen=True):
    """A provider's standing in a group of items as it was noted on a day, with what it was counted from (R-PERF-09)."""

    provider: str
    name: str
    credit_code: str
    category: str
    day: date
    standing: Number | None
    confidence: Number
    evaluations: int
    own_weight: Number
    own_product: Number
    field_mean: Number
    field_weight: Number
    field_product: Number
    is_enough: bool
    noted_at: datetime


class RuleInForce(msgspec.Struct, frozen=True):
    """A value of the rulebook; A and B rest on a text, C and D wait for the county's word."""

    rule: str
    title: str
    title_en: str
    part: str
    value: str
    unit: str
    jurisdiction: str
    effective_from: date
    citation: str
    confidence: str
    document: str


class RecordPublisher(msgspec.Struct, frozen=True):
    """Who publishes the record."""

    name: str
    uri: str


class NextPage(msgspec.Struct, frozen=True):
    """Where newer releases will be; it always leads on."""

    next: str


class Release(msgspec.Struct, frozen=True):
    """A release of the Open Contracting Data Standard 1.1.5; its parts are those of the standard, amounts numbers."""

    ocid: str
    id: str
    date: datetime
    tag: list[str]
    initiationType: str
    language: str
    parties: list[dict[str, Any]] = []
    buyer: dict[str, Any] = {}
    planning: dict[str, Any] = {}
    tender: dict[str, Any] = {}
    bids: dict[str, Any] = {}
    awards: list[dict[str, Any]] = []
    contracts: list[dict[str, Any]] = []


class ReleasePackage(msgspec.Struct, frozen=True):
    """Releases in the order of commits."""

    uri: str
    version: str
    extensions: list[str]
    publishedDate: datetime
    publisher: RecordPublisher
    publicationPolicy: str
    releases: list[Release]
    links: NextPage


class ProcessRecord(msgspec.Struct, frozen=True):
    """A contracting process: all its releases, and its state now."""

    ocid: str
    releases: list[Release]
    compiledRelease: Release


class RecordPackage(msgspec.Struct, frozen=True):
    """The record of one process."""

    uri: str
    version: str
    extensions: list[str]
    publishedDate: datetime
    publisher: RecordPublisher
    publicationPolicy: str
    records: list[ProcessRecord]


class YearPackage(msgspec.Struct, frozen=True):
    """A whole year in one package: releases in the order of commits, or records process by process."""

    uri: str
    version: str
    extensions: list[str]
    publishedDate: datetime
    publisher: RecordPublisher
    publicationPolicy: str
    releases: list[Release] = []
    records: list[ProcessRecord] = []
