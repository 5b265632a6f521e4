"""Pages of goals: declared with the budget, watched during the year, reported, evaluated, frozen."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from catalogue.listings.indicators import GROUP_WORDS
from catalogue.plans.queries import lines_of_buyer
from evaluations.performance.answers import FrozenGoal
from evaluations.performance.forms import read_look, refuse_look
from evaluations.performance.goal_papers import TITLES, papers_of
from evaluations.performance.goal_rules import KIND_WORDS, OUTLOOK_WORDS, STATUS_WORDS, TONES, NewLine, usual_lines
from evaluations.performance.goal_texts import goal_texts
from evaluations.performance.goals import (
    LineResult,
    NewGoal,
    answer_goal,
    declare_goal,
    evaluate_goal,
    freeze_goal,
    get_goal,
    list_goals,
    read_goal,
    report_goal,
)
from evaluations.performance.look_through import fill_look
from evaluations.performance.rules import GRADE_WORDS
from marketplace.accounts.actor import Actor
from marketplace.accounts.described import Told, described
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import (
    Bound,
    Field,
    Posted,
    choice,
    decimal,
    flag,
    identifier,
    parse,
    parse_rows,
    whole_number,
)
from marketplace.kernel.i18n import N_
from marketplace.kernel.public_words import public_text
from marketplace.kernel.web import go, page, posted

Row = dict[str, Any]
DECLARING = needs(Permission.DECLARE_GOALS)
HUNDRED, MOST = Decimal(100), Decimal(100_000_000)
GOAL = [
    Field("budget_line", N_("哪条预算"), identifier(), is_required=False),
    Field("year", N_("年度"), whole_number(2020, 2100)),
    Field("title", N_("项目或者单位"), public_text(200)),
    Field("aim", N_("总体目标"), public_text(4000)),
]
LINE = [
    Field("group", N_("归入"), choice(list(GROUP_WORDS))),
    Field("title", N_("指标"), public_text(120)),
    Field("weight", N_("分值"), decimal(Decimal("0.01"), HUNDRED)),
    Field("target", N_("目标值"), decimal(Decimal(0), MOST)),
    Field("unit", N_("计量单位"), public_text(20), is_required=False),
    Field("is_at_most", N_("越少越好"), flag(), is_required=False),
]
WORDS = [Field("words", N_("说明"), public_text(4000), is_required=False)]
ANSWER = [Field("answer", N_("回应"), public_text(4000))]
LABELS = {
    "group_words": GROUP_WORDS, "status_words": STATUS_WORDS, "tones": TONES, "kind_words": KIND_WORDS,
    "outlook_words": OUTLOOK_WORDS, "grade_words": GRADE_WORDS, "paper_titles": TITLES,
}  # fmt: skip


@get("/goals", opt=PUBLIC)
async def show_goals(request: Request[Any, Any, Any]) -> Template:
    """The results that are public and the goals this reader may see, by year."""
    rows = await list_goals(request.scope.get("user"))
    return page("evaluations/performance/goals.html", rows=rows, **LABELS)


async def _form_page(actor: Actor, form: Bound, now: Now, status_code: int = 200) -> Template:
    typed = {key.split("-")[1] for key, value in form.raw.items() if key.startswith("lines-") and value}
    return page(
        "evaluations/performance/declare_goal.html", status_code=status_code, form=form, year=county_day(now).year,
        budget_lines=await lines_of_buyer(actor.organisation_id), rows=max(len(typed), len(usual_lines())) + 1,
        **LABELS,
    )  # fmt: skip


@get("/goals/new", opt=DECLARING)
async def show_declare(actor: CurrentActor, now: Now) -> Template:
    """The form with the usual indicators, to be fitted."""
    form = Bound()
    for i, line in enumerate(usual_lines()):
        form.raw |= {f"lines-{i}-{name}": value for name, value in _raw(line).items()}
    return await _form_page(actor, form, now)


def _raw(line: NewLine) -> dict[str, str]:
    return {
        "group": line.group, "title": line.title, "weight": f"{line.weight}", "target": f"{line.target}",
        "unit": line.unit, "is_at_most": "yes" if line.is_at_most else "",
    }  # fmt: skip


@post("/goals/new", opt=DECLARING)
async def do_declare(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Declare the goals of a budget line, or of the whole unit."""
    typed = (await posted(request)).texts
    form = parse(GOAL, typed)
    rows = parse_rows(form, "lines", LINE, typed)
    if not form.errors:
        lines = [NewLine(r["group"], r["title"], r["weight"], r["target"], r["unit"] or "", bool(r["is_at_most"]))
                 for r in rows]  # fmt: skip
        try:
            new = NewGoal(form["year"], form["title"], form["aim"], lines, form["budget_line"])
            return go(f"/goals/{await declare_goal(new, actor, now)}")
        except DomainError as refused:
            if refused.status_code not in (409, 422):
                raise
            form.errors["lines-0-weight" if refused.status_code == 422 else "budget_line"] = refused.sentence
    return await _form_page(actor, form, now, 422)


