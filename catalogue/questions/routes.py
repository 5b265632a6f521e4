"""Ask, read and answer."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings.queries import listing_page
from catalogue.questions import queries
from catalogue.questions.forms import ANSWER, ASK
from catalogue.questions.rules import check_may_answer, may_ask_for_change
from catalogue.questions.services import NewAnswer, NewQuestion, answer_question, ask_question
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.rulebook import number
from marketplace.kernel.web import go, page, posted

ASKING = needs(Permission.TAKE_DOCUMENTS)
ANSWERING = needs(Permission.DRAFT_LISTING)
PATH = "/listings/{reference:str}/questions"


@get(PATH, opt=PUBLIC)
async def show_questions(request: Request[Any, Any, Any], reference: FromPath[str], now: Now) -> Template:
    """Every answer; for the handler what waits, for a provider what its own organisation asked."""
    listing = await listing_page(reference)
    actor: Actor | None = request.scope.get("user")
    return page(
        "catalogue/questions/list.html", listing=listing, answered=await queries.answered(listing["id"]),
        waiting=await queries.waiting(listing, actor), own=await queries.own_questions(listing["id"], actor),
        may_ask=actor is not None and actor.may(Permission.TAKE_DOCUMENTS),
        answer_days=number("R-TIME-22", listing["rules_on"] or county_day(now)),
    )  # fmt: skip


def _ask_page(listing: dict[str, Any], form: Bound | None, now: Any, status_code: int = 200) -> Template:
    return page(
        "catalogue/questions/ask.html", status_code=status_code, listing=listing, form=form,
        may_ask_for_change=may_ask_for_change(listing, now),
        answer_days=number("R-TIME-22", listing["rules_on"] or county_day(now)),
    )  # fmt: skip


@get(PATH + "/new", opt=ASKING)
async def show_ask(reference: FromPath[str], now: Now) -> Template:
    """Ask for what the documents leave open."""
    return _ask_page(await listing_page(reference), None, now)


@post(PATH + "/new", opt=ASKING)
async def do_ask(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Send the question, back to the list where one's own stand."""
    listing = await listing_page(reference)
    form = parse(ASK, (await posted(request)).texts)
    if not form.errors:
        try:
            await ask_question(reference, NewQuestion(form["asked"], bool(form["wants_change"])), actor, now)
            return go(f"/listings/{reference}/questions")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return _ask_page(listing, form, now, 422)


async def _answer_page(
    reference: str, question: UUID, actor: Actor, form: Bound | None, status_code: int = 200
) -> Template:
    listing = await listing_page(reference)
    check_may_answer(actor, listing)
    found = await queries.question_to_answer(listing, question, actor)
    return page("catalogue/questions/answer.html", status_code=status_code, listing=listing, question=found, form=form)


@get(PATH + "/{question:uuid}/answer", opt=ANSWERING)
async def show_answer(reference: FromPath[str], question: FromPath[UUID], actor: CurrentActor) -> Template:
    """The question without its asker, and where the answer goes."""
    return await _answer_page(reference, question, actor, None)


@post(PATH + "/{question:uuid}/answer", opt=ANSWERING)
async def do_answer(
    request: Request[Any, Any, Any], reference: FromPath[str], question: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Publish the answer."""
    form = parse(ANSWER, (await posted(request)).texts)
    if form.errors:
        return await _answer_page(reference, question, actor, form, 422)
    await answer_question(reference, question, NewAnswer(form["published_question"], form["answer"]), actor, now)
    return go(f"/listings/{reference}/questions")


ROUTES: list[Any] = [show_questions, show_ask, do_ask, show_answer, do_answer]
