"""Register a case, pass it on, record what was decided; who a resident is stays hidden but for a purpose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from contracts.cases import queries
from contracts.cases.rules import (
    RENT_CLOCK,
    RULE_CLOCK,
    RULE_KINDS,
    RULE_RELIEF,
    TRANSITIONS,
    Capacity,
    CaseStatus,
    HelpKind,
    Place,
    RecipientKind,
    Source,
    check_decider,
    check_may_handle,
    check_may_pause,
    check_open,
    clock_of,
    days_that_count,
    decision_mistakes,
    due_after_pauses,
    is_restricted,
    place_mistake,
    town_decides,
    working_days_between,
)
from contracts.cases.tables import AssistanceCase, CasePause, CaseStep, Resident, ResidentLook
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.ages import is_of_age
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.db import execute, fetchrow, fetchval, insert, transaction
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.private_columns import conceal, reveal, search_hash
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move

Row = dict[str, Any]
HIDDEN = ("name", "identity_number", "phone", "address")
PLACE = "resident.identity"


@dataclass(frozen=True)
class Identity:
    """Who a resident is, as typed: kept encrypted, never shown in a list. Without a number: name alone."""

    name: str
    identity_number: str = ""
    phone: str = ""
    address: str = ""


@dataclass(frozen=True)
class NewCase:
    """What the window takes in. `code`: a card the resident has already; empty: a code is issued.

    `asked_amount`: yuan, of temporary relief only. `is_urgent`: help comes first, from the reserve fund (R-RELIEF-01).
    """

    help_kind: HelpKind
    recipient_kind: RecipientKind
    place: Place
    village: str
    need: str
    code: str = ""
    identity: Identity | None = None
    capacity: Capacity = Capacity.FULL
    is_urgent: bool = False
    asked_amount: Decimal | None = None
    source: Source = Source.WINDOW


async def register_case(new: NewCase, actor: Actor, now: datetime) -> str:
    """Take a resident's matter in at the actor's own town; gives the case's reference (R-LAW-01, R-CLOCK-01).

    Raises Forbidden, FormRefused with every mistake beside its field.
    """
    actor.check_may(Permission.HANDLE_CASES)
    _check_new(new, now)
    async with transaction():
        resident = await _resident_for(new, actor, now)
        reference = await next_reference("GA", county_day(now).year)
        clock = clock_of(new.help_kind, new.is_urgent, now)
        case: UUID = await insert(
            AssistanceCase, reference=reference, resident=resident, town=actor.organisation_id,
            village=new.village, help_kind=new.help_kind.value, recipient_kind=new.recipient_kind.value,
            place=new.place.value, source=new.source.value, capacity=new.capacity.value, is_urgent=new.is_urgent,
            need=new.need, handler=actor.person_id, held_by=actor.organisation_id, clock=clock.key,
            clock_from=clock.begins, due_on=clock.deadline.date if clock.deadline else None,
            due_at=clock.deadline.moment if clock.deadline else None,
            is_provisional=bool(clock.deadline and clock.deadline.provisional), asked_amount=new.asked_amount,
            registered_by=actor.person_id, registered_at=now,
        )  # fmt: skip
        await add_step(case, "registered", actor.organisation_id, actor, now, person=actor.person_id)
        detail = {"reference": reference, "kind": new.help_kind.value}
        await record("case.registered", ("case", reference), actor, detail, now)
    return reference


def _check_new(new: NewCase, now: datetime) -> None:
    found = {}
    if wrong := place_mistake(new.help_kind, new.place):
        found["place"] = say(wrong)
    if (new.help_kind is HelpKind.TEMPORARY) != (new.asked_amount is not None):
        words = N_("请填申请的金额，金额决定由镇（街道）还是县里决定。")
        found["asked_amount"] = say(words if new.asked_amount is None else N_("只有临时救助填金额。请清空。"))
    elif new.asked_amount is not None and new.asked_amount <= 0:
        found["asked_amount"] = say(N_("金额要大于零。"))
    if new.is_urgent and new.help_kind is not HelpKind.TEMPORARY:
        found["is_urgent"] = say(N_("只有临时救助可以先行救助。请不要勾选。"))
    if not new.code and new.identity is None:
        found["name"] = say(N_("请填姓名，或者填服务卡上已有的代码。"))
    if new.identity and new.identity.identity_number:
        number = new.identity.identity_number
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
        if (new.capacity is Capacity.MINOR) == is_of_age(born, county_day(now)):
            found["capacity"] = say(N_("和身份证号码上的出生日期不一致。请核对是不是未成年人。"))
    if found:
        raise FormRefused(found)


async def _resident_for(new: NewCase, actor: Actor, now: datetime) -> UUID:
    """The resident of the card or of the identity number, or a new one with a code of its own."""
    known = await fetchrow("SELECT id, identity_hash FROM resident WHERE code = $1 FOR UPDATE", new.code)
    number = new.identity.identity_number if new.identity else ""
    hashed = search_hash(number, PLACE) if number else None
    same = hashed and await fetchrow("SELECT id, code FROM resident WHERE identity_hash = $1", hashed)
    if known:
        if (same and same["id"] != known["id"]) or (hashed and known["identity_hash"] not in (None, hashed)):
            raise FormRefused({"code": say(N_("这个代码属于另一个人。请核对服务卡；没有卡的，代码留空。"))})
        if new.identity and known["identity_hash"] is None:
            await _keep_identity(known["id"], new.identity, hashed)
        return UUID(str(known["id"]))
    if same:
        if new.code:
            raise FormRefused({"code": say(N_("这个人已经有代码 {code}。请用原来的代码。"), code=same["code"])})
        return UUID(str(same["id"]))
    resident: UUID = await insert(
        Resident, code=new.code or await next_code(), town=actor.organisation_id, entered_by=actor.person_id,
        entered_at=now,
    )  # fmt: skip
    if new.identity:
        await _keep_identity(resident, new.identity, hashed)
    return resident


async def _keep_identity(resident: UUID, identity: Identity, hashed: bytes | None) -> None:
    kept = [conceal(getattr(identity, name), f"resident.{name}") for name in HIDDEN]
    await execute(
        "UPDATE resident SET name = $2, identity_number = $3, phone = $4, address = $5, identity_hash = $6"
        " WHERE id = $1",
        resident, *kept, hashed,
    )  # fmt: skip


async def next_code() -> str:
    """The next resident's code, as `JT-R-0001`; never one that stands on a visit already. Within a transaction."""
    while True:
        last = await fetchval(
            "INSERT INTO reference (series, last_number) VALUES ('resident', 1) ON CONFLICT (series)"
            " DO UPDATE SET last_number = reference.last_number + 1 RETURNING last_number"
        )
        code = f"JT-R-{last:04d}"
        if not await fetchval(
            "SELECT EXISTS (SELECT FROM resident WHERE code = $1) OR EXISTS (SELECT FROM visit"
            " WHERE recipient_code = $1)",
            code,
        ):
            return code


