"""The paper of a draw made in the provincial library (R-EXP-01); secret with the names until the notice (R-COM-04)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from catalogue.listings.methods import row_of
from catalogue.listings.queries import lock_listing
from evaluations.panel.rules import APPOINTING, check_may_appoint
from evaluations.panel.tables import PanelDrawRecord
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import NewDocument, upload_document
from marketplace.accounts.trail import record
from marketplace.gateways.files import DocumentStore
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, FormRefused
from marketplace.kernel.i18n import N_, Sentence, say

Row = dict[str, Any]
CLAUSE = "R-EXP-01"
# a paper that was forgotten may be handed in until the result is announced
RECORDING = APPOINTING | {"evaluated", "determined"}


@dataclass(frozen=True)
class NewDrawRecord:
    """A draw as its paper tells it; `people`: who drew and who watched."""

    number: str
    library: str
    drawn_on: date
    taken: int
    people: str
    file: NewDocument


def record_mistakes(drawn_on: date, published_on: date | None, today: date) -> dict[str, Sentence]:
    """Drawn after the notice and not in the future."""
    if drawn_on > today or (published_on and drawn_on < published_on):
        return {"drawn_on": say(N_("抽取应当在公告发布以后、今天以前。"))}
    return {}


async def draw_records_of(listing: UUID) -> list[Row]:
    """The recorded draws of a listing with their papers; callers guard who reads them."""
    rows = await fetch(
        "SELECT r.*, d.name AS document_name, d.sha256, p.name AS recorded_by_name FROM panel_draw_record r"
        " JOIN document d ON d.id = r.document JOIN person p ON p.id = r.recorded_by"
        " WHERE r.listing = $1 ORDER BY r.drawn_on, r.recorded_at",
        listing,
    )
    return [dict(row) for row in rows]


async def lacks_draw_record(listing: Row) -> bool:
    """Whether experts sit who were drawn in the provincial library and no paper of a draw is on record (R-EXP-01)."""
    if row_of(listing).is_local:
        return False
    return bool(
        await fetchval(
            "SELECT EXISTS (SELECT FROM panel_member WHERE listing = $1 AND kind = 'expert')"
            " AND NOT EXISTS (SELECT FROM panel_draw_record WHERE listing = $1)",
            listing["id"],
        )
    )


async def keep_draw_record(
    listing: UUID, new: NewDrawRecord, store: DocumentStore, actor: Actor, now: datetime
) -> None:
    """Keep the paper of a draw. Raises Forbidden for strangers, Conflict once marks are locked, FormRefused."""
    async with transaction():
        row = await lock_listing(listing)
        check_may_appoint(actor, row)
        if row["status"] not in RECORDING:
            raise Conflict(N_("结果已经公告，不能再登记抽取记录。"), clause=CLAUSE)
        published = county_day(row["published_at"]) if row["published_at"] else None
        if found := record_mistakes(new.drawn_on, published, county_day(now)):
            raise FormRefused(found)
        if await fetchval("SELECT 1 FROM panel_draw_record WHERE listing = $1 AND number = $2", listing, new.number):
            raise FormRefused({"number": say(N_("这个抽取编号已经登记过。"))})
        try:
            document = await upload_document(new.file, store, actor, now)
        except DomainError as refused:
            raise FormRefused({"file": refused.sentence}) from refused
        await insert(
            PanelDrawRecord, listing=listing, number=new.number, library=new.library, drawn_on=new.drawn_on,
            taken=new.taken, people=new.people, document=document, recorded_by=actor.person_id, recorded_at=now,
        )  # fmt: skip
        await record("panel.draw_recorded", ("listing", str(listing)), actor, {"number": new.number}, now)
