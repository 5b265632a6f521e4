"""Register a provider and keep its facts and papers."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from uuid import UUID

import asyncpg

from marketplace.accounts.actor import Actor
from marketplace.accounts.addresses.services import ask_to_confirm
from marketplace.accounts.documents.services import NewDocument, upload_document
from marketplace.accounts.membership.members import enter_owner
from marketplace.accounts.people.rules import check_password, check_username
from marketplace.accounts.people.services import NewPerson, open_account, open_organisation, sort_key
from marketplace.accounts.permissions import Permission, Role
from marketplace.accounts.trail import record
from marketplace.gateways.files import DocumentStore
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import DomainError, FormRefused, NotFound
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.late import late
from marketplace.kernel.private_columns import conceal
from marketplace.kernel.references.services import next_reference
from vendors.providers.paper_facts import PaperFacts, paper_facts_mistakes
from vendors.providers.phones import mark_phones
from vendors.providers.queries import CONTACT, own_provider
from vendors.providers.rules import (
    Day,
    PaperKind,
    legal_form_mistake,
    medium_mistake,
    small_micro_mistake,
)  # fmt: skip
from vendors.providers.tables import Provider, ProviderPaper

pypinyin = late("pypinyin")


@dataclass(frozen=True)
class ProviderDetails:
    """What a provider may change about itself later."""

    legal_representative: str
    address: str
    contact: str
    founded_on: date
    is_small_micro: bool = False
    is_medium: bool = False
    introduction: str = ""


@dataclass(frozen=True)
class NewProvider:
    """An organisation, its first account and its registration as a provider, all at once."""

    name: str
    credit_code: str
    legal_form: str
    details: ProviderDetails
    person_name: str
    email: str
    username: str
    password: str
    name_en: str = ""


@dataclass(frozen=True)
class Registered:
    """What a registration brought into being."""

    provider: UUID
    organisation: UUID
    person: UUID
    reference: str


async def register_provider(new: NewProvider, now: datetime) -> Registered:
    """Enter organisation, first account and provider in one transaction. Raises FormRefused naming every field."""
    await _check_registration(new, now)
    try:
        async with transaction():
            return await _enter_provider(new, now)
    except asyncpg.UniqueViolationError as twice:
        # somebody registered the same code or user name between the check and here
        raise FormRefused(await _taken(new)) from twice


async def register_from_outside(new: NewProvider, public_address: str, now: datetime) -> Registered:
    """Register with an address that nobody confirmed yet: its link is mailed there. Raises FormRefused."""
    async with transaction():
        registered = await register_provider(replace(new, email=""), now)
        await ask_to_confirm(registered.person, new.email, public_address, now)
    return registered


async def _enter_provider(new: NewProvider, now: datetime) -> Registered:
    organisation = await open_organisation("provider", new.name, new.name_en, now)
    account = NewPerson(new.username, new.person_name, new.password, organisation, (Role.PROVIDER,), new.email)
    person = await open_account(account, now)
    await enter_owner(organisation, person, now)
    reference = await next_reference("GYS", county_day(now).year)
    provider: UUID = await insert(
        Provider, organisation=organisation, reference=reference, credit_code=new.credit_code,
        legal_form=new.legal_form, search_text=search_text(new.name, new.credit_code), registered_at=now,
        **{**asdict(new.details), "contact": conceal(new.details.contact, CONTACT)},
    )  # fmt: skip
    await mark_phones([(provider, new.details.contact)], "contact")
    detail = {"reference": reference, "name": new.name, "credit_code": new.credit_code, "legal_form": new.legal_form}
    await record("provider.registered", ("provider", str(provider)), None, detail, now)
    return Registered(provider, organisation, person, reference)


async def _check_registration(new: NewProvider, now: datetime) -> None:
    errors = registration_mistakes(new, county_day(now)) | await _taken(new)
    if errors:
        raise FormRefused(errors)


def registration_mistakes(new: NewProvider, day: date) -> dict[str, Sentence]:
    """What the rules say against a registration, by field."""
    found = {
        "legal_form": legal_form_mistake(new.credit_code, new.legal_form),
        **detail_mistakes(new.details, new.legal_form, day),
    }
    for name, check in (("username", lambda: check_username(new.username)),
                        ("password", lambda: check_password(new.password, new.username))):  # fmt: skip
        try:
            check()
        except DomainError as refused:
            found[name] = refused.sentence
    return {name: sentence for name, sentence in found.items() if sentence}


def detail_mistakes(details: ProviderDetails, legal_form: str, day: date) -> dict[str, Sentence]:
    """What the rules say against the facts, by field."""
    found: dict[str, Sentence] = {}
    if details.founded_on > day:
        found["founded_on"] = say(N_("成立日期不能晚于今天。请核对。"))
    if sentence := small_micro_mistake(legal_form, details.is_small_micro):
        found["is_small_micro"] = sentence
    if sentence := medium_mistake(legal_form, details.is_medium, details.is_small_micro):
        found["is_medium"] = sentence
    return found


async def _taken(new: NewProvider) -> dict[str, Sentence]:
    found: dict[str, Sentence] = {}
    earlier = await fetchrow(
        "SELECT o.name, p.reference, p.registered_at FROM provider p JOIN organisation o ON o.id = p.organisation"
        " WHERE p.credit_code = $1",
        new.credit_code,
    )
    if earlier:
        words = N_(
            "这个代码已经登记过：{name}（{reference}），{day}。不用再登记一次：请按页面上的“申请加入”，"
            "或者请登记它的同事打开“邀请成员”，把邀请发给您；联系不上的，带登记证书到县民政局办理。"
        )
        day = Day(county_day(earlier["registered_at"]))
        found["credit_code"] = say(words, name=earlier["name"], reference=earlier["reference"], day=day)
    if await fetchval("SELECT 1 FROM person WHERE username = $1", new.username):
        found["username"] = say(N_("这个用户名已经有人用了。请换一个。"))
    return found


def search_text(name: str, credit_code: str) -> str:
    """Everything a search may find a provider by: name, pinyin, initials and code."""
    initials = "".join(pypinyin.lazy_pinyin(name, style=pypinyin.Style.FIRST_LETTER, errors="ignore"))
    spelled = sort_key(name)
    return f"{name} {spelled} {spelled.replace(' ', '')} {initials} {credit_code}".lower()


async def change_details(details: ProviderDetails, actor: Actor, now: datetime) -> None:
    """Change the provider's own facts; what was pre-checked stays and says so. Raises FormRefused."""
    actor.check_may(Permission.EDIT_PROVIDER_FILE)
    provider = await own_provider(actor)
    if errors := detail_mistakes(details, provider["legal_form"], county_day(now)):
        raise FormRefused(errors)
    async with transaction():
        await execute(
            "UPDATE provider SET legal_representative = $2, address = $3, contact = $4, founded_on = $5,"
            " is_small_micro = $6, is_medium = $7, introduction = $8 WHERE id = $1",
            provider["id"], details.legal_representative, details.address,
            conceal(details.contact, CONTACT), details.founded_on,
            details.is_small_micro, details.is_medium, details.introduction,
        )  # fmt: skip
        await mark_phones([(provider["id"], details.contact)], "contact")
        await record("provider.details_changed", ("provider", str(provider["id"])), actor, {}, now)


