"""The list of an invited tender while it is a draft, and the invitation as the invited read it."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings import queries
from catalogue.listings.inviting import prequalifying
from catalogue.listings.inviting.queries import (
    invitation_list,
    invitations_sent,
    invited_names,
    listed_providers,
)  # fmt: skip
from catalogue.listings.inviting.rules import (
    APPLICATION,
    BEFORE,
    LEAST,
    POOL,
    WAY_LABELS,
    Listed,
    NewList,
    Way,
    invites_only,
    list_text,
    may_read_as_official,
    read_list,
)
from catalogue.listings.inviting.services import ask_for_quotes, freeze_list, record_list
from catalogue.listings.methods import lowest_price_wins
from catalogue.listings.rules import accepts_bids
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import COUNTY_ZONE, county_day
from marketplace.kernel.deadlines import compute
from marketplace.kernel.draws.queries import standing_draw
from marketplace.kernel.errors import FormRefused, NotFound
from marketplace.kernel.forms import Bound, Field, choice, day, moment, parse, text, whole_number
from marketplace.kernel.i18n import N_
from marketplace.kernel.rulebook import number
from marketplace.kernel.web import go, page, posted

READ_DRAFTS = needs(Permission.DRAFT_LISTING, Permission.APPROVE_LISTING, Permission.READ_EVERYTHING)
LIST_FIELDS = [
    Field("way", N_("名单怎样产生"), choice([way.value for way in Way])),
    Field("source", N_("依据的文件"), text(300)),
    Field("noticed_on", N_("资格预审公告日期"), day(), is_required=False),
    Field("applied_until", N_("提交申请截止日期"), day(), is_required=False),
    Field("take", N_("拟抽取几家"), whole_number(1, 100)),
    Field("providers", N_("备选供应商"), text(60_000)),
]


async def _list_page(found: Any, actor: Actor, form: Bound | None, now: Any, status_code: int = 200) -> Template:
    if not invites_only(found):
        raise NotFound()
    written, rows = await invitation_list(found["id"]), await listed_providers(found["id"])
    draw = await standing_draw("invited", found["id"])
    if form is None:
        form = Bound()
        if written:
            form.raw = {name: str(written[name] or "") for name in ("way", "source", "noticed_on", "applied_until")}
            form.raw |= {
                "take": str(written["take"]),
                "providers": list_text([Listed(each["name"], each["reason"]) for each in rows]),
            }
    may_write = (
        actor.may(Permission.DRAFT_LISTING)
        and found["status"] in BEFORE
        and (actor.organisation_id == found["procuring_unit"] or actor.mandate(found["agency_agreement"]) is not None)
    )
    today = county_day(now)
    asked = await prequalifying.prequalification_of(found["id"])
    if asked and "applications_until" not in form.raw:
        form.raw["applications_until"] = f"{asked['applications_until'].astimezone(COUNTY_ZONE):%Y-%m-%dT%H:%M}"
    return page(
        "catalogue/listings/inviting/list.html", asked=asked, is_closed=asked and now >= asked["applications_until"],
        applications=await prequalifying.applications_of(asked["id"]) if asked and asked["published_at"] else [],
        may_announce=bool(asked) and _may_announce(found, asked, actor),
        earliest=compute(APPLICATION, today).date, status_code=status_code, form=form, listing=found, written=written,
        rows=rows, draw=draw, may_write=may_write, ways=WAY_LABELS, least=number(LEAST, today),
        times=number(POOL, today),
    )  # fmt: skip


@get("/listings/drafts/{listing:uuid}/invitation", opt=READ_DRAFTS)
async def show_list(listing: FromPath[UUID], actor: CurrentActor, now: Now) -> Template:
    """The list, and how far the draw is."""
    return await _list_page(await queries.draft_page(listing, actor), actor, None, now)


@post("/listings/drafts/{listing:uuid}/invitation", opt=needs(Permission.DRAFT_LISTING))
async def do_record_list(
    request: Request[Any, Any, Any], listing: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Write or replace the list."""
    found = await queries.draft_page(listing, actor)
    form = parse(LIST_FIELDS, (await posted(request)).texts)
    if not form.errors:
        new = NewList(
            Way(form["way"]), form["source"], form["take"], read_list(form["providers"]), form["noticed_on"],
            form["applied_until"],
        )  # fmt: skip
        try:
            await record_list(listing, new, actor, now)
            return go(f"/listings/drafts/{listing}/invitation")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _list_page(found, actor, form, now, 422)


