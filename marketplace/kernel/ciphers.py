"""How hidden columns are encrypted and found again: AES-256-GCM and HMAC-SHA256, or what a county has to use.

`ALGORITHMS=sm` takes SM4-GCM and HMAC-SM3. `COLUMN_CIPHER=package.module:Class` names a class that is made without
arguments and does what `ColumnCipher` says, such as SM4 and SM3 by a licensed product. Several are separated by commas:
the first encrypts, all decrypt.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from importlib import import_module
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC

NONCE = 12
TAG = 16
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


class SmCipher:
    """SM4-GCM and HMAC-SM3 (GB/T 32907, GB/T 32905) as OpenSSL brings them: what `ALGORITHMS=sm` encrypts by.

    SM4 takes keys of 16 bytes: one is derived by SM3. No certified product: that one is named by `COLUMN_CIPHER`.
    """

    name = "sm4-gcm"

    def encrypt(self, key: bytes, text: bytes, place: bytes) -> bytes:
        """A nonce, the text and its tag."""
        nonce = os.urandom(NONCE)
        work = Cipher(algorithms.SM4(self._key(key)), modes.GCM(nonce)).encryptor()
        work.authenticate_additional_data(place)
        return nonce + work.update(text) + work.finalize() + work.tag

    def decrypt(self, key: bytes, kept: bytes, place: bytes) -> bytes:
        """The text again. Raises NotItsText."""
        nonce, body, tag = kept[:NONCE], kept[NONCE:-TAG], kept[-TAG:]
        try:
            work = Cipher(algorithms.SM4(self._key(key)), modes.GCM(nonce, tag)).decryptor()
            work.authenticate_additional_data(place)
            return work.update(body) + work.finalize()
        except (InvalidTag, ValueError) as changed:
            raise NotItsText from changed

    def keyed_hash(self, key: bytes, text: bytes) -> bytes:
        """HMAC-SM3."""
        made = HMAC(key, hashes.SM3())
        made.update(text)
        return made.finalize()

    def _key(self, key: bytes) -> bytes:
        return self.keyed_hash(key, b"sm4 key")[:16]


def open_ciphers(setting: str) -> list[ColumnCipher]:
    """The ciphers that the setting names, behind them those always read. Raises ValueError for another word."""
    found = [_open(each.strip()) for each in setting.split(",") if each.strip()]
    known = {each.name for each in found}
    return [*found, *(each for each in (AesCipher(), SmCipher()) if each.name not in known)]


def _open(word: str) -> ColumnCipher:
    module, colon, attribute = word.partition(":")
    if not colon:
        raise ValueError(f"COLUMN_CIPHER={word}: write package.module:Class")
    cipher: ColumnCipher = getattr(import_module(module), attribute)()
    if not NAMED.fullmatch(cipher.name):
        raise ValueError(f"COLUMN_CIPHER={word}: in the name {cipher.name!r} only a-z, 0-9, . and - may stand")
    return cipher
