"""Web processes and workers that begin within a tenth of a second, so that a run can kill hundreds of them.

One process loads the application and then forks: what is forked is the product's own web process or worker, killed
with -9 like any other. `python -m tests.faults.forked` reads "web PORT" or "worker" and answers with the number of the
process.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from marketplace.kernel.settings import PROJECT_FOLDER as ROOT

PR_SET_PDEATHSIG = 1
PATIENCE = 60.0


@dataclass
class Forked:
    """A forked process; its parent, not we, takes note of its end."""

    pid: int

    def send_signal(self, number: int) -> None:
        """Send a signal to it, if it is there."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def wait(self, timeout: float = PATIENCE) -> None:
        """Wait until it is gone; kills it when it does not go."""
        ends = time.monotonic() + timeout
        while Path(f"/proc/{self.pid}").exists():
            if time.monotonic() > ends:
                self.send_signal(signal.SIGKILL)
            time.sleep(0.005)


class Forge:
    """The process that forks."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        with log.open("ab") as told:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.forked"], cwd=ROOT, env=environment, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=told,
            )  # fmt: skip

    def new(self, what: str) -> Forked:
        """A new process: "web PORT" or "worker"."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()
        return Forked(int(self.process.stdout.readline()))

    def end(self) -> None:
        """End it; what it forked ends with it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(PATIENCE)


def _become(asked: list[str]) -> None:
    """Be the web process or the worker, until killed or asked to end."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    if asked[0] == "web":
        import uvicorn  # only the forking process loads the application

        from marketplace.asgi import app

        uvicorn.run(app, port=int(asked[1]), access_log=False, log_level="error")
    else:
        from marketplace import worker

        worker.main()


def main() -> None:
    """Load, then fork for every line."""
    import marketplace.asgi
    import marketplace.kernel.jobs.queue
    import marketplace.worker  # noqa: F401

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    parent, lib = os.getpid(), ctypes.CDLL(None)
    # unbuffered: a fork must not inherit lines that were read ahead
    with os.fdopen(0, "rb", buffering=0, closefd=False) as lines:
        while line := lines.readline():
            pid = os.fork()
            if pid == 0:
                lib.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                if os.getppid() == parent:
                    _become(line.decode().split())
                os._exit(0)
            print(pid, flush=True)


if __name__ == "__main__":
    main()
