"""What everybody saw while the story was told: each page in the state it had then, in both languages.

Pages that are built alike (same address pattern, same parts, same forms) are kept once, so that the time to look at
all of them stays bounded however long the story grows.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx

from marketplace.demo.story.browser import Browser
from marketplace.demo.story.county import County
from tests.questions_told import QuestionsTold

LANGUAGES = ("zh", "en")
VARYING = (
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}", "ID"),
    (r"HZ-\w+-\w+", "RECEIPT"),
    (r"\b[A-Z]{2,4}-\d{4}-\d+", "REF"),
    (r"/R-[A-Z]+-\d+", "/RULE"),
    (r"/[A-Z]\d\d\b", "/ITEM"),
    (r"=[^&]+", "=…"),
    (r"/\d+(?=/|$)", "/N"),
    (r"/[0-9a-f]{32,64}", "/HASH"),
)
CRAWLED_PER_PERSON = 40


@dataclass(frozen=True)
class SeenPage:
    """One page as one person saw it."""

    who: str
    address: str
    status: int
    html: dict[str, str]
    headers: dict[str, str]

    @property
    def name(self) -> str:
        """For messages and file names."""
        return f"{self.who or 'visitor'} {self.address} {self.status}"


@dataclass
class Recorder:
    """The watcher of a telling. `broken` names links that lead nowhere and pages that differ between languages."""

    pages: dict[tuple[str, ...], SeenPage] = field(default_factory=dict)
    typed: set[str] = field(default_factory=set)
    people: dict[str, set[str]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    questions: QuestionsTold = field(default_factory=QuestionsTold)
    addresses: int = 0

    def __call__(self, browser: Browser, answer: httpx.Response) -> None:
        """Keep the page; a page that was opened is opened in English too, in the same moment."""
        request = answer.request
        self.questions.note(browser.client, answer, browser.username)
        self.typed.update(typed_words(request))
        if not answer.headers.get("content-type", "").startswith("text/html") or answer.is_redirect:
            return
        address = answer.url.raw_path.decode()
        if address.startswith("/en/") or address == "/en":
            return
        self.addresses += 1
        links = self.people.setdefault(browser.username, set())
        links.update(links_of(answer.text, address))
        key = (pattern(address), request.method, str(answer.status_code), skeleton(answer.text))
        if key in self.pages:
            return
        html = {"zh": answer.text}
        if request.method == "GET":
            english = browser.client.get(f"/en{address}")
            if english.status_code != answer.status_code:
                self.broken.append(f"{address}: {answer.status_code}, in English {english.status_code}")
            html["en"] = english.text
        kept = {"content-type", "content-security-policy"}
        headers = {name: value for name, value in answer.headers.items() if name in kept}
        self.pages[key] = SeenPage(browser.username, address, answer.status_code, html, headers)


def typed_words(request: httpx.Request) -> set[str]:
    """What was typed into a form: it comes back in pages of both languages as it was typed."""
    if request.method != "POST":
        return set()
    body = request.read().decode(errors="replace")
    return {value for values in parse_qs(body).values() for value in values} | {body}


def pattern(address: str) -> str:
    """The address without what varies from row to row."""
    for found, word in VARYING:
        address = re.sub(found, word, address)
    return address


def skeleton(page: str) -> str:
    """Which parts a page is built of: elements with their classes, forms and the names of their fields."""
    main = re.search(r"<main[^>]*>(.*?)</main>", page, flags=re.S)
    source = main.group(1) if main else page
    parts = set(re.findall(r'<(\w+)(?:[^>]*?class="([^"]*)")?', source))
    forms = {pattern(action) for action in re.findall(r'<form[^>]*action="([^"]*)"', source)}
    fields = {re.sub(r"\d+", "N", name) for name in re.findall(r'name="([^"]*)"', re.sub(r"[0-9a-f-]{36}", "", source))}
    return "|".join(sorted({f"{tag}.{kind}" for tag, kind in parts} | forms | fields))


class _Joints(HTMLParser):
    """Reads which part stands inside which: elements with their classes, kinds of input, roles, and names of fields."""

    LEAVES = frozenset("area base br col embed hr img input link meta source track wbr path rect line circle".split())

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._inside = [""]

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attributes}
        part = ".".join([tag, *sorted(has.get("class", "").split()), has.get("type", ""), has.get("role", "")])
        self.found.add(f"{self._inside[-1]} > {part}")
        if name := has.get("name"):
            self.found.add(f"{tag} {re.sub(r'[0-9a-f-]{36}|[0-9]+', 'N', name)}")
        if tag not in self.LEAVES:
            self._inside.append(part)

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self._inside) - 1, 0, -1):
            if self._inside[depth].partition(".")[0] == tag:
                del self._inside[depth:]
                return


def joints(page: str) -> set[str]:
    """Which parts a page joins: each part with the part it stands in, and each name of a field."""
    reader = _Joints()
    reader.feed(page)
    return reader.found


class _Words(HTMLParser):
    """Reads every text of the body, and whether it shows data as it was written."""

    NOT_SHOWN = ("script", "style", "template")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, bool]] = []
        self._inside: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in _Joints.LEAVES:
            return
        lang = dict(attributes).get("lang") or ""
        is_as_written = tag in ("code", "pre", "textarea") or (tag != "html" and lang.startswith("zh"))
        self._inside.append((tag, is_as_written or bool(self._inside and self._inside[-1][1])))

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self._inside) - 1, -1, -1):
            if self._inside[depth][0] == tag:
                del self._inside[depth:]
                return

    def handle_data(self, data: str) -> None:
        names = {tag for tag, _ in self._inside}
        text = " ".join(data.split())
        if text and "body" in names and not names & set(self.NOT_SHOWN):
            self.found.append((text, self._inside[-1][1]))


def read_words(page: str) -> tuple[str, list[tuple[str, bool]]]:
    """The title of a page, and its texts with whether each stands as somebody wrote it."""
    reader = _Words()
    reader.feed(page)
    reader.close()
    title = re.search(r"<title>(.*?)</title>", page, flags=re.S)
    return " ".join(unescape(title[1]).split()) if title else "", reader.found


def links_of(page: str, address: str) -> set[str]:
    """The pages of ours that a page links to, in Chinese."""
    found = set()
    for link in re.findall(r'<a\s[^>]*?href="([^"#]+)', page):
        goes_to = urljoin(address, unescape(link))
        parts = urlsplit(goes_to)
        if not parts.netloc and not parts.scheme and not parts.path.startswith(("/en/", "/static/")):
            found.add(goes_to)
    return {link for link in found if link != "/en"}


def follow_links(county: County, recorder: Recorder) -> None:
    """Everybody opens the pages they saw once more and follows the links, once for each kind of page.

    A link that is offered and leads to a refusal is a dead end. Where a page saw its day, its links may redirect.
    """
    for username in sorted(recorder.people):
        browser = county.person(username) if username else county.visitor()
        waiting = deque((link, False) for link in sorted(recorder.people[username]))
        known: set[str] = set()
        while waiting and len(known) < CRAWLED_PER_PERSON:
            link, is_fresh = waiting.popleft()
            if pattern(link) in known:
                continue
            answer = browser.client.get(link)
            if is_fresh and answer.status_code >= 400:
                recorder.broken.append(f"{username or 'visitor'}: the link {link} answers {answer.status_code}")
            elif answer.status_code == 200 and answer.headers["content-type"].startswith("text/html"):
                known.add(pattern(link))
                recorder(browser, answer)
                waiting.extend((each, True) for each in sorted(links_of(answer.text, link)))
