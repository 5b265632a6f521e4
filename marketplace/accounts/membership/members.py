"""The members of an organisation, in the hands of who looks after them: roles given and taken back, owners."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.membership.queries import Row, is_owner, owners_of
from marketplace.accounts.membership.rules import check_role_fits, check_roles_meet
from marketplace.accounts.membership.tables import OrganisationOwner
from marketplace.accounts.people.tables import Membership
from marketplace.accounts.permissions import ROLE_LABELS, Permission, Role
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, Forbidden, NotFound
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.outbox.services import post_mail


async def check_looks_after(actor: Actor) -> None:
    """Raises Forbidden for who is neither the owner here nor the administrator."""
    if not (actor.may(Permission.MANAGE_ACCOUNTS) or await is_owner(actor)):
        raise Forbidden(N_("成员由本单位的负责人或者系统管理员邀请。请联系他们。"))


async def give_role(person: UUID, role: Role, actor: Actor, now: datetime) -> None:
    """Hand a further role of the organisation to a member. Raises Forbidden, NotFound, Conflict, DomainError."""
    await check_looks_after(actor)
    if person == actor.person_id:
        raise Conflict(N_("不能给自己增加岗位。请由另一位负责人或者系统管理员来做。"))
    async with transaction():
        office = await _office_of_member(person, actor.organisation_id)
        check_role_fits(office["kind"], role)
        held = await fetch("SELECT organisation, role FROM membership WHERE person = $1", person)
        if any((row["organisation"], row["role"]) == (actor.organisation_id, role.value) for row in held):
            raise Conflict(N_("这位成员在本单位已经有这个岗位。"))
        check_roles_meet([Role(row["role"]) for row in held], role)
        await insert(Membership, person=person, organisation=actor.organisation_id, role=role.value)
        await _record("organisation.role_given", actor.organisation_id, person, actor, now, roles=role.value)
        words = N_("{actor} 把 {organisation} 的岗位“{role}”交给了您。")
        await _write_to([person], words, office, actor, now, role=say(ROLE_LABELS[role]))


async def take_role_back(person: UUID, role: str, actor: Actor, now: datetime) -> None:
    """Take a role in one's own organisation from a member; it ends at once. Raises Forbidden, NotFound, Conflict."""
    await check_looks_after(actor)
    if person == actor.person_id:
        raise Conflict(N_("不能收回自己的岗位。请先让另一位成员成为负责人，再由他收回。"))
    async with transaction():
        ended = await fetchval(
            "DELETE FROM membership WHERE person = $1 AND organisation = $2 AND role = $3 RETURNING 1",
            person, actor.organisation_id, role,
        )  # fmt: skip
        if ended is None:
            raise NotFound()
        await _record("organisation.role_ended", actor.organisation_id, person, actor, now, roles=role)
        # who has no role here any more does not answer for the members either
        left = await fetchval(
            "DELETE FROM organisation_owner w WHERE w.person = $1 AND w.organisation = $2 AND NOT EXISTS ("
            "SELECT 1 FROM membership m WHERE m.person = w.person AND m.organisation = w.organisation) RETURNING 1",
            person, actor.organisation_id,
        )  # fmt: skip
        if left:
            await _record("organisation.owner_ended", actor.organisation_id, person, actor, now)


async def make_owner(person: UUID, actor: Actor, now: datetime) -> None:
    """A member answers for the members too; done again it changes nothing. Raises Forbidden, NotFound."""
    await check_looks_after(actor)
    async with transaction():
        office = await _office_of_member(person, actor.organisation_id)
        if await enter_owner(actor.organisation_id, person, now):
            await _record("organisation.owner_added", actor.organisation_id, person, actor, now)
            words = N_("{actor} 让 {person} 做 {organisation} 的负责人：可以邀请成员，交给和收回岗位。")
            await _write_to([person, actor.person_id], words, office, actor, now)


