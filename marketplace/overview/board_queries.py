"""The numbers of a board in one journey, the rows behind one of them, and its months."""

from __future__ import annotations

from datetime import date
from typing import Any

from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetch, fetchrow, together
from marketplace.overview.boards import Board, Number

Row = dict[str, Any]
PAGE_SIZE = 50
_ASKED = (
    "WITH asked AS (SELECT $1::uuid AS office, $2::date AS first, ($2::date + interval '1 year')::date AS upto,"
    " $3::date AS today) "
)


def _values(board: Board, actor: Actor, year: int, today: date) -> tuple[Any, ...]:
    return actor.organisation_id if board.is_of_office else None, date(year, 1, 1), today


async def numbers_of(board: Board, actor: Actor, year: int, today: date) -> dict[str, Row]:
    """For each number: how many rows stand behind it, and their sum (yuan or minutes)."""
    values = _values(board, actor, year, today)
    found = await together(
        *(
            fetchrow(f"{_ASKED}SELECT count(*) AS rows, coalesce(sum(x.value), 0) AS sum FROM ({each.rows}) x", *values)
            for each in board.numbers
        )
    )
    return {each.key: dict(row) for each, row in zip(board.numbers, found, strict=True)}


async def rows_of(
    board: Board, number: Number, actor: Actor, year: int, today: date, place: int | None = None
) -> list[Row]:
    """The rows behind a number, the earliest day first: all of them, or a page."""
    some = f" LIMIT {PAGE_SIZE} OFFSET {(place - 1) * PAGE_SIZE}" if place else ""
    rows = await fetch(
        f"{_ASKED}SELECT x.* FROM ({number.rows}) x ORDER BY x.day NULLS LAST, x.reference{some}",
        *_values(board, actor, year, today),
    )
    return [dict(row) for row in rows]


async def months_of(board: Board, actor: Actor, year: int, today: date) -> list[Row]:
    """The drawn number by the month of its rows' days."""
    number = board.number(board.monthly)
    assert number is not None
    rows = await fetch(
        f"{_ASKED}SELECT date_trunc('month', x.day)::date AS month, sum(x.value) AS sum, count(*) AS rows"
        f" FROM ({number.rows}) x GROUP BY 1 ORDER BY 1",
        *_values(board, actor, year, today),
    )
    return [dict(row) for row in rows]
