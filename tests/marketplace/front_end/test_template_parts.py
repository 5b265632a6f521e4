"""The parts written in Python say what the macros they replaced said, and templates for one language say its words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from jinja2 import DictLoader, meta, nodes
from markupsafe import Markup

from catalogue.listings import queries
from catalogue.listings.content import content_of, told
from catalogue.listings.frameworks.rules import FrameworkDraft
from marketplace.kernel.i18n import current_language, say, translate
from marketplace.kernel.rulebook import RuleRow, Wording, install_county_rows
from marketplace.kernel.spoken_templates import speaking
from marketplace.kernel.template_code import kept_in
from marketplace.kernel.template_parts import FREE, Told, kept, rule_tag
from marketplace.kernel.web import jinja_environment
from tests.builders_catalogue import a_published_listing

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
# as jinja said them
MACROS = """
{%- macro mark(is_unconfirmed) -%}
{% if is_unconfirmed %} <span class="provisional">{{ _('未确认') }}</span>{% endif %}
{%- endmacro %}
{%- macro rule(rule_id, text=None, on=None) -%}
{%- set waits = is_unconfirmed(rule_id, on or (now if now is defined else none)) -%}
{%- set together = waits and not text -%}
{% if together %}<span class="rule-tags">{% endif %}<a class="rule" href="{{ url('/rules/' ~ rule_id) }}">{{ _('依据') }}{% if text %} {{ text }}{% endif %}<span class="govuk-visually-hidden"> {{ rule_id.split("/")[0] }}</span></a>{{ mark(waits) }}{% if together %}</span>{% endif %}
{%- endmacro %}
{%- macro facts(rows, title='') %}
{%- if title %}<h2 class="facts-title">{{ title }}</h2>{% endif %}
<dl class="facts">
  {%- for row in rows %}
  {%- set as_dict = row is mapping %}
  {%- set value = row.value if as_dict else row[1] %}
  {%- if value is not none and value != '' %}
  <div class="facts__row"><dt>{{ row.label if as_dict else row[0] }}</dt><dd>{% if as_dict and row.url|default('') %}<a href="{{ row.url }}">{{ value }}</a>{% elif as_dict and row.lang|default('') %}<span lang="{{ row.lang }}">{{ value }}</span>{% else %}{{ value }}{% endif %}{% if as_dict and row.clause|default('') %} {{ rule(row.clause) }}{% endif %}{% if as_dict and row.hint|default('') %} <span class="quiet facts__hint"{% if row.hint_lang|default('') %} lang="{{ row.hint_lang }}"{% endif %}>{{ row.hint }}</span>{% endif %}</dd></div>
  {%- endif %}
  {%- endfor %}
</dl>
{%- endmacro %}
{%- macro table(columns, caption='', hide_caption=True) %}
<table class="table" role="table">
  {%- if caption %}<caption{% if hide_caption %} class="govuk-visually-hidden"{% endif %}>{{ caption }}</caption>{% endif %}
  <thead role="rowgroup"><tr role="row">{% for column in columns %}<th scope="col" role="columnheader"{% if column.kind|default('') == 'number' %} class="number"{% endif %}>{% if column.kind|default('') == 'acts' %}<span class="govuk-visually-hidden">{{ column.label }}</span>{% else %}{{ column.label }}{% endif %}</th>{% endfor %}</tr></thead>
  <tbody role="rowgroup">{{ caller() }}</tbody>
