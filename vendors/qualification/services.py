"""The pre-check of a provider's file: handed in, passed, or returned with a reason."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.privacy.services import Look, note_look
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetchval, transaction
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.states import move
from vendors.providers.queries import current_papers, own_provider, provider_by_reference
from vendors.providers.rules import FILE_TRANSITIONS, PAPER_LABELS, FileStatus, missing_papers


async def submit_file(actor: Actor, now: datetime) -> None:
    """Hand the file in for the pre-check. Raises DomainError while a needed paper is missing."""
    actor.check_may(Permission.EDIT_PROVIDER_FILE)
    provider = await own_provider(actor)
    async with transaction():
        status = await _lock_file(provider["id"])
        if status == FileStatus.SUBMITTED:
            return
        papers = await current_papers(provider["id"])
        if missing := missing_papers(provider["legal_form"], [p["kind"] for p in papers]):
            raise DomainError(
                N_("还差 {count} 份材料，第一份是“{first}”。请上传后再提交。"),
                count=len(missing),
                first=say(PAPER_LABELS[missing[0]]),
            )
        to = move(FILE_TRANSITIONS, status, to=FileStatus.SUBMITTED)
        await execute(
            "UPDATE provider SET file_status = $2, submitted_at = $3, file_note = '' WHERE id = $1",
            provider["id"], to.value, now,
        )  # fmt: skip
        await record("provider.file_submitted", ("provider", str(provider["id"])), actor, {}, now)


async def check_file(provider: UUID, passed: bool, note: str, actor: Actor, now: datetime) -> None:
    """Pass the file or return it with a reason; it opens and shuts no competition (R-QUAL-01)."""
    actor.check_may(Permission.CHECK_PROVIDERS)
    if not passed and not note.strip():
        raise DomainError(N_("退回时请写明要补正什么。"))
    async with transaction():
        wanted = FileStatus.CHECKED if passed else FileStatus.RETURNED
        to = move(FILE_TRANSITIONS, await _lock_file(provider), to=wanted)
        await execute(
            "UPDATE provider SET file_status = $2, file_note = $3, checked_by = $4, checked_at = $5 WHERE id = $1",
            provider, to.value, note.strip(), actor.person_id, now,
        )  # fmt: skip
        await record("provider.file_checked", ("provider", str(provider)), actor, {"result": to, "note": note}, now)


async def see_contact(reference: str, purpose: str, actor: Actor, now: datetime) -> str:
    """A provider's contact whole, noted with its purpose where the provider can read it. Raises Forbidden, NotFound."""
    actor.check_may(Permission.CHECK_PROVIDERS)
    provider = await provider_by_reference(reference)
    async with transaction():
        look = Look(N_("联系人和电话"), reference, purpose, of_organisation=provider["organisation"])
        await note_look(look, ("provider", str(provider["id"])), actor, now)
    return str(provider["contact"])


async def _lock_file(provider: UUID) -> str:
    status = await fetchval("SELECT file_status FROM provider WHERE id = $1 FOR UPDATE", provider)
    if status is None:
        raise NotFound()
    return str(status)
