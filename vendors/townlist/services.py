"""A town proposes and hears; civil affairs decides; an entry ends by itself or is removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, insert, transaction
from marketplace.kernel.errors import Forbidden, FormRefused, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move
from vendors.townlist.rules import TRANSITIONS, EntryStatus, Proposal, proposal_mistakes
from vendors.townlist.tables import TownListEntry

Row = dict[str, Any]

_ENTRY = """
SELECT e.*, o.name AS town_name, o.name_en AS town_name_en, a.name AS proposed_by_name, b.name AS decided_by_name
FROM town_list_entry e JOIN organisation o ON o.id = e.town JOIN person a ON a.id = e.proposed_by
LEFT JOIN person b ON b.id = e.decided_by
"""


async def entries(actor: Actor) -> list[Row]:
    """A town sees its own entries, civil affairs all; those that wait first."""
    rows = await fetch(
        _ENTRY + " WHERE ($1::uuid IS NULL OR e.town = $1)"
        " ORDER BY e.status NOT IN ('proposed', 'heard'), e.proposed_at DESC LIMIT 500",
        _town_of(actor),
    )
    return [dict(r) for r in rows]


async def entry_page(reference: str, actor: Actor) -> Row:
    """One entry for its own town and for civil affairs. Raises NotFound for everybody else."""
    row = await fetchrow(
        _ENTRY + " WHERE e.reference = $1 AND ($2::uuid IS NULL OR e.town = $2)", reference, _town_of(actor)
    )
    if row is None:
        raise NotFound()
    return dict(row)


def _town_of(actor: Actor) -> Any:
    return None if actor.may(Permission.DECIDE_TOWN_LIST) else actor.organisation_id


async def propose(new: Proposal, actor: Actor, now: datetime) -> str:
    """A clerk proposes an entry of the own town; gives its reference. Raises FormRefused, Forbidden outside a town."""
    actor.check_may(Permission.KEEP_TOWN_LIST)
    today = county_day(now)
    if errors := proposal_mistakes(new, today):
        raise FormRefused(errors)
    async with transaction():
        kind = await fetchrow("SELECT kind FROM organisation WHERE id = $1", actor.organisation_id)
        if kind is None or kind["kind"] != "town":
            raise Forbidden(N_("这份名单由镇（街道）建立。"), clause="R-SEED-10")
        reference = await next_reference("SX", today.year)
        await insert(
            TownListEntry, reference=reference, town=actor.organisation_id, kind=new.kind, subject=new.subject,
            is_adult=None if new.kind == "unit" else True, conduct=new.conduct, legal_basis=new.legal_basis,
            facts=new.facts, evidence=new.evidence, hear_until=new.hear_until, ends_on=new.ends_on,
            proposed_by=actor.person_id, proposed_at=now,
        )  # fmt: skip
        # whom it is about stays out of the audit: many may read that
        await record("town_list.proposed", ("town_list", reference), actor, {"kind": new.kind}, now)
    return reference


@dataclass(frozen=True)
class Heard:
    """How somebody was heard, on which day, and what was said."""

    hearing: str
    heard_on: date
    note: str


async def record_hearing(reference: str, heard: Heard, actor: Actor, now: datetime) -> None:
    """The town records the hearing; only then may it be decided. Raises NotFound, FormRefused, Conflict."""
    actor.check_may(Permission.KEEP_TOWN_LIST)
    today = county_day(now)
    async with transaction():
        row = await _locked(reference, actor)
        status = move(TRANSITIONS, row["status"], to=EntryStatus.HEARD)
        if heard.heard_on > today:
            raise FormRefused({"heard_on": say(N_("听取意见的日期不能晚于今天。请核对。"))})
        if heard.hearing == "waived" and today <= row["hear_until"]:
            raise FormRefused({"hearing": say(N_("陈述期还没有满，现在不能登记“没有陈述”。"))})
        await execute(
            "UPDATE town_list_entry SET status = $2, hearing = $3, hearing_note = $4, heard_on = $5 WHERE id = $1",
            row["id"], status.value, heard.hearing, heard.note, heard.heard_on,
        )  # fmt: skip
        await record("town_list.heard", ("town_list", reference), actor, {"hearing": heard.hearing}, now)


async def decide(reference: str, to: EntryStatus, note: str, actor: Actor, now: datetime) -> None:
    """Civil affairs lists, drops or removes, with the reason. Raises NotFound, Conflict."""
    actor.check_may(Permission.DECIDE_TOWN_LIST)
    today = county_day(now)
    async with transaction():
        row = await _locked(reference, actor)
        status = move(TRANSITIONS, row["status"], to=to)
        if status == EntryStatus.LISTED and row["ends_on"] <= today:
            raise FormRefused({"note": say(N_("到期日已经过去，不能再列入。请不予列入。"))})
        await execute(
            "UPDATE town_list_entry SET status = $2, decision_note = $3, decided_by = $4, decided_at = $5,"
            " listed_on = coalesce($6::date, listed_on) WHERE id = $1",
            row["id"], status.value, note, actor.person_id, now, today if status == EntryStatus.LISTED else None,
        )  # fmt: skip
        await record("town_list.decided", ("town_list", reference), actor, {"status": status.value}, now)


async def _locked(reference: str, actor: Actor) -> Any:
    row = await fetchrow(
        "SELECT * FROM town_list_entry WHERE reference = $1 AND ($2::uuid IS NULL OR town = $2) FOR UPDATE",
        reference, _town_of(actor),
    )  # fmt: skip
    if row is None:
        raise NotFound()
    return row
