"""Pages of leads: the list, a new one, one with its end or case, and the public page behind the QR code."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import uuid4

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from contracts.cases.forms import NEW, new_case_of
from contracts.cases.routes import LABELS as CASE_LABELS
from contracts.cases.rules import is_restricted
from contracts.discovery import queries, services
from contracts.discovery.forms import CLOSING, ENTRY, PUBLIC_TIP
from contracts.discovery.rules import (
    ABOUT_LABELS,
    CHANNEL_LABELS,
    CLOSE_LABELS,
    ENTERED,
    LEAD_LABELS,
    LeadStatus,
    look_by,
    source_of,
)
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, needs
from marketplace.accounts.people.signing_in import AnyRequest, note_try, place_of
from marketplace.accounts.permissions import Permission
from marketplace.accounts.throttle.rules import TooManyTries
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import FormRefused, NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.i18n import N_, say, translate
from marketplace.kernel.qr import qr_svg
from marketplace.kernel.rulebook import number
from marketplace.kernel.sheets import form_of
from marketplace.kernel.web import go, page, posted

A_MOMENT = 5  # seconds until the tries of a whole network that are under way have been answered
HANDLING = needs(Permission.HANDLE_CASES)
READING = needs(Permission.HANDLE_CASES, Permission.OVERSEE_CASES, Permission.READ_EVERYTHING)
LABELS: dict[str, Any] = {
    "labels": LEAD_LABELS, "channels": CHANNEL_LABELS, "abouts": ABOUT_LABELS, "closings": CLOSE_LABELS,
}  # fmt: skip


@get("/leads", opt=READING)
async def show_leads(
    request: AnyRequest, actor: CurrentActor, now: Now, status: FromQuery[str] = "", channel: FromQuery[str] = "",
    done: FromQuery[str] = "",
) -> Template:  # fmt: skip
    """The leads this reader may see, new ones first; the county reads numbers of the others."""
    today = county_day(now)
    rows = [
        {**r, "look_by": look_by(r["came_at"]), "is_late": r["status"] == "new" and today > look_by(r["came_at"])}
        for r in await queries.list_leads(actor, status, channel)
    ]
    own, reads = queries.scope(actor)
    address = f"{request.app.state['settings'].public_address}/need-help" + (f"?town={own}" if own else "")
    return page(
        "contracts/discovery/list.html", rows=rows, status=status, channel=channel, done=done,
        is_narrowed=bool(status or channel), counts=await queries.counts_by_town() if reads else [],
        code=qr_svg(address, translate(N_("扫码告诉镇（街道）谁有困难"))), address=address, **LABELS,
    )  # fmt: skip


def _new_page(form: Bound | None, status_code: int = 200) -> Template:
    return page("contracts/discovery/new.html", status_code=status_code, form=form, entered=ENTERED, **LABELS)


@get("/leads/new", opt=HANDLING, sync_to_thread=False)
def show_new() -> Template:
    """Ask what was told, by whom."""
    return _new_page(None)


@post("/leads/new", opt=HANDLING)
async def do_enter(request: AnyRequest, actor: CurrentActor, now: Now) -> Redirect | Template:
    """Write it down."""
    form = parse(ENTRY, (await posted(request)).texts)
    if form.errors:
        return _new_page(form, 422)
    reference = await services.enter_lead(_lead_of(form, form["channel"]), actor, now)
    return go(f"/leads/{reference}?done=done")


def _lead_of(form: Bound, channel: str) -> services.NewLead:
    return services.NewLead(form["village"], channel, form["about"], form["told"], form["contact"] or "")


async def _page(
    reference: str, actor: Actor, form: Bound | None = None, done: str = "", status_code: int = 200
) -> Template:
    lead = await queries.lead_page(reference, visible_to=actor)
    return page(
        "contracts/discovery/show.html", status_code=status_code, lead=lead, form=form, done=done,
        look_by=look_by(lead["came_at"]), **LABELS,
    )  # fmt: skip


@get("/leads/{reference:str}", opt=READING)
async def show_lead(reference: FromPath[str], actor: CurrentActor, done: FromQuery[str] = "") -> Template:
    """One lead; what it tells is shown to the town's window alone."""
    return await _page(reference, actor, done=done)


