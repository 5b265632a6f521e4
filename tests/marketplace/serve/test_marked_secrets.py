"""Every kind of secret, marked and driven through the county's pages: each mark stands only where the table says.

The same acts go wrong as well: bad input with the mark in it, a page that fails while it holds the mark, an address
that leads nowhere. Then every place where words come out is searched, in every way in which a text could be written.
"""

from __future__ import annotations

import dataclasses
import html
import io
import json
import logging
import random
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio

from evaluations.scoring.queries import marked_criteria
from evaluations.scoring.services import put_marks
from marketplace.accounts.second_factor.services import enter_secret
from marketplace.app import create_app, open_gateways
from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.kernel.logs import set_up_logs
from marketplace.kernel.outbox.services import body_of
from marketplace.kernel.settings import Settings
from marketplace.opendata.ocds.publishing import publisher_of, release_changes
from marketplace.upkeep.telemetry import Traced
from tests.architecture.test_permissions import doors
from tests.builders_catalogue import a_published_listing
from tests.builders_contracts import a_provider as a_contractor
from tests.builders_contracts import a_worker
from tests.builders_evaluations import a_panel, an_opened_listing
from tests.builders_vendors import PDF, a_provider, a_sealed_bid, some_contents
from tests.cast import enter_cast, office
from tests.pages import send, sign_in, token
from tests.vendors.bids.test_secrecy import forms_of

LOG, DATABASE, PUBLIC, FIGURES, TRACES = "log", "database", "public pages", "figures", "traces"
PLACES = (LOG, DATABASE, PUBLIC, FIGURES, TRACES)
# where a mark may stand in clear; what is not named here may stand nowhere
MAY_STAND: dict[str, tuple[str, ...]] = {
    # who may open it holds the database's own rows; nobody else before the award
    "name of a panel's member": (DATABASE,),
    "comment of a mark that is not locked": (DATABASE,),
}
EVERYWHERE_SECRET = (
    "price in a sealed bid", "text of a sealed bid", "text of a bid's draft", "key of a draft", "name of a resident",
    "number of a resident", "telephone of a resident", "address of a resident", "name of a guardian",
    "telephone of a guardian", "what a tip tells", "contact of a tip", "account of a worker", "password",
    "password mistyped", "link that opens an account", "account of a provider", "session", "secret of an authenticator",
)  # fmt: skip


@dataclass
class Marks:
    """A mark for each kind of secret, new in every run, and what was said wherever words come out."""

    chance: random.Random = field(default_factory=random.SystemRandom)
    of: dict[str, str] = field(default_factory=dict)
    log: io.StringIO = field(default_factory=io.StringIO)
    said: dict[str, list[bytes]] = field(default_factory=lambda: {place: [] for place in PLACES})

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
            kind: {place for place in PLACES if any(way in joined[place] for way in writings(mark))}
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


@pytest.fixture
def marks() -> Iterator[Marks]:
    """Marks; what was done to the logs meanwhile is undone."""
    # the browser of the test speaks of what it sends; no process of ours has one
    loggers = [logging.getLogger(name) for name in (None, "httpx", "httpcore")]
    before = [(each.handlers[:], each.level, each.disabled) for each in loggers]
    yield Marks()
    for each, (handlers, level, disabled) in zip(loggers, before, strict=True):
        each.handlers[:], each.level, each.disabled = handlers, level, disabled


def listen(marks: Marks) -> None:
    """Keep everything that a process of ours would log, at its most talkative; once the application is made."""
    set_up_logs("json", logging.DEBUG, marks.log)
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).disabled = True


