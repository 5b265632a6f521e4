"""How hidden columns are encrypted and found again: AES-256-GCM and HMAC-SHA256, or what a county has to use.

`COLUMN_CIPHER=package.module:Class` names a class that is made without arguments and does what `ColumnCipher` says,
such as SM4 and SM3 by a licensed product. Several are separated by commas: the first encrypts, all decrypt.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from importlib import import_module
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12
NAMED = re.compile(r"[a-z0-9][a-z0-9.-]{0,30}")


class NotItsText(Exception):
    """What is kept was changed, belongs to another column, or has another key."""


class ColumnCipher(Protocol):
    """Encrypts, decrypts and hashes with a key of 32 bytes; `name` is kept with everything it encrypts."""

    @property
    def name(self) -> str:
        """The algorithm, in small letters, digits, dots and dashes; it never changes its meaning."""
        ...

    def encrypt(self, key: bytes, text: bytes, place: bytes) -> bytes:
        """The text, unreadable, and to be read with the same key and place only; different every time."""
        ...

    def decrypt(self, key: bytes, kept: bytes, place: bytes) -> bytes:
        """The text again. Raises NotItsText."""
        ...

    def keyed_hash(self, key: bytes, text: bytes) -> bytes:
        """A hash that nobody computes without the key; at least 16 bytes."""
        ...


class AesCipher:
    """AES-256-GCM and HMAC-SHA256: what every installation has that names no other."""

    name = "aes-256-gcm"

    def encrypt(self, key: bytes, text: bytes, place: bytes) -> bytes:
        """A nonce, the text and its tag."""
        nonce = os.urandom(NONCE)
        return nonce + AESGCM(key).encrypt(nonce, text, place)

    def decrypt(self, key: bytes, kept: bytes, place: bytes) -> bytes:
        """The text again. Raises NotItsText."""
        try:
            return AESGCM(key).decrypt(kept[:NONCE], kept[NONCE:], place)
        except (InvalidTag, ValueError) as changed:
            raise NotItsText from changed

    def keyed_hash(self, key: bytes, text: bytes) -> bytes:
        """HMAC-SHA256."""
        return hmac.digest(key, text, hashlib.sha256)


def open_ciphers(setting: str) -> list[ColumnCipher]:
    """The ciphers that the setting names, and the usual one behind them. Raises ValueError for another word."""
    found = [_open(each.strip()) for each in setting.split(",") if each.strip()]
    return [*found, AesCipher()]


def _open(word: str) -> ColumnCipher:
    module, colon, attribute = word.partition(":")
    if not colon:
        raise ValueError(f"COLUMN_CIPHER={word}: write package.module:Class")
    cipher: ColumnCipher = getattr(import_module(module), attribute)()
    if not NAMED.fullmatch(cipher.name):
        raise ValueError(f"COLUMN_CIPHER={word}: in the name {cipher.name!r} only a-z, 0-9, . and - may stand")
    return cipher
