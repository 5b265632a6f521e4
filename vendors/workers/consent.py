"""A worker agrees that the file is kept or shown in public, and takes it back; every word of it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetch, fetchval, insert, transaction
from marketplace.kernel.errors import NotFound
from vendors.workers.spells import Row
from vendors.workers.tables import WorkerConsent


async def give_consent(actor: Actor, may_be_public: bool, now: datetime) -> None:
    """The worker agrees that the file is kept, and says whether the name may be shown in public. Raises NotFound."""
    actor.check_may(Permission.LOG_VISITS)
    async with transaction():
        for file in await _lock_files(actor):
            if file["consented_at"] is None:
                await note_consent(file["id"], ("keep", True), actor.person_id, now)
            if file["is_public"] != may_be_public:
                await note_consent(file["id"], ("public", may_be_public), actor.person_id, now)
            await execute(
                "UPDATE worker_file SET consented_at = coalesce(consented_at, $2), withdrawn_at = NULL, is_public = $3"
                " WHERE id = $1",
                file["id"], now, may_be_public,
            )  # fmt: skip
        detail = {"public": "yes" if may_be_public else "no"}
        await record("worker.consented", ("worker", str(await _spell(actor))), actor, detail, now)


async def withdraw_consent(actor: Actor, now: datetime) -> None:
    """The worker takes the consent back: nothing is public any more, and study, examinations and towns rest.

    What the employer's contract and the pay of public money need stays: roster, visits, subsidies (R-CIV-06,
    R-TIME-29). Raises NotFound.
    """
    actor.check_may(Permission.LOG_VISITS)
    async with transaction():
        for file in await _lock_files(actor):
            if file["withdrawn_at"]:
                continue
            if file["is_public"]:
                await note_consent(file["id"], ("public", False), actor.person_id, now)
            await note_consent(file["id"], ("keep", False), actor.person_id, now)
            await execute(
                "UPDATE worker_file SET consented_at = NULL, withdrawn_at = $2, is_public = false WHERE id = $1",
                file["id"], now,
            )  # fmt: skip
        await record("worker.consent_withdrawn", ("worker", str(await _spell(actor))), actor, {}, now)


async def note_consent(file: UUID, said: tuple[str, bool], person: UUID, now: datetime) -> None:
    """Keep what was said and when, in the caller's transaction."""
    await insert(WorkerConsent, file=file, what=said[0], is_given=said[1], said_by=person, said_at=now)


async def _lock_files(actor: Actor) -> list[Row]:
    rows = await fetch(
        "SELECT * FROM worker_file WHERE id IN (SELECT file FROM worker WHERE person = $1) ORDER BY id FOR UPDATE",
        actor.person_id,
    )
    if not rows:
        raise NotFound()
    return [dict(r) for r in rows]


async def _spell(actor: Actor) -> UUID:
    found: UUID = await fetchval(
        "SELECT id FROM worker WHERE person = $1 ORDER BY employed_from DESC LIMIT 1", actor.person_id
    )
    return found


async def consents_of(files: Sequence[UUID]) -> list[Row]:
    """What was given and withdrawn, the newest first."""
    rows = await fetch(
        "SELECT file, what, is_given, said_at FROM worker_consent WHERE file = ANY($1) ORDER BY said_at DESC, what",
        list(files),
    )
    return [dict(r) for r in rows]


async def public_workers(provider: UUID) -> list[Row]:
    """Names and levels of a provider's workers who agreed to be shown, those employed now."""
    rows = await fetch(
        "SELECT w.name, w.certificate_level FROM worker w JOIN worker_file f ON f.id = w.file"
        " WHERE w.provider = $1 AND f.is_public AND w.employed_to IS NULL ORDER BY w.certificate_level DESC, w.name",
        provider,
    )
    return [dict(r) for r in rows]
