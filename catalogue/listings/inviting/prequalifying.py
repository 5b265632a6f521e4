"""Prequalification run here: announced by two, open to all for the lawful days, each applicant judged with a reason.

The list for the draw is then exactly those who qualified (R-METH-10, R-TIME-06).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.listings.inviting.queries import mails_of
from catalogue.listings.inviting.rules import (
    APPLICATION,
    BEFORE,
    CLAUSE,
    Listed,
    NewList,
    Way,
    invites_only,
    may_read_as_official,
)
from catalogue.listings.inviting.tables import Prequalification, PrequalificationApplication
from catalogue.listings.queries import lock_listing, lots
from catalogue.listings.rules import check_may_draft_for
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, insert, transaction
from marketplace.kernel.deadlines import compute, day_words
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.outbox.services import post_mail

Row = dict[str, Any]
RULE = "R-TIME-06"

_FOUND = (
    "SELECT q.*, l.reference, l.title, l.title_en, l.procuring_unit, l.published_at AS listing_published_at"
    " FROM prequalification q JOIN listing l ON l.id = q.listing"
)


async def prequalification_of(listing: UUID) -> Row | None:
    """The prequalification of a listing, announced or being prepared."""
    row = await fetchrow(_FOUND + " WHERE q.listing = $1", listing)
    return dict(row) if row else None


async def announced(reference: str) -> Row:
    """An announced prequalification by the listing's number; public. Raises NotFound."""
    row = await fetchrow(_FOUND + " WHERE l.reference = $1 AND q.published_at IS NOT NULL", reference)
    if row is None:
        raise NotFound()
    return dict(row)


async def all_announced() -> list[Row]:
    """Every announced prequalification, the newest first; public."""
    rows = await fetch(
        "SELECT q.applications_until, q.published_at, l.reference, l.title, l.title_en, o.name AS unit_name,"
        " o.name_en AS unit_name_en FROM prequalification q JOIN listing l ON l.id = q.listing"
        " JOIN organisation o ON o.id = l.procuring_unit WHERE q.published_at IS NOT NULL"
        " ORDER BY q.published_at DESC, l.reference LIMIT 200"
    )
    return [dict(r) for r in rows]


async def applications_of(prequalification: UUID) -> list[Row]:
    """Who applied, in the order of applying, with what was found."""
    rows = await fetch(
        "SELECT a.*, o.name, o.name_en, p.reference AS provider_reference FROM prequalification_application a"
        " JOIN organisation o ON o.id = a.organisation LEFT JOIN provider p ON p.organisation = o.id"
        " WHERE a.prequalification = $1 ORDER BY a.applied_at, a.id",
        prequalification,
    )
    return [dict(r) for r in rows]


async def application_by(prequalification: UUID, organisation: UUID) -> Row | None:
    """One provider's own application."""
    row = await fetchrow(
        "SELECT * FROM prequalification_application WHERE prequalification = $1 AND organisation = $2",
        prequalification, organisation,
    )  # fmt: skip
    return dict(row) if row else None


async def application_page(application: UUID, actor: Actor, now: datetime) -> Row:
    """One application for the unit that judges it, after the deadline. Raises NotFound, before it as for strangers."""
    row = await fetchrow(
        "SELECT a.*, o.name, o.name_en, q.listing, q.applications_until, q.qualification, l.reference, l.title,"
        " l.title_en, l.procuring_unit, l.agency_agreement, l.status FROM prequalification_application a"
        " JOIN prequalification q ON q.id = a.prequalification JOIN listing l ON l.id = q.listing"
        " JOIN organisation o ON o.id = a.organisation WHERE a.id = $1",
        application,
    )
    if row is None or now < row["applications_until"] or not may_read_as_official(actor, row):
        raise NotFound()
    return dict(row)


async def _lock(listing: UUID, actor: Actor) -> Row:
    row = await lock_listing(listing)
    check_may_draft_for(actor, row["procuring_unit"], row["agency_agreement"], Entrusted.DRAFT)
    if row["status"] not in BEFORE or not invites_only(row):
        raise Conflict(N_("只有还没有发布、在本平台办理的邀请招标项目可以资格预审。请刷新页面。"), clause=CLAUSE)
    return row


