"""A county full of visits by INSERT … SELECT, as the services would have written them, in seconds.

Identities follow from numbers, so that two runs measure the same county. Triggers are off while it is filled.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from uuid import UUID

from marketplace.kernel import db
from tests.builders_contracts import World

A_DAY, DAYS = 8, 360  # visits of an hour one after another, from eight o'clock


@asynccontextmanager
async def without_triggers() -> AsyncIterator[None]:
    """One transaction in which rows are taken as they are."""
    async with db.transaction():
        await db.execute("SET LOCAL session_replication_role = replica")
        yield


async def copies(table: str, model: UUID, count: int, changes: str) -> None:
    """So many copies of a row; `changes` is what differs, as the arguments of jsonb_build_object over `n`."""
    await db.execute(
        f"INSERT INTO {table} SELECT (jsonb_populate_record(m, jsonb_build_object({changes}))).*"
        f" FROM {table} m CROSS JOIN generate_series(1, $2::int) n WHERE m.id = $1",
        model, count,
    )  # fmt: skip


async def more_workers(world: World, count: int, named: str) -> None:
    """Colleagues of the contract's worker, numbered from 1 beneath a name of their own."""
    async with without_triggers():
        await copies(
            "person", world.worker.person_id, count,
            f"'id', md5('{named} person' || n), 'username', '{named}' || n, 'email', ''",
        )  # fmt: skip
        await copies(
            "worker", world.worker_row, count,
            f"'id', md5('{named} worker' || n), 'person', md5('{named} person' || n), 'file', NULL,"
            " 'certificate_number', ''",
        )  # fmt: skip


