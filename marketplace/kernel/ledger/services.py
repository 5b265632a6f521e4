"""Move money along a line: free -> reserved -> committed -> paid, and back. Called inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID, uuid4

from marketplace.kernel.db import execute, fetchval, insert
from marketplace.kernel.errors import Conflict
from marketplace.kernel.i18n import N_
from marketplace.kernel.ledger.tables import LedgerLine


class Posting(StrEnum):
    """The movements a line knows."""

    APPROPRIATE = "appropriate"
    WITHDRAW = "withdraw"
    RESERVE = "reserve"
    RELEASE = "release"
    COMMIT = "commit"
    UNCOMMIT = "uncommit"
    PAY = "pay"
    UNPAY = "unpay"


# kind: (the part that shrinks, the part that grows)
MOVES: dict[Posting, tuple[str, str]] = {
    Posting.APPROPRIATE: ("", "free"),
    Posting.WITHDRAW: ("free", ""),
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
    """Move an amount (yuan, > 0) along the line. Raises Conflict when the part it comes from is too small.

    The posting itself moves the line, by trigger: no other statement can.
    """
    shrinks, _ = MOVES[kind]
    guard = f"AND {shrinks} >= $3" if shrinks else ""
    # one statement: the row lock makes concurrent movements wait, so nothing is spent twice
    moved = await fetchval(
        "INSERT INTO ledger_posting (line, kind, amount, source_kind, source_id, posted_at)"
        f" SELECT id, $2, $3, $4, $5, $6 FROM ledger_line WHERE id = $1 {guard} FOR UPDATE RETURNING id",
        line, kind.value, amount, source.kind, source.id, now,
    )  # fmt: skip
    if moved is None:
        raise Conflict(
            N_("预算额度不够：需要 {amount} 元，可用的不足。请先由财政追加额度，或者调低金额。"),
            amount=amount,
            clause="R-GPS-05",
        )


async def open_lines_with(amounts: Sequence[Decimal], sources: Sequence[Source], now: datetime) -> list[UUID]:
    """Many new lines at once, each with its first money and what caused it; two statements however many there are."""
    lines = [uuid4() for _ in amounts]
    await execute("INSERT INTO ledger_line (id) SELECT unnest($1::uuid[])", lines)
    await execute(
        "INSERT INTO ledger_posting (line, kind, amount, source_kind, source_id, posted_at)"
        " SELECT line, 'appropriate', amount, source_kind, source_id, $5"
        " FROM unnest($1::uuid[], $2::numeric[], $3::text[], $4::text[]) AS new(line, amount, source_kind, source_id)",
        lines, list(amounts), [source.kind for source in sources], [source.id for source in sources], now,
    )  # fmt: skip
    return lines