async def add_step(  # noqa: PLR0913 - a step with all it says
    case: UUID, what: str, office: UUID, actor: Actor, now: datetime, *, person: UUID | None = None, note: str = ""
) -> None:
    """Write who has a case from now on and what was done, in the caller's transaction that holds the case."""
    nth = await fetchval('SELECT count(*) + 1 FROM case_step WHERE "case" = $1', case)
    await insert(
        CaseStep, case=case, nth=nth, what=what, office=office, person=person, note=note[:500],
        done_by=actor.person_id, at=now,
    )  # fmt: skip


async def show_identity(reference: str, purpose: str, actor: Actor, now: datetime) -> Identity:
    """Who the resident of a case is, for a stated purpose; who looked is kept (R-LAW-01).

    For the town's window, and for the county while it has the case. Raises NotFound, Forbidden.
    """
    async with transaction():
        case = await queries.case_page(reference, visible_to=actor)
        if not (actor.may(Permission.OVERSEE_CASES) and case["held_by"] == actor.organisation_id):
            check_may_handle(actor, case)
        row = await fetchrow("SELECT * FROM resident WHERE id = $1", case["resident"])
        assert row is not None
        await insert(
            ResidentLook, resident=case["resident"], reference=reference, purpose=purpose, seen_by=actor.person_id,
            seen_at=now,
        )  # fmt: skip
        await record("case.identity_shown", ("case", reference), actor, {"reason": purpose}, now)
        return Identity(*(reveal(row[name], f"resident.{name}") for name in HIDDEN))


