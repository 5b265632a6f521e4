"""The parts that pages use by the hundred, written in Python: cells of tables, facts, badges, tags of rules.

A macro of jinja takes three to five times as long as a function that says the same; what comes out is the same, letter
for letter (the tests compare). The templates in `_parts` name them, so that pages call `tables.cell` as ever. The tag
of a rule, and what a page marks as `kept`, is kept for as long as the county's law stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from datetime import date, datetime
from typing import Any

from jinja2 import Template
from markupsafe import Markup, escape

from marketplace.kernel.clock import county_day
from marketplace.kernel.i18n import N_, current_language, translate
from marketplace.kernel.rule_words import is_unconfirmed
from marketplace.kernel.rulebook import law_mark

Context = Mapping[str, Any]
# the county's time of the page that is being made
reading_at: ContextVar[date | datetime | None] = ContextVar("reading_at", default=None)
# of these nothing depends on the page that uses them, so that each is made once (a test holds them to it)
FREE = frozenset({
    "_parts/breadcrumbs.html", "_parts/changes.html", "_parts/charts.html", "_parts/coverage.html",
    "_parts/empty.html", "_parts/facts.html", "_parts/filters.html", "_parts/forms.html", "_parts/papers.html",
    "_parts/rule_tag.html", "_parts/status.html", "_parts/tables.html", "_parts/tasks.html", "_parts/timeline.html",
    "_parts/work.html",
})  # fmt: skip
# what shows that a form comes from this page, as a field
token_field: ContextVar[Any] = ContextVar("token_field", default="")
MOST_TAGS, MOST_PIECES = 5_000, 1_000
# told of a piece that is not kept: it cannot be looked up
UNKEPT: list[object] = []
WHEN_LENGTH = 48  # characters of a cell that is taken for a day
CLAUSE, UNCONFIRMED = N_("依据"), N_("未确认")


class PartTemplate(Template):
    """A template whose parts are made once where nothing in them depends on the page."""

    def render(self, *args: Any, **kwargs: Any) -> str:
        """As jinja renders it; the tags of rules are those of the page's own time, and forms have its own token."""
        token, field = reading_at.set(kwargs.get("now")), token_field.set(kwargs.get("csrf_input", ""))
        try:
            return super().render(*args, **kwargs)
        finally:
            reading_at.reset(token)
            token_field.reset(field)

    def make_module(
        self, vars: dict[str, Any] | None = None, shared: bool = False, locals: Context | None = None  # noqa: A002
    ) -> Any:
        """The macros of a part, kept where they are the same for every page."""
        if vars is not None and self.name in FREE:
            return self._get_default_module()
        return super().make_module(vars, shared, locals)


class _Made:
    """What was made under one state of the law: tags of rules, and pieces of pages by what they were made of."""

    law: object = None
    tags: dict[tuple[object, ...], Markup] = {}
    pieces: dict[tuple[object, ...], Markup] = {}


def _forget_other_law() -> None:
    if _Made.law is not law_mark():
        _Made.law, _Made.tags, _Made.pieces = law_mark(), {}, {}


def _day() -> date | None:
    moment = reading_at.get()
    return county_day(moment) if isinstance(moment, datetime) else moment


class Told:
    """What a kept piece was made of; its hash is found once, whatever is kept by it."""

    __slots__ = ("_hash", "values")

    def __init__(self, *values: object) -> None:
        self.values, self._hash = values, 0

    def __hash__(self) -> int:
        self._hash = self._hash or hash(self.values)
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Told) and self.values == other.values


def kept(name: str, *told: object, caller: Any) -> Markup:
    """A piece of a page that says nothing but what is `told`, made once for each language, day and state of the law.

    It is found again by the values themselves, so whatever changes makes it anew. Nothing that depends on who reads
    may stand in it, no form and no address of the page. A value that cannot be looked up is made each time.
    """
    _forget_other_law()
    key = (name, current_language.get(), _day(), told)
    try:
        found = _Made.pieces.get(key)
    except TypeError:
        return caller()  # type: ignore[no-any-return]
    if found is None:
        found = caller()
        while len(_Made.pieces) >= MOST_PIECES:  # what was made first goes first
            del _Made.pieces[next(iter(_Made.pieces))]
        _Made.pieces[key] = found
    return found


def rule_tag(rule_id: str, text: Any = None, on: date | datetime | None = None) -> Markup:
    """A small tag that opens the clause behind a date, limit or score; `text` may name the clause."""
    day = (county_day(on) if isinstance(on, datetime) else on) if on else _day()
    _forget_other_law()
    if len(_Made.tags) > MOST_TAGS:
        _Made.tags.clear()
    key = (rule_id, text, type(text), day, current_language.get())
    if type(text) not in (str, Markup, type(None)):
        return _rule_tag(rule_id, text, day)
    found = _Made.tags.get(key)
    if found is None:
        found = _Made.tags[key] = _rule_tag(rule_id, text, day)
    return found


def _rule_tag(rule_id: str, text: Any, day: date | None) -> Markup:
    path = f"/rules/{rule_id}"
    address = f"/en{path}" if current_language.get() == "en" else path
    told = f" {escape(text)}" if text else ""
    waits = is_unconfirmed(rule_id, day)
    opening, closing = ('<span class="rule-tags">', "</span>") if waits and not text else ("", "")
    return Markup(
        f'{opening}<a class="rule" href="{escape(address)}">{translate(CLAUSE)}{told}'
        f'<span class="govuk-visually-hidden"> {escape(rule_id.split("/")[0])}</span></a>{mark(waits)}{closing}'
    )


