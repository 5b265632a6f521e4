"""The one transaction in which a sealed bid is entered or ended.

Whatever decides is read after the listing (or the window) is held: the deadline is compared by the county clock as it
is then, so a deadline that moves and a bid that arrives can never pass each other.
"""

from __future__ import annotations

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

# The subquery is held first and the clock is read above it: never at the transaction's start, never before the wait.
_HOLD = """
    SELECT held.status, held.closes_at, county_now() AS at, held.reference, t.number AS lot_number,
           (SELECT coalesce(max(version), 0) + 1 FROM bid WHERE lot = $2 AND provider = $3 AND stage = $4) AS version,
           (SELECT email FROM person WHERE id = $5) AS email
    FROM ({held}) held JOIN listing_lot t ON t.id = $2 AND t.listing = held.id
"""
_HOLD_LISTING = _HOLD.format(held="SELECT id, status, closes_at, reference FROM listing WHERE id = $1 FOR SHARE")
_HOLD_WINDOW = _HOLD.format(
    held="SELECT l.id, l.status, w.closes_at, l.reference FROM final_price_window w JOIN listing l ON l.id = w.listing"
    " WHERE w.listing = $1 FOR SHARE OF w"
)


class EndedAlready(Conflict):
    """Somebody else replaced or withdrew the bid in the meantime."""

    def __init__(self) -> None:
        super().__init__(N_("这份文件刚才已经被替换或者撤回。请在“我的投标”里看最新的一份。"))


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
    """What stands still while a bid is entered: the deadline, the county's time now, and what the receipt says."""

    status: str
    closes_at: datetime
    at: datetime
    reference: str
    lot_number: int
    version: int
    email: str


async def enter_sealed_bid(place: Place, sealed: Sealed, replaces: str | None, actor: Actor) -> str:
    """Enter a bid whose ciphertext is on disk; gives the receipt number. Raises BiddingClosed, Conflict."""
    receipt = random_reference("HZ")
    try:
        async with transaction():
            held = await _hold_until_deadline(place, actor)
            detail = {"receipt": receipt, "sha256": sealed.sha256, "replaces": replaces or ""}
            # one journey for all that is written: in the last minutes before a deadline everybody seals
            entered = await fetchval_together(
                _ended(replaces, BidStatus.REPLACED, held.at),
                _row(place, sealed, receipt, held, actor, replaces),
                audit_entry("bid.sealed", ("bid", receipt), actor, detail, held.at, place.stream),
                *_letter(held, receipt, sealed.sha256, N_("已封存")),
                Statement("SELECT count(*) FROM part_1", ()),
            )
            if entered == 0:
                raise EndedAlready()
            return receipt
    except asyncpg.UniqueViolationError as twice:
        raise Conflict(
            N_("您的机构对这个采购包已经有一份封存的文件，可能是在另一个窗口里封存的。请在“我的投标”里查看，需要时替换。")
        ) from twice


async def end_sealed_bid(place: Place, receipt: str, sha256: str, actor: Actor) -> None:
    """Take a sealed bid back. Raises BiddingClosed, Conflict when another was faster."""
    async with transaction():
        held = await _hold_until_deadline(place, actor)
        ended = await fetchval_together(
            _ended(receipt, BidStatus.WITHDRAWN, held.at),
            audit_entry("bid.withdrawn", ("bid", receipt), actor, {"receipt": receipt}, held.at, place.stream),
            *_letter(held, receipt, sha256, N_("已撤回")),
            Statement("SELECT count(*) FROM part_0", ()),
        )
        if ended == 0:
            raise EndedAlready()


async def _hold_until_deadline(place: Place, actor: Actor) -> Held:
    """Hold the listing (or the window) and compare its deadline with the county clock as it is after the wait."""
    is_final = place.stage == Stage.FINAL
    row = await fetchrow(
        _HOLD_WINDOW if is_final else _HOLD_LISTING,
        place.listing, place.lot, place.provider, place.stage.value, actor.person_id,
    )  # fmt: skip
    if row is None:
        raise NotFound()
    held = Held(**row)
    if not is_final and held.status not in (Status.PUBLISHED, Status.CLOSED):
        raise BiddingNotOpen()
    check_bid_is_in_time(held.closes_at, held.at)
    return held


def _ended(receipt: str | None, to: BidStatus, at: datetime) -> Statement:
    """End a sealed bid from the state it was seen in; it gives nothing when another was faster."""
    move(BID_TRANSITIONS, BidStatus.SEALED, to=to)
    return Statement(
        "UPDATE bid SET status = $2, ended_at = $3 WHERE receipt_number = $1 AND status = 'sealed' RETURNING id",
        (receipt, to.value, at),
    )


def _row(place: Place, sealed: Sealed, receipt: str, held: Held, actor: Actor, replaces: str | None) -> Statement:
    return Statement(
        "INSERT INTO bid (id, listing, lot, provider, stage, status, version, receipt_number, storage_key,"
        " sealed_sha256, sealed_size, sealed_by, sealed_at)"
        " SELECT $1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::varchar, 'sealed', $6::int, $7::varchar, $8::varchar,"
        " $9::varchar, $10::int, $11::uuid, $12::timestamptz"
        # in place of another only if that one has just been ended
        " WHERE $13 OR EXISTS (SELECT FROM part_0) RETURNING id",
        (uuid4(), place.listing, place.lot, place.provider, place.stage.value, held.version, receipt,
         sealed.storage_key, sealed.sha256, sealed.size, actor.person_id, held.at, replaces is None),
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
