"""The one transaction in which a sealed bid is entered or ended.

Whatever decides is read after the listing (or the window) is held: the deadline is compared by the county clock as it
is then, so a deadline that moves and a bid that arrives can never pass each other.

In the last minutes before a deadline everybody seals, so entering takes two journeys to the database: one looks, the
other is a single statement, and so a transaction of its own, that holds the listing, compares the deadline again and
writes only if nothing has moved since the look. When something has, the bid is entered (or refused with the reason) the
longer way, in a transaction that holds first and looks then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import asyncpg

from catalogue.listings.rules import Status
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import audit_entry
from marketplace.kernel.db import Statement, fetchrow, fetchval_together, transaction
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.formats import moment
from marketplace.kernel.i18n import N_, translate
from marketplace.kernel.outbox.services import mail_message
from marketplace.kernel.references.services import random_reference
from marketplace.kernel.states import move
from vendors.bids.rules import BID_TRANSITIONS, BiddingNotOpen, BidStatus, Stage, check_bid_is_in_time
from vendors.bids.traces import NO_TRACE, Trace, trace_of_bid

# The subquery is held first and the clock is read above it: never at the transaction's start, never before the wait.
_HOLD = """
    SELECT held.status, held.closes_at, county_now() AS at, held.reference, t.number AS lot_number,
           (SELECT coalesce(max(version), 0) + 1 FROM bid WHERE lot = $2 AND provider = $3 AND stage = $4) AS version,
           (SELECT receipt_number FROM bid WHERE lot = $2 AND provider = $3 AND stage = $4 AND status = 'sealed')
               AS standing,
           (SELECT email FROM person WHERE id = $5) AS email
    FROM ({held}) held JOIN listing_lot t ON t.id = $2 AND t.listing = held.id
"""
_LISTING = "SELECT id, status, closes_at, reference FROM listing WHERE id = $1"
_WINDOW = (
    "SELECT l.id, l.status, w.closes_at, l.reference FROM final_price_window w JOIN listing l ON l.id = w.listing"
    " WHERE w.listing = $1"
)
_SEE = {False: _HOLD.format(held=_LISTING), True: _HOLD.format(held=_WINDOW)}
_SEE_HELD = {
    False: _HOLD.format(held=_LISTING + " FOR SHARE"), True: _HOLD.format(held=_WINDOW + " FOR SHARE OF w"),
}  # fmt: skip
_STILL = (
    "SELECT 1 AS still FROM (SELECT held.closes_at, held.status, county_now() AS at FROM ({held}) held) seen"
    " WHERE seen.at < seen.closes_at AND seen.closes_at = $2::timestamptz AND seen.status = $3::varchar"
)
_STILL_AS_SEEN = {
    False: _STILL.format(held=_LISTING + " FOR SHARE"), True: _STILL.format(held=_WINDOW + " FOR SHARE OF w"),
}  # fmt: skip


class EndedAlready(Conflict):
    """Somebody else replaced or withdrew the bid in the meantime."""

    def __init__(self) -> None:
        super().__init__(N_("这份文件刚才已经被替换或者撤回。请在“我的投标”里看最新的一份。"))


class SealedAlready(Conflict):
    """The provider has a sealed bid for the lot and did not say that it replaces it."""

    def __init__(self) -> None:
        super().__init__(
            N_("您的机构对这个采购包已经有一份封存的文件，可能是在另一个窗口里封存的。请在“我的投标”里查看，需要时替换。")
        )


@dataclass(frozen=True)
class Place:
    """Where a sealed bid belongs: the provider's offer for a lot in one stage, valid until its deadline."""

    listing: UUID
    lot: UUID
    provider: UUID
    stage: Stage

    @property
    def stream(self) -> str:
        """The audit stream that is hidden until the deadline of this stage."""
        return f"listing:{self.listing}" + (":final" if self.stage == Stage.FINAL else "")


@dataclass(frozen=True)
class Sealed:
    """Sealed bytes that are on disk: their place, SHA-256 and size."""

    storage_key: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Held:
    """What decides about a bid: the deadline, the time at the look, the bid that stands; and the letter's words."""

    status: str
    closes_at: datetime
    at: datetime
    reference: str
    lot_number: int
    version: int
    standing: str | None
    email: str


@dataclass(frozen=True)
class _New:
    """A bid that is to be entered."""

    place: Place
    sealed: Sealed
    replaces: str | None
    actor: Actor
    trace: Trace
    receipt: str


async def enter_sealed_bid(
    place: Place, sealed: Sealed, replaces: str | None, actor: Actor, trace: Trace = NO_TRACE
) -> str:
    """Enter a bid whose ciphertext is on disk, with where it came from; gives the receipt number.

    Whoever calls does nothing afterwards that can fail: the bid is sealed. Raises BiddingClosed, Conflict.
    """
    new = _New(place, sealed, replaces, actor, trace, random_reference("HZ"))
    held = await _look(_SEE, place, actor)
    _check_stands(held, replaces)
    try:
        if not await _enter_as_seen(new, held):
            async with transaction():
                # something moved since the look: hold it first, then look again
                held = await _look(_SEE_HELD, place, actor)
                _check_stands(held, replaces)
                await _write(new, held)
    except asyncpg.UniqueViolationError as twice:
        raise SealedAlready() from twice
    except asyncpg.DivisionByZeroError as faster:
        raise EndedAlready() from faster
    return new.receipt


