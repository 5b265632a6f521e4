"""Declare a result void, then let the next candidate be determined or the need be bought again (R-DISP-04)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.interruptions.reopening import Redo, end_for_redo, end_lot_for_redo, reopen_listing
from catalogue.listings.methods import is_framework, row_of
from catalogue.listings.queries import lots
from catalogue.listings.rules import Status
from contracts.agreements.queries import contract_of_lot
from contracts.agreements.rescinding import Grounds, is_performed, rescind_contract
from contracts.frameworks.voiding import how_far
from evaluations.awards.before_award import STANDING_RESULTS
from evaluations.awards.rules import VOID_REASONS, VOIDED_CLAUSE
from evaluations.awards.services import mark_when_all_are_determined
from evaluations.awards.tables import PassedOver
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, insert
from marketplace.kernel.rulebook import number

Row = dict[str, Any]


@dataclass(frozen=True)
class Voiding:
    """The paper that takes an award out of what stands, and the rule it rests on."""

    decision: str
    clause: str = VOIDED_CLAUSE

    @property
    def reason(self) -> str:
        """What is said of it in public."""
        return VOID_REASONS[self.clause]


@dataclass(frozen=True)
class Standing:
    """How far a lot has come, as the remedies ask: R-DISP-04."""

    is_determined: bool = False
    is_signed: bool = False
    is_performed: bool = False
    enough_left: bool = False
    is_framework: bool = False


async def standing_of_lots(listing: Row, lot: UUID | None) -> Standing:
    """How far one lot, or the furthest of all lots, has come; what is left is counted without the winner."""
    wanted = [each["id"] for each in await lots(listing["id"]) if lot in (None, each["id"])]
    awarded = [r["lot"] for r in await fetch("SELECT lot FROM award WHERE lot = ANY($1)", wanted)]
    if is_framework(listing):
        signed, ordered = await how_far(listing["id"], lot)
        is_determined = listing["status"] in ("determined", "awarded")
        return Standing(is_determined, is_determined and signed, is_determined and ordered, is_framework=True)
    contracts = [c for each in awarded if (c := await contract_of_lot(each))]
    performed = [await is_performed(c["id"]) for c in contracts]
    return Standing(
        bool(awarded),
        any(c["status"] in ("in_force", "completed", "terminated") for c in contracts), any(performed),
        lot is not None and await _enough_left(listing, lot),
    )  # fmt: skip


async def _enough_left(listing: Row, lot: UUID) -> bool:
    """Whether the qualified who remain without the winner still reach the number the method asks for."""
    left = await fetchval(
        f"SELECT count(*) FROM {STANDING_RESULTS} AND r.lot = $1"
        " AND NOT EXISTS (SELECT 1 FROM award a WHERE a.opened_bid = r.opened_bid)",
        lot,
    )
    least = row_of(listing).least
    return bool(left) and (not least or left >= int(number(least, listing["rules_on"])))


async def take_next_candidate(row: Row, lot: Row, why: Voiding, actor: Actor, now: datetime) -> None:
    """Void a lot's award and pass its winner over; the listing goes back to those who determine."""
    award = await void_award(lot["id"], why, actor, now)
    if award["opened_bid"] is not None:
        await insert(
            PassedOver, lot=lot["id"], opened_bid=award["opened_bid"], reason=why.reason, clause=why.clause,
            passed_by=actor.person_id, passed_at=now,
        )  # fmt: skip
    again = lot["budget"] if award["announced_at"] else Decimal(0)
    await reopen_listing(row, again, why.decision, actor, now)


async def redo(row: Row, lot: UUID | None, why: Voiding, ending: Redo, act: tuple[Actor, datetime]) -> None:
    """Void every award concerned; with none left standing the listing ends and may be listed again."""
    actor, now = act
    wanted = [each["id"] for each in await lots(row["id"]) if lot in (None, each["id"])]
    for each in await fetch("SELECT lot FROM award WHERE lot = ANY($1) ORDER BY lot", wanted):
        await void_award(each["lot"], why, actor, now)
    if not await fetchval("SELECT 1 FROM award WHERE listing = $1 LIMIT 1", row["id"]):
        await end_for_redo(row, ending, actor, now)
        return
    for each in wanted:
        await end_lot_for_redo(row, each, ending, actor, now)
    if row["status"] == Status.EVALUATED:
        await mark_when_all_are_determined(row["id"], actor, now)


async def void_award(lot: UUID, why: Voiding, actor: Actor, now: datetime) -> Row:
    """Move a lot's award out of what stands, and rescind its contract; in the decision's transaction."""
    award = await fetchrow("SELECT * FROM award WHERE lot = $1 FOR UPDATE", lot)
    assert award is not None, "the caller saw the award under the listing's lock"
    if contract := await contract_of_lot(lot):
        await rescind_contract(contract["id"], Grounds(why.decision, why.reason, why.clause), actor, now)
    await execute(
        "INSERT INTO void_award (id, reference, listing, lot, opened_bid, provider, amount, total_score, basis,"
        " basis_en, tie_note, standing_evaluation, root, determined_by, is_deemed, determined_at, announced_at,"
        " decision, voided_by, voided_at, clause) SELECT a.id, a.reference, a.listing, a.lot, a.opened_bid, a.provider,"
        " a.amount, a.total_score, a.basis, a.basis_en, a.tie_note, a.standing_evaluation, coalesce(b.root, ''),"
        " a.determined_by, a.is_deemed, a.determined_at, a.announced_at, $2, $3, $4, $5"
        " FROM award a LEFT JOIN bundle_root b ON b.lot = a.lot WHERE a.lot = $1",
        lot, why.decision, actor.person_id, now, why.clause,
    )  # fmt: skip
    await execute("DELETE FROM award WHERE lot = $1", lot)
    # a root stands for the result it was announced with: the next one gets its own
    await execute("DELETE FROM bundle_root WHERE lot = $1", lot)
    detail = {"award": award["reference"], "lot": str(lot), "decision": why.decision, "clause": why.clause}
    await record("award.voided", ("listing", str(award["listing"])), actor, detail, now)
    return dict(award)


async def void_awards_of(listing: UUID) -> list[Row]:
    """What was announced and declared void since, for the award's page."""
    rows = await fetch(
        "SELECT v.reference, v.amount, v.decision, v.voided_at, v.announced_at, v.root, v.clause,"
        " l.number AS lot_number, o.name AS provider_name, o.name_en AS provider_name_en"
        " FROM void_award v JOIN listing_lot l ON l.id = v.lot"
        " JOIN provider p ON p.id = v.provider JOIN organisation o ON o.id = p.organisation"
        " WHERE v.listing = $1 ORDER BY v.voided_at, l.number",
        listing,
    )
    return [dict(r) for r in rows]
