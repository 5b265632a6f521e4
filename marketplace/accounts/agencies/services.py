"""Record an agreement with an agency, approve it, send it back, end it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.agencies import queries
from marketplace.accounts.agencies.rules import (
    TRANSITIONS,
    AgreementStatus,
    NewAgreement,
    check_may_decide,
    check_may_record,
    may_end,
    mistakes_in,
)  # fmt: skip
from marketplace.accounts.agencies.tables import AgencyAgreement, AgencyAgreementAct
from marketplace.accounts.documents.services import NewDocument, upload_document
from marketplace.accounts.trail import record
from marketplace.gateways.files import DocumentStore
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchrow, insert, transaction
from marketplace.kernel.errors import DomainError, Forbidden, FormRefused, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move


async def record_agreement(
    new: NewAgreement, file: tuple[NewDocument, DocumentStore] | None, actor: Actor, now: datetime
) -> str:
    """Enter a written agreement; gives its reference. It counts once a colleague approved it (R-ROLE-05).

    Raises Forbidden for an agency, FormRefused with every mistake. The same document number again is the same entry.
    """
    check_may_record(actor)
    known = frozenset(each["id"] for each in await queries.agencies())
    if mistakes := mistakes_in(new, county_day(now), known):
        raise FormRefused(mistakes)
    async with transaction():
        await execute("SELECT pg_advisory_xact_lock(hashtext('agency' || $1::text))", str(actor.organisation_id))
        twin = await fetchrow(
            "SELECT reference FROM agency_agreement WHERE buyer = $1 AND agency = $2 AND document_number = $3"
            " AND status <> 'returned'",
            actor.organisation_id, new.agency, new.document_number,
        )  # fmt: skip
        if twin is not None:
            return str(twin["reference"])  # the form was sent twice
        reference = await next_reference("WT", county_day(now).year)
        agreement: UUID = await insert(
            AgencyAgreement, reference=reference, buyer=actor.organisation_id, agency=new.agency,
            document_number=new.document_number, matter=new.matter, valid_from=new.valid_from, valid_to=new.valid_to,
            fee=new.fee, fee_payer=new.fee_payer, document=await _kept(file, actor, now),
            recorded_by=actor.person_id, recorded_at=now,
        )  # fmt: skip
        for act in new.acts:
            await insert(AgencyAgreementAct, agreement=agreement, act=act.value)
        detail = {"reference": reference, "document": new.document_number, "acts": " ".join(sorted(new.acts))}
        await record("agency.recorded", ("agency_agreement", str(agreement)), actor, detail, now)
    return reference


async def _kept(file: tuple[NewDocument, DocumentStore] | None, actor: Actor, now: datetime) -> UUID | None:
    if file is None:
        return None
    try:
        return await upload_document(file[0], file[1], actor, now)
    except DomainError as refused:
        raise FormRefused({"file": refused.sentence}) from refused


async def approve_agreement(reference: str, actor: Actor, now: datetime) -> None:
    """Let it count. Raises NotFound for another buyer's, Forbidden (R-ROLE-03), IllegalMove when decided."""
    await _decide(reference, AgreementStatus.APPROVED, "", actor, now)


async def return_agreement(reference: str, reason: str, actor: Actor, now: datetime) -> None:
    """Send it back for good with the reason; the right one is recorded anew."""
    await _decide(reference, AgreementStatus.RETURNED, reason, actor, now)


async def _decide(reference: str, to: AgreementStatus, reason: str, actor: Actor, now: datetime) -> None:
    async with transaction():
        row = await _locked(reference)
        check_may_decide(actor, row)
        status = move(TRANSITIONS, row["status"], to=to)
        await execute(
            "UPDATE agency_agreement SET status = $2, decided_by = $3, decided_at = $4, return_reason = $5"
            " WHERE id = $1",
            row["id"], status.value, actor.person_id, now, reason,
        )  # fmt: skip
        detail = {"reference": reference} | ({"reason": reason} if reason else {})
        await record(f"agency.{status.value}", ("agency_agreement", str(row["id"])), actor, detail, now)


async def end_agreement(reference: str, reason: str, actor: Actor, now: datetime) -> None:
    """Take the mandate back: from now on the agency may do nothing under it. Raises Forbidden, IllegalMove."""
    async with transaction():
        row = await _locked(reference)
        if actor.organisation_id != row["buyer"]:
            raise NotFound()
        status = move(TRANSITIONS, row["status"], to=AgreementStatus.ENDED)
        if not may_end(actor, row):
            raise Forbidden(N_("只有采购人本单位的人可以终止委托。请联系采购人。"), clause="R-ROLE-05")
        await execute(
            "UPDATE agency_agreement SET status = $2, ended_by = $3, ended_at = $4, end_reason = $5 WHERE id = $1",
            row["id"], status.value, actor.person_id, now, reason,
        )  # fmt: skip
        detail = {"reference": reference, "reason": reason}
        await record("agency.ended", ("agency_agreement", str(row["id"])), actor, detail, now)


async def _locked(reference: str) -> dict[str, object]:
    row = await fetchrow("SELECT * FROM agency_agreement WHERE reference = $1 FOR UPDATE", reference)
    if row is None:
        raise NotFound()
    return dict(row)
