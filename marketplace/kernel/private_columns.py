"""Columns that nobody can read from a copy of the database: the key lies outside it.

A value is kept as `key:…`, the name of its key and the encrypted text, so that keys can change one after another
(`COLUMN_KEYS`, the first one encrypts). What must be found again has a keyed hash beside it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from marketplace.kernel.settings import Settings

NONCE = 12
OF_THE_FOLDER = "folder"  # the key that an installation makes for itself when the settings name none


class UnreadableValue(Exception):
    """A value whose key is missing or that somebody changed: an operator has to bring the key back."""


@dataclass(frozen=True)
class ColumnKeys:
    """The keys by name, the current one's name, and the key that hashes what is searched for."""

    current: str
    keys: Mapping[str, bytes]
    search_key: bytes

    def conceal(self, text: str, place: str) -> str:
        """The text as the column `place` (table.column) keeps it; it cannot be read from another column."""
        if not text:
            return ""
        nonce = os.urandom(NONCE)
        sealed = AESGCM(self.keys[self.current]).encrypt(nonce, text.encode(), place.encode())
        return f"{self.current}:{base64.b64encode(nonce + sealed).decode()}"

    def reveal(self, kept: str, place: str) -> str:
        """The text again. Raises UnreadableValue."""
        if not kept:
            return ""
        name, _, body = kept.partition(":")
        if name not in self.keys:
            raise UnreadableValue(f"{place} was encrypted with key {name!r}, which COLUMN_KEYS does not name.")
        raw = base64.b64decode(body)
        try:
            return AESGCM(self.keys[name]).decrypt(raw[:NONCE], raw[NONCE:], place.encode()).decode()
        except InvalidTag as changed:
            raise UnreadableValue(f"{place} cannot be read with key {name!r}.") from changed

    def search_hash(self, text: str, place: str) -> bytes:
        """What is compared to find a value again; spaces and dashes do not matter."""
        plain = "".join(c for c in text if c not in " -").upper()
        return hmac.digest(self.search_key, f"{place}\n{plain}".encode(), hashlib.sha256)


def read_keys(settings: Settings) -> ColumnKeys:
    """The keys of `COLUMN_KEYS` (`name:secret`, the current one first), else one made in the keys folder."""
    named = [pair.partition(":") for pair in settings.column_keys.split(",") if pair.strip()]
    keys = {name.strip(): _key(secret.strip()) for name, _, secret in named}
    own, search = _key(settings.secret("columns")), _key(settings.secret("columns-search"))
    return ColumnKeys(next(iter(keys), OF_THE_FOLDER), {OF_THE_FOLDER: own, **keys}, search)


def _key(secret: str) -> bytes:
    return hashlib.sha256(f"column key\n{secret}".encode()).digest()


@cache
def column_keys() -> ColumnKeys:
    """The keys of this installation, read once."""
    return read_keys(Settings.from_environment())


def conceal(text: str, place: str) -> str:
    """Encrypt for a column named `table.column`."""
    return column_keys().conceal(text, place)


def reveal(kept: str, place: str) -> str:
    """Decrypt what a column named `table.column` keeps. Raises UnreadableValue."""
    return column_keys().reveal(kept, place)


def search_hash(text: str, place: str) -> bytes:
    """The keyed hash by which a value is found again."""
    return column_keys().search_hash(text, place)
