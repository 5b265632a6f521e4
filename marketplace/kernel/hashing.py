"""By which algorithm things are hashed that are proved later: SHA-256, or SM3 (GB/T 32905) where a county must use it.

The algorithm's name stands beside every hash that is not SHA-256, so that what was hashed before a county changed is
still checked as it was hashed (`ALGORITHMS=sm`, marketplace/kernel/settings.py).
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

from marketplace.kernel.settings import Settings

SHA256, SM3 = "sha256", "sm3"
KNOWN = frozenset({SHA256, SM3})


def hasher(algorithm: str) -> Any:
    """A hash to be fed in pieces. Raises ValueError for an algorithm that nothing here was ever hashed by."""
    if algorithm not in KNOWN:
        raise ValueError(f"unknown hash {algorithm!r}")
    return hashlib.new(algorithm)


def hashed(content: bytes, algorithm: str = SHA256) -> str:
    """The hash in hex; both algorithms give 64 digits. Raises ValueError."""
    found = hasher(algorithm)
    found.update(content)
    return str(found.hexdigest())


def algorithm_of(settings: Settings) -> str:
    """What an installation hashes by now."""
    return SM3 if settings.uses_sm else SHA256


@cache
def hashing_now() -> str:
    """What this installation hashes by, read once."""
    return algorithm_of(Settings.from_environment())


def named(algorithm: str) -> dict[str, str]:
    """How the algorithm is named in what is hashed, signed and published: what was there before stays as it was."""
    return {} if algorithm == SHA256 else {"hashed_by": algorithm}
