"""Give a deposit by guarantee or transfer, confirm that it arrived, keep it. Each act in one transaction."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from contracts.deposits import queries
from contracts.deposits.rules import (
    DEPOSIT_TRANSITIONS,
    RULE,
    Asked,
    DepositStatus,
    GivenAlready,
    Kind,
    Way,
    check_arrival,
    check_guarantee,
    check_open,
)
from contracts.deposits.tables import Deposit, DepositMovement
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import short_name
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.file_types import check_file
from marketplace.gateways.files import DocumentStore, StoredDocument
from marketplace.kernel.db import execute, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import DomainError, Forbidden, FormRefused
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_
from marketplace.kernel.private_columns import search_hash
from marketplace.kernel.states import move
from vendors.registration.queries import ACCOUNT_NUMBER

# without letters and digits that look alike; forty bits, so that nobody counts or guesses
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@dataclass(frozen=True)
class HandedPaper:
    """A guarantee or a bank's slip as it was uploaded."""

    name: str
    content: bytes


def new_reference() -> str:
    """A reference that tells nobody how many there are."""
    return "BZJ-" + "".join(secrets.choice(ALPHABET) for _ in range(8))


def stream_of(row: dict[str, Any]) -> str:
    """What tells of a bid deposit goes to the listing's hidden stream (R-DOC-08), of a bond to the open one."""
    return f"listing:{row['listing']}" if row["kind"] == Kind.BID else "main"


async def hand_in_guarantee(
    asked: Asked, form: Bound, paper: HandedPaper, store: DocumentStore, actor: Actor, now: datetime
) -> str:
    """Give a guarantee; it is accepted at once, whoever issued it (R-PAY-04). Gives the deposit's reference.

    Raises FormRefused where it covers too little or ends too early, FileRefused, GivenAlready, Forbidden.
    """
    _check_giver(asked, actor, now)
    check_guarantee(form, asked.amount, asked.valid_at_least)
    if form.errors:
        raise FormRefused(form.errors)
    kept, kind = await _keep(paper, store)
    values = {name: form[name] for name in ("issuer", "guarantee_number", "amount", "valid_until")}
    async with transaction():
        row = await enter_deposit(
            asked, Way.GUARANTEE, DepositStatus.HELD, actor, now, **values, **_paper(kept, kind), arrived_at=now
        )
        await move_money(row["id"], "receive", values["amount"], now)
    return str(row["reference"])


async def declare_transfer(
    asked: Asked, proof: str, paper: HandedPaper, store: DocumentStore, actor: Actor, now: datetime
) -> str:
    """Say that the money is on its way, with the bank's slip; the county looks into its account after the deadline.

    Raises FileRefused, GivenAlready, Forbidden.
    """
    _check_giver(asked, actor, now)
    kept, kind = await _keep(paper, store)
    async with transaction():
        row = await enter_deposit(
            asked, Way.TRANSFER, DepositStatus.DECLARED, actor, now, amount=asked.amount, arrival_proof=proof,
            **_paper(kept, kind),
        )  # fmt: skip
    return str(row["reference"])


def _check_giver(asked: Asked, actor: Actor, now: datetime) -> None:
    actor.check_may(Permission.BID if asked.kind is Kind.BID else Permission.SIGN_FOR_PROVIDER)
    check_open(asked.closes_at, now)
    if asked.is_over:
        raise DomainError(N_("现在不收这笔保证金。请在公告或者合同的页面上看它的状态。"), clause=RULE)


async def _keep(paper: HandedPaper, store: DocumentStore) -> tuple[StoredDocument, str]:
    name = short_name(paper.name)
    kind = await asyncio.to_thread(check_file, name, paper.content)
    # the bytes are on disk before the row says so; bytes without a row do no harm
    return await store.put(paper.content, name), kind.mime_type


def _paper(kept: StoredDocument, kind: str) -> dict[str, Any]:
    return {
        "paper_name": kept.name, "paper_key": kept.key, "paper_sha256": kept.sha256, "paper_size": kept.size,
        "paper_type": kind,
    }  # fmt: skip


async def enter_deposit(
    asked: Asked, way: Way, status: DepositStatus, actor: Actor, now: datetime, **values: Any
) -> dict[str, Any]:
    """Write a new deposit with its audit entry in the caller's transaction. Raises GivenAlready, BiddingClosed."""
    if asked.kind is Kind.BID:
        # as with bids: the deadline is compared once, after the listing is locked, with the time it is then
        listing = await fetchrow("SELECT closes_at FROM listing WHERE id = $1 FOR SHARE", asked.listing)
        assert listing is not None
        check_open(listing["closes_at"], await fetchval("SELECT county_now()"))
    row: dict[str, Any] = {"reference": new_reference(), "kind": asked.kind.value, "listing": asked.listing}
    try:
        async with transaction():
            row["id"] = await insert(
                Deposit, **row, contract=asked.contract, provider=asked.provider, way=way.value, status=status.value,
                entered_by=actor.person_id, entered_at=now, **values,
            )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise GivenAlready() from None
    detail = {"deposit": row["reference"], "way": way.value, "amount": str(values["amount"])}
    await record("deposit.given", ("deposit", row["reference"]), actor, detail, now, stream_of(row))
    return row


async def move_money(deposit: UUID, kind: str, amount: Decimal, now: datetime) -> None:
    """One movement of a deposit's money; the database moves its parts with it."""
    await insert(DepositMovement, deposit=deposit, kind=kind, amount=amount, moved_at=now)


