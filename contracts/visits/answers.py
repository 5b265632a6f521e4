"""Visits recorded without a network, as `GET /schema` shows them."""

from __future__ import annotations

import msgspec


class OfflineVisit(msgspec.Struct, frozen=True):
    """A visit as the phone kept it; `id` is a UUID that the phone gave, so that sending it twice does no harm."""

    id: str
    contract: str
    recipient_code: str
    town: str
    village: str
    day: str
    begins: str
    ends: str
    note: str = ""
    is_group: bool = False
    tasks: list[str] = []
    companions: list[str] = []
    confirmed_by: str = ""
    short_code: str = ""
    slip_number: str = ""
    village_words: str = ""
    signature: str = ""
    latitude: str = ""
    longitude: str = ""
    placed_at: str = ""
    exception: str = ""
    exception_reason: str = ""
    order: str = ""
    seconds: int = 0
    clock_off_seconds: int = 0


class OfflineAlarm(msgspec.Struct, frozen=True):
    """Harm or a crisis that was reported with one tap; `id` is a UUID that the phone gave, `office` the town."""

    id: str
    kind: str
    noticed_at: str
    recipient_code: str = ""
    office: str = ""


class OfflineVisits(msgspec.Struct, frozen=True):
    """What a phone sends at once: which phone it is (a UUID it gave itself), and what its own clock says."""

    device: str
    sent_at: str
    visits: list[OfflineVisit]
    alarms: list[OfflineAlarm] = []


class OfflinePhoto(msgspec.Struct, frozen=True):
    """A photograph as the phone kept it, shrunk and drawn anew, in base64; `id` is a UUID that the phone gave."""

    id: str
    data: str


class PhotoTaken(msgspec.Struct, frozen=True):
    """The photograph that is kept."""

    id: str


class RecordedVisit(msgspec.Struct, frozen=True):
    """A visit of the same worker that is recorded already and does not fit beside the one sent."""

    id: str
    recipient_code: str
    village: str
    begins: str
    ends: str
    note: str


class VisitTaken(msgspec.Struct, frozen=True):
    """Whether a visit is recorded; if not, what is wrong, field by field, and which recorded visits it meets.

    `same_as`: the identity under which another device had sent the same visit before.
    """

    id: str
    is_recorded: bool
    mistakes: dict[str, str]
    same_as: str | None = None
    recorded: list[RecordedVisit] = []


class AlarmTaken(msgspec.Struct, frozen=True):
    """The number under which the officer on duty has a report; empty where it could not be read."""

    id: str
    reference: str


class VisitsTaken(msgspec.Struct, frozen=True):
    """One answer for each visit sent, in the same order; none from a phone that was taken back: it empties itself."""

    visits: list[VisitTaken]
    must_wipe: bool
    clock_off_seconds: int
    alarms: list[AlarmTaken] = []


class DeviceState(msgspec.Struct, frozen=True):
    """Whether a phone was taken back and has to empty itself."""

    must_wipe: bool


class TodaysResident(msgspec.Struct, frozen=True):
    """A resident whom the worker may visit today: an accepted order of the worker says so, or a visit of late."""

    contract: str
    recipient_code: str
    town: str
    village: str
    order: str = ""
    task: str = ""
    due_on: str = ""
    needs_two: bool = False


class Colleague(msgspec.Struct, frozen=True):
    """Somebody of the same employer who may come along."""

    id: str
    name: str


class Today(msgspec.Struct, frozen=True):
    """What a phone keeps for one day, encrypted under its number; the next day it throws it away."""

    day: str
    residents: list[TodaysResident]
    colleagues: list[Colleague]