async def prepare(listing: UUID, applications_until: datetime, actor: Actor, now: datetime) -> None:
    """Say until when providers may apply; replaced as long as it is not announced. Raises FormRefused, Conflict."""
    least = compute(APPLICATION, county_day(now)).date
    if county_day(applications_until) < least:
        words = N_("提交申请的时间太短，最早到 {day}截止。")
        raise FormRefused({"applications_until": say(words, day=day_words(least))})
    async with transaction():
        row = await _lock(listing, actor)
        if not row["qualification"].strip():
            raise FormRefused({"applications_until": say(N_("请先在“资格要求”里写明申请人的条件，再资格预审。"))})
        if not row["requirement"].strip() or not await lots(listing):
            raise FormRefused({"applications_until": say(N_("请先填好“采购包”和“采购需求”，公告要写明买什么。"))})
        earlier = await prequalification_of(listing)
        if earlier and earlier["published_at"]:
            raise Conflict(N_("资格预审公告已经发布，不能再改。"), clause=RULE)
        if earlier:
            await execute("DELETE FROM prequalification WHERE id = $1", earlier["id"])
        await insert(
            Prequalification, listing=listing, applications_until=applications_until, prepared_by=actor.person_id,
            prepared_at=now,
        )  # fmt: skip
        detail = {"reference": row["reference"], "until": f"{county_day(applications_until)}"}
        await record("prequalification.prepared", ("listing", str(listing)), actor, detail, now)


async def announce(listing: UUID, actor: Actor, now: datetime) -> None:
    """A second person announces it; the lawful days count from today. Raises Forbidden (R-ROLE-03), Conflict."""
    actor.check_may(Permission.APPROVE_LISTING)
    async with transaction():
        row = await lock_listing(listing)
        if actor.organisation_id != row["procuring_unit"]:
            raise NotFound()
        found = await prequalification_of(listing)
        if found is None or found["published_at"] or row["status"] not in BEFORE:
            raise Conflict(N_("现在没有等待发布的资格预审公告。请刷新页面。"), clause=RULE)
        if actor.person_id in (found["prepared_by"], row["drafted_by"]):
            raise Forbidden(N_("资格预审公告是您起草的，不能由您发布。请本单位另一位同事发布。"), clause="R-ROLE-03")
        least = compute(APPLICATION, county_day(now)).date
        if county_day(found["applications_until"]) < least:
            words = N_("从今天起算，提交申请最早到 {day}截止。请起草人先把截止时间往后移。")
            raise Conflict(words, clause=RULE, day=day_words(least))
        await execute(
            "UPDATE prequalification SET published_by = $2, published_at = $3, qualification = $4 WHERE id = $1",
            found["id"], actor.person_id, now, row["qualification"],
        )  # fmt: skip
        detail = {"reference": row["reference"]}
        await record("prequalification.announced", ("listing", str(listing)), actor, detail, now)


async def apply(reference: str, actor: Actor, now: datetime) -> None:
    """A provider applies with its registered file; done again it changes nothing. Raises NotFound, Conflict."""
    actor.check_may(Permission.BID)
    async with transaction():
        found = await announced(reference)
        if await fetchval("SELECT county_now() >= $1", found["applications_until"]):
            raise Conflict(N_("提交申请的时间已经截止，现在不能申请。"), clause=RULE)
        if await application_by(found["id"], actor.organisation_id):
            return
        await insert(
            PrequalificationApplication, prequalification=found["id"], organisation=actor.organisation_id,
            applied_by=actor.person_id, applied_at=now,
        )  # fmt: skip
        # who applied stays unknown as who is invited does (R-COUNT-01)
        stream = f"listing:{found['listing']}"
        await record("prequalification.applied", ("listing", str(found["listing"])), actor, {}, now, stream)


