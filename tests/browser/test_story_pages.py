"""Every page of the story, as each person saw it, looked at in a browser: both languages, both widths."""

from __future__ import annotations

import gzip
import re
from typing import Any

import pytest
from playwright.async_api import async_playwright

from marketplace.demo.cast import PASSWORD
from marketplace.front_end import build
from tests.browser.conftest import FLAGS, Told
from tests.browser.look import Look, look_at_all, summary
from tests.browser.recorder import SeenPage
from tests.browser.words_of_data import untranslated, words_of_data

pytestmark = pytest.mark.browser

# a word with a low line, a placeholder that was not filled, what Python or JavaScript calls nothing, an identity
RAW = re.compile(
    r"\b[a-z]+(?:_[a-z]+)+\b(?!\.\w)|\{\w+\}|%\(\w+\)|\bundefined\b|\bNaN\b|\bTrue\b|\bFalse\b"
    r"|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-"
)
FOLDER = re.compile(r"/marketplace-story-\w+")  # of this telling; chance may give it a low line
WHO = (
    "", "wang.min", "li.qiang", "chen.jing", "liu.fang", "zhao.lei", "sun.yue", "zhou.lan", "wu.gang", "yang.hua",
    "deng.li", "ma.chao", "admin", "fuli", "tongxin",
)  # fmt: skip


def test_everybody_in_the_story_was_looked_over_the_shoulder(told: Told, looks: list[Look]) -> None:
    assert set(WHO) <= set(told.recorder.people)
    assert told.recorder.addresses > 400
    assert len(looks) > 300
    assert {look.language for look in looks} == {"zh", "en"}


def test_axe_finds_no_serious_or_critical_violation(looks: list[Look]) -> None:
    found = [(look.name, look.violations) for look in looks if look.violations]
    assert found == [], summary(found)


def test_nothing_is_wider_than_the_screen(looks: list[Look]) -> None:
    found = [(look.name, look.too_wide) for look in looks if look.too_wide]
    assert found == [], summary(found)


def test_the_browser_complains_of_nothing(looks: list[Look]) -> None:
    found = [(look.name, look.console) for look in looks if look.console]
    assert found == [], summary(found)


def test_every_page_has_a_title_of_its_own(looks: list[Look]) -> None:
    site = {"zh": "金堂县社会救助服务采购", "en": "Jintang social-assistance marketplace"}
    wrong = [
        (look.name, look.title)
        for look in looks
        if "<" in look.title
        or not look.title.removesuffix(site[look.language]).strip(" ·")
        or not look.title.endswith(site[look.language])
    ]
    assert wrong == [], summary(wrong)


def test_english_pages_are_english_but_for_data(told: Told, looks: list[Look]) -> None:
    data = words_of_data(told.recorder.typed)
    found = {
        (text, look.page.name)
        for look in looks
        if look.language == "en"
        for text, is_as_written in look.words
        if not is_as_written and untranslated(text, data)
    }
    assert not found, summary(sorted(found))


def test_no_page_shows_a_key_or_a_placeholder(looks: list[Look]) -> None:
    found = {
        (match.group(), text[:120], look.name)
        for look in looks
        for text, is_as_written in look.words
        if not is_as_written and (match := RAW.search(FOLDER.sub("", text)))
    }
    assert not found, summary(sorted(found))


def test_every_link_that_is_offered_leads_somewhere(told: Told) -> None:
    assert told.recorder.broken == [], summary(told.recorder.broken)


def test_no_page_asks_the_database_too_often(told: Told) -> None:
    assert len(told.recorder.questions.kinds) > 150
    assert told.recorder.questions.too_many == [], summary(told.recorder.questions.too_many)


async def test_a_bad_page_would_have_been_found(chromium: str) -> None:
    bad = (
        "<!doctype html><html lang=en><title> · Jintang social-assistance marketplace</title><body>"
        "<main><img src=/static/favicon.svg><p style='width:2000px'>麻辣兔头 in_force</p>"
        "<script>let no = 1</script></main></body></html>"
    )
    headers = {"content-type": "text/html; charset=utf-8", "content-security-policy": "default-src 'self'"}
    page = SeenPage("nobody", "/bad", 200, {"en": bad}, headers)
    wide = SeenPage("nobody", "/wide", 200, {"en": bad}, {"content-type": "text/html; charset=utf-8"})
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        found, too_wide = await look_at_all(browser, [page, wide])
        await browser.close()
    assert any(violation.startswith("image-alt") for violation in found.violations)
    assert any("Content Security Policy" in complaint for complaint in found.console)
    assert any(width.startswith("390") for width in too_wide.too_wide)
    (words, _) = next(each for each in found.words)
    assert untranslated(words, words_of_data([])) == ["麻辣兔头"] and RAW.search(words)


async def test_the_key_flows_work_without_javascript(chromium: str, told: Told) -> None:
    """Sign in, see one's work, allot money with a mistake and without; the story itself used no JavaScript either."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        context = await browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
        tab = await context.new_page()
        await _sign_in(tab, told.county.address, "zhao.lei")
        assert tab.url.endswith("/en/work")
        await tab.goto(f"{told.county.address}/en/budget/new")
        await tab.fill("[name=amount]", "-5")
        await tab.fill("[name=title]", "No script")
        await tab.click("main form button[type=submit]")
        assert "error" in (await tab.title()).lower()
        assert await tab.input_value("[name=title]") == "No script" and await tab.input_value("[name=amount]") == "-5"
        await tab.click("summary:has-text('Menu')")
        assert await tab.is_visible(".site-menu__sheet a:has-text('My work today')")
        await browser.close()


async def _sign_in(tab: Any, address: str, username: str) -> None:
    await tab.goto(f"{address}/en/sign-in")
    await tab.fill("[name=username]", username)
    await tab.fill("[name=password]", PASSWORD)
    await tab.click("main form button[type=submit]")
    await tab.fill("[name=code]", await tab.inner_text(".demo-code"))  # what a demo shows to whoever tries it
    await tab.click("main form button[type=submit]")


def test_a_public_page_weighs_less_than_100_kilobytes_with_all_it_needs(told: Told) -> None:
    heavy = {
        page.name: weight
        for page in told.recorder.pages.values()
        for html in page.html.values()
        if not page.who and (weight := weight_of(html)) >= 100_000
    }
    assert not heavy, heavy


def weight_of(html: str) -> int:
    """A page on the wire with every style sheet and script it names."""
    built = build.FRONT_END.parent / "static" / "built"
    named = set(re.findall(r"/static/built/([\w.]+\.(?:css|js))", html))
    assert named, "a page without its style sheet"
    return packed(html.encode()) + sum(packed((built / name).read_bytes()) for name in named)


def packed(content: bytes) -> int:
    """How many bytes go over the wire."""
    return len(gzip.compress(content, 5))
