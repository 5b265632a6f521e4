"""What was opened, gathered for the search for signs of collusion (R-COLL-01, R-COLL-05)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Any, BinaryIO
from uuid import UUID

from catalogue.listings.queries import lock_listing
from evaluations.opening.consortia import members_of
from evaluations.opening.queries import opened_bids, related_bidders
from evaluations.signs.files import FileMarks, ReadingTime, marks_of
from evaluations.signs.queries import waits_for_search
from evaluations.signs.rules import BidSeen, Sign, check_may_answer, related_sign
from evaluations.signs.services import keep_signs
from evaluations.signs.tables import SignSearchFailure
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.files import DocumentStore
from marketplace.gateways.page_texts import LARGEST, READ, words_of
from marketplace.kernel.db import execute, fetch, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict
from marketplace.kernel.i18n import N_
from vendors.bids.papers import Attachment, Elsewhere

Row = dict[str, Any]
_log = logging.getLogger(__name__)
# what the files of each bid say of themselves; None: they could not be looked at
Files = dict[UUID, Sequence[FileMarks] | None]

_SEEN = """
SELECT b.id AS bid, x.lot, o.name, x.technical_text, coalesce(x.final_price, x.price) AS price, t.address, t.browser,
       (SELECT m.person FROM membership m WHERE m.person = b.sealed_by AND m.organisation = p.organisation LIMIT 1)
           AS handled_by,
       ARRAY(SELECT f.mark FROM phone_mark f WHERE f.provider = p.id) AS phones,
       ARRAY(SELECT a.number_hash FROM provider_account a WHERE a.provider = p.id AND a.ended_at IS NULL) AS accounts,
       ARRAY(SELECT d.payer_mark FROM deposit d WHERE d.provider = p.id AND d.listing = l.listing AND d.kind = 'bid'
             AND d.payer_mark IS NOT NULL) AS payers
FROM opened_bid x JOIN bid b ON b.id = x.bid JOIN provider p ON p.id = x.provider
JOIN organisation o ON o.id = p.organisation JOIN listing_lot l ON l.id = x.lot
LEFT JOIN sealing_trace t ON t.bid = b.id
WHERE l.listing = $1 ORDER BY l.number, o.sort_key, b.id
"""


class FilesNotRead(Exception):
    """The files of a bid could not be looked at, so that nothing is known of what they share."""


@dataclass
class FilesSeen:
    """The files of one bid, looked at one after the other: of each its marks stay, and the bytes to read words in."""

    found: list[FileMarks] = field(default_factory=list)
    to_read: list[bytes] = field(default_factory=list)
    is_broken: bool = False

    async def look_at(self, paper: Attachment, file: BinaryIO) -> None:
        """Look at the next file, aside: a large one does not stop others' requests."""
        try:
            self.found.append(await asyncio.to_thread(marks_of, paper.name, paper.sha256, file))
            self.to_read.append(await asyncio.to_thread(self._bytes_to_read, paper.size, file))
        except Exception:  # whatever a bidder wrote into its file, the opening of the others goes on
            _log.exception("a file of a bid could not be looked at")
            self.is_broken = True

    async def marks(self, time_left: ReadingTime) -> Sequence[FileMarks] | None:
        """The marks of all files with their words; None where looking broke: then somebody looks again."""
        if self.is_broken:
            return None
        try:
            began = monotonic()
            texts = await words_of(self.to_read, time_left.left)
            time_left.left -= monotonic() - began
            return [replace(marks, text=text) for marks, text in zip(self.found, texts, strict=True)]
        except Exception:  # as above
            _log.exception("the files of a bid could not be looked at")
            return None

    def _bytes_to_read(self, size: int, file: BinaryIO) -> bytes:
        """The bytes of a PDF or DOCX that there is room for; of others nothing."""
        file.seek(0)
        begins = file.read(max(map(len, READ)))
        if not begins.startswith(READ) or size > LARGEST - sum(map(len, self.to_read)):
            return b""
        return begins + file.read()


async def look_or_record(listing: Row, files: Files, actor: Actor, now: datetime) -> bool:
    """Look for signs; whatever goes wrong with that, the opening goes on and somebody looks again (R-COLL-05)."""
    try:
        async with transaction():  # a savepoint: a search that broke leaves nothing half found
            if None in files.values():
                raise FilesNotRead
            await look_for_signs(listing, files, actor, now)
    except Exception as broken:  # whatever it is, opened bids are not to be lost for it
        _log.exception("signs could not be looked for: %s", listing["reference"])
        fault = type(broken).__name__[:100]
        await insert(SignSearchFailure, listing=listing["id"], fault=fault, failed_at=now)
        detail = {"reference": listing["reference"], "reason": fault}
        await record("signs.not_looked_for", ("listing", str(listing["id"])), actor, detail, now)
        return False
    return True


