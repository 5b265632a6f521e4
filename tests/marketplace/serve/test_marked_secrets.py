"""Every kind of secret, marked and driven through the county's pages: each mark stands only where the table says.

The same acts go wrong as well: bad input with the mark in it, a page that fails while it holds the mark, an address
that leads nowhere. Then every place where words come out is searched, in every way in which a text could be written.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from evaluations.scoring.queries import marked_criteria
from evaluations.scoring.services import put_marks
from marketplace.accounts.second_factor.services import enter_secret
from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.kernel.outbox.services import body_of
from marketplace.kernel.settings import Settings
from marketplace.opendata.ocds.publishing import publisher_of, release_changes
from tests.architecture.test_permissions import doors
from tests.builders_catalogue import a_published_listing
from tests.builders_contracts import a_provider as a_contractor
from tests.builders_contracts import a_worker
from tests.builders_evaluations import a_panel, an_opened_listing
from tests.builders_vendors import PDF, a_provider, a_sealed_bid, some_contents
from tests.cast import enter_cast, office
from tests.marked import DATABASE, FIGURES, LOG, PUBLIC, TRACES, Marks, fails_while_it_holds, identity_number, writings
from tests.pages import send, sign_in, token

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
    await fails_while_it_holds(visitor, "resident", "/cases/new", case, case["name"])
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
