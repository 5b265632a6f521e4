"""One line of a subsidy: why, the visits behind it, objections with their answers, money that has to come back."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from contracts.subsidies.duty import duty_of_line
from contracts.subsidies.line_queries import line_page, objections_to, recoveries_of, visits_behind
from contracts.subsidies.line_rules import OBJECTION_LABELS, RECOVERY_LABELS
from contracts.subsidies.objections import answer_objection, object_to_line, record_objection, withdraw_objection
from contracts.subsidies.recoveries import decide_recovery, left_of, lift_recovery, propose_recovery, record_return
from contracts.subsidies.rules import LEVEL_LABELS, RUN_LABELS
from contracts.subsidies.scheme_rules import KIND_LABELS
from contracts.visits.rules import hours_words
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import together
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Bound, Field, choice, day, money, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

READING = needs(
    Permission.READ_OWN_SUBSIDY, Permission.RUN_SUBSIDIES, Permission.APPROVE_SUBSIDIES, Permission.READ_EVERYTHING
)
OWN = needs(Permission.READ_OWN_SUBSIDY)
RUNNING = needs(Permission.RUN_SUBSIDIES)
APPROVING = needs(Permission.APPROVE_SUBSIDIES)

OBJECTION = [Field("words", N_("哪里不对，为什么"), text(1000))]
RECORDED = [Field("said_by", N_("谁提出的"), text(80)), *OBJECTION]
ANSWER = [
    Field("outcome", N_("结论"), choice(["upheld", "rejected"])), Field("answer", N_("答复和理由"), text(1000)),
]  # fmt: skip
RECOVERY = [Field("amount", N_("追回的金额"), money()), Field("reason", N_("追回的原因和依据"), text(1000))]
DECISION = [
    Field("outcome", N_("决定"), choice(["ordered", "refused"])), Field("decision", N_("决定的理由"), text(1000)),
]  # fmt: skip
LIFTED = [Field("lift_reason", N_("撤销追回决定的理由"), text(1000))]
RETURNED = [Field("returned_on", N_("到账日期"), day())]


async def _line(
    line_id: UUID, actor: Actor, form: Bound | None = None, about: str = "", done: str = "", status_code: int = 200
) -> Template:
    line = await line_page(line_id, actor)
    is_own = line["of_person"] == actor.person_id
    objections, recoveries, visits, duty = await together(
        objections_to(line_id), recoveries_of(line_id), visits_behind(line), duty_of_line(line["worker"], line["month"])
    )
    may_propose = actor.may(Permission.RUN_SUBSIDIES) and line["run_status"] == "paid"
    may_propose = may_propose and line["payment_status"] not in ("returned", "held") and line["amount"] > 0
    left = await left_of(line) if may_propose else 0
    return page(
        "contracts/subsidies/line.html", status_code=status_code, line=line, visits=visits,
        objections=objections, recoveries=recoveries, labels=RUN_LABELS, level_labels=LEVEL_LABELS,
        objection_labels=OBJECTION_LABELS, recovery_labels=RECOVERY_LABELS, hours_words=hours_words, form=form,
        about=about, done=done, is_own=is_own, kinds=KIND_LABELS,
        duty=duty,
        may_record=actor.may(Permission.RUN_SUBSIDIES) and line["run_status"] in ("computed", "public"),
        may_object=is_own and line["run_status"] != "superseded" and all(b["status"] != "open" for b in objections),
        may_answer=actor.may(Permission.RUN_SUBSIDIES) and line["run_by"] != actor.person_id,
        left=left,
        may_decide=actor.may(Permission.APPROVE_SUBSIDIES),
    )  # fmt: skip


@get("/subsidies/lines/{line_id:uuid}", opt=READING)
async def show_line(line_id: FromPath[UUID], actor: CurrentActor, done: FromQuery[str] = "") -> Template:
    """One line with everything behind it."""
    return await _line(line_id, actor, done=done)


@post("/subsidies/lines/{line_id:uuid}/objection", opt=OWN)
async def do_object(
    request: Request[Any, Any, Any], line_id: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Object to an own line."""
    form = parse(OBJECTION, (await posted(request)).texts)
    if form.errors:
        return await _line(line_id, actor, form, "objection", status_code=422)
    await object_to_line(line_id, form["words"], actor, now)
    return go(f"/subsidies/lines/{line_id}?done=objected")


