"""A backup is what can be restored: encrypted, proved at once, put back into an empty place, never over another."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pyrage
import pytest
import pytest_asyncio
from moto.server import ThreadedMotoServer

from marketplace.gateways.files import open_store, s3_client
from marketplace.gateways.public_log import open_heads_log
from marketplace.gateways.signing import AUDIT_KEY, make_or_load_key
from marketplace.kernel.clock import CountyClock
from marketplace.kernel.db import engine, execute, fetchval
from marketplace.kernel.settings import Settings
from marketplace.upkeep import backup
from marketplace.upkeep.age_parts import PartBroken
from marketplace.upkeep.backup import Unchecked, back_up, rows_by_table
from marketplace.upkeep.backup_command import main, prove
from marketplace.upkeep.manifest import DATABASE, DOCUMENTS, read_manifest
from marketplace.upkeep.restore import NotEmpty, restore
from marketplace.verify_command import words
from marketplace.verify_ledger import first_difference
from tests.builders_catalogue import a_published_listing
from tests.cast import enter_cast
from tests.conftest import WORKER, make_database

MARKER = "麻辣兔头-7719"


@dataclass
class Place:
    """An installation: its settings, how to reach its database, and the age key of its backups."""

    settings: Settings
    address: dict[str, Any]
    key: Any
    root: Path

    @property
    def recipient(self) -> str:
        """Who may read its backups."""
        return str(self.key.to_public())


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    """An installation with a row, two documents, heads and keys."""
    address = await make_database(f"backup_{WORKER}")
    settings = Settings.from_environment({"MARKETPLACE_VAR": str(tmp_path / "here")})
    settings.secret("form-tokens")
    make_or_load_key(settings.keys_folder / AUDIT_KEY)
    connection = await asyncpg.connect(**address)
    await connection.execute("CREATE TABLE note (id int PRIMARY KEY, words text)")
    await connection.execute("INSERT INTO note SELECT n, $1 || n FROM generate_series(1, 2000) AS n", MARKER)
    await connection.execute(
        "INSERT INTO installation (id, is_demo, created_at, migrations_hash) VALUES (1, false, now(), 'older')"
    )
    await connection.close()
    store = open_store(settings)
    await store.put(MARKER.encode() * 300_000, "large.pdf")
    await store.put(b"small", "small.pdf")
    yield Place(settings, address, pyrage.x25519.Identity.generate(), tmp_path)


def signing_meanwhile(place: Place) -> Callable[..., Any]:
    """Documents take their time, and the worker signs a head of what the dump does not hold."""
    real = backup._documents

    def slowly(*asked: Any) -> Any:
        asyncio.run(open_heads_log(place.settings).append(["later"]))
        return real(*asked)

    return slowly


async def empty_place(place: Place, name: str) -> tuple[Settings, dict[str, Any]]:
    """Another machine: no documents, no keys, an empty database."""
    admin = await asyncpg.connect(**{**place.address, "database": "postgres"})
    await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    return Settings.from_environment({"MARKETPLACE_VAR": str(place.root / name)}), {**place.address, "database": name}


@asynccontextmanager
async def services_work_on(address: dict[str, Any]) -> AsyncIterator[None]:
    """The county's services ask this database."""
    real = engine().pool
    engine().pool = await asyncpg.create_pool(**address, min_size=1, max_size=4)
    try:
        yield
    finally:
        engine().pool.terminate()
        engine().pool = real


async def a_small_county(settings: Settings) -> str:
    """People, a published listing and signed heads; gives the listing."""
    now = await CountyClock().now()
    await enter_cast(now)
    listing = await a_published_listing(now)
    assert (await prove(settings)).holds
    return listing.reference


