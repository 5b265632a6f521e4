"""SM2 with SM3 by the libcrypto of the operating system, asked directly: OpenSSL 3 without a start of its program.

A key is read, used and freed again by the library at each signature, so none stays in the memory of this process.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import POINTER, c_char_p, c_int, c_size_t, c_ulong, c_void_p
from functools import cache
from pathlib import Path
from typing import Any

NAMES = ("libcrypto.so.3", "libcrypto.so.4")
OLDEST = 0x30000000  # OpenSSL 3: before it the identity of SM2 was set in another way
LONGEST_SIGNATURE = 128  # bytes; ASN.1 of two numbers of 32
# what is called: the type of the answer, then those of what is handed over
CALLS: dict[str, tuple[Any, ...]] = {
    "OpenSSL_version_num": (c_ulong,),
    "ERR_clear_error": (None,),
    "EVP_sm3": (c_void_p,),
    "BIO_new_file": (c_void_p, c_char_p, c_char_p),
    "BIO_new_mem_buf": (c_void_p, c_char_p, c_int),
    "BIO_free": (c_int, c_void_p),
    "PEM_read_bio_PrivateKey": (c_void_p, c_void_p, c_void_p, c_void_p, c_void_p),
    "PEM_read_bio_PUBKEY": (c_void_p, c_void_p, c_void_p, c_void_p, c_void_p),
    "EVP_PKEY_is_a": (c_int, c_void_p, c_char_p),
    "EVP_PKEY_free": (None, c_void_p),
    "EVP_PKEY_CTX_new": (c_void_p, c_void_p, c_void_p),
    "EVP_PKEY_CTX_set1_id": (c_int, c_void_p, c_char_p, c_size_t),
    "EVP_PKEY_CTX_free": (None, c_void_p),
    "EVP_MD_CTX_new": (c_void_p,),
    "EVP_MD_CTX_set_pkey_ctx": (None, c_void_p, c_void_p),
    "EVP_MD_CTX_free": (None, c_void_p),
    "EVP_DigestSignInit": (c_int, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p),
    "EVP_DigestSign": (c_int, c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t),
    "EVP_DigestVerifyInit": (c_int, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p),
    "EVP_DigestVerify": (c_int, c_void_p, c_char_p, c_size_t, c_char_p, c_size_t),
}


@cache
def library() -> Any:
    """The libcrypto of this machine, None where it is missing, too old or has no SM3."""
    for name in NAMES:
        try:
            found = ctypes.CDLL(name)
            for call, (answer, *handed) in CALLS.items():
                getattr(found, call).restype, getattr(found, call).argtypes = answer, handed
        except (OSError, AttributeError):
            continue
        if found.OpenSSL_version_num() >= OLDEST and found.EVP_sm3():
            return found
    return None


def sign(found: Any, key_file: Path, content: bytes, identity: bytes) -> bytes:
    """The signature (ASN.1) by the private key of this file. Raises ValueError."""
    with _source(found, found.BIO_new_file(str(key_file).encode(), b"r")) as source:
        key = found.PEM_read_bio_PrivateKey(source, None, None, None)
    with _hashing(found, key, identity) as context:
        size, made = c_size_t(LONGEST_SIGNATURE), ctypes.create_string_buffer(LONGEST_SIGNATURE)
        if (
            found.EVP_DigestSignInit(context, None, found.EVP_sm3(), None, key) != 1
            or found.EVP_DigestSign(context, made, ctypes.byref(size), content, len(content)) != 1
        ):
            raise ValueError("libcrypto could not sign by SM2")
        return made.raw[: size.value]


def verify(found: Any, pem: str, content: bytes, signature: bytes, identity: bytes) -> bool:
    """Whether the public key made the signature over exactly these bytes. Raises ValueError for another key."""
    written = pem.encode()
    with _source(found, found.BIO_new_mem_buf(written, len(written))) as source:
        key = found.PEM_read_bio_PUBKEY(source, None, None, None)
    with _hashing(found, key, identity) as context:
        if found.EVP_DigestVerifyInit(context, None, found.EVP_sm3(), None, key) != 1:
            raise ValueError("libcrypto could not begin to verify by SM2")
        return bool(found.EVP_DigestVerify(context, signature, len(signature), content, len(content)) == 1)


@contextmanager
def _source(found: Any, source: int | None) -> Iterator[int]:
    try:
        if not source:
            raise ValueError("libcrypto could not read the key")
        yield source
    finally:
        found.BIO_free(source)
        found.ERR_clear_error()  # what it left there would be told to the next caller of the library


@contextmanager
def _hashing(found: Any, key: int | None, identity: bytes) -> Iterator[int]:
    """A context that hashes the identity of the signer first; it and the key are freed whatever happens."""
    context = found.EVP_MD_CTX_new()
    identified = found.EVP_PKEY_CTX_new(key, None) if key else None
    try:
        if not (key and context and identified and found.EVP_PKEY_is_a(key, b"SM2") == 1):
            raise ValueError("this is no SM2 key")
        if found.EVP_PKEY_CTX_set1_id(identified, identity, len(identity)) != 1:
            raise ValueError("libcrypto could not set the identity of SM2")
        found.EVP_MD_CTX_set_pkey_ctx(context, identified)
        yield context
    finally:
        found.EVP_MD_CTX_free(context)
        found.EVP_PKEY_CTX_free(identified)
        found.EVP_PKEY_free(key)
        found.ERR_clear_error()
