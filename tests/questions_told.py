"""What the pages of a told story asked the database, as their server tells it in a header."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from marketplace.upkeep.questions import HEADER
from tests.benchmarks.questions import MOST, kind_of


@contextmanager
def questions_told() -> Iterator[None]:
    """Servers that are started meanwhile tell with each answer how often it asked."""
    os.environ["TELL_QUESTIONS"] = "1"
    try:
        yield
    finally:
        del os.environ["TELL_QUESTIONS"]


@dataclass
class QuestionsTold:
    """The kinds of pages that were read, and those that asked more often than they may."""

    kinds: set[str] = field(default_factory=set)
    too_many: list[str] = field(default_factory=list)

    def note(self, client: httpx.Client, answer: httpx.Response, who: str) -> None:
        """Note a page. One that asked too often is read once more: the first reader of a new rule loads the rules."""
        is_page = answer.status_code == 200 and answer.headers.get("content-type", "").startswith("text/html")
        if answer.request.method != "GET" or not is_page:
            return
        self.kinds.add(kind_of(answer.url.path.removeprefix("/en") or "/"))
        if int(answer.headers[HEADER]) > MOST:
            asked = int(client.get(str(answer.url)).headers[HEADER])
            if asked > MOST:
                self.too_many.append(f"{asked} {answer.url.path} {who}")