@pytest_asyncio.fixture
async def visitor(db: Any, clock: Any, settings: Settings, marks: Marks) -> AsyncIterator[httpx.AsyncClient]:
    """A browser before an application with figures and traces; what is traced is kept with the marks."""

    def collect(request: httpx.Request) -> httpx.Response:
        marks.said[TRACES].append(request.content)
        return httpx.Response(200)

    told = dataclasses.replace(settings, metrics_token="figures-only")
    app = create_app(told, open_gateways(told), own_pool=False)
    listen(marks)
    traced = Traced(app, "http://collector", "county", httpx.AsyncClient(transport=httpx.MockTransport(collect)))
    transport = httpx.ASGITransport(app=traced, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://county.test") as browser:
        browser.routed, browser.traced = app.app, traced  # type: ignore[attr-defined]
        yield browser


async def _bids(visitor: httpx.AsyncClient, marks: Marks, now: Any) -> str:
    listing = await a_published_listing(now)
    password = marks.new("password", "".join(marks.chance.choice("abcdefghkmnpqrstuvwxyz23456789") for _ in range(18)))
    provider = await a_provider(now, password=password)
    mistyped = marks.new("password mistyped", password[::-1] + "x")
    refused = await send(visitor, "/sign-in", {"username": provider.username, "password": mistyped})
    assert refused.status_code == 422 and mistyped not in refused.text
    await sign_in(visitor, provider.username, password)
    marks.new("session", visitor.cookies["sid"])
    base = f"/listings/{listing.reference}/lots/1/bid"
    kept = {"technical_text": marks.word("text of a bid's draft", 12)}
    await send(visitor, f"{base}/technical", kept, files={"papers": ("a.pdf", PDF)})
    marks.new("key of a draft", visitor.cookies["bid_key"])
    await send(visitor, f"{base}/price", {"price": f"{kept['technical_text']} 元"})
    cents = marks.chance.randrange(100)
    price = marks.new("price in a sealed bid", f"4{marks.chance.randrange(10_000, 99_999)}.{cents:02}")
    contents = some_contents(price=Decimal(price), text=marks.word("text of a sealed bid", 12))
    await a_sealed_bid(listing.lots[0]["id"], provider, now, contents)
    account = {"bank": "中国农业银行金堂支行", "number": marks.digits("account of a provider", "622849", 13)}
    assert (await send(visitor, "/my-organisation/account", {**account, "bank": ""})).status_code == 422
    assert (await send(visitor, "/my-organisation/account", account)).status_code == 303
    await _link_by_mail(visitor, marks, provider.username)
    return listing.reference


async def _link_by_mail(visitor: httpx.AsyncClient, marks: Marks, username: str) -> None:
    await send(visitor, "/forgotten-password", {"who": username})
    letters = [json.loads(row["payload"]) for row in await fetch("SELECT payload FROM outbox_message")]
    links = [found for each in letters if (found := re.search(r"token=([\w-]{43})", body_of(each)))]
    marks.new("link that opens an account", links[-1][1])


async def _residents(visitor: httpx.AsyncClient, marks: Marks) -> None:
    await sign_in(visitor, "luo.jie")
    case = {
        "help_kind": "subsistence", "recipient_kind": "other", "place": "registered", "source": "window",
        "village": "三江村", "need": "长期患病，没有收入。", "capacity": "minor",
        "name": marks.word("name of a resident", 4), "identity_number": identity_number(marks, "number of a resident"),
        "phone": marks.digits("telephone of a resident", "138", 8), "address": marks.word("address of a resident", 9),
    }  # fmt: skip
    for wrong in ({"help_kind": ""}, {"identity_number": case["identity_number"] + "1"}, {"need": case["name"] * 200}):
        assert (await send(visitor, "/cases/new", {**case, **wrong})).status_code == 422
    as_json = {"headers": {"accept": "application/json"}}
    assert (await send(visitor, "/cases/new", {**case, "help_kind": case["name"]}, **as_json)).status_code == 422
    assert (await visitor.get(f"/cases/{case['name']}?q={case['phone']}")).status_code == 404
    await _fails_while_it_holds(visitor, "resident", "/cases/new", case, case["name"])
    assert (await send(visitor, "/cases/new", case)).status_code == 303
    reference = await fetchval("SELECT reference FROM assistance_case")
    await sign_in(visitor, "he.xin")
    guardian = {
        "model": "relative", "relation": "祖父", "guardian_name": marks.word("name of a guardian", 4),
        "guardian_phone": marks.digits("telephone of a guardian", "139", 8),
    }  # fmt: skip
    assert (await send(visitor, f"/cases/{reference}/guardian", {**guardian, "model": "?"})).status_code == 422
    assert (await send(visitor, f"/cases/{reference}/guardian", guardian)).status_code == 303
    shown = await send(visitor, f"/cases/{reference}/identity", {"purpose": "入户核对"})
    assert case["name"] in shown.text, "who may see it does see it"


async def _fails_while_it_holds(
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


async def _tips_and_accounts(visitor: httpx.AsyncClient, marks: Marks, now: Any) -> None:
    visitor.cookies.delete("sid")
    tip = {
        "town": str(await office("zhaozhen")), "village": "三江村", "about": "other",
        "told": marks.word("what a tip tells", 12), "contact": marks.digits("contact of a tip", "137", 8),
    }  # fmt: skip
    assert (await send(visitor, "/need-help", {**tip, "about": tip["contact"]})).status_code == 422
    assert (await send(visitor, "/need-help", tip)).status_code == 303
    await a_worker(await a_contractor(now), now)
    await sign_in(visitor, "tang.yi")
    account = {"bank": "中国农业银行金堂支行", "number": marks.digits("account of a worker", "622848", 13)}
    assert (await send(visitor, "/subsidies/mine/account", {**account, "bank": ""})).status_code == 422
    assert (await send(visitor, "/subsidies/mine/account", account)).status_code == 303
    secret = "".join(marks.chance.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(32))
    person = await fetchval("SELECT id FROM person WHERE username = 'tang.yi'")
    await enter_secret(person, marks.new("secret of an authenticator", secret), now)


async def _judges(marks: Marks, now: Any) -> str:
    opened = await an_opened_listing(now)
    await execute("UPDATE person SET name = $1 WHERE username = 'yang.hua'", marks.word("name of a panel's member", 3))
    judge = (await a_panel(opened))[0]
    criterion = (await marked_criteria(opened.listing.id))[0]
    comment = marks.word("comment of a mark that is not locked", 12)
    marked = {criterion["id"]: (criterion["points"], comment)}
    await put_marks(opened.listing.id, next(iter(opened.bids.values())), marked, judge, opened.now)
    return opened.listing.reference


async def _search_everything(visitor: httpx.AsyncClient, marks: Marks, listings: list[str]) -> None:
    visitor.cookies.clear()
    await token(visitor)
    of_listings = [
        f"{before}/{reference}{after}" for reference in listings
        for before, after in (("/listings", ""), ("/api/listings", ""), ("/api/listings", "/notices"))
    ]  # fmt: skip
    year = (await fetchval("SELECT county_now()")).year
    of_listings += [f"/data/ocds/packages/{year}-{part}.json" for part in ("releases", "records")]
    public = [d.address for d in doors(_Routed(visitor.routed)) if _is_public_page(d)]  # type: ignore[attr-defined]
    for address in (*public, *of_listings):
        answer = await visitor.get(address)
        assert answer.status_code != 500, address
        marks.said[PUBLIC].append(answer.content)
    assert any(listings[0].encode() in said for said in marks.said[PUBLIC])
    figures = await visitor.get("/metrics", headers={"authorization": "Bearer figures-only"})
    marks.said[FIGURES].append(figures.content)
    await visitor.traced.deliver()  # type: ignore[attr-defined]
    tables = await fetch("SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'")
    rows = " UNION ALL ".join(f"SELECT t::text AS row FROM {table['name']} t" for table in tables)
    marks.said[DATABASE] += [row["row"].encode() for row in await fetch(rows) if row["row"]]


@dataclass(frozen=True)
class _Routed:
    app: Any


def _is_public_page(door: Any) -> bool:
    return door.method == "GET" and door.access == "public" and not door.has_parameters


async def test_every_mark_stands_only_where_the_table_says(
    visitor: httpx.AsyncClient, clock: Any, marks: Marks
) -> None:
    now = await clock.now()
    await enter_cast(now)
    sealed = await _bids(visitor, marks, now)
    await _residents(visitor, marks)
    await _tips_and_accounts(visitor, marks, now)
    judged = await _judges(marks, now)
    await release_changes(publisher_of(Settings.from_environment()))
    await _search_everything(visitor, marks, [sealed, judged])
    marks.said[LOG].append(marks.log.getvalue().encode())
    assert set(marks.of) == {*EVERYWHERE_SECRET, *MAY_STAND}
    assert b"RaiseError" in b"".join(marks.said[LOG]), "the failed pages did reach the log"
    for place in PLACES:
        assert marks.said[place] and any(marks.said[place]), place
    expected = {kind: set(MAY_STAND.get(kind, ())) for kind in marks.of}
    assert marks.found() == expected


def test_the_search_finds_a_mark_however_it_is_written() -> None:
    for number, way in enumerate(writings("内江路388000.50号，三单元")):
        marks = Marks()
        marks.new("secret", "内江路388000.50号，三单元")
        place = PLACES[number % len(PLACES)]
        marks.said[place].append(b"x" + way + b"y")
        assert marks.found() == {"secret": {place}}, way
