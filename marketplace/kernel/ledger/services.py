"""Move money along a line: free -> reserved -> committed -> paid, and back. Called inside the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from marketplace.kernel.db import fetchval, insert
from marketplace.kernel.errors import Conflict
from marketplace.kernel.i18n import N_
from marketplace.kernel.ledger.tables import LedgerLine, LedgerPosting


class Posting(StrEnum):
    """The movements a line knows."""

    APPROPRIATE = "appropriate"
    RESERVE = "reserve"
    RELEASE = "release"
    COMMIT = "commit"
    UNCOMMIT = "uncommit"
    PAY = "pay"
    UNPAY = "unpay"


# kind: (the part that shrinks, the part that grows)
MOVES: dict[Posting, tuple[str, str]] = {
    Posting.APPROPRIATE: ("", "free"),
    Posting.RESERVE: ("free", "reserved"),
    Posting.RELEASE: ("reserved", "free"),
    Posting.COMMIT: ("reserved", "committed"),
    Posting.UNCOMMIT: ("committed", "free"),
    Posting.PAY: ("committed", "paid"),
    Posting.UNPAY: ("paid", "committed"),
}


@dataclass(frozen=True)
class Source:
    """What caused a movement: the kind of row and its identity."""

    kind: str
    id: str


async def open_line() -> UUID:
    """A new line without money."""
    return await insert(LedgerLine)


async def post(line: UUID, kind: Posting, amount: Decimal, source: Source, now: datetime) -> None:
    """Move an amount (yuan, > 0) along the line. Raises Conflict when the part it comes from is too small."""
    shrinks, grows = MOVES[kind]
    if shrinks:
        changes, guard = f"{shrinks} = {shrinks} - $2, {grows} = {grows} + $2", f"AND {shrinks} >= $2"
    else:
        changes, guard = f"appropriated = appropriated + $2, {grows} = {grows} + $2", ""
    # one statement: the row lock makes concurrent movements wait, so nothing is spent twice
    moved = await fetchval(f"UPDATE ledger_line SET {changes} WHERE id = $1 {guard} RETURNING id", line, amount)
    if moved is None:
        raise Conflict(
            N_("预算额度不够：需要 {amount} 元，可用的不足。请先由财政追加额度，或者调低金额。"),
            amount=amount,
            clause="R-GPS-05",
        )
    await insert(
        LedgerPosting,
        line=line,
        kind=kind.value,
        amount=amount,
        source_kind=source.kind,
        source_id=source.id,
        posted_at=now,
    )