async def judge(application: UUID, is_qualified: bool, reason: str, actor: Actor, now: datetime) -> UUID:
    """Say whether an applicant meets the conditions, after the deadline; gives the listing.

    The applicant is told. Raises NotFound, FormRefused without a reason for a refusal, Conflict out of time.
    """
    if not is_qualified and not reason.strip():
        raise FormRefused({"reason": say(N_("不合格的，请写明哪一条不符合、依据是什么。理由会告诉申请人。"))})
    async with transaction():
        row = await fetchrow(
            "SELECT a.organisation, q.listing, q.applications_until FROM prequalification_application a"
            " JOIN prequalification q ON q.id = a.prequalification WHERE a.id = $1",
            application,
        )
        if row is None:
            raise NotFound()
        listing = await _lock(row["listing"], actor)
        if now < row["applications_until"]:
            raise Conflict(N_("提交申请还没有截止，截止以后才能审查。"), clause=RULE)
        if await fetchval("SELECT 1 FROM invitation_list WHERE listing = $1", row["listing"]):
            raise Conflict(N_("备选名单已经写好，不能再改审查结论。"), clause=CLAUSE)
        await execute(
            "UPDATE prequalification_application SET is_qualified = $2, reason = $3, judged_by = $4, judged_at = $5"
            " WHERE id = $1",
            application, is_qualified, reason.strip(), actor.person_id, now,
        )  # fmt: skip
        await _tell(listing, row["organisation"], is_qualified, reason.strip(), now)
        stream = f"listing:{row['listing']}"
        await record("prequalification.judged", ("listing", str(row["listing"])), actor, {}, now, stream)
    found: UUID = row["listing"]
    return found


async def _tell(listing: Row, organisation: UUID, is_qualified: bool, reason: str, now: datetime) -> None:
    subject = say(N_("资格预审结果：{title}"), title=listing["title"])
    words = say(N_("贵单位通过了“{title}”的资格预审，列入随机抽取受邀请供应商的名单。"), title=listing["title"])
    if not is_qualified:
        words = say(N_("贵单位没有通过“{title}”的资格预审。理由：{reason}"), title=listing["title"], reason=reason)
    for mail in await mails_of([organisation]):
        await post_mail(mail["email"], subject.text("zh"), words.text("zh"), now)


async def qualified_list(listing: UUID, take: int, now: datetime) -> NewList:
    """The list for the draw: everybody who qualified. Raises Conflict before the deadline or while one waits."""
    found = await prequalification_of(listing)
    if found is None or found["published_at"] is None or now < found["applications_until"]:
        raise Conflict(N_("提交申请还没有截止，不能定名单。请在截止以后再来。"), clause=RULE)
    rows = await applications_of(found["id"])
    if waiting := sum(row["is_qualified"] is None for row in rows):
        raise Conflict(N_("还有 {count} 家申请没有审查。请逐家审查以后再定名单。"), clause=CLAUSE, count=waiting)
    listed = tuple(Listed(row["name"]) for row in rows if row["is_qualified"])
    return NewList(
        Way.PREQUALIFICATION, f"{found['reference']} 资格预审公告", take, listed, county_day(found["published_at"]),
        county_day(found["applications_until"]),
    )  # fmt: skip


async def check_list_agrees(listing: Mapping[str, Any], way: str, names: list[str]) -> None:
    """Where a prequalification was announced here the list is its outcome, and what it asked still stands.

    Raises Conflict.
    """
    found = await prequalification_of(listing["id"])
    if found is None or found["published_at"] is None:
        return
    rows = await applications_of(found["id"])
    if way != Way.PREQUALIFICATION or sorted(names) != sorted(row["name"] for row in rows if row["is_qualified"]):
        words = N_("本平台发布过资格预审公告，备选名单只能是预审合格的供应商。请用“用预审合格的名单”。")
        raise Conflict(words, clause=CLAUSE)
    if found["qualification"].strip() != listing["qualification"].strip():
        words = N_("现在的资格要求和资格预审公告写的不一样。请改回公告的写法。")
        raise Conflict(words, clause="R-CORR-01")
