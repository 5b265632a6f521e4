"""The minutes of the collective decision, without which quotes under the limit lead to no award (R-METH-12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from catalogue.listings.methods import row_of, takes_sealed_bids
from catalogue.listings.queries import lock_listing
from evaluations.awards.tables import DecisionMinutes
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import NewDocument, upload_document
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.files import DocumentStore
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetchrow, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, FormRefused, NotFound
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.rulebook import number

Row = dict[str, Any]
CLAUSE, LEAST_PEOPLE = "R-METH-12", "R-METH-12/deciding"


@dataclass(frozen=True)
class NewMinutes:
    """Minutes as they are typed; `people`: a name a line."""

    number: str
    held_on: date
    people: tuple[str, ...]
    decision: str
    file: NewDocument


def names_in(typed: str) -> tuple[str, ...]:
    """The names typed, a line or a 、 apart."""
    return tuple(name for part in typed.replace("、", "\n").splitlines() if (name := part.strip()))


def minutes_mistakes(new: NewMinutes, published_on: date, today: date) -> dict[str, Sentence]:
    """Held after the publication and not in the future, by enough different people (R-METH-12)."""
    found: dict[str, Sentence] = {}
    if not published_on <= new.held_on <= today:
        found["held_on"] = say(N_("会议应当在公告发布以后、今天以前召开。"))
    least, count = int(number(LEAST_PEOPLE, today)), len(set(new.people))
    if count < least:
        words = N_("集体决策至少要有 {least} 人参加，现在填了 {count} 人。")
        found["people"] = say(words, least=least, count=count)
    elif count < len(new.people):
        found["people"] = say(N_("同一个人只填一次。"))
    return found


async def minutes_of(listing: UUID) -> Row | None:
    """The minutes of a listing with their paper, once they are recorded."""
    row = await fetchrow(
        "SELECT m.*, d.name AS document_name, d.size, d.sha256, p.name AS recorded_by_name FROM decision_minutes m"
        " JOIN document d ON d.id = m.document JOIN person p ON p.id = m.recorded_by WHERE m.listing = $1",
        listing,
    )
    return dict(row) if row else None


def needs_minutes(listing: Mapping[str, Any]) -> bool:
    """Whether the award of a listing rests on minutes."""
    return takes_sealed_bids(listing) and row_of(listing).minutes


async def check_minutes(row: Mapping[str, Any]) -> None:
    """Before an award is determined. Raises DomainError (R-METH-12)."""
    if needs_minutes(row) and await minutes_of(row["id"]) is None:
        raise DomainError(N_("还没有登记集体决策的会议纪要，不能确定供应商。请先登记会议纪要。"), clause=CLAUSE)


async def record_decision(
    listing: UUID, new: NewMinutes, store: DocumentStore, actor: Actor, now: datetime
) -> None:
    """Keep the minutes once. Raises NotFound for other offices, Conflict when it is not the time, FormRefused."""
    actor.check_may(Permission.DETERMINE_AWARD)
    async with transaction():
        row = await lock_listing(listing)
        if row["procuring_unit"] != actor.organisation_id:
            raise NotFound()
        if row["status"] not in ("opened", "evaluated") or not needs_minutes(row):
            raise Conflict(N_("开标以后、确定供应商以前才登记集体决策的会议纪要。请刷新页面。"), clause=CLAUSE)
        if await minutes_of(listing):
            raise Conflict(N_("会议纪要已经登记过，不能再改。"), clause=CLAUSE)
        if found := minutes_mistakes(new, county_day(row["published_at"]), county_day(now)):
            raise FormRefused(found)
        try:
            document = await upload_document(new.file, store, actor, now)
        except DomainError as refused:
            raise FormRefused({"file": refused.sentence}) from refused
        await insert(
            DecisionMinutes, listing=listing, number=new.number, held_on=new.held_on, people="\n".join(new.people),
            decision=new.decision, document=document, recorded_by=actor.person_id, recorded_at=now,
        )  # fmt: skip
        await record("award.minutes_recorded", ("listing", str(listing)), actor, {"number": new.number}, now)
