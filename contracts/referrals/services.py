"""Send a case on to another department, make the list that goes with it, note receipt and answer (R-REFER-01)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from contracts.cases.queries import case_page, holds_consent, lock_case
from contracts.cases.rules import HELP_LABELS, RECIPIENT_LABELS, REFER_ANSWER, REFER_KEEP, check_may_handle
from contracts.cases.services import add_step
from contracts.cases.tables import CaseReferral, CaseReferralColumn, ResidentLook
from contracts.referrals import queries
from contracts.referrals.rules import (
    COLUMN_LABELS,
    IDENTITY,
    TRANSITIONS,
    ReferralStatus,
    check_may_make_list,
    check_may_send,
    column_mistake,
    day_mistake,
)
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.gateways.spreadsheets import Column, write_sheet
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchrow, insert, transaction
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import text
from marketplace.kernel.i18n import N_, Sentence, translate
from marketplace.kernel.private_columns import reveal
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move

Row = queries.Row


@dataclass(frozen=True)
class NewReferral:
    """To whom a case goes, for what, on which basis, and which columns of it leave the town."""

    department: str
    purpose: str
    legal_basis: str
    columns: tuple[str, ...]


async def refer(case_reference: str, new: NewReferral, actor: Actor, now: datetime) -> str:
    """Send a case on; gives the referral's reference. The case stays with the town, its clock goes on.

    Raises NotFound, Forbidden, FormRefused, DomainError without the consent that is needed (R-REFER-01).
    """
    async with transaction():
        case = await lock_case((await case_page(case_reference, visible_to=actor))["id"])
        check_may_handle(actor, case)
        check_may_send(case, new.legal_basis, await holds_consent(case["id"], "referral"))
        _refuse("columns", column_mistake(new.columns))
        today = county_day(now)
        answer, keep = compute(REFER_ANSWER, today), compute(REFER_KEEP, today)
        reference = await next_reference("ZJ", today.year)
        referral: UUID = await insert(
            CaseReferral, reference=reference, case=case["id"], department=new.department, purpose=new.purpose,
            legal_basis=new.legal_basis, sent_by=actor.person_id, sent_at=now, answer_until=answer.date,
            expires_on=max(answer.date, keep.date), is_provisional=answer.provisional or keep.provisional,
        )  # fmt: skip
        for name in new.columns:
            await insert(CaseReferralColumn, referral=referral, name=name)
        await add_step(case["id"], "referred", case["held_by"], actor, now, note=f"{reference} {new.department}")
        # what the department is asked for stands with the referral alone: it is emptied after its term, the audit never
        detail = {
            "case": case_reference, "office": new.department, "basis": new.legal_basis,
            "fields": " ".join(sorted(new.columns)),
        }  # fmt: skip
        await record("referral.sent", ("referral", reference), actor, detail, now)
    return reference


def _refuse(field: str, mistake: Sentence | None) -> None:
    if mistake:
        raise FormRefused({field: mistake})


async def make_list(reference: str, purpose: str, actor: Actor, now: datetime) -> bytes:
    """The spreadsheet that goes to the department: the chosen columns alone; who made it for what is kept.

    Raises NotFound, Forbidden, DomainError once there is an answer or the time of keeping is over.
    """
    async with transaction():
        referral = await _held(reference, actor)
        check_may_make_list(referral, county_day(now))
        kept = await fetchrow("SELECT * FROM resident WHERE id = $1", referral["resident"])
        assert kept is not None
        values = {
            "code": referral["code"], "village": referral["village"],
            "help_kind": translate(HELP_LABELS[referral["help_kind"]], "zh"),
            "recipient_kind": translate(RECIPIENT_LABELS[referral["recipient_kind"]], "zh"),
            **{name: reveal(kept[name], f"resident.{name}") for name in IDENTITY if name in referral["columns"]},
        }  # fmt: skip
        columns = [Column(name, label, text(200), width=20) for name, label in COLUMN_LABELS.items()
                   if name in referral["columns"]]  # fmt: skip
        content = write_sheet(N_("转介清单"), columns, [{each.name: values[each.name] for each in columns}])
        await insert(
            ResidentLook, resident=referral["resident"], reference=reference, purpose=purpose,
            seen_by=actor.person_id, seen_at=now,
        )  # fmt: skip
        detail = {
            "office": referral["department"], "fields": " ".join(referral["columns"]), "reason": purpose,
            "sha256": hashlib.sha256(content).hexdigest(),
        }  # fmt: skip
        await record("referral.list_made", ("referral", reference), actor, detail, now)
    return content


async def note_receipt(reference: str, receipt: str, received_on: date, actor: Actor, now: datetime) -> None:
    """The department has it, under a number of its own. Raises NotFound, Forbidden, FormRefused, IllegalMove."""
    async with transaction():
        referral = await _held(reference, actor)
        status = move(TRANSITIONS, referral["status"], to=ReferralStatus.RECEIVED)
        _refuse("received_on", day_mistake(received_on, county_day(referral["sent_at"]), county_day(now)))
        await execute(
            "UPDATE case_referral SET status = $2, receipt = $3, received_on = $4 WHERE id = $1",
            referral["id"], status.value, receipt, received_on,
        )  # fmt: skip
        detail = {"receipt": receipt, "day": received_on.isoformat()}
        await record("referral.received", ("referral", reference), actor, detail, now)


async def note_answer(  # noqa: PLR0913 - what came back, when, in words
    reference: str, outcome: str, answered_on: date, note: str, actor: Actor, now: datetime
) -> None:
    """What the department answered; the case goes on. Raises NotFound, Forbidden, FormRefused, IllegalMove."""
    async with transaction():
        referral = await _held(reference, actor)
        status = move(TRANSITIONS, referral["status"], to=ReferralStatus.ANSWERED)
        since = referral["received_on"] or county_day(referral["sent_at"])
        _refuse("answered_on", day_mistake(answered_on, since, county_day(now)))
        await execute(
            "UPDATE case_referral SET status = $2, outcome = $3, answered_on = $4, outcome_note = $5 WHERE id = $1",
            referral["id"], status.value, outcome, answered_on, note,
        )  # fmt: skip
        case = await lock_case(referral["case"])
        await add_step(case["id"], "answered", case["held_by"], actor, now, note=reference)
        detail = {"result": outcome, "day": answered_on.isoformat()}
        await record("referral.answered", ("referral", reference), actor, detail, now)


async def expire_referrals(now: datetime) -> None:
    """What nobody answered ends with the time of keeping; done again it changes nothing (R-REFER-01)."""
    for found in await queries.past_keeping(county_day(now)):
        async with transaction():
            referral = await queries.lock_referral(found)
            if referral["status"] not in (ReferralStatus.SENT, ReferralStatus.RECEIVED):
                continue
            status = move(TRANSITIONS, referral["status"], to=ReferralStatus.EXPIRED)
            await execute("UPDATE case_referral SET status = $2 WHERE id = $1", found, status.value)
            detail = {"until": referral["expires_on"].isoformat()}
            await record("referral.expired", ("referral", referral["reference"]), None, detail, now)


async def _held(reference: str, actor: Actor) -> Row:
    """The referral, held until the transaction ends, for the window of its town. Raises NotFound, Forbidden."""
    page = await queries.referral_page(reference, visible_to=actor)
    check_may_handle(actor, page)
    return await queries.lock_referral(page["id"])
