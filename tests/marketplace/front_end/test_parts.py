"""The frame and the parts of every page: rendered with the real environment, looked at by axe in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment
from playwright.sync_api import Browser, Page, Route, sync_playwright

from marketplace.front_end import build
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import Sentence, current_language, english_messages, say
from marketplace.kernel.web import jinja_environment
from marketplace.kernel.work import WorkItem
from marketplace.site.routes import styleguide_samples

TEMPLATES = build.PROJECT_FOLDER / "templates"
OWN = [
    *(TEMPLATES / name for name in ("base.html", "form_page.html", "list_page.html")),
    *sorted((TEMPLATES / "_parts").glob("*.html")),
    *sorted((TEMPLATES / "errors").glob("*.html")),
    TEMPLATES / "marketplace" / "styleguide.html",
]
CHROMIUM = Path("/usr/bin/chromium")
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class SomeActor:
    name: str = "李梅"
    organisation_name: str = "金堂县民政局"
    office: str = "金堂县民政局"
    roles: list[str] = field(default_factory=list)
    others: tuple[object, ...] = ()


def refused_form() -> Bound:
    errors: dict[str, Sentence] = {
        "code": say("统一社会信用代码的校验位不对。请对照登记证书再填一次。"),
        "price": say("金额不能是负数。"),
        "seal": say("请从列出的选项里选一个。"),
    }
    raw = {
        "name": '和风"社工"',
        "code": "52510121MJQ000000",
        "price": "-3",
        "towns": ["zhao", "wufeng"],
        "version": "3",
    }
    return Bound(raw=raw, errors=errors)


def frame(language: str, **context: Any) -> dict[str, Any]:
    return {
        "language": language, "actor": None, "now": MONDAY, "request_path": "/styleguide", "demo": True,
        "csrf_input": '<input type="hidden" name="_csrf_token" value="t">', "is_local_clock_moved": False, **context,
    }  # fmt: skip


@pytest.fixture(scope="module")
def environment() -> Environment:
    return jinja_environment()


def render(environment: Environment, name: str, language: str = "zh", **context: Any) -> str:
    token = current_language.set(language)
    try:
        return environment.get_template(name).render(**frame(language, **context))
    finally:
        current_language.reset(token)


def styleguide(environment: Environment, language: str) -> str:
    return render(environment, "marketplace/styleguide.html", language, actor=SomeActor(), **styleguide_samples())


def part(environment: Environment, source: str, **context: Any) -> str:
    return environment.from_string(source).render(**frame("zh", **context))


FORMS = '{% import "_parts/forms.html" as forms with context %}'


def test_a_mistake_is_said_above_and_beside_the_field_in_the_same_words(environment: Environment) -> None:
    form = refused_form()
    html = part(
        environment, FORMS + "{{ forms.error_summary(form) }}{{ forms.money_field(form, 'price', '报价') }}", form=form
    )
    assert '<a href="#field-price">金额不能是负数。</a>' in html
    assert 'id="field-price-error"' in html
    assert html.count("金额不能是负数。") == 2
    assert re.search(r'<input[^>]*id="field-price"[^>]*aria-describedby="field-price-error" aria-invalid="true"', html)


def test_what_was_typed_stays_and_cannot_break_out_of_its_field(environment: Environment) -> None:
    html = part(environment, FORMS + "{{ forms.text_field(form, 'name', '名称') }}", form=refused_form())
    assert 'value="和风&#34;社工&#34;"' in html


def test_a_password_is_never_written_back(environment: Environment) -> None:
    form = Bound(raw={"password": "secret words"})
    html = part(environment, FORMS + "{{ forms.text_field(form, 'password', '密码', type='password') }}", form=form)
    assert "secret words" not in html


def test_ticks_taken_away_stay_away_when_the_form_comes_back(environment: Environment) -> None:
    source = FORMS + "{{ forms.checkboxes(form, 'towns', '乡镇', [('a', 'A'), ('b', 'B')], value=['a', 'b']) }}"
    assert part(environment, source, form=Bound()).count(" checked") == 2
    assert part(environment, source, form=Bound(raw={"other": "1"})).count(" checked") == 0
    assert part(environment, source, form=Bound(raw={"towns": "b"})).count(" checked") == 1


def test_a_form_carries_its_token_and_the_version_it_was_read_at(environment: Environment) -> None:
    html = part(environment, FORMS + "{{ forms.form_start('/x', form=form) }}", form=refused_form())
    assert 'name="_csrf_token"' in html
    assert '<input type="hidden" name="version" value="3">' in html


def test_work_lines_take_what_the_packages_offer(environment: Environment) -> None:
    item = WorkItem(
        due=date(2026, 3, 2), who_asks="财政局", what=say("核对发票"), url="/contracts/1", clause="R-PAY-01"
    )
    html = part(
        environment,
        '{% import "_parts/work.html" as work with context %}{{ work.work_groups(groups) }}',
        groups=[{"title": "今天到期", "tasks": [item]}],
    )
    assert "核对发票" in html and "财政局" in html and "2026年3月2日（周一）" in html


@pytest.mark.parametrize("name", ["401", "403", "404", "409", "422", "500", "error"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_refusal_says_the_fact_and_a_way_out(environment: Environment, name: str, language: str) -> None:
    html = render(environment, f"errors/{name}.html", language, status=403, sentence=say("不行。"), clause="R-BID-01")
    assert "/help" in html and f'lang="{"en" if language == "en" else "zh-CN"}"' in html


@pytest.mark.parametrize("path", OWN, ids=lambda p: p.name)
def test_no_template_carries_a_style_or_script_of_its_own(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\sstyle=|\son[a-z]+=\"|<style|<script(?! type=\"module\" src=)", text)


@pytest.mark.parametrize("path", OWN, ids=lambda p: p.name)
def test_every_word_has_its_english(path: Path) -> None:
    said = set(re.findall(r"_\('([^']+)'\)", path.read_text()))
    assert said <= set(english_messages())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("needs Chromium: apt-get install chromium")
    build.build()
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])


def open_page(browser: Browser, html: str, width: int) -> Page:
    def answer(route: Route) -> None:
        path = route.request.url.removeprefix("http://county.test")
        if path.startswith("/static/"):
            route.fulfill(path=build.FRONT_END.parent / path[1:])
        else:
            route.fulfill(body=html, content_type="text/html; charset=utf-8")

    page = browser.new_page(viewport={"width": width, "height": 900})
    page.route("**/*", answer)
    page.goto("http://county.test/styleguide")
    return page


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    browser: Browser, environment: Environment, language: str, width: int
) -> None:
    page = open_page(browser, styleguide(environment, language), width)
    page.evaluate((build.PACKAGES / "axe-core" / "axe.min.js").read_text())
    found = page.evaluate("axe.run().then(r => r.violations.map(v => [v.impact, v.id, v.nodes.map(n => n.html)]))")
    assert found == [], json.dumps(found, ensure_ascii=False)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_on_the_phone_a_thumb_finds_every_control(browser: Browser, environment: Environment) -> None:
    page = open_page(browser, styleguide(environment, "zh"), 390)
    small = page.evaluate(
        """[...document.querySelectorAll('a:not(.rule):not(.govuk-skip-link),button,select,textarea,summary,input:not([type=hidden])')]
        .filter(e => e.getClientRects().length && e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"""
    )
    assert small == []
    page.close()


def test_the_keyboard_starts_at_the_mistakes(browser: Browser, environment: Environment) -> None:
    page = open_page(browser, styleguide(environment, "zh"), 1280)
    page.wait_for_function("document.activeElement.hasAttribute('data-focus-first')", timeout=5000)
    page.close()
