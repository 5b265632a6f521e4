"""`python -m tests.benchmarks.warm_start [TIMES]`: wall time of `make run` until the front page answers.

In a folder that is set up, with a county that is filled (once, before the first round, where it is not). What counts is
what a person waits for: from the command to the whole front page, with the embedded database stopped before.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

from tests.benchmarks.bench_command import FILLED, ROOT, free_port

TIMES, AIM = 7, 2.0
LONGEST_START, LONGEST_FILLING = 120.0, 400.0  # seconds


def first_page(environment: dict[str, str], log: Path, *, until_filled: bool = False) -> float:
    """Seconds from `make run` to the front page; everything is stopped again. Raises TimeoutError."""
    address = f"http://127.0.0.1:{environment['PORT']}/"
    began = perf_counter()
    with log.open("wb") as out:
        site = subprocess.Popen(
            ["make", "-s", "run"], cwd=ROOT, env=environment, stdout=out, stderr=out, start_new_session=True
        )
    try:
        took = _wait_for(address, began, LONGEST_START)
        if until_filled:
            while FILLED not in log.read_text(errors="replace"):
                if perf_counter() - began > LONGEST_FILLING:
                    raise TimeoutError("the demo county was not filled")
                sleep(0.5)
        sleep(3)  # the other processes have come up too: stopped while they start they would leave work half done
        return took
    finally:
        os.killpg(site.pid, signal.SIGTERM)
        site.wait(60)


def _wait_for(address: str, began: float, seconds: float) -> float:
    while perf_counter() - began < seconds:
        try:
            with urllib.request.urlopen(address, timeout=seconds) as answer:
                if b"</html>" in answer.read():
                    return perf_counter() - began
        except OSError:
            sleep(0.005)
    raise TimeoutError(address)


def main(argv: list[str]) -> int:
    """`[TIMES] [FOLDER]`: how often, and the folder of a county that stays."""
    times = int(argv[0]) if argv else TIMES
    folder = Path(argv[1] if len(argv) > 1 else tempfile.mkdtemp(prefix="warm-"))
    told = {**os.environ, "MARKETPLACE_VAR": str(folder / "var"), "PGEMBED_DATA": str(folder / "pg")}
    told.pop("DATABASE_URL", None)
    told["PORT"] = str(free_port())
    log = folder / "site.log"
    if not (folder / "pg").exists():
        first_page(told, log, until_filled=True)
    seconds = [first_page(told, log) for _ in range(times)]
    print("seconds:", ", ".join(f"{each:.2f}" for each in seconds), "median:", f"{median(seconds):.2f}")
    middle = round(median(seconds), 2)
    print(json.dumps([{"name": "warm_start", "value": middle, "target": AIM, "met": middle <= AIM, "unit": "s"}]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
