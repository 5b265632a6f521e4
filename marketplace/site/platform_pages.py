"""Notices for the provincial platform: taken out as JSON or XLSX, its number entered back, differences shown."""

import json
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, Parameter
from litestar.response import Redirect, Response, Template

from catalogue.intentions.queries import intention_page
from catalogue.listings.inviting.prequalifying import announced
from catalogue.listings.queries import listing_page
from catalogue.notices.content import Paper, from_canonical
from catalogue.notices.forms import CONFIRMATION, FIELD_ROW
from catalogue.notices.intention_source import SLUG as INTENTION
from catalogue.notices.intention_source import intention_paper
from catalogue.notices.kinds import FORMS, Kind, kind_of
from catalogue.notices.platform import (
    SOURCES,
    Confirmation,
    FieldLine,
    Sent,
    confirm_export,
    current_fields,
    differences,
    export_notice,
    export_page,
    exports_for,
    intention_values,
    may_send,
    notice_values,
    save_fields,
)  # fmt: skip
from catalogue.notices.queries import contact, contacts_of, latest_paper
from catalogue.notices.sources import listing_facts
from marketplace.accounts.actor import Actor
from marketplace.accounts.described import Told, described
from marketplace.accounts.documents.routes import disposition
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.gateways.file_types import MIME_TYPES
from marketplace.gateways.sheets import one_sheet
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import Bound, parse, parse_rows
from marketplace.kernel.i18n import N_, current_language, say
from marketplace.kernel.web import go, page, posted
from marketplace.site.notice_pages import site_of
from marketplace.site.notice_sources import entries_of, entry_of, paper_of
from marketplace.site.prequalification_source import SLUG as PREQUALIFICATION
from marketplace.site.prequalification_source import prequalification_paper, prequalified_facts

SEND = needs(Permission.DRAFT_LISTING, Permission.DECIDE_COMPLAINT)
READ = needs(Permission.DRAFT_LISTING, Permission.READ_EVERYTHING)
EDIT = needs(Permission.EDIT_PAPER_FORMS)
BLANK_ROWS = 3


async def _values(request: Request[Any, Any, Any], listing: dict[str, Any], slug: str) -> dict[str, str]:
    """Every value of a notice in Chinese, from its published paper where there is one."""
    token = current_language.set("zh")
    try:
        paper = await _paper(request, listing, slug)
        facts = await listing_facts(listing, f"{site_of(request)}/listings/{listing['reference']}")
        values = notice_values(paper, facts)
        return {**values, "notice_kind": FORMS[Kind(paper.kind)].title}
    finally:
        current_language.reset(token)


async def _intention_values(request: Request[Any, Any, Any], row: dict[str, Any]) -> dict[str, str]:
    """Every value of an intention in Chinese, from its published paper where there is one."""
    token = current_language.set("zh")
    try:
        kept = await latest_paper(row["intention_reference"], INTENTION)
        if kept:
            paper = from_canonical(await request.app.state["gateways"].documents.get(kept["content_key"]))
        else:
            paper = await intention_paper(row, site_of(request))
        office = contact(row["buyer_name"], (await contacts_of([row["buyer"]])).get(row["buyer"]))
        return {**intention_values(paper, row, office), "notice_kind": FORMS[Kind.INTENTION].title}
    finally:
        current_language.reset(token)


async def _prequalification_values(request: Request[Any, Any, Any], found: dict[str, Any]) -> dict[str, str]:
    """Every value of a prequalification notice in Chinese; its listing may still be a draft."""
    token = current_language.set("zh")
    try:
        kept = await latest_paper(found["reference"], PREQUALIFICATION)
        if kept:
            paper = from_canonical(await request.app.state["gateways"].documents.get(kept["content_key"]))
        else:
            paper = await prequalification_paper(found, site_of(request))
        facts = await prequalified_facts(found, paper.address)
        return {**notice_values(paper, facts), "notice_kind": FORMS[Kind.PREQUALIFICATION].title}
    finally:
        current_language.reset(token)


async def _paper(request: Request[Any, Any, Any], listing: dict[str, Any], slug: str) -> Paper:
    kept = await latest_paper(listing["reference"], slug)
    if kept:
        return from_canonical(await request.app.state["gateways"].documents.get(kept["content_key"]))
    return await paper_of(listing, await entry_of(listing, slug), site_of(request))


