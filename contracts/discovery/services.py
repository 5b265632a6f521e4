"""Take a lead in, make a case of it or close it; run the yearly sweep by village (R-LEAD-01, R-SEED-06)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

import asyncpg

from contracts.cases.services import NewCase, register_case
from contracts.discovery import queries
from contracts.discovery.rules import (
    ENTERED,
    PUBLIC_CHANNEL,
    RULE_LEAD,
    RULE_SWEEP,
    TRANSITIONS,
    LeadStatus,
    VillageCount,
    count_mistakes,
    finish_mistake,
    source_of,
)
from contracts.discovery.tables import Lead, Sweep
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.private_columns import conceal
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.sheets import identity_of, wait_for_turn
from marketplace.kernel.states import move

Row = queries.Row


@dataclass(frozen=True)
class NewLead:
    """What somebody tells: where, by which channel, about themselves or somebody else, and how to reach them."""

    village: str
    channel: str
    about: str
    told: str
    contact: str = ""


async def enter_lead(new: NewLead, actor: Actor, now: datetime) -> str:
    """A town's clerk writes a lead down; gives its reference. Raises Forbidden, FormRefused."""
    actor.check_may(Permission.HANDLE_CASES)
    if new.channel not in ENTERED:
        raise FormRefused({"channel": say(N_("请从列出的选项里选一个。"))})
    return await _keep(actor.organisation_id, new, actor, now)


async def tell_town(town: UUID, new: NewLead, now: datetime, sheet: UUID | None = None) -> str:
    """Somebody without an account tells a town of a need; nobody but the town reads it. Raises FormRefused.

    `sheet`: the form it was written on; sent twice it is kept once, with anything on it mended it is told again.
    """
    if all(each["id"] != town for each in await queries.towns()):
        raise FormRefused({"town": say(N_("请选择镇（街道）。"))})
    identity = identity_of(sheet or uuid4(), str(town), new.village, new.about, new.told, new.contact)
    async with transaction():
        await wait_for_turn(identity)
        if before := await fetchval("SELECT reference FROM lead WHERE id = $1", identity):
            return str(before)
        return await _keep(town, replace(new, channel=PUBLIC_CHANNEL), None, now, identity)


async def _keep(
    town: UUID, new: NewLead, actor: Actor | None, now: datetime, identity: UUID | None = None
) -> str:
    async with transaction():
        reference = await next_reference("XS", county_day(now).year)
        await insert(
            Lead, id=identity or uuid4(), reference=reference, town=town, village=new.village, channel=new.channel,
            about=new.about, told=conceal(new.told, "lead.told"), contact=conceal(new.contact, "lead.contact"),
            came_at=now, entered_by=actor.person_id if actor else None,
        )  # fmt: skip
        await record("lead.came", ("lead", reference), actor, {"kind": new.channel}, now)
    return reference


async def take_up(reference: str, new: NewCase, actor: Actor, now: datetime) -> str:
    """A lead becomes a case at the town's window; gives the case's reference.

    Raises NotFound, Forbidden, FormRefused, IllegalMove when somebody settled it (R-LEAD-01).
    """
    async with transaction():
        lead = await _held(reference, actor)
        status = move(TRANSITIONS, lead["status"], to=LeadStatus.CASE)
        case = await register_case(replace(new, source=source_of(lead["channel"])), actor, now)
        await execute(
            "UPDATE lead SET status = $2, settled_by = $3, settled_at = $4,"
            ' "case" = (SELECT id FROM assistance_case WHERE reference = $5) WHERE id = $1',
            lead["id"], status.value, actor.person_id, now, case,
        )  # fmt: skip
        await record("lead.taken_up", ("lead", reference), actor, {"case": case}, now)
    return case


