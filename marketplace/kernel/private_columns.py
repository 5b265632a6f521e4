"""Columns that nobody can read from a copy of the database: the key lies outside it.

A value is kept as `key:…`, the name of its key and the encrypted text, so that keys can change one after another
(`COLUMN_KEYS`, the first one encrypts). What must be found again has a keyed hash beside it. Another algorithm than the
usual one (`COLUMN_CIPHER`) stands before the key, `sm4-gcm/key:…`, so that older values are read as they were written.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from marketplace.kernel.ciphers import AesCipher, ColumnCipher, NotItsText, open_ciphers
from marketplace.kernel.settings import Settings

OF_COLUMNS = "columns"  # its file
SEARCH_KEY = "columns-search"
OF_THE_FOLDER = "folder"  # the key that an installation makes for itself when the settings name none


class UnreadableValue(Exception):
    """A value whose key is missing or that somebody changed: an operator has to bring the key back."""


@dataclass(frozen=True)
class ColumnKeys:
    """Keys and algorithms by name, which of them encrypt now, and what hashes that which is searched for."""

    current: str
    keys: Mapping[str, bytes]
    search_key: bytes
    ciphers: Mapping[str, ColumnCipher]
    encrypting: str
    hashing: str

    @property
    def mark(self) -> str:
        """What every value begins with that is encrypted now; a value without an algorithm's name has the usual one."""
        return f"{self.current}:" if self.encrypting == AesCipher.name else f"{self.encrypting}/{self.current}:"

    def conceal(self, text: str, place: str) -> str:
        """The text as the column `place` (table.column) keeps it; it cannot be read from another column."""
        if not text:
            return ""
        kept = self.ciphers[self.encrypting].encrypt(self.keys[self.current], text.encode(), place.encode())
        return f"{self.mark}{base64.b64encode(kept).decode()}"

    def reveal(self, kept: str, place: str) -> str:
        """The text again. Raises UnreadableValue."""
        if not kept:
            return ""
        head, _, body = kept.partition(":")
        algorithm, name = ("", head) if head in self.keys else head.rpartition("/")[::2]
        if name not in self.keys:
            raise UnreadableValue(f"{place} was encrypted with key {name!r}, which COLUMN_KEYS does not name.")
        cipher = self.ciphers.get(algorithm or AesCipher.name)
        if cipher is None:
            raise UnreadableValue(f"{place} was encrypted by {algorithm!r}, which COLUMN_CIPHER does not name.")
        try:
            return cipher.decrypt(self.keys[name], base64.b64decode(body), place.encode()).decode()
        except NotItsText as changed:
            raise UnreadableValue(f"{place} cannot be read with key {name!r}.") from changed

    def search_hash(self, text: str, place: str) -> bytes:
        """What is compared to find a value again; spaces and dashes do not matter."""
        plain = "".join(c for c in text if c not in " -").upper()
        return self.ciphers[self.hashing].keyed_hash(self.search_key, f"{place}\n{plain}".encode())


def read_keys(settings: Settings) -> ColumnKeys:
    """The keys of `COLUMN_KEYS` (`name:secret`, the current one first), else one made in the keys folder.

    Raises UnreadableValue when the algorithm that hashed so far is not named any more: nothing would be found again.
    """
    ciphers = open_ciphers(settings.column_cipher)
    named = [pair.partition(":") for pair in settings.column_keys.split(",") if pair.strip()]
    keys = {name.strip(): _key(secret.strip()) for name, _, secret in named}
    # a hash is compared with those written before: the first algorithm of an installation stays
    began_before = (settings.keys_folder / SEARCH_KEY).exists()
    hashing = settings.kept(f"{SEARCH_KEY}-algorithm", AesCipher.name if began_before else ciphers[0].name)
    own, search = _key(settings.secret(OF_COLUMNS)), _key(settings.secret(SEARCH_KEY))
    known = {each.name: each for each in ciphers}
    if hashing not in known:
        raise UnreadableValue(f"Hidden values are found again by {hashing!r}, which COLUMN_CIPHER does not name.")
    every = {OF_THE_FOLDER: own, **keys}
    return ColumnKeys(next(iter(keys), OF_THE_FOLDER), every, search, known, ciphers[0].name, hashing)


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