@get("/platform-exports", opt=READ)
async def show_exports(actor: CurrentActor) -> Template:
    """What was sent when, by whom, and what came back; what still waits for its number first."""
    exports = await exports_for(actor)
    waiting = [e for e in exports if e["confirmed_at"] is None]
    done = [e for e in exports if e["confirmed_at"] is not None]
    return page("marketplace/site/platform_exports.html", exports=[*waiting, *done], forms_of=_form_words)


def _form_words(slug: str) -> str:
    kind = kind_of(slug)
    return FORMS[kind].title if kind else slug


@get("/listings/{reference:str}/platform", opt=READ)
async def show_listing_exports(reference: FromPath[str], actor: CurrentActor) -> Template:
    """The notices of a listing with what was sent of each."""
    listing = await listing_page(reference)
    if not (actor.may(Permission.READ_EVERYTHING) or actor.organisation_id == listing["procuring_unit"]):
        raise NotFound()
    entries = [entry for entry in await entries_of(listing) if entry.kind != Kind.DOCUMENT]
    return page(
        "marketplace/site/platform_listing.html", listing=listing, entries=entries, forms_of=_form_words,
        exports=await exports_for(actor, listing["id"]),
        may_send={entry.slug for entry in entries if may_send(actor, listing["procuring_unit"], entry.slug)},
    )  # fmt: skip


