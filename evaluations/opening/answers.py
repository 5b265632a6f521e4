"""Opening in the browser, as `GET /schema` shows it: layers out, peeled layers back."""

from __future__ import annotations

from uuid import UUID

import msgspec


class BidLayers(msgspec.Struct, frozen=True):
    """A bid's layers for this opener by wrap key, in base64."""

    bid: str
    layers: dict[str, str]


class WaitingLayers(msgspec.Struct, frozen=True):
    """Every bid with layers that wait for this opener."""

    bids: list[BidLayers]


class PeeledLayers(msgspec.Struct):
    """What a browser peeled: for each bid the layers by wrap key (base64 in JSON)."""

    stage: str
    peeled: dict[UUID, dict[str, bytes]]


class ReleaseOutcome(msgspec.Struct, frozen=True):
    """What came of a release: waiting for others, opened, or failed."""

    outcome: str
