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


class OfflineVisits(msgspec.Struct, frozen=True):
    """What a phone sends at once."""

    visits: list[OfflineVisit]


class VisitTaken(msgspec.Struct, frozen=True):
    """Whether a visit is recorded; if not, what is wrong, field by field."""

    id: str
    is_recorded: bool
    mistakes: dict[str, str]


class VisitsTaken(msgspec.Struct, frozen=True):
    """One answer for each visit sent, in the same order."""

    visits: list[VisitTaken]
