"""A telling of the story that is killed leaves no server, and the next one removes what lies about."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from marketplace.demo.story.own_server import FOLDER_PREFIX, in_use, remove_leftovers
from marketplace.kernel.settings import PROJECT_FOLDER

TELLING = """
import time
from marketplace.demo.story.own_server import own_server
with own_server() as server:
    print(server.address, server.identities_folder.parents[1], flush=True)
    time.sleep(600)
"""
PATIENCE = 120.0


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)


def processes_of(folder: Path) -> list[str]:
    """Command lines of processes that live in a folder: their environment or their words name it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in words:
            found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def answers(address: str) -> bool:
    """Whether somebody serves there."""
    try:
        return httpx.get(f"{address}/healthz", timeout=5.0).status_code == 200
    except httpx.HTTPError:
        return False


def test_a_killed_telling_leaves_nothing_for_ever() -> None:
    telling = subprocess.Popen(
        [sys.executable, "-P", "-c", TELLING], stdout=subprocess.PIPE, cwd=PROJECT_FOLDER,
        env={**os.environ, "PYTHONPATH": str(PROJECT_FOLDER)}, text=True,
    )  # fmt: skip
    try:
        assert telling.stdout is not None
        address, name = telling.stdout.readline().split()
        folder = Path(name)
        assert answers(address) and processes_of(folder)
        assert folder not in remove_leftovers() and answers(address)  # a telling that lives is left alone
    finally:
        telling.send_signal(signal.SIGKILL)
        telling.wait()
    until(lambda: not answers(address) and not processes_of(folder))
    assert folder.exists()
    assert folder in remove_leftovers()
    assert not folder.exists()


def test_a_database_that_outlived_its_server_is_ended_with_its_folder(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = tmp_path / f"{FOLDER_PREFIX}killed"
    folder.mkdir()
    environment = {**os.environ, "PGEMBED_DATA": str(folder / "pg")}
    command = [sys.executable, "-P", "-m", "marketplace.kernel.devdb", "start"]
    subprocess.run(command, cwd=PROJECT_FOLDER, env=environment, check=True, capture_output=True)
    with in_use(folder):
        assert remove_leftovers() == []
        assert any("postgres" in words for words in processes_of(folder))
    assert remove_leftovers() == [folder]
    until(lambda: not processes_of(folder))
    assert not folder.exists() and remove_leftovers() == []
