"""Templates call and speak by shorter ways: what comes out must be what jinja's own ways give."""

import pytest
from jinja2 import DictLoader, Environment, pass_context, pass_environment
from jinja2.exceptions import UndefinedError
from markupsafe import Markup

from marketplace.kernel.i18n import current_language, english_messages, ngettext, translate
from marketplace.kernel.template_calls import shorten_calls
from marketplace.kernel.web import jinja_environment

TEMPLATES = {
    "parts.html": "{% macro cell(value, more='<m>') %}<td>{{ value }}{{ more }}{{ caller() if caller }}</td>"
    "{% endmacro %}",
    "macros.html": "{% from 'parts.html' import cell %}{{ cell('<b>') }}{{ cell(more=1, value=2) }}"
    "{% for row in rows %}{% call cell(row) %}{{ loop.index }}<i>{% endcall %}{% endfor %}",
    "functions.html": "{% for row in rows %}{{ plain(row) }}{{ named(row, again=loop.index) }}{{ row.upper() }}"
    "{{ row.count('a') }}{{ Class(row) }}{{ thing(row) }}{% endfor %}{{ seen() }}{{ loader() }}",
    "seen.html": "{% for row in rows %}{{ seen() }}{% endfor %}"
    "{% block b %}{% set inner = 3 %}{{ seen() }}{% endblock %}",
    "words.html": "{% for row in rows %}{{ _('依据') }}{{ _('100%%') }}{{ _('有 %(n)s 个', n=row) }}"
    "{{ gettext('a & b') }}"
    "{% trans who=row %}{{ who }} 的<b>{% endtrans %}{% endfor %}"
    "{% autoescape false %}{{ _('a & b') }}{{ _('有 %(n)s 个', n='<') }}{% endautoescape %}",
}


class Thing:
    """Something called that is no function."""

    def __call__(self, value: str) -> str:
        return f"<{value}>"


@pass_context
def seen(context: object) -> str:
    return f"{sorted(k for k in context.get_all() if k in ('row', 'inner', 'rows'))}"  # type: ignore[attr-defined]


@pass_environment
def loader(environment: Environment) -> str:
    return type(environment.loader).__name__


GIVEN = {
    "rows": ["a<", "ba"], "plain": lambda value: Markup("<p>") + value,
    "named": lambda value, again: f"{value}&{again}",
    "Class": str, "thing": Thing(), "seen": seen, "loader": loader,
}  # fmt: skip


def environments() -> tuple[Environment, Environment]:
    """Jinja as it comes, and with its calls made short."""
    made = []
    for shorten in (False, True):
        environment = Environment(loader=DictLoader(TEMPLATES), autoescape=True, extensions=["jinja2.ext.i18n"])
        environment.install_gettext_callables(translate, ngettext, newstyle=True)  # type: ignore[attr-defined]
        if shorten:
            shorten_calls(environment)
        made.append(environment)
    return made[0], made[1]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", [name for name in TEMPLATES if name != "parts.html"])
def test_a_page_is_the_same_by_the_shorter_ways(name: str, language: str) -> None:
    own, short = environments()
    current_language.set(language)

    expected = own.get_template(name).render(**GIVEN)

    assert short.get_template(name).render(**GIVEN) == expected
    assert expected.strip()


def test_a_sentence_kept_in_one_language_is_not_said_in_the_other() -> None:
    said = jinja_environment().from_string("{{ _('依据') }}")
    texts = []
    for language in ("zh", "en", "zh"):
        current_language.set(language)
        texts.append(said.render())

    assert texts == ["依据", english_messages()["依据"], "依据"]
    assert texts[0] != texts[1]


def test_a_call_of_nothing_and_a_missing_value_are_still_mistakes() -> None:
    environment = jinja_environment()

    with pytest.raises(UndefinedError):
        environment.from_string("{{ nobody() }}").render()
    with pytest.raises(KeyError):
        environment.from_string("{{ _('有 %(n)s 个') }}").render()
