"""What is held about a person, as `GET /schema` shows it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec

from marketplace.kernel.json_types import Moment


class HeldAccount(msgspec.Struct, frozen=True):
    """The account itself."""

    username: str
    name: str
    email: str
    created_at: Moment
    waiting_email: str  # given, and not confirmed yet


class HeldRole(msgspec.Struct, frozen=True):
    """A role in an organisation."""

    name: str
    name_en: str
    role: str


class HeldConsent(msgspec.Struct, frozen=True):
    """Consent to an edition of the notice."""

    edition: str
    given_at: Moment
    withdrawn_at: Moment | None


class HeldLook(msgspec.Struct, frozen=True):
    """Somebody was shown hidden values."""

    what: str
    reference: str
    purpose: str
    seen_at: Moment
    seen_by: str


class HeldRequest(msgspec.Struct, frozen=True):
    """A correction that was asked for: of which data and field, what stands there, what is right; and the answer."""

    id: UUID
    about: str
    field: str
    wrong: str
    wanted: str
    paper_name: str | None
    status: str
    asked_at: Moment
    answer_by: date
    answer: str
    answered_at: Moment | None


class HeldActs(msgspec.Struct, frozen=True):
    """How often the person did a kind of act."""

    act: str
    times: int
    first_at: Moment
    last_at: Moment


class MyData(msgspec.Struct, frozen=True):
    """Everything that is held about the person who asks."""

    account: HeldAccount
    roles: list[HeldRole]
    consents: list[HeldConsent]
    looks: list[HeldLook]
    requests: list[HeldRequest]
    acts: list[HeldActs]
