"""Cases of credit: opened with evidence, heard, decided by a second person; entries removed the same way."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import NewDocument, upload_document
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.files import DocumentStore
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, FormRefused, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.outbox.services import post_mail
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move
from vendors.credit.queries import case_page, entry_page
from vendors.credit.rules import (
    CASE_TRANSITIONS,
    REMOVAL_TRANSITIONS,
    CaseFacts,
    CaseStatus,
    RemovalStatus,
    case_mistakes,
    check_second_person,
)
from vendors.credit.tables import CreditCase, CreditEntry, CreditRemoval
from vendors.providers.rules import CREDIT_LABELS, Day


@dataclass(frozen=True)
class NewCase:
    """A decision of an authority about a provider, with its paper; both days are included."""

    provider: UUID
    kind: str
    authority: str
    document_number: str
    decided_on: date
    reason: str
    starts_on: date
    ends_on: date
    hear_until: date
    fine: Decimal | None = None


async def open_case(new: NewCase, evidence: NewDocument, store: DocumentStore, actor: Actor, now: datetime) -> str:
    """Open a case and tell the provider, who may state its view; nothing is public. Raises FormRefused (R-CRED-01)."""
    actor.check_may(Permission.RECORD_CREDIT)
    today = county_day(now)
    errors = case_mistakes(CaseFacts(new.kind, new.decided_on, new.starts_on, new.ends_on, new.fine), today)
    if new.hear_until <= today:
        errors["hear_until"] = say(N_("陈述的最后一天要晚于今天。请给对方留出时间。"))
    if errors:
        raise FormRefused(errors)
    try:
        document = await upload_document(evidence, store, actor, now)
    except DomainError as refused:
        raise FormRefused({"evidence": refused.sentence}) from refused
    async with transaction():
        reference = await next_reference("XY", today.year)
        await insert(
            CreditCase, reference=reference, evidence=document, opened_by=actor.person_id, opened_at=now, **asdict(new)
        )
        await record("credit.case_opened", ("provider", str(new.provider)), actor, _detail(reference, new.kind), now)
        subject = say(N_("请陈述意见：{kind}（{reference}）"), kind=say(CREDIT_LABELS[new.kind]), reference=reference)
        words = N_(
            "财政局准备登记：{kind}，文号 {document}。"
            "请在 {until} 以前登录，在“本机构资料”的“信用事项”里看材料、写意见。"
        )
        body = say(
            words, kind=say(CREDIT_LABELS[new.kind]), document=new.document_number, until=Day(new.hear_until)
        )
        await _tell(new.provider, subject, body, now)
    return reference


def _detail(reference: str, kind: str) -> dict[str, str]:
    return {"reference": reference, "kind": kind}


async def _tell(provider: UUID, subject: Any, body: Any, now: datetime) -> None:
    rows = await fetch(
        "SELECT DISTINCT x.email FROM provider p JOIN membership m ON m.organisation = p.organisation"
        " AND m.role = 'provider' JOIN person x ON x.id = m.person AND x.is_active WHERE p.id = $1 AND x.email <> ''",
        provider,
    )
    for row in rows:
        await post_mail(row["email"], subject.text("zh"), f"{body.text('zh')}\n\n{body.text('en')}", now)


async def state_view(reference: str, statement: str, actor: Actor, now: datetime) -> None:
    """The provider states its view; a later one takes the place of the earlier. Raises NotFound, Conflict."""
    actor.check_may(Permission.EDIT_PROVIDER_FILE)
    async with transaction():
        row = await case_page(reference, actor)
        if not row["is_own"]:
            raise NotFound()
        stated = await fetchval(
            "UPDATE credit_case SET statement = $2, stated_by = $3, stated_at = $4"
            " WHERE id = $1 AND status IN ('opened', 'heard') RETURNING id",
            row["id"], statement, actor.person_id, now,
        )  # fmt: skip
        if stated is None:
            raise Conflict(N_("这件事已经决定了，不能再补充意见。不服的，可以按决定书写明的途径申请救济。"))
        await record("credit.stated", ("provider", str(row["provider"])), actor, {"reference": reference}, now)


@dataclass(frozen=True)
class Hearing:
    """How the provider was heard, on which day, and what came of it."""

    hearing: str
    heard_on: date
    note: str


async def record_hearing(reference: str, heard: Hearing, actor: Actor, now: datetime) -> None:
    """Record how the provider was heard; only then may a case be decided. Raises FormRefused, Conflict."""
    actor.check_may(Permission.RECORD_CREDIT)
    if heard.heard_on > county_day(now):
        raise FormRefused({"heard_on": say(N_("听取意见的日期不能晚于今天。请核对。"))})
    async with transaction():
        row = await _lock_case(reference)
        status = move(CASE_TRANSITIONS, row["status"], to=CaseStatus.HEARD)
        if heard.hearing == "waived" and county_day(now) <= row["hear_until"] and not row["statement"]:
            words = N_("陈述期到 {until} 才满，现在还不能登记“没有要求听证”。")
            raise FormRefused({"hearing": say(words, until=Day(row["hear_until"]))})
        await execute(
            "UPDATE credit_case SET status = $2, hearing = $3, hearing_note = $4, heard_on = $5 WHERE id = $1",
            row["id"], status.value, heard.hearing, heard.note, heard.heard_on,
        )  # fmt: skip
        detail = {"reference": reference, "hearing": heard.hearing}
        await record("credit.heard", ("provider", str(row["provider"])), actor, detail, now)


async def publish_case(reference: str, actor: Actor, now: datetime) -> UUID:
    """A second person publishes the case: from now on its entry is public and counts. Raises Forbidden, Conflict."""
    actor.check_may(Permission.RECORD_CREDIT)
    async with transaction():
        row = await _lock_case(reference)
        check_second_person(row["opened_by"], actor.person_id)
        status = move(CASE_TRANSITIONS, row["status"], to=CaseStatus.PUBLISHED)
        entry: UUID = await insert(
            CreditEntry, provider=row["provider"], kind=row["kind"], document_number=row["document_number"],
            reason=row["reason"], starts_on=row["starts_on"], ends_on=row["ends_on"], recorded_by=actor.person_id,
            recorded_at=now,
        )  # fmt: skip
        await _end_case(row, status, "", entry, actor, now)
        detail = {"kind": row["kind"], "document": row["document_number"], "until": row["ends_on"].isoformat()}
        await record("credit.entered", ("provider", str(row["provider"])), actor, detail, now)
    return entry


async def drop_case(reference: str, reason: str, actor: Actor, now: datetime) -> None:
    """A second person decides that nothing is entered, with the reason. Raises Forbidden, Conflict."""
    actor.check_may(Permission.RECORD_CREDIT)
    async with transaction():
        row = await _lock_case(reference)
        check_second_person(row["opened_by"], actor.person_id)
        status = move(CASE_TRANSITIONS, row["status"], to=CaseStatus.DROPPED)
        await _end_case(row, status, reason, None, actor, now)
        detail = {"reference": reference, "reason": reason}
        await record("credit.dropped", ("provider", str(row["provider"])), actor, detail, now)


async def _lock_case(reference: str) -> Any:
    row = await fetchrow("SELECT * FROM credit_case WHERE reference = $1 FOR UPDATE", reference)
    if row is None:
        raise NotFound()
    return row


async def _end_case(
    row: Any, status: CaseStatus, note: str, entry: UUID | None, actor: Actor, now: datetime
) -> None:
    await execute(
        "UPDATE credit_case SET status = $2, decision_note = $3, entry = $4, decided_by = $5, decided_at = $6"
        " WHERE id = $1",
        row["id"], status.value, note, entry, actor.person_id, now,
    )  # fmt: skip
    subject = say(N_("信用事项有了决定（{reference}）"), reference=row["reference"])
    body = say(N_("请登录，在“本机构资料”的“信用事项”里看决定和理由。"))
    await _tell(row["provider"], subject, body, now)


@dataclass(frozen=True)
class NewRemoval:
    """Why an entry ends before its day, by which paper, and from which day it no longer counts."""

    entry: UUID
    ground: str
    document_number: str
    reason: str
    effective_on: date


async def propose_removal(new: NewRemoval, actor: Actor, now: datetime) -> UUID:
    """Propose that an entry is removed. Raises FormRefused, Conflict while another proposal waits or stands."""
    actor.check_may(Permission.RECORD_CREDIT)
    entry = await entry_page(new.entry)
    if not entry["starts_on"] <= new.effective_on <= entry["ends_on"]:
        raise FormRefused({"effective_on": say(N_("移出日期要在登记的期间以内。请核对。"))})
    async with transaction():
        await fetchval("SELECT id FROM credit_entry WHERE id = $1 FOR UPDATE", new.entry)
        if await fetchval("SELECT 1 FROM credit_removal WHERE entry = $1 AND status <> 'declined'", new.entry):
            raise Conflict(N_("这一条已经有人提出移出。请在信用事项里看。"))
        removal: UUID = await insert(CreditRemoval, proposed_by=actor.person_id, proposed_at=now, **asdict(new))
        detail = {"document": new.document_number, "ground": new.ground}
        await record("credit.removal_proposed", ("provider", str(entry["provider"])), actor, detail, now)
    return removal


async def decide_removal(removal: UUID, to: RemovalStatus, actor: Actor, now: datetime) -> None:
    """A second person confirms or declines a removal. Raises NotFound, Forbidden, Conflict."""
    actor.check_may(Permission.RECORD_CREDIT)
    async with transaction():
        row = await fetchrow(
            "SELECT r.*, e.provider FROM credit_removal r JOIN credit_entry e ON e.id = r.entry WHERE r.id = $1"
            " FOR UPDATE OF r",
            removal,
        )
        if row is None:
            raise NotFound()
        check_second_person(row["proposed_by"], actor.person_id)
        status = move(REMOVAL_TRANSITIONS, row["status"], to=to)
        await execute(
            "UPDATE credit_removal SET status = $2, decided_by = $3, decided_at = $4 WHERE id = $1",
            removal, status.value, actor.person_id, now,
        )  # fmt: skip
        detail = {"document": row["document_number"], "ground": row["ground"], "status": status.value}
        await record("credit.removal_decided", ("provider", str(row["provider"])), actor, detail, now)
