"""A county's people, entered once for all tests that start a server of their own."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from marketplace.demo.story import own_server as product
from tests.conftest import ROOT

PACKAGES = ("marketplace", "catalogue", "vendors", "contracts", "evaluations", "migrations")
FOLDER = ROOT / "var" / "people"


def own_server(begins: datetime = product.STORY_BEGINS) -> AbstractContextManager[product.OwnServer]:
    """A server of its own with people and no past, as `marketplace demo story` starts one, but sooner."""
    return product.own_server(begins, people_of_this_code())


def people_of_this_code() -> Path:
    """The folder with the people as this very code enters them; the first who asks makes it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        place = FOLDER / code_hash()
        if not place.exists():
            for old in (path for path in FOLDER.iterdir() if path.is_dir()):
                shutil.rmtree(old, ignore_errors=True)
            product.keep_people(place)
    return place


def code_hash() -> str:
    """A fingerprint of the product's code, migrations and data."""
    digest = hashlib.sha256()
    for file in _files():
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _files() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted(path for kind in ("*.py", "*.toml") for path in (ROOT / package).rglob(kind))
