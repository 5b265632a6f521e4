"""An open framework: apply at any time, be reviewed within days, join by the announcement, leave when one likes."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.listings.frameworks.queries import unit_ceilings
from catalogue.listings.methods import takes_applications
from catalogue.listings.queries import listing_by_id, listing_page, lock_listing, lots
from contracts.frameworks import queries
from contracts.frameworks.order_tables import FrameworkApplication
from contracts.frameworks.rules import TRANSITIONS, PlaceStatus, check_no_reentry
from contracts.frameworks.services import Admitted, enter_framework, enter_place, tell_users
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, insert, transaction
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.outbox.services import post_mail
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move
from vendors.credit.queries import credit_facts
from vendors.providers.queries import own_provider, provider_emails
from vendors.providers.rules import ProviderFacts, exclusions

Row = dict[str, Any]
OPEN_RULE, REVIEW_BY = "R-FRM-03", "R-TIME-30/review"
AGREEMENT = "接受征集公告的全部条件和付费标准。"


async def apply_to_join(reference: str, lot_number: int, words: str, actor: Actor, now: datetime) -> str:
    """Apply for a lot of an open framework; gives the application's number.

    Raises NotFound for other listings, Conflict when it is over or one has applied, Forbidden for who was removed
    or is excluded by statute.
    """
    actor.check_may(Permission.BID)
    listing = await listing_page(reference)
    if not takes_applications(listing):
        raise NotFound()
    async with transaction():
        row = await lock_listing(listing["id"])
        if row["status"] != "published" or now >= row["closes_at"]:
            raise Conflict(N_("这份框架协议现在不接受加入申请。"), clause=OPEN_RULE)
        lot = next((each for each in await lots(row["id"]) if each["number"] == lot_number), None)
        if lot is None:
            raise NotFound()
        provider = await own_provider(actor)
        await _check_may_join(provider, lot, now)
        number, due = await next_reference("SQ", county_day(now).year), compute(REVIEW_BY, county_day(now))
        await insert(
            FrameworkApplication, reference=number, listing=row["id"], lot=lot["id"], provider=provider["id"],
            words=words.strip(), applied_by=actor.person_id, applied_at=now,
            review_by=due.date, is_provisional=due.provisional,
        )  # fmt: skip
        await record("framework.applied", ("provider", str(provider["id"])), actor, {"number": number}, now)
    return number


async def _check_may_join(provider: Row, lot: Row, now: datetime) -> None:
    facts = ProviderFacts(provider["name"], provider["legal_form"])
    against = exclusions(facts, await credit_facts(provider["id"]), county_day(now), lot["legal_forms"])
    if against:
        raise Forbidden("{reason}", clause=against[0].clause, reason=against[0].sentence)
    held = await fetch(
        "SELECT status FROM framework_place WHERE lot = $1 AND provider = $2", lot["id"], provider["id"]
    )
    check_no_reentry([place["status"] for place in held])
    waits = await fetchval(
        "SELECT EXISTS (SELECT 1 FROM framework_application WHERE lot = $1 AND provider = $2 AND decided_at IS NULL)",
        lot["id"], provider["id"],
    )  # fmt: skip
    if waits or any(place["status"] == PlaceStatus.AGREED for place in held):
        raise Conflict(N_("贵单位已经申请或者已经加入，不用再申请。"), clause=OPEN_RULE)
    if held:
        raise Conflict(N_("贵单位已经退出这份框架协议，请联系征集人。"), clause=OPEN_RULE)


async def applications_of(listing: UUID) -> list[Row]:
    """Every application of a listing, those that wait first."""
    rows = await fetch(
        "SELECT a.*, t.number AS lot_number, t.title AS lot_title, o.name AS provider_name,"
        " o.name_en AS provider_name_en, p.reference AS provider_reference, d.name AS decided_by_name"
        " FROM framework_application a JOIN listing_lot t ON t.id = a.lot JOIN provider p ON p.id = a.provider"
        " JOIN organisation o ON o.id = p.organisation LEFT JOIN person d ON d.id = a.decided_by"
        " WHERE a.listing = $1 ORDER BY a.decided_at IS NOT NULL, a.applied_at",
        listing,
    )
    return [dict(r) for r in rows]


async def decide_application(
    reference: str, is_accepted: bool, reason: str, actor: Actor, now: datetime
) -> None:
    """Accept or refuse an application; who is accepted joins with the announcement (R-FRM-03, R-TIME-30).

    Raises Forbidden for other units, Conflict the second time, FormRefused for a refusal without a reason.
    """
    actor.check_may(Permission.DETERMINE_AWARD)
    if not is_accepted and not reason.strip():
        raise FormRefused({"reason": say(N_("不同意的请写明理由，供应商会看到它。"))})
    async with transaction():
        row = await fetchrow("SELECT * FROM framework_application WHERE reference = $1 FOR UPDATE", reference)
        if row is None:
            raise NotFound()
        listing = await listing_by_id(row["listing"])
        if listing["procuring_unit"] != actor.organisation_id:
            raise Forbidden(N_("这份框架协议由另一个单位征集和管理。请联系该单位。"), clause="R-FRM-01")
        if row["decided_at"] is not None:
            raise Conflict(N_("这份申请已经审核过，不能再改。"), clause=OPEN_RULE)
        await execute(
            "UPDATE framework_application SET decided_by = $2, decided_at = $3, is_accepted = $4, reason = $5"
            " WHERE id = $1",
            row["id"], actor.person_id, now, is_accepted, reason.strip(),
        )  # fmt: skip
        if is_accepted:
            await _join(dict(row), listing, actor, now)
        await _tell(dict(row), listing, is_accepted, reason, now)
        detail = {"number": reference, "accepted": "yes" if is_accepted else "no"}
        await record("framework.application_decided", ("provider", str(row["provider"])), actor, detail, now)


async def _join(application: Row, listing: Row, actor: Actor, now: datetime) -> None:
    """No paper is signed: the announcement counts as the agreement (order 110 article 41)."""
    if await queries.framework_of_listing(listing["id"]) is None:
        await enter_framework(listing["id"], (), actor, now)
    found = await queries.framework_of_listing(listing["id"])
    assert found is not None
    framework = await queries.lock_framework(found["id"])
    lot = next(each for each in await lots(listing["id"]) if each["id"] == application["lot"])
    turn = 1 + await fetchval(
        "SELECT coalesce(max(turn), 0) FROM framework_place WHERE framework = $1 AND lot = $2",
        framework["id"], lot["id"],
    )  # fmt: skip
    standard = (await unit_ceilings(listing["id"]))[lot["number"]]
    offer = f"{AGREEMENT}{application['words']}"
    place = await enter_place(framework["id"], Admitted(lot["id"], application["provider"], turn, standard, offer), now)
    await execute(
        "UPDATE framework_place SET status = 'agreed', signed_at = $2, users_told_at = $2 WHERE id = $1", place, now
    )
    await tell_users(framework, await queries.place_by_id(place), now)


async def _tell(application: Row, listing: Row, is_accepted: bool, reason: str, now: datetime) -> None:
    subject = say(N_("《{title}》加入申请的审核结果"), title=listing["title"])
    body = say(N_("申请 {number} 没有通过：{reason}"), number=application["reference"], reason=reason.strip())
    if is_accepted:
        body = say(N_("申请 {number} 已经通过，入围结果已经公告，可以接订单。"), number=application["reference"])
    for address in await provider_emails(application["provider"]):
        await post_mail(address, subject.text("zh"), f"{body.text('zh')}\n\n{body.text('en')}", now)


async def leave_framework(place: UUID, actor: Actor, now: datetime) -> None:
    """A provider leaves an open framework; the exit is announced at once. Raises Conflict in a closed one, NotFound."""
    actor.check_may(Permission.BID)
    async with transaction():
        if await fetchval("SELECT id FROM framework_place WHERE id = $1 FOR NO KEY UPDATE", place) is None:
            raise NotFound()
        found = await queries.place_by_id(place)
        if found["organisation"] != actor.organisation_id:
            raise NotFound()
        if found["framework_kind"] != "open":
            raise Conflict(
                N_("封闭式框架协议的入围供应商无正当理由不得退出。有正当理由的，请和征集人联系。"), clause="R-FRM-02"
            )
        status = move(TRANSITIONS, PlaceStatus(found["status"]), to=PlaceStatus.LEFT)
        await execute(
            "UPDATE framework_place SET status = $2, ended_at = $3, ended_by = $4 WHERE id = $1",
            place, status.value, now, actor.person_id,
        )  # fmt: skip
        detail = {"provider": found["provider_reference"]}
        await record("framework.left", ("framework", str(found["framework"])), actor, detail, now)
