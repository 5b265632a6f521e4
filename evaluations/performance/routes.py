"""Pages of performance evaluation: the public record, planning, scoring, the provider's answer, freezing."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from catalogue.listings.indicators import GROUP_WORDS, SOURCE_WORDS, WAY_WORDS
from evaluations.performance import queries
from evaluations.performance.answers import FrozenEvaluation
from evaluations.performance.forms import (
    LEAVE_OUT_FIELDS,
    REPLY_FIELDS,
    PlanGround,
    Seating,
    read_look,
    read_plan,
    read_review,
    read_scores,
    refuse_look,
)
from evaluations.performance.improvement_rules import STATUS_WORDS as IMPROVEMENT_WORDS
from evaluations.performance.improvements import improvement_of
from evaluations.performance.look_through import fill_look, result_of
from evaluations.performance.points import Judged, working
from evaluations.performance.reviews import review_evaluation
from evaluations.performance.rules import GRADE_WORDS, STATUS_WORDS, plan_from_printed, standard_table
from evaluations.performance.scoring import is_open, leave_out, lines_for, score_evaluation, seats_with_forms
from evaluations.performance.services import (
    EvaluationPlan,
    freeze_evaluation,
    plan_evaluation,
    reply_to_evaluation,
    score_by,
)
from marketplace.accounts.actor import Actor
from marketplace.accounts.described import Told, described
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import together
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.i18n import Sentence
from marketplace.kernel.web import go, page, posted

WORDS = {
    "grade_words": GRADE_WORDS,
    "group_words": GROUP_WORDS,
    "source_words": SOURCE_WORDS,
    "status_words": STATUS_WORDS,
    "way_words": WAY_WORDS,
}


@get("/evaluations", opt=PUBLIC)
async def list_page(request: Request[Any, Any, Any]) -> Template:
    """Evaluations that are public, and those under way that concern the reader."""
    rows = await queries.list_evaluations(request.scope.get("user"), limit=100)
    return page("evaluations/performance/list.html", rows=rows, **WORDS)


@get("/evaluations/new", opt=needs(Permission.PLAN_EVALUATION))
async def show_plan(request: Request[Any, Any, Any]) -> Template:
    """Plan an evaluation: contract, evaluators, period, table; of a renewed contract as in the year before."""
    form, earlier = Bound(), ""
    contract = _contract_asked(request.query_params.get("contract", ""))
    if contract is None:
        return await _plan_page(form, PlanGround())
    ground = await ground_of(contract)
    form.raw["contract"] = str(contract)
    if not ground.printed and (before := await queries.carried_over(contract)):
        earlier, lines = before
        for position, (weight, target) in lines.items():
            form.raw[f"weight-{position}"] = f"{weight.normalize():f}"
            form.raw[f"target-{position}"] = "" if target is None else f"{target.normalize():f}"
    return await _plan_page(form, ground, earlier=earlier)


def _contract_asked(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None


async def ground_of(contract: UUID | None) -> PlanGround:
    """What a contract brings along to its evaluation."""
    if contract is None:
        return PlanGround()
    printed, shares = await queries.printed_plan(contract)
    towns = tuple(town["id"] for town in await queries.towns_of(contract))
    return PlanGround(str(contract), plan_from_printed(printed), tuple(shares), towns)


async def _plan_page(form: Bound, ground: PlanGround, status_code: int = 200, earlier: str = "") -> Template:
    return page(
        "evaluations/performance/plan.html", status_code=status_code, form=form, earlier=earlier, ground=ground,
        table=ground.printed or standard_table(),
        contracts=await queries.contracts_to_evaluate(), evaluators=await queries.evaluator_organisations(), **WORDS,
    )  # fmt: skip


@post("/evaluations/new", opt=needs(Permission.PLAN_EVALUATION))
async def do_plan(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Appoint the evaluators and fix the table."""
    typed = (await posted(request)).texts
    ground = await ground_of(_contract_asked(str(typed.get("contract", ""))))
    form, indicators, seats = read_plan(typed, ground, Seating(actor.organisation_id, score_by(now)))
    if not form.errors:
        plan = EvaluationPlan(
            form["contract"], form["period_from"], form["period_to"], form["evaluator"], indicators, seats
        )
        try:
            return go(f"/evaluations/{await plan_evaluation(plan, actor, now)}")
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["period_from"] = refused.sentence
    return await _plan_page(form, ground, 422)


