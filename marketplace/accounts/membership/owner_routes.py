"""The administrator's pages of organisations: where no owner is left, one is appointed."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.membership.first import KINDS, enter_office
from marketplace.accounts.membership.members import appoint_owner
from marketplace.accounts.membership.queries import members_of, organisation_named, organisations_found, owners_of
from marketplace.accounts.permissions import ROLE_LABELS, Permission
from marketplace.kernel.characters import small_number
from marketplace.kernel.errors import Conflict
from marketplace.kernel.forms import Bound, Field, choice, identifier, parse, text
from marketplace.kernel.i18n import N_, translate
from marketplace.kernel.web import go, page, posted

MANAGE = needs(Permission.MANAGE_ACCOUNTS)
ON_A_PAGE = 50
APPOINT = [Field("person", N_("成员"), identifier()), Field("reason", N_("任命的原因和依据"), text(300))]


OFFICE = [
    Field("kind", N_("类别"), choice(list(KINDS))),
    Field("name", N_("单位的全称"), text(120)),
    Field("name_en", N_("英文名称"), text(200), is_required=False),
]


async def _organisations_page(request: Request[Any, Any, Any], form: Bound, status_code: int = 200) -> Template:
    words = request.query_params.get("q", "").strip()[:80]
    number = small_number(request.query_params.get("page", "1"))
    found = await organisations_found(words, ON_A_PAGE, (number - 1) * ON_A_PAGE)
    total = found[0]["total"] if found else 0
    return page(
        "marketplace/accounts/organisations.html", organisations=found, words=words, number=number,
        pages=-(-total // ON_A_PAGE), form=form, status_code=status_code,
        kinds=[(kind, translate(label)) for kind, label in KINDS.items()],
    )  # fmt: skip


@get("/accounts/organisations", opt=MANAGE)
async def show_organisations(request: Request[Any, Any, Any]) -> Template:
    """Organisations by name; those without an owner come first."""
    return await _organisations_page(request, Bound())


@post("/accounts/organisations", opt=irreversible(MANAGE))
async def do_enter(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Enter an office, so that its people can be invited."""
    form = parse(OFFICE, (await posted(request)).texts)
    if not form.errors:
        try:
            entered = await enter_office(form["kind"], form["name"], form["name_en"] or "", actor, now)
            return go(f"/accounts/organisations/{entered}")
        except Conflict as refused:
            form.errors["name"] = refused.sentence
    return await _organisations_page(request, form, 422)


async def _organisation_page(organisation: UUID, form: Bound, status_code: int = 200) -> Template:
    members = await members_of(organisation)
    return page(
        "marketplace/accounts/organisation.html", status_code=status_code, form=form, members=members,
        office=await organisation_named(organisation), owners=await owners_of(organisation), role_labels=ROLE_LABELS,
        candidates=[(m["id"], f"{m['name']} {m['username']}") for m in members if m["is_active"]],
    )  # fmt: skip


@get("/accounts/organisations/{organisation:uuid}", opt=MANAGE)
async def show_organisation(organisation: FromPath[UUID]) -> Template:
    """Who is in an organisation and who answers for it."""
    return await _organisation_page(organisation, Bound())


@post("/accounts/organisations/{organisation:uuid}/owner", opt=irreversible(MANAGE))
async def do_appoint(
    request: Request[Any, Any, Any], organisation: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Appoint an owner where none is left."""
    form = parse(APPOINT, (await posted(request)).texts)
    if form.errors:
        return await _organisation_page(organisation, form, 422)
    await appoint_owner(organisation, form["person"], form["reason"], actor, now)
    return go(f"/accounts/organisations/{organisation}")


ROUTES: list[Any] = [show_organisations, do_enter, show_organisation, do_appoint]
