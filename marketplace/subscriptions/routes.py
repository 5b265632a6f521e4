"""Feeds, calendars and letters for everybody: what there is, subscribe, confirm, unsubscribe."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request, get, post
from litestar.params import FromQuery
from litestar.response import Redirect, Template

from catalogue.items.queries import current_items
from marketplace.accounts.guards import PUBLIC, Now
from marketplace.accounts.people.forms import email
from marketplace.finding.rules import KIND_LABELS, read_search
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Bound, Field, choice, parse, text
from marketplace.kernel.i18n import N_, current_language
from marketplace.kernel.web import go, page, posted
from marketplace.public_posts.services import place_of
from marketplace.subscriptions.services import confirm, find_by_link, name_of, subscribe, unsubscribe

KINDS = [kind for kind in KIND_LABELS if kind != "item"]
FIELDS = [
    Field("email", N_("邮箱"), email()),
    Field("kind", N_("什么消息"), choice(KINDS), is_required=False),
    Field("item", N_("哪一项服务"), text(8), is_required=False),
    Field("q", N_("含有的词"), text(80), is_required=False),
]
LINK = [Field("s", N_("订阅"), text(40)), Field("t", N_("链接"), text(80))]


async def _page(form: Bound | None, asked: Mapping[str, str], done: str = "", status_code: int = 200) -> Template:
    search = read_search({name: asked.get(name, "") for name in ("q", "kind", "item")})
    return page(
        "marketplace/subscriptions/subscribe.html", status_code=status_code, form=form, done=done, search=search,
        items=await current_items(), kinds=[(kind, KIND_LABELS[kind]) for kind in KINDS],
    )  # fmt: skip


@get("/subscribe", opt=PUBLIC)
async def show_subscribe(request: Request[Any, Any, Any]) -> Template:
    """Atom, calendar, letters: each for all that is new or for a part of it."""
    asked = dict(request.query_params.items())
    return await _page(None, asked, done=asked.get("done", ""))


@post("/subscribe", opt=PUBLIC)
async def do_subscribe(request: Request[Any, Any, Any], now: Now) -> Redirect | Template:
    """Send the link that confirms."""
    form = parse(FIELDS, (await posted(request)).texts)
    typed = {name: str(form.raw.get(name) or "") for name in ("q", "kind", "item")}
    if not form.errors:
        address = request.app.state["settings"].public_address
        try:
            await subscribe(form["email"], read_search(typed), current_language.get(), place_of(request), address, now)
        except DomainError as refused:
            form.errors["email"] = refused.sentence
            return await _page(form, typed, status_code=refused.status_code)
    if form.errors:
        return await _page(form, typed, status_code=422)
    return go("/subscribe?done=asked")


@get("/subscribe/confirm", opt=PUBLIC)
async def show_confirm(s: FromQuery[str] = "", t: FromQuery[str] = "") -> Template:
    """One button: a mail program that only looks at links confirms nothing."""
    return await _of_link(s, t, "confirm") if s else page("marketplace/subscriptions/by_link.html", found=None, way="")


@post("/subscribe/confirm", opt=PUBLIC)
async def do_confirm(request: Request[Any, Any, Any], now: Now) -> Redirect:
    """The address says yes."""
    form = parse(LINK, (await posted(request)).texts)
    await confirm(form["s"] or "", form["t"] or "", now)
    return go("/subscribe?done=confirmed")


@get("/unsubscribe", opt=PUBLIC)
async def show_unsubscribe(s: FromQuery[str] = "", t: FromQuery[str] = "") -> Template:
    """One button, without an account."""
    return await _of_link(s, t, "end") if s else page("marketplace/subscriptions/by_link.html", found=None, way="")


@post("/unsubscribe", opt=PUBLIC)
async def do_unsubscribe(request: Request[Any, Any, Any], now: Now) -> Redirect:
    """The address says no more."""
    form = parse(LINK, (await posted(request)).texts)
    await unsubscribe(form["s"] or "", form["t"] or "", now)
    return go("/subscribe?done=ended")


async def _of_link(subscription: str, mark: str, way: str) -> Template:
    found = await find_by_link(subscription, mark)
    search = read_search(dict(parse_qsl(found["question"])))
    return page(
        "marketplace/subscriptions/by_link.html", found=found, way=way, s=subscription, t=mark,
        name=name_of(search, current_language.get()),
    )  # fmt: skip


ROUTES: list[Any] = [show_subscribe, do_subscribe, show_confirm, do_confirm, show_unsubscribe, do_unsubscribe]
