"""A server of its own for one telling of the story: free port, temporary database and folders, removed afterwards.

When a telling is killed its server ends by itself; the folder it leaves is removed by the next telling.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx

from marketplace.demo.county.chronicle import STEPS as FILLED
from marketplace.demo.fill_command import PEOPLE_ONLY
from marketplace.demo.story.browser import StoryBroken
from marketplace.demo.story.county import at
from marketplace.kernel.settings import PROJECT_FOLDER

LONGEST_START = 600.0  # seconds until the demo county is filled, also on a slow machine
LONGEST_STOP = 60.0
STORY_BEGINS = at(date(2025, 12, 1))
LONGEST_TURN = timedelta(days=1000)
FOLDER_PREFIX = "marketplace-story-"
IN_USE = "in-use"  # a file in the folder, locked while the telling or its server lives
PR_SET_PDEATHSIG = 1
# what would lead the new server to somebody else's database or files
NOT_HANDED_ON = (
    "DATABASE_URL", "MARKETPLACE_DATABASE", "MARKETPLACE_SUPERVISED", "DOCUMENTS_FOLDER", "KEYS_FOLDER", "MAIL_FOLDER",
    "DEMO_IDENTITIES_FOLDER", "S3_BUCKET", "SMTP_HOST", "PUBLIC_ADDRESS",
)  # fmt: skip


@dataclass(frozen=True)
class OwnServer:
    """Where the started server answers and where its openers' keys lie."""

    address: str
    identities_folder: Path


@contextmanager
def own_server(begins: datetime | None = STORY_BEGINS, people: Path | None = None) -> Iterator[OwnServer]:
    """Start server, worker and database; end and remove all of it afterwards. Raises StoryBroken.

    At a moment the county has its people, keys and providers and no past; without one it is filled as `make run` does.
    With a folder that `keep_people` made, the people are copied from there instead of being entered again.
    """
    remove_leftovers()
    with tempfile.TemporaryDirectory(prefix=FOLDER_PREFIX, ignore_cleanup_errors=True) as folder:
        port = free_port()
        server = OwnServer(f"http://127.0.0.1:{port}", Path(folder) / "var" / "demo-identities")
        log_path = Path(folder) / "server.log"
        with in_use(Path(folder)) as lock, open(log_path, "wb") as log:
            told = environment(folder, port)
            if people is not None:
                _copy(people, Path(folder))
            process = start(told, log.fileno(), lock, [] if begins is None else ["--no-fill"])
            try:
                if begins is None:
                    wait_until_filled(server, process, log_path)
                else:
                    wait_until_served(server, process, log_path)
                    if people is None:
                        fill_people(told, log.fileno())
                    turn_to(server, begins)
                yield server
            finally:
                stop(process)


