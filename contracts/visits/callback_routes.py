"""The buyer's page of calls back."""

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from contracts.visits.callbacks import (
    ANSWER_LABELS,
    CallbackAnswer,
    Called,
    answer_callback,
    callbacks_of,
    draw_callbacks,
)
from contracts.visits.forms import text_without_people
from contracts.visits.hours_routes import contract_for
from contracts.visits.queries import closes_of
from contracts.visits.routes import read_month
from contracts.visits.rules import hours_words
from contracts.visits.services import check_reviewer
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Bound, Field, choice, identifier, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

CALLING = needs(Permission.APPROVE_HOURS)
ANSWER = [
    Field("month", N_("月份"), text(7)),
    Field("callback", N_("回访"), identifier()),
    Field("answer", N_("回访结果"), choice([each.value for each in CallbackAnswer])),
    Field("words", N_("说了什么"), text_without_people(300), is_required=False),
]


async def _callbacks_page(contract: dict[str, Any], month: date, actor: Actor, form: Bound | None) -> Template:
    check_reviewer(actor, contract)
    close = next((each for each in await closes_of(contract["id"]) if each["month"] == month), None)
    if close is None:
        raise NotFound()
    return page(
        "contracts/visits/callbacks.html", status_code=422 if form else 200, contract=contract, month=month, form=form,
        close=close, callbacks=await callbacks_of(contract["id"], month), answers=ANSWER_LABELS,
        hours_words=hours_words,
    )  # fmt: skip


@get("/contracts/{reference:str}/hours/callbacks", opt=CALLING)
async def show_callbacks(reference: FromPath[str], actor: CurrentActor, month: FromQuery[str] = "") -> Template:
    """A closed month's sample and what was said."""
    contract = await contract_for(reference, actor)
    return await _callbacks_page(contract, read_month(month, contract["service_from"]), actor, None)


@post("/contracts/{reference:str}/hours/callbacks/draw", opt=CALLING)
async def do_draw(request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Draw the sample."""
    contract = await contract_for(reference, actor)
    month = read_month(str((await posted(request)).texts.get("month", "")), contract["service_from"])
    await draw_callbacks(contract["id"], month, actor, now)
    return go(f"/contracts/{reference}/hours/callbacks?month={month:%Y-%m}")


@post("/contracts/{reference:str}/hours/callbacks/answer", opt=CALLING)
async def do_answer_callback(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Enter what one call said."""
    contract = await contract_for(reference, actor)
    form = parse(ANSWER, (await posted(request)).texts)
    month = read_month(str(form.raw.get("month", "")), contract["service_from"])
    if not form.errors:
        called = Called(CallbackAnswer(form["answer"]), form["words"] or "")
        try:
            await answer_callback(contract["id"], UUID(str(form["callback"])), called, actor, now)
            return go(f"/contracts/{reference}/hours/callbacks?month={month:%Y-%m}")
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form = Bound(raw=form.raw, errors={"words": refused.sentence})
    return await _callbacks_page(contract, month, actor, form)


ROUTES: list[Any] = [show_callbacks, do_draw, do_answer_callback]
