"""Public pages of frameworks, and what the unit and the providers do with the agreements."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from contracts.agreements.rules import SIDE_LABELS, Side
from contracts.frameworks import queries
from contracts.frameworks.clocks import clocks_of_place
from contracts.frameworks.pages import framework_context
from contracts.frameworks.rules import REMOVAL_GROUNDS
from contracts.frameworks.services import check_runs, note_filing, remove_provider, side_of, sign_agreement
from contracts.frameworks.top_ups import start_top_up
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import DomainError, Forbidden, FormRefused, NotFound
from marketplace.kernel.forms import Bound, Field, choice, flag, parse, proper_name, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.public_words import public_text
from marketplace.kernel.web import go, page, posted

SIGN = needs(Permission.SIGN_FOR_BUYER, Permission.SIGN_FOR_PROVIDER)
SIGNING = [
    Field("typed_name", N_("签名（输入您的姓名）"), proper_name(80)),
    Field("agree", N_("我已阅读协议全文，有权代表本单位签订"), flag(), is_required=False),
]
REMOVING = [
    Field("ground", N_("清退的情形"), choice(list(REMOVAL_GROUNDS))),
    Field("reason", N_("事实"), public_text(500)),
]


TOPPING_UP = [Field("reason", N_("怎样影响执行"), text(500))]


@get("/frameworks", opt=PUBLIC)
async def list_frameworks() -> Template:
    """Every framework for everybody."""
    return page("contracts/frameworks/list.html", frameworks=await queries.list_frameworks())


@get("/frameworks/{reference:str}", opt=PUBLIC)
async def show_framework(request: Request[Any, Any, Any], reference: FromPath[str], now: Now) -> Template:
    """Its providers with their prices, its clocks and its orders; open to everybody through the whole term."""
    framework = await queries.framework_page(reference)
    actor: Actor | None = request.scope.get("user")
    context = await framework_context(framework, actor, now)
    return page("contracts/frameworks/show.html", done=request.query_params.get("done", ""), **context)


async def _top_up_page(reference: str, actor: Actor, form: Bound | None = None) -> Template:
    framework = await queries.framework_page(reference)
    if actor.organisation_id != framework["procuring_unit"]:
        raise NotFound()
    return page("contracts/frameworks/top_up.html", status_code=422 if form else 200, framework=framework, form=form)


@get("/frameworks/{reference:str}/top-up", opt=needs(Permission.DRAFT_LISTING))
async def show_top_up(reference: FromPath[str], actor: CurrentActor) -> Template:
    """Ask the unit how so few disturb the execution of its framework."""
    return await _top_up_page(reference, actor)


@post("/frameworks/{reference:str}/top-up", opt=irreversible(needs(Permission.DRAFT_LISTING)))
async def do_top_up(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Draft another round by the rules of the first."""
    form = parse(TOPPING_UP, (await posted(request)).texts)
    if form.errors:
        return await _top_up_page(reference, actor, form)
    draft = await start_top_up(reference, form["reason"], actor, now)
    return go(f"/listings/drafts/{draft}")


async def _sign_page(reference: str, place: UUID, actor: Actor, form: Bound | None, status_code: int = 200) -> Template:
    framework, found = await queries.place_page(reference, place)
    try:
        side: Side = side_of(actor, framework, found)
    except Forbidden as stranger:
        raise NotFound() from stranger
    signatures = (await queries.signatures_of([place]))[place]
    return page(
        "contracts/frameworks/sign.html", status_code=status_code, framework=framework, place=found, form=form,
        side=side, side_labels=SIDE_LABELS, signatures=signatures, clocks=clocks_of_place(found),
        has_signed=side in {s["side"] for s in signatures},
    )  # fmt: skip


@get("/frameworks/{reference:str}/places/{place:uuid}/sign", opt=SIGN)
async def show_agreement(reference: FromPath[str], place: FromPath[UUID], actor: CurrentActor) -> Template:
    """The whole text of the agreement and the place for the signature."""
    return await _sign_page(reference, place, actor, None)


@post("/frameworks/{reference:str}/places/{place:uuid}/sign", opt=irreversible(SIGN))
async def do_sign_agreement(
    request: Request[Any, Any, Any], reference: FromPath[str], place: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Sign for one's own side."""
    await queries.place_page(reference, place)
    form = parse(SIGNING, (await posted(request)).texts)
    if not form["agree"]:
        form.refuse("agree", N_("请先阅读协议全文，再勾选这一项。"))
    if not form.errors:
        try:
            await sign_agreement(place, form["typed_name"], actor, now)
            return go(f"/frameworks/{reference}?done=signed")
        except Forbidden:
            raise
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["typed_name"] = refused.sentence
    return await _sign_page(reference, place, actor, form, 422)


@post("/frameworks/{reference:str}/places/{place:uuid}/file", opt=needs(Permission.SIGN_FOR_BUYER))
async def do_file(reference: FromPath[str], place: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Note that the copy went to finance."""
    await queries.place_page(reference, place)
    await note_filing(place, actor, now)
    return go(f"/frameworks/{reference}?done=filed")


async def _remove_page(
    reference: str, place: UUID, actor: Actor, form: Bound | None, status_code: int = 200
) -> Template:
    framework, found = await queries.place_page(reference, place)
    check_runs(actor, framework, Permission.DETERMINE_AWARD)
    return page(
        "contracts/frameworks/remove.html", status_code=status_code, framework=framework, place=found, form=form,
        grounds=REMOVAL_GROUNDS,
    )  # fmt: skip


@get("/frameworks/{reference:str}/places/{place:uuid}/remove", opt=needs(Permission.DETERMINE_AWARD))
async def show_remove(reference: FromPath[str], place: FromPath[UUID], actor: CurrentActor) -> Template:
    """Ask on which ground and by what fact."""
    return await _remove_page(reference, place, actor, None)


@post("/frameworks/{reference:str}/places/{place:uuid}/remove", opt=irreversible(needs(Permission.DETERMINE_AWARD)))
async def do_remove(
    request: Request[Any, Any, Any], reference: FromPath[str], place: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """End the provider's place."""
    await queries.place_page(reference, place)
    form = parse(REMOVING, (await posted(request)).texts)
    if not form.errors:
        try:
            await remove_provider(place, form["ground"], form["reason"], actor, now)
            return go(f"/frameworks/{reference}?done=removed")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _remove_page(reference, place, actor, form, 422)


ROUTES: list[Any] = [
    show_top_up, do_top_up,
    list_frameworks, show_framework, show_agreement, do_sign_agreement, do_file, show_remove, do_remove,
]  # fmt: skip
