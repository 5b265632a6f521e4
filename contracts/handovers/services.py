"""Open a handover, settle each resident, send the list, confirm it or send it back; silence ends it too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from contracts.agreements.queries import contract_facts, lock_contract
from contracts.agreements.residents import lost_its_renewal, open_orders
from contracts.agreements.rules import check_typed_name, is_buyer_side
from contracts.agreements.services import complete_if_paid
from contracts.handovers import queries
from contracts.handovers.letters import tell_done, tell_opened, tell_returned, tell_sent
from contracts.handovers.rules import (
    RULE,
    RULE_APART,
    TRANSITIONS,
    HandoverStatus,
    Party,
    Passing,
    check_next_is_named,
    check_next_stands,
    check_orders_settled,
    is_gone,
    list_hash,
    list_text,
    needs_next,
    parties,
    silence_counts_after,
)
from contracts.handovers.tables import Handover, HandoverNaming, HandoverSignature
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.kernel.i18n import N_
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move

Row = dict[str, Any]
# kept as the reason of a list that nobody sent back; Chinese as what people write there
NEXT_GONE = "接续的合同已经终止或者撤销，请采购人另选接续的合同，或者改由镇（街道）安排。"


async def open_handover(reference: str, next_contract: UUID | None, actor: Actor, now: datetime) -> str:
    """Begin the handover of a contract, or name the contract that goes on; gives the handover's reference (R-CON-06).

    A finished one is opened again when residents were visited since. Raises Forbidden, DomainError, Conflict.
    """
    facts = await contract_facts(reference, visible_to=actor)
    async with transaction():
        contract = await lock_contract(facts["id"])
        await _check_may_open(contract, actor)
        choices = {row["id"] for row in await queries.next_contracts(contract)}
        if next_contract is not None and next_contract not in choices:
            raise DomainError(N_("这份合同不能接续。请从列出的合同里选。"), clause=RULE)
        found = await queries.handover_of(contract["id"])
        opened = found["reference"] if found else await next_reference("JJ", county_day(now).year)
        if found is None:
            handover = await insert(
                Handover, reference=opened, contract=contract["id"], opened_by=actor.person_id, opened_at=now
            )
        else:
            handover = found["id"]
            await _prepare_again(handover, contract, actor, now)
        await execute("UPDATE handover SET next_contract = $2 WHERE id = $1", handover, next_contract)
        await _remember_namer(handover, next_contract, actor, now)
        await _add_residents(handover, contract, now)
        await record("handover.opened", ("contract", str(contract["id"])), actor, {"reference": opened}, now)
        await tell_opened(opened, contract, now)
    return opened


async def _check_may_open(contract: Row, actor: Actor) -> None:
    if not (is_buyer_side(actor, contract) and actor.may(Permission.HAND_OVER)):
        raise Forbidden(N_("移交由合同的采购人发起。"), clause=RULE)
    has_residents = contract["status"] in ("in_force", "terminated") or await lost_its_renewal(contract["id"])
    if not has_residents:
        raise DomainError(N_("只有履行中或者已经终止的合同可以移交服务对象。"), clause=RULE)


async def _prepare_again(handover: UUID, contract: Row, actor: Actor, now: datetime) -> None:
    held = await queries.handover_by_id(handover)
    if held["status"] == HandoverStatus.CONFIRMING:
        raise Conflict(N_("移交清单已经交出，正在等待确认。要改的，请先退回清单。"))
    if held["status"] == HandoverStatus.DONE:
        left = [r for r in await queries.open_residents(contract, county_day(now)) if not r["is_settled"]]
        if not left:
            raise Conflict(N_("移交已经完成，没有新的服务对象。"))
        # who was served again, or has nobody who goes on any more, is settled anew
        await execute(
            "UPDATE handover_resident SET outcome = NULL, consent = NULL, consented_on = NULL, visited_on = NULL,"
            " last_visit_on = t.day FROM unnest($2::text[], $3::date[]) AS t(code, day)"
            " WHERE handover = $1 AND recipient_code = t.code",
            handover, [r["recipient_code"] for r in left], [r["day"] for r in left],
        )  # fmt: skip
        await _move(held, HandoverStatus.PREPARING)
        # another round has its own opener, who does not confirm it either
        await execute(
            "UPDATE handover SET opened_by = $2, opened_round = round WHERE id = $1", handover, actor.person_id
        )


async def _remember_namer(handover: UUID, next_contract: UUID | None, actor: Actor, now: datetime) -> None:
    """However many name who goes on, none of them confirms the list for the buyer's own town (R-ROLE-03)."""
    held = await queries.handover_by_id(handover)
    await insert(
        HandoverNaming, handover=handover, round=held["round"], person=actor.person_id, next_contract=next_contract,
        named_at=now,
    )  # fmt: skip


