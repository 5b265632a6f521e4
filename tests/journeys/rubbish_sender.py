"""Sends rubbish into every form that anybody sees while the story is told, before it goes on as if nothing had been.

One field of each sending cannot be accepted whatever it asks, so nothing of it is ever saved.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from marketplace.demo.story.browser import Browser, PageForm, read_forms, words
from tests.bad_input.rubbish import RUBBISH, TURNED
from tests.questions_told import QuestionsTold

# a wrong password counts against the account, and another try of a code is the next test's
NOT_SENT = ("/sign-in", "/sign-out", "/confirm-identity", "/forgot", "/demo")
SENT = ("turned direction", "null", "emoji", "wide date", "too long", "surplus id", "script", "empty")
VARYING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[A-Z]{2,4}-\d{4}-\d+|HZ-\w+-\w+|\d+")


@dataclass
class RubbishSender:
    """A watcher of a telling: which forms were tried, and what went wrong with them."""

    tried: set[tuple[str, ...]] = field(default_factory=set)
    answered: dict[int, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    questions: QuestionsTold = field(default_factory=QuestionsTold)

    def __call__(self, browser: Browser, answer: httpx.Response) -> None:
        """Try every posted form of the page that was not met before."""
        self.questions.note(browser.client, answer, browser.username)
        if answer.request.method != "GET" or "text/html" not in answer.headers.get("content-type", ""):
            return
        for form in read_forms(answer.text):
            path = urlsplit(urljoin(answer.url.path, form.action or answer.url.path)).path
            texts = typed_fields(answer.text, form)
            kind = (VARYING.sub("N", path), *sorted({VARYING.sub("N", name) for name in texts}))
            if form.method == "post" and texts and kind not in self.tried and not path.startswith(NOT_SENT):
                self.tried.add(kind)
                self._try(browser, path, form, texts)

    def _try(self, browser: Browser, path: str, form: PageForm, texts: list[str]) -> None:
        for kind in SENT:
            given: dict[str, Any] = {**form.values, **dict.fromkeys(texts, RUBBISH[kind])}
            given[texts[len(kind) % len(texts)]] = TURNED
            answer = browser.client.post(path, data={**given, "_csrf_token": browser.client.cookies["csrf"]})
            status = answer.status_code
            self.answered[status] = self.answered.get(status, 0) + 1
            said = answer.headers.get("location") or words(answer.text)[:200]
            if status >= 500 or status in (200, 303):
                self.wrong.append(f"{browser.username} {path} {texts} {kind}: {status} {said}")
            if RUBBISH["script"] in answer.text:
                self.wrong.append(f"{browser.username} {path} {texts}: what was typed came back as a script")
            if status == 422 and 'href="#field-' not in answer.text:
                self.wrong.append(f"{browser.username} {path} {texts} {kind}: no field is named: {said}")


def typed_fields(page: str, form: PageForm) -> list[str]:
    """The fields of a form that somebody types into; not what is hidden, ticked, chosen or uploaded."""
    typed = set(re.findall(r'<textarea[^>]*name="([^"]+)"', page))
    for tag in re.findall(r"<input[^>]*>", page):
        name, kind = re.search(r'name="([^"]+)"', tag), re.search(r'type="([^"]+)"', tag)
        if name and (kind is None or kind[1] not in ("hidden", "checkbox", "radio", "file", "submit", "button")):
            typed.add(name[1])
    return sorted(typed & form.names)
