"""Appropriated = free + reserved + committed + paid: the database keeps it, whoever writes and however many at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from marketplace.kernel.db import execute, fetch, fetchrow, transaction
from marketplace.kernel.errors import Conflict
from marketplace.kernel.ledger.services import MOVES, Posting, Source, open_line, open_lines_with, post
from tests.conftest import WORKER, make_database

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
WHY = Source("test", "1")
PARTS = ("appropriated", "free", "reserved", "committed", "paid")


async def money(line: Any) -> dict[str, Decimal]:
    """Where a line's money stands."""
    row = await fetchrow(f"SELECT {', '.join(PARTS)} FROM ledger_line WHERE id = $1", line)
    assert row is not None
    return dict(row)


async def a_line(amount: str = "100") -> Any:
    """A line with money."""
    line = await open_line()
    await post(line, Posting.APPROPRIATE, Decimal(amount), WHY, NOW)
    return line


async def test_each_movement_takes_from_one_part_and_gives_to_another(db: Any) -> None:
    line = await a_line("100")
    ways = [
        Posting.RESERVE, Posting.RELEASE, Posting.RESERVE, Posting.COMMIT, Posting.PAY, Posting.UNPAY,
        Posting.UNCOMMIT, Posting.WITHDRAW,
    ]  # fmt: skip
    assert set(ways) | {Posting.APPROPRIATE} == set(Posting)
    seen = [await money(line)]
    for kind in ways:
        await post(line, kind, Decimal("30.01"), WHY, NOW)
        seen.append(await money(line))
    for kind, (before, after) in zip(ways, pairwise(seen), strict=True):
        shrinks, grows = MOVES[kind]
        changed = {part: after[part] - before[part] for part in PARTS[1:] if after[part] != before[part]}
        wanted = {shrinks: Decimal("-30.01"), grows: Decimal("30.01")}
        assert changed == {part: amount for part, amount in wanted.items() if part}, kind
        assert after["appropriated"] == sum(after[part] for part in PARTS[1:])


async def test_nothing_moves_that_is_not_there(db: Any) -> None:
    line = await a_line("100")
    for kind in set(Posting) - {Posting.APPROPRIATE}:
        with pytest.raises(Conflict):
            await post(line, kind, Decimal("100.01"), WHY, NOW)
    assert (await money(line))["free"] == 100
    assert len(await fetch("SELECT 1 FROM ledger_posting")) == 1


BREAKS = [
    "UPDATE ledger_line SET free = free + 1",
    "UPDATE ledger_line SET free = free + 1, appropriated = appropriated + 1",  # the identity holds, the money is false
    "UPDATE ledger_line SET free = free - 10, reserved = reserved + 10",
    "INSERT INTO ledger_line (id, appropriated, free) VALUES (gen_random_uuid(), 5, 5)",
    "DELETE FROM ledger_line",
    "TRUNCATE ledger_line CASCADE",
    "TRUNCATE ledger_posting",
    "DELETE FROM ledger_posting",
    "UPDATE ledger_posting SET amount = 1",
    "INSERT INTO ledger_posting (line, kind, amount, source_kind, source_id, posted_at)"
    " SELECT id, 'reserve', 100.01, 'x', 'x', now() FROM ledger_line",
    "INSERT INTO ledger_posting (line, kind, amount, source_kind, source_id, posted_at)"
    " SELECT id, 'gift', 1, 'x', 'x', now() FROM ledger_line",
    "INSERT INTO ledger_posting (line, kind, amount, source_kind, source_id, posted_at)"
    " SELECT id, 'pay', -1, 'x', 'x', now() FROM ledger_line",
]


@pytest.mark.parametrize("sql", BREAKS)
async def test_no_statement_breaks_the_identity(db: Any, sql: str) -> None:
    line = await a_line("100")
    with pytest.raises((asyncpg.IntegrityConstraintViolationError, asyncpg.RaiseError)):
        async with transaction():
            await execute(sql)
    assert await money(line) == {
        "appropriated": Decimal(100), "free": Decimal(100), "reserved": 0, "committed": 0, "paid": 0,
    }  # fmt: skip


async def test_a_posting_written_by_hand_moves_its_line(db: Any) -> None:
    line = await a_line("100")
    await execute(
        "INSERT INTO ledger_posting (line, kind, amount, source_kind, source_id, posted_at)"
        " VALUES ($1, 'reserve', 40, 'x', 'x', now())", line,
    )  # fmt: skip
    assert (await money(line))["reserved"] == 40


async def test_many_lines_are_opened_with_their_own_money(db: Any) -> None:
    lines = await open_lines_with([Decimal(1), Decimal(2)], [Source("a", "1"), Source("b", "2")], NOW)
    assert [(await money(line))["free"] for line in lines] == [1, 2]
    rows = await fetch("SELECT source_kind, source_id FROM ledger_posting WHERE line = ANY($1) ORDER BY amount", lines)
    assert [tuple(row) for row in rows] == [("a", "1"), ("b", "2")]


@pytest_asyncio.fixture
async def committed(test_database: Any) -> AsyncIterator[None]:
    """A database of its own where commits are real and every act has its own connection."""
    real, address = test_database.pool, await make_database(f"ledger_{WORKER}")
    test_database.pool = await asyncpg.create_pool(**address, min_size=8, max_size=8)
    try:
        yield
    finally:
        await test_database.pool.close()
        test_database.pool = real


async def _reserve(line: Any, amount: str) -> bool:
    try:
        async with transaction():
            await post(line, Posting.RESERVE, Decimal(amount), WHY, NOW)
            await asyncio.sleep(0.01)  # hold the row as a whole act does before it commits
    except Conflict:
        return False
    return True


async def test_reservations_at_the_same_time_never_overspend(committed: None) -> None:
    line = await a_line("100")
    won = await asyncio.gather(*(_reserve(line, "30") for _ in range(24)))
    assert sum(won) == 3
    assert await money(line) == {
        "appropriated": Decimal(100), "free": Decimal(10), "reserved": Decimal(90), "committed": 0, "paid": 0,
    }  # fmt: skip
    assert len(await fetch("SELECT 1 FROM ledger_posting WHERE line = $1 AND kind = 'reserve'", line)) == 3