@get("/evaluations/{reference:str}", opt=PUBLIC)
async def show(request: Request[Any, Any, Any], reference: FromPath[str], now: Now) -> Template:
    """One evaluation with its table, its working, the provider's answer and its frozen hash."""
    return await _detail(request, reference, now, parse([], {}))


async def _detail(
    request: Request[Any, Any, Any], reference: str, now: Now, form: Bound, status_code: int = 200
) -> Template:
    actor: Actor | None = request.scope.get("user")
    evaluation = await queries.get_evaluation(reference, visible_to=actor)
    result, hidden, improvement = await together(
        result_of(evaluation), queries.blackouts_of(evaluation["id"]), improvement_of(evaluation["id"])
    )
    shown = result.blacked(hidden)
    lines, seats, judged = shown.lines, shown.seats, shown.judged
    may, seat = _acts(actor, evaluation), _own_seat(request, actor, evaluation, seats)
    return page(
        "evaluations/performance/detail.html", status_code=status_code, evaluation=shown.evaluation, lines=lines,
        form=form, seats=seats, judged=judged, seat=seat, corrections=shown.corrections, improvement=improvement,
        improvement_words=IMPROVEMENT_WORDS, has_survey=any(each["source"] == "recipients" for each in seats),
        evaluates=actor is not None and actor.may(Permission.EVALUATE) and _has_seat(actor, seats),
        own_lines=lines_for(seat, lines, seats) if seat else [],
        workings={line["id"]: _working(judged.get(line["id"], [])) for line in lines},
        may=may, today=county_day(now), is_party=_reads_marks(actor, evaluation), **WORDS,
    )  # fmt: skip


def _has_seat(actor: Actor, seats: list[dict[str, Any]]) -> bool:
    return actor.organisation_id in {each["organisation"] for each in seats}


def _acts(actor: Actor | None, evaluation: dict[str, Any]) -> dict[str, bool]:
    status = evaluation["status"]
    if actor is None:
        return dict.fromkeys(("reply", "freeze", "review", "leave_out"), False)
    plans = actor.may(Permission.PLAN_EVALUATION)
    is_provider = actor.organisation_id == evaluation["provider_organisation"]
    return {
        "reply": status == "drafted" and is_provider and actor.may(Permission.REPLY_TO_EVALUATION),
        "freeze": status in ("drafted", "replied", "reviewed") and plans,
        "review": status == "disputed" and actor.may(Permission.REVIEW_EVALUATION),
        "leave_out": status == "planned" and plans,
    }


def _reads_marks(actor: Actor | None, evaluation: dict[str, Any]) -> bool:
    """While it runs an evaluator sees its own form only, so that nobody follows another."""
    if evaluation["status"] != "planned":
        return True
    return actor is not None and (actor.may(Permission.PLAN_EVALUATION) or actor.may(Permission.READ_EVERYTHING))


def _own_seat(
    request: Request[Any, Any, Any], actor: Actor | None, evaluation: dict[str, Any], seats: list[dict[str, Any]]
) -> dict[str, Any] | None:
    """The open form of the reader's organisation, the one asked for where it has several."""
    if actor is None or evaluation["status"] != "planned" or not actor.may(Permission.EVALUATE):
        return None
    mine = [each for each in seats_with_forms(seats, actor) if is_open(each)]
    return _asked_seat(mine, request.query_params.get("seat", ""))


def _asked_seat(seats: list[dict[str, Any]], asked: str) -> dict[str, Any] | None:
    return next((each for each in seats if str(each["id"]) == asked), seats[0] if seats else None)


def _working(given: list[dict[str, Any]]) -> list[Sentence]:
    return working([Judged(each["source"], each["seat_weight"], each["points"]) for each in given], SOURCE_WORDS)


