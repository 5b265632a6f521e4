"""Pages of the acceptance plan, of the recipients who are asked, and the one on which a recipient answers."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from contracts.acceptance.plan_queries import plan_of, sample_of
from contracts.acceptance.plan_rules import (
    ANSWER_LABELS,
    CHANNEL_LABELS,
    LEAST,
    MEMBER_LABELS,
    SHARE,
    Answer,
    Channel,
    Member,
    MemberKind,
    counted,
    item_groups,
)
from contracts.acceptance.plans import (
    accepts,
    answer_by_code,
    codes_of,
    draw_sample,
    enter_opinion,
    make_plan,
    may_take_opinions,
    town_heard_by,
)
from contracts.acceptance.services import check_may_accept, items_to_find, milestone_at
from contracts.agreements.queries import contract_facts, milestones_of
from contracts.agreements.routes import reader
from contracts.agreements.rules import is_party
from contracts.cases.messages import asks_to_answer
from contracts.visits.forms import text_without_people
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, needs
from marketplace.accounts.people.signing_in import slowed
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Bound, Field, choice, parse, parse_rows, proper_name, text
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.rulebook import number
from marketplace.kernel.web import go, page, posted

Row = dict[str, Any]
ACCEPTING = needs(Permission.ACCEPT_WORK)
TAKING = needs(Permission.ACCEPT_WORK, Permission.KEEP_TOWN_LIST)
SEATS = 6
PLAN = [Field("how", N_("怎样验收"), text_without_people(2000), is_required=False)]
MEMBER = [
    Field("name", N_("姓名"), proper_name(80)),
    Field("office", N_("单位"), text(120)),
    Field("kind", N_("身份"), choice([each.value for each in MemberKind])),
]
ANSWERS = [each.value for each in Answer]
OPINION = [
    Field("answer", N_("意见"), choice(ANSWERS)),
    Field("channel", N_("怎样收集"), choice([Channel.PHONE.value, Channel.PAPER.value])),
    Field("words", N_("原话"), text_without_people(300), is_required=False),
]
OWN = [
    Field("code", N_("短信里的代码"), text(20)),
    Field("answer", N_("对服务满意吗"), choice(ANSWERS[:3])),
    Field("words", N_("想说的话"), text_without_people(300), is_required=False),
]


async def _plan_page(contract: Row, actor: Actor | None, form: Bound | None = None, status_code: int = 200) -> Template:
    plan = await plan_of(contract["id"])
    may = actor is not None and accepts(contract, actor)
    milestones = [m for m in await milestones_of(contract["id"]) if not m["is_advance"]]
    groups = item_groups(items_to_find(contract, {"evidence": ""}))
    seats = max(SEATS, len(plan["members"]) + 2 if plan else 0)
    return page(
        "contracts/acceptance/plan.html", status_code=status_code, contract=contract, plan=plan, form=form,
        groups=groups, milestones=milestones, kinds=MEMBER_LABELS, seats=range(seats), makes=may,
    )  # fmt: skip


@get("/contracts/{reference:str}/acceptance/plan", opt=PUBLIC)
async def show_plan(request: Request[Any, Any, Any], reference: FromPath[str]) -> Template:
    """What is gone through, who accepts, when: for both sides and those who oversee."""
    actor = reader(request)
    contract = await contract_facts(reference, visible_to=actor)
    oversees = actor is not None and actor.may(Permission.READ_EVERYTHING)
    if contract["signed_at"] is None or not (is_party(actor, contract) or oversees):
        raise NotFound()
    return await _plan_page(contract, actor)


@post("/contracts/{reference:str}/acceptance/plan", opt=ACCEPTING)
async def do_plan(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Keep the plan with its group."""
    contract = await contract_facts(reference, visible_to=actor)
    check_may_accept(actor, contract)
    texts = (await posted(request)).texts
    form = parse(PLAN, texts)
    rows = parse_rows(form, "member", MEMBER, texts)
    if form.errors:
        return await _plan_page(contract, actor, form, 422)
    try:
        members = [Member(row["name"], row["office"], MemberKind(row["kind"])) for row in rows]
        await make_plan(reference, form["how"] or "", members, actor, now)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        form.errors["member-0-name"] = refused.sentence
        return await _plan_page(contract, actor, form, 422)
    return go(f"/contracts/{reference}/acceptance/plan")