</table>
{%- endmacro %}
{%- macro shape(kind, body) %}{% if kind or ('（周' in body and body|striptags|length < 48) %} class="{{ kind or 'when' }}"{% endif %}{% endmacro %}
{%- macro cell(label, value, kind='') %}<td role="cell" data-label="{{ label }}"{{ shape(kind, value|string) }}>{{ value if value is not none else '' }}</td>{% endmacro %}
{%- macro rich(label, kind='') %}{% set body = caller() %}<td role="cell" data-label="{{ label }}"{{ shape(kind, body) }}>{{ body }}</td>{% endmacro %}
{%- macro badge(word, tone='neutral') -%}
<span class="badge badge--{{ tone }}"><svg class="badge__shape" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" focusable="false">
{%- if tone == 'running' %}<circle cx="6" cy="6" r="5" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M6 1a5 5 0 0 1 0 10z" fill="currentColor"/>
{%- elif tone == 'done' %}<path d="M1.5 6.5l3 3 6-7" fill="none" stroke="currentColor" stroke-width="2"/>
{%- elif tone == 'refused' %}<path d="M2 2l8 8M10 2l-8 8" fill="none" stroke="currentColor" stroke-width="2"/>
{%- elif tone == 'waiting' %}<circle cx="6" cy="6" r="5" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M6 3v3l2 1.5" fill="none" stroke="currentColor" stroke-width="1.5"/>
{%- else %}<circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" stroke-width="1.5"/>{% endif -%}
</svg>{{ word }}</span>
{%- endmacro %}
"""  # noqa: E501
PARTS = """
{%- set mark = part_mark %}{% set rule = part_rule_tag %}{% set facts = part_facts %}{% set table = part_table %}
{%- set cell = part_cell %}{% set rich = part_rich_cell %}{% set badge = part_badge %}"""
PAGE = """{% import 'p' as p with context %}{{ p.mark(true) }}|{{ p.mark(false) }}|{{ p.rule('R-PUBL-01') }}
{% for on in (none, day) %}{{ p.rule('R-TIME-04', on=on) }}{{ p.rule('R-NONE-99/x', '<b>', on) }}{% endfor %}
{{ p.rule('R-PUBL-01', said) }}{{ p.rule('R-METH-03') }}{{ p.rule('R-METH-03', 'x') }}
{{ p.facts([('a<', '<'), ('x', none), ('y', ''), ('z', 0), ('s', said)], 'A & B') }}
{{ p.facts([{'label': 'l', 'value': v, 'url': '/a?b&c'}, {'label': 'l', 'value': v, 'lang': 'zh-CN', 'hint': 'h<',
  'hint_lang': 'zh', 'clause': 'R-PUBL-01/x'}, {'label': said, 'value': safe, 'hint': 'only'}]) }}
{% call p.table([{'label': 'l<'}, {'label': said, 'kind': 'number'}, {'label': 'm', 'kind': 'acts'}], '<c>') %}
{{ p.cell('l<', none) }}{{ p.cell(said, v, 'number') }}{{ p.cell('d', '2026年3月2日（周一）') }}{{ p.cell('s', said) }}
{{ p.cell('long', '2026年3月2日（周一）' * 6) }}{{ p.cell('m', safe) }}
{% call p.rich('r') %}<i>2026年3月2日（周一）</i>{% endcall %}{% call p.rich('r', 'title') %}{{ v }}{% endcall %}
{% endcall %}{% call p.table([], '', false) %}-{% endcall %}{% call p.table([], 'c', false) %}-{% endcall %}
{% for tone in ('running', 'done', 'refused', 'waiting', 'neutral', 'x"') %}{{ p.badge('w<', tone) }}{% endfor %}"""
GIVEN = {
    "day": date(2020, 1, 1), "now": date(2026, 3, 2), "said": say("依据"), "v": "<b>&", "safe": Markup("<i>x</i>"),
}  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_part_says_what_its_macro_said(language: str) -> None:
    current_language.set(language)
    told = []
    for part in (MACROS, PARTS):
        environment = jinja_environment()
        environment.loader, environment.bytecode_cache = DictLoader({"p": part, "page": PAGE}), None
        told.append(environment.get_template("page").render(**GIVEN))

    assert told[1] == told[0]
    assert told[0].count("<td") == 8 and told[0].count("rule-tags") == 1 and "R-PUBL-01" in told[0]


def test_the_tag_of_a_rule_is_made_anew_when_the_county_confirms_it() -> None:
    current_language.set("zh")
    before = rule_tag("R-CLOCK-01")
    assert rule_tag("R-CLOCK-01") is before
    row = RuleRow(
        "R-CLOCK-01", None, "x", "text", "none", "county", date(2020, 1, 1), None, "c", "A", Wording("", ""),
        Wording("x", "x"), document="金府办〔2026〕1号",
    )  # fmt: skip
    try:
        install_county_rows([row])
        assert rule_tag("R-CLOCK-01") is not before
    finally:
        install_county_rows(())


def test_no_part_that_is_made_once_asks_for_anything_of_a_page() -> None:
    environment = jinja_environment()
    for name in sorted(FREE):
        tree = environment.parse((TEMPLATES / name).read_text())
        assert meta.find_undeclared_variables(tree) <= set(environment.globals), name
        assert set(meta.find_referenced_templates(tree)) <= FREE, name


SPOKEN = (
    "{{ _('依据') }}{{ _('100%%') }}{% for row in rows %}{{ _('有 %(n)s 个', n=row) }}{{ gettext('依据') ~ row }}"
    "{% endfor %}"
    "{% trans who=rows[0] %}{{ who }} 的<b>{% endtrans %}{{ url('/rules') }}{{ url('/rules/' ~ rows[1]) }}"
    "{{ _(rows[1]) }}{{ {'a': _('依据')}['a'] }}{{ '依据'|translated }}"
    "{% set filled = rows[0] %}{{ _('有 %(n)s 个', n=filled) }}"
    "{% autoescape false %}{{ _('依据 & b') }}{{ _('有 %(n)s 个', n='<') }}{% endautoescape %}"
)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_template_for_one_language_says_what_the_template_for_both_says(language: str) -> None:
    environment = jinja_environment()
    environment.bytecode_cache = None
    current_language.set(language)
    spoken = speaking(environment, language)
    spoken.bytecode_cache = None

    assert spoken.from_string(SPOKEN).render(rows=["<a>", "b"]) == environment.from_string(SPOKEN).render(
        rows=["<a>", "b"]
    )
    # whose words stand in it whoever reads
    current_language.set("zh")
    assert spoken.from_string("{{ _('依据') }}").render() == translate("依据", language)
    with pytest.raises(KeyError):
        spoken.from_string("{{ _('有 %(n)s 个') }}").render()


def test_no_template_takes_the_name_of_what_every_template_is_given() -> None:
    environment = jinja_environment()
    given, taken = {"_", "gettext", "ngettext", "url", "asset", "say"}, set()
    for path in TEMPLATES.rglob("*.html"):
        tree = environment.parse(path.read_text())
        taken |= {
            (path.name, name.name) for name in tree.find_all(nodes.Name) if name.ctx != "load" and name.name in given
        }
    assert given <= set(environment.globals) and not taken


def test_compiled_words_are_not_used_once_the_words_are_others(tmp_path: Path) -> None:
    environment = jinja_environment()
    folders = {kept_in(environment, tmp_path, words).directory for words in ("", "zh", "en1", "en2")}  # type: ignore[union-attr]
    assert len(folders) == 4


def test_a_kept_piece_is_made_once_for_what_it_tells_and_never_for_another_reader() -> None:
    made: list[str] = []

    def said(word: str, *told: object) -> str:
        return str(kept("piece", *told, caller=lambda: made.append(word) or Markup(word)))  # type: ignore[func-returns-value]

    current_language.set("zh")
    assert [said("a", Told((1, "x"))), said("b", Told((1, "x"))), said("c", Told((2, "x")))] == ["a", "a", "c"]
    current_language.set("en")
    assert said("d", Told((1, "x"))) == "d"
    install_county_rows(())  # the law was read anew
    assert said("e", Told((1, "x"))) == "e"
    # what cannot be looked up is made each time
    assert [said("f", Told({})), said("g", Told({}))] == ["f", "g"]


# what content_of gives besides what it tells follows from that and the law; a page's language and day are kept apart
OF_CONTENT = {"language", "events", "is_preview"}


async def test_what_is_kept_of_a_listing_asks_for_nothing_but_its_content(clock) -> None:
    given = await content_of(await queries.listing_page((await a_published_listing(await clock.now())).reference))
    environment = jinja_environment()
    waiting, seen = ["catalogue/listings/_content.html", "catalogue/listings/_rules_used.html",
                     "catalogue/listings/_facts.html"], set[str]()  # fmt: skip
    for name in waiting:
        seen.add(name)
        tree = environment.parse((TEMPLATES / name).read_text())
        macros = {"tables", "tag", "facts"}
        asked = meta.find_undeclared_variables(tree) - set(environment.globals) - macros
        assert asked <= set(given) | OF_CONTENT, name
        parts = [each for each in meta.find_referenced_templates(tree) if each]
        assert "_parts/forms.html" not in parts, name  # a form is made for one reader
        waiting += [each for each in parts if each not in {*FREE, *seen}]
    assert len(seen) > 5
    assert isinstance(hash(given["content_told"]), int)
    # a framework's terms are compared with their ceilings and can be looked up
    terms, dearer = (FrameworkDraft("price_first", "direct", ceilings={1: Decimal(each)}) for each in (38, 40))
    assert Told(told(terms)) == Told(told(replace(terms))) != Told(told(dearer)) and hash(Told(told(terms)))
