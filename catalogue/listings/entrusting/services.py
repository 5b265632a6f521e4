"""Hand a listing to an agency, take it back, and confirm the procurement document that the agency publishes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from catalogue.listings.entrusting.queries import standing_confirmation, text_hash
from catalogue.listings.entrusting.tables import DocumentConfirmation
from catalogue.listings.preparation.services import check_prepared
from catalogue.listings.queries import Row, lock_listing
from catalogue.listings.readiness import check_reviewer_opens_nothing, refuse_unready, review_facts
from catalogue.listings.review.decisions import check_last_step
from catalogue.listings.rules import NEVER_PUBLIC, Status, check_may_draft_for, check_may_review
from marketplace.accounts.actor import Actor
from marketplace.accounts.agencies.queries import agreements_in_force
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused
from marketplace.kernel.i18n import N_, say


async def entrust_listing(listing: UUID, agreement: UUID | None, actor: Actor, now: datetime) -> None:
    """Let an agency run a draft under an agreement in force; None takes it back. Raises Forbidden, FormRefused."""
    async with transaction():
        row = await lock_listing(listing)
        check_may_draft_for(actor, row["procuring_unit"])
        if row["status"] not in NEVER_PUBLIC:
            words = N_("公告已经发布，不能再改由谁办理。要停止委托，请终止委托代理协议。")
            raise Conflict(words, clause="R-ROLE-05")
        usable = {each["id"]: each for each in await agreements_in_force(row["procuring_unit"], county_day(now))}
        if agreement is not None and agreement not in usable:
            raise FormRefused({"agreement": say(N_("请选一份本单位有效的委托代理协议。"))})
        if row["agency_agreement"] == agreement:
            return
        await execute("UPDATE listing SET agency_agreement = $2 WHERE id = $1", listing, agreement)
        told = {"agreement": usable[agreement]["reference"] if agreement else ""}
        act = "listing.entrusted" if agreement else "listing.taken_back"
        await record(act, ("listing", str(listing)), actor, told, now)


async def confirm_document(listing: UUID, actor: Actor, now: datetime) -> None:
    """The buyer's 采购文件确认函: the last step of review, after which the agency may publish exactly this text.

    Raises Forbidden (R-ROLE-02, R-ROLE-03), DomainError while something is wrong, Conflict when it is confirmed.
    """
    async with transaction():
        row = await lock_listing(listing)
        check_may_review(actor, review_facts(row))
        if row["status"] != Status.REVIEW or row["agency_agreement"] is None:
            raise Conflict(N_("现在没有等待确认的采购文件。请刷新页面，看它走到了哪一步。"))
        if await standing_confirmation(row):
            raise Conflict(N_("采购文件已经确认，等待代理机构发布。"))
        await check_reviewer_opens_nothing(listing, actor)
        await refuse_unready(row, now)
        await check_prepared(row, now)
        await check_last_step(row, actor)
        sha256 = await text_hash(listing)
        await insert(
            DocumentConfirmation, listing=listing, content_sha256=sha256, confirmed_by=actor.person_id,
            confirmed_at=now,
        )  # fmt: skip
        await record("listing.document_confirmed", ("listing", str(listing)), actor, {"sha256": sha256}, now)


async def check_agency_may_publish(row: Row, actor: Actor) -> UUID:
    """The agency publishes what the buyer confirmed, word for word; gives who confirmed. Raises Forbidden, DomainError.
    """
    actor.check_may(Permission.PUBLISH_CONFIRMED)
    actor.check_entrusted(row["agency_agreement"], Entrusted.PUBLISH)
    confirmed = await standing_confirmation(row)
    if confirmed is None:
        words = N_("采购人还没有确认采购文件，或者确认以后内容变了。请采购人出具采购文件确认函，再发布。")
        raise DomainError(words, clause="R-ROLE-05")
    if confirmed["confirmed_by"] == actor.person_id:
        raise Forbidden(N_("确认采购文件的人不能同时发布。请换一位。"), clause="R-ROLE-03")
    by: UUID = confirmed["confirmed_by"]
    return by
