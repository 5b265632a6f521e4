"""Whether every Chinese sentence of the code and the templates has its English, with the same values in it.

Missing sentences and different values are mistakes. A sentence in a .po file that no code holds is only named:
some are written in the county's data (items, rules) and translated when shown.
"""

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.extract import extract
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("marketplace", "catalogue", "vendors", "contracts", "evaluations")
MARKS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None, "say": None, "translate": None}
TEMPLATE_OPTIONS = {
    "trimmed": "true",
    "newstyle_gettext": "true",
    "silent": "false",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "extensions": "jinja2.ext.i18n,jinja2.ext.do",
}
VALUE = re.compile(r"%\((\w+)\)s|(?<!\{)\{(\w+)[^{}]*\}(?!\})")
CHINESE = re.compile(r"[\u3400-\u9fff]")


@dataclass
class Found:
    """The sentences of the code with their places, those of the .po files, and what is wrong."""

    used: dict[str, str] = field(default_factory=dict)
    translated: dict[str, tuple[str, str]] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)


def read_sources(found: Found) -> None:
    """Collect every marked sentence."""
    python = [p for name in PACKAGES for p in sorted((ROOT / name).rglob("*.py")) if "node_modules" not in p.parts]
    for method, paths, options in (
        ("python", python, {}),
        ("jinja2", sorted((ROOT / "templates").rglob("*.*")), TEMPLATE_OPTIONS),
    ):
        for path in paths:
            if not CHINESE.search(path.read_text()):
                continue
            with path.open("rb") as file:
                for line, message, _, _ in extract(
                    method, file, keywords=MARKS, options={"encoding": "utf-8", **options}
                ):
                    for sentence in message if isinstance(message, tuple) else (message,):
                        if CHINESE.search(sentence):  # what holds no Chinese reads the same in both languages
                            found.used.setdefault(sentence, f"{path.relative_to(ROOT)}:{line}")


def read_catalogues(found: Found) -> None:
    """Collect every translation; one sentence may stand in several files, but with one translation."""
    for path in sorted((ROOT / "marketplace" / "locales" / "en").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="en", abort_invalid=True):
                for sentence in message.id if isinstance(message.id, (list, tuple)) else (message.id,):
                    text = message.string if isinstance(message.string, str) else (message.string or ("",))[-1]
                    if not sentence or not text:
                        continue
                    before = found.translated.get(sentence)
                    if before and before[0] != text:
                        found.mistakes.append(f"{path.name}: “{sentence}” is said differently in {before[1]}")
                    found.translated.setdefault(sentence, (text, path.name))


LONE_PERCENT = re.compile(r"(?<!%)%(?:%%)*(?![(%])")


def values(sentence: str) -> list[str]:
    """The names of the values in a sentence."""
    return sorted({first or second for first, second in VALUE.findall(sentence)})


def compare(found: Found) -> None:
    """Name what has no English, and where the English has other values."""
    for sentence, place in found.used.items():
        if sentence not in found.translated:
            found.mistakes.append(f"{place}: no English for “{sentence}”")
    for sentence, (text, name) in found.translated.items():
        if values(sentence) != values(text):
            found.mistakes.append(f"{name}: “{sentence}” has {values(sentence)}, its English {values(text)}")
        # a page puts values into every sentence it translates: a lone percent sign would break it
        place = found.used.get(sentence, "")
        if place.startswith("templates/") and (LONE_PERCENT.search(text) or LONE_PERCENT.search(sentence)):
            found.mistakes.append(f"{name}: “{sentence}” or its English has a lone percent sign; write %%")


def main() -> int:
    """Print what is wrong; 1 when anything is."""
    found = Found()
    read_sources(found)
    read_catalogues(found)
    compare(found)
    unused = [f"{name}: “{sentence}”" for sentence, (_, name) in found.translated.items() if sentence not in found.used]
    if unused and "--unused" in sys.argv:
        print("In no code or template (perhaps in data):", *unused, sep="\n  ")
    for mistake in found.mistakes:
        print(mistake)
    print(
        f"{len(found.used)} sentences, {len(found.mistakes)} mistakes, {len(unused)} not in code (--unused lists them)."
    )
    return 1 if found.mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
