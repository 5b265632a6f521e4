"""The social worker's pages: one question a screen, the visit with its corrections, the month."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from contracts.orders.queries import orders_for_worker
from contracts.visits import queries
from contracts.visits.drafts import begin_correction, drop_draft, save_draft
from contracts.visits.extra_forms import check_carried
from contracts.visits.extras import CONFIRMATION_LABELS, RECORD_WORDS, TASKS, Confirmation
from contracts.visits.forms import CORRECTION, FIELDS, STEP_OF, STEP_TITLES, STEPS, parse_all, points_of
from contracts.visits.photos import most_photos
from contracts.visits.rules import VISIT_LABELS, VisitPoints, check_time, first_day, hours_words, term_of
from contracts.visits.services import Correction, correct_visit, log_visit
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import together
from marketplace.kernel.errors import FormRefused, NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted
from vendors.workers.rules import LEVEL_LABELS

LOGGING = needs(Permission.LOG_VISITS)
KINDS = {**STEP_TITLES, "reason": N_("为什么更正")}


def read_month(text: str, otherwise: date) -> date:
    """A month of the address as its first day."""
    try:
        return first_day(date.fromisoformat(f"{text}-01"))
    except ValueError:
        return first_day(otherwise)


async def _choices(actor: Actor, draft: dict[str, Any] | None, now: datetime) -> dict[str, Any]:
    contracts = await queries.contracts_to_log(actor.person_id, actor.organisation_id, county_day(now))
    chosen = next((c for c in contracts if draft and str(c["id"]) == draft["contract"]), None)
    towns, orders, colleagues = await together(
        queries.towns_of(chosen["listing"], chosen["buyer"]), orders_for_worker(actor.person_id),
        queries.colleagues_of(actor.person_id, actor.organisation_id, county_day(now)),
    ) if chosen else ([], [], [])  # fmt: skip
    found = {"contracts": contracts, "chosen": chosen, "towns": towns, "today": county_day(now)}
    # a signature is drawn on the phone's own page
    found["confirming"] = {key: said for key, said in CONFIRMATION_LABELS.items() if key != Confirmation.SIGNATURE}
    found["item_tasks"] = TASKS.get(chosen["item_code"], ()) if chosen else ()
    own = [each for each in orders if chosen and each["contract"] == chosen["id"]]
    return {**found, "orders": own, "colleagues": colleagues}


def _raw(draft: dict[str, Any]) -> dict[str, Any]:
    typed: dict[str, Any] = {key: value for key, value in draft.items() if isinstance(value, str) and value}
    for name in ("companions", "tasks"):
        if name in typed:
            typed[name] = typed[name].split()
    return typed


@get("/visits/new", opt=LOGGING)
async def begin(actor: CurrentActor, now: Now) -> Template:
    """The first screen; the browser carries the identity of the visit to come from here on."""
    return page(
        "contracts/visits/step.html", form=None, step="service", steps=STEPS, titles=STEP_TITLES, draft_id=uuid4(),
        draft=None, then="", drafts=await queries.drafts_of(actor.person_id), **await _choices(actor, None, now),
    )  # fmt: skip


@post("/visits/new", opt=LOGGING)
async def do_begin(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Keep the first answer and go on."""
    typed = (await posted(request)).texts
    try:
        draft_id = UUID(str(typed.get("draft_id", "")))
    except ValueError:
        draft_id = uuid4()
    return await _keep(draft_id, "service", typed, actor, now)


async def _own_draft(draft_id: UUID, actor: Actor) -> dict[str, Any]:
    draft = await queries.draft_of(draft_id, actor.person_id)
    if draft is None:
        raise NotFound()
    return draft


async def _recorded(draft_id: UUID, actor: Actor) -> bool:
    visit = await queries.visit_of(draft_id)
    return visit is not None and visit["person"] == actor.person_id


@get("/visits/new/{draft_id:uuid}/{step:str}", opt=LOGGING)
async def show_step(
    draft_id: FromPath[UUID], step: FromPath[str], actor: CurrentActor, now: Now, then: FromQuery[str] = ""
) -> Template | Redirect:
    """One screen of a visit being typed; after recording, the way back leads to the recorded visit."""
    if await _recorded(draft_id, actor):
        return go(f"/visits/{draft_id}")
    draft = await _own_draft(draft_id, actor)
    if step == "check":
        return await _check_page(draft, actor, now, None)
    if step != "reason" and step not in STEPS:
        raise NotFound()
    return await _step_page(draft, step, Bound(raw=_raw(draft)), actor, now, then)


async def _step_page(
    draft: dict[str, Any], step: str, form: Bound, actor: Actor, now: datetime, then: str, status_code: int = 200
) -> Template:
    return page(
        "contracts/visits/step.html", status_code=status_code, form=form, step=step, steps=STEPS, titles=KINDS,
        draft_id=draft["id"], draft=draft, then="check" if then == "check" else "", drafts=[],
        **await _choices(actor, draft, now),
    )  # fmt: skip