async def look_at_deposits(listing: Row, actor: Actor, now: datetime) -> None:
    """With the last decision of the review: by then the accounts that paid the deposits are on record."""
    told = "SELECT 1 FROM deposit WHERE listing = $1 AND kind = 'bid' AND payer_mark IS NOT NULL LIMIT 1"
    if await fetchval(told, listing["id"]):
        await look_or_record(listing, {}, actor, now)


async def look_again(listing_id: UUID, documents: DocumentStore, actor: Actor, now: datetime) -> bool:
    """Look once more where it could not be done; whether it was done now. Raises Forbidden, NotFound, Conflict."""
    actor.check_may(Permission.REVIEW_QUALIFICATION)
    async with transaction():
        listing = dict(await lock_listing(listing_id))
        check_may_answer(listing["procuring_unit"], listing["drafted_by"], actor.organisation_id, actor.person_id)
        if not await waits_for_search(listing_id):
            raise Conflict(N_("串通线索已经查过，不用再查。请刷新页面。"), clause="R-COLL-05")
        await execute(
            "UPDATE sign_search_failure SET looked_by = $2, looked_at = $3 WHERE listing = $1 AND looked_at IS NULL",
            listing_id, actor.person_id, now,
        )  # fmt: skip
        files = await _opened_files(listing_id, documents)
        done = await look_or_record(listing, files, actor, now)
        if done:
            detail = {"reference": listing["reference"]}
            await record("signs.looked_again", ("listing", str(listing_id)), actor, detail, now)
    return done


async def _opened_files(listing_id: UUID, documents: DocumentStore) -> Files:
    """The marks of every opened bid's files, one file after the other."""
    rows = await fetch(
        "SELECT x.bid, d.name, d.storage_key, d.sha256, d.size FROM opened_attachment a"
        " JOIN opened_bid x ON x.id = a.opened_bid JOIN listing_lot l ON l.id = x.lot"
        " JOIN document d ON d.id = a.document WHERE l.listing = $1"
        " ORDER BY d.name, d.id",
        listing_id,
    )
    found: Files = {}
    time_left = ReadingTime()
    for bid in dict.fromkeys(row["bid"] for row in rows):
        seen = FilesSeen()
        for row in (each for each in rows if each["bid"] == bid):
            with await documents.open(row["storage_key"]) as file:
                await seen.look_at(_paper(row, documents), file)
        found[bid] = await seen.marks(time_left)
    return found


def _paper(row: Row, documents: DocumentStore) -> Attachment:
    return Attachment(row["name"], Elsewhere(row["sha256"], row["size"], partial(documents.open, row["storage_key"])))


async def look_for_signs(listing: Row, files: Files, actor: Actor | None, now: datetime) -> None:
    """Look at all that is open, lot by lot; called in the transaction that opened it."""
    by_lot: dict[UUID, list[BidSeen]] = {}
    for row in await fetch(_SEEN, listing["id"]):
        seen = BidSeen(
            row["bid"], row["name"], row["technical_text"],
            # where the county states the price, equal prices say nothing
            None if listing["is_price_fixed"] else row["price"],
            row["address"], row["browser"], row["handled_by"], frozenset(map(bytes, row["phones"])),
            frozenset(map(bytes, row["accounts"])), files.get(row["bid"]) or (),
            frozenset(map(bytes, row["payers"])),
        )  # fmt: skip
        by_lot.setdefault(row["lot"], []).append(seen)
    related = await _related(listing["id"])
    for lot, bids in by_lot.items():
        if len(bids) > 1:
            await keep_signs(listing, lot, bids, related.get(lot, []), (actor, now))


async def look_for_relations(listing: Row, actor: Actor | None, now: datetime) -> None:
    """Look once more who is behind the bidders of a lot: what became known since the opening is a sign (R-ROLE-07).

    Members of a consortium count here too, because their review is over.
    """
    for lot, signs in (await _related(listing["id"], with_members=True)).items():
        await keep_signs(listing, lot, [], signs, (actor, now))


async def _related(listing: UUID, with_members: bool = False) -> dict[UUID, list[Sign]]:
    """Bidders of one lot that are related, by the lot."""
    opened = await opened_bids(listing)
    lots = {bid["lot_number"]: bid["lot"] for bid in opened}
    bids = {(bid["lot_number"], bid["provider"]): bid["bid"] for bid in opened}
    if with_members:
        of = await members_of(bid["id"] for bid in opened)
        bids |= {
            (bid["lot_number"], m["provider"]): bid["bid"] for bid in opened for m in of[bid["id"]] if m["provider"]
        }
    found: dict[UUID, list[Sign]] = {}
    for number, each in await related_bidders(opened):
        one, other = bids.get((number, each.first.id)), bids.get((number, each.second.id))
        # a member of a consortium has no bid of its own: the review shows those (R-ROLE-07)
        if one is not None and other is not None:
            pair = ((one, each.first.name), (other, each.second.name))
            found.setdefault(lots[number], []).append(related_sign(pair, each.path))
    return found
