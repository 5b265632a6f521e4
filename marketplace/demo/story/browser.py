"""A browser without a screen: reads the forms of a page, fills them in by the names of their fields, sends them."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import pyotp

from marketplace.demo.cast import PASSWORD, demo_secret

CODE_PAGE, PROOF = "/sign-in/code", "/confirm-identity"
Values = Mapping[str, Any]
Files = Mapping[str, tuple[str, bytes, str]]


class StoryBroken(Exception):
    """The story cannot go on; the text says where and what the page said."""


@dataclass
class PageForm:
    """A form as it stands on a page: where it goes, what is filled in already, what can be chosen."""

    action: str
    method: str = "get"
    values: dict[str, Any] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    options: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def option(self, name: str, label: str) -> str:
        """The value of the option whose label holds these words. Raises StoryBroken."""
        found = next((value for value, words in self.options.get(name, []) if label in words and value), None)
        if found is None:
            offered = "、".join(words for _, words in self.options.get(name, []))
            raise StoryBroken(f"“{label}” is not offered for {name}; offered: {offered[:400]}")
        return found


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._form: PageForm | None = None
        self._select: str | None = None
        self._textarea: str | None = None
        self._option: tuple[str, bool] | None = None
        self._label_for: str | None = None
        self._text = ""
        self._ids: dict[str, tuple[PageForm, str, str]] = {}

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._form = PageForm(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag == "label":
            self._label_for, self._text = given.get("for"), ""
        elif self._form is not None:
            self._field(self._form, tag, given)

    def _field(self, form: PageForm, tag: str, given: dict[str, str]) -> None:
        name = given.get("name", "")
        if tag == "input" and name:
            form.names.add(name)
            self._input(form, name, given)
        elif tag == "button" and name:
            form.options.setdefault(name, []).append((given.get("value", ""), ""))
        elif tag == "select":
            self._select = name
            form.names.add(name)
        elif tag == "option" and self._select is not None:
            self._option, self._text = (given.get("value", ""), "selected" in given), ""
        elif tag == "textarea":
            self._textarea, self._text = name, ""
            form.names.add(name)

    def _input(self, form: PageForm, name: str, given: dict[str, str]) -> None:
        kind, value = given.get("type", "text"), given.get("value", "")
        if kind in ("checkbox", "radio"):
            value = given.get("value", "on")
            self._ids[given.get("id", "")] = (form, name, value)
            if "checked" in given:
                _add(form.values, name, value)
        elif kind not in ("file", "submit", "button"):
            _add(form.values, name, value)

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "label" and self._label_for:
            if found := self._ids.get(self._label_for):
                form, name, value = found
                form.options.setdefault(name, []).append((value, " ".join(self._text.split())))
            self._label_for = None
        elif self._form is not None and tag == "option" and self._option and self._select is not None:
            value, selected = self._option
            options = self._form.options.setdefault(self._select, [])
            if selected or not options:
                self._form.values[self._select] = value
            options.append((value, " ".join(self._text.split())))
            self._option = None
        elif tag == "select":
            self._select = None
        elif self._form is not None and tag == "textarea" and self._textarea is not None:
            self._form.values[self._textarea] = self._text.lstrip("\n")
            self._textarea = None


def _add(values: dict[str, Any], name: str, value: str) -> None:
    if name not in values:
        values[name] = value
    else:
        earlier = values[name]
        values[name] = [*earlier, value] if isinstance(earlier, list) else [earlier, value]


def read_forms(page: str) -> list[PageForm]:
    """Every form of a page."""
    reader = _FormReader()
    reader.feed(page)
    return reader.forms


def words(page: str) -> str:
    """The visible words of a page's main part, in one line."""
    main = re.search(r"<main[^>]*>(.*?)</main>", page, flags=re.S)
    text = re.sub(r"<(script|style)[^>]*>.*?</\1>", " ", main.group(1) if main else page, flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text))).strip()


Watcher = Callable[["Browser", httpx.Response], None]


