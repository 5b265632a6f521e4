"""A worker asks the employer to change what the roster says; the employer answers."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetch, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.i18n import N_
from vendors.workers.spells import Row, own_worker
from vendors.workers.tables import WorkerRequest


async def ask_for_change(worker: UUID, wanted: str, actor: Actor, now: datetime) -> None:
    """The worker says what is wrong or new in a spell; the same words that wait are asked once. Raises NotFound."""
    actor.check_may(Permission.LOG_VISITS)
    async with transaction():
        if not await fetchval(
            "SELECT 1 FROM worker WHERE id = $1 AND (person = $2 OR file IN (SELECT file FROM worker"
            " WHERE person = $2 AND file IS NOT NULL)) FOR UPDATE",
            worker, actor.person_id,
        ):  # fmt: skip
            raise NotFound()
        if await fetchval(
            "SELECT 1 FROM worker_request WHERE worker = $1 AND wanted = $2 AND answered_at IS NULL", worker, wanted
        ):
            return
        await insert(WorkerRequest, worker=worker, wanted=wanted, asked_by=actor.person_id, asked_at=now)
        await record("worker.change_asked", ("worker", str(worker)), actor, {}, now)


async def decline_request(worker: UUID, request: UUID, answer: str, actor: Actor, now: datetime) -> None:
    """The employer says why nothing is changed. Raises NotFound, Conflict when it was answered already."""
    actor.check_may(Permission.MANAGE_WORKERS)
    async with transaction():
        await own_worker(worker, actor)
        if await fetchval(
            "UPDATE worker_request SET answer = $3, answered_by = $4, answered_at = $5"
            " WHERE id = $2 AND worker = $1 AND answered_at IS NULL RETURNING id",
            worker, request, answer, actor.person_id, now,
        ) is None:  # fmt: skip
            raise Conflict(N_("这个要求已经答复过，或者已经不在。请刷新页面。"))
        await record("worker.change_answered", ("worker", str(worker)), actor, {"reason": answer}, now)


async def answer_with_change(worker: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """A change answers what the worker asked for, in the words of its reason."""
    await execute(
        "UPDATE worker_request SET answer = $2, answered_by = $3, answered_at = $4"
        " WHERE worker = $1 AND answered_at IS NULL",
        worker, reason, actor.person_id, now,
    )  # fmt: skip


async def requests_of(workers: list[UUID]) -> list[Row]:
    """What was asked for in these spells, the newest first."""
    rows = await fetch(
        "SELECT r.*, p.name AS answered_by_name FROM worker_request r LEFT JOIN person p ON p.id = r.answered_by"
        " WHERE r.worker = ANY($1) ORDER BY r.answered_at IS NOT NULL, r.asked_at DESC LIMIT 50",
        workers,
    )
    return [dict(r) for r in rows]


async def waiting_requests(actor: Actor) -> list[Row]:
    """What workers of the actor's organisation asked for and nobody answered, the oldest first."""
    rows = await fetch(
        "SELECT r.worker, r.wanted, w.name FROM worker_request r JOIN worker w ON w.id = r.worker"
        " LEFT JOIN provider p ON p.id = w.provider WHERE coalesce(p.organisation, w.town) = $1"
        " AND r.answered_at IS NULL ORDER BY r.asked_at LIMIT 50",
        actor.organisation_id,
    )
    return [dict(r) for r in rows]