@dataclass(frozen=True)
class NewPaper:
    """A paper for the file: its kind, its file, the day it runs out (None: it does not) and what it says."""

    kind: str
    file: NewDocument
    valid_until: date | None = None
    facts: PaperFacts = PaperFacts()


async def add_paper(new: NewPaper, store: DocumentStore, actor: Actor, now: datetime) -> UUID:
    """Put a paper into the file; it replaces the earlier one of its kind. Raises FormRefused."""
    actor.check_may(Permission.EDIT_PROVIDER_FILE)
    provider = await own_provider(actor)
    if new.valid_until and new.valid_until < county_day(now):
        raise FormRefused({"valid_until": say(N_("这份材料已经过期。请上传有效的材料，或者核对日期。"))})
    if errors := paper_facts_mistakes(new.kind, new.facts, county_day(now)):
        raise FormRefused(errors)
    try:
        document = await upload_document(new.file, store, actor, now)
    except DomainError as refused:
        raise FormRefused({"file": refused.sentence}) from refused
    async with transaction():
        if new.kind != PaperKind.OTHER:
            await execute(
                "UPDATE provider_paper SET ended_at = $3 WHERE provider = $1 AND kind = $2 AND ended_at IS NULL",
                provider["id"], new.kind, now,
            )  # fmt: skip
        paper: UUID = await insert(
            ProviderPaper, provider=provider["id"], kind=new.kind, document=document, valid_until=new.valid_until,
            added_at=now, **asdict(new.facts),
        )  # fmt: skip
        await record("provider.paper_added", ("provider", str(provider["id"])), actor, {"kind": new.kind}, now)
    return paper


async def remove_paper(paper: UUID, actor: Actor, now: datetime) -> None:
    """Take a paper out of the file; doing it twice does no harm. Raises NotFound for a stranger's paper."""
    actor.check_may(Permission.EDIT_PROVIDER_FILE)
    provider = await own_provider(actor)
    async with transaction():
        kind = await fetchval("SELECT kind FROM provider_paper WHERE id = $1 AND provider = $2", paper, provider["id"])
        if kind is None:
            raise NotFound()
        ended = await fetchval(
            "UPDATE provider_paper SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL RETURNING id", paper, now
        )
        if ended:
            await record("provider.paper_removed", ("provider", str(provider["id"])), actor, {"kind": kind}, now)
