"""A month on duty in social assistance, certified by the employer and countersigned by another person."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import asyncpg

from contracts.subsidies.rules import RULE_CONDITIONS
from contracts.subsidies.scheme_rules import RULE_TWO_PERSONS
from contracts.subsidies.tables import DutyCertificate
from contracts.visits.rules import last_day
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, insert, transaction
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.moments import Month
from marketplace.kernel.states import Transitions, move
from vendors.workers.spells import own_worker

Row = dict[str, Any]


class DutyStatus(StrEnum):
    """Where a duty certificate stands."""

    ENTERED = "entered"
    COUNTERSIGNED = "countersigned"
    WITHDRAWN = "withdrawn"


DUTY_LABELS: dict[DutyStatus, tuple[str, str]] = {
    DutyStatus.ENTERED: (N_("等待会签"), "waiting"),
    DutyStatus.COUNTERSIGNED: (N_("已会签"), "done"),
    DutyStatus.WITHDRAWN: (N_("已撤销"), "neutral"),
}
DUTY_TRANSITIONS: Transitions[DutyStatus] = {
    DutyStatus.ENTERED: frozenset({DutyStatus.COUNTERSIGNED, DutyStatus.WITHDRAWN}),
    DutyStatus.COUNTERSIGNED: frozenset({DutyStatus.WITHDRAWN}),
    DutyStatus.WITHDRAWN: frozenset(),
}


def check_countersigner(actor: Actor, entered_by: object, of_person: object) -> None:
    """Neither who entered a certificate nor the worker it is about countersigns it. Raises Forbidden (R-ROLE-03)."""
    if actor.person_id in (entered_by, of_person):
        raise Forbidden(N_("在岗证明要由登记人和本人以外的同事会签。"), clause=RULE_TWO_PERSONS)


async def enter_duty(worker: UUID, month: date, minutes: int, duties: str, actor: Actor, now: datetime) -> UUID:
    """The employer certifies a worker's month. Raises FormRefused, Conflict for a second one, NotFound."""
    actor.check_may(Permission.MANAGE_WORKERS)
    row = await own_worker(worker, actor)
    if county_day(now) <= last_day(month):
        raise FormRefused({"month": say(N_("{month}还没有过完，过完以后再登记。"), month=Month(month))})
    if row["employed_from"] > last_day(month) or (row["employed_to"] and row["employed_to"] < month):
        raise FormRefused({"month": say(N_("这个月他不在岗。请核对入职和离职日期。"))})
    try:
        async with transaction():
            made: UUID = await insert(
                DutyCertificate, worker=worker, month=month, minutes=minutes, duties=duties,
                entered_by=actor.person_id, entered_at=now,
            )  # fmt: skip
            detail = {"month": f"{month:%Y-%m}", "minutes": str(minutes)}
            await record("duty.entered", ("worker", str(worker)), actor, detail, now)
    except asyncpg.UniqueViolationError:
        raise Conflict(
            N_("这位同事这个月已经有在岗证明。写错的请先撤销，再重新登记。"), clause=RULE_CONDITIONS
        ) from None
    return made


async def countersign_duty(certificate: UUID, actor: Actor, now: datetime) -> None:
    """Another person of the employer, or civil affairs, countersigns. Raises Forbidden, NotFound, IllegalMove."""
    async with transaction():
        row = await _lock(certificate, actor)
        check_countersigner(actor, row["entered_by"], row["person"])
        status = move(DUTY_TRANSITIONS, row["status"], to=DutyStatus.COUNTERSIGNED)
        await execute(
            "UPDATE duty_certificate SET status = $2, signed_by = $3, signed_at = $4 WHERE id = $1",
            certificate, status.value, actor.person_id, now,
        )  # fmt: skip
        await record("duty.countersigned", ("worker", str(row["worker"])), actor, _detail(row), now)


async def withdraw_duty(certificate: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """Take a wrong certificate back; a month that was paid by it is adjusted in the next run."""
    async with transaction():
        row = await _lock(certificate, actor)
        status = move(DUTY_TRANSITIONS, row["status"], to=DutyStatus.WITHDRAWN)
        await execute(
            "UPDATE duty_certificate SET status = $2, withdrawn_by = $3, withdrawn_at = $4, withdraw_reason = $5"
            " WHERE id = $1",
            certificate, status.value, actor.person_id, now, reason,
        )  # fmt: skip
        await record("duty.withdrawn", ("worker", str(row["worker"])), actor, {**_detail(row), "reason": reason}, now)


def _detail(row: Row) -> dict[str, str]:
    return {"month": f"{row['month']:%Y-%m}", "minutes": str(row["minutes"])}


_DUTY = """
SELECT d.*, w.name, w.person, w.community, o.name AS employer, o.id AS organisation, e.name AS entered_by_name,
  s.name AS signed_by_name
FROM duty_certificate d JOIN worker w ON w.id = d.worker LEFT JOIN provider p ON p.id = w.provider
JOIN organisation o ON o.id = coalesce(p.organisation, w.town) JOIN person e ON e.id = d.entered_by
LEFT JOIN person s ON s.id = d.signed_by
"""
_VISIBLE = " WHERE ($1 OR o.id = $2)"


async def _lock(certificate: UUID, actor: Actor) -> Row:
    if not (actor.may(Permission.MANAGE_WORKERS) or actor.may(Permission.RUN_SUBSIDIES)):
        actor.check_may(Permission.MANAGE_WORKERS)
    row = await fetchrow(
        _DUTY + _VISIBLE + " AND d.id = $3 FOR UPDATE OF d",
        actor.may(Permission.RUN_SUBSIDIES), actor.organisation_id, certificate,
    )  # fmt: skip
    if row is None:
        raise NotFound()
    return dict(row)


async def list_duty(actor: Actor) -> list[Row]:
    """Certificates of the actor's own office, or of the county for who runs subsidies; what waits first."""
    rows = await fetch(
        _DUTY + _VISIBLE + " ORDER BY d.status <> 'entered', d.month DESC, o.sort_key, w.name LIMIT 300",
        actor.may(Permission.RUN_SUBSIDIES) or actor.may(Permission.READ_EVERYTHING), actor.organisation_id,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def workers_for_duty(actor: Actor) -> list[Row]:
    """Who is on the roster of the actor's own office, to be chosen from."""
    rows = await fetch(
        "SELECT w.id, w.name, w.community FROM worker w LEFT JOIN provider p ON p.id = w.provider"
        " WHERE coalesce(p.organisation, w.town) = $1 ORDER BY w.employed_to IS NOT NULL, w.name LIMIT 1000",
        actor.organisation_id,
    )
    return [dict(row) for row in rows]


async def duty_of_line(worker: UUID, month: date) -> list[Row]:
    """The countersigned certificates of a line's worker in its month, of every post."""
    rows = await fetch(
        _DUTY + " WHERE d.month = $2 AND d.status = 'countersigned' AND (w.id = $1 OR w.file ="
        " (SELECT file FROM worker WHERE id = $1)) ORDER BY d.signed_at",
        worker, month,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def duty_of_person(person: UUID) -> list[Row]:
    """Every certificate about a worker, of every post, the newest month first."""
    rows = await fetch(
        _DUTY + " WHERE w.person = $1 OR w.file IN (SELECT file FROM worker WHERE person = $1)"
        " ORDER BY d.month DESC, d.entered_at",
        person,
    )
    return [dict(row) for row in rows]
