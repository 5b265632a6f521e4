"""Signatures that outlive the database: a key in a file of its own, made on the first start.

Ed25519, or SM2 with SM3 where a county must use it (`ALGORITHMS=sm`). `SIGNER=package.module:Class` names a class that
is made without arguments and does what `SignatureKind` says, such as a licensed product or a device that holds the key;
several are separated by commas: the first signs, all verify. A key that signed before stays in its file: what it signed
is verified for good, and it goes on to sign receipts beside the newer one, so that files of both times fit together.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from marketplace.gateways.sm2_signing import Sm2
from marketplace.kernel.settings import Settings

USUAL = "ed25519"
AUDIT_KEY = "audit-ed25519.pem"  # in the keys folder, outside the database; another kind has its name in the place
RECEIPT_KEY = "receipts-ed25519.pem"  # beside it: signs receipts and the heads of their chains


class VerifyingKey(Protocol):
    """A public key; `fingerprint` names it in what it signed, `algorithm` says how."""

    @property
    def algorithm(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...

    @property
    def pem(self) -> str: ...

    def verify(self, content: bytes, signature: str) -> bool:
        """Whether this key made the signature (base64) over exactly these bytes."""
        ...


class SigningKey(Protocol):
    """A private key that signs bytes and shows its public half."""

    @property
    def public(self) -> VerifyingKey: ...

    def sign(self, content: bytes) -> str:
        """The signature in base64, at most 100 characters."""
        ...


class SignatureKind(Protocol):
    """An algorithm; `name` stands beside what it signed and never changes its meaning (small letters, digits, -)."""

    @property
    def name(self) -> str: ...

    def make(self) -> bytes:
        """A new key as its file keeps it: the key itself, or the name of one that a device holds."""
        ...

    def signing_key(self, path: Path) -> SigningKey:
        """The key of this file. Raises FileNotFoundError, ValueError when it is of another kind."""
        ...

    def verifying_key(self, pem: str) -> VerifyingKey:
        """A published key. Raises ValueError when it is of another kind."""
        ...


class Ed25519Signing:
    """A private key of the usual kind."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = Ed25519Verifying(key.public_key())

    def sign(self, content: bytes) -> str:
        """The signature in base64."""
        return base64.b64encode(self._key.sign(content)).decode()


class Ed25519Verifying:
    """Its public half."""

    algorithm = USUAL

    def __init__(self, key: Ed25519PublicKey) -> None:
        self._key = key
        raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.fingerprint = hashlib.sha256(raw).hexdigest()[:32]
        self.pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def verify(self, content: bytes, signature: str) -> bool:
        """Whether this key made the signature over exactly these bytes."""
        try:
            self._key.verify(base64.b64decode(signature, validate=True), content)
        except (InvalidSignature, ValueError):
            return False
        return True


class Ed25519:
    """What every installation signs by that names nothing else."""

    name = USUAL

    def make(self) -> bytes:
        """A new private key in PEM."""
        return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def signing_key(self, path: Path) -> SigningKey:
        """The key of this file. Raises FileNotFoundError, ValueError."""
        key = load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError(f"{path} holds no Ed25519 key")
        return Ed25519Signing(key)

    def verifying_key(self, pem: str) -> VerifyingKey:
        """A published key. Raises ValueError."""
        key = load_pem_public_key(pem.encode())
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("this is no Ed25519 public key")
        return Ed25519Verifying(key)


ED25519 = Ed25519()
BUILT_IN: tuple[SignatureKind, ...] = (ED25519, Sm2())


@dataclass(frozen=True)
class Keyring:
    """The keys of one purpose: the one that signs now, and those that signed before a county changed its algorithm."""

    current: SigningKey
    older: tuple[SigningKey, ...] = ()

    @property
    def public(self) -> tuple[VerifyingKey, ...]:
        """All public halves, the current one first."""
        return tuple(key.public for key in (self.current, *self.older))


def kinds_of(settings: Settings) -> list[SignatureKind]:
    """The kinds that the settings name and behind them those always known; the first one signs. Raises ValueError."""
    found = [_open(each.strip()) for each in settings.signer.split(",") if each.strip()]
    built_in = reversed(BUILT_IN) if settings.uses_sm else BUILT_IN
    taken = {each.name for each in found}
    return [*found, *(each for each in built_in if each.name not in taken)]


def _open(word: str) -> SignatureKind:
    module, colon, attribute = word.partition(":")
    if not colon:
        raise ValueError(f"SIGNER={word}: write package.module:Class")
    kind: SignatureKind = getattr(import_module(module), attribute)()
    return kind


def key_file(settings: Settings, usual: str, kind: SignatureKind | None = None) -> Path:
    """Where the key of a purpose lies that signs now (or that of a kind); `usual`: the name of its usual file."""
    name = (kind or kinds_of(settings)[0]).name
    return settings.keys_folder / usual.replace(USUAL, name)


def load_keys(settings: Settings, usual: str) -> Keyring:
    """The keys of a purpose. Raises FileNotFoundError when there is none that signs now, ValueError."""
    first, *others = kinds_of(settings)
    older = [(key_file(settings, usual, kind), kind) for kind in others]
    return Keyring(
        first.signing_key(key_file(settings, usual, first)),
        tuple(kind.signing_key(path) for path, kind in older if path.exists()),
    )


def public_keys(settings: Settings, usual: str) -> tuple[VerifyingKey, ...]:
    """The public halves of every key of a purpose that is here, the one that signs now first.

    What was signed before is proved also before the key of a new algorithm was made. Raises FileNotFoundError
    where there is none, ValueError.
    """
    files = [(key_file(settings, usual, kind), kind) for kind in kinds_of(settings)]
    found = tuple(kind.signing_key(path).public for path, kind in files if path.exists())
    if not found:
        raise FileNotFoundError(files[0][0])
    return found


def make_or_load_keys(settings: Settings, usual: str) -> Keyring:
    """The same; the key that signs now is made when there is none."""
    first = kinds_of(settings)[0]
    make_or_load_key(key_file(settings, usual, first), first)
    return load_keys(settings, usual)


def make_or_load_key(path: Path, kind: SignatureKind = ED25519) -> SigningKey:
    """The key of this file; made with mode 0600 when there is none. Several processes may start at once."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_once(path, kind.make())
    return kind.signing_key(path)


@cache
def _known_kinds() -> Sequence[SignatureKind]:
    return kinds_of(Settings.from_environment())


def load_public_key(pem: str, algorithm: str = USUAL) -> VerifyingKey:
    """A published key. Raises ValueError when it is of another kind, or of one that is unknown here."""
    for kind in _known_kinds():
        if kind.name == algorithm:
            return kind.verifying_key(pem)
    raise ValueError(f"unknown signature {algorithm!r}")


def _write_once(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # the first of several starting processes wins, all read the same key
    except FileExistsError:
        pass
    draft.unlink()
