"""A `ColumnCipher` of a county's own, for tests: SM4 and SM3 under the name of a licensed product."""

from __future__ import annotations

from marketplace.kernel.ciphers import SmCipher


class NationalCipher:
    """What `SmCipher` does, under the name of a product."""

    name = "licensed-sm4"

    def __init__(self) -> None:
        self._inner = SmCipher()

    def encrypt(self, key: bytes, text: bytes, place: bytes) -> bytes:
        return self._inner.encrypt(key, text, place)

    def decrypt(self, key: bytes, kept: bytes, place: bytes) -> bytes:
        return self._inner.decrypt(key, kept, place)

    def keyed_hash(self, key: bytes, text: bytes) -> bytes:
        return self._inner.keyed_hash(key, text)