@post("/subsidies/lines/{line_id:uuid}/objections", opt=RUNNING)
async def do_record_objection(
    request: Request[Any, Any, Any], line_id: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Enter what somebody said of the line while it was public."""
    form = parse(RECORDED, (await posted(request)).texts)
    if form.errors:
        return await _line(line_id, actor, form, "recorded", status_code=422)
    await record_objection(line_id, form["said_by"], form["words"], actor, now)
    return go(f"/subsidies/lines/{line_id}?done=recorded")


@post("/subsidies/lines/{line_id:uuid}/objections/{objection:uuid}/withdraw", opt=OWN)
async def do_withdraw(line_id: FromPath[UUID], objection: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Take an own objection back."""
    await withdraw_objection(objection, actor, now)
    return go(f"/subsidies/lines/{line_id}?done=withdrawn")


@post("/subsidies/lines/{line_id:uuid}/objections/{objection:uuid}/answer", opt=RUNNING)
async def do_answer(
    request: Request[Any, Any, Any], line_id: FromPath[UUID], objection: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Answer an objection."""
    form = parse(ANSWER, (await posted(request)).texts)
    if form.errors:
        return await _line(line_id, actor, form, f"answer {objection}", status_code=422)
    await answer_objection(objection, form["outcome"] == "upheld", form["answer"], actor, now)
    return go(f"/subsidies/lines/{line_id}?done=answered")


@post("/subsidies/lines/{line_id:uuid}/recovery", opt=RUNNING)
async def do_propose(
    request: Request[Any, Any, Any], line_id: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Ask for money back."""
    form = parse(RECOVERY, (await posted(request)).texts)
    if not form.errors:
        try:
            await propose_recovery(line_id, form["amount"], form["reason"], actor, now)
            return go(f"/subsidies/lines/{line_id}?done=proposed")
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["amount"] = refused.sentence
    return await _line(line_id, actor, form, "recovery", status_code=422)


@post("/subsidies/lines/{line_id:uuid}/recoveries/{recovery:uuid}/decision", opt=irreversible(APPROVING))
async def do_decide(
    request: Request[Any, Any, Any], line_id: FromPath[UUID], recovery: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Order a recovery or not."""
    form = parse(DECISION, (await posted(request)).texts)
    if form.errors:
        return await _line(line_id, actor, form, f"decision {recovery}", status_code=422)
    await decide_recovery(recovery, form["outcome"] == "ordered", form["decision"], actor, now)
    return go(f"/subsidies/lines/{line_id}?done=decided")


@post("/subsidies/lines/{line_id:uuid}/recoveries/{recovery:uuid}/returned", opt=APPROVING)
async def do_record_return(
    request: Request[Any, Any, Any], line_id: FromPath[UUID], recovery: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """The money is back."""
    form = parse(RETURNED, (await posted(request)).texts)
    if not form.errors:
        try:
            await record_return(recovery, form["returned_on"], actor, now)
            return go(f"/subsidies/lines/{line_id}?done=returned")
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["returned_on"] = refused.sentence
    return await _line(line_id, actor, form, f"returned {recovery}", status_code=422)


@post("/subsidies/lines/{line_id:uuid}/recoveries/{recovery:uuid}/lift", opt=irreversible(APPROVING))
async def do_lift(
    request: Request[Any, Any, Any], line_id: FromPath[UUID], recovery: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """It was wrong to ask for the money."""
    form = parse(LIFTED, (await posted(request)).texts)
    if form.errors:
        return await _line(line_id, actor, form, f"lift {recovery}", status_code=422)
    await lift_recovery(recovery, form["lift_reason"], actor, now)
    return go(f"/subsidies/lines/{line_id}?done=lifted")


ROUTES: list[Any] = [
    show_line, do_object, do_record_objection, do_withdraw, do_answer, do_propose, do_decide, do_record_return, do_lift,
]  # fmt: skip