def keep_people(place: Path) -> None:
    """Start a server, enter the people, end it, and keep what it stored in a folder that must not exist yet.

    Raises StoryBroken.
    """
    draft = place.with_name(place.name + ".new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    with open(draft / "server.log", "wb") as log, in_use(draft) as lock:
        port = free_port()
        told = environment(str(draft), port)
        process = start(told, log.fileno(), lock, ["--no-fill"])
        try:
            server = OwnServer(f"http://127.0.0.1:{port}", draft / "var" / "demo-identities")
            wait_until_served(server, process, draft / "server.log")
            fill_people(told, log.fileno())
        finally:
            stop(process)
    draft.rename(place)


def _copy(people: Path, folder: Path) -> None:
    """Copy database and files; `cp` keeps who owns them, which a database started by root needs."""
    for part in ("pg", "var"):
        subprocess.run(["cp", "-a", "--reflink=auto", str(people / part), str(folder)], check=True)


@contextmanager
def in_use(folder: Path) -> Iterator[int]:
    """Hold the folder: the kernel lets go of the lock when telling and server are gone, also after kill -9."""
    draft = folder / f"{IN_USE}.new"
    with open(draft, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        draft.rename(folder / IN_USE)  # nobody finds it before it is locked
        yield file.fileno()


def remove_leftovers() -> list[Path]:
    """End the database and remove the folder of every telling that was killed; gives the folders."""
    removed = []
    for folder in sorted(Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*")):
        with contextlib.suppress(OSError), open(folder / IN_USE) as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if (folder / "pg").exists():
                environment = {**os.environ, "PGEMBED_DATA": str(folder / "pg")}
                command = [sys.executable, "-P", "-m", "marketplace.kernel.devdb", "stop"]
                subprocess.run(command, cwd=PROJECT_FOLDER, env=environment, capture_output=True, check=False)
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(folder)
    return removed


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def environment(folder: str, port: int) -> dict[str, str]:
    """What the server and what is run beside it are told: everything is kept below the folder."""
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_HANDED_ON}
    return {
        **inherited,
        "PGEMBED_DATA": f"{folder}/pg", "MARKETPLACE_VAR": f"{folder}/var", "PORT": str(port), "MARKETPLACE_DEMO": "1",
    }  # fmt: skip


def start(told: dict[str, str], log: int, lock: int, words: list[str]) -> subprocess.Popen[bytes]:
    """Start `marketplace serve`, which holds its folder as long as it lives."""
    command = [sys.executable, "-P", "-m", "marketplace.cli", "serve", "--web-processes", "1", *words]
    return subprocess.Popen(
        command, cwd=PROJECT_FOLDER, env=told, stdout=log, stderr=log, pass_fds=(lock,),
        preexec_fn=end_with(os.getpid()),
    )  # fmt: skip


def fill_people(told: dict[str, str], log: int) -> None:
    """Enter the people, keys and providers of the demo county, and nothing that they did. Raises StoryBroken."""
    command = [sys.executable, "-P", "-m", "marketplace.cli", "demo", "fill", PEOPLE_ONLY]
    supervised = {**told, "MARKETPLACE_SUPERVISED": "1"}  # the server ends the database, not this
    if subprocess.call(command, cwd=PROJECT_FOLDER, env=supervised, stdout=log, stderr=log):
        raise StoryBroken("The people of the demo county could not be entered.")


def turn_to(server: OwnServer, moment: datetime) -> None:
    """Turn the county clock forward, a few years at a time as its page allows."""
    now = _county_time(server)
    while now < moment:
        now = min(moment, now + LONGEST_TURN)
        httpx.post(f"{server.address}/demo/clock", json={"at": now.isoformat()}, timeout=60.0).raise_for_status()


def end_with(parent: int) -> Callable[[], None]:
    """The server is told to stop when the telling dies, however it dies."""
    libc = ctypes.CDLL(None, use_errno=True)

    def bind() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # died before it was bound
            os._exit(1)

    return bind


def wait_until_filled(server: OwnServer, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the last step of the demo county can be seen. Raises StoryBroken."""
    last = max(step.at for step in FILLED)

    def holds() -> bool:
        # before the first step the county has today's date, and no listing
        listings = httpx.get(f"{server.address}/listings", timeout=60.0).text
        return "/listings/JT-" in listings and _county_time(server) >= last

    wait_until(holds, process, log)


def wait_until_served(server: OwnServer, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the first page answers. Raises StoryBroken."""
    wait_until(lambda: httpx.get(f"{server.address}/healthz", timeout=5.0).status_code == 200, process, log)


def _county_time(server: OwnServer) -> datetime:
    # the front page answers before the rest of the site is loaded, and whoever asks for more waits for it
    return datetime.fromisoformat(httpx.get(f"{server.address}/demo/clock", timeout=60.0).json()["now"])


def wait_until(holds: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait while the server lives. Raises StoryBroken when it ends, or when it takes too long."""
    until = time.monotonic() + LONGEST_START
    while time.monotonic() < until:
        if process.poll() is not None:
            raise StoryBroken(f"The server ended while starting: {log.read_text(errors='replace')[-800:]}")
        with contextlib.suppress(httpx.HTTPError, ValueError, KeyError, TypeError):
            if holds():
                return
        time.sleep(0.3)
    raise StoryBroken(f"The demo county was not ready within {LONGEST_START:.0f} seconds.")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the server; it ends its children and its database."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=LONGEST_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
