"""The public search, its feeds, and the searches one keeps."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from catalogue.listings.public_states import PUBLIC_TONES
from marketplace.accounts.guards import PUBLIC, SIGNED_IN, CurrentActor, Now
from marketplace.finding import feeds, queries
from marketplace.finding.rules import (
    BAND_LABELS,
    FACET_LABELS,
    FIXED_WORDS,
    KIND_LABELS,
    ONE_OF_KIND,
    PAGE_SIZE,
    SORTS,
    STATE_LABELS,
    Search,
    read_search,
)
from marketplace.finding.services import delete_search, save_search
from marketplace.gateways.search_index import Answer, SearchIndex
from marketplace.kernel.characters import small_number
from marketplace.kernel.forms import Bound, Field, flag, parse, text
from marketplace.kernel.i18n import N_, current_language, translate
from marketplace.kernel.web import go, page, posted, url

MOST_IN_A_FEED = 50
MOST_IN_A_CALENDAR = 200
SAVE = [
    Field("name", N_("名称"), text(80)),
    Field("question", N_("查找"), text(1000), is_required=False),
    Field("sends_mail", N_("有新结果时发邮件"), flag(), is_required=False),
]
CONTRACT_TONES = {"contract-in_force": "running", "contract-completed": "done", "contract-terminated": "refused"}
# what an item of the catalogue has none of
BLANK = dict.fromkeys(("who", "who_en", "provider", "provider_en", "state", "method"), "")
Option = tuple[str, str, int]


class Pages:
    """Where the reader is in the finds and how to go on."""

    def __init__(self, search: Search, total: int) -> None:
        self.number, self.total, self._search = search.number, total, search
        self.pages = max(1, -(-total // PAGE_SIZE))

    def url_for(self, number: int) -> str:
        """The address of another page of the same finds."""
        return url("/search?" + self._search.query(page=number if number > 1 else ""))


def index_of(request: Request[Any, Any, Any]) -> SearchIndex:
    """This machine's index."""
    found: SearchIndex = request.app.state["gateways"].search
    return found


@get("/search", opt=PUBLIC)
async def show_search(request: Request[Any, Any, Any], now: Now) -> Template:
    """What is public, by words, facets, dates and amounts."""
    search = read_search(dict(request.query_params.items()))
    return await _search_page(request, search, now, None)


async def _search_page(
    request: Request[Any, Any, Any], search: Search, now: datetime, form: Bound | None, status_code: int = 200
) -> Template:
    answer = await asyncio.to_thread(index_of(request).ask, search.question())
    rows = [{**BLANK, **each, **_typed(each), "pieces": _marked(each, search.words)} for each in answer.shown]
    return page(
        "marketplace/finding/search.html", status_code=status_code, search=search, rows=rows, form=form,
        page=Pages(search, answer.total), options=await _options(search, answer), facet_labels=FACET_LABELS,
        kind_labels=KIND_LABELS, one_of_kind=ONE_OF_KIND, state_labels=STATE_LABELS,
        state_tones={**PUBLIC_TONES, **CONTRACT_TONES},
        sorts=[(name, words) for name, (words, _, _) in SORTS.items()],
    )  # fmt: skip


def _typed(row: Mapping[str, str]) -> dict[str, Any]:
    moments = {name: datetime.fromisoformat(row[name]) if row.get(name) else None for name in ("published", "closes")}
    return {**moments, "amount": Decimal(row["amount"]) if row.get("amount") else None}


def _marked(row: Mapping[str, str], words: str) -> list[tuple[str, bool]]:
    """The title cut where a word of the search stands, so that it can be marked."""
    pieces = [(feeds.title_of(row), False)]
    for word in sorted(set(words.split()), key=len, reverse=True):
        pieces = [cut for piece, is_hit in pieces for cut in ([(piece, True)] if is_hit else _cut(piece, word))]
    return pieces


def _cut(text: str, word: str) -> list[tuple[str, bool]]:
    found, at = [], 0
    low, low_word = text.lower(), word.lower()
    if len(low) != len(text):  # a character that changes its length in lower case would shift every cut
        return [(text, False)]
    while (hit := low.find(low_word, at)) >= 0:
        found += [(text[at:hit], False), (text[hit : hit + len(word)], True)]
        at = hit + len(word)
    return [piece for piece in [*found, (text[at:], False)] if piece[0]]


