"""The daily work: what is past its term is deleted or blanked, kind by kind, with how many of what in the audit."""

from __future__ import annotations

import logging
from datetime import datetime

import asyncpg

from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchval, insert, transaction
from marketplace.retention.kinds import BLANKED, DELETED, KINDS, DataKind
from marketplace.retention.queries import where_of
from marketplace.retention.rules import cutoff, term_of
from marketplace.retention.tables import RetentionRun
from vendors.register.merging import history_columns

log = logging.getLogger(__name__)


async def forget(now: datetime) -> None:
    """Let go what no law keeps and nothing needs any more, once a day for each kind (R-TIME-29).

    A kind that cannot be let go is noted with its error and tried again the next day; the others go on.
    """
    day, real = county_day(now), await fetchval("SELECT clock_timestamp()")
    done = {row["kind"] for row in await fetch("SELECT kind FROM retention_run WHERE day = $1", day)}
    columns = await history_columns()
    for kind in KINDS:
        if kind.effect in (DELETED, BLANKED) and kind.key not in done:
            await _forget_kind(kind, where_of(kind, columns), now, real if kind.is_real_time else now)


async def _forget_kind(kind: DataKind, where: str, now: datetime, at: datetime) -> None:
    day = county_day(now)
    term = term_of(kind.term, day)
    assert term is not None, kind.key
    before, failure, rows = cutoff(term, at), "", 0
    try:
        async with transaction():
            rows = await _let_go(kind, where, before)
            if rows:
                told = {"kind": kind.key, "rows": str(rows), "ended_before": before.isoformat(), "clause": kind.term}
                await record(f"data.{kind.effect}", ("data_kind", kind.key), None, told, now)
    except asyncpg.PostgresError as refused:
        # a row that something still needs keeps its whole kind for a day: better than a half-emptied file
        failure = type(refused).__name__
        log.exception("%s could not be let go", kind.key)
    await insert(RetentionRun, kind=kind.key, day=day, ran_at=now, cutoff=before, rows=rows, failure=failure)


async def _let_go(kind: DataKind, where: str, before: datetime) -> int:
    """Delete or blank the rows of a kind that began before a moment; gives how many."""
    act = f"UPDATE {kind.table} t SET {kind.blank}" if kind.effect == BLANKED else f"DELETE FROM {kind.table} t"
    what = "t.id" if kind.more else "1"
    gone = await fetch(f"{act} WHERE {where} AND {kind.begins} < $1 RETURNING {what}", before)
    for statement in kind.more if gone else ():
        await execute(statement, [row["id"] for row in gone])
    return len(gone)
