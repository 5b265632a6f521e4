"""Pages of the recipients' survey, and the one on which a recipient answers."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from contracts.acceptance.plan_rules import ANSWER_LABELS, CHANNEL_LABELS, Answer, Channel, counted
from contracts.cases.messages import asks_to_answer
from contracts.visits.forms import text_without_people
from evaluations.performance import queries
from evaluations.performance.scoring import is_open
from evaluations.performance.survey_rules import reaches_margin
from evaluations.performance.surveys import (
    answer_by_code,
    close_survey,
    draw_survey,
    enter_answer,
    message_code,
    seat_of_recipients,
    survey_of,
    town_heard_by,
)
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, needs
from marketplace.accounts.people.signing_in import slowed
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Bound, Field, choice, parse, text
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.qr import qr_svg
from marketplace.kernel.web import go, page, posted

Row = dict[str, Any]
EVALUATING = needs(Permission.EVALUATE)
ANSWERS = [each.value for each in Answer]
ENTERED = [
    Field("answer", N_("意见"), choice(ANSWERS)),
    Field("channel", N_("怎样收集"), choice([Channel.PHONE.value, Channel.PAPER.value])),
    Field("words", N_("原话"), text_without_people(300), is_required=False),
]
OWN = [
    Field("code", N_("短信里的代码"), text(20)),
    Field("answer", N_("对服务满意吗"), choice(ANSWERS[:3])),
    Field("words", N_("想说的话"), text_without_people(300), is_required=False),
]


async def _survey_page(
    request: Request[Any, Any, Any], reference: str, actor: Actor, form: Bound, status_code: int = 200
) -> Template:
    evaluation = await queries.get_evaluation(reference, visible_to=actor)
    seat = seat_of_recipients(await queries.seats_of(evaluation["id"]))
    if seat is None:
        raise NotFound()
    survey, town = await survey_of(evaluation["id"]), town_heard_by(seat, actor)
    answers = survey["answers"] if survey else []
    mine = [each for each in answers if town in (None, each["town"])]
    if town is not None and not mine:
        raise NotFound()
    found = counted([each["answer"] for each in answers])
    # the window sends the messages; who counts the answers could give them in a recipient's place
    codes = {each["id"]: message_code(each["id"]) for each in mine if town is not None and not each["answer"]}
    address = f"{request.app.state['settings'].public_address}/satisfaction?code="
    place = address.partition("://")[2].partition("?")[0]
    return page(
        "evaluations/performance/survey.html", status_code=status_code, evaluation=evaluation, seat=seat,
        survey=survey, answers=mine, found=found, form=form, is_lead=town is None,
        messages={id_: asks_to_answer(place, code) for id_, code in codes.items()},
        qrs={id_: qr_svg(address + code, "") for id_, code in codes.items()} if is_open(seat) else {},
        reaches=survey is not None and reaches_margin(found.heard, survey["needed"]), is_open=is_open(seat),
        labels=ANSWER_LABELS, channels=CHANNEL_LABELS,
    )  # fmt: skip


@get("/evaluations/{reference:str}/survey", opt=EVALUATING)
async def show_survey(request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor) -> Template:
    """Who was drawn and what they said; for the evaluator, and for each town its own recipients with their codes."""
    return await _survey_page(request, reference, actor, Bound())


@post("/evaluations/{reference:str}/survey/draw", opt=EVALUATING)
async def do_draw(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Draw the recipients who are asked."""
    await queries.get_evaluation(reference, visible_to=actor)
    return await _tried(request, reference, actor, draw_survey(reference, actor, now))


@post("/evaluations/{reference:str}/survey/close", opt=EVALUATING)
async def do_close(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Count the answers into the evaluation."""
    await queries.get_evaluation(reference, visible_to=actor)
    return await _tried(request, reference, actor, close_survey(reference, actor, now))


async def _tried(
    request: Request[Any, Any, Any], reference: str, actor: Actor, act: Any
) -> Redirect | Template:
    try:
        await act
    except DomainError as refused:
        if refused.status_code not in (409, 422):
            raise
        form = Bound(errors={"_act": refused.sentence})
        return await _survey_page(request, reference, actor, form, refused.status_code)
    return go(f"/evaluations/{reference}/survey")


@post("/evaluations/{reference:str}/survey/{answer:uuid}", opt=EVALUATING)
async def do_enter(
    request: Request[Any, Any, Any], reference: FromPath[str], answer: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Keep what a recipient said by phone or on paper."""
    await queries.get_evaluation(reference, visible_to=actor)
    form = parse(ENTERED, (await posted(request)).texts)
    if form.errors:
        return await _survey_page(request, reference, actor, form, 422)
    said, channel = Answer(form["answer"]), Channel(form["channel"])
    await enter_answer(answer, said, channel, form["words"] or "", (actor, now))
    return go(f"/evaluations/{reference}/survey")


def _own_page(form: Bound, status_code: int = 200, done: str = "") -> Template:
    return page(
        "evaluations/performance/satisfaction.html", status_code=status_code, form=form, answers=ANSWER_LABELS,
        shown=ANSWERS[:3], done=done,
    )  # fmt: skip


@get("/satisfaction", opt=PUBLIC)
async def show_own(request: Request[Any, Any, Any]) -> Template:
    """A recipient who was asked says what it thinks; a QR brings its code along."""
    form = Bound(raw={"code": request.query_params.get("code", "")[:20]})
    return _own_page(form, done=request.query_params.get("done", ""))


@post("/satisfaction", opt=PUBLIC)
async def do_answer(request: Request[Any, Any, Any], now: Now) -> Redirect | Template:
    """Keep the answer; it is given once."""
    form = parse(OWN, (await posted(request)).texts)
    if form.errors:
        return _own_page(form, 422)
    try:
        # who guesses has to wait: a right code would tell that somebody receives help
        async with slowed(request, f"satisfaction {form['code']}"):
            await answer_by_code(form["code"], Answer(form["answer"]), form["words"] or "", now)
    except NotFound:
        form.errors["code"] = say(N_("没有这个代码。请照着短信核对，或者打电话问镇（街道）窗口。"))
        return _own_page(form, 422)
    except DomainError as refused:
        form.errors["code"] = refused.sentence
        return _own_page(form, refused.status_code)
    return go("/satisfaction?done=1")


ROUTES: list[Any] = [
    show_survey, do_draw, do_close, do_enter, show_own, do_answer,
]  # fmt: skip
