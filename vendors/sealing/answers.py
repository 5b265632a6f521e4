"""Sending a sealed file in pieces, as `GET /schema` shows it."""

from __future__ import annotations

import msgspec


class NewUpload(msgspec.Struct):
    """What the browser says of a file before it sends it. `size` in bytes."""

    sha256: str
    size: int


class BegunUpload(msgspec.Struct, frozen=True):
    """The upload's identity and the numbers of the pieces that are here already."""

    upload: str
    received: list[int]


class EnteredBid(msgspec.Struct, frozen=True):
    """The receipt's number, and the page that shows it."""

    receipt: str
    path: str