async def pass_to_county(reference: str, note: str, actor: Actor, now: datetime) -> None:
    """The town's opinion goes to the county, which decides. Raises Forbidden, DomainError, Conflict (R-CIV-02)."""
    async with transaction():
        case = await _held(reference, actor)
        check_may_handle(actor, case)
        check_open(case)
        county = await queries.county_office()
        if county is None:
            raise DomainError(N_("系统里没有县民政局，不能转。请联系系统管理员。"))
        if case["held_by"] == county["id"]:
            raise Conflict(N_("个案已经在县民政局。请等决定，再登记。"))
        if case["help_kind"] == HelpKind.TEMPORARY and town_decides(case["asked_amount"], county_day(now)):
            check_decider(case, None, is_town=False, on=county_day(now))
        await execute("UPDATE assistance_case SET held_by = $2 WHERE id = $1", case["id"], county["id"])
        await add_step(case["id"], "passed", county["id"], actor, now, note=note)
        await record("case.passed", ("case", reference), actor, {"office": county["name"]}, now)


async def give_back(reference: str, note: str, actor: Actor, now: datetime) -> None:
    """The county asks the town for more; its clock goes on. Raises Forbidden, DomainError."""
    async with transaction():
        case = await _held(reference, actor)
        if not (actor.may(Permission.OVERSEE_CASES) and case["held_by"] == actor.organisation_id):
            raise Forbidden(N_("个案不在您的单位，不能退回。"), clause=RULE_KINDS)
        check_open(case)
        await execute("UPDATE assistance_case SET held_by = town WHERE id = $1", case["id"])
        await add_step(case["id"], "passed", case["town"], actor, now, person=case["handler"], note=note)
        await record("case.passed", ("case", reference), actor, {"office": case["town_name"]}, now)


async def name_handler(reference: str, person: UUID, actor: Actor, now: datetime) -> None:
    """Another colleague of the town takes a case over. Raises Forbidden, FormRefused (R-CHILD-01)."""
    async with transaction():
        case = await _held(reference, actor)
        check_may_handle(actor, case)
        colleague = next((c for c in await queries.colleagues_of(case["town"]) if c["id"] == person), None)
        if colleague is None:
            raise FormRefused({"person": say(N_("请选择本镇（街道）窗口的一位同事。"))})
        if is_restricted(case["capacity"]) and not colleague["sees_restricted"]:
            words = N_("这类个案只能交给未成年人保护专员。请另选一位。")
            raise FormRefused({"person": say(words)})
        await execute("UPDATE assistance_case SET handler = $2 WHERE id = $1", case["id"], person)
        await add_step(case["id"], "handler", case["town"], actor, now, person=person)
        await record("case.handler_named", ("case", reference), actor, {"name": colleague["name"]}, now)


async def begin_rent_clock(reference: str, published_until: date, actor: Actor, now: datetime) -> None:
    """Publicity ended without objection, so the 30 days of the rent subsidy begin (R-CLOCK-01).

    Raises Forbidden, FormRefused, Conflict when it runs already.
    """
    async with transaction():
        case = await _held(reference, actor)
        check_may_handle(actor, case)
        check_open(case)
        if case["clock"] != RENT_CLOCK or case["clock_from"] is not None:
            raise Conflict(N_("这个个案的期限已经开始，或者不从公示起算。"))
        if not county_day(case["registered_at"]) <= published_until <= county_day(now):
            raise FormRefused({"published_until": say(N_("公示结束的日期要在登记以后、不晚于今天。"))})
        due = compute(RENT_CLOCK, published_until)
        await execute(
            "UPDATE assistance_case SET clock_from = $2, due_on = $3, is_provisional = $4 WHERE id = $1",
            case["id"], at_county_time(published_until, 12), due.date, due.provisional,
        )  # fmt: skip
        await add_step(case["id"], "published", case["town"], actor, now, note=published_until.isoformat())
        await record("case.clock_began", ("case", reference), actor, {"day": published_until.isoformat()}, now)


