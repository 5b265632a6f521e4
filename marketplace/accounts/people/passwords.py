"""Password hashes (argon2id); slow on purpose, so hashed in a thread and a few at a time."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

_hasher = PasswordHasher(time_cost=3, memory_cost=19_456, parallelism=1)
_at_once = asyncio.Semaphore(4)
# somebody who guesses user names must wait as long for an unknown name as for a known one: the hash of random bytes
# that nobody kept, made with the very settings above
_NOBODY = (
    "$argon2id$v=19$m=19456,t=3,p=1$f/MsoZSEfrmqjtnxr6kybw$bmNWPdRU2vC/WkZJ4HWjU1mTW3/kwA4k9h1KOuQ9Ylg"
)


async def hash_password(password: str) -> str:
    """The hash that the database keeps."""
    async with _at_once:
        return await asyncio.to_thread(_hasher.hash, password)


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


async def password_matches(stored: str | None, password: str) -> bool:
    """Whether the password is right; an unknown person takes as long and is wrong."""
    async with _at_once:
        return await asyncio.to_thread(_matches, stored or _NOBODY, password) and stored is not None
