"""A second `ColumnCipher`, for tests: SM4-GCM and HMAC-SM3 (GB/T 32907, GB/T 32905) as OpenSSL brings them."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hmac import HMAC

from marketplace.kernel.ciphers import NONCE, NotItsText

TAG = 16


class NationalCipher:
    """SM4 takes keys of 16 bytes: one is derived by SM3."""

    name = "sm4-gcm"

    def encrypt(self, key: bytes, text: bytes, place: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        work = Cipher(algorithms.SM4(self._key(key)), modes.GCM(nonce)).encryptor()
        work.authenticate_additional_data(place)
        return nonce + work.update(text) + work.finalize() + work.tag

    def decrypt(self, key: bytes, kept: bytes, place: bytes) -> bytes:
        nonce, body, tag = kept[:NONCE], kept[NONCE:-TAG], kept[-TAG:]
        try:
            work = Cipher(algorithms.SM4(self._key(key)), modes.GCM(nonce, tag)).decryptor()
            work.authenticate_additional_data(place)
            return work.update(body) + work.finalize()
        except (InvalidTag, ValueError) as changed:
            raise NotItsText from changed

    def keyed_hash(self, key: bytes, text: bytes) -> bytes:
        made = HMAC(key, hashes.SM3())
        made.update(text)
        return made.finalize()

    def _key(self, key: bytes) -> bytes:
        return self.keyed_hash(key, b"sm4 key")[:16]