async def _move(handover: Row, to: HandoverStatus) -> None:
    """Move on; a list that is prepared anew begins another round without its signatures."""
    status = move(TRANSITIONS, handover["status"], to=to)
    if to is HandoverStatus.PREPARING:
        await execute(
            "UPDATE handover SET status = $2, round = round + 1, list_sha256 = NULL, sent_at = NULL,"
            " silent_until = NULL, done_at = NULL, done_by = NULL WHERE id = $1",
            handover["id"], status.value,
        )  # fmt: skip
    else:
        await execute("UPDATE handover SET status = $2 WHERE id = $1", handover["id"], status.value)


async def _add_residents(handover: UUID, contract: Row, now: datetime) -> int:
    """Put everybody on the list who was served in the last months; gives how many are new."""
    known = {r["recipient_code"] for r in await queries.residents_of(handover)}
    seen = await queries.open_residents(contract, county_day(now))
    fresh = [r for r in seen if r["recipient_code"] not in known]
    await execute(
        "INSERT INTO handover_resident (id, handover, recipient_code, town, last_visit_on, note)"
        " SELECT gen_random_uuid(), $1, code, town, day, ''"
        " FROM unnest($2::text[], $3::uuid[], $4::date[]) AS t(code, town, day)",
        handover, [r["recipient_code"] for r in fresh], [r["town"] for r in fresh], [r["day"] for r in fresh],
    )  # fmt: skip
    return len(fresh)


async def _held(reference: str, actor: Actor) -> Row:
    """The handover, held behind its contract as every act of it does. Raises NotFound."""
    page = await queries.handover_page(reference, visible_to=actor)
    await lock_contract(page["contract"])
    return await queries.handover_by_id(page["id"])


def may_prepare(handover: Row, actor: Actor, today: date) -> bool:
    """The outgoing provider fills the list in; once its contract has ended the buyer may do it in its place."""
    if not actor.may(Permission.HAND_OVER) or handover["status"] != HandoverStatus.PREPARING:
        return False
    has_ended = handover["contract_status"] == "terminated" or today > handover["service_to"]
    return actor.organisation_id == handover["outgoing"] or (has_ended and actor.organisation_id == handover["buyer"])


def _check_may_prepare(handover: Row, actor: Actor, now: datetime) -> None:
    if handover["status"] != HandoverStatus.PREPARING:
        raise Conflict(N_("移交清单已经交出，不能再改。请刷新页面，再看结果。"))
    if not may_prepare(handover, actor, county_day(now)):
        raise Forbidden(N_("移交清单由移交的供应商填写；合同终止或者服务期满以后，采购人可以代填。"), clause=RULE)


async def settle_residents(reference: str, passings: Sequence[Passing], actor: Actor, now: datetime) -> None:
    """Keep what is said of the residents; lines for codes that are not on the list change nothing.

    Raises Forbidden, Conflict once the list is sent.
    """
    async with transaction():
        handover = await _held(reference, actor)
        _check_may_prepare(handover, actor, now)
        await _keep(handover["id"], passings)
        detail = {"reference": reference, "count": str(len(passings))}
        await record("handover.settled", ("contract", str(handover["contract"])), actor, detail, now)


async def _keep(handover: UUID, passings: Sequence[Passing]) -> None:
    columns = [
        [p.code for p in passings], [p.outcome for p in passings], [p.consent for p in passings],
        [p.consented_on for p in passings], [p.visited_on for p in passings], [p.note for p in passings],
    ]  # fmt: skip
    await execute(
        "UPDATE handover_resident r SET outcome = t.outcome, consent = t.consent, consented_on = t.consented_on,"
        " visited_on = t.visited_on, note = t.note FROM unnest($2::text[], $3::text[], $4::text[], $5::date[],"
        " $6::date[], $7::text[]) AS t(code, outcome, consent, consented_on, visited_on, note)"
        " WHERE r.handover = $1 AND r.recipient_code = t.code",
        handover, *columns,
    )  # fmt: skip