@post("/listings/{reference:str}/platform/{slug:str}", opt=SEND)
async def do_export(
    request: Request[Any, Any, Any], reference: FromPath[str], slug: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect:
    """Take a notice out, on to its files."""
    listing = await listing_page(reference)
    await entry_of(listing, slug)
    values = await _values(request, listing, slug)
    return go(f"/platform-exports/{await export_notice(Sent.of_listing(listing), slug, values, actor, now)}")


@post("/intentions/{reference:str}/platform", opt=needs(Permission.DRAFT_LISTING))
async def do_export_intention(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect:
    """Take an intention out, on to its files."""
    row = await intention_page(reference)
    values = await _intention_values(request, row)
    return go(f"/platform-exports/{await export_notice(Sent.of_intention(row), INTENTION, values, actor, now)}")


@post("/prequalifications/{reference:str}/platform", opt=SEND)
async def do_export_prequalification(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect:
    """Take a prequalification notice out, on to its files."""
    found = await announced(reference)
    sent = Sent("listing", found["listing"], found["reference"], found["procuring_unit"])
    values = await _prequalification_values(request, found)
    return go(f"/platform-exports/{await export_notice(sent, PREQUALIFICATION, values, actor, now)}")


@get("/platform-exports/{export:uuid}", opt=READ)
async def show_export(request: Request[Any, Any, Any], export: FromPath[UUID], actor: CurrentActor) -> Template:
    """One export: its files, its values, what differs by now, and the platform's answer."""
    return await _export_page(request, export, None, actor)


async def _export_page(
    request: Request[Any, Any, Any], export: UUID, form: Bound | None, actor: Actor, status_code: int = 200
) -> Template:
    found = await export_page(export, actor)
    if found["intention"]:
        home = f"/intentions/{found['reference']}/notice"
        values = await _intention_values(request, await intention_page(found["reference"]))
    elif found["slug"] == PREQUALIFICATION:
        home = f"/prequalifications/{found['reference']}"
        values = await _prequalification_values(request, await announced(found["reference"]))
    else:
        home = f"/listings/{found['reference']}/platform"
        values = await _values(request, await listing_page(found["reference"]), found["slug"])
    return page(
        "marketplace/site/platform_export.html", status_code=status_code, export=found, form=form, home=home,
        kind=_form_words(found["slug"]), may_send=may_send(actor, found["procuring_unit"], found["slug"]),
        remark=_date_remark(found), differences=differences(found, values),
    )  # fmt: skip


# published on days of their own
LATER_THAN_THE_CALL = (
    Kind.AWARD.value, Kind.ADMISSION.value, Kind.CONTRACT.value, Kind.ACCEPTANCE.value, Kind.COMPLAINT.value,
)  # fmt: skip


def _date_remark(export: dict[str, Any]) -> Any:
    """Whether the two media published on the same day (R-PUB-01)."""
    on = export["platform_published_on"]
    if on is None or export["slug"] == PREQUALIFICATION:
        return None
    days = (on - county_day(export["told_at"])).days
    if export["slug"].startswith(LATER_THAN_THE_CALL) or days == 0:
        return None
    return say(N_("平台发布日与本平台相差 {days} 天；内容、时间不一致的，以平台为准。"), days=abs(days))


@get(
    "/platform-exports/{export:uuid}/{file:str}", summary="A notice for the provincial platform",
    **described(READ, Told(dict[str, str], "The values by the platform's names of the fields, as a file"), (404,)),
)  # fmt: skip
async def show_export_file(
    export: FromPath[UUID],
    file: Annotated[FromPath[str], Parameter(description="notice.json; notice.xlsx gives a sheet")],
    actor: CurrentActor,
) -> Response[bytes]:
    """The values as `notice.json` or `notice.xlsx`, as they were when they were taken out."""
    found = await export_page(export, actor)
    name = f"{found['reference']} {_form_words(found['slug'])}"
    if file == "notice.json":
        values = {value["name"]: value["value"] for value in found["values"]}
        content, kind = json.dumps(values, ensure_ascii=False, indent=1).encode(), "json"
        media_type = "application/json"
    elif file == "notice.xlsx":
        columns = [value["name"] for value in found["values"]]
        content, kind = one_sheet("公告", columns, [[value["value"] for value in found["values"]]]), "xlsx"
        media_type = MIME_TYPES["xlsx"]
    else:
        raise NotFound()
    headers = {"Content-Disposition": disposition(f"{name}.{kind}"), "Cache-Control": "private, no-store"}
    return Response(content, media_type=media_type, headers=headers)


@post("/platform-exports/{export:uuid}", opt=SEND)
async def do_confirm(
    request: Request[Any, Any, Any], export: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Enter the number that the platform gave."""
    form = parse(CONFIRMATION, (await posted(request)).texts)
    if form.errors:
        return await _export_page(request, export, form, actor, 422)
    answered = Confirmation(
        form["platform_number"], form["platform_published_on"], form["platform_link"] or "", form["difference"] or ""
    )
    await confirm_export(export, answered, actor, now)
    return go(f"/platform-exports/{export}")


@get("/platform-fields", opt=EDIT)
async def show_fields(request: Request[Any, Any, Any]) -> Template:
    """The platform's fields: name, order, source."""
    _, lines = await current_fields()
    raw: dict[str, Any] = {}
    for number, line in enumerate(lines):
        raw |= {f"fields-{number}-name": line.name, f"fields-{number}-source": line.source}
    return _fields_page(Bound(raw=raw), len(lines), done="done" in request.query_params)


def _fields_page(form: Bound, count: int, done: bool = False, status_code: int = 200) -> Template:
    return page(
        "marketplace/site/platform_fields.html", status_code=status_code, form=form, rows=count + BLANK_ROWS,
        sources=SOURCES, done=done,
    )  # fmt: skip


@post("/platform-fields", opt=EDIT)
async def do_save_fields(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Save the list as a new edition, in the order of the rows."""
    typed = (await posted(request)).texts
    # a row without a name is taken out, whatever is still chosen beside it
    emptied = {name for name in typed if name.endswith("-source") and not typed.get(f"{name[:-6]}name", "").strip()}
    typed = {name: value for name, value in typed.items() if name not in emptied}
    form = Bound(raw=dict(typed))
    rows = parse_rows(form, "fields", FIELD_ROW, typed)
    names = [row["name"] for row in rows if row["name"]]
    for row in rows:
        if row["name"] and names.count(row["name"]) > 1:
            form.refuse(f"fields-{row['number']}-name", N_("字段名“{name}”出现了两次。请改一个。"), name=row["name"])
    if not rows:
        form.refuse("fields-0-name", N_("至少要有一个字段。"))
    if form.errors:
        count = max((row["number"] for row in rows), default=0) + 1
        return _fields_page(form, count, status_code=422)
    await save_fields([FieldLine(row["name"], row["source"]) for row in rows], actor, now)
    return go("/platform-fields?done=1")


ROUTES: list[Any] = [
    show_exports, show_listing_exports, do_export, do_export_intention, do_export_prequalification, show_export,
    show_export_file, do_confirm, show_fields, do_save_fields,
]  # fmt: skip
