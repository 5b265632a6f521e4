"""What lands in forms: by mistake, by a wrong keyboard, by malice."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from itertools import count
from typing import Any

from marketplace.kernel.forms import Field
from marketplace.kernel.settings import PROJECT_FOLDER

PACKAGES = ("marketplace", "catalogue", "vendors", "evaluations", "contracts")
MAY_DECLARE = re.compile(r"\bField\s*\(")
TURNED = "\u202e" + "元"  # the rest of the line is written from right to left
# kind -> what is typed; the first group is refused by every field, whatever it asks
REFUSED_EVERYWHERE = {
    "turned direction": "乡镇" + TURNED,
    "isolated direction": "a\u2066b\u2069c",
    "null": "a\x00b",
    "escape": "\x1b[31mred",
    "half a character": "\udc00",
    "separator": "a\u2028b",
}
RUBBISH = {
    "empty": "",
    "blank": " \u3000\t ",
    "shapeless": "\u200b\u2060\ufeff",
    "too long": "长" * 70_000,
    "digits without end": "9" * 400,
    "wide digits": "１２３",
    "wide date": "２０２６－０３－０２",
    "other digits": "٣٤٥",
    "raised digit": "5²",
    "not a number": "NaN",
    "exponent": "1e9999",
    "no day": "2026-02-30",
    "day too early": "0000-00-00",
    "week": "2026-W10-1",
    "emoji": "好😀",
    "script": "<script>alert(1)</script>",
    "quote": "'; DROP TABLE person; --",
    "placeholder": "{label} %s {{ 7*7 }}",
    "trailing space": "名称   ",
    "surplus id": "00000000-0000-0000-0000-000000000000",
    "address": "../../etc/passwd",
} | REFUSED_EVERYWHERE


def declared_fields() -> Iterator[tuple[str, Field]]:
    """Every field that stands in a module, with the place that declares it: lists, tuples, dicts, single ones."""
    seen: set[int] = set()
    for module in _modules_with_fields():
        for name, value in vars(importlib.import_module(module)).items():
            for number, each in zip(count(), _fields_in(value), strict=False):
                if id(each) not in seen:
                    seen.add(id(each))
                    yield f"{module}.{name}[{number}] {each.name}", each


def _modules_with_fields() -> Iterator[str]:
    for path in sorted(path for package in PACKAGES for path in (PROJECT_FOLDER / package).rglob("*.py")):
        source = path.read_text()
        # most files hold no such word and need not be read as trees
        if MAY_DECLARE.search(source) and any(getattr(call.func, "id", "") == "Field" for call in _calls(source)):
            yield ".".join(path.relative_to(PROJECT_FOLDER).with_suffix("").parts)


def _calls(source: str) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))


def _fields_in(value: Any) -> Iterator[Field]:
    if isinstance(value, Field):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _fields_in(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _fields_in(each)
