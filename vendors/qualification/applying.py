"""The provider's side of a pre-check: ask for items, add what was asked for, withdraw, object."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from catalogue.items.queries import current_items
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, FormRefused
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.references.services import next_reference
from vendors.providers.queries import current_papers, own_provider
from vendors.providers.rules import PAPER_LABELS, missing_papers
from vendors.qualification.moving import add_step, lock, move_to, summarise
from vendors.qualification.queries import precheck
from vendors.qualification.rules import OPEN, PrecheckStatus
from vendors.qualification.tables import Precheck


async def apply_for_precheck(items: Sequence[str], actor: Actor, now: datetime) -> list[str]:
    """Ask for a pre-check of one or more items; gives the references. Raises FormRefused, DomainError, Conflict."""
    actor.check_may(Permission.EDIT_PROVIDER_FILE)
    provider = await own_provider(actor)
    known = {item["code"] for item in await current_items()}
    wanted = list(dict.fromkeys(items))
    if not wanted or not set(wanted) <= known:
        raise FormRefused({"items": say(N_("请选要预检的项目。"))})
    async with transaction():
        # two people of one provider may ask at once: one after the other
        await fetchval("SELECT id FROM provider WHERE id = $1 FOR UPDATE", provider["id"])
        papers = await current_papers(provider["id"])
        if missing := missing_papers(provider["legal_form"], [p["kind"] for p in papers]):
            raise DomainError(
                N_("还差 {count} 份材料，第一份是“{first}”。请上传后再提交。"), count=len(missing),
                first=say(PAPER_LABELS[missing[0]]),
            )  # fmt: skip
        running = await fetch(
            "SELECT item_code, reference FROM precheck"
            " WHERE provider = $1 AND status = ANY($2) AND item_code = ANY($3)",
            provider["id"], [status.value for status in OPEN], wanted,
        )  # fmt: skip
        if running:
            raise Conflict(
                N_("{item} 的预检还没有办完（{reference}），不用再申请一次。"), item=running[0]["item_code"],
                reference=running[0]["reference"],
            )  # fmt: skip
        references = [await _enter(provider["id"], code, actor, now) for code in wanted]
        await summarise([provider["id"]], now)
    return references


async def _enter(provider: UUID, item_code: str, actor: Actor, now: datetime) -> str:
    reference = await next_reference("YJ", county_day(now).year)
    entered: UUID = await insert(
        Precheck, reference=reference, provider=provider, item_code=item_code, status=PrecheckStatus.WAITING.value,
        applied_by=actor.person_id, applied_at=now,
    )  # fmt: skip
    await add_step(entered, "applied", "", actor, now, {"reference": reference, "item": item_code})
    return reference


async def answer_precheck(reference: str, note: str, actor: Actor, now: datetime) -> None:
    """Say that what was asked for is there now. Raises NotFound, IllegalMove."""
    actor.check_may(Permission.EDIT_PROVIDER_FILE)
    async with transaction():
        row = await lock(await precheck(reference, actor))
        await move_to(row, PrecheckStatus.WAITING)
        # a new look with findings of its own
        await execute("UPDATE precheck SET round = round + 1 WHERE id = $1", row["id"])
        await add_step(row["id"], "answered", note, actor, now, {"reference": reference})
        await summarise([row["provider"]], now)


async def withdraw_precheck(reference: str, actor: Actor, now: datetime) -> None:
    """Take an application back before it is decided. Raises NotFound, IllegalMove."""
    actor.check_may(Permission.EDIT_PROVIDER_FILE)
    async with transaction():
        row = await lock(await precheck(reference, actor))
        await move_to(row, PrecheckStatus.WITHDRAWN)
        await add_step(row["id"], "withdrawn", "", actor, now, {"reference": reference})
        await summarise([row["provider"]], now)


async def object_to_precheck(reference: str, reasons: str, actor: Actor, now: datetime) -> None:
    """Object to a negative finding; a third person decides. Raises NotFound, IllegalMove, Conflict."""
    actor.check_may(Permission.EDIT_PROVIDER_FILE)
    async with transaction():
        row = await lock(await precheck(reference, actor))
        newer = await fetchval(
            "SELECT reference FROM precheck WHERE provider = $1 AND item_code = $2 AND applied_at > $3 LIMIT 1",
            row["provider"], row["item_code"], row["applied_at"],
        )  # fmt: skip
        if newer:
            raise Conflict(N_("这个项目后来又申请过预检（{reference}），请在新的申请里办理。"), reference=newer)
        await move_to(row, PrecheckStatus.OBJECTED)
        await add_step(row["id"], "objected", reasons, actor, now, {"reference": reference})
        await summarise([row["provider"]], now)