@post("/evaluations/{reference:str}/score", opt=needs(Permission.EVALUATE))
async def do_score(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Hand in the form of one evaluator; the last one makes the draft."""
    evaluation = await queries.get_evaluation(reference, visible_to=actor)
    lines, seats = await queries.indicators_of(evaluation["id"]), await queries.seats_of(evaluation["id"])
    typed = (await posted(request)).texts
    open_ones = [each for each in seats_with_forms(seats, actor) if is_open(each)]
    chosen = _asked_seat(open_ones, str(typed.get("seat", "")))
    form, scores = read_scores(typed, lines_for(chosen, lines, seats) if chosen else [], county_day(now))
    if form.errors:
        return await _detail(request, reference, now, form, 422)
    await score_evaluation(reference, scores, actor, now, chosen["id"] if chosen else None)
    return go(f"/evaluations/{reference}")


@post("/evaluations/{reference:str}/seats/{seat:uuid}/leave-out", opt=needs(Permission.PLAN_EVALUATION))
async def do_leave_out(
    request: Request[Any, Any, Any], reference: FromPath[str], seat: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """An evaluator whose form did not come counts no more."""
    await queries.get_evaluation(reference, visible_to=actor)
    form = parse(LEAVE_OUT_FIELDS, (await posted(request)).texts)
    if form.errors:
        return await _detail(request, reference, now, form, 422)
    await leave_out(reference, seat, form["reason"], actor, now)
    return go(f"/evaluations/{reference}")


@post("/evaluations/{reference:str}/reply", opt=needs(Permission.REPLY_TO_EVALUATION))
async def do_reply(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """The provider's answer."""
    await queries.get_evaluation(reference, visible_to=actor)
    form = parse(REPLY_FIELDS, (await posted(request)).texts)
    if form.errors:
        return await _detail(request, reference, now, form, 422)
    await reply_to_evaluation(reference, form["reply"], actor, now, disputes=bool(form["disputes"]))
    return go(f"/evaluations/{reference}")


@post("/evaluations/{reference:str}/review", opt=needs(Permission.REVIEW_EVALUATION))
async def do_review(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Uphold or correct a disputed draft."""
    evaluation = await queries.get_evaluation(reference, visible_to=actor)
    form, corrections = read_review((await posted(request)).texts, await queries.indicators_of(evaluation["id"]))
    if not form.errors:
        try:
            await review_evaluation(reference, form["review"], corrections, actor, now)
            return go(f"/evaluations/{reference}")
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["review"] = refused.sentence
    return await _detail(request, reference, now, form, 422)


@get("/evaluations/{reference:str}/freeze", opt=needs(Permission.PLAN_EVALUATION))
async def confirm_freeze(reference: FromPath[str], actor: CurrentActor) -> Template:
    """Freezing cannot be undone: every free text of the result is looked through once more."""
    return await _freezing(reference, actor, None)


async def _freezing(reference: str, actor: Actor, form: Bound | None, status_code: int = 200) -> Template:
    evaluation = await queries.get_evaluation(reference, visible_to=actor)
    result, names = await together(result_of(evaluation), queries.names_not_public(evaluation["contract"]))
    texts, form = result.texts(), form or Bound()
    fill_look(form, texts, names)
    return page(
        "evaluations/performance/freeze.html", status_code=status_code, evaluation=evaluation, texts=texts, form=form,
        **WORDS,
    )  # fmt: skip


@post("/evaluations/{reference:str}/freeze", opt=needs(Permission.PLAN_EVALUATION))
async def do_freeze(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Freeze, publish what was looked through, and write the provider's standing."""
    await queries.get_evaluation(reference, visible_to=actor)
    form, look = read_look((await posted(request)).texts)
    if not form.errors:
        try:
            await freeze_evaluation(reference, look, actor, now)
            return go(f"/evaluations/{reference}")
        except DomainError as refused:
            refuse_look(form, refused)
    return await _freezing(reference, actor, form, 422)


@get(
    "/evaluations/{reference:str}/snapshot.json", summary="The frozen result of an evaluation",
    **described(PUBLIC, Told(FrozenEvaluation, "Byte for byte as it was hashed"), (404,)),
)  # fmt: skip
async def snapshot(request: Request[Any, Any, Any], reference: FromPath[str]) -> Response[bytes]:
    """The frozen text, byte for byte as it was hashed."""
    evaluation = await queries.get_evaluation(reference, visible_to=request.scope.get("user"))
    if evaluation["status"] != "frozen":
        raise NotFound()
    return Response(evaluation["snapshot"].encode(), media_type="application/json")


ROUTES: list[Any] = [
    list_page, show_plan, do_plan, show, do_score, do_leave_out, do_reply, do_review,
    confirm_freeze, do_freeze, snapshot,
]  # fmt: skip
