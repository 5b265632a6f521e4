"""A bid being prepared, and the lock on it: the key lives only in the bidder's browser.

The database keeps AES-GCM ciphertext; which lot and provider it belongs to is bound into it, so that a row put in
another's place does not open.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vendors.bids.consortium import Member
from vendors.bids.seals import Seal

KEY_BYTES = 32
NONCE_BYTES = 12


@dataclass(frozen=True)
class DraftPaper:
    """A paper of a draft: where its ciphertext lies, its name, hash and size in bytes."""

    id: UUID
    name: str
    sha256: str
    size: int
    is_proof: bool = False


@dataclass(frozen=True)
class PastClaim:
    """A claimed evaluation by another buyer."""

    grade: str
    buyer: str
    evaluated_on: date


@dataclass(frozen=True)
class Draft:
    """What a bidder has prepared so far. Price in yuan."""

    acknowledged: bool = False
    declares: bool = False
    qualification_text: str = ""
    past_claim: PastClaim | None = None
    past_is_answered: bool = False
    technical_text: str = ""
    annual_hours: int | None = None
    service_staff: int | None = None
    papers: tuple[DraftPaper, ...] = field(default=())
    price: Decimal | None = None
    price_words: str = ""
    unit_price: Decimal | None = None
    price_is_answered: bool = False
    is_small_micro: bool = False
    members: tuple[Member, ...] = field(default=())
    agreement: str = ""
    subcontract: Member | None = None
    seal: Seal | None = None


@dataclass(frozen=True)
class DraftPlace:
    """Whose draft for which lot; bound into the ciphertext."""

    lot: UUID
    provider: UUID

    def words(self, kind: str) -> bytes:
        """What the ciphertext is bound to."""
        return f"{kind}:{self.lot}:{self.provider}".encode()


def new_key() -> str:
    """A key for the browser's cookie."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode().rstrip("=")


def read_key(cookie: str | None) -> bytes | None:
    """The key in a cookie; None when there is none or it is no key."""
    if not cookie or len(cookie) > 64:
        return None
    try:
        key = base64.urlsafe_b64decode(cookie + "=" * (-len(cookie) % 4))
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == KEY_BYTES else None


def lock_draft(draft: Draft, key: bytes, place: DraftPlace) -> bytes:
    """The ciphertext of a draft."""
    return lock_bytes(msgspec.json.encode(draft), key, place.words("draft"))


def unlock_draft(ciphertext: bytes, key: bytes, place: DraftPlace) -> Draft | None:
    """The draft, or None when this browser's key does not open it."""
    plain = unlock_bytes(ciphertext, key, place.words("draft"))
    return None if plain is None else msgspec.json.decode(plain, type=Draft)


def lock_bytes(plain: bytes, key: bytes, bound_to: bytes) -> bytes:
    """Nonce and ciphertext."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def unlock_bytes(ciphertext: bytes, key: bytes, bound_to: bytes) -> bytes | None:
    """The plain bytes, or None when the key or the place is another."""
    try:
        return AESGCM(key).decrypt(ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:], bound_to)
    except InvalidTag:
        return None
