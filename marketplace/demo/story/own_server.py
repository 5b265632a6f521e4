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
from pathlib import Path

import httpx

from marketplace.demo.county.chronicle import STEPS as FILLED
from marketplace.demo.story.browser import StoryBroken
from marketplace.kernel.settings import PROJECT_FOLDER

LONGEST_START = 240.0  # seconds until the demo county is filled, also on a slow machine
LONGEST_STOP = 60.0
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
def own_server() -> Iterator[OwnServer]:
    """Start server, worker and database; end and remove all of it afterwards. Raises StoryBroken."""
    remove_leftovers()
    with tempfile.TemporaryDirectory(prefix=FOLDER_PREFIX, ignore_cleanup_errors=True) as folder:
        port = free_port()
        server = OwnServer(f"http://127.0.0.1:{port}", Path(folder) / "var" / "demo-identities")
        log_path = Path(folder) / "server.log"
        with in_use(Path(folder)) as lock, open(log_path, "wb") as log:
            process = start(folder, port, log.fileno(), lock)
            try:
                wait_until_filled(server, process, log_path)
                yield server
            finally:
                stop(process)


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


def start(folder: str, port: int, log: int, lock: int) -> subprocess.Popen[bytes]:
    """Start `marketplace serve` with everything it keeps below a folder, which it holds as long as it lives."""
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_HANDED_ON}
    own = {
        "PGEMBED_DATA": f"{folder}/pg", "MARKETPLACE_VAR": f"{folder}/var", "PORT": str(port), "MARKETPLACE_DEMO": "1",
    }  # fmt: skip
    command = [sys.executable, "-P", "-m", "marketplace.cli", "serve", "--web-processes", "1"]
    return subprocess.Popen(
        command, cwd=PROJECT_FOLDER, env={**inherited, **own}, stdout=log, stderr=log, pass_fds=(lock,),
        preexec_fn=end_with(os.getpid()),
    )  # fmt: skip


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
    last = max(step.at for step in FILLED).date().isoformat()
    until = time.monotonic() + LONGEST_START
    while time.monotonic() < until:
        if process.poll() is not None:
            raise StoryBroken(f"The server ended while starting: {log.read_text(errors='replace')[-800:]}")
        try:
            if httpx.get(f"{server.address}/demo/clock", timeout=5.0).json()["now"][:10] >= last:
                if "/listings/JT-" in httpx.get(f"{server.address}/listings", timeout=5.0).text:
                    return
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            pass
        time.sleep(0.3)
    raise StoryBroken(f"The demo county was not filled within {LONGEST_START:.0f} seconds.")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the server; it ends its children and its database."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=LONGEST_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
