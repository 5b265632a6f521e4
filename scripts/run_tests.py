"""Run the tests as `make test` does: in one process more than there are cores, the ten slowest named at the end."""

import os
import subprocess
import sys
from pathlib import Path

from marketplace.kernel import devdb

ROOT = Path(__file__).resolve().parents[1]
NOTHING_COLLECTED = 5


def main(chosen: list[str]) -> int:
    """Run all tests, or the chosen ones; bench and faults have commands of their own."""
    # one more than cores: browsers, servers and databases that a test waits for leave a core idle now and then
    processes = os.environ.get("TEST_PROCESSES", str((os.cpu_count() or 1) + 1))
    command = [sys.executable, "-m", "pytest", "-q", "--durations=10", "--durations-min=0.5"]
    if processes != "0":
        command += ["-n", processes, "--dist", "loadfile", "--no-loadscope-reorder"]  # the order of tests/conftest.py
    print("Left out: bench and faults (make bench, make faults).", flush=True)
    # a server of the tests' own: a county served by `make run` at the same time is not disturbed
    os.environ.setdefault("PGEMBED_DATA", str(ROOT / "var" / "pg-tests"))
    try:
        code = subprocess.call([*command, *chosen], cwd=ROOT)
    finally:
        devdb.stop_if_unused()
    return 1 if code == NOTHING_COLLECTED else code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