async def send_list(reference: str, passings: Sequence[Passing], typed_name: str, actor: Actor, now: datetime) -> None:
    """Keep the lines, sign the list for the outgoing side and ask the others; their silence counts after days.

    Raises Forbidden, DomainError for another's name, somebody new or nobody named to go on, Conflict.
    """
    await _check_is_whole(reference, passings, now, actor)
    async with transaction():
        handover = await _held(reference, actor)
        _check_may_prepare(handover, actor, now)
        check_typed_name(typed_name, actor.name)
        await _keep(handover["id"], passings)
        check_orders_settled(await open_orders(handover["contract"]))
        check_next_is_named(passings, handover["next_contract"])
        check_next_stands(passings, handover["next_status"])
        digest = list_hash(list_text(reference, passings))
        due = silence_counts_after(county_day(now), county_day(handover["signed_at"]))
        status = move(TRANSITIONS, handover["status"], to=HandoverStatus.CONFIRMING)
        await execute(
            "UPDATE handover SET status = $2, list_sha256 = $3, sent_at = $4, silent_until = $5, is_provisional = $6,"
            " return_reason = '' WHERE id = $1",
            handover["id"], status.value, digest, now, due.date, due.provisional,
        )  # fmt: skip
        await _sign(handover, Party.OUTGOING, handover["outgoing"], digest, typed_name, actor, now)
        detail = {"reference": reference, "count": str(len(passings)), "sha256": digest}
        await record("handover.sent", ("contract", str(handover["contract"])), actor, detail, now)
        asked = await missing(handover, await queries.residents_of(handover["id"]))
        await tell_sent(handover, {office for _, office in asked}, due.date, now)
        await _finish_if_confirmed(handover["id"], actor, now)


async def _check_is_whole(reference: str, passings: Sequence[Passing], now: datetime, actor: Actor) -> None:
    """Nobody served in the last months is missing from what was sent. Raises DomainError.

    In a transaction of its own: who is new stays on the list, to be filled in, also when the sending is refused.
    """
    async with transaction():
        handover = await _held(reference, actor)
        _check_may_prepare(handover, actor, now)
        contract = await contract_facts(handover["contract_reference"], visible_to=actor)
        fresh = await _add_residents(handover["id"], contract, now)
        if fresh:
            await _keep(handover["id"], passings)
        known = {r["recipient_code"] for r in await queries.residents_of(handover["id"])}
    if fresh or known != {p.code for p in passings}:
        raise DomainError(N_("清单和服务记录不一致：又有服务对象被服务过。请刷新页面，补齐以后再交。"), clause=RULE)


async def _sign(  # noqa: PLR0913 - a signature with all it stands for
    handover: Row, party: Party, organisation: UUID, digest: str, typed_name: str, actor: Actor, now: datetime
) -> None:
    await insert(
        HandoverSignature, handover=handover["id"], round=handover["round"], party=party.value,
        organisation=organisation, person=actor.person_id, typed_name=typed_name.strip(), list_sha256=digest,
        signed_at=now,
    )  # fmt: skip


async def missing(handover: Row, residents: Sequence[Row]) -> set[tuple[Party, UUID]]:
    """Whose name is still missing under the list."""
    signed = {(Party(s["party"]), s["organisation"]) for s in await queries.signatures_of(handover)}
    return parties(handover, residents) - signed


async def confirm(reference: str, typed_name: str, actor: Actor, now: datetime) -> bool:
    """Put the next provider's or a town's name under the list; True when the handover is done with that.

    One name is enough for an office that is both. Raises Forbidden, DomainError for another's name, Conflict.
    """
    async with transaction():
        handover = await _held(reference, actor)
        theirs = await _theirs(handover, actor)
        if (Party.TOWN, handover["buyer"]) in theirs and await acted_for_buyer(handover, actor):
            words = N_("这份移交是您代表采购人发起或者交出的，不能再由您代表镇（街道）确认。请本单位另一位同事办理。")
            raise Forbidden(words, clause=RULE_APART)
        check_typed_name(typed_name, actor.name)
        check_next_stands(await _passings(handover), handover["next_status"])
        for party, organisation in theirs:
            await _sign(handover, party, organisation, handover["list_sha256"], typed_name, actor, now)
        detail = {"reference": reference, "sha256": handover["list_sha256"]}
        await record("handover.confirmed", ("contract", str(handover["contract"])), actor, detail, now)
        return await _finish_if_confirmed(handover["id"], actor, now)


