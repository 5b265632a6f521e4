"""The page of re-evaluation: the buyer opens and closes it, finance takes note of a changed result."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings.methods import row_of
from catalogue.listings.rules import runs
from evaluations.reevaluations.rebuilding import rebuild_panel
from evaluations.reevaluations.services import close_re_evaluation, from_words, note_change, start_re_evaluation
from evaluations.reports import queries
from evaluations.reports.routes import report_reader
from evaluations.reports.rules import GROUND_LABELS, Ground, grounds_again
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now, irreversible, needs
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Bound, Field, choice, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

PATH = "/listings/{reference:str}/re-evaluation"
OPENING = [
    Field("ground", N_("依据的情形"), choice([ground.value for ground in Ground])),
    Field("reason", N_("发现了什么"), text(4000)),
]
NOTED = [Field("number", N_("重新评审编号"), text(40))]


@get(PATH, opt=SIGNED_IN)
async def show_re_evaluation(reference: FromPath[str], actor: CurrentActor) -> Template:
    """Every re-evaluation with what it changed, and what this reader may do."""
    return await _page(reference, actor, Bound())


async def _page(reference: str, actor: Actor, form: Bound, status_code: int = 200) -> Template:
    listing = await report_reader(reference, actor)
    report, again = await queries.report_of(listing["id"]), await queries.open_re_evaluation(listing["id"])
    is_whole = report is not None and report["whole_at"] is not None
    organises = actor.may(Permission.APPOINT_PANEL) and runs(actor, listing, Entrusted.PANEL)
    current = listing["status"] in ("evaluated", "determined")
    allowed = grounds_again(row_of(listing))
    found = [
        {**each, "before_rows": from_words(each["result_before"]), "after_rows": from_words(each["result_after"])}
        for each in await queries.re_evaluations_of(listing["id"])
    ]
    return page(
        "evaluations/reports/re_evaluation.html", status_code=status_code, listing=listing, form=form, found=found,
        again=again,
        # the panel judges the marks, and not who complained
        reads_challenge=organises or actor.may(Permission.READ_EVERYTHING),
        is_announced=listing["status"] == "awarded", is_whole=is_whole,
        may_open=organises and current and is_whole and again is None,
        may_close=bool(organises and again and report and is_whole and report["id"] != again["before"]),
        may_note=actor.may(Permission.DECIDE_COMPLAINT), ground_labels=GROUND_LABELS, clause=allowed.citation,
        grounds=[(ground.value, GROUND_LABELS[ground]) for ground in allowed.grounds],
    )  # fmt: skip


@post(PATH, opt=irreversible(needs(Permission.APPOINT_PANEL)))
async def do_start_re_evaluation(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Let the original panel review again."""
    listing = await report_reader(reference, actor)
    form = parse(OPENING, (await posted(request)).texts)
    if not form.errors:
        try:
            await start_re_evaluation(listing["id"], Ground(form["ground"]), form["reason"], actor, now)
            return go(f"/listings/{reference}/re-evaluation")
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["ground"] = refused.sentence
    return await _page(reference, actor, form, 422)


@post("/listings/{reference:str}/panel/rebuild", opt=irreversible(needs(Permission.APPOINT_PANEL)))
async def do_rebuild_panel(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Members who should have stepped aside leave; another panel judges."""
    listing = await report_reader(reference, actor)
    await rebuild_panel(listing["id"], actor, now)
    return go(f"/listings/{reference}/panel")


@post(PATH + "/close", opt=irreversible(needs(Permission.APPOINT_PANEL)))
async def do_close_re_evaluation(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Close it; a changed result is reported to finance."""
    listing = await report_reader(reference, actor)
    await close_re_evaluation(listing["id"], actor, now)
    return go(f"/listings/{reference}/re-evaluation")


@post(PATH + "/note", opt=needs(Permission.DECIDE_COMPLAINT))
async def do_note_change(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Finance takes note."""
    listing = await report_reader(reference, actor)
    form = parse(NOTED, (await posted(request)).texts)
    if form.errors:
        return await _page(reference, actor, form, 422)
    await note_change(listing["id"], form["number"], actor, now)
    return go(f"/listings/{reference}/re-evaluation")


ROUTES: list[Any] = [
    show_re_evaluation, do_start_re_evaluation, do_rebuild_panel, do_close_re_evaluation, do_note_change,
]  # fmt: skip
