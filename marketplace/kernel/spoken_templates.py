"""Templates compiled for one language: their sentences are said while they are compiled, not while a page is made.

A page says three hundred sentences; compiled so, they are plain text of the template. What stands in
`{% autoescape false %}`, and sentences of a message that is not written out, are said when the page is made, as ever.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from typing import Any

from jinja2 import Environment, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from marketplace.kernel.i18n import LOCALES_FOLDER, translate
from marketplace.kernel.template_code import kept_in

SENTENCES = ("_", "gettext")
# only named texts: what else `%` can do is left to it
PLAIN_VALUES = re.compile(r"(?:[^%]|%%|%\(\w+\)s)*")


def filled(template: Markup, **values: object) -> Markup:
    """A sentence with its values, escaped. Raises KeyError without a value."""
    return Markup(str.__mod__(template, {name: escape(value) for name, value in values.items()}))


class _Said(NodeTransformer):
    """Puts a language's words in the place of calls that would look them up."""

    def __init__(self, language: str) -> None:
        self.language, self.prefix = language, "/en" if language == "en" else ""

    def visit_ScopedEvalContextModifier(self, node: nodes.Node) -> nodes.Node:
        return node

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        self.generic_visit(node)
        called, written = node.node, node.args
        if not (isinstance(called, nodes.Name) and len(written) == 1 and isinstance(written[0], nodes.Const)):
            return node
        if node.dyn_args or node.dyn_kwargs or not isinstance(written[0].value, str):
            return node
        if called.name in SENTENCES:
            return self._sentence(node, written[0].value)
        if called.name == "url" and not node.kwargs and written[0].value.startswith("/"):
            return nodes.Const(f"{self.prefix}{written[0].value}", lineno=node.lineno)
        return node

    def _sentence(self, node: nodes.Call, message: str) -> nodes.Node:
        words = Markup(translate(message, self.language))
        if not PLAIN_VALUES.fullmatch(words) or node.kwargs and "%(" not in words:
            return node
        if node.kwargs:
            # an attribute of the environment: a template's own variable of whatever name cannot stand before it
            said = nodes.EnvironmentAttribute("filled", lineno=node.lineno)
            return nodes.Call(said, [nodes.Const(words)], node.kwargs, None, None, lineno=node.lineno)
        if "%(" in words:  # a value is missing, which is said when the page is made
            return node
        return nodes.Const(words % {}, lineno=node.lineno)


class SpokenEnvironment(Environment):
    """An environment that speaks one language once it was told which."""

    speaks = ""
    filled = staticmethod(filled)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        if self.speaks:
            _Said(self.speaks).visit(tree)
        return tree


def speaking(environment: SpokenEnvironment, language: str) -> SpokenEnvironment:
    """The same environment for one language; names that are added to either later are in both."""
    made: Any = environment.overlay(cache_size=-1)
    made.speaks = language
    made.bytecode_cache = kept_in(made, words=f"{language}{_words()}" if language == "en" else language)
    return made


@cache
def _words() -> str:
    """What English the templates were compiled with."""
    found = hashlib.sha256()
    for path in sorted((LOCALES_FOLDER / "en").glob("*.po")):
        found.update(path.read_bytes())
    return found.hexdigest()
