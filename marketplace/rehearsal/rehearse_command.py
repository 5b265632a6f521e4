"""`marketplace rehearse`: a sandbox county with a database, files and keys of its own, and a guided tour.

Nothing of the real installation is handed on to it: no database address, no mail server, no storage, no payment.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import piccolo_conf  # noqa: F401  (names the engine before anything asks for it)
from marketplace.demo.fill_command import run
from marketplace.kernel.settings import PROJECT_FOLDER, Settings
from marketplace.rehearsal.county import STEPS

PORT = 8100
# only what a process needs to run and the machine's own programs; never an address or a secret of the real county
HANDED_ON = (
    "PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER", "LOGNAME", "PYTHONPATH", "PYTHONPYCACHEPREFIX",
    "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "PG_BIN_DIR", "LOG_FORMAT", "HOST",
)  # fmt: skip


def main(argv: list[str]) -> int:
    """Serve the sandbox until told to stop. 0 when stopped, 1 when it could not begin."""
    given = read_words(argv)
    if given.fill:
        return fill()
    folder = given.folder.resolve()
    told = environment(folder, given.port, os.environ)
    if given.fresh and not throw_away(folder, told):
        return 1
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    print(f"Rehearsal: everything lies in {folder}; the guided tour is at http://127.0.0.1:{given.port}/rehearsal")
    sys.stdout.flush()
    words = [sys.executable, "-P", "-m", "marketplace.cli", "serve", "--web-processes", "1"]
    os.chdir(PROJECT_FOLDER)
    os.execve(sys.executable, words, told)


def read_words(argv: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="marketplace rehearse",
        description="Serve a sandbox county in which a whole procurement is practised, step by step.",
    )
    folder = Settings.from_environment().var_folder / "rehearsal"
    port = int(os.environ.get("PORT", PORT))
    parser.add_argument("--port", type=int, default=port, help=f"port to listen on ({PORT})")
    parser.add_argument("--folder", type=Path, default=folder, help="where everything of the sandbox lies")
    parser.add_argument("--fresh", action="store_true", help="throw the sandbox away first and begin anew")
    parser.add_argument("--fill", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def environment(folder: Path, port: int, around: Mapping[str, str]) -> dict[str, str]:
    """What the sandbox is told: nothing that leads out of its folder."""
    kept = {name: value for name, value in around.items() if name in HANDED_ON}
    return {
        **kept, "MARKETPLACE_REHEARSAL": "1", "MARKETPLACE_DEMO": "1", "MARKETPLACE_VAR": str(folder / "var"),
        "PGEMBED_DATA": str(folder / "pg"), "PORT": str(port),
    }  # fmt: skip


def throw_away(folder: Path, told: Mapping[str, str]) -> bool:
    """Remove the sandbox; False, with words, for a folder that is none."""
    if not folder.exists():
        return True
    if {each.name for each in folder.iterdir()} - {"pg", "var"}:
        print(f"{folder} holds other things than a rehearsal; nothing was removed.", file=sys.stderr)
        return False
    if (folder / "pg").exists():
        stop = [sys.executable, "-P", "-m", "marketplace.kernel.devdb", "stop"]
        subprocess.run(stop, cwd=PROJECT_FOLDER, env=dict(told), capture_output=True, check=False)
    shutil.rmtree(folder)
    return True


def fill() -> int:
    """Enter the sandbox's people and begin the first round; what is there already stays."""
    settings = Settings.from_environment()
    if not settings.is_rehearsal:
        print("Only a rehearsal is filled: run `marketplace rehearse`.", file=sys.stderr)
        return 1
    print(f"rehearsal: {asyncio.run(run(settings, STEPS))} steps entered")
    return 0