async def close_lead(reference: str, kind: str, actor: Actor, now: datetime) -> None:
    """No case comes of it, for a reason. Raises NotFound, Forbidden, IllegalMove."""
    async with transaction():
        lead = await _held(reference, actor)
        status = move(TRANSITIONS, lead["status"], to=LeadStatus.CLOSED)
        await execute(
            "UPDATE lead SET status = $2, close_kind = $3, settled_by = $4, settled_at = $5 WHERE id = $1",
            lead["id"], status.value, kind, actor.person_id, now,
        )  # fmt: skip
        await record("lead.closed", ("lead", reference), actor, {"ground": kind}, now)


async def _held(reference: str, actor: Actor) -> Row:
    """The lead, held until the transaction ends, for the window of its town. Raises NotFound, Forbidden."""
    lead = await queries.lead_page(reference, visible_to=actor)
    if not lead["is_own"]:
        raise Forbidden(N_("线索由收到的镇（街道）窗口办理。"), clause=RULE_LEAD)
    return {**lead, "status": await queries.lock_lead(lead["id"])}


async def open_sweep(actor: Actor, now: datetime) -> UUID:
    """Begin the survey of this year at the actor's town. Raises Forbidden, Conflict when it has begun (R-SEED-06)."""
    actor.check_may(Permission.HANDLE_CASES)
    year = county_day(now).year
    async with transaction():
        try:
            async with transaction():
                sweep: UUID = await insert(
                    Sweep, town=actor.organisation_id, year=year, opened_by=actor.person_id, opened_at=now
                )
        except asyncpg.UniqueViolationError:
            raise Conflict(N_("今年的摸排已经开始。请刷新页面。")) from None
        await record("sweep.opened", ("sweep", str(sweep)), actor, {"year": str(year)}, now)
    return sweep


async def count_village(sweep: UUID, new: VillageCount, actor: Actor, now: datetime) -> None:
    """How far the survey of one village got; said again it replaces what was said. Raises NotFound, FormRefused."""
    async with transaction():
        await _held_sweep(sweep, actor)
        if found := count_mistakes(new):
            raise FormRefused(found)
        await execute(
            "INSERT INTO sweep_village (id, sweep, village, permanent, permanent_visited, serviced, serviced_visited,"
            " changed_by, changed_at) VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7, $8)"
            " ON CONFLICT (sweep, village) DO UPDATE SET permanent = $3, permanent_visited = $4, serviced = $5,"
            " serviced_visited = $6, changed_by = $7, changed_at = $8",
            sweep, new.village, new.permanent, new.permanent_visited, new.serviced, new.serviced_visited,
            actor.person_id, now,
        )  # fmt: skip
        detail = {
            "name": new.village, "total": f"{new.permanent} + {new.serviced}",
            "count": f"{new.permanent_visited} + {new.serviced_visited}",
        }  # fmt: skip
        await record("sweep.counted", ("sweep", str(sweep)), actor, detail, now)


async def finish_sweep(sweep: UUID, note: str, actor: Actor, now: datetime) -> None:
    """The survey ends: all households visited, or a reason why not. Raises NotFound, FormRefused, Conflict."""
    async with transaction():
        await _held_sweep(sweep, actor)
        if wrong := finish_mistake(queries.counts_of(await queries.villages_of(sweep)), note):
            raise FormRefused({"finish_note": wrong})
        await execute(
            "UPDATE sweep SET finished_on = $2, finished_by = $3, finish_note = $4 WHERE id = $1",
            sweep, county_day(now), actor.person_id, note,
        )  # fmt: skip
        await record("sweep.finished", ("sweep", str(sweep)), actor, {"note": note}, now)


async def _held_sweep(sweep: UUID, actor: Actor) -> None:
    """The town's own sweep, not finished, held until the transaction ends. Raises NotFound, Forbidden, Conflict."""
    page = await queries.sweep_page(sweep, visible_to=actor)
    if page["town"] != actor.organisation_id or not actor.may(Permission.HANDLE_CASES):
        raise Forbidden(N_("摸排由本镇（街道）的窗口登记。"), clause=RULE_SWEEP)
    if await fetchval("SELECT finished_on FROM sweep WHERE id = $1 FOR UPDATE", sweep) is not None:
        raise Conflict(N_("今年的摸排已经结束，不能再改。"))