async def end_owner(person: UUID, actor: Actor, now: datetime) -> None:
    """Oneself or another owner answers no longer; one stays. Raises Forbidden, NotFound, Conflict for the last."""
    await check_looks_after(actor)
    async with transaction():
        # of two owners who end each other at once the second waits here and finds itself the last
        await execute("SELECT 1 FROM organisation WHERE id = $1 FOR UPDATE", actor.organisation_id)
        owners = [row["id"] for row in await owners_of(actor.organisation_id)]
        if not [owner for owner in owners if owner != person]:
            raise Conflict(N_("这是最后一位负责人。请先让另一位成员做负责人，再交出。"))
        ended = await fetchval(
            "DELETE FROM organisation_owner WHERE organisation = $1 AND person = $2 RETURNING 1",
            actor.organisation_id, person,
        )  # fmt: skip
        if ended is None:
            raise NotFound()
        await _record("organisation.owner_ended", actor.organisation_id, person, actor, now)
        office = await _office(actor.organisation_id, person)
        words = N_("{person} 不再是 {organisation} 的负责人，办理人是 {actor}。岗位没有变。")
        await _write_to([person, actor.person_id, *owners], words, office, actor, now)


async def appoint_owner(organisation: UUID, person: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """The administrator appoints an owner where none is left. Raises Forbidden, NotFound, Conflict."""
    actor.check_may(Permission.MANAGE_ACCOUNTS)
    async with transaction():
        await execute("SELECT 1 FROM organisation WHERE id = $1 FOR UPDATE", organisation)
        if await owners_of(organisation):
            raise Conflict(N_("这个单位有在任的负责人。换负责人由他自己办理。"))
        office = await _office_of_member(person, organisation)
        before = await fetch("DELETE FROM organisation_owner WHERE organisation = $1 RETURNING person", organisation)
        await enter_owner(organisation, person, now)
        await _record("organisation.owner_appointed", organisation, person, actor, now, reason=reason)
        words = N_("系统管理员任命 {person} 为 {organisation} 的负责人。原因：{reason}")
        await _write_to([person, *(row["person"] for row in before)], words, office, actor, now, reason=reason)


async def enter_owner(organisation: UUID, person: UUID, now: datetime) -> bool:
    """Note an owner, in the caller's transaction; tells whether this is new."""
    if await fetchval(
        "SELECT 1 FROM organisation_owner WHERE organisation = $1 AND person = $2", organisation, person
    ):
        return False
    await insert(OrganisationOwner, organisation=organisation, person=person, since=now)
    return True


async def _office_of_member(person: UUID, organisation: UUID) -> Row:
    if not await fetchval("SELECT 1 FROM membership WHERE person = $1 AND organisation = $2", person, organisation):
        raise NotFound()
    return await _office(organisation, person)


async def _office(organisation: UUID, person: UUID) -> Row:
    row = await fetchrow(
        "SELECT o.name, o.kind, p.name AS person FROM organisation o, person p WHERE o.id = $1 AND p.id = $2",
        organisation, person,
    )  # fmt: skip
    assert row is not None
    return dict(row)


async def _record(act: str, organisation: UUID, person: UUID, actor: Actor, now: datetime, **more: str) -> None:
    await record(act, ("organisation", str(organisation)), actor, {"person": str(person), **more}, now)


async def _write_to(
    people: Collection[UUID], words: str, office: Row, actor: Actor, now: datetime, **more: str | Sentence
) -> None:
    subject = say(N_("{organisation} 的成员有变动"), organisation=office["name"])
    body = say(words, organisation=office["name"], person=office["person"], actor=actor.name, **more)
    for row in await fetch(
        "SELECT DISTINCT email FROM person WHERE id = ANY($1::uuid[]) AND email <> '' ORDER BY email", list(people)
    ):
        await post_mail(row["email"], subject.text("zh"), f"{body.text('zh')}\n\n{body.text('en')}", now)