async def _theirs(handover: Row, actor: Actor) -> list[tuple[Party, UUID]]:
    if handover["status"] != HandoverStatus.CONFIRMING:
        raise Conflict(N_("这份移交清单现在不等待确认。请刷新页面，再看结果。"))
    wanted = await missing(handover, await queries.residents_of(handover["id"]))
    theirs = sorted(each for each in wanted if each[1] == actor.organisation_id)
    if not theirs or not actor.may(Permission.HAND_OVER):
        raise Forbidden(N_("清单由接手的供应商和服务对象所在的镇（街道）确认，每方一次。"), clause=RULE)
    return theirs


async def acted_for_buyer(handover: Row, actor: Actor) -> bool:
    """Whether this person began the round, named who goes on or sent the list: where a town buys, another confirms."""
    acted = await fetchval(
        "SELECT EXISTS (SELECT 1 FROM handover_signature WHERE handover = $1 AND round = $2 AND person = $4)"
        " OR EXISTS (SELECT 1 FROM handover_naming WHERE handover = $1 AND round >= $3 AND person = $4)",
        handover["id"], handover["round"], handover["opened_round"], actor.person_id,
    )  # fmt: skip
    return bool(acted) or actor.person_id == handover["opened_by"]


async def send_back(reference: str, reason: str, actor: Actor, now: datetime) -> None:
    """The next provider or a town does not agree with the list; the outgoing provider mends it.

    Raises Forbidden, Conflict.
    """
    async with transaction():
        handover = await _held(reference, actor)
        await _theirs(handover, actor)
        await _take_back(handover, reason, actor, now)


async def _take_back(handover: Row, reason: str, actor: Actor | None, now: datetime) -> None:
    await _move(handover, HandoverStatus.PREPARING)
    await execute("UPDATE handover SET return_reason = $2 WHERE id = $1", handover["id"], reason)
    detail = {"reference": handover["reference"], "reason": reason}
    await record("handover.returned", ("contract", str(handover["contract"])), actor, detail, now)
    await tell_returned(handover, reason, now)


async def _finish_if_confirmed(handover_id: UUID, actor: Actor, now: datetime) -> bool:
    handover = await queries.handover_by_id(handover_id)
    if await missing(handover, await queries.residents_of(handover_id)):
        return False
    await _finish(handover, "confirmed", actor, now)
    return True


async def _finish(handover: Row, done_by: str, actor: Actor | None, now: datetime) -> None:
    """Done: the contract is completed with it when everything is paid."""
    status = move(TRANSITIONS, handover["status"], to=HandoverStatus.DONE)
    await execute(
        "UPDATE handover SET status = $2, done_at = $3, done_by = $4 WHERE id = $1",
        handover["id"], status.value, now, done_by,
    )  # fmt: skip
    detail = {"reference": handover["reference"], "how": done_by}
    await record("handover.done", ("contract", str(handover["contract"])), actor, detail, now)
    everybody = {office for _, office in parties(handover, await queries.residents_of(handover["id"]))}
    await tell_done(handover, {handover["buyer"], *everybody}, now)
    await complete_if_paid(handover["contract"])


async def end_silence(now: datetime) -> None:
    """Lists that nobody answered within their days count as confirmed (R-CON-06); done again it changes nothing."""
    today = county_day(now)
    for handover_id in await queries.silent_ones(today):
        async with transaction():
            # the contract first, as every act of a handover holds it
            await lock_contract(await fetchval("SELECT contract FROM handover WHERE id = $1", handover_id))
            handover = await queries.handover_by_id(handover_id)
            if handover["status"] == HandoverStatus.CONFIRMING and handover["silent_until"] < today:
                if is_gone(handover["next_status"]) and needs_next(await _passings(handover)):
                    await _take_back(handover, NEXT_GONE, None, now)
                else:
                    await _finish(handover, "silence", None, now)


async def _passings(handover: Row) -> list[Passing]:
    return [queries.passing_of(r) for r in await queries.residents_of(handover["id"])]
