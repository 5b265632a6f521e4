"""The var/ folder that an earlier version leaves behind: its own code fills a demo county there and is then stopped.

`python scripts/earlier_var.py COMMIT FOLDER` (a tag or commit of this history; the folder is made). By this folder
`tests/faults/test_earlier_var.py` proves that what a county has goes on with today's programs.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILT = Path("marketplace", "static", "built")
FILLED = "steps entered"  # what a demo county says when it is filled
LONGEST_FILL = 900.0  # seconds
LINKED_AFTER = 5.0  # seconds in which the worker links and signs what the last step did


def make(commit: str, folder: Path) -> float:
    """Fill the folder; gives the seconds it took. Raises RuntimeError with what the earlier version said."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="marketplace-earlier-") as place:
        tree = Path(place) / "tree"
        _git("worktree", "add", "--quiet", "--detach", str(tree), commit)
        try:
            shutil.copytree(ROOT / BUILT, tree / BUILT, dirs_exist_ok=True)
            _fill(tree, folder.resolve())
        finally:
            _git("worktree", "remove", "--force", str(tree))
    return time.monotonic() - began


def _git(*words: str) -> None:
    subprocess.run(["git", *words], cwd=ROOT, check=True)


def _fill(tree: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # the embedded database is served by a user of its own
    own = ("_FOLDER", "_URL", "MARKETPLACE_DATABASE")  # of whoever calls, not of this county
    told = {name: value for name, value in os.environ.items() if not name.endswith(own)}
    told |= {
        "PYTHONPATH": str(tree), "MARKETPLACE_VAR": str(folder), "PGEMBED_DATA": str(folder / "pg"),
        "PORT": str(_free_port()), "WEB_PROCESSES": "1", "MARKETPLACE_DEMO": "1",
    }  # fmt: skip
    log = folder / "earlier.log"
    with log.open("wb") as said:
        serving = subprocess.Popen(
            [sys.executable, "-P", "-m", "marketplace.cli", "serve"], cwd=tree, env=told, stdout=said, stderr=said
        )
    try:
        ends = time.monotonic() + LONGEST_FILL
        while FILLED not in log.read_text(errors="replace"):
            if serving.poll() is not None or time.monotonic() > ends:
                raise RuntimeError(f"the demo county was not filled: {log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.5)
        time.sleep(LINKED_AFTER)
    finally:
        serving.terminate()
        serving.wait(60)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def main(argv: Sequence[str]) -> int:
    """`COMMIT FOLDER`."""
    if len(argv) != 2:
        print(__doc__)
        return 2
    print(f"{argv[1]}: filled by {argv[0]} in {make(argv[0], Path(argv[1])):.0f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