@post("/listings/drafts/{listing:uuid}/invitation/freeze", opt=needs(Permission.DRAFT_LISTING))
async def do_freeze_list(listing: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Freeze the list and go to the draw."""
    await queries.draft_page(listing, actor)
    return go(f"/draws/{await freeze_list(listing, actor, now)}")


def _may_announce(found: Any, asked: Any, actor: Actor) -> bool:
    own = actor.organisation_id == found["procuring_unit"] and actor.may(Permission.APPROVE_LISTING)
    return own and asked["published_at"] is None and actor.person_id not in (asked["prepared_by"], found["drafted_by"])


UNTIL = [Field("applications_until", N_("提交申请截止时间"), moment())]
TAKE = [Field("take", N_("拟抽取几家"), whole_number(1, 100))]


@post("/listings/drafts/{listing:uuid}/prequalification", opt=needs(Permission.DRAFT_LISTING))
async def do_prepare(
    request: Request[Any, Any, Any], listing: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Say until when providers may apply."""
    found = await queries.draft_page(listing, actor)
    form = parse(UNTIL, (await posted(request)).texts)
    if not form.errors:
        try:
            await prequalifying.prepare(listing, form["applications_until"], actor, now)
            return go(f"/listings/drafts/{listing}/invitation")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _list_page(found, actor, form, now, 422)


@post("/listings/drafts/{listing:uuid}/prequalification/announce", opt=irreversible(needs(Permission.APPROVE_LISTING)))
async def do_announce(listing: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Publish the prequalification notice."""
    found = await queries.draft_page(listing, actor)
    await prequalifying.announce(listing, actor, now)
    return go(f"/prequalifications/{found['reference']}")


@post("/listings/drafts/{listing:uuid}/prequalification/list", opt=needs(Permission.DRAFT_LISTING))
async def do_take_qualified(
    request: Request[Any, Any, Any], listing: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Make everybody who qualified the list."""
    found = await queries.draft_page(listing, actor)
    form = parse(TAKE, (await posted(request)).texts)
    if not form.errors:
        try:
            await record_list(listing, await prequalifying.qualified_list(listing, form["take"], now), actor, now)
            return go(f"/listings/drafts/{listing}/invitation")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _list_page(found, actor, form, now, 422)


@post("/prequalifications/{reference:str}/apply", opt=needs(Permission.BID))
async def do_apply(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Apply with the registered file."""
    await prequalifying.apply(reference, actor, now)
    return go(f"/prequalifications/{reference}")


@get("/listings/{reference:str}/invitation", opt=needs(Permission.BID))
async def show_invitation(reference: FromPath[str], actor: CurrentActor) -> Template:
    """The invitation as the invited provider reads it. Raises NotFound for all others."""
    listing = await queries.listing_page(reference)
    sent = await invitations_sent(listing["id"])
    mine = next((each for each in sent if each["organisation"] == actor.organisation_id), None)
    if mine is None:
        raise NotFound()
    return page(
        "catalogue/listings/inviting/letter.html", listing=listing, sent_at=mine["sent_at"], letter=mine["id"],
        lots=await queries.lots(listing["id"]), was_drawn=invites_only(listing),
        written=await invitation_list(listing["id"]), ways=WAY_LABELS,
    )  # fmt: skip


ASKING = [Field("providers", N_("请哪些供应商报价"), text(20_000))]


async def _asking_page(reference: str, actor: Actor, form: Bound, now: Any, status_code: int = 200) -> Template:
    listing = await queries.listing_page(reference)
    if not lowest_price_wins(listing) or not may_read_as_official(actor, listing):
        raise NotFound()
    is_open = accepts_bids(listing["status"], listing["closes_at"], now)
    return page(
        "catalogue/listings/inviting/ask.html", status_code=status_code, listing=listing, form=form, is_open=is_open,
        asked=await invited_names(listing["id"]),
    )  # fmt: skip


@get("/listings/{reference:str}/ask-for-quotes", opt=needs(Permission.DRAFT_LISTING))
async def show_asking(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """Who was asked for a quote, and the form to ask more."""
    return await _asking_page(reference, actor, Bound(), now)


@post("/listings/{reference:str}/ask-for-quotes", opt=needs(Permission.DRAFT_LISTING))
async def do_ask(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Ask named providers."""
    listing = await queries.listing_page(reference)
    form = parse(ASKING, (await posted(request)).texts)
    if not form.errors:
        try:
            names = [each.name for each in read_list(form["providers"])]
            await ask_for_quotes(listing["id"], list(dict.fromkeys(names)), actor, now)
            return go(f"/listings/{reference}/ask-for-quotes")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _asking_page(reference, actor, form, now, 422)


ROUTES: list[Any] = [
    do_prepare, do_announce, do_take_qualified, do_apply, show_list, do_record_list, do_freeze_list, show_invitation,
    show_asking, do_ask,
]  # fmt: skip
