"""Change a provider's registered name or legal form: proposed with the certificate, decided by civil affairs."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import NewDocument, upload_document
from marketplace.accounts.people.services import sort_key
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.files import DocumentStore
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, FormRefused, NotFound
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.outbox.services import post_mail
from marketplace.kernel.states import move
from vendors.changes.queries import change_page, former_names
from vendors.changes.rules import TRANSITIONS, ChangeStatus, Registration, change_mistakes
from vendors.changes.tables import RegistrationChange
from vendors.providers.queries import own_provider, provider_by_id
from vendors.providers.rules import may_declare_small_micro
from vendors.providers.services import search_text

Row = dict[str, Any]


async def propose_change(
    new: Registration, certificate: NewDocument, store: DocumentStore, actor: Actor, now: datetime
) -> UUID:
    """Propose what the new certificate says; nothing changes yet. Raises FormRefused, Conflict while one waits."""
    actor.check_may(Permission.EDIT_PROVIDER_FILE)
    provider = await own_provider(actor)
    if errors := change_mistakes(new, provider, county_day(now)):
        raise FormRefused(errors)
    try:
        document = await upload_document(certificate, store, actor, now)
    except DomainError as refused:
        raise FormRefused({"file": refused.sentence}) from refused
    try:
        async with transaction():
            change: UUID = await insert(
                RegistrationChange, provider=provider["id"], from_name=provider["name"],
                from_name_en=provider["name_en"], from_legal_form=provider["legal_form"], document=document,
                proposed_by=actor.person_id, proposed_at=now, **asdict(new),
            )  # fmt: skip
            detail = {"former_name": provider["name"], "name": new.name, "legal_form": new.legal_form}
            await record("provider.change_proposed", ("provider", str(provider["id"])), actor, detail, now)
    except asyncpg.UniqueViolationError as waiting:
        raise Conflict(N_("已有一项变更在等民政局核对。要改，请先撤回那一项。")) from waiting
    return change


async def withdraw_change(change: UUID, actor: Actor, now: datetime) -> None:
    """The provider takes its proposal back. Raises NotFound, Conflict when it is decided."""
    actor.check_may(Permission.EDIT_PROVIDER_FILE)
    async with transaction():
        row = await _decided(change, ChangeStatus.WITHDRAWN, actor, now)
        await record("provider.change_withdrawn", ("provider", str(row["provider"])), actor, {"name": row["name"]}, now)


async def refuse_change(change: UUID, refusal: str, actor: Actor, now: datetime) -> None:
    """Civil affairs lets the registration stand, and says why. Raises NotFound, Conflict when it is decided."""
    actor.check_may(Permission.CHECK_PROVIDERS)
    async with transaction():
        row = await _decided(change, ChangeStatus.REFUSED, actor, now, refusal)
        detail = {"name": row["name"], "reason": refusal}
        await record("provider.change_refused", ("provider", str(row["provider"])), actor, detail, now)
        said = say(
            N_("县民政局没有同意把登记变更为“{name}”。理由：{reason}原登记不变。可以补正以后再提出。"),
            name=row["name"], reason=refusal + "。" if refusal[-1].isalnum() else refusal,
        )  # fmt: skip
        await _tell(row, say(N_("登记事项没有变更")), said, now)


async def confirm_change(change: UUID, actor: Actor, now: datetime) -> None:
    """Civil affairs confirms: name and legal form change from here on; what was made before keeps what it says.

    Raises NotFound, Conflict when it is decided, or when the registration changed since the proposal.
    """
    actor.check_may(Permission.CHECK_PROVIDERS)
    async with transaction():
        row = await _decided(change, ChangeStatus.CONFIRMED, actor, now)
        provider = await provider_by_id(row["provider"])
        if (provider["name"], provider["legal_form"]) != (row["from_name"], row["from_legal_form"]):
            raise Conflict(N_("提出以后登记事项又变过。请不予变更，让供应商照现在的登记重新提出。"))
        await _write(provider, row)
        detail = {"former_name": row["from_name"], "name": row["name"], "legal_form": row["legal_form"]}
        await record("provider.change_confirmed", ("provider", str(row["provider"])), actor, detail, now)
        said = say(
            N_("县民政局已把登记变更为“{name}”。名册显示新名称和曾用名；已经发出的文书、公告和合同保留原名称。"),
            name=row["name"],
        )
        await _tell(row, say(N_("登记事项已变更")), said, now)


async def _write(provider: Row, row: Row) -> None:
    """The new facts; a checked file asks for a new check, and only enterprises stay declared small (R-SME-02)."""
    await execute(
        "UPDATE organisation SET name = $2, name_en = $3, sort_key = $4 WHERE id = $1",
        provider["organisation"], row["name"], row["name_en"], sort_key(row["name"]),
    )  # fmt: skip
    former = [each["name"] for each in await former_names(provider["id"])]
    await execute(
        "UPDATE provider SET legal_form = $2, is_small_micro = is_small_micro AND $3,"
        " is_medium = is_medium AND $3, search_text = $4 WHERE id = $1",
        provider["id"], row["legal_form"], may_declare_small_micro(row["legal_form"]),
        # whoever knows it by an earlier name finds it too
        " ".join(search_text(name, provider["credit_code"]) for name in dict.fromkeys([row["name"], *former])),
    )  # fmt: skip


async def _decided(change: UUID, to: ChangeStatus, actor: Actor, now: datetime, refusal: str = "") -> Row:
    """The change in its next state, held until the transaction ends."""
    if await fetchrow("SELECT id FROM registration_change WHERE id = $1 FOR UPDATE", change) is None:
        raise NotFound()
    row = await change_page(change, actor)
    status = move(TRANSITIONS, row["status"], to=to)
    await execute(
        "UPDATE registration_change SET status = $2, decided_by = $3, decided_at = $4, refusal = $5 WHERE id = $1",
        change, status.value, actor.person_id, now, refusal,
    )  # fmt: skip
    return row


async def _tell(row: Row, subject: Sentence, body: Sentence, now: datetime) -> None:
    rows = await fetch(
        "SELECT DISTINCT x.email FROM membership m JOIN person x ON x.id = m.person AND x.is_active"
        " WHERE m.organisation = $1 AND m.role = 'provider' AND x.email <> ''",
        row["organisation"],
    )
    for each in rows:
        await post_mail(each["email"], subject.text("zh"), f"{body.text('zh')}\n\n{body.text('en')}", now)