@post("/visits/new/{draft_id:uuid}/{step:str}", opt=LOGGING)
async def do_step(
    request: Request[Any, Any, Any], draft_id: FromPath[UUID], step: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Keep one answer and go on, or record the visit after the last look."""
    typed = (await posted(request)).texts
    if await _recorded(draft_id, actor):
        return go(f"/visits/{draft_id}?done=recorded")
    if step == "check":
        return await _record(await _own_draft(draft_id, actor), actor, now)
    await _own_draft(draft_id, actor)
    if step != "reason" and step not in STEPS:
        raise NotFound()
    return await _keep(draft_id, step, typed, actor, now)


async def _keep(draft_id: UUID, step: str, typed: dict[str, Any], actor: Actor, now: datetime) -> Redirect | Template:
    fields = CORRECTION if step == "reason" else FIELDS[step]
    form = parse(fields, typed)
    then = str(typed.get("then", ""))
    # what was refused may be the number of a person or a sign that no column takes: it is shown, not kept
    kept = {f.name: _as_kept(typed.get(f.name, "")) for f in fields if f.name not in form.errors}
    await save_draft(draft_id, kept, actor, now)
    draft = await _own_draft(draft_id, actor)
    if step == "note" and not form.errors:
        check_carried(form)
    if step == "time" and not form.errors:
        await _check_time_now(form, draft, actor, now)
    if form.errors:
        return await _step_page(draft, step, form, actor, now, then, 422)
    if step == "reason" or then == "check" or step == STEPS[-1]:
        return go(f"/visits/new/{draft_id}/check")
    return go(f"/visits/new/{draft_id}/{STEPS[STEPS.index(step) + 1]}")


def _as_kept(typed: object) -> str:
    return " ".join(str(each) for each in typed) if isinstance(typed, list) else str(typed)


async def _check_time_now(form: Bound, draft: dict[str, Any], actor: Actor, now: datetime) -> None:
    """Say on the screen of the time what can be said of the time alone."""
    chosen = (await _choices(actor, draft, now))["chosen"]
    if chosen:
        values = form.values
        points = VisitPoints(chosen["id"], "", chosen["id"], "", values["day"], values["begins"], values["ends"])
        check_time(form, points, term_of(chosen), now)


async def _check_page(
    draft: dict[str, Any], actor: Actor, now: datetime, form: Bound | None, status_code: int = 200
) -> Template:
    read = parse_all(_raw(draft))
    original = await queries.visit_of(draft["corrects"]) if draft["corrects"] else None
    return page(
        "contracts/visits/check.html", status_code=status_code, draft=draft, form=form, read=read, original=original,
        step_of={**STEP_OF, "reason": "reason", "is_void": "reason"}, hours_words=hours_words,
        **await _choices(actor, draft, now),
    )  # fmt: skip


async def _record(draft: dict[str, Any], actor: Actor, now: datetime) -> Redirect | Template:
    form = parse_all(_raw(draft))
    correction = parse(CORRECTION, _raw(draft)) if draft["corrects"] else None
    if correction:
        form.errors.update(correction.errors)
    if form.errors:
        return await _check_page(draft, actor, now, form, 422)
    try:
        if correction:
            asked = Correction(draft["corrects"], correction["reason"], bool(correction["is_void"]))
            await correct_visit(draft["id"], asked, points_of(form), actor, now)
        else:
            await log_visit(draft["id"], points_of(form), actor, now)
    except FormRefused as refused:
        form.errors.update(refused.errors)
        return await _check_page(draft, actor, now, form, 422)
    return go(f"/visits/{draft['id']}?done=recorded")


@post("/visits/new/{draft_id:uuid}/drop", opt=LOGGING)
async def do_drop(draft_id: FromPath[UUID], actor: CurrentActor) -> Redirect:
    """Throw away a visit that was begun."""
    await drop_draft(draft_id, actor)
    return go("/visits")


@get("/visits/{visit_id:uuid}", opt=LOGGING)
async def show_visit(visit_id: FromPath[UUID], actor: CurrentActor, now: Now, done: FromQuery[str] = "") -> Template:
    """One's own visit: its state, its points, what was corrected."""
    visit = await queries.visit_of(visit_id)
    if visit is None or visit["person"] != actor.person_id:
        raise NotFound()
    chain = await queries.chain_of(visit["chain"])
    return page(
        "contracts/visits/show.html", visit=visit, chain=chain, done=done == "recorded", labels=VISIT_LABELS,
        hours_words=hours_words, new_id=uuid4(), levels=LEVEL_LABELS, most_photos=most_photos(county_day(now)),
        **RECORD_WORDS,
    )  # fmt: skip


@post("/visits/{visit_id:uuid}/correct", opt=LOGGING)
async def do_correct(
    request: Request[Any, Any, Any], visit_id: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect:
    """Begin a correction; it starts from what was recorded."""
    typed = (await posted(request)).texts
    try:
        draft_id = UUID(str(typed.get("draft_id", "")))
    except ValueError:
        draft_id = uuid4()
    await begin_correction(draft_id, visit_id, actor, now)
    return go(f"/visits/new/{draft_id}/reason")


@get("/visits", opt=LOGGING)
async def my_visits(actor: CurrentActor, now: Now, month: FromQuery[str] = "") -> Template:
    """One's own visits of a month with their states and totals."""
    months = await queries.months_with_visits(actor.person_id)
    chosen = read_month(month, months[0] if months else county_day(now))
    visits = await queries.visits_of_person(actor.person_id, chosen)
    totals = {
        state: sum(v["minutes"] for v in visits if v["status"] == state) for state in ("logged", "approved", "returned")
    }
    return page(
        "contracts/visits/mine.html", visits=visits, months=months, month=chosen, totals=totals, labels=VISIT_LABELS,
        hours_words=hours_words, drafts=await queries.drafts_of(actor.person_id),
        employers=await queries.employers_of(actor.person_id),
    )  # fmt: skip


ROUTES: list[Any] = [
    begin, do_begin, show_step, do_step, do_drop, show_visit, do_correct, my_visits,
]  # fmt: skip
