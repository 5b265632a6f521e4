"""A county that changes to SM2, SM3 and SM4 in the middle of its life."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from marketplace.gateways.signing import Keyring, make_or_load_keys
from marketplace.kernel.hashing import hashing_now
from marketplace.kernel.settings import Settings


@contextmanager
def by_sm() -> Iterator[None]:
    """Whatever is hashed inside is hashed by SM3."""
    before = os.environ.get("ALGORITHMS")
    os.environ["ALGORITHMS"] = "sm"
    hashing_now.cache_clear()
    try:
        yield
    finally:
        os.environ.pop("ALGORITHMS")
        if before is not None:
            os.environ["ALGORITHMS"] = before
        hashing_now.cache_clear()


def settings_of(folder: Path, algorithms: str = "") -> Settings:
    """Settings of a county whose keys lie in a folder of the test's own."""
    return Settings.from_environment({"MARKETPLACE_VAR": str(folder), "ALGORITHMS": algorithms})


def keys_by_sm(folder: Path, usual: str) -> Keyring:
    """The keys after the change. Skips the test where this machine's OpenSSL knows no SM2."""
    try:
        return make_or_load_keys(settings_of(folder, "sm"), usual)
    except ValueError as unable:
        pytest.skip(f"SM2: {unable}")
