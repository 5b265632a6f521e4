"""Which Chinese sentences have no English, which English is used nowhere, which placeholders differ. Exit 1 on any."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("marketplace", "catalogue", "vendors", "contracts", "evaluations")
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "say": None, "Wrong": None}
JINJA_OPTIONS = {"trimmed": "true", "newstyle_gettext": "true", "extensions": "jinja2.ext.do", "silent": "false"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def messages() -> Iterator[tuple[str, str]]:
    """Every message in code and templates, with the file it stands in."""
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for _, message, *_ in extract_from_file("jinja2.ext:babel_extract", path, options=JINJA_OPTIONS):
            yield from ((each, str(path.relative_to(ROOT))) for each in _each(message))
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for _, message, *_ in extract_from_file("python", path, keywords=KEYWORDS):
                yield from ((each, str(path.relative_to(ROOT))) for each in _each(message))


def _each(message: object) -> Iterator[str]:
    for each in message if isinstance(message, (tuple, list)) else (message,):
        if isinstance(each, str) and CHINESE.search(each):
            yield each


def english() -> dict[str, str]:
    """Every translation by its Chinese original."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "marketplace" / "locales" / "en").glob("*.po")):
        with path.open("rb") as file:
            found |= {m.id: str(m.string) for m in read_po(file) if isinstance(m.id, str) and m.id and m.string}
    return found


def placeholders(text: str) -> set[str]:
    """Names in {braces} or %(percent)s."""
    return set(re.findall(r"\{(\w+)", text)) | set(re.findall(r"%\((\w+)\)s", text))


def faults() -> tuple[list[str], list[str]]:
    """Sentences without English with their file, and those whose placeholders differ."""
    known, wanted = english(), dict(reversed(list(messages())))
    missing = [f"{where}: {message}" for message, where in sorted(wanted.items(), key=lambda x: x[1]) if message not in known]
    differing = [m for m in wanted if m in known and not placeholders(known[m]) <= placeholders(m)]
    return missing, differing


def main() -> int:
    """Print what is wrong."""
    missing, differing = faults()
    for line in missing:
        print(f"no English: {line}")
    for line in differing:
        print(f"placeholders differ: {line}")
    print(f"{len(missing)} without English, {len(differing)} with other placeholders")
    return 1 if missing or differing else 0


if __name__ == "__main__":
    sys.exit(main())
