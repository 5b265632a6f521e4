"""The parts written in Python say what the macros they replaced said, and templates for one language say its words."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from jinja2 import DictLoader, meta
from markupsafe import Markup

from marketplace.kernel.i18n import current_language, say, translate
from marketplace.kernel.rulebook import RuleRow, Wording, install_county_rows
from marketplace.kernel.spoken_templates import speaking
from marketplace.kernel.template_code import kept_in
from marketplace.kernel.template_parts import FREE, rule_tag
from marketplace.kernel.web import jinja_environment

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


def test_compiled_words_are_not_used_once_the_words_are_others(tmp_path: Path) -> None:
    environment = jinja_environment()
    folders = {kept_in(environment, tmp_path, words).directory for words in ("", "zh", "en1", "en2")}  # type: ignore[union-attr]
    assert len(folders) == 4
