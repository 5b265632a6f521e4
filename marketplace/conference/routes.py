"""The joint conference for everybody: quarters with their pack, decisions; and who keeps them."""

from datetime import datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from catalogue.notices.content import as_json
from catalogue.notices.official import official_page
from catalogue.notices.shipped_template import shipped_template
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.routes import disposition
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.conference import queries
from marketplace.conference.forms import CLOSING, DECISION, SENDING_BACK, check_days
from marketplace.conference.pack import CLOCKS, FIGURES, TITLE, in_words, pack_paper
from marketplace.conference.rules import (
    LOOKED_AT,
    RULE_PRIVACY,
    DecisionStatus,
    Quarter,
    decision_state,
    quarters_back,
    read_quarter,
)
from marketplace.conference.services import close_decision, look_through, record_decision, send_back
from marketplace.gateways.docx import fill_template
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import together
from marketplace.kernel.errors import NotFound
from marketplace.kernel.formats import named
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.i18n import N_, current_language, say
from marketplace.kernel.web import go, page, posted
from marketplace.overview.coverage import Coverage, coverage_of
from marketplace.overview.rules import least_shown
from marketplace.site.county_paper_pages import KINDS
from marketplace.site.notice_pages import shop_of, site_of

KEEPING = needs(Permission.KEEP_CONFERENCE)
QUARTERS = 8


def _keeps(request: Request[Any, Any, Any]) -> bool:
    actor: Actor | None = request.scope.get("user")
    return actor is not None and actor.may(Permission.KEEP_CONFERENCE)


@get("/conference", opt=PUBLIC)
async def show_conference(request: Request[Any, Any, Any], now: Now) -> Template:
    """What it is, the quarters, and what is still open."""
    today = county_day(now)
    return page(
        "marketplace/conference/list.html", quarters=quarters_back(today, QUARTERS), today=today,
        decisions=await queries.open_decisions(), decision_state=decision_state, keeps=_keeps(request),
        unread=await queries.unread_decisions() if _keeps(request) else [],
    )  # fmt: skip


def _gaps(found: Coverage) -> list[tuple[str, str]]:
    """Towns and services that residents need and nobody was bought for."""
    return [
        (named(town, "name"), f"{item['code']} {named(item, 'name')}")
        for town in found.towns
        for item in found.items
        if found.cell(town["id"], item["code"]).is_gap
    ]


async def _pack(quarter: Quarter, now: datetime) -> dict[str, Any]:
    today = county_day(now)
    counted, late, decisions, covered = await together(
        queries.figures(quarter), queries.overdue(now), queries.decisions_of(quarter), coverage_of(quarter.year, today)
    )
    return {
        "counted": counted, "late": late, "decisions": decisions, "gaps": _gaps(covered), "least": least_shown(today)
    }  # fmt: skip


@get("/conference/{quarter:str}", opt=PUBLIC)
async def show_quarter(request: Request[Any, Any, Any], quarter: FromPath[str], now: Now) -> Template:
    """The pack of a quarter: figures, clocks that ran out, gaps, decisions."""
    found = read_quarter(quarter, county_day(now))
    return page(
        "marketplace/conference/quarter.html", quarter=found, **await _pack(found, now), figures=FIGURES, clocks=CLOCKS,
        in_words=in_words, decision_state=decision_state, today=county_day(now), keeps=_keeps(request),
    )  # fmt: skip


