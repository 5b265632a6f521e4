"""The project's own Python files, read as text and, where a test needs more, as syntax trees."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# what stands in a body, and the parts of `try` and `match` that have bodies of their own
HOLDS_STATEMENTS = (ast.stmt, ast.excepthandler, ast.match_case)
PACKAGES = ("marketplace", "catalogue", "vendors", "contracts", "evaluations")


@dataclass(frozen=True)
class Module:
    """One Python file of the product."""

    name: str
    path: Path
    source: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree: a thousand of them take seconds, so ask whether the source holds the word first."""
        return ast.parse(self.source, str(self.path))

    @cached_property
    def imported(self) -> tuple[tuple[int, str], ...]:
        """Every imported name with its line."""
        return tuple(imports(self.tree))

    @property
    def shown(self) -> str:
        """Its path as a person would name it."""
        return str(self.path.relative_to(ROOT))


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the five packages."""
    return tuple(_read(path) for path in paths())


def paths() -> list[Path]:
    """The file of every module."""
    return [path for package in PACKAGES for path in _files(ROOT / package)]


def _files(folder: Path) -> Iterator[Path]:
    yield from (path for path in sorted(folder.rglob("*.py")) if "node_modules" not in path.parts)


def _read(path: Path) -> Module:
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    return Module(".".join(parts), path, path.read_text())


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every imported name with its line; `from a import b` counts as a.b, which may be a module."""
    for node in statements(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Every statement however deep, without the expressions: what is no statement holds none."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for _, value in ast.iter_fields(node):
            if isinstance(value, list):
                waiting += [part for part in value if isinstance(part, HOLDS_STATEMENTS)]


def tracked_files() -> list[Path]:
    """Every file that git keeps; empty where the project is not a git clone."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]
