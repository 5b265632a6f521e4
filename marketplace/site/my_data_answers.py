"""What is held about a person in every part of the marketplace, as `GET /schema` shows it."""

from __future__ import annotations

import msgspec

from marketplace.accounts.privacy.answers import MyData
from marketplace.kernel.json_types import Moment, Money


class HeldSpell(msgspec.Struct, frozen=True):
    """One employment as a social worker, as it stands on the roster now."""

    employer: str
    community: str
    name: str
    certificate_level: str
    certificate_number: str
    registered_on: str | None
    certificate_until: str | None
    employed_from: str
    employed_to: str | None
    is_full_time: bool
    is_disputed: bool


class HeldChange(msgspec.Struct, frozen=True):
    """What the roster said from a day on, and who entered it."""

    from_on: str
    name: str
    certificate_level: str
    certificate_number: str
    registered_on: str | None
    certificate_until: str | None
    is_full_time: bool
    is_correction: bool
    reason: str
    entered_by_name: str | None
    entered_at: Moment


class HeldExam(msgspec.Struct, frozen=True):
    """A try at the national examination."""

    year: int
    level: str
    result: str
    fee: Money | None
    fee_support: Money | None
    support_document: str
    confirmed_by_name: str | None
    confirmed_at: Moment | None


class HeldWord(msgspec.Struct, frozen=True):
    """Consent to keep the file or to be shown in public, given or withdrawn."""

    what: str
    is_given: bool
    said_at: Moment


class HeldFile(msgspec.Struct, frozen=True):
    """What is held besides employments."""

    degree: str
    degree_study: str
    graduated_on: str | None
    consented_at: Moment | None
    withdrawn_at: Moment | None
    is_public: bool
    has_identity_check: bool
    towns: list[str]
    exams: list[HeldExam]
    consents: list[HeldWord]


class HeldWish(msgspec.Struct, frozen=True):
    """What the worker asked the employer to change, and the answer."""

    wanted: str
    asked_at: Moment
    answer: str
    answered_at: Moment | None


class HeldVisit(msgspec.Struct, frozen=True):
    """One logged visit."""

    contract: str
    employer: str
    day: str
    begins_at: Moment
    ends_at: Moment
    minutes: int
    town: str
    village: str
    recipient_code: str
    note: str
    reason: str
    status: str
    entered_at: Moment
    decided_by: str | None
    decided_at: Moment | None


class HeldSubsidy(msgspec.Struct, frozen=True):
    """One month of a subsidy and each condition in words."""

    month: str
    run_reference: str
    run_status: str
    employer: str
    level: str
    minutes: int
    duty_minutes: int
    kind: str
    amount: Money
    paid_at: Moment | None
    payment_status: str | None
    conditions: list[str]


class HeldAccount(msgspec.Struct, frozen=True):
    """Where a subsidy is paid to; the middle of the number is hidden."""

    bank: str
    masked: str
    status: str
    stated_by_name: str
    stated_at: Moment


class HeldDuty(msgspec.Struct, frozen=True):
    """A month on duty that an employer certified."""

    month: str
    employer: str
    minutes: int
    duties: str
    status: str
    entered_by_name: str
    signed_by_name: str | None


class HeldUse(msgspec.Struct, frozen=True):
    """Who did something with the file."""

    at: Moment
    act: str
    actor_name: str | None
    organisation: str | None


class Everything(MyData, frozen=True):
    """Everything that is held about the person who asks; the lists of a worker are empty for others."""

    spells: list[HeldSpell]
    changes: list[HeldChange]
    files: list[HeldFile]
    wishes: list[HeldWish]
    visits: list[HeldVisit]
    subsidies: list[HeldSubsidy]
    accounts: list[HeldAccount]
    duty: list[HeldDuty]
    uses: list[HeldUse]