async def _options(search: Search, answer: Answer) -> dict[str, list[Option]]:
    """Each facet's values with words and counts; a chosen value stays even when nothing is left of it."""
    en = current_language.get() == "en"
    counts = {
        name: {**{chosen: 0 for chosen in [search.facets.get(name)] if chosen}, **answer.counts.get(name, {})}
        for name in FACET_LABELS
    }
    offices = await queries.office_names({*counts["buyer"], *counts["town"]})
    named = {"buyer": offices, "town": offices, "item": await queries.item_names()}
    found: dict[str, list[Option]] = {}
    for name, values in counts.items():
        fixed = {value: translate(words) for value, words in FIXED_WORDS.get(name, {}).items()}
        words = fixed or {value: both[en] for value, both in named.get(name, {}).items()}
        options = [(value, words.get(value, value), count) for value, count in values.items()]
        found[name] = sorted(options, key=partial(_place, name))
    return found


def _place(facet: str, option: Option) -> tuple[int, int, str]:
    """Bands by amount, years from the newest, items by code, the rest by how many there are."""
    value, _, count = option
    if facet == "band":
        return list(BAND_LABELS).index(value) if value in BAND_LABELS else 99, 0, value
    if facet == "year":
        return -small_number(value, otherwise=0), 0, value
    if facet == "item":
        return 0, 0, value
    return 0, -count, value


@get("/search.atom", opt=PUBLIC)
async def atom_feed(request: Request[Any, Any, Any], now: Now) -> Response[bytes]:
    """The newest finds, for feed readers."""
    search = replace(read_search(dict(request.query_params.items())), sort="newest", number=1)
    answer = await asyncio.to_thread(index_of(request).ask, replace(search.question(), most=MOST_IN_A_FEED))
    address = _site(request)
    body = feeds.atom(answer.shown, _feed_title(search), f"{address}/search?{search.query()}", address, now)
    return Response(body.encode(), media_type="application/atom+xml; charset=utf-8")


@get("/search.ics", opt=PUBLIC)
async def deadlines(request: Request[Any, Any, Any], now: Now) -> Response[bytes]:
    """The deadlines still to come among the finds, for calendars."""
    search = replace(read_search(dict(request.query_params.items())), sort="closing", number=1)
    asked = search.question()
    asked = replace(
        asked, facets={**asked.facets, "kind": "listing", "state": "published"}, most=MOST_IN_A_CALENDAR,
        at_least={**asked.at_least, "closes": int(now.timestamp()) + 1},
    )  # fmt: skip
    answer = await asyncio.to_thread(index_of(request).ask, asked)
    body = feeds.calendar(answer.shown, _feed_title(search), _site(request), now)
    headers = {"Content-Disposition": 'attachment; filename="deadlines.ics"'}
    return Response(body.encode(), media_type="text/calendar; charset=utf-8", headers=headers)


def _site(request: Request[Any, Any, Any]) -> str:
    prefix = "/en" if current_language.get() == "en" else ""
    return f"{request.app.state['settings'].public_address}{prefix}"


def _feed_title(search: Search) -> str:
    name = translate(N_("金堂县社会救助服务采购"))
    return f"{name}：{search.words}" if search.words else name


@get("/my-searches", opt=SIGNED_IN)
async def my_searches(actor: CurrentActor) -> Template:
    """The searches one keeps."""
    return page("marketplace/finding/saved.html", searches=await queries.saved_searches(actor.person_id))


@post("/my-searches", opt=SIGNED_IN)
async def do_save(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Keep a search, then show all that are kept."""
    form = parse(SAVE, (await posted(request)).texts)
    search = read_search(_as_query(str(form.raw.get("question") or "")))
    if form.errors:
        return await _search_page(request, search, now, form, 422)
    await save_search(form["name"], search, bool(form["sends_mail"]), current_language.get(), actor, now)
    return go("/my-searches")


@post("/my-searches/{search:uuid}/delete", opt=SIGNED_IN)
async def do_delete(search: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Forget a search."""
    await delete_search(search, actor, now)
    return go("/my-searches")


def _as_query(question: str) -> dict[str, str]:
    return dict(parse_qsl(question))


ROUTES: list[Any] = [show_search, atom_feed, deadlines, my_searches, do_save, do_delete]