async def _opinions_page(  # noqa: PLR0913 - the milestone, its reader and what was typed
    request: Request[Any, Any, Any], reference: str, position: int, actor: Actor, now: Any, form: Bound | None = None,
    status_code: int = 200,
) -> Template:  # fmt: skip
    contract = await contract_facts(reference, visible_to=actor)
    if not await may_take_opinions(contract, actor):
        raise NotFound()
    milestone = await milestone_at(contract, position)
    today, town = county_day(now), town_heard_by(contract, actor)
    sample = await sample_of(milestone["id"], town)
    codes = await codes_of(milestone["id"], town) if milestone["acceptance"] is None else {}
    place = request.app.state["settings"].public_address.partition("://")[2] + "/opinion"
    return page(
        "contracts/acceptance/opinions.html", status_code=status_code, contract=contract, milestone=milestone,
        form=form, sample=sample, counted=counted([each["answer"] for each in sample["opinions"]]) if sample else None,
        messages={id_: asks_to_answer(place, code) for id_, code in codes.items()}, answers=ANSWER_LABELS,
        channels=CHANNEL_LABELS, share=number(SHARE, today), least=number(LEAST, today),
        draws=accepts(contract, actor),
    )  # fmt: skip


@get("/contracts/{reference:str}/acceptance/{position:int}/opinions", opt=TAKING)
async def show_opinions(
    request: Request[Any, Any, Any], reference: FromPath[str], position: FromPath[int], actor: CurrentActor, now: Now
) -> Template:
    """Who was drawn, what they said, what is still to be asked; for the buyer and the windows of the towns."""
    return await _opinions_page(request, reference, position, actor, now)


@post("/contracts/{reference:str}/acceptance/{position:int}/opinions/draw", opt=ACCEPTING)
async def do_draw_sample(
    request: Request[Any, Any, Any], reference: FromPath[str], position: FromPath[int], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Draw the recipients who are asked."""
    try:
        await draw_sample(reference, position, actor, now)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        form = Bound(errors={"_draw": refused.sentence})
        return await _opinions_page(request, reference, position, actor, now, form, 422)
    return go(f"/contracts/{reference}/acceptance/{position}/opinions")


@post("/contracts/{reference:str}/acceptance/{position:int}/opinions/{opinion:uuid}", opt=TAKING)
async def do_enter_opinion(
    request: Request[Any, Any, Any], reference: FromPath[str], position: FromPath[int], opinion: FromPath[UUID],
    actor: CurrentActor, now: Now,
) -> Redirect | Template:  # fmt: skip
    """Keep what a recipient said by phone or on paper."""
    form = parse(OPINION, (await posted(request)).texts)
    if form.errors:
        return await _opinions_page(request, reference, position, actor, now, form, 422)
    answer, channel = Answer(form["answer"]), Channel(form["channel"])
    try:
        await enter_opinion(opinion, answer, channel, form["words"] or "", (actor, now))
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        form.errors["words"] = refused.sentence
        return await _opinions_page(request, reference, position, actor, now, form, 422)
    return go(f"/contracts/{reference}/acceptance/{position}/opinions")


def _own_page(form: Bound | None, status_code: int = 200, done: str = "") -> Template:
    return page(
        "contracts/acceptance/own_opinion.html", status_code=status_code, form=form, answers=ANSWER_LABELS,
        shown=ANSWERS[:3], done=done,
    )  # fmt: skip


@get("/opinion", opt=PUBLIC)
async def show_own_opinion(request: Request[Any, Any, Any]) -> Template:
    """A recipient who was asked by short message says what it thinks of the service."""
    return _own_page(None, done=request.query_params.get("done", ""))


@post("/opinion", opt=PUBLIC)
async def do_answer(request: Request[Any, Any, Any], now: Now) -> Redirect | Template:
    """Keep the answer; it is given once."""
    form = parse(OWN, (await posted(request)).texts)
    if form.errors:
        return _own_page(form, 422)
    try:
        # who guesses has to wait: a right code would tell that somebody receives help
        async with slowed(request, f"opinion {form['code']}"):
            await answer_by_code(form["code"], Answer(form["answer"]), form["words"] or "", now)
    except NotFound:
        form.errors["code"] = say(N_("没有这个代码。请照着短信核对，或者打电话问镇（街道）窗口。"))
        return _own_page(form, 422)
    except DomainError as refused:
        form.errors["code"] = refused.sentence
        return _own_page(form, refused.status_code)
    return go("/opinion?done=1")


ROUTES: list[Any] = [
    show_plan, do_plan, show_opinions, do_draw_sample, do_enter_opinion, show_own_opinion, do_answer,
]  # fmt: skip
