"""A provider declares who stands behind it; a buyer records who helped to prepare a project."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import Bound, Field, choice, day, decimal, parse, proper_name, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted
from vendors.providers.credit_codes import read_credit_code
from vendors.providers.forms import identity_mark
from vendors.providers.queries import own_provider
from vendors.relations import helper_services, queries, services
from vendors.relations.rules import HELPER_LABELS, KIND_LABELS, SCOPE_LABELS, counts, is_late

OWN, DRAFT = needs(Permission.EDIT_PROVIDER_FILE), needs(Permission.DRAFT_LISTING)


PARTY = [
    Field("kind", N_("关系"), choice(list(KIND_LABELS))),
    Field("name", N_("姓名或者单位名称"), proper_name(120)),
    Field("credit_code", N_("统一社会信用代码"), read_credit_code, is_required=False),
    Field("identity_mark", N_("身份证号码后四位"), identity_mark(), is_required=False),
    Field("share", N_("持股比例"), decimal(Decimal("0.01"), Decimal(100)), is_required=False),
    Field("since", N_("从哪一天起"), day(), is_required=False),
]

HELPER = [
    Field("kind", N_("做过什么"), choice(list(HELPER_LABELS))),
    Field("scope", N_("范围"), choice(list(SCOPE_LABELS))),
    Field("name", N_("单位名称"), proper_name(120)),
    Field("credit_code", N_("统一社会信用代码"), read_credit_code),
    Field("source", N_("依据的材料"), text(200)),
]


async def _parties_page(actor: Actor, form: Bound | None, status_code: int = 200) -> Template:
    provider = await own_provider(actor)
    return page(
        "vendors/relations/parties.html", status_code=status_code, form=form, labels=KIND_LABELS, provider=provider,
        parties=await queries.parties_of(provider["id"]), related=await queries.related_to(provider["id"]),
    )  # fmt: skip


@get("/my-organisation/relations", opt=OWN)
async def show_parties(actor: CurrentActor) -> Template:
    """Who stands behind the own organisation, and which registered providers that relates it to."""
    return await _parties_page(actor, None)


@post("/my-organisation/relations", opt=OWN)
async def do_declare(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Declare somebody."""
    form = parse(PARTY, (await posted(request)).texts)
    if not form.errors:
        values = {**form.values, "credit_code": form["credit_code"] or "", "identity_mark": form["identity_mark"] or ""}
        try:
            await services.declare_party(services.NewParty(**values), actor, now)
            return go("/my-organisation/relations")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _parties_page(actor, form, 422)


@post("/my-organisation/relations/{party:uuid}/end", opt=OWN)
async def do_end(party: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Somebody no longer stands behind the own organisation."""
    await services.end_party(party, actor, now)
    return go("/my-organisation/relations")


async def _helpers_page(
    reference: str, actor: Actor, form: Bound | None, now: datetime, status_code: int = 200
) -> Template:
    listing = await helper_services.own_listing(reference, actor)
    return page(
        "vendors/relations/helpers.html", status_code=status_code, form=form, listing=listing, actor=actor,
        helpers=await queries.helpers_of(listing["id"]), kinds=HELPER_LABELS, scopes=SCOPE_LABELS, counts=counts,
        is_late=is_late(now, listing["closes_at"]),
    )  # fmt: skip


@get("/listings/{reference:str}/helpers", opt=DRAFT)
async def show_helpers(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """Who helped to prepare a project of the own office, and what waits for a second person."""
    return await _helpers_page(reference, actor, None, now)


@post("/listings/{reference:str}/helpers", opt=DRAFT)
async def do_record(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Record a helper."""
    form = parse(HELPER, (await posted(request)).texts)
    if form.errors:
        return await _helpers_page(reference, actor, form, now, 422)
    try:
        await helper_services.record_helper(reference, helper_services.NewHelper(**form.values), actor, now)
    except FormRefused as refused:
        form.errors.update(refused.errors)
        return await _helpers_page(reference, actor, form, now, 422)
    return go(f"/listings/{reference}/helpers")


@post("/listings/{reference:str}/helpers/{helper:uuid}/end", opt=DRAFT)
async def do_remove(reference: FromPath[str], helper: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Take a wrong record back, or ask a second person to."""
    await helper_services.end_helper(reference, helper, actor, now)
    return go(f"/listings/{reference}/helpers")


@post("/listings/{reference:str}/helpers/{helper:uuid}/confirm", opt=DRAFT)
async def do_confirm(reference: FromPath[str], helper: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Confirm what a colleague recorded or took back once the bids were in; the bidders are told."""
    await helper_services.confirm_helper(reference, helper, actor, now)
    return go(f"/listings/{reference}/helpers")


@post("/listings/{reference:str}/helpers/{helper:uuid}/keep", opt=DRAFT)
async def do_keep(reference: FromPath[str], helper: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Leave a record as it stands after its taking back was asked."""
    await helper_services.keep_helper(reference, helper, actor, now)
    return go(f"/listings/{reference}/helpers")


ROUTES: list[Any] = [
    show_parties, do_declare, do_end, show_helpers, do_record, do_remove, do_confirm, do_keep,
]  # fmt: skip