def form_token() -> Markup:
    """The hidden field by which what is posted is known to come from the page that is being made."""
    return Markup(token_field.get())


def mark(is_unconfirmed: object) -> Markup:
    """The visible sign of a value the county has not confirmed yet."""
    return Markup(f' <span class="provisional">{translate(UNCONFIRMED)}</span>') if is_unconfirmed else Markup()


def cell(label: Any, value: Any, kind: str = "") -> Markup:
    """One cell of a table; label is its column's word, shown on the phone."""
    body = "" if value is None else escape(value)
    return Markup(f'<td role="cell" data-label="{escape(label)}"{_shape(kind, value)}>{body}</td>')


def rich_cell(label: Any, kind: str = "", *, caller: Any) -> Markup:
    """One cell with markup inside."""
    body = caller()
    return Markup(f'<td role="cell" data-label="{escape(label)}"{_shape(kind, body)}>{body}</td>')


def _shape(kind: str, body: Any) -> str:
    if kind:
        return f' class="{escape(kind)}"'
    text = str(body)
    # a short Chinese cell with a day in it breaks before its weekday
    is_day = "（周" in text and len(Markup(text).striptags()) < WHEN_LENGTH
    return ' class="when"' if is_day else ""


def table(columns: Iterable[Mapping[str, Any]], caption: Any = "", hide_caption: bool = True, *, caller: Any) -> Markup:
    """A table whose rows are written by hand."""
    hidden = ' class="govuk-visually-hidden"' if hide_caption else ""
    title = f"<caption{hidden}>{escape(caption)}</caption>" if caption else ""
    return Markup(
        f'<table class="table" role="table">{title}  <thead role="rowgroup"><tr role="row">'
        f"{''.join(_head(each) for each in columns)}</tr></thead>\n"
        f'  <tbody role="rowgroup">{caller()}</tbody>\n</table>'
    )


def _head(column: Mapping[str, Any]) -> str:
    kind, label = column.get("kind", ""), escape(column["label"])
    shape = ' class="number"' if kind == "number" else ""
    told = f'<span class="govuk-visually-hidden">{label}</span>' if kind == "acts" else label
    return f'<th scope="col" role="columnheader"{shape}>{told}</th>'


def facts(rows: Iterable[Any], title: Any = "") -> Markup:
    """A list of facts, (label, value) pairs or dicts; rows without a value are left out."""
    head = f'<h2 class="facts-title">{escape(title)}</h2>' if title else ""
    told = "".join(_fact(row) if isinstance(row, Mapping) else _plain_fact(row[0], row[1]) for row in rows)
    return Markup(f'{head}<dl class="facts">{told}</dl>')


def _plain_fact(label: Any, value: Any) -> str:
    if value is None or value == "":
        return ""
    return f'  <div class="facts__row"><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>'


def _fact(row: Mapping[str, Any]) -> str:
    value = row["value"]
    if value is None or value == "":
        return ""
    told = str(escape(value))
    if url := row.get("url"):
        told = f'<a href="{escape(url)}">{told}</a>'
    elif lang := row.get("lang"):
        told = f'<span lang="{escape(lang)}">{told}</span>'
    if clause := row.get("clause"):
        told += f" {rule_tag(clause)}"
    if hint := row.get("hint"):
        of_hint = f' lang="{escape(row["hint_lang"])}"' if row.get("hint_lang") else ""
        told += f' <span class="quiet facts__hint"{of_hint}>{escape(hint)}</span>'
    return f'  <div class="facts__row"><dt>{escape(row["label"])}</dt><dd>{told}</dd></div>'


_SHAPES = {
    "running": '<circle cx="6" cy="6" r="5" fill="none" stroke="currentColor" stroke-width="1.5"/>'
    '<path d="M6 1a5 5 0 0 1 0 10z" fill="currentColor"/>',
    "done": '<path d="M1.5 6.5l3 3 6-7" fill="none" stroke="currentColor" stroke-width="2"/>',
    "refused": '<path d="M2 2l8 8M10 2l-8 8" fill="none" stroke="currentColor" stroke-width="2"/>',
    "waiting": '<circle cx="6" cy="6" r="5" fill="none" stroke="currentColor" stroke-width="1.5"/>'
    '<path d="M6 3v3l2 1.5" fill="none" stroke="currentColor" stroke-width="1.5"/>',
}
_ELSE = '<circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" stroke-width="1.5"/>'


def badge(word: Any, tone: str = "neutral") -> Markup:
    """A state: a word, a colour and a shape."""
    return Markup(
        f'<span class="badge badge--{escape(tone)}"><svg class="badge__shape" viewBox="0 0 12 12" width="12"'
        f' height="12" aria-hidden="true" focusable="false">{_SHAPES.get(tone, _ELSE)}</svg>{escape(word)}</span>'
    )


PARTS: Mapping[str, Any] = {
    "part_rule_tag": rule_tag, "part_mark": mark, "part_cell": cell, "part_rich_cell": rich_cell, "part_table": table,
    "part_form_token": form_token, "part_facts": facts, "part_badge": badge, "kept": kept,
}  # fmt: skip
