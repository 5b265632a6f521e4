"""The page of an improvement plan: handed in, agreed to, its steps reported and looked at."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from evaluations.performance import queries
from evaluations.performance.improvement_rules import (
    FINDING_WORDS,
    STATUS_WORDS,
    TONES,
    for_everybody,
    plan_texts,
    report_of,
)
from evaluations.performance.improvements import (
    Finding,
    NewStep,
    PlanDecision,
    decide_improvement,
    find_step,
    improvement_of,
    report_step,
    return_step,
    submit_improvement,
)
from evaluations.performance.rules import GRADE_WORDS, ReadAgain, mark_of
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Bound, Field, choice, day, parse, parse_rows, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.public_words import public_text
from marketplace.kernel.web import go, page, posted

CAUSES = [Field("causes", N_("为什么没有做好"), public_text(2000))]
STEP_ROW = [Field("what", N_("整改什么"), public_text(300)), Field("due_on", N_("哪天做完"), day())]
SEEN = Field("seen", N_("看过的文字"), text(64), is_required=False)
RETURN = [Field("return_reason", N_("退回的原因"), public_text(1000), is_required=False), SEEN]
BLANK = 2


def _report(position: int) -> list[Field]:
    return [Field(f"report-{position}", N_("做了什么，看什么能证明"), public_text(1000))]


def _returned(position: int) -> list[Field]:
    return [Field(f"return_reason-{position}", N_("退回的原因"), text(1000))]


def _found(position: int) -> list[Field]:
    return [
        Field(f"finding-{position}", N_("核实结果"), choice(list(FINDING_WORDS))),
        Field(f"finding_words-{position}", N_("怎样核实的"), public_text(1000)),
        SEEN,
    ]


@get("/evaluations/{reference:str}/improvement", opt=PUBLIC)
async def show_improvement(request: Request[Any, Any, Any], reference: FromPath[str], now: Now) -> Template:
    """The plan after a grade of fair or poor; everybody reads it, as the result it follows is public."""
    return await _page(request, reference, now, Bound())


async def _page(
    request: Request[Any, Any, Any], reference: str, now: Now, form: Bound, status_code: int = 200
) -> Template:
    actor: Actor | None = request.scope.get("user")
    evaluation = await queries.get_evaluation(reference, visible_to=actor)
    plan = await improvement_of(evaluation["id"])
    if plan is None:
        raise NotFound()
    is_provider = (
        actor is not None
        and actor.organisation_id == evaluation["provider_organisation"]
        and actor.may(Permission.REPLY_TO_EVALUATION)
    )
    if not _reads_all(actor, evaluation):
        plan = for_everybody(plan)
    typed = [key for key in form.raw if key.startswith("steps-") and form.raw[key]]
    return page(
        "evaluations/performance/improvement.html", status_code=status_code, evaluation=evaluation, plan=plan,
        form=form, is_provider=is_provider, is_bureau=bool(actor and actor.may(Permission.PLAN_EVALUATION)),
        rows=len({key.split("-")[1] for key in typed}) + BLANK, today=county_day(now), status_words=STATUS_WORDS,
        plan_seen=mark_of(plan_texts(plan)), seen={s["position"]: mark_of([report_of(s)]) for s in plan["steps"]},
        tones=TONES, finding_words=FINDING_WORDS, grade_words=GRADE_WORDS,
    )  # fmt: skip


def _reads_all(actor: Actor | None, evaluation: dict[str, Any]) -> bool:
    """Who has to do with the plan reads it before it was looked through for everybody."""
    return actor is not None and (
        actor.organisation_id in (evaluation["provider_organisation"], evaluation["buyer_id"])
        or actor.may(Permission.PLAN_EVALUATION)
        or actor.may(Permission.READ_EVERYTHING)
    )


@post("/evaluations/{reference:str}/improvement", opt=needs(Permission.REPLY_TO_EVALUATION))
async def do_submit(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Hand the plan in."""
    await queries.get_evaluation(reference, visible_to=actor)
    typed = (await posted(request)).texts
    form = parse(CAUSES, typed)
    rows = parse_rows(form, "steps", STEP_ROW, typed)
    if not form.errors:
        steps = [NewStep(row["what"], row["due_on"]) for row in rows]
        try:
            await submit_improvement(reference, form["causes"], steps, actor, now)
            return go(f"/evaluations/{reference}/improvement")
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["steps-0-due_on"] = refused.sentence
    return await _page(request, reference, now, form, 422)


@post("/evaluations/{reference:str}/improvement/decide", opt=needs(Permission.PLAN_EVALUATION))
async def do_decide(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Agree to the plan, or send it back with a reason."""
    await queries.get_evaluation(reference, visible_to=actor)
    typed = (await posted(request)).texts
    form = parse(RETURN, typed)
    returns = typed.get("decision") == "return"
    if returns and not form.errors and not form["return_reason"]:
        form.refuse("return_reason", N_("退回的，请写明原因。"))
    if not form.errors:
        decision = PlanDecision(form["seen"] or "", form["return_reason"] if returns else "")
        try:
            await decide_improvement(reference, decision, actor, now)
            return go(f"/evaluations/{reference}/improvement")
        except ReadAgain as refused:
            form.errors["return_reason"] = refused.sentence
    return await _page(request, reference, now, form, 422)


@post("/evaluations/{reference:str}/improvement/{position:int}/report", opt=needs(Permission.REPLY_TO_EVALUATION))
async def do_report(
    request: Request[Any, Any, Any], reference: FromPath[str], position: FromPath[int], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Say that a step is done."""
    await queries.get_evaluation(reference, visible_to=actor)
    form = parse(_report(position), (await posted(request)).texts)
    if form.errors:
        return await _page(request, reference, now, form, 422)
    await report_step(reference, position, form[f"report-{position}"], actor, now)
    return go(f"/evaluations/{reference}/improvement")


@post("/evaluations/{reference:str}/improvement/{position:int}/find", opt=needs(Permission.PLAN_EVALUATION))
async def do_find(
    request: Request[Any, Any, Any], reference: FromPath[str], position: FromPath[int], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Say whether a step was kept; with the last one the plan ends."""
    await queries.get_evaluation(reference, visible_to=actor)
    form = parse(_found(position), (await posted(request)).texts)
    if not form.errors:
        found = Finding(form[f"finding-{position}"], form[f"finding_words-{position}"], form["seen"] or "")
        try:
            await find_step(reference, position, found, actor, now)
            return go(f"/evaluations/{reference}/improvement")
        except ReadAgain as refused:
            form.errors[f"finding_words-{position}"] = refused.sentence
    return await _page(request, reference, now, form, 422)


@post("/evaluations/{reference:str}/improvement/{position:int}/return", opt=needs(Permission.PLAN_EVALUATION))
async def do_return_step(
    request: Request[Any, Any, Any], reference: FromPath[str], position: FromPath[int], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Send a report back with the reason; nobody else reads it."""
    await queries.get_evaluation(reference, visible_to=actor)
    form = parse(_returned(position), (await posted(request)).texts)
    if form.errors:
        return await _page(request, reference, now, form, 422)
    await return_step(reference, position, form[f"return_reason-{position}"], actor, now)
    return go(f"/evaluations/{reference}/improvement")


ROUTES: list[Any] = [show_improvement, do_submit, do_decide, do_report, do_find, do_return_step]
