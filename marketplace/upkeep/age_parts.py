"""Files of a backup: written encrypted with age as they stream by, and read back the same way."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyrage

from marketplace.gateways.files import flush_to_disk

PIECE = 1024 * 1024
OWNER_ONLY = 0o600


class PartBroken(Exception):
    """A file of a backup is not what was written; the text names it."""


@dataclass(frozen=True)
class Part:
    """One encrypted file: its name, SHA-256 and size in bytes."""

    name: str
    sha256: str
    size: int


class _Counted:
    """A file that hashes and counts what is written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._digest, self.size = file, hashlib.sha256(), 0

    def write(self, piece: bytes) -> int:
        self._digest.update(piece)
        self.size += len(piece)
        return self._file.write(piece)

    def flush(self) -> None:
        self._file.flush()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def write_part(path: Path, source: IO[bytes], recipients: Sequence[Any]) -> Part:
    """Encrypt a stream into a new file that only its owner reads; it is on disk when this returns."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "wb") as file:
        counted = _Counted(file)
        pyrage.encrypt_io(source, counted, list(recipients))
        flush_to_disk(file)
    return Part(path.name, counted.sha256, counted.size)


def write_plain(path: Path, content: bytes) -> Part:
    """A file of what is public anyway; it is on disk when this returns."""
    with path.open("xb") as file:
        file.write(content)
        flush_to_disk(file)
    return Part(path.name, hashlib.sha256(content).hexdigest(), len(content))


def check_part(folder: Path, part: Part) -> Path:
    """The file of a part, unchanged. Raises PartBroken."""
    path = folder / part.name
    if not path.is_file():
        raise PartBroken(f"{path} is missing: copy the backup again, whole.")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != part.sha256:
        raise PartBroken(f"{path} is not the file that was written: its SHA-256 is {found}, not {part.sha256}.")
    return path


def read_part(path: Path, identities: Sequence[Any], into: IO[bytes]) -> None:
    """Decrypt a file into a stream. Raises PartBroken when the key is not one of those it was encrypted to."""
    try:
        with path.open("rb") as file:
            pyrage.decrypt_io(file, into, list(identities))
    except pyrage.DecryptError as error:
        raise PartBroken(
            f"{path} does not open with this key ({error}). Name the key of one of its recipients."
        ) from error


@contextlib.contextmanager
def written_by(write: Callable[[IO[bytes]], None]) -> Iterator[IO[bytes]]:
    """What a function writes, as a stream to read while it still writes. Raises what the function raised."""
    reading, writing = os.pipe()
    failures: list[BaseException] = []

    def run() -> None:
        try:
            with os.fdopen(writing, "wb") as file:
                write(file)
        except BaseException as error:  # told to the reader below
            failures.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        with os.fdopen(reading, "rb") as source:
            yield source
    except BaseException as error:
        thread.join()
        # a reader that found half a stream has seen only what follows from the writer's failure
        if failures and not isinstance(failures[0], BrokenPipeError):
            raise failures[0] from error
        raise
    thread.join()
    if failures:
        raise failures[0]
