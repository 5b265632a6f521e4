"""A backup: database, documents and signed heads, encrypted as they stream, checked by restoring what was written."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import asyncpg
import pyrage

from marketplace.gateways.files import flush_folder
from marketplace.gateways.public_log import open_heads_log
from marketplace.kernel.settings import VERSION, Settings
from marketplace.migrate_command import recorded_hash
from marketplace.upkeep.age_parts import (
    Part,
    PartBroken,
    check_part,
    read_part,
    write_part,
    write_plain,
    written_by,
)  # fmt: skip
from marketplace.upkeep.documents import count_whole, files_of, keys_in, tar_of_folder, write_tar
from marketplace.upkeep.manifest import DATABASE, DOCUMENTS, HEADS, KEYS, Manifest
from marketplace.upkeep.pg_programs import Address, command, environment, must_end_well, started

DRAFT = ".partial-"
OUR_TABLES = """
    SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = 'public' AND relkind = 'r' ORDER BY relname
"""


class Unchecked(Exception):
    """The backup was written, and restoring it for the check failed; the text says where it lies and why."""


async def back_up(
    settings: Settings, address: Address, to: Path, recipients: Sequence[str], keys_to: Path | None, is_checked: bool
) -> tuple[Path, Manifest]:
    """Write a backup into a new folder below `to`; it has its name only when it is whole.

    For the check the parts are encrypted to one key more, which lives in memory alone and is forgotten.
    """
    own_key = pyrage.x25519.Identity.generate()
    readers = [pyrage.x25519.Recipient.from_str(each) for each in recipients]
    everybody = [*readers, own_key.to_public()] if is_checked else readers
    to.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=to))
    took: dict[str, float] = {}
    try:
        # the heads before the database: whatever was signed by then is found in the dump
        heads = await open_heads_log(settings).lines()
        async with _one_moment(address) as (connection, snapshot):
            made_at = await connection.fetchval("SELECT now()")
            rows = await rows_by_table(connection)
            migrations = await recorded_hash(connection)
            with _timed(took, "database"):
                parts = {DATABASE: await asyncio.to_thread(dump, address, snapshot, draft / DATABASE, everybody)}
        # after the database: whatever document the dump names was kept before it was named
        with _timed(took, "documents"):
            parts[DOCUMENTS], count = await asyncio.to_thread(_documents, settings, draft / DOCUMENTS, everybody)
        parts[HEADS] = write_plain(draft / HEADS, "".join(f"{line}\n" for line in heads).encode())
        name = f"backup-{made_at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
        if keys_to is not None:
            await asyncio.to_thread(_keep_keys, settings, keys_to, name, everybody, own_key if is_checked else None)
        if is_checked:
            with _timed(took, "check"):
                await check_by_restoring(address, draft, parts, rows, count, own_key)
        manifest = Manifest(
            made_at.isoformat(), VERSION, migrations or "", parts, rows, count, list(recipients), is_checked, took
        )
        manifest.write(draft)
        flush_folder(draft)
        draft.rename(to / name)
        flush_folder(to)
    except Unchecked as failed:
        kept = draft.rename(to / f"unchecked-{draft.name.removeprefix(DRAFT)}")
        raise Unchecked(f"{failed}\nWhat was written lies in {kept}; do not count on it.") from failed
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return to / name, manifest


@contextlib.asynccontextmanager
async def _one_moment(address: Address) -> AsyncIterator[tuple[asyncpg.Connection, str]]:
    """A connection that goes on seeing one moment, and the name by which pg_dump sees the same one."""
    connection = await asyncpg.connect(**address)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield connection, await connection.fetchval("SELECT pg_export_snapshot()")
    finally:
        await connection.close()


async def rows_by_table(connection: asyncpg.Connection) -> dict[str, int]:
    """How many rows each table has."""
    names = [row["relname"] for row in await connection.fetch(OUR_TABLES)]
    if not names:
        return {}
    counts = " UNION ALL ".join(f"SELECT '{name}' AS name, count(*) AS rows FROM \"{name}\"" for name in names)
    return {row["name"]: row["rows"] for row in await connection.fetch(counts)}


def dump(address: Address, snapshot: str, path: Path, recipients: Sequence[Any]) -> Part:
    """The database as it was in one moment. Raises ProgramFailed."""
    words = command(address, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}")
    with tempfile.TemporaryDirectory() as folder:
        errors = Path(folder) / "errors"
        with errors.open("wb") as said:
            process = started(words, environment(address), stdout=subprocess.PIPE, stderr=said)
            assert process.stdout is not None
            part = write_part(path, process.stdout, recipients)
        must_end_well(process, errors)
    return part


def _documents(settings: Settings, path: Path, recipients: Sequence[Any]) -> tuple[Part, int]:
    counts: list[int] = []
    with written_by(lambda file: counts.append(write_tar(settings, file))) as source:
        part = write_part(path, source, recipients)
    return part, counts[0]


def _keep_keys(settings: Settings, to: Path, name: str, recipients: Sequence[Any], key: Any | None) -> None:
    """The keys folder, encrypted, in another place than the rest: whoever has both and the key has the server.

    Read back with `key` where there is one. Raises Unchecked.
    """
    to.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = to / f"{name}-{KEYS}"
    with written_by(lambda file: tar_of_folder(settings.keys_folder, file)) as source:
        write_part(path, source, recipients)
    flush_folder(to)
    if key is not None and keys_in(path, key) != files_of(settings.keys_folder):
        raise Unchecked(f"The keys in {path} are not those of {settings.keys_folder}.")


async def check_by_restoring(
    address: Address, folder: Path, parts: dict[str, Part], rows: dict[str, int], documents: int, key: Any
) -> None:
    """Restore what lies on the disk into a database of its own, compare, and remove that again. Raises Unchecked."""
    scratch = f"backup_check_{secrets.token_hex(4)}"
    admin = await asyncpg.connect(**address)
    try:
        await admin.execute(f"CREATE DATABASE {scratch}")
        for part in parts.values():
            await asyncio.to_thread(check_part, folder, part)
        await asyncio.to_thread(restore_dump, address, scratch, folder / DATABASE, [key])
        restored = await asyncpg.connect(**{**address, "database": scratch})
        try:
            compare(rows, await rows_by_table(restored))
        finally:
            await restored.close()
        found = await asyncio.to_thread(_count_documents, folder / DOCUMENTS, key)
        if found != documents:
            raise PartBroken(f"{documents} documents were written and {found} found.")
    except Exception as error:
        raise Unchecked(f"The backup was not proved by restoring it: {error}") from error
    finally:
        with contextlib.suppress(asyncpg.PostgresError):
            await admin.execute(f"DROP DATABASE IF EXISTS {scratch} WITH (FORCE)")
        await admin.close()


def compare(written: dict[str, int], found: dict[str, int]) -> None:
    """Every table with as many rows as were dumped. Raises PartBroken, naming the first table that differs."""
    for table in sorted(written.keys() | found.keys()):
        if written.get(table) != found.get(table):
            raise PartBroken(
                f"table {table} had {written.get(table, 'no')} rows, restored are {found.get(table, 'no')}."
            )


def restore_dump(address: Address, database: str, path: Path, identities: Sequence[Any]) -> None:
    """Decrypt a dump straight into pg_restore: all of it in one transaction, or nothing. Raises ProgramFailed."""
    words = command(
        address, "pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction",
        f"--dbname={database}",
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        errors = Path(folder) / "errors"
        with errors.open("wb") as said:
            process = started(words, environment(address, database), stdin=subprocess.PIPE, stderr=said)
            assert process.stdin is not None
            try:
                with contextlib.suppress(BrokenPipeError), process.stdin:
                    _decrypt(path, identities, process.stdin)
            except PartBroken:
                process.kill()
                process.wait()
                raise
        must_end_well(process, errors)


def _decrypt(path: Path, identities: Sequence[Any], into: IO[bytes]) -> None:
    try:
        read_part(path, identities, into)
    except OSError as error:  # pg_restore has gone; it says why itself
        raise BrokenPipeError from error


def _count_documents(path: Path, key: Any) -> int:
    with written_by(lambda file: read_part(path, [key], file)) as source:
        count = count_whole(source)
        while source.read(1 << 20):  # what fills the archive's last block
            pass
    return count


@contextlib.contextmanager
def _timed(took: dict[str, float], step: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    took[step] = round(time.monotonic() - began, 1)
