"""Invite members, see who is in, act for another of one's organisations."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now, irreversible
from marketplace.accounts.membership.members import (
    check_looks_after,
    end_owner,
    give_role,
    make_owner,
    take_role_back,
)
from marketplace.accounts.membership.queries import (
    OFFICES_SHOWN,
    is_owner,
    members_of,
    open_invitations,
    organisation_named,
    organisations_to_invite_for,
)
from marketplace.accounts.membership.rules import LIFE, MOST_CODES, ROLES_OF_KIND
from marketplace.accounts.membership.services import Offer, invite, withdraw_invitation
from marketplace.accounts.people.forms import email
from marketplace.accounts.permissions import PERMISSION_LABELS, ROLE_LABELS, ROLE_PERMISSIONS, Permission, Role
from marketplace.kernel.db import fetchval, together
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Bound, Field, choice, identifier, parse, whole_number
from marketplace.kernel.i18n import N_, translate
from marketplace.kernel.web import go, page, posted

MEMBER = Field("person", N_("成员"), identifier())
ROLE = Field("role", N_("岗位"), choice([role.value for role in Role]))
FIELDS = [
    Field("organisation", N_("单位"), identifier()),
    ROLE,
    Field("count", N_("邀请码张数"), whole_number(1, MOST_CODES), is_required=False),
    Field("email", N_("邮箱"), email(), is_required=False),
]


async def _invitations_page(actor: Actor, form: Bound, words: str = "", status_code: int = 200) -> Template:
    await check_looks_after(actor)
    chosen, is_all = form.values.get("organisation"), actor.may(Permission.MANAGE_ACCOUNTS)
    offices, invitations = await together(
        organisations_to_invite_for(actor, words, chosen), open_invitations(actor)
    )
    kinds = set(ROLES_OF_KIND) if is_all else {office["kind"] for office in offices}
    roles = [role for role in Role if any(role in ROLES_OF_KIND[kind] for kind in kinds)]
    return page(
        "marketplace/accounts/invitations.html", status_code=status_code, form=form, offices=offices, words=words,
        roles=[(role.value, translate(ROLE_LABELS[role])) for role in roles], role_labels=ROLE_LABELS, is_all=is_all,
        invitations=invitations, days=LIFE.days, most=MOST_CODES, is_cut=len(offices) >= OFFICES_SHOWN,
    )  # fmt: skip


@get("/invitations", opt=SIGNED_IN)
async def show_invitations(actor: CurrentActor, q: FromQuery[str] = "") -> Template:
    """Invite, and what is still out; the administrator finds providers by words of their names."""
    return await _invitations_page(actor, Bound(), q.strip()[:80])


@post("/invitations", opt=SIGNED_IN)
async def do_invite(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Template:
    """Make codes: a sheet to print, or a mail. The codes are shown this once."""
    form = parse(FIELDS, (await posted(request)).texts)
    if form.errors:
        return await _invitations_page(actor, form, status_code=422)
    offer = Offer(form["organisation"], Role(form["role"]), form["count"] or 1, form["email"] or "")
    address = request.app.state["settings"].public_address
    try:
        codes = await invite(offer, address, actor, now)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        form.errors["role"] = refused.sentence
        return await _invitations_page(actor, form, status_code=422)
    office = await organisation_named(offer.organisation)
    return page(
        "marketplace/accounts/code_sheet.html", codes=codes, office=office, role=ROLE_LABELS[offer.role],
        email=offer.email, address=f"{address}/join", days=LIFE.days,
    )  # fmt: skip


@post("/invitations/{invitation:uuid}/withdraw", opt=SIGNED_IN)
async def do_withdraw(invitation: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """A lost code works no longer."""
    await withdraw_invitation(invitation, actor, now)
    return go("/invitations")


async def _members_page(actor: Actor, form: Bound, status_code: int = 200) -> Template:
    looks_after = actor.may(Permission.MANAGE_ACCOUNTS) or await is_owner(actor)
    roles = ROLES_OF_KIND[(await organisation_named(actor.organisation_id))["kind"]]
    members = await members_of(actor.organisation_id)
    return page(
        "marketplace/accounts/members.html", status_code=status_code, form=form, looks_after=looks_after,
        members=members, role_labels=ROLE_LABELS, roles=roles,
        chosen_roles=[(role.value, translate(ROLE_LABELS[role])) for role in roles],
        chosen_members=[(m["id"], f"{m['name']} {m['username']}") for m in members if m["id"] != actor.person_id],
        may={role: [PERMISSION_LABELS[p] for p in Permission if p in ROLE_PERMISSIONS[role]] for role in roles},
    )  # fmt: skip


@get("/members", opt=SIGNED_IN)
async def show_members(actor: CurrentActor) -> Template:
    """Who is in the organisation one acts for, and what each role may do."""
    return await _members_page(actor, Bound())


@post("/members/roles", opt=irreversible(SIGNED_IN))
async def do_give_role(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Hand a member a further role."""
    await check_looks_after(actor)
    form = parse([MEMBER, ROLE], (await posted(request)).texts)
    if not form.errors:
        try:
            await give_role(form["person"], Role(form["role"]), actor, now)
            return go("/members")
        except NotFound:
            raise
        except DomainError as refused:
            form.errors["role"] = refused.sentence
    return await _members_page(actor, form, 422)


@post("/members/{person:uuid}/roles/{role:str}/end", opt=irreversible(SIGNED_IN))
async def do_end_role(person: FromPath[UUID], role: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Take a role back."""
    await take_role_back(person, role, actor, now)
    return go("/members")


@post("/members/{person:uuid}/owner", opt=irreversible(SIGNED_IN))
async def do_make_owner(person: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Another owner."""
    await make_owner(person, actor, now)
    return go("/members")


@post("/members/{person:uuid}/owner/end", opt=irreversible(SIGNED_IN))
async def do_end_owner(person: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """An owner, oneself too, answers for the members no longer."""
    await end_owner(person, actor, now)
    return go("/members")


@post("/act-for/{organisation:uuid}", opt=SIGNED_IN)
async def do_act_for(organisation: FromPath[UUID], request: Request[Any, Any, Any], actor: CurrentActor) -> Redirect:
    """Act for another of one's organisations from now on, in this browser."""
    if not await fetchval(
        "SELECT 1 FROM membership WHERE person = $1 AND organisation = $2", actor.person_id, organisation
    ):
        raise NotFound()
    request.session["organisation"] = str(organisation)
    return go("/work")


ROUTES: list[Any] = [
    show_invitations, do_invite, do_withdraw, show_members, do_give_role, do_end_role, do_make_owner, do_end_owner,
    do_act_for,
]  # fmt: skip
