"""Receipts and their chains as files, as `GET /schema` shows them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from marketplace.kernel.json_types import Sha256


class ReceiptFacts(msgspec.Struct, frozen=True):
    """What was received. `size` in bytes."""

    receipt: str
    listing: str
    lot: int
    stage: str
    version: int
    sealed_at: datetime
    sha256: Sha256
    size: int


class OlderSignature(msgspec.Struct, frozen=True, omit_defaults=True):
    """The signature of the key before, where a county changed its algorithm."""

    signature: str
    public_key: str
    algorithm: str = "ed25519"


class SignedReceipt(msgspec.Struct, frozen=True):
    """A receipt signed by the service: Ed25519 (or `algorithm`) in base64, the key's fingerprint and the key in PEM."""

    format: str
    receipt: ReceiptFacts
    signature: str
    key: str
    public_key: str
    algorithm: str = "ed25519"
    also: list[OlderSignature] = []


class ChainLink(msgspec.Struct, frozen=True):
    """Something that was sealed or taken back before the deadline; `replaces` is empty for a first bid."""

    position: int
    act: str
    receipt: str
    replaces: str
    lot: int
    at: datetime
    sha256: Sha256
    hash: Sha256


class ReceiptChain(msgspec.Struct, frozen=True):
    """The closed chain of a stage, its head signed. `hashed_by`: what chains it, SHA-256 where nothing is said."""

    format: str
    listing: str
    stage: str
    closes_at: datetime
    length: int
    head: Sha256
    signature: str
    public_key: str
    published_at: datetime
    entries: list[ChainLink]
    algorithm: str = "ed25519"
    hashed_by: str = "sha256"
    also: list[OlderSignature] = []