async def fill_visits(world: World, visits: int, since: date, named: str, status: str = "approved") -> int:
    """Visits of the contract over a year of days, by as many workers as it takes; gives the number of workers."""
    workers = -(-visits // (A_DAY * DAYS))
    await more_workers(world, workers, named)
    async with without_triggers():
        await db.execute(
            f"""
            INSERT INTO visit (id, chain, contract, item_code, worker, person, recipient_code, town, village, day,
                               begins_at, ends_at, minutes, status, entered_at, decided_by, decided_at)
            SELECT v.id, v.id, $1, 'S01', md5('{named} worker' || v.worker)::uuid,
                   md5('{named} person' || v.worker)::uuid,
                   left('{named}', 8) || '-' || (v.worker * 10 + v.turn % 10), $2, '三江村', v.day,
                   v.begins, v.begins + interval '1 hour', 60, $6, v.begins + interval '10 hours', $5,
                   v.begins + interval '20 hours'
            FROM (SELECT md5('{named} visit' || n)::uuid AS id, 1 + n % $4 AS worker, n / $4 AS turn,
                         $3::date + n / $4 / 8 AS day,
                         ($3::date + n / $4 / 8 + make_time(8 + n / $4 % 8, 0, 0)) AT TIME ZONE 'Asia/Shanghai'
                           AS begins
                  FROM generate_series(0, $7::int - 1) n) v
            """,
            world.contract, world.town, since, workers, world.reviewer.person_id, status, visits,
        )  # fmt: skip
    await db.execute("VACUUM ANALYZE visit")
    return workers


async def close_months(world: World, acceptance: UUID) -> None:
    """Every month of the contract closed over its visits that no month holds, all of them behind one acceptance."""
    async with without_triggers():
        await db.execute(
            """
            INSERT INTO month_close (id, contract, month, visit_count, own_minutes, lines_sha256, closed_by, closed_at)
            SELECT md5('close' || date_trunc('month', v.day)::text)::uuid, $1, date_trunc('month', v.day), 0, 0,
                   repeat('0', 64), $2, max(v.decided_at)
            FROM visit v WHERE v.contract = $1 AND NOT EXISTS (
              SELECT 1 FROM month_close c WHERE c.contract = $1 AND c.month = date_trunc('month', v.day))
            GROUP BY date_trunc('month', v.day)
            """,
            world.contract, world.reviewer.person_id,
        )  # fmt: skip
        # as every close does, its lines add to the counts of residents served
        await db.execute("ALTER TABLE month_line ENABLE ALWAYS TRIGGER month_line_served")
        await db.execute(
            "INSERT INTO month_line (id, month_close, visit, person, kind, minutes)"
            " SELECT v.id, c.id, v.id, v.person, 'visit', v.minutes FROM visit v JOIN month_close c"
            " ON c.contract = v.contract AND c.month = date_trunc('month', v.day)"
            " WHERE v.contract = $1 AND NOT EXISTS (SELECT 1 FROM month_line l WHERE l.visit = v.id)",
            world.contract,
        )  # fmt: skip
        await db.execute("ALTER TABLE month_line ENABLE TRIGGER month_line_served")
        await db.execute(
            "UPDATE month_close c SET visit_count = s.number, own_minutes = s.minutes, residents = s.residents"
            " FROM (SELECT l.month_close, count(*) AS number, sum(l.minutes) AS minutes,"
            " count(DISTINCT v.recipient_code) AS residents FROM month_line l JOIN month_close m"
            " ON m.id = l.month_close AND m.contract = $1 JOIN visit v ON v.id = l.visit GROUP BY 1) s"
            " WHERE s.month_close = c.id AND c.visit_count = 0",
            world.contract,
        )
        await db.execute(
            "INSERT INTO acceptance_month (id, acceptance, month_close) SELECT gen_random_uuid(), $2, c.id"
            " FROM month_close c WHERE c.contract = $1 AND NOT EXISTS ("
            " SELECT 1 FROM acceptance_month a WHERE a.month_close = c.id)",
            world.contract, acceptance,
        )  # fmt: skip
    await db.execute("VACUUM ANALYZE month_line, month_served, served_mark")


async def copy_contracts(world: World, count: int, provider: str, named: str = "") -> None:
    """Copies of a contract in force, each with its listing, lot and milestones; `provider` says in SQL whose `n` is."""
    facts, mark = world.facts, f"{named}-" if named else ""
    async with without_triggers():
        await copies(
            "listing", facts["listing"], count, f"'id', md5('{named}listing' || n), 'reference', 'JT-X-{mark}' || n"
        )
        await copies(
            "listing_lot", facts["lot"], count,
            f"'id', md5('{named}lot' || n), 'listing', md5('{named}listing' || n)",
        )  # fmt: skip
        await copies(
            "contract", world.contract, count,
            f"'id', md5('{named}contract' || n), 'listing', md5('{named}listing' || n), 'lot', md5('{named}lot' || n),"
            f" 'reference', 'HT-X-{mark}' || n, 'award_reference', 'ZB-X-{mark}' || n, 'provider', {provider}",
        )  # fmt: skip
        for row in await db.fetch("SELECT id, position FROM contract_milestone WHERE contract = $1", world.contract):
            await copies(
                "contract_milestone", row["id"], count,
                f"'id', md5('{named}milestone {row['position']} ' || n), 'contract', md5('{named}contract' || n),"
                " 'status', 'open'",
            )  # fmt: skip


async def more_contracts(world: World, count: int, visits_each: int, month: date, named: str) -> Sequence[UUID]:
    """Copies of a contract in force, each with its listing and milestones and with approved visits in one month."""
    await copy_contracts(world, count, "m.provider", named)
    await more_workers(world, count, named)
    async with without_triggers():
        await db.execute(
            f"""
            INSERT INTO visit (id, chain, contract, item_code, worker, person, recipient_code, town, village, day,
                               begins_at, ends_at, minutes, status, entered_at, decided_by, decided_at)
            SELECT v.id, v.id, md5('{named}contract' || v.n)::uuid, 'S01', md5('{named} worker' || v.n)::uuid,
                   md5('{named} person' || v.n)::uuid, left('{named}', 8) || '-' || (v.n * 10 + v.turn % 10), $1,
                   '三江村', v.day, v.begins, v.begins + interval '1 hour', 60, 'approved',
                   v.begins + interval '10 hours', $3, v.begins + interval '20 hours'
            FROM (SELECT md5('{named} visit' || n || ' ' || turn)::uuid AS id, n, turn, $2::date + turn / 8 AS day,
                         ($2::date + turn / 8 + make_time(8 + turn % 8, 0, 0)) AT TIME ZONE 'Asia/Shanghai' AS begins
                  FROM generate_series(1, $4::int) n, generate_series(0, $5::int - 1) turn) v
            """,
            world.town, month, world.reviewer.person_id, count, visits_each,
        )  # fmt: skip
    await db.execute("VACUUM ANALYZE visit, contract, worker")
    rows = await db.fetch("SELECT id FROM contract WHERE reference LIKE $1 ORDER BY reference", f"HT-X-{named}-%")
    return [row["id"] for row in rows]
