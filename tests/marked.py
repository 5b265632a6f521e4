"""Marks for secrets: texts that nobody writes by chance, and where they are found again."""

from __future__ import annotations

import html
import io
import logging
import random
from collections import defaultdict
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx

from marketplace.kernel.db import execute
from marketplace.kernel.logs import set_up_logs
from tests.pages import send
from tests.vendors.bids.test_secrecy import forms_of

LOG, DATABASE, PUBLIC, FIGURES, TRACES = "log", "database", "public pages", "figures", "traces"


@dataclass
class Marks:
    """A mark for each kind of secret, new in every run, and what was said wherever words come out."""

    chance: random.Random = field(default_factory=random.SystemRandom)
    of: dict[str, str] = field(default_factory=dict)
    log: io.StringIO = field(default_factory=io.StringIO)
    said: defaultdict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))

    def new(self, kind: str, text: str) -> str:
        """Remember the mark of a kind."""
        self.of[kind] = text
        return text

    def word(self, kind: str, length: int = 6) -> str:
        """A word of Chinese characters that nobody writes by chance."""
        return self.new(kind, "".join(chr(self.chance.randrange(0x4E00, 0x9F00)) for _ in range(length)))

    def digits(self, kind: str, before: str, length: int) -> str:
        """A number that begins like others of its kind."""
        return self.new(kind, before + "".join(str(self.chance.randrange(10)) for _ in range(length)))

    def found(self) -> dict[str, set[str]]:
        """Each kind of secret with the places where it stands in clear, whatever the writing."""
        joined = {place: b"\n".join(said) for place, said in self.said.items()}
        return {
            kind: {place for place, said in joined.items() if any(way in said for way in writings(mark))}
            for kind, mark in self.of.items()
        }


def writings(mark: str) -> list[bytes]:
    """A text in the encodings of files, of pages and of addresses."""
    ways = {way: form for way, form in forms_of(mark).items() if way != "reversed"}
    return [*ways.values(), quote(mark).encode(), html.escape(mark).encode()]


def identity_number(marks: Marks, kind: str) -> str:
    """A number of an identity card with the right last character."""
    first = f"510121201{marks.chance.randrange(4, 9)}0307"
    first += "".join(str(marks.chance.randrange(10)) for _ in range(3))
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    last = "10X98765432"[sum(int(digit) * weight for digit, weight in zip(first, weights, strict=True)) % 11]
    return marks.new(kind, first + last)


def listen(marks: Marks) -> None:
    """Keep everything that a process of ours would log, at its most talkative; once the application is made."""
    set_up_logs("json", logging.DEBUG, marks.log)
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).disabled = True


async def fails_while_it_holds(
    visitor: httpx.AsyncClient, table: str, path: str, typed: dict[str, str], secret: str
) -> None:
    """Press where the database refuses with the secret in its own words: the page says neither that nor the secret."""
    await execute(
        f"CREATE FUNCTION quotes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'row %', '{secret}'"
        f" USING DETAIL = '{secret}', HINT = '{secret}'; END $$; CREATE TRIGGER quotes BEFORE INSERT ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION quotes()"
    )
    for accept in ("text/html", "application/json"):
        failed = await send(visitor, path, typed, headers={"accept": accept})
        assert failed.status_code == 500 and not any(way in failed.content for way in writings(secret))
    await execute(f"DROP TRIGGER quotes ON {table}")
