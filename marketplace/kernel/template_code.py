"""Compiled templates are kept beside Python's own compiled code: a page is compiled once, not once a process."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from jinja2 import Environment, FileSystemBytecodeCache

# the code that shapes what is compiled: how sentences and calls are written, and the filters that are tried on texts
SHAPING = tuple(
    Path(__file__).with_name(f"{name}.py")
    for name in ("formats", "i18n", "spoken_templates", "template_calls", "template_code", "template_parts", "web")
)


def kept_in(
    environment: Environment, place: Path | None = None, words: str = ""
) -> FileSystemBytecodeCache | None:
    """Where this environment keeps its compiled templates; None where nothing may be written.

    The name of the folder tells what else shapes the code, such as the words compiled into it and the modules that
    compile; of source, Python and jinja jinja itself keeps account.
    """
    shaping = (
        sorted(environment.extensions), sorted(environment.policies.items()), environment.trim_blocks,
        environment.lstrip_blocks, environment.autoescape, words, _modules(),
    )  # fmt: skip
    name = hashlib.sha256(repr(shaping).encode()).hexdigest()[:12]
    folder = (place or Path(sys.pycache_prefix or sys.prefix)) / f"templates-{name}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    # code is run from there: only a folder of our own is trusted
    is_ours = folder.stat().st_uid == os.getuid() and not folder.stat().st_mode & 0o022
    return FileSystemBytecodeCache(str(folder)) if is_ours and os.access(folder, os.W_OK) else None


def _modules() -> str:
    """How the templates were compiled: after an upgrade they are compiled anew."""
    found = hashlib.sha256()
    for path in SHAPING:
        found.update(path.read_bytes())
    return found.hexdigest()
