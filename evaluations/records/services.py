"""Record a result that was reached elsewhere, return it, and confirm it: the second person's check awards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.listings.draft_queries import procedure_of
from catalogue.listings.frameworks.queries import framework_of, unit_ceilings
from catalogue.listings.method_choice import needs_publicity
from catalogue.listings.methods import PLATFORM, is_framework, row_of, takes_sealed_bids
from catalogue.listings.queries import lock_listing, lots
from catalogue.listings.services import (
    close_if_due,
    fail_listing,
    mark_awarded,
    mark_determined,
    mark_evaluated,
    mark_opened,
)  # fmt: skip
from catalogue.objections.services import check_objections_settled, objections_in_words
from contracts.frameworks.services import Admitted, enter_framework
from evaluations.awards.services import publish_award_notice
from evaluations.awards.tables import Award
from evaluations.records import queries
from evaluations.records.rules import (
    FAILURE_CLAUSE,
    FAILURE_GROUNDS,
    TRANSITIONS,
    Offer,
    Outcome,
    RecordDraft,
    RecordPeople,
    RecordStatus,
    RecordTerms,
    check_is_time,
    check_may_confirm,
    check_may_record,
    mistakes_of,
)  # fmt: skip
from evaluations.records.tables import RecordedOffer, RecordedPaper, RecordedPerson, ResultRecord
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import NewDocument, upload_document
from marketplace.accounts.trail import record
from marketplace.gateways.files import DocumentStore
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, insert, transaction
from marketplace.kernel.errors import Conflict, FormRefused
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move

Row = dict[str, Any]
ALREADY = N_("结果已经登记，等待另一位同事核对。要改，请核对人先退回。")


async def terms_of(listing: Row, now: datetime) -> RecordTerms:
    """What a record of this listing must fit."""
    row, procedure = row_of(listing), await procedure_of(listing)
    ceiling, framework = listing["ceiling"], await framework_of(listing["id"])
    units = await unit_ceilings(listing["id"])
    elimination = (framework.elimination or Decimal(0)) if framework else None
    return RecordTerms(
        method=row, venue=listing["venue"], published_on=county_day(listing["published_at"]), on=county_day(now),
        highest={
            lot["id"]: units.get(lot["number"]) or min(lot["budget"], ceiling or lot["budget"])
            for lot in await lots(listing["id"])
        },
        elimination=elimination, most_admitted=framework.most_admitted if framework else None,
        must_answer_objections=needs_publicity(
            row, listing["budget"], frozenset({procedure.ground}), listing["rules_on"]
        ),
    )  # fmt: skip


def check_open(listing: Row, now: datetime) -> None:
    """Raises Conflict while nothing can be recorded."""
    check_is_time(listing, now >= listing["closes_at"], takes_sealed_bids(listing))


async def record_result(  # noqa: PLR0913 - the minutes stand apart from the other papers
    listing: UUID,
    draft: RecordDraft,
    files: Sequence[NewDocument],
    store: DocumentStore,
    act: tuple[Actor, datetime],
    minutes: NewDocument | None = None,
) -> None:
    """Enter a result with its papers; a returned one is replaced and keeps its earlier papers.

    Raises NotFound, Conflict out of time or when one waits already, FormRefused with every mistake.
    """
    actor, now = act
    async with transaction():
        row = await lock_listing(listing)
        check_may_record(actor, RecordPeople(row["procuring_unit"], row["drafted_by"], None, row["agency_agreement"]))
        check_open(row, now)
        earlier = await queries.record_of(listing)
        if earlier and earlier["status"] != RecordStatus.RETURNED:
            raise Conflict(ALREADY)
        await check_objections_settled(row, now)
        terms = await terms_of(row, now)
        if terms.must_answer_objections:
            draft = replace(draft, objections=await objections_in_words(listing))
        if found := mistakes_of(draft, terms):
            raise FormRefused(found)
        id_ = await _write(row, earlier, draft, actor, now)
        for file in files:
            document = await upload_document(file, store, actor, now)
            await insert(RecordedPaper, record=id_, document=document)
        if minutes is not None:
            document = await upload_document(minutes, store, actor, now)
            await insert(RecordedPaper, record=id_, document=document, kind="minutes")
        detail = {"reference": row["reference"], "decided_on": draft.decided_on.isoformat()}
        await record("result.recorded", ("listing", str(listing)), actor, detail, now)


# what a record says besides its offers, people and papers; named alike in the draft and in the table
SAID = (
    "platform_number", "platform_link", "outcome", "failure_ground", "noticed_on", "opened_on", "decided_on",
    "announced_on", "short_period_reason", "account", "objections",
)  # fmt: skip


async def _write(row: Row, earlier: Row | None, draft: RecordDraft, actor: Actor, now: datetime) -> UUID:
    said = {name: getattr(draft, name) for name in SAID}
    by = {"recorded_by": actor.person_id, "recorded_at": now}
    if earlier is None:
        id_: UUID = await insert(ResultRecord, listing=row["id"], **said, **by)
    else:
        id_ = earlier["id"]
        status = move(TRANSITIONS, RecordStatus(earlier["status"]), to=RecordStatus.RECORDED)
        values = {**said, **by, "status": status.value, "return_reason": ""}
        fields = ", ".join(f"{name} = ${place}" for place, name in enumerate(values, start=2))
        await execute(f"UPDATE result_record SET {fields} WHERE id = $1", id_, *values.values())
        await execute("DELETE FROM recorded_offer WHERE record = $1", id_)
        await execute("DELETE FROM recorded_person WHERE record = $1", id_)
    for position, offer in enumerate(draft.offers, start=1):
        await insert(
            RecordedOffer, record=id_, position=position, lot=offer.lot, provider=offer.provider, name=offer.name,
            price=offer.price, total_score=offer.total_score, reason=offer.reason, is_winner=offer.is_winner,
        )  # fmt: skip
    for position, (name, role) in enumerate(draft.people, start=1):
        await insert(RecordedPerson, record=id_, position=position, name=name, role=role)
    return id_


async def _waiting(listing: UUID, actor: Actor) -> tuple[Row, Row]:
    row = await lock_listing(listing)
    found = await queries.record_of(listing)
    recorded_by = found["recorded_by"] if found else None
    check_may_confirm(actor, RecordPeople(row["procuring_unit"], row["drafted_by"], recorded_by))
    if found is None or found["status"] != RecordStatus.RECORDED:
        raise Conflict(N_("现在没有等待核对的结果。请刷新页面，看采购走到了哪一步。"))
    return row, found


async def return_result(listing: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """Give a record back with the reason. Raises Forbidden (R-ROLE-03), Conflict."""
    async with transaction():
        _, found = await _waiting(listing, actor)
        status = move(TRANSITIONS, RecordStatus(found["status"]), to=RecordStatus.RETURNED)
        await execute(
            "UPDATE result_record SET status = $2, return_reason = $3 WHERE id = $1", found["id"], status.value, reason
        )
        await record("result.returned", ("listing", str(listing)), actor, {"reason": reason}, now)


async def confirm_result(listing: UUID, actor: Actor, now: datetime) -> list[UUID]:
    """Check and confirm: the listing is awarded and its contracts are drawn up, or it has failed; gives the contracts.

    Raises Forbidden (R-ROLE-03), Conflict when nothing waits, FormRefused when the record no longer fits.
    """
    async with transaction():
        row, found = await _waiting(listing, actor)
        await check_objections_settled(row, now)
        offers = await queries.offers_of(found["id"])
        if wrong := mistakes_of(await _as_draft(found, offers), await terms_of(row, now)):
            raise FormRefused(wrong)
        status = move(TRANSITIONS, RecordStatus(found["status"]), to=RecordStatus.CONFIRMED)
        await execute(
            "UPDATE result_record SET status = $2, confirmed_by = $3, confirmed_at = $4 WHERE id = $1",
            found["id"], status.value, actor.person_id, now,
        )  # fmt: skip
        await record("result.confirmed", ("listing", str(listing)), actor, {"reference": row["reference"]}, now)
        await close_if_due(listing, now)
        if found["outcome"] == Outcome.FAILED:
            reason = say(FAILURE_GROUNDS[found["failure_ground"]])
            await fail_listing(listing, reason, FAILURE_CLAUSE, actor, now)
            return []
        await mark_opened(listing, actor, now)
        await mark_evaluated(listing, actor, now)
        if is_framework(row):
            await _admit(row, [o for o in offers if o["is_winner"]], (actor, now))
            return []
        people = len(await queries.people_of(found["id"]))
        for offer in (o for o in offers if o["is_winner"]):
            same = [o for o in offers if o["lot"] == offer["lot"]]
            await _award(row, offer, basis_of(row, found, len(same), people), (actor, now))
        await mark_determined(listing, actor, now)
        return await publish_award_notice(listing, actor, now)


async def _admit(row: Row, winners: list[Row], act: tuple[Actor, datetime]) -> None:
    """The framework with a place for each, in the order in which they were recorded; orders then follow as usual."""
    actor, now = act
    await mark_determined(row["id"], actor, now)
    await mark_awarded(row["id"], actor, now)
    by_lot: dict[UUID, int] = {}
    admitted = []
    for offer in sorted(winners, key=lambda each: (each["lot_number"], each["position"])):
        by_lot[offer["lot"]] = turn = by_lot.get(offer["lot"], 0) + 1
        admitted.append(Admitted(offer["lot"], offer["provider"], turn, offer["price"], ""))
    await enter_framework(row["id"], admitted, actor, now)


async def _as_draft(found: Row, offers: list[Row]) -> RecordDraft:
    people = await queries.people_of(found["id"])
    names = ("lot", "name", "provider", "price", "total_score", "reason", "is_winner")
    return RecordDraft(
        **{name: found[name] for name in SAID},
        offers=tuple(Offer(**{name: o[name] for name in names}) for o in offers),
        people=tuple((p["name"], p["role"]) for p in people), papers=len(await queries.papers_of(found["id"])),
        has_minutes=await queries.has_minutes(found["id"]),
    )  # fmt: skip


def basis_of(listing: Row, found: Row, offers: int, people: int) -> Sentence:
    """What decided, in a sentence."""
    row = row_of(listing)
    if listing["venue"] == PLATFORM:
        return say(N_("省级平台项目 {number} 的结果，一人登记、一人核对。"), number=found["platform_number"])
    if row.lowest_wins:
        return say(N_("询比 {count} 家，满足需求的最低报价成交。"), count=offers)
    if row.people:
        return say(N_("{count} 人集体决定，见会议纪要。"), count=people)
    return say(N_("单一来源，协商成交，见协商记录。"))


async def _award(row: Row, offer: Row, basis: Sentence, act: tuple[Actor, datetime]) -> None:
    actor, now = act
    reference = await next_reference("CJ", county_day(now).year)
    await insert(
        Award, reference=reference, listing=row["id"], lot=offer["lot"], provider=offer["provider"],
        amount=offer["price"], total_score=offer["total_score"], basis=basis.text("zh"), basis_en=basis.text("en"),
        determined_by=actor.person_id, determined_at=now,
    )  # fmt: skip
    detail = {"award": reference, "lot": str(offer["lot"]), "basis": basis.text("zh")}
    await record("award.determined", ("listing", str(row["id"])), actor, detail, now)