async def _page(reference: str, actor: Actor | None, now: Now, form: Bound, status_code: int = 200) -> Template:
    goal = await get_goal(reference, visible_to=actor)
    return page(
        "evaluations/performance/goal.html", status_code=status_code, goal=goal, form=form,
        may=_acts(goal, actor, county_day(now)), papers=papers_of(goal["status"]), **LABELS,
    )  # fmt: skip


def _acts(goal: Row, actor: Actor | None, today: date) -> dict[str, bool]:
    if actor is None:
        return dict.fromkeys(("read", "report", "evaluate", "answer", "freeze"), False)
    status, is_home = goal["status"], actor.organisation_id == goal["organisation"]
    own = is_home and actor.may(Permission.DECLARE_GOALS)
    return {
        "read": own and status == "declared",
        "report": own and status == "declared",
        "evaluate": status == "reported" and not is_home and actor.may(Permission.EVALUATE),
        "answer": own and status == "evaluated" and not goal["answer"] and today <= goal["answer_until"],
        "freeze": status == "evaluated" and actor.may(Permission.PLAN_EVALUATION),
    }


@get("/goals/{reference:str}", opt=PUBLIC)
async def show_goal(request: Request[Any, Any, Any], reference: FromPath[str], now: Now) -> Template:
    """One year's goals with readings, report, evaluation and papers."""
    return await _page(reference, request.scope.get("user"), now, Bound())


@get(
    "/goals/{reference:str}/snapshot.json", summary="The frozen result of a year's goals",
    **described(PUBLIC, Told(FrozenGoal, "Byte for byte as it was hashed"), (404,)),
)  # fmt: skip
async def goal_snapshot(request: Request[Any, Any, Any], reference: FromPath[str]) -> Response[bytes]:
    """The frozen text, byte for byte as it was hashed."""
    goal = await get_goal(reference, visible_to=request.scope.get("user"))
    if goal["status"] != "frozen":
        raise NotFound()
    return Response(goal["snapshot"].encode(), media_type="application/json")


def _results(form: Bound, goal: Row, posted_: Posted) -> list[LineResult]:
    """The value reached and the words for each line."""
    found = []
    for line in goal["lines"]:
        n = line["position"]
        fields = [
            Field(f"actual-{n}", N_("完成值"), decimal(Decimal(0), MOST)),
            Field(f"words-{n}", N_("原因和改进"), public_text(1000), is_required=False),
        ]
        row = parse(fields, posted_)
        form.raw.update(row.raw)
        form.errors.update(row.errors)
        if not row.errors:
            found.append(LineResult(line["id"], row[f"actual-{n}"], row[f"words-{n}"] or ""))
    return found


