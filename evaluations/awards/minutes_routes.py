"""The page on which the minutes of the collective decision are recorded and read."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings.queries import listing_page
from evaluations.awards.minutes import (
    CLAUSE,
    LEAST_PEOPLE,
    NewMinutes,
    minutes_of,
    names_in,
    needs_minutes,
    record_decision,
)
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import LARGEST_UPLOAD_BODY, NewDocument
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import FormRefused, NotFound
from marketplace.kernel.forms import Bound, Field, day, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.rulebook import number
from marketplace.kernel.web import go, page, posted

PATH = "/listings/{reference:str}/award/minutes"
FIELDS = [
    Field("number", N_("会议纪要文号"), text(80)),
    Field("held_on", N_("会议日期"), day()),
    Field("people", N_("参加人"), text(2000)),
    Field("decision", N_("会议决定"), text(2000)),
]


async def _minutes_page(listing: Any, actor: Actor, form: Bound, now: Any, status_code: int = 200) -> Template:
    inside = actor.organisation_id == listing["procuring_unit"] or actor.may(Permission.READ_EVERYTHING)
    if not needs_minutes(listing) or not inside:
        raise NotFound()
    may_record = actor.may(Permission.DETERMINE_AWARD) and listing["status"] in ("opened", "evaluated")
    return page(
        "evaluations/awards/minutes.html", status_code=status_code, listing=listing, form=form, clause=CLAUSE,
        minutes=await minutes_of(listing["id"]), may_record=may_record, least=number(LEAST_PEOPLE, county_day(now)),
    )  # fmt: skip


@get(PATH, opt=needs(Permission.DETERMINE_AWARD, Permission.READ_EVERYTHING))
async def show_minutes(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """The minutes, or the form for them."""
    return await _minutes_page(await listing_page(reference), actor, Bound(), now)


@post(PATH, opt=needs(Permission.DETERMINE_AWARD), request_max_body_size=LARGEST_UPLOAD_BODY)
async def do_record_decision(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Keep the minutes."""
    listing, sent = await listing_page(reference), await posted(request)
    form = parse(FIELDS, sent.texts)
    files = sent.files.get("file", [])
    if not files:
        form.refuse("file", N_("请选择要上传的文件。"))
    if not form.errors:
        file = NewDocument(files[0].filename, files[0].file)
        new = NewMinutes(form["number"], form["held_on"], names_in(form["people"]), form["decision"], file)
        try:
            await record_decision(listing["id"], new, request.app.state["gateways"].documents, actor, now)
            return go(f"/listings/{reference}/award")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _minutes_page(listing, actor, form, now, 422)


ROUTES: list[Any] = [show_minutes, do_record_decision]
