"""The file of a random draw, as `GET /schema` shows it; how it is computed stands in docs/draws.md."""

from __future__ import annotations

from datetime import datetime

import msgspec

from marketplace.kernel.json_types import Sha256


class DrawCandidate(msgspec.Struct, frozen=True):
    """Who could be drawn."""

    key: str
    name: str


class DrawChain(msgspec.Struct, frozen=True):
    """The audit entry whose hash went into the seed."""

    stream: str
    position: int
    hash: Sha256


class DrawWitness(msgspec.Struct, frozen=True):
    """Who was present, and the words that went into the seed."""

    name: str
    words: str


class DrawLot(msgspec.Struct, frozen=True):
    """A candidate's lot; the smallest are drawn."""

    key: str
    lot: Sha256


class DrawFile(msgspec.Struct, frozen=True):
    """Everything by which a draw is done again with `marketplace verify draw`, with its result."""

    format: str
    reference: str
    subject: str
    take: int
    candidates: list[DrawCandidate]
    secret: str
    commitment: Sha256
    chain: DrawChain
    present: list[DrawWitness]
    seed: Sha256
    lots: list[DrawLot]
    drawn: list[str]
    frozen_at: datetime
    drawn_at: datetime
