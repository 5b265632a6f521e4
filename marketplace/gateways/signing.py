"""Signatures that outlive the database: an Ed25519 key in a file of its own, made on the first start."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from pathlib import Path

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

AUDIT_KEY = "audit-ed25519.pem"  # in the keys folder, outside the database
RECEIPT_KEY = "receipts-ed25519.pem"  # beside it: signs receipts and the heads of their chains


class SigningKey:
    """A private key that signs bytes and shows its public half."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = VerifyingKey(key.public_key())

    def sign(self, content: bytes) -> str:
        """The signature in base64."""
        return base64.b64encode(self._key.sign(content)).decode()


class VerifyingKey:
    """A public key; `fingerprint` names it in what it signed."""

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


def make_or_load_key(path: Path) -> SigningKey:
    """The key of this file; made with mode 0600 when there is none. Several processes may start at once."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_once(path, Ed25519PrivateKey.generate())
    return load_key(path)


def load_key(path: Path) -> SigningKey:
    """The key of this file. Raises FileNotFoundError when there is none, ValueError when it is of another kind."""
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path} holds no Ed25519 key")
    return SigningKey(key)


def load_public_key(pem: str) -> VerifyingKey:
    """A published key. Raises ValueError when it is of another kind."""
    key = load_pem_public_key(pem.encode())
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("this is no Ed25519 public key")
    return VerifyingKey(key)


def _write_once(path: Path, key: Ed25519PrivateKey) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # the first of several starting processes wins, all read the same key
    except FileExistsError:
        pass
    draft.unlink()
