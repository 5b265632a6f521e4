"""Keep the parts of a provider's file: each is saved by itself, so that one can stop and go on later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from catalogue.items.queries import current_items
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.privacy.services import Look, note_look
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.errors import FormRefused, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.private_columns import conceal, search_hash
from vendors.providers.phones import mark_phones
from vendors.providers.queries import own_provider
from vendors.registration.queries import ACCOUNT_NUMBER, PHONE, account_of
from vendors.registration.tables import ProviderAccount


@dataclass(frozen=True)
class Representative:
    """Who represents the provider in law; the mark is the last four characters of the identity number."""

    name: str
    position: str
    phone: str
    identity_mark: str


async def _changed(act: str, provider: UUID, actor: Actor, now: datetime) -> None:
    """Audit that a part changed. What it says stays out: it is personal, or of no use to the audit."""
    await record(act, ("provider", str(provider)), actor, {}, now)


async def save_representative(new: Representative, actor: Actor, now: datetime) -> None:
    """Enter or change who represents the provider; the name is the provider's, the rest is for the buyer."""
    actor.check_may(Permission.EDIT_PROVIDER_FILE)
    provider = await own_provider(actor)
    async with transaction():
        await execute(
            "INSERT INTO legal_representative_facts (id, provider, position, phone, identity_mark, changed_at)"
            " VALUES (gen_random_uuid(), $1, $2, $3, $4, $5) ON CONFLICT (provider)"
            " DO UPDATE SET position = $2, phone = $3, identity_mark = $4, changed_at = $5",
            provider["id"], new.position, conceal(new.phone, PHONE), new.identity_mark, now,
        )  # fmt: skip
        await mark_phones([(provider["id"], new.phone)], "representative")
        if new.name != provider["legal_representative"]:
            await execute("UPDATE provider SET legal_representative = $2 WHERE id = $1", provider["id"], new.name)
        await _changed("provider.representative_saved", provider["id"], actor, now)


async def choose_towns(towns: Sequence[UUID], actor: Actor, now: datetime) -> None:
    """Say in which towns the provider serves, all at once. Raises FormRefused for what is no town."""
    actor.check_may(Permission.EDIT_PROVIDER_FILE)
    provider, wanted = await own_provider(actor), sorted(set(towns))
    known = await fetchval("SELECT count(*) FROM organisation WHERE id = ANY($1) AND kind = 'town'", wanted)
    if known != len(wanted):
        raise FormRefused({"towns": say(N_("请从列出的选项里选一个。"))})
    async with transaction():
        await execute("DELETE FROM service_town WHERE provider = $1 AND town <> ALL($2)", provider["id"], wanted)
        await execute(
            "INSERT INTO service_town (id, provider, town) SELECT gen_random_uuid(), $1, t FROM unnest($2::uuid[]) AS t"
            " ON CONFLICT (provider, town) DO NOTHING",
            provider["id"], wanted,
        )  # fmt: skip
        await _changed("provider.towns_chosen", provider["id"], actor, now)


async def offer_item(item_code: str, capacity: int, actor: Actor, now: datetime) -> None:
    """Offer an item of the directory, or change how much of it a year. Raises FormRefused for an unknown item."""
    actor.check_may(Permission.EDIT_PROVIDER_FILE)
    provider = await own_provider(actor)
    item = next((i for i in await current_items() if i["code"] == item_code), None)
    if item is None:
        raise FormRefused({"item_code": say(N_("请从列出的选项里选一个。"))})
    async with transaction():
        await execute(
            "INSERT INTO offered_item (id, provider, item_code, capacity, unit, unit_en, entered_at)"
            " VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6) ON CONFLICT (provider, item_code)"
            " DO UPDATE SET capacity = $3, unit = $4, unit_en = $5, entered_at = $6",
            provider["id"], item_code, capacity, item["unit"], item["unit_en"], now,
        )  # fmt: skip
        await _changed("provider.item_offered", provider["id"], actor, now)


async def withdraw_item(item_code: str, actor: Actor, now: datetime) -> None:
    """Offer an item no longer; twice does no harm."""
    actor.check_may(Permission.EDIT_PROVIDER_FILE)
    provider = await own_provider(actor)
    async with transaction():
        gone = await fetchval(
            "DELETE FROM offered_item WHERE provider = $1 AND item_code = $2 RETURNING id", provider["id"], item_code
        )
        if gone:
            await _changed("provider.item_withdrawn", provider["id"], actor, now)


async def save_account(bank: str, number: str, actor: Actor, now: datetime) -> None:
    """Say where the provider is paid; the earlier account ends and stays with its day."""
    actor.check_may(Permission.EDIT_PROVIDER_FILE)
    provider = await own_provider(actor)
    async with transaction():
        # two people of one provider may save at once: one after the other
        await fetchval("SELECT id FROM provider WHERE id = $1 FOR UPDATE", provider["id"])
        await execute(
            "UPDATE provider_account SET ended_at = $2 WHERE provider = $1 AND ended_at IS NULL", provider["id"], now
        )
        await insert(
            ProviderAccount, provider=provider["id"], bank=bank, number=conceal(number, ACCOUNT_NUMBER),
            number_hash=search_hash(number, ACCOUNT_NUMBER), entered_by=actor.person_id, entered_at=now,
        )  # fmt: skip
        await _changed("provider.account_saved", provider["id"], actor, now)


async def see_own_account(purpose: str, actor: Actor, now: datetime) -> str:
    """The whole number of the own account, noted with its purpose for everybody of the provider. Raises NotFound."""
    actor.check_may(Permission.EDIT_PROVIDER_FILE)
    provider = await own_provider(actor)
    account = await account_of(provider["id"])
    if account is None:
        raise NotFound()
    async with transaction():
        look = Look(N_("收款账号"), provider["reference"], purpose, of_organisation=actor.organisation_id)
        await note_look(look, ("provider", str(provider["id"])), actor, now)
    return str(account["number"])


async def make_statement(kind: str, actor: Actor, now: datetime) -> None:
    """State that a list is empty on purpose; twice does no harm. What is listed later speaks for itself."""
    actor.check_may(Permission.EDIT_PROVIDER_FILE)
    provider = await own_provider(actor)
    async with transaction():
        made = await fetchval(
            "INSERT INTO file_statement (id, provider, kind, made_by, made_at)"
            " VALUES (gen_random_uuid(), $1, $2, $3, $4) ON CONFLICT (provider, kind) DO NOTHING RETURNING id",
            provider["id"], kind, actor.person_id, now,
        )  # fmt: skip
        if made:
            await _changed("provider.statement_made", provider["id"], actor, now)
