"""Keep the roster of social workers and give them accounts for the phone page."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from uuid import UUID

import asyncpg

from marketplace.accounts.actor import Actor
from marketplace.accounts.people.rules import check_password, check_username
from marketplace.accounts.people.services import NewPerson, open_account
from marketplace.accounts.permissions import Permission, Role
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, FormRefused
from marketplace.kernel.i18n import N_, say
from vendors.workers.files import file_for, is_overlapping, settle
from vendors.workers.rules import Level, spell_mistakes
from vendors.workers.spells import Employer, employer_of, lock_worker
from vendors.workers.tables import Worker


@dataclass(frozen=True)
class NewWorker:
    """One spell of a social worker with the provider."""

    name: str
    employed_from: date
    certificate_level: str = Level.NONE
    certificate_number: str = ""
    registered_on: date | None = None
    certificate_until: date | None = None
    employed_to: date | None = None
    is_full_time: bool = True


@dataclass(frozen=True)
class WorkerAccount:
    """The account a worker signs in with on the phone."""

    username: str
    password: str
    email: str = ""


async def add_worker(new: NewWorker, actor: Actor, now: datetime, community: str = "") -> UUID:
    """Enter a worker into the roster of the actor's provider or town. Raises FormRefused, NotFound."""
    actor.check_may(Permission.MANAGE_WORKERS)
    employer = replace(await employer_of(actor), community=community)
    errors = spell_mistakes(
        new.certificate_level, new.certificate_number, new.registered_on, new.certificate_until
    )
    if employer.town and not community:
        errors["community"] = say(N_("请填写“{label}”。"), label=say(N_("社区（村）")))
    if errors:
        raise FormRefused(errors)
    async with transaction():
        worker = await enter_spell(new, employer, now)
        detail = {"level": new.certificate_level}
        await record("worker.added", ("worker", str(worker)), actor, detail, now)
    return worker


async def enter_spell(new: NewWorker, employer: Employer, now: datetime) -> UUID:
    """Enter a spell; one that overlaps another full-time spell of the same person is kept as disputed."""
    file = await file_for(new.certificate_number, now)
    is_disputed = new.is_full_time and await is_overlapping(file, None, (new.employed_from, new.employed_to))
    worker: UUID = await insert(
        Worker, file=file, is_disputed=is_disputed, added_at=now, **asdict(employer), **asdict(new)
    )
    return worker


async def add_community_worker(new: NewWorker, employer: Employer, actor: Actor, now: datetime) -> UUID:
    """Civil affairs enters a full-time community worker (基层社区专职工作者) of a town. Raises FormRefused."""
    actor.check_may(Permission.CHECK_PROVIDERS)
    errors = spell_mistakes(
        new.certificate_level, new.certificate_number, new.registered_on, new.certificate_until
    )
    if not await fetchval("SELECT 1 FROM organisation WHERE id = $1 AND kind = 'town'", employer.town):
        errors["town"] = say(N_("请从列出的选项里选一个。"))
    if errors:
        raise FormRefused(errors)
    async with transaction():
        worker = await enter_spell(new, employer, now)
        await record("worker.added", ("worker", str(worker)), actor, {"level": new.certificate_level}, now)
    return worker


async def link_account(worker: UUID, account: WorkerAccount, actor: Actor, now: datetime) -> UUID:
    """Open an account for a worker, to log visits on the phone. Raises FormRefused, Conflict, NotFound."""
    actor.check_may(Permission.MANAGE_WORKERS)
    await check_account(account)
    try:
        async with transaction():
            row = await lock_worker(worker, actor)
            if row["person"]:
                raise Conflict(N_("这位社会工作者已经有账号了。"))
            roles = (Role.SOCIAL_WORKER,)
            organisation = actor.organisation_id
            new = NewPerson(account.username, row["name"], account.password, organisation, roles, account.email)
            person = await open_account(new, now)
            await execute("UPDATE worker SET person = $2 WHERE id = $1", worker, person)
            await record("worker.account_linked", ("worker", str(worker)), actor, {"username": account.username}, now)
    except asyncpg.UniqueViolationError as twice:
        raise FormRefused({"username": say(N_("这个用户名已经有人用了。请换一个。"))}) from twice
    return person


async def check_account(account: WorkerAccount) -> None:
    """User name and password fit, and nobody has the name. Raises FormRefused naming both."""
    errors = {}
    try:
        check_username(account.username)
    except DomainError as refused:
        errors["username"] = refused.sentence
    try:
        check_password(account.password, account.username)
    except DomainError as refused:
        errors["password"] = refused.sentence
    if "username" not in errors and await fetchval("SELECT 1 FROM person WHERE username = $1", account.username):
        errors["username"] = say(N_("这个用户名已经有人用了。请换一个。"))
    if errors:
        raise FormRefused(errors)


async def end_employment(worker: UUID, last_day: date, actor: Actor, now: datetime) -> None:
    """Say the last day of a worker's spell. Raises FormRefused, NotFound."""
    actor.check_may(Permission.MANAGE_WORKERS)
    async with transaction():
        row = await lock_worker(worker, actor)
        if last_day < row["employed_from"]:
            raise FormRefused({"employed_to": say(N_("离职日期不能早于入职日期。请核对。"))})
        await execute("UPDATE worker SET employed_to = $2 WHERE id = $1", worker, last_day)
        if row["file"]:
            await settle(row["file"])
        await record("worker.employment_ended", ("worker", str(worker)), actor, {"on": last_day.isoformat()}, now)
