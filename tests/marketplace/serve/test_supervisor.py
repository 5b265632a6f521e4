"""`marketplace serve`: starts everything, survives what may happen to it, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from marketplace.kernel.settings import PROJECT_FOLDER

PATIENCE = 90.0  # seconds


@pytest.fixture(scope="module")
def home() -> Iterator[dict[str, str]]:
    """The environment of a county of this module's own, migrated once."""
    var = Path(tempfile.mkdtemp(prefix="serve-"))
    told = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "PGEMBED_DATA", "MARKETPLACE_DATABASE")}
    yield {**told, "MARKETPLACE_VAR": str(var), "PORT": str(free_port()), "MARKETPLACE_DEMO": "1"}
    subprocess.run(
        [sys.executable, "-m", "marketplace.kernel.devdb", "stop"],
        env={**told, "MARKETPLACE_VAR": str(var)}, cwd=PROJECT_FOLDER, check=False, capture_output=True,
    )  # fmt: skip
    shutil.rmtree(var)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serving(home: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A running marketplace without its demo county; stopped at the end if it still runs."""
    log = open(Path(home["MARKETPLACE_VAR"]) / "serve.log", "ab")  # noqa: SIM115 (the child writes to it)
    command = [sys.executable, "-P", "-m", "marketplace.cli", "serve", "--no-fill"]
    supervisor = subprocess.Popen(command, env=home, cwd=PROJECT_FOLDER, stdout=log, stderr=log)
    try:
        until(lambda: supervisor.poll() is not None or healthz(home) is not None)
        assert supervisor.poll() is None, Path(log.name).read_text()
        yield supervisor
    finally:
        if supervisor.poll() is None:
            supervisor.terminate()
            supervisor.wait(timeout=30)
        log.close()


def healthz(home: dict[str, str]) -> dict[str, object] | None:
    """What /healthz says, None when nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{home['PORT']}/healthz", timeout=5) as answer:
            return dict(json.load(answer))
    except OSError:
        return None


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def children(supervisor: subprocess.Popen[bytes]) -> dict[int, str]:
    """The living children of the supervisor and their commands."""
    found = Path(f"/proc/{supervisor.pid}/task/{supervisor.pid}/children").read_text().split()
    return {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " ") for pid in found}


def is_gone(pid: int) -> bool:
    """Whether a process has ended (a zombie has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_it_serves_and_leaves_nothing_behind(home: dict[str, str]) -> None:
    with serving(home) as supervisor:
        said = healthz(home)
        assert said is not None
        assert said["status"] == "ok"
        assert said["demo"] is True
        until(lambda: len(children(supervisor)) == 3)
        living = children(supervisor)
        assert sum("web_process" in command for command in living.values()) == 2
        supervisor.send_signal(signal.SIGINT)
        assert supervisor.wait(timeout=30) == 0
    assert all(is_gone(pid) for pid in living)
    assert not (Path(home["MARKETPLACE_VAR"]) / "pg" / "postmaster.pid").exists()


def test_a_busy_port_says_so_and_how_to_choose_another(home: dict[str, str]) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        command = [sys.executable, "-P", "-m", "marketplace.cli", "serve"]
        done = subprocess.run(
            command, env={**home, "PORT": str(port)}, cwd=PROJECT_FOLDER, capture_output=True, text=True, check=False
        )
    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1 is busy" in done.stderr
    assert f"PORT={port + 1} make run" in done.stderr


def test_a_supervisor_killed_with_9_takes_its_children_along_and_the_next_one_starts(home: dict[str, str]) -> None:
    with serving(home) as supervisor:
        until(lambda: len(children(supervisor)) == 3)
        living = children(supervisor)
        supervisor.kill()
        supervisor.wait()
        until(lambda: all(is_gone(pid) for pid in living))
    with serving(home):
        assert healthz(home) is not None


def test_a_crashed_child_is_started_again(home: dict[str, str]) -> None:
    with serving(home) as supervisor:
        until(lambda: len(children(supervisor)) == 3)
        before = children(supervisor)
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        until(lambda: len(set(children(supervisor)) - set(before)) == 3)
        until(lambda: healthz(home) is not None)
