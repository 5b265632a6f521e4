"""Tables filled first and indexed after it, each in the transaction that fills it, so that rows are written once.

Within that transaction the table has a file of its own: COPY writes rows as everybody sees them (FREEZE), which no
vacuum needs to look at again, and where the server keeps no more of a log than it needs itself, nothing is logged.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from marketplace.kernel import db

# little enough that what is sorted stays near the processor: 64 MB take two thirds of the time that 1 GB take
SORTING = "64MB"
READY = "UPDATE pg_index SET indisready = $2, indisvalid = $2 WHERE indexrelid = $1::text::regclass"

# nobody is at two places, and no resident is served alone twice at once with the same
_MEETINGS = """
SELECT count(*) FROM (
  SELECT begins_at, chain, lag(chain) OVER w AS other, lag(ends_at) OVER w AS until
  FROM visit WHERE status IN ('logged', 'approved') AND NOT is_void{more}
  WINDOW w AS (PARTITION BY {who} ORDER BY begins_at)) v
WHERE until > begins_at AND other <> chain
"""
MEETINGS = {
    "visit_worker_no_overlap": _MEETINGS.format(more="", who="person"),
    "visit_recipient_no_overlap": _MEETINGS.format(more=" AND NOT is_group", who="recipient_code, item_code"),
}


class Late:
    """Indexes that are made once the rows are there; several may take from them at the same time."""

    def __init__(self, found: Iterable[Any], is_proven: bool) -> None:
        """`is_proven` says whether it is looked up that rows keep what indexes would refuse, which takes as long."""
        self.left, self.excluding, self.is_proven = list(found), list[str](), is_proven

    async def make(self) -> None:
        """All that nobody else makes yet."""
        while self.left:
            row = self.left.pop(0)
            async with db.transaction():
                await db.execute(f"SET LOCAL maintenance_work_mem = '{SORTING}'")
                await db.execute("SET LOCAL max_parallel_maintenance_workers = 0")
                if row["excludes"]:
                    await self._fill_exclusion(row)
                elif row["constrains"]:
                    await db.execute(f"REINDEX INDEX {row['name']}")
                elif row["partial"]:
                    await self._take_again(row)
                else:
                    await db.execute(row["written"])

    async def _fill_exclusion(self, row: Any) -> None:
        """PostgreSQL would look each row of an exclusion up, 0.1 ms each. The plain index is made, and its file becomes
        the exclusion's; that no two rows exclude each other is looked up for all of them at once."""
        name, plain = row["name"], f"{row['name']}_plain"
        await db.execute(row["written"].replace(f"INDEX {name} ", f"INDEX {plain} "))
        await db.execute("SET LOCAL allow_system_table_mods = on")
        await db.execute(
            "UPDATE pg_class a SET relfilenode = b.relfilenode, relpages = b.relpages, reltuples = b.reltuples"
            " FROM pg_class b WHERE (a.oid, b.oid) IN (($1::text::regclass, $2::text::regclass),"
            " ($2::text::regclass, $1::text::regclass))",
            name, plain,
        )  # fmt: skip
        await db.execute(READY, name, True)
        self.excluding.append(plain)
        if self.is_proven and (met := await db.fetchval(MEETINGS[name])):
            raise RuntimeError(f"{met} visits exclude each other: {name}")

    async def _take_again(self, row: Any) -> None:
        """An index of few rows, none of which was copied: it holds what it held."""
        await db.execute("SET LOCAL allow_system_table_mods = on")
        await db.execute(READY, row["name"], True)
        if self.is_proven:
            held = await db.fetchval(f"SELECT count(*) FROM {row['table']} WHERE {row['partial']}")
            if held != row["held"]:
                raise RuntimeError(f"{held} rows belong into {row['name']}, which holds {row['held']}")

    async def done(self) -> None:
        """The rest made; then what the exclusions left: whoever makes an index holds the table."""
        await self.make()
        for plain in self.excluding:
            await db.execute(f"DROP INDEX {plain}")


async def indexes_later(table: str, few: Iterable[str] = (), *, is_proven: bool = True) -> Late:
    """Within the transaction that fills it, the table gets a new file and loses its indexes; those of constraints stay
    and are not written, as do those named as holding `few` rows."""
    await db.execute(f"CLUSTER {table} USING {table}_pkey")
    found = await db.fetch(
        """
        SELECT i.indrelid::regclass::text AS "table", i.indexrelid::regclass::text AS name,
               pg_get_indexdef(i.indexrelid) AS written, i.indisexclusion AS excludes,
               EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid) AS constrains,
               CASE WHEN i.indexrelid::regclass::text = ANY($2::text[]) THEN pg_get_expr(i.indpred, i.indrelid) END
                 AS partial
        FROM pg_index i WHERE i.indrelid = $1::text::regclass ORDER BY i.indisexclusion DESC, 2
        """,
        table, list(few),
    )  # fmt: skip
    await db.execute("SET LOCAL allow_system_table_mods = on")
    rows = []
    for row in found:
        held = row["partial"] and await db.fetchval(f"SELECT count(*) FROM {table} WHERE {row['partial']}")
        rows.append({**row, "held": held})
        if row["constrains"] or row["partial"]:
            await db.execute(READY, row["name"], False)
        else:
            await db.execute(f"DROP INDEX {row['name']}")
    return Late(rows, is_proven)