async def move_deposit(row: dict[str, Any], to: DepositStatus) -> None:
    """Move a locked deposit. Raises IllegalMove."""
    status = move(DEPOSIT_TRANSITIONS, row["status"], to=to)
    await execute("UPDATE deposit SET status = $2 WHERE id = $1", row["id"], status.value)


def check_keeper(row: dict[str, Any], actor: Actor) -> None:
    """Finance, or the buyer's own office, keeps the deposits of a listing. Raises Forbidden."""
    office = row["procuring_unit"] == actor.organisation_id and actor.may(Permission.REVIEW_QUALIFICATION)
    if not (actor.may(Permission.APPROVE_PAYMENT) or office):
        raise Forbidden(N_("保证金由财政或者采购人登记。"), clause=RULE)


async def confirm_arrival(reference: str, form: Bound, actor: Actor, now: datetime) -> None:
    """A transfer has come, at the moment the bank's statement says; only that moment decides whether it was in time.

    Confirming twice does no harm. Raises Forbidden, NotFound before the deadline, IllegalMove.
    """
    found = await queries.deposit_page(reference, actor, now)
    check_keeper(found, actor)
    check_arrival(form["arrived_at"], found["entered_at"], now)
    async with transaction():
        row = await queries.lock_deposit(found["id"])
        if row["status"] == DepositStatus.HELD:
            return
        await move_arrived(row, form["arrived_at"], row["amount"], now, form["arrival_proof"])
        if account := form.values.get("payer_account"):
            mark = search_hash(account, ACCOUNT_NUMBER)
            await execute("UPDATE deposit SET payer_mark = $2 WHERE id = $1", row["id"], mark)
        detail = {"deposit": reference, "arrived_at": form["arrived_at"].isoformat(), "proof": form["arrival_proof"]}
        await record("deposit.arrived", ("deposit", reference), actor, detail, now, stream_of(row))


async def move_arrived(
    row: dict[str, Any], arrived_at: datetime, amount: Decimal, now: datetime, proof: str = ""
) -> None:
    """Take a locked deposit in."""
    await execute(
        "UPDATE deposit SET arrived_at = $2, arrival_proof = CASE WHEN $3 = '' THEN arrival_proof ELSE $3 END"
        " WHERE id = $1", row["id"], arrived_at, proof,
    )  # fmt: skip
    await move_deposit(row, DepositStatus.HELD)
    await move_money(row["id"], "receive", amount, now)


async def say_not_arrived(reference: str, reason: str, actor: Actor, now: datetime) -> None:
    """The account shows no such money; the deposit counts as not given. Raises Forbidden, IllegalMove."""
    found = await queries.deposit_page(reference, actor, now)
    check_keeper(found, actor)
    async with transaction():
        row = await queries.lock_deposit(found["id"])
        await move_deposit(row, DepositStatus.DROPPED)
        await execute("UPDATE deposit SET end_reason = $2, ended_at = $3 WHERE id = $1", row["id"], reason, now)
        detail = {"deposit": reference, "reason": reason}
        await record("deposit.not_arrived", ("deposit", reference), actor, detail, now, stream_of(row))


async def take_back_declaration(reference: str, actor: Actor, now: datetime) -> None:
    """The provider chooses another way before the money came. Raises Forbidden, IllegalMove."""
    found = await queries.deposit_page(reference, actor, now)
    if found["organisation"] != actor.organisation_id:
        raise Forbidden(N_("只有交保证金的供应商自己可以改用别的方式。"))
    async with transaction():
        row = await queries.lock_deposit(found["id"])
        if row["status"] != DepositStatus.DECLARED:
            raise GivenAlready()
        await move_deposit(row, DepositStatus.DROPPED)
        await execute("UPDATE deposit SET ended_at = $2 WHERE id = $1", row["id"], now)
        await record("deposit.taken_back", ("deposit", reference), actor, {"deposit": reference}, now, stream_of(row))


async def forfeit(reference: str, reason: str, actor: Actor, now: datetime) -> None:
    """Keep a deposit for good, for a reason the listing printed; finance alone. Raises Forbidden, IllegalMove."""
    actor.check_may(Permission.APPROVE_PAYMENT)
    found = await queries.deposit_page(reference, actor, now)
    async with transaction():
        await _keep_for_good(await queries.lock_deposit(found["id"]), reason, actor, now)


async def forfeit_of_refuser(listing: UUID, provider: UUID, reason: str, act: tuple[Actor, datetime]) -> Decimal:
    """Keep the bid deposit of a winner who did not sign, as the document printed; gives how much (R-AWD-03).

    Called inside the transaction of the decision, which says who may; nothing where none was asked.
    """
    actor, now = act
    if (held := await queries.held_deposit_of(listing, provider)) is None:
        return Decimal(0)
    row = await queries.lock_deposit(held["id"])
    amount: Decimal = row["held"]
    await _keep_for_good(row, reason, actor, now)
    return amount


async def _keep_for_good(row: dict[str, Any], reason: str, actor: Actor, now: datetime) -> None:
    await execute("UPDATE deposit SET end_reason = $2, ended_at = $3 WHERE id = $1", row["id"], reason, now)
    await move_deposit(row, DepositStatus.FORFEITED)
    await move_money(row["id"], "forfeit", row["held"], now)
    detail = {"deposit": row["reference"], "reason": reason, "amount": str(row["held"])}
    await record("deposit.forfeited", ("deposit", row["reference"]), actor, detail, now, stream_of(row))