async def _enter_as_seen(new: _New, held: Held) -> bool:
    """Enter it in one statement if listing and deadline are still what was seen; else write nothing."""
    is_final = new.place.stage == Stage.FINAL
    seen = Statement(_STILL_AS_SEEN[is_final], (new.place.listing, held.closes_at, held.status))
    try:
        await _write(new, held, seen)
    except asyncpg.DivisionByZeroError:
        return False
    return True


async def _write(new: _New, held: Held, *seen: Statement) -> None:
    """End the one before, write bid, trace, audit and letter: all, or by an error of the database none."""
    guard, ended = ("EXISTS (SELECT FROM part_0)", "part_1") if seen else ("true", "part_0")
    detail = {"receipt": new.receipt, "sha256": new.sealed.sha256, "replaces": new.replaces or ""}
    bid = f"part_{len(seen) + 1}"
    await fetchval_together(
        *seen,
        _ended(new.replaces, BidStatus.REPLACED, held.at, guard),
        _row(new, held, f"{guard} AND ({new.replaces is None} OR EXISTS (SELECT FROM {ended}))"),
        audit_entry("bid.sealed", ("bid", new.receipt), new.actor, detail, held.at, new.place.stream),
        *_letter(held, new.receipt, new.sealed.sha256, N_("已封存")),
        *trace_of_bid(new.trace, bid),
        # a division by zero where no bid was written: audit entry and letter go with it
        Statement(f"SELECT 1 / count(*) FROM {bid}", ()),
    )


async def end_sealed_bid(place: Place, receipt: str, sha256: str, actor: Actor) -> None:
    """Take a sealed bid back. Raises BiddingClosed, Conflict when another was faster."""
    async with transaction():
        held = await _look(_SEE_HELD, place, actor)
        ended = await fetchval_together(
            _ended(receipt, BidStatus.WITHDRAWN, held.at),
            audit_entry("bid.withdrawn", ("bid", receipt), actor, {"receipt": receipt}, held.at, place.stream),
            *_letter(held, receipt, sha256, N_("已撤回")),
            Statement("SELECT count(*) FROM part_0", ()),
        )
        if ended == 0:
            raise EndedAlready()


async def _look(how: Mapping[bool, str], place: Place, actor: Actor) -> Held:
    """Look at the listing (or the window), held or not, and compare its deadline with the county clock then."""
    is_final = place.stage == Stage.FINAL
    row = await fetchrow(
        how[is_final], place.listing, place.lot, place.provider, place.stage.value, actor.person_id
    )
    if row is None:
        raise NotFound()
    held = Held(**row)
    if not is_final and held.status not in (Status.PUBLISHED, Status.CLOSED):
        raise BiddingNotOpen()
    check_bid_is_in_time(held.closes_at, held.at)
    return held


def _check_stands(held: Held, replaces: str | None) -> None:
    """What is replaced is the one that stands, and nothing stands that is not replaced. Raises Conflict."""
    if replaces is None and held.standing is not None:
        raise SealedAlready()
    if replaces is not None and held.standing != replaces:
        raise EndedAlready()


def _ended(receipt: str | None, to: BidStatus, at: datetime, guard: str = "true") -> Statement:
    """End a sealed bid from the state it was seen in; it gives nothing when another was faster."""
    move(BID_TRANSITIONS, BidStatus.SEALED, to=to)
    return Statement(
        "UPDATE bid SET status = $2, ended_at = $3 WHERE receipt_number = $1 AND status = 'sealed'"
        f" AND {guard} RETURNING id",
        (receipt, to.value, at),
    )


def _row(new: _New, held: Held, guard: str) -> Statement:
    place, sealed = new.place, new.sealed
    return Statement(
        "INSERT INTO bid (id, listing, lot, provider, stage, status, version, receipt_number, storage_key,"
        " sealed_sha256, sealed_size, sealed_by, sealed_at)"
        " SELECT $1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::varchar, 'sealed', $6::int, $7::varchar, $8::varchar,"
        f" $9::varchar, $10::int, $11::uuid, $12::timestamptz WHERE {guard} RETURNING id",
        (uuid4(), place.listing, place.lot, place.provider, place.stage.value, held.version, new.receipt,
         sealed.storage_key, sealed.sha256, sealed.size, new.actor.person_id, held.at),
    )  # fmt: skip


def _letter(held: Held, receipt: str, sha256: str, done: str) -> list[Statement]:
    """A mail to the bidder alone; one that cannot be sent stays out of every list before the deadline."""
    if not held.email:
        return []
    values = {
        "done": translate(done), "listing": held.reference, "lot": held.lot_number, "receipt": receipt,
        "at": moment(held.at), "sha256": sha256, "closes_at": moment(held.closes_at),
    }  # fmt: skip
    subject = translate(N_("{done}：{listing} 第 {lot} 包，回执 {receipt}")).format(**values)
    body = translate(
        N_(
            "{done}：{listing} 第 {lot} 包\n回执编号：{receipt}\n时间：{at}\nSHA-256：{sha256}\n"
            "截止时间：{closes_at}\n\n"
            "截止前可以替换或者撤回。请保存这封邮件。"
        )
    ).format(**values)
    return [mail_message(held.email, subject, body, held.at, hidden_until=held.closes_at)]