class Browser:
    """One person's browser. `at` is the path of the page it shows; a watcher is told of every answer."""

    def __init__(self, address: str, watcher: Watcher | None = None) -> None:
        self.client = httpx.Client(base_url=address, timeout=60.0, follow_redirects=False)
        self.at, self.text, self.onward, self.watcher = "/", "", "", watcher
        self.username, self.password = "", PASSWORD

    def close(self) -> None:
        """Close its connections."""
        self.client.close()

    def sign_in(self, username: str, password: str = PASSWORD) -> None:
        """Sign in with a new session."""
        self.client.cookies.delete("sid")
        self.username, self.password = username, password
        self.post("/sign-in", {"username": username, "password": password}, follow=False)
        if urlsplit(self.onward).path == CODE_PAGE:
            self.get(self.onward)
            self._give_code(CODE_PAGE, {}, 303)

    def _give_code(self, path: str, data: Values, expect: int) -> None:
        """Type one-time codes as a phone shows them: one that was used a moment ago is not taken again."""
        phone = pyotp.TOTP(demo_secret(self.username))
        for ahead, wait in ((0, 0), (1, 0), (1, phone.interval)):
            time.sleep(wait)
            shown = phone.at(datetime.now(UTC), counter_offset=ahead)
            answer = self.client.post(
                path, data={**data, "code": shown, "_csrf_token": self.client.cookies["csrf"]}
            )
            if answer.status_code == expect:
                break
        self._show("POST", path, answer, expect)

    def _prove(self, page: str) -> None:
        """Type the password (and code) once more before an act that cannot be undone."""
        typed = {
            "password": self.password,
            "kept": next(f for f in read_forms(page) if PROOF in f.action).values["kept"],
        }
        if 'name="code"' in page:
            self._give_code(PROOF, typed, 200)
        else:
            self.post(PROOF, typed, expect=200)

    def get(self, path: str, expect: int = 200) -> str:
        """Open a page, following redirects; gives its source."""
        answer = self.client.get(path)
        for _ in range(5):
            if answer.status_code not in (301, 302, 303, 307) or expect == answer.status_code:
                break
            answer = self.client.get(urljoin(str(answer.url), answer.headers["location"]))
        return self._show("GET", path, answer, expect)

    def post(
        self,
        path: str,
        data: Values | None = None,
        files: Files | None = None,
        *,
        expect: int = 303,
        follow: bool = True,
    ) -> str:
        """Send a form with its token; after a 303 open the page it leads to. Gives the source of the page shown."""
        if "csrf" not in self.client.cookies:
            self.client.get("/sign-in")
        given = {**(data or {}), "_csrf_token": self.client.cookies["csrf"]}
        answer = self.client.post(path, data=given, files=dict(files) if files else None)
        if answer.status_code == 401 and PROOF in answer.text and path != PROOF:
            self._prove(answer.text)
            answer = self.client.post(path, data=given, files=dict(files) if files else None)
        self._show("POST", path, answer, expect)
        if answer.status_code == 303 and follow:
            self.get(answer.headers["location"])
        return self.text

    def _show(self, method: str, path: str, answer: httpx.Response, expect: int) -> str:
        self.at, self.text, self.onward = answer.url.path, answer.text, answer.headers.get("location", "")
        if answer.status_code != expect:
            raise StoryBroken(
                f"{method} {path}: {answer.status_code} instead of {expect}. The page says: {words(answer.text)[:700]}"
            )
        if self.watcher:
            self.watcher(self, answer)
        return answer.text

    def form(self, *names: str, action: str | None = None) -> PageForm:
        """The posted form of the page shown that has these fields, or goes to this path. Raises StoryBroken."""
        for form in read_forms(self.text):
            goes_to = urlsplit(urljoin(self.at, form.action or self.at)).path
            if form.method != "post" or goes_to == "/sign-out" or (action is not None and goes_to != action):
                continue
            if set(names) <= form.names:
                form.action = goes_to
                return form
        wanted = f"{', '.join(names) or 'a button'}{f' to {action}' if action else ''}"
        raise StoryBroken(f"{self.at} offers no form with {wanted}. The page says: {words(self.text)[:500]}")

    def fill(
        self, given: Values, files: Files | None = None, *, action: str | None = None, expect: int = 303, **labels: str
    ) -> str:
        """Fill in the form of the page shown that has these fields and send it; the rest stays as it stands.

        `labels` choose options by their words: `buyer="赵镇街道办事处"`.
        """
        form = self.form(*[n for n in (*given, *labels) if "-" not in n], action=action)
        chosen = {name: form.option(name, label) for name, label in labels.items()}
        return self.post(form.action, {**form.values, **given, **chosen}, files, expect=expect)

    def must_say(self, *sentences: str) -> None:
        """The page shown says each of these. Raises StoryBroken."""
        said = words(self.text)
        for sentence in sentences:
            if sentence not in said:
                raise StoryBroken(f"{self.at} does not say “{sentence}”. It says: {said[:700]}")

    def link(self, pattern: str) -> str:
        """The first link of the page shown whose path matches wholly. Raises StoryBroken."""
        for found in re.findall(r'href="([^"]+)"', self.text):
            path = html.unescape(found)
            if re.fullmatch(pattern, path):
                return path
        raise StoryBroken(f"{self.at} has no link like {pattern}.")
