"""Say something to the supervisor without an account, read the answer, and the offices' desk."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.i18n import N_, current_language, say
from marketplace.kernel.private_columns import reveal
from marketplace.kernel.sheets import form_of
from marketplace.kernel.web import go, page, posted
from marketplace.public_posts.services import place_of
from marketplace.voices import queries
from marketplace.voices.forms import ASK, REPLY, SEND
from marketplace.voices.rules import (
    ANSWER,
    DESK_LABELS,
    DESK_NAMES,
    KIND_LABELS,
    RULE,
    STATUS_LABELS,
)
from marketplace.voices.services import EMAIL, answer_voice, send_voice, take_back

ANSWERING = needs(Permission.ANSWER_VOICES)
LABELS = {"kinds": KIND_LABELS, "desks": DESK_NAMES, "states": STATUS_LABELS, "rule": RULE}


async def _list(form: Bound | None = None, status_code: int = 200) -> Template:
    return page(
        "marketplace/voices/list.html", status_code=status_code, rows=await queries.published(), form=form, **LABELS
    )


@get("/voices", opt=PUBLIC)
async def show_voices(request: Request[Any, Any, Any]) -> Redirect | Template:
    """Comments with their answers as they were reviewed; with a number, the way to its answer."""
    asked = request.query_params.get("reference", "")
    if not asked:
        return await _list()
    form = parse(ASK, {"reference": asked.strip().upper()})
    try:
        found = await queries.own(form["reference"] or "")
    except NotFound:
        form.errors["reference"] = say(N_("没有这个编号。请照着回执再填一次，中间的横线也要填。"))
        return await _list(form, 422)
    return go(f"/voices/{found['reference']}")


def _form(form: Bound | None, status_code: int = 200, about: str = "") -> Template:
    return page(
        "marketplace/voices/new.html", status_code=status_code, form=form, kinds=KIND_LABELS, offices=DESK_LABELS,
        rule=RULE, about=about, sheet=uuid4(),
    )  # fmt: skip


@get("/voices/new", opt=PUBLIC)
async def show_new(request: Request[Any, Any, Any]) -> Template:
    """One page: what kind, to whom, about what, the words."""
    return _form(None, about=request.query_params.get("about", "")[:80])


@post("/voices/new", opt=PUBLIC)
async def do_send(request: Request[Any, Any, Any], now: Now) -> Redirect | Template:
    """Keep it and show the number."""
    typed = (await posted(request)).texts
    form = parse(SEND, typed)
    if form.errors:
        return _form(form, 422)
    try:
        reference = await send_voice(form, current_language.get(), place_of(request), now, form_of(typed.get("sheet")))
    except DomainError as refused:
        form.errors["words"] = refused.sentence
        return _form(form, refused.status_code)
    return go(f"/voices/{reference}?done=1")


@get("/voices/{reference:str}", opt=PUBLIC)
async def show_own(request: Request[Any, Any, Any], reference: FromPath[str]) -> Template:
    """Whether it was answered, and the answer; to keep and to print."""
    found = await queries.own(reference)
    return page(
        "marketplace/voices/own.html", voice=found, answer_by=compute(ANSWER, found["sent_at"]),
        done=request.query_params.get("done", ""), **LABELS,
    )  # fmt: skip


@get("/voices/desk", opt=ANSWERING)
async def show_desk(actor: CurrentActor) -> Template:
    """What came to the reader's office."""
    rows = [{**row, "due": compute(ANSWER, row["sent_at"]).date} for row in await queries.at_desk(actor)]
    return page("marketplace/voices/desk.html", rows=rows, **LABELS)


async def _one(  # noqa: PLR0913 - the page with what was typed
    reference: str, actor: Actor, now: datetime, form: Bound | None = None, status_code: int = 200, done: str = ""
) -> Template:
    found = await queries.for_desk(reference, actor)
    return page(
        "marketplace/voices/answer.html", status_code=status_code, voice=found, form=form, done=done,
        email=reveal(found["email"], EMAIL), due=compute(ANSWER, found["sent_at"]).date, **LABELS,
    )  # fmt: skip


@get("/voices/desk/{reference:str}", opt=ANSWERING)
async def show_at_desk(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Template:
    """One that came, with its words."""
    return await _one(reference, actor, now, done=request.query_params.get("done", ""))


@post("/voices/desk/{reference:str}", opt=ANSWERING)
async def do_answer(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Answer, and publish where it says so."""
    await queries.for_desk(reference, actor)
    form = parse(REPLY, (await posted(request)).texts)
    if form["is_public"] and not form["public_words"] and "public_words" not in form.errors:
        form.errors["public_words"] = say(N_("请写公开的文字：去掉姓名、住址和号码。"))
    if not form.errors:
        try:
            address = request.app.state["settings"].public_address
            await answer_voice(form, reference, actor, address, now)
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["public_words"] = refused.sentence
    if form.errors:
        return await _one(reference, actor, now, form, 422)
    return go(f"/voices/desk/{reference}?done=answered")


@post("/voices/desk/{reference:str}/take-back", opt=ANSWERING)
async def do_take_back(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Not public any more."""
    await take_back(reference, actor, now)
    return go(f"/voices/desk/{reference}?done=taken_back")


ROUTES: list[Any] = [show_voices, show_new, do_send, show_own, show_desk, show_at_desk, do_answer, do_take_back]
