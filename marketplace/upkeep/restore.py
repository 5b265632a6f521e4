"""Restoring a backup into an empty installation: keys, documents, heads, database, then every proof."""

from __future__ import annotations

import asyncio
import os
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import asyncpg

from marketplace.gateways.files import flush_folder, flush_to_disk, open_store
from marketplace.gateways.public_log import open_heads_log
from marketplace.kernel.settings import Settings
from marketplace.migrate_command import migrate
from marketplace.upkeep.age_parts import OWNER_ONLY, PartBroken, check_part, read_part, written_by
from marketplace.upkeep.backup import OUR_TABLES, compare, restore_dump, rows_by_table
from marketplace.upkeep.documents import keys_in, put_back
from marketplace.upkeep.manifest import DATABASE, DOCUMENTS, HEADS, Manifest, read_manifest
from marketplace.upkeep.pg_programs import Address


class NotEmpty(Exception):
    """There is something already where the backup would go; nothing was touched."""


async def restore(settings: Settings, address: Address, folder: Path, identity: Any, keys: Path | None) -> Manifest:
    """Put everything back and compare the rows. Touches nothing unless all parts are whole and their places empty.

    The database comes last and in one transaction: a restore that was cut off before is begun again.
    Raises PartBroken, NotEmpty, ProgramFailed.
    """
    manifest = await asyncio.to_thread(read_manifest, folder)
    await _check_database_is_empty(address)
    _check_keys(settings, keys)
    heads = await _missing_heads(settings, folder / HEADS)
    if keys is not None:
        await asyncio.to_thread(_put_keys_back, settings, keys, identity)
    await _put_documents_back(settings, check_part(folder, manifest.parts[DOCUMENTS]), identity)
    await open_heads_log(settings).append(heads)
    await asyncio.to_thread(restore_dump, address, str(address["database"]), folder / DATABASE, [identity])
    connection = await asyncpg.connect(**address)
    try:
        compare(manifest.rows, await rows_by_table(connection))
    finally:
        await connection.close()
    await migrate(settings)
    return manifest


async def _check_database_is_empty(address: Address) -> None:
    connection = await asyncpg.connect(**address)
    try:
        tables = await connection.fetch(OUR_TABLES)
    finally:
        await connection.close()
    if tables:
        raise NotEmpty(
            f"The database {address['database']} already has {len(tables)} tables. A backup is restored into an empty "
            "one: make a new database and name it with DATABASE_URL. Nothing was changed."
        )


def _check_keys(settings: Settings, keys: Path | None) -> None:
    has_keys = settings.keys_folder.is_dir() and any(settings.keys_folder.iterdir())
    if keys is None and not has_keys:
        raise NotEmpty(
            f"There are no keys in {settings.keys_folder}: without them encrypted columns cannot be read and the audit "
            "cannot be proved. Name the backed up ones with --keys FILE, or put the folder there. Nothing was changed."
        )
    if keys is not None and has_keys:
        raise NotEmpty(f"{settings.keys_folder} already holds keys. Leave out --keys, or move them away.")


def _put_keys_back(settings: Settings, keys: Path, identity: Any) -> None:
    """All keys, or none: a folder with half of them would pass for the whole."""
    found = keys_in(keys, identity)
    settings.keys_folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".keys-", dir=settings.keys_folder.parent))
    for name, content in found.items():
        with os.fdopen(os.open(draft / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "wb") as file:
            file.write(content)
            flush_to_disk(file)
    draft.rename(settings.keys_folder)  # onto nothing, or onto an empty folder
    flush_folder(settings.keys_folder.parent)


async def _put_documents_back(settings: Settings, path: Path, identity: Any) -> None:
    with written_by(lambda file: read_part(path, [identity], file)) as source:
        try:
            await put_back(source, open_store(settings))
        except (ValueError, tarfile.TarError) as error:
            raise PartBroken(f"{path}: {error}") from error
        while source.read(1 << 20):  # what fills the archive's last block
            pass


async def _missing_heads(settings: Settings, path: Path) -> list[str]:
    """The backup's heads that are not published here yet. Raises NotEmpty where others are."""
    there, backed_up = await open_heads_log(settings).lines(), path.read_text().splitlines()
    if there != backed_up[: len(there)]:
        raise NotEmpty(
            "The published heads here are not the beginning of those in the backup: this is another county's place, "
            "or heads were signed after the backup. Keep a copy of them, empty the place, and prove the restored audit "
            "with `marketplace verify chain --heads COPY`."
        )
    return backed_up[len(there) :]
