"""Record who helped to prepare a project, take a wrong record back; once the bids are in, two people do either."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.listings.drafting_queries import terms_of
from catalogue.listings.drafts import Terms
from catalogue.listings.queries import listing_page
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.outbox import post_mail
from vendors.relations.queries import bidders_of
from vendors.relations.rules import HELPER_LABELS, check_programme_is_printed, check_second_person, is_late
from vendors.relations.tables import ProjectHelper

Row = dict[str, Any]


@dataclass(frozen=True)
class NewHelper:
    """Who did what for the project, known from which paper; for a programme, where the listing prints it."""

    kind: str
    scope: str
    name: str
    credit_code: str
    source: str


async def own_listing(reference: str, actor: Actor) -> Row:
    """A listing of the actor's own office. Raises NotFound for other offices."""
    listing = await listing_page(reference)
    if actor.organisation_id != listing["procuring_unit"]:
        raise NotFound()
    return listing


async def record_helper(reference: str, new: NewHelper, actor: Actor, now: datetime) -> UUID:
    """Record who helped to prepare a project of the own office (R-ROLE-08).

    Once the bids are in, it counts only after a second person confirmed it. Raises NotFound, FormRefused.
    """
    actor.check_may(Permission.DRAFT_LISTING)
    listing = await own_listing(reference, actor)
    check_programme_is_printed(new.scope, (await terms_of(listing["id"]) or Terms()).programme)
    async with transaction():
        helper: UUID = await insert(
            ProjectHelper, listing=listing["id"], entered_by=actor.person_id, entered_at=now, **asdict(new)
        )
        await _note("listing.helper_recorded", listing, {"kind": new.kind, "name": new.name}, actor, now)
    return helper


async def end_helper(reference: str, helper: UUID, actor: Actor, now: datetime) -> None:
    """Take back a wrong record, it stays with its day; once the bids are in, ask a second person. Raises NotFound."""
    actor.check_may(Permission.DRAFT_LISTING)
    listing = await own_listing(reference, actor)
    if is_late(now, listing["closes_at"]):
        asked = (
            "UPDATE project_helper SET end_asked_by = $4, end_asked_at = $3 WHERE id = $1 AND listing = $2"
            " AND ended_at IS NULL AND end_asked_at IS NULL RETURNING kind"
        )
        await _change("listing.helper_removal_asked", listing, (asked, helper, now, actor.person_id), actor, now)
    else:
        ended = "UPDATE project_helper SET ended_at = $3 WHERE id = $1 AND listing = $2 AND ended_at IS NULL"
        await _change("listing.helper_removed", listing, (f"{ended} RETURNING kind", helper, now), actor, now)


async def confirm_helper(reference: str, helper: UUID, actor: Actor, now: datetime) -> None:
    """A second person confirms what was recorded, or taken back, once the bids were in; every bidder is told.

    Raises Forbidden for who recorded or asked (R-ROLE-08), Conflict when nothing waits, NotFound.
    """
    actor.check_may(Permission.DRAFT_LISTING)
    listing = await own_listing(reference, actor)
    async with transaction():
        row = await _waiting(helper, listing)
        ends = row["end_asked_at"] is not None
        check_second_person(row["end_asked_by"] if ends else row["entered_by"], actor.person_id)
        columns = "ended_at = $2" if ends else "confirmed_at = $2, confirmed_by = $3"
        values = (helper, now) if ends else (helper, now, actor.person_id)
        await execute(f"UPDATE project_helper SET {columns} WHERE id = $1", *values)
        act = "listing.helper_removed" if ends else "listing.helper_confirmed"
        await _note(act, listing, {"kind": row["kind"], "name": row["name"]}, actor, now)
        await _tell_bidders(listing, row, ends, now)


async def keep_helper(reference: str, helper: UUID, actor: Actor, now: datetime) -> None:
    """Leave a record as it stands after its taking back was asked; twice does no harm. Raises NotFound."""
    actor.check_may(Permission.DRAFT_LISTING)
    listing = await own_listing(reference, actor)
    kept = (
        "UPDATE project_helper SET end_asked_by = NULL, end_asked_at = NULL WHERE id = $1 AND listing = $2"
        " AND ended_at IS NULL AND end_asked_at IS NOT NULL RETURNING kind"
    )
    await _change("listing.helper_kept", listing, (kept, helper), actor, now)


async def _change(act: str, listing: Row, statement: tuple[Any, ...], actor: Actor, now: datetime) -> None:
    """Run what gives the kind of the row it changed, and write the act down where it changed one."""
    sql, helper, *more = statement
    async with transaction():
        if kind := await fetchval(sql, helper, listing["id"], *more):
            await _note(act, listing, {"kind": kind}, actor, now)


async def _waiting(helper: UUID, listing: Row) -> Row:
    row = await fetchrow(
        "SELECT * FROM project_helper WHERE id = $1 AND listing = $2 FOR UPDATE", helper, listing["id"]
    )
    if row is None:
        raise NotFound()
    waits = is_late(row["entered_at"], listing["closes_at"]) and row["confirmed_at"] is None
    if row["ended_at"] is not None or not (waits or row["end_asked_at"] is not None):
        raise Conflict(N_("这一条没有等待核实的事项。请刷新页面查看。"))
    return dict(row)


async def _note(act: str, listing: Row, detail: dict[str, str], actor: Actor, now: datetime) -> None:
    await record(act, ("listing", str(listing["id"])), actor, detail, now)


async def _tell_bidders(listing: Row, helper: Row, ends: bool, now: datetime) -> None:
    """One mail to every bidder: who was recorded or struck out, on what ground, and what can be done about it."""
    told = {"reference": listing["reference"], "name": helper["name"], "source": helper["source"],
            "kind": say(HELPER_LABELS[helper["kind"]])}  # fmt: skip
    words = (
        N_("采购编号 {reference}：撤销“{name}”做过{kind}的登记（{source}）。有异议的，可以依法提出质疑。")
        if ends
        else N_(
            "采购编号 {reference}：提交截止以后登记“{name}”做过{kind}（{source}），"
            "它和有关联的单位不得参加。有异议的，可以依法提出质疑。"
        )
    )
    subject, body = say(N_("前期工作登记有变化：{reference}"), reference=listing["reference"]), say(words, **told)
    for address in await bidders_of(listing["id"]):
        await post_mail(address, subject.text("zh"), f"{body.text('zh')}\n\n{body.text('en')}", now)