@get("/conference/{quarter:str}/{file:str}", opt=PUBLIC)
async def download_pack(
    request: Request[Any, Any, Any], quarter: FromPath[str], file: FromPath[str], now: Now
) -> Response[bytes]:
    """The pack as `pack.docx` or `pack.pdf`, of this moment."""
    found = read_quarter(quarter, county_day(now))
    slug, _, kind = file.rpartition(".")
    if slug != "pack" or kind not in KINDS:
        raise NotFound()
    token = current_language.set("zh")  # the paper is Chinese, whatever the page around it
    try:
        address = f"{site_of(request)}/conference/{found.name}"
        paper = pack_paper(found, at=now, address=address, **await _pack(found, now))
        if kind == "pdf":
            content = await shop_of(request).press.press(official_page(paper))
        else:
            content = await fill_template(shipped_template(), as_json(paper))
    finally:
        current_language.reset(token)
    headers = {"Content-Disposition": disposition(f"{TITLE} {found.name}.{kind}"), "Cache-Control": "no-store"}
    return Response(content, media_type=KINDS[kind], headers=headers)




async def _form(form: Bound | None, status_code: int = 200) -> Template:
    return page(
        "marketplace/conference/decision_new.html", status_code=status_code, form=form, owners=await queries.owners()
    )


@get("/conference/decisions/new", opt=KEEPING)
async def show_new_decision() -> Template:
    """Enter a decision."""
    return await _form(None)


@post("/conference/decisions/new", opt=KEEPING)
async def do_record(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Keep it."""
    form = parse(DECISION, (await posted(request)).texts)
    check_days(form)
    if not form.errors and form["owner"] not in {row["id"] for row in await queries.owners()}:
        form.errors["owner"] = say(N_("请从名单里选一个单位。"))
    if form.errors:
        return await _form(form, 422)
    reference = await record_decision(form, actor, now)
    return go(f"/conference/decisions/{reference}?done=recorded")


async def _decision(
    request: Request[Any, Any, Any], reference: str, now: datetime, form: Bound | None = None, status_code: int = 200
) -> Template:
    keeps, actor = _keeps(request), request.scope.get("user")
    found = await queries.decision_of(reference, inside=keeps)
    wrote = "recorded_by" if found["status"] == DecisionStatus.ENTERED else "closed_by"
    return page(
        "marketplace/conference/decision.html", status_code=status_code, decision=found, form=form,
        state=decision_state(found, county_day(now), inside=keeps), keeps=keeps, rule=RULE_PRIVACY,
        may_look=keeps and found["status"] in LOOKED_AT and actor.person_id != found[wrote],
        done=request.query_params.get("done", ""),
    )  # fmt: skip


@get("/conference/decisions/{reference:str}", opt=PUBLIC)
async def show_decision(request: Request[Any, Any, Any], reference: FromPath[str], now: Now) -> Template:
    """One decision: who does what until when, and what came of it."""
    return await _decision(request, reference, now)


@post("/conference/decisions/{reference:str}", opt=KEEPING)
async def do_close(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Say what came of it."""
    found = await queries.decision_of(reference, inside=True)
    form = parse(CLOSING, (await posted(request)).texts)
    if not form.errors and not found["decided_on"] <= form["done_on"] <= county_day(now):
        form.refuse("done_on", N_("办结日期要在会议日期以后、今天以前。请核对。"))
    if form.errors:
        return await _decision(request, reference, now, form, 422)
    await close_decision(reference, form["outcome"], form["done_on"], actor, now)
    return go(f"/conference/decisions/{reference}?done=reported")


@post("/conference/decisions/{reference:str}/publish", opt=KEEPING)
async def do_look(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Looked through: for everybody."""
    await look_through(reference, actor, now)
    return go(f"/conference/decisions/{reference}?done=published")


@post("/conference/decisions/{reference:str}/return", opt=KEEPING)
async def do_send_back(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Not so: to be written anew."""
    form = parse(SENDING_BACK, (await posted(request)).texts)
    if form.errors:
        return await _decision(request, reference, now, form, 422)
    await send_back(reference, form["reason"], actor, now)
    return go(f"/conference/decisions/{reference}?done=returned")


ROUTES: list[Any] = [
    show_conference, show_quarter, download_pack, show_new_decision, do_record, show_decision, do_close,
    do_look, do_send_back,
]  # fmt: skip