async def pause_clock(reference: str, ground: str, actor: Actor, now: datetime) -> None:
    """Let the clock stand still, as far as a row of the rulebook allows. Raises Forbidden, DomainError, Conflict."""
    async with transaction():
        case = await _held(reference, actor)
        check_may_handle(actor, case)
        check_open(case)
        if case["due_on"] is None:
            raise Conflict(N_("这个个案没有正在计算的期限。"))
        check_may_pause(case["clock"], case["paused_days"], county_day(now))
        try:
            async with transaction():
                await insert(
                    CasePause, case=case["id"], ground=ground, from_on=county_day(now), entered_by=actor.person_id,
                    entered_at=now,
                )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise Conflict(N_("期限已经暂停。请先恢复。")) from None
        await add_step(case["id"], "paused", case["held_by"], actor, now, note=ground)
        await record("case.paused", ("case", reference), actor, {"reason": ground}, now)


async def resume_clock(reference: str, actor: Actor, now: datetime) -> None:
    """The clock runs again; the last day moves by the working days it stood still, at most those a row allows."""
    async with transaction():
        case = await _held(reference, actor)
        check_may_handle(actor, case)
        pause = await fetchrow('SELECT * FROM case_pause WHERE "case" = $1 AND to_on IS NULL FOR UPDATE', case["id"])
        if pause is None:
            raise Conflict(N_("期限没有暂停。"))
        await _end_pause(case, dict(pause), actor, now)


async def _end_pause(case: Row, pause: Row, actor: Actor, now: datetime) -> None:
    today = county_day(now)
    stood_still = case["paused_days"] + working_days_between(pause["from_on"], today)
    paused = days_that_count(case["paused_days"], stood_still, pause["from_on"])
    due = compute(case["clock"], county_day(case["clock_from"]))
    await execute("UPDATE case_pause SET to_on = $2 WHERE id = $1", pause["id"], today)
    await execute(
        "UPDATE assistance_case SET paused_days = $2, due_on = $3 WHERE id = $1",
        case["id"], paused, due_after_pauses(due, paused),
    )  # fmt: skip
    await add_step(case["id"], "resumed", case["held_by"], actor, now)
    await record("case.resumed", ("case", case["reference"]), actor, {"days": str(paused)}, now)


@dataclass(frozen=True)
class Decision:
    """What was decided elsewhere and is recorded here: granted or refused, when, by which document, yuan, why."""

    is_granted: bool
    decided_on: date
    document: str
    reason: str = ""
    granted_amount: Decimal | None = None


async def record_decision(reference: str, decision: Decision, actor: Actor, now: datetime) -> None:
    """Record the decision of the county, or of the town where it decides; none is made here (R-CIV-02, R-RELIEF-01).

    Raises NotFound, Forbidden, FormRefused, Conflict when somebody was faster.
    """
    async with transaction():
        case = await _held(reference, actor)
        is_town = actor.organisation_id == case["town"]
        if not is_town and not actor.may(Permission.OVERSEE_CASES):
            raise Forbidden(N_("决定由办理的镇（街道）窗口或者县民政局登记。"), clause=RULE_KINDS)
        to = CaseStatus.GRANTED if decision.is_granted else CaseStatus.REFUSED
        status = move(TRANSITIONS, case["status"], to=to)
        _check_decision(case, decision, now)
        by_town = case["help_kind"] == HelpKind.TEMPORARY and town_decides(
            decision.granted_amount if decision.granted_amount is not None else case["asked_amount"], county_day(now)
        )
        if not by_town and case["held_by"] == case["town"]:
            raise DomainError(N_("这类救助由县里决定。请先转到县民政局，再登记决定。"), clause="R-CIV-02")
        if not is_town:
            check_decider(case, decision.granted_amount, is_town=False, on=county_day(now))
        await _end_open_pause(case, actor, now)
        office = case["town"] if by_town else case["held_by"]
        await execute(
            "UPDATE assistance_case SET status = $2, decided_on = $3, decided_by_office = $4, decision_document = $5,"
            " decision_reason = $6, granted_amount = $7, recorded_by = $8, recorded_at = $9, held_by = town"
            " WHERE id = $1",
            case["id"], status.value, decision.decided_on, office, decision.document, decision.reason,
            decision.granted_amount, actor.person_id, now,
        )  # fmt: skip
        await add_step(case["id"], status.value, case["town"], actor, now, person=case["handler"],
                       note=decision.document)  # fmt: skip
        detail = {"status": status.value, "document": decision.document, "day": decision.decided_on.isoformat()}
        detail |= {"amount": str(decision.granted_amount)} if decision.granted_amount is not None else {}
        await record("case.decided", ("case", reference), actor, detail, now)