@post("/goals/{reference:str}/read", opt=DECLARING)
async def do_read(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Note how lines stand; lines left empty are not read."""
    goal = await get_goal(reference, visible_to=actor)
    typed, form = (await posted(request)).texts, Bound()
    readings: list[tuple[UUID, Decimal, str, str]] = []
    for line in goal["lines"]:
        n = line["position"]
        fields = [
            Field(f"value-{n}", N_("现在的完成值"), decimal(Decimal(0), MOST), is_required=False),
            Field(f"outlook-{n}", N_("全年能否完成"), choice(list(OUTLOOK_WORDS)), is_required=False),
            Field(f"why-{n}", N_("原因和措施"), public_text(1000), is_required=False),
        ]
        row = parse(fields, typed)
        form.raw.update(row.raw)
        form.errors.update(row.errors)
        value, outlook, why = (row.values.get(f"{name}-{n}") for name in ("value", "outlook", "why"))
        if value is None:
            continue
        if outlook == "at_risk" and not why:
            form.refuse(f"why-{n}", N_("可能完不成的，请写明原因和措施。"))
        readings.append((line["id"], value, outlook or "on_track", why or ""))
    if not readings and not form.errors:
        form.refuse(f"value-{goal['lines'][0]['position']}", N_("请至少填一项的完成值。"))
    if form.errors:
        return await _page(reference, actor, now, form, 422)
    await read_goal(reference, readings, actor, now)
    return go(f"/goals/{reference}")


@post("/goals/{reference:str}/report", opt=DECLARING)
async def do_report(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """The unit's self-evaluation."""
    goal = await get_goal(reference, visible_to=actor)
    typed = (await posted(request)).texts
    form = parse(WORDS, typed)
    results = _results(form, goal, typed)
    if not form.errors:
        try:
            await report_goal(reference, results, form["words"] or "", actor, now)
            return go(f"/goals/{reference}")
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["words"] = refused.sentence
    return await _page(reference, actor, now, form, 422)


@post("/goals/{reference:str}/evaluate", opt=needs(Permission.EVALUATE))
async def do_evaluate(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Somebody else's evaluation by the same lines."""
    goal = await get_goal(reference, visible_to=actor)
    typed, form = (await posted(request)).texts, Bound()
    results = _results(form, goal, typed)
    if not form.errors:
        try:
            await evaluate_goal(reference, results, actor, now)
            return go(f"/goals/{reference}")
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["words-1"] = refused.sentence
    return await _page(reference, actor, now, form, 422)


@post("/goals/{reference:str}/answer", opt=DECLARING)
async def do_answer(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """The unit's answer."""
    await get_goal(reference, visible_to=actor)
    form = parse(ANSWER, (await posted(request)).texts)
    if form.errors:
        return await _page(reference, actor, now, form, 422)
    await answer_goal(reference, form["answer"], actor, now)
    return go(f"/goals/{reference}")


@get("/goals/{reference:str}/freeze", opt=needs(Permission.PLAN_EVALUATION))
async def confirm_freeze(reference: FromPath[str], actor: CurrentActor) -> Template:
    """Freezing publishes for good: every free text of the goals is looked through once more."""
    return await _freezing(reference, actor, Bound())


async def _freezing(reference: str, actor: Actor, form: Bound, status_code: int = 200) -> Template:
    goal = await get_goal(reference, visible_to=actor)
    texts = goal_texts(goal)
    fill_look(form, texts, ())
    return page(
        "evaluations/performance/freeze_goal.html", status_code=status_code, goal=goal, texts=texts, form=form,
        **LABELS,
    )  # fmt: skip


@post("/goals/{reference:str}/freeze", opt=needs(Permission.PLAN_EVALUATION))
async def do_freeze(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Freeze the result and publish what was looked through."""
    await get_goal(reference, visible_to=actor)
    form, look = read_look((await posted(request)).texts)
    if not form.errors:
        try:
            await freeze_goal(reference, look, actor, now)
            return go(f"/goals/{reference}")
        except DomainError as refused:
            refuse_look(form, refused)
    return await _freezing(reference, actor, form, 422)


ROUTES: list[Any] = [
    show_goals, show_declare, do_declare, show_goal, goal_snapshot, do_read, do_report, do_evaluate, do_answer,
    confirm_freeze, do_freeze,
]  # fmt: skip
