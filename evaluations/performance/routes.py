"""Pages of performance evaluation: the public record, planning, scoring, the provider's answer, freezing."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from evaluations.performance import queries
from evaluations.performance.answers import FrozenEvaluation
from evaluations.performance.forms import REPLY_FIELDS, read_plan, read_scores
from evaluations.performance.rules import GRADE_WORDS, GROUP_WORDS, STATUS_WORDS, standard_table
from evaluations.performance.services import (
    EvaluationPlan,
    freeze_evaluation,
    plan_evaluation,
    reply_to_evaluation,
    score_evaluation,
)
from marketplace.accounts.actor import Actor
from marketplace.accounts.described import Told, described
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.web import go, page, posted

WORDS = {"grade_words": GRADE_WORDS, "group_words": GROUP_WORDS, "status_words": STATUS_WORDS}


@get("/evaluations", opt=PUBLIC)
async def list_page(request: Request[Any, Any, Any]) -> Template:
    """Evaluations that are public, and those under way that concern the reader."""
    rows = await queries.list_evaluations(request.scope.get("user"), limit=100)
    return page("evaluations/performance/list.html", rows=rows, **WORDS)


@get("/evaluations/new", opt=needs(Permission.PLAN_EVALUATION))
async def show_plan(request: Request[Any, Any, Any]) -> Template:
    """Plan an evaluation: contract, evaluator, period, table; of a renewed contract as in the year before."""
    form, earlier = Bound(), ""
    try:
        contract = UUID(request.query_params.get("contract", ""))
    except ValueError:
        return await _plan_page(form)
    form.raw["contract"] = str(contract)
    if before := await queries.carried_over(contract):
        earlier, lines = before
        for position, (weight, target) in lines.items():
            form.raw[f"weight-{position}"] = f"{weight.normalize():f}"
            form.raw[f"target-{position}"] = "" if target is None else f"{target.normalize():f}"
    return await _plan_page(form, earlier=earlier)


async def _plan_page(form: Bound, status_code: int = 200, earlier: str = "") -> Template:
    return page(
        "evaluations/performance/plan.html", status_code=status_code, form=form, earlier=earlier,
        table=standard_table(),
        contracts=await queries.contracts_to_evaluate(), evaluators=await queries.evaluator_organisations(), **WORDS,
    )  # fmt: skip


@post("/evaluations/new", opt=needs(Permission.PLAN_EVALUATION))
async def do_plan(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Appoint the evaluator and fix the table."""
    form, indicators = read_plan((await posted(request)).texts)
    if not form.errors:
        plan = EvaluationPlan(form["contract"], form["period_from"], form["period_to"], form["evaluator"], indicators)
        try:
            return go(f"/evaluations/{await plan_evaluation(plan, actor, now)}")
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["period_from"] = refused.sentence
    return await _plan_page(form, 422)


@get("/evaluations/{reference:str}", opt=PUBLIC)
async def show(request: Request[Any, Any, Any], reference: FromPath[str], now: Now) -> Template:
    """One evaluation with its table, its working, the provider's answer and its frozen hash."""
    return await _detail(request, reference, now, parse([], {}))


async def _detail(
    request: Request[Any, Any, Any], reference: str, now: Now, form: Bound, status_code: int = 200
) -> Template:
    actor: Actor | None = request.scope.get("user")
    evaluation = await queries.get_evaluation(reference, visible_to=actor)
    status = evaluation["status"]
    mine = actor.organisation_id if actor else None
    may = {
        "score": status == "planned" and actor and actor.may(Permission.EVALUATE) and mine == evaluation["evaluator"],
        "reply": status == "drafted"
        and actor
        and actor.may(Permission.REPLY_TO_EVALUATION)
        and mine == evaluation["provider_organisation"],
        "freeze": status in ("drafted", "replied") and actor and actor.may(Permission.PLAN_EVALUATION),
    }
    lines = await queries.indicators_of(evaluation["id"])
    return page(
        "evaluations/performance/detail.html", status_code=status_code, evaluation=evaluation, lines=lines, form=form,
        may=may, today=county_day(now), **WORDS,
    )  # fmt: skip


@post("/evaluations/{reference:str}/score", opt=needs(Permission.EVALUATE))
async def do_score(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Score every indicator and send the draft to the provider."""
    evaluation = await queries.get_evaluation(reference, visible_to=actor)
    form, scores = read_scores((await posted(request)).texts, await queries.indicators_of(evaluation["id"]))
    if form.errors:
        return await _detail(request, reference, now, form, 422)
    await score_evaluation(reference, scores, actor, now)
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
    await reply_to_evaluation(reference, form["reply"], actor, now)
    return go(f"/evaluations/{reference}")


@get("/evaluations/{reference:str}/freeze", opt=needs(Permission.PLAN_EVALUATION))
async def confirm_freeze(reference: FromPath[str], actor: CurrentActor) -> Template:
    """Freezing cannot be undone: ask once more."""
    evaluation = await queries.get_evaluation(reference, visible_to=actor)
    return page("evaluations/performance/freeze.html", evaluation=evaluation, **WORDS)


@post("/evaluations/{reference:str}/freeze", opt=needs(Permission.PLAN_EVALUATION))
async def do_freeze(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Freeze, publish, and write the provider's standing."""
    await freeze_evaluation(reference, actor, now)
    return go(f"/evaluations/{reference}")


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
    list_page, show_plan, do_plan, show, do_score, do_reply, confirm_freeze, do_freeze, snapshot,
]  # fmt: skip
