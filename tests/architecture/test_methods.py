"""Each method of procurement is data: nothing asks which method it is, so that a change of law is a row."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import pytest
from jinja2 import nodes

from catalogue.intentions.tables import PlannedPurchase
from catalogue.listings.methods import all_methods
from catalogue.listings.tables import Listing
from catalogue.plans.methods import METHOD_LABELS, Method
from tests.architecture.source import ROOT, paths

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
CODES = frozenset(row.code for row in all_methods())
OF_METHODS = ("catalogue.plans.methods", "catalogue.listings.rules")
# SQL that compares a method with a code: method = 'x', method IN ('x', method <> 'x'
IN_SQL = re.compile(rf"method\s*(?:=|<>|!=|(?:NOT\s+)?IN\s*\()\s*'(?:{'|'.join(sorted(CODES))})'", re.IGNORECASE)
# without one of these words a file need not be read as a tree
MAY_NAME = re.compile(rf"\bMethod\b|{'|'.join(sorted(CODES))}")

# what may name methods all the same, and why; it may only shrink
ALLOWED = {
    "catalogue/plans/methods.py": "the names of the methods, one translated label each",
    "catalogue/listings/rules.py": "one translated hint for each method",
    "catalogue/listings/tables.py": "the constraint of the column, held against the rows below",
    "catalogue/intentions/tables.py": "the constraint of the column, held against the rows below",
    "catalogue/listings/preparation/rules.py": "a way of surveying the need has the same name",
    "catalogue/listings/preparation/tables.py": "a way of surveying the need has the same name",
    "templates/catalogue/listings/preparation/survey.html": "a way of surveying the need has the same name",
    "marketplace/opendata/ocds/shape.py": "a kind of notice has the same name",
}
ENVIRONMENT = jinja2.Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"])


def in_template(source: str) -> list[str]:
    """The codes that a template names as a value of their own, whatever it does with them."""
    tree = ENVIRONMENT.parse(source)
    return [found.value for found in tree.find_all(nodes.Const) if found.value in CODES]


def in_python(tree: ast.AST) -> list[str]:
    """The codes that are compared, matched or looked up in a table of their own, in Python or in SQL."""
    is_named = any(
        isinstance(node, ast.ImportFrom) and node.module in OF_METHODS and any(a.name == "Method" for a in node.names)
        for node in ast.walk(tree)
    ) or any(isinstance(node, ast.ClassDef) and _names_methods(node) for node in ast.walk(tree))
    return [code for node in ast.walk(tree) for part in _asked(node) for code in _named(part, is_named)] + [
        node.value for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and IN_SQL.search(node.value)
    ]  # fmt: skip


def _names_methods(node: ast.ClassDef) -> bool:
    values = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
    return node.name == "Method" and "open_tender" in values


def _asked(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare():
            yield from [node.left, *node.comparators]
        case ast.MatchValue():
            yield node.value
        case ast.Dict():
            yield from [key for key in node.keys if key is not None]
        case ast.Set():
            yield from node.elts


def _named(part: ast.AST, is_named: bool) -> Iterator[str]:
    # a comparison with several: method in ("open_tender", "consultation"), {Method.OPEN_TENDER}
    for each in part.elts if isinstance(part, ast.Tuple | ast.List | ast.Set) else [part]:
        if isinstance(each, ast.Constant) and each.value in CODES:
            yield str(each.value)
        is_member = isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id == "Method"
        if is_named and is_member and each.attr in Method.__members__:
            yield Method[each.attr].value


@cache
def found_everywhere() -> dict[str, list[str]]:
    """By file what names methods where the row of the method should be asked; most files hold none of the words."""
    found = {}
    for path in paths():
        if MAY_NAME.search(source := path.read_text()):
            found[str(path.relative_to(ROOT))] = in_python(ast.parse(source))
    for path in sorted(TEMPLATES.rglob("*.html")):
        if MAY_NAME.search(source := path.read_text()):
            found[f"templates/{path.relative_to(TEMPLATES)}"] = in_template(source)
    return {name: codes for name, codes in found.items() if codes}


def test_no_template_and_no_code_asks_which_method_it_is() -> None:
    found = {name: codes for name, codes in found_everywhere().items() if name not in ALLOWED}
    assert found == {}, "ask a field of the method's row (catalogue/plans/methods.toml) instead"


def test_what_is_allowed_is_still_needed() -> None:
    assert set(ALLOWED) <= set(found_everywhere())


@pytest.mark.parametrize(
    "source",
    [
        "listing['method'] == 'open_tender'", "method in ('consultation', 'x')", "'x' if m != 'inquiry' else 'y'",
        "{'single_source': 1}[method]", "f('SELECT 1 FROM listing WHERE method NOT IN (\\'open_framework\\')')",
        "from catalogue.plans.methods import Method\nx = listing['method'] == Method.OPEN_TENDER",
        "match m:\n    case 'under_limit': pass",
    ],
)  # fmt: skip
def test_a_question_for_the_method_in_code_is_found(source: str) -> None:
    assert in_python(ast.parse(source))


def test_a_question_for_the_method_in_a_template_is_found() -> None:
    assert in_template("{% if listing['method'] == 'open_tender' %}x{% endif %}") == ["open_tender"]
    assert in_template("{{ rows|selectattr('method', 'equalto', 'consultation')|list }}") == ["consultation"]
    assert in_template("{% if method_row.final_price %}{{ _('竞争性磋商') }}{% endif %}") == []


@pytest.mark.parametrize("table", [Listing, PlannedPurchase])
def test_the_tables_know_every_method_that_has_a_row(table: Any) -> None:
    (known,) = [each for each in table._meta.constraints if "method IN" in getattr(each, "condition", "")]
    assert set(re.findall(r"'(\w+)'", known.condition)) == {row.code for row in all_methods() if row.for_services}
    assert set(METHOD_LABELS) == set(Method) == {row.code for row in all_methods() if row.for_services}