async def test_drill_a_county_comes_back_in_another_place_proved_and_nothing_of_it_lies_in_clear(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an operator rehearses, in every run of the tests: back up, restore elsewhere, prove audit and money."""
    async with services_work_on(place.address):
        reference = await a_small_county(place.settings)
    signed = await open_heads_log(place.settings).lines()
    monkeypatch.setattr(backup, "_documents", signing_meanwhile(place))
    folder, manifest = await back_up(
        place.settings, place.address, place.root / "to", [place.recipient], place.root / "keys-to", True
    )
    assert manifest.checked and manifest.documents == 2 and manifest.rows["note"] == 2000
    assert [each.name for each in (place.root / "to").iterdir()] == [folder.name]
    written = [*folder.iterdir(), *(place.root / "keys-to").iterdir()]
    assert not any(MARKER.encode() in each.read_bytes() for each in written)
    assert all(each.stat().st_mode & 0o077 == 0 for each in written if each.suffix == ".age")
    (keys,) = (place.root / "keys-to").iterdir()
    assert (folder / "audit-heads.jsonl").read_text().splitlines() == signed != []

    monkeypatch.setattr("marketplace.upkeep.restore.migrate", _as_it_is)
    settings, address = await empty_place(place, f"restored_{WORKER}")
    with pytest.raises(NotEmpty, match="no keys"):
        await restore(settings, address, folder, place.key, None)
    await restore(settings, address, folder, place.key, keys)
    connection = await asyncpg.connect(**address)
    assert await rows_by_table(connection) == manifest.rows
    assert await connection.fetchval("SELECT words FROM note WHERE id = 2000") == f"{MARKER}2000"
    await connection.close()
    for document in ("large.pdf", "small.pdf"):
        content = MARKER.encode() * 300_000 if document == "large.pdf" else b"small"
        stored = await open_store(settings).put(content, document)
        assert await open_store(settings).get(stored.key) == content
    assert sorted(_files(settings.documents_folder)) == sorted(_files(place.settings.documents_folder))
    assert await open_heads_log(settings).lines() == signed
    async with services_work_on(address):
        verdict = await prove(settings)
        assert verdict.holds and verdict.entries > 10 and verdict.heads == len(signed), words(verdict)
        assert await first_difference() is None
        assert await fetchval("SELECT status FROM listing WHERE reference = $1", reference) == "published"
        await execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        await execute("DELETE FROM audit_entry WHERE position = (SELECT max(position) FROM audit_entry)")
        assert not (await prove(settings)).holds, "a restored audit that lost an entry is not called proved"
    assert _files(settings.keys_folder) == _files(place.settings.keys_folder)

    with pytest.raises(NotEmpty, match=r"already has \d+ tables"):
        await restore(settings, address, folder, place.key, None)


async def test_documents_in_s3_come_back_into_another_bucket(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in (("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x")):
        monkeypatch.setenv(name, value)

    def bucket(name: str) -> Settings:
        found = Settings.from_environment(
            {"MARKETPLACE_VAR": str(place.root / "here"), "S3_BUCKET": name, "S3_ENDPOINT": f"http://{host}:{port}"}
        )
        s3_client(found).create_bucket(Bucket=name)
        return found

    try:
        here, there = bucket("here"), bucket("there")
        kept = await open_store(here).put(b"in the bucket", "a.pdf")
        await open_heads_log(here).append(["{}"])
        folder, manifest = await back_up(here, place.address, place.root / "to", [place.recipient], None, True)
        assert manifest.documents == 1
        monkeypatch.setattr("marketplace.upkeep.restore.migrate", _as_it_is)
        _, address = await empty_place(place, f"restored_{WORKER}")
        await restore(there, address, folder, place.key, None)
        assert await open_store(there).get(kept.key) == b"in the bucket"
        assert await open_heads_log(there).lines() == ["{}"]
    finally:
        server.stop()


async def test_a_backup_that_does_not_restore_is_never_called_one(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = backup.dump

    def half(address: Any, snapshot: str, path: Path, recipients: Any) -> Any:
        part = real(address, snapshot, path, recipients)
        path.write_bytes(path.read_bytes()[:-100])
        return part

    monkeypatch.setattr(backup, "dump", half)
    with pytest.raises(Unchecked, match="not the file that was written"):
        await back_up(place.settings, place.address, place.root / "to", [place.recipient], None, True)
    (left,) = (place.root / "to").iterdir()
    assert left.name.startswith("unchecked-") and not (left / "manifest.json").exists()
    connection = await asyncpg.connect(**place.address)
    scratch = await connection.fetchval("SELECT count(*) FROM pg_database WHERE datname LIKE 'backup\\_check\\_%'")
    await connection.close()
    assert scratch == 0


async def test_what_cannot_be_restored_is_said_before_anything_is_touched(place: Place) -> None:
    folder, _ = await back_up(place.settings, place.address, place.root / "to", [place.recipient], None, False)
    settings, address = await empty_place(place, f"restored_{WORKER}")
    settings.secret("form-tokens")

    with pytest.raises(PartBroken, match="does not open with this key"):
        await restore(settings, address, folder, pyrage.x25519.Identity.generate(), None)
    cut = place.root / "cut"
    shutil.copytree(folder, cut)
    (cut / DOCUMENTS).unlink()
    with pytest.raises(PartBroken, match=r"documents\.age is missing"):
        await restore(settings, address, cut, place.key, None)
    shutil.copy(folder / DOCUMENTS, cut)
    with (cut / DATABASE).open("ab") as file:
        file.write(b"x")
    with pytest.raises(PartBroken, match="not the file that was written"):
        read_manifest(cut)
    (cut / "manifest.json").write_text(json.dumps({"format": "another"}))
    with pytest.raises(PartBroken, match="another form"):
        read_manifest(cut)
    with pytest.raises(PartBroken, match="is no backup"):
        read_manifest(place.root)
    connection = await asyncpg.connect(**address)
    assert await rows_by_table(connection) == {}
    await connection.close()


def test_the_command_refuses_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", "--to", str(tmp_path / "to"), "-r", "age1nobody"]) == 1
    assert "backup: " in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["backup", "--to", str(tmp_path), "--keys-to", str(tmp_path), "-r", "age1nobody"])
    assert "another place" in capsys.readouterr().err
    no_key = tmp_path / "no-key"
    no_key.write_text("nothing")
    assert main(["restore", "--from", str(tmp_path), "--identity", str(no_key)]) == 1
    assert "holds no age key" in capsys.readouterr().err


async def _as_it_is(_: Settings) -> bool:
    """The restored database of this test is as new as the programs, but has a table more than they know."""
    return False


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
