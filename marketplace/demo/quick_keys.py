"""Key files of a demo and of tests, cheap to open: a passphrase costs a second on purpose, not one that all know.

Written after the age format (C2SP age.md): the same header and payload with the smallest useful scrypt cost. The
product opens them with its own `unprotect`, unchanged.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

COST = 10  # scrypt takes 2^10 KiB


def quick_protect(identity: str, passphrase: str) -> bytes:
    """An identity file locked with a passphrase at a low cost."""
    salt, file_key, nonce = os.urandom(16), os.urandom(16), os.urandom(16)
    wrap_key = hashlib.scrypt(
        passphrase.encode(), salt=b"age-encryption.org/v1/scrypt" + salt, n=2**COST, r=8, p=1, dklen=32
    )
    wrapped = ChaCha20Poly1305(wrap_key).encrypt(bytes(12), file_key, None)
    header = f"age-encryption.org/v1\n-> scrypt {_plain(salt)} {COST}\n{_plain(wrapped)}\n---".encode()
    mac = hmac.digest(_derived(file_key, b"", b"header"), header, "sha256")
    payload_key = _derived(file_key, nonce, b"payload")
    payload = ChaCha20Poly1305(payload_key).encrypt(bytes(11) + b"\x01", f"{identity}\n".encode(), None)
    return header + b" " + _plain(mac).encode() + b"\n" + nonce + payload


def _plain(content: bytes) -> str:
    return base64.b64encode(content).decode().rstrip("=")


def _derived(secret: bytes, salt: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt or None, purpose).derive(secret)
