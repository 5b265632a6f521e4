"""What is held of each kind, of a person and in all, and what the last runs did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetch
from marketplace.retention.kinds import KINDS, DataKind
from marketplace.retention.rules import kept_until, term_of
from vendors.register.merging import history_columns

Row = dict[str, Any]


def where_of(kind: DataKind, history: Sequence[Row]) -> str:
    """The condition of a kind; `{without_history}` asks every table that points to a provider or its organisation."""
    owner = {"provider": "t.id", "organisation": "t.organisation"}
    asked = " AND ".join(
        f"NOT EXISTS (SELECT FROM {h['at']} WHERE {h['field']} = {owner[h['of']]})"
        for h in history
        # a pre-check that led to nothing is no history: its own day is what the term counts from
        if h["at"] != "precheck"
    )
    return kind.where.replace("{without_history}", asked)


async def held_of(actor: Actor, today: date) -> list[Row]:
    """Each kind of data with how many rows are of this person, and until when the newest of them is kept."""
    history = await history_columns()
    parts = [
        f"SELECT '{kind.key}' AS kind, count(*) AS rows,"
        f" max(CASE WHEN {where_of(kind, history)} THEN {kind.begins} END) AS begins FROM {kind.table} t"
        f" WHERE {kind.mine}"
        for kind in KINDS
        if kind.mine
    ]
    found = {row["kind"]: row for row in await fetch(" UNION ALL ".join(parts), actor.person_id)}
    return [_mine(kind, found[kind.key], today) for kind in KINDS if kind.mine and found[kind.key]["rows"]]


def _mine(kind: DataKind, held: Any, today: date) -> Row:
    term = term_of(kind.term, today)
    until = kept_until(term, held["begins"]) if term and held["begins"] else None
    return {"kind": kind, "rows": held["rows"], "term": term, "until": until}


async def runs() -> list[Row]:
    """Each kind with its last run and how many rows went since the beginning."""
    rows = await fetch(
        "SELECT DISTINCT ON (r.kind) r.kind, r.ran_at, r.rows, r.failure, s.total FROM retention_run r"
        " JOIN (SELECT kind, sum(rows) AS total FROM retention_run GROUP BY kind) s ON s.kind = r.kind"
        " ORDER BY r.kind, r.day DESC"
    )
    found = {row["kind"]: dict(row) for row in rows}
    return [{"kind": kind, "last": found.get(kind.key)} for kind in KINDS]


async def last_days(most: int = 14) -> list[Row]:
    """The last days on which the work ran: how many kinds, how many rows, what failed."""
    rows = await fetch(
        "SELECT day, count(*) AS kinds, sum(rows) AS rows, count(*) FILTER (WHERE failure <> '') AS failures"
        " FROM retention_run GROUP BY day ORDER BY day DESC LIMIT $1",
        most,
    )
    return [dict(row) for row in rows]