@post("/leads/{reference:str}/close", opt=HANDLING)
async def do_close(
    request: AnyRequest, reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """No case comes of it."""
    await queries.lead_page(reference, visible_to=actor)
    form = parse(CLOSING, (await posted(request)).texts)
    if form.errors:
        return await _page(reference, actor, form, status_code=422)
    await services.close_lead(reference, form["close_kind"], actor, now)
    return go(f"/leads/{reference}?done=done")


async def _case_page(
    reference: str, actor: Actor, now: datetime, form: Bound | None = None, status_code: int = 200
) -> Template:
    lead = await queries.lead_page(reference, visible_to=actor)
    if not lead["is_own"] or lead["status"] != LeadStatus.NEW:
        raise NotFound()
    return page(
        "contracts/discovery/into_case.html", status_code=status_code, form=form, lead=lead,
        limit=number("R-SEED-04", county_day(now)), source=source_of(lead["channel"]).value, **CASE_LABELS,
    )  # fmt: skip


@get("/leads/{reference:str}/case", opt=HANDLING)
async def show_into_case(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """Ask what a case needs besides what the lead tells."""
    return await _case_page(reference, actor, now)


@post("/leads/{reference:str}/case", opt=HANDLING)
async def do_take_up(
    request: AnyRequest, reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """A case is registered; one of a child goes on to the named few."""
    await queries.lead_page(reference, visible_to=actor)
    form = parse(NEW, (await posted(request)).texts)
    if not form.errors:
        try:
            case = await services.take_up(reference, new_case_of(form), actor, now)
        except FormRefused as refused:
            form.errors.update(refused.errors)
        else:
            hidden = is_restricted(form["capacity"]) and not actor.may(Permission.SEE_RESTRICTED_CASES)
            return go("/leads?done=restricted" if hidden else f"/cases/{case}?done=registered")
    return await _case_page(reference, actor, now, form, 422)


async def _tip_page(
    now: datetime, form: Bound | None, town: str = "", done: str = "", status_code: int = 200
) -> Template:
    return page(
        "contracts/discovery/tell.html", status_code=status_code, form=form, towns=await queries.towns(), town=town,
        done=done, sheet=uuid4(), keep=int(number("R-LEAD-01/empty", county_day(now))), abouts=ABOUT_LABELS,
    )  # fmt: skip


@get("/need-help", opt=PUBLIC)
async def show_tell(now: Now, town: FromQuery[str] = "", done: FromQuery[str] = "") -> Template:
    """The page behind the QR code: who needs help, told to the town without an account."""
    return await _tip_page(now, None, town, done)


@post("/need-help", opt=PUBLIC)
async def do_tell(request: AnyRequest, now: Now) -> Redirect | Template:
    """To the town; who sends again and again has to wait."""
    typed = (await posted(request)).texts
    form, status_code = parse(PUBLIC_TIP, typed), 422
    if not form.errors:
        try:
            # the address is counted under a name of its own, so that signing in is not slowed by it
            await note_try(request, f"need of {hashlib.sha256(place_of(request).encode()).hexdigest()[:16]}")
            await services.tell_town(form["town"], _lead_of(form, "public"), now, form_of(typed.get("sheet")))
        except FormRefused as refused:
            form.errors.update(refused.errors)
        except TooManyTries as refused:
            words = N_("从这里报得太多了，请过 {seconds} 秒再报；急的请直接打电话给镇（街道）。")
            form.errors["told"] = say(words, seconds=refused.sentence.values.get("seconds", A_MOMENT))
            status_code = refused.status_code
        else:
            return go("/need-help?done=told")
    return await _tip_page(now, form, status_code=status_code)


ROUTES: list[Any] = [
    show_leads, show_new, do_enter, show_lead, do_close, show_into_case, do_take_up, show_tell, do_tell,
]  # fmt: skip
