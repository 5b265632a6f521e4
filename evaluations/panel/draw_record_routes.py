"""The page on which the paper of a draw in the provincial library is recorded and read."""

from datetime import datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings.rules import runs
from evaluations.panel import queries
from evaluations.panel.draw_records import CLAUSE, RECORDING, NewDrawRecord, draw_records_of, keep_draw_record
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import LARGEST_UPLOAD_BODY, NewDocument
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import Bound, Field, day, parse, text, whole_number
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

PATH = "/listings/{reference:str}/panel/draw-record"
FIELDS = [
    Field("number", N_("抽取编号"), text(80)),
    Field("library", N_("专家库"), text(120)),
    Field("drawn_on", N_("抽取日期"), day()),
    Field("taken", N_("抽取人数"), whole_number(1, 30)),
    Field("people", N_("抽取人和监督人"), text(500)),
]


async def _record_page(reference: str, actor: Actor, form: Bound, now: datetime, status_code: int = 200) -> Template:
    listing = await queries.panel_listing(reference, actor)
    appoints = actor.may(Permission.APPOINT_PANEL) and runs(actor, listing, Entrusted.PANEL)
    return page(
        "evaluations/panel/draw_record.html", status_code=status_code, listing=listing, form=form, clause=CLAUSE,
        records=await draw_records_of(listing["id"]), may_record=appoints and listing["status"] in RECORDING,
    )  # fmt: skip


@get(PATH, opt=needs(Permission.APPOINT_PANEL, Permission.READ_EVERYTHING))
async def show_draw_record(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """The recorded draws, and the form for one more."""
    return await _record_page(reference, actor, Bound(), now)


@post(PATH, opt=needs(Permission.APPOINT_PANEL), request_max_body_size=LARGEST_UPLOAD_BODY)
async def do_keep_draw_record(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Keep the paper of a draw."""
    listing, sent = await queries.panel_listing(reference, actor), await posted(request)
    form = parse(FIELDS, sent.texts)
    files = sent.files.get("file", [])
    if not files:
        form.refuse("file", N_("请选择要上传的文件。"))
    if not form.errors:
        file = NewDocument(files[0].filename, files[0].file)
        new = NewDrawRecord(
            form["number"], form["library"], form["drawn_on"], form["taken"], form["people"], file
        )
        try:
            await keep_draw_record(listing["id"], new, request.app.state["gateways"].documents, actor, now)
            return go(f"/listings/{reference}/panel/draw-record")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _record_page(reference, actor, form, now, 422)


ROUTES: list[Any] = [show_draw_record, do_keep_draw_record]
