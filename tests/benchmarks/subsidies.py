"""`make bench-large`, or alone: one month's subsidy of every worker beside the bare sum of their closed hours."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from time import perf_counter

from contracts.subsidies.services import compute_run
from marketplace.kernel import db
from marketplace.kernel.clock import at_county_time
from tests.benchmarks.measured import Figure, a_county, alone, asked, figure, milliseconds, show
from tests.benchmarks.visit_set import fill_visits, without_triggers
from tests.builders_contracts import APRIL, World, a_contract_in_force
from tests.builders_subsidies import a_scheme
from tests.cast import actor

# 360 days of eight visits a worker; the county has ten million visits of twelve months
EXISTING, MOST_TIMES = 1_000_000, 1.5
LAST, NOW = date(2026, 4, 30), at_county_time(date(2026, 5, 10), 10)
BARE = """
SELECT v.worker, sum(l.minutes) FROM visit v JOIN month_line l ON l.visit = v.id
WHERE v.day BETWEEN $1 AND $2 GROUP BY v.worker
"""


async def subsidy_figures(existing: int = EXISTING) -> list[Figure]:
    """A month computed for everybody, again with the same facts, beside the bare aggregate of the same month."""
    async with a_county("bench_large_subsidies", NOW):
        world, started = await a_contract_in_force(), perf_counter()
        workers = await fill_visits(world, existing, APRIL - timedelta(days=180))
        await _closed(world)
        scheme, liu = await a_scheme(min_minutes=60), await actor("liu.fang", NOW)
        print(f"\n{existing:,} visits of {workers} workers: filled in {perf_counter() - started:.1f} s", flush=True)
        floor = await milliseconds(lambda: db.fetch(BARE, APRIL, LAST))
        started = perf_counter()
        with asked() as questions:
            await compute_run(scheme, APRIL, 1, liu, NOW)
        first = (perf_counter() - started) * 1000
        again = await milliseconds(lambda: compute_run(scheme, APRIL, 1, liu, NOW))
        aim = round(floor * MOST_TIMES, 2)
        figures = [
            {**figure("a month's subsidy of all workers", first, floor, aim), "questions": len(questions)},
            figure("the same computed again", again, floor, aim),
        ]
        assert await db.fetchval("SELECT count(*) FROM subsidy_line WHERE amount > 0") > 0
    show(figures)
    return figures


async def _closed(world: World) -> None:
    """Every month closed over its visits, as the services would have written it."""
    async with without_triggers():
        await db.execute(
            "INSERT INTO month_close (id, contract, month, visit_count, own_minutes, lines_sha256, closed_by,"
            " closed_at) SELECT md5('close' || date_trunc('month', day)::text)::uuid, $1, date_trunc('month', day),"
            " count(*), sum(minutes), repeat('0', 64), $2, max(decided_at) FROM visit WHERE contract = $1"
            " GROUP BY date_trunc('month', day)",
            world.contract, world.reviewer.person_id,
        )  # fmt: skip
        await db.execute(
            "INSERT INTO month_line (id, month_close, visit, person, kind, minutes)"
            " SELECT v.id, md5('close' || date_trunc('month', v.day)::text)::uuid, v.id, v.person, 'visit', v.minutes"
            " FROM visit v WHERE v.contract = $1",
            world.contract,
        )  # fmt: skip
    await db.execute("VACUUM ANALYZE")


def main(argv: list[str]) -> int:
    """`[VISITS]`: how many there are."""
    return alone(subsidy_figures, EXISTING, argv)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
