"""The town's list of dishonesty: the town's clerks and civil affairs, nobody else."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import Bound, Field, choice, day, parse, proper_name, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted
from vendors.townlist import services
from vendors.townlist.rules import (
    CONDUCT_LABELS,
    DOER_LABELS,
    HEARING_LABELS,
    KIND_LABELS,
    STATUS_WORDS,
    EntryStatus,
    Proposal,
    warns,
)

BOTH = needs(Permission.KEEP_TOWN_LIST, Permission.DECIDE_TOWN_LIST)
KEEP, DECIDE = needs(Permission.KEEP_TOWN_LIST), needs(Permission.DECIDE_TOWN_LIST)
DECISIONS = {"list": EntryStatus.LISTED, "drop": EntryStatus.DROPPED, "remove": EntryStatus.REMOVED}

PROPOSAL = [
    Field("kind", N_("对象"), choice(list(KIND_LABELS))),
    Field("subject", N_("个案编号或者单位名称"), proper_name(120)),
    Field("born_on", N_("出生日期"), day(1900), is_required=False),
    Field("doer", N_("谁做的"), choice(list(DOER_LABELS))),
    Field("conduct", N_("失信行为"), choice(list(CONDUCT_LABELS))),
    Field("legal_basis", N_("法律依据和文号"), text(200)),
    Field("facts", N_("事实"), text(2000)),
    Field("evidence", N_("证据"), text(1000)),
    Field("hear_until", N_("陈述意见的最后一天"), day()),
    Field("ends_on", N_("到期日"), day()),
]
HEARING = [
    Field("hearing", N_("怎样听取意见"), choice(list(HEARING_LABELS))),
    Field("heard_on", N_("听取意见的日期"), day()),
    Field("hearing_note", N_("听取意见的情况"), text(2000)),
]
DECISION = [Field("decision", N_("决定"), choice(list(DECISIONS))), Field("note", N_("理由"), text(1000))]


@get("/town-list", opt=BOTH)
async def show_entries(actor: CurrentActor, now: Now) -> Template:
    """The entries of the own town, or of all for civil affairs."""
    today = county_day(now)
    rows = [{**row, "warns": warns(row["status"], row["ends_on"], today)} for row in await services.entries(actor)]
    return page(
        "vendors/townlist/entries.html", rows=rows, kinds=KIND_LABELS, conducts=CONDUCT_LABELS, words=STATUS_WORDS,
        may_propose=actor.may(Permission.KEEP_TOWN_LIST), today=today,
    )  # fmt: skip


def _new_page(form: Bound | None, status_code: int = 200) -> Template:
    return page(
        "vendors/townlist/new.html", status_code=status_code, form=form, kinds=KIND_LABELS, conducts=CONDUCT_LABELS,
        doers=DOER_LABELS,
    )  # fmt: skip


@get("/town-list/new", opt=KEEP, sync_to_thread=False)
def show_new() -> Template:
    """Ask whom, what, and by which law."""
    return _new_page(None)


@post("/town-list/new", opt=KEEP)
async def do_propose(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Propose an entry; the day of birth is looked at and not kept."""
    form = parse(PROPOSAL, (await posted(request)).texts)
    if not form.errors:
        try:
            return go(f"/town-list/{await services.propose(Proposal(**form.values), actor, now)}")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return _new_page(form, 422)


async def _entry_page(reference: str, actor: Actor, now: Any, form: Bound | None, status_code: int = 200) -> Template:
    entry = await services.entry_page(reference, actor)
    return page(
        "vendors/townlist/entry.html", status_code=status_code, form=form, entry=entry, kinds=KIND_LABELS,
        conducts=CONDUCT_LABELS, hearings=HEARING_LABELS, words=STATUS_WORDS,
        may_hear=actor.may(Permission.KEEP_TOWN_LIST) and entry["status"] == EntryStatus.PROPOSED,
        may_decide=actor.may(Permission.DECIDE_TOWN_LIST),
        warns=warns(entry["status"], entry["ends_on"], county_day(now)),
    )  # fmt: skip


@get("/town-list/{reference:str}", opt=BOTH)
async def show_entry(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """One entry and what may be done."""
    return await _entry_page(reference, actor, now, None)


@post("/town-list/{reference:str}/hearing", opt=KEEP)
async def do_hear(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Record the hearing."""
    form = parse(HEARING, (await posted(request)).texts)
    if not form.errors:
        heard = services.Heard(form["hearing"], form["heard_on"], form["hearing_note"])
        try:
            await services.record_hearing(reference, heard, actor, now)
            return go(f"/town-list/{reference}")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _entry_page(reference, actor, now, form, 422)


@post("/town-list/{reference:str}/decision", opt=irreversible(DECIDE))
async def do_decide(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Civil affairs decides."""
    form = parse(DECISION, (await posted(request)).texts)
    if not form.errors:
        try:
            await services.decide(reference, DECISIONS[form["decision"]], form["note"], actor, now)
            return go(f"/town-list/{reference}")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _entry_page(reference, actor, now, form, 422)


ROUTES: list[Any] = [show_entries, show_new, do_propose, show_entry, do_hear, do_decide]