def _check_decision(case: Row, decision: Decision, now: datetime) -> None:
    found = {}
    if wrong := decision_mistakes(decision.decided_on, case["registered_at"], county_day(now)):
        found["decided_on"] = say(wrong)
    if not decision.is_granted and not decision.reason.strip():
        found["reason"] = say(N_("决定不给予救助的，请写明书面告知的理由。"))
    is_temporary = case["help_kind"] == HelpKind.TEMPORARY
    if (is_temporary and decision.is_granted) != (decision.granted_amount is not None):
        words = N_("请填决定的金额。") if decision.granted_amount is None else N_("只有给予临时救助的填金额。请清空。")
        found["granted_amount"] = say(words)
    if found:
        raise FormRefused(found)


async def _end_open_pause(case: Row, actor: Actor, now: datetime) -> None:
    pause = await fetchrow('SELECT * FROM case_pause WHERE "case" = $1 AND to_on IS NULL FOR UPDATE', case["id"])
    if pause:
        await _end_pause(case, dict(pause), actor, now)


async def file_with_county(reference: str, filed_on: date, actor: Actor, now: datetime) -> None:
    """Note that a relief the town decided was filed with the county (R-RELIEF-01). Raises Forbidden, FormRefused."""
    async with transaction():
        case = await _held(reference, actor)
        check_may_handle(actor, case)
        if case["help_kind"] != HelpKind.TEMPORARY or case["decided_by_office"] != case["town"]:
            raise DomainError(N_("只有镇（街道）决定的临时救助报备案。"), clause=RULE_RELIEF)
        if case["filed_on"] is not None:
            raise Conflict(N_("已经登记过备案。"))
        if not case["decided_on"] <= filed_on <= county_day(now):
            raise FormRefused({"filed_on": say(N_("备案的日期要在决定以后、不晚于今天。"))})
        await execute("UPDATE assistance_case SET filed_on = $2 WHERE id = $1", case["id"], filed_on)
        await add_step(case["id"], "filed", case["town"], actor, now, note=filed_on.isoformat())
        await record("case.filed", ("case", reference), actor, {"day": filed_on.isoformat()}, now)


async def end_case(reference: str, ended_on: date, reason: str, actor: Actor, now: datetime) -> None:
    """Help ends, or the applicant takes the application back; orders of the case end first.

    Raises Forbidden, FormRefused, DomainError while service orders are open.
    """
    async with transaction():
        case = await _held(reference, actor)
        check_may_handle(actor, case)
        to = CaseStatus.ENDED if case["status"] == CaseStatus.GRANTED else CaseStatus.WITHDRAWN
        status = move(TRANSITIONS, case["status"], to=to)
        if not county_day(case["registered_at"]) <= ended_on <= county_day(now):
            raise FormRefused({"ended_on": say(N_("日期要在登记以后、不晚于今天。"))})
        if await fetchval(
            "SELECT EXISTS (SELECT FROM service_order WHERE \"case\" = $1 AND status NOT IN ('closed', 'cancelled'))",
            case["id"],
        ):
            raise DomainError(N_("还有没办结的服务工单。请先办结或者撤回工单。"), clause=RULE_CLOCK)
        await _end_open_pause(case, actor, now)
        await execute(
            "UPDATE assistance_case SET status = $2, ended_on = $3, end_reason = $4, held_by = town WHERE id = $1",
            case["id"], status.value, ended_on, reason,
        )  # fmt: skip
        await add_step(case["id"], status.value, case["town"], actor, now, note=reason)
        await record("case.ended", ("case", reference), actor, {"status": status.value, "reason": reason}, now)


async def _held(reference: str, actor: Actor) -> Row:
    """The case, held until the end of the transaction, for whoever may see it. Raises NotFound."""
    page = await queries.case_page(reference, visible_to=actor)
    return await queries.lock_case(page["id"])
