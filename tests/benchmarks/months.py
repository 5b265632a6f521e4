"""`make bench-large`, or alone: a month closed and accepted for 500 contracts, beside the same rows in bare SQL."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from functools import partial
from statistics import median
from time import perf_counter
from uuid import UUID

from contracts.acceptance.rules import Finding, ItemFinding
from contracts.acceptance.services import Certificate, accept_milestone, items_to_find, milestone_at
from contracts.agreements.queries import contract_by_id
from contracts.visits.closing import close_month
from contracts.visits.services import approve_visits
from marketplace.kernel import db
from marketplace.kernel.clock import at_county_time
from tests.benchmarks.county_set import County
from tests.benchmarks.measured import Figure, asked, figure, show, spent
from tests.benchmarks.parts import in_a_county
from tests.benchmarks.visit_set import fill_visits, more_contracts
from tests.builders_contracts import APRIL, World, closing_time, heard

CONTRACTS, VISITS_EACH, APPROVED = 500, 100, 50_000
# a month's close asks who is whose, locks and proves; six times the bare rows is what an office does not notice
MOST_TIMES, MOST_MICROSECONDS = 6.0, 200.0
BARE = """
WITH closed AS (
  INSERT INTO bare_close SELECT gen_random_uuid(), $1, $2::date, count(*), sum(minutes) FROM visit
  WHERE contract = $1 AND day BETWEEN $2 AND $3 AND status = 'approved' RETURNING id)
INSERT INTO bare_line SELECT gen_random_uuid(), c.id, v.id, v.person, 'visit', v.minutes FROM visit v, closed c
WHERE v.contract = $1 AND v.day BETWEEN $2 AND $3 AND v.status = 'approved'
"""


async def month_figures(county: County) -> list[Figure]:
    """April of many contracts more closed and accepted by the services; then many visits approved in one act."""
    world, started = county.world, perf_counter()
    ids = await more_contracts(world, CONTRACTS, VISITS_EACH, APRIL, "closing")
    print(f"{CONTRACTS} contracts of {VISITS_EACH} visits: filled in {perf_counter() - started:.1f} s", flush=True)
    await db.execute("CREATE TABLE bare_close (id uuid PRIMARY KEY, contract uuid, month date, n int, minutes int)")
    await db.execute(
        "CREATE TABLE bare_line (id uuid PRIMARY KEY, close uuid, visit uuid UNIQUE, person uuid, kind text,"
        " minutes int)"
    )
    now = closing_time(world, APRIL)
    floor = await _each(ids, lambda one: db.execute(BARE, one, APRIL, date(2026, 4, 30)))
    with asked() as questions:
        closed = await _each(ids, lambda one: close_month(one, APRIL, world.reviewer, now))
    per_contract = len(questions) / len(ids)
    for each in ids:  # an act of its own, not part of what is measured
        await heard(each, 1, world.reviewer, now)
    accepted = await _each(ids, lambda one: _accept(one, world))
    aim = round(floor[0] * MOST_TIMES, 2)
    figures = [
        {
            **figure("close a month", closed[0], floor[0], aim), "questions": round(per_contract),
            "processor": round(closed[1], 2), "floor_processor": round(floor[1], 2),
        },
        {**figure("accept its milestone", accepted[0], floor[0], aim), "processor": round(accepted[1], 2)},
        await _approval(world),
    ]
    show(figures)
    return figures


async def _accept(contract_id: UUID, world: World) -> None:
    contract = await contract_by_id(contract_id)
    milestone = await milestone_at(contract, 1)
    findings = [ItemFinding(words, Finding.MET, "") for words in items_to_find(contract, milestone)]
    certificate = Certificate(findings, "走访三户，均表示满意。")
    await accept_milestone(contract["reference"], 1, certificate, world.reviewer, closing_time(world, APRIL))


async def _approval(world: World) -> Figure:
    """Visits that wait are approved in one act; microseconds a visit, beside a bare UPDATE of as many."""
    now = at_county_time(date(2027, 4, 2), 9)
    await fill_visits(world, APPROVED, APRIL, "waiting", "logged")
    ids = [row["id"] for row in await db.fetch("SELECT id FROM visit WHERE contract = $1 AND status = 'logged'",
                                               world.contract)]  # fmt: skip
    assert len(ids) == APPROVED
    await db.execute("CREATE TABLE bare_approval AS SELECT id, status, decided_at FROM visit WHERE id = ANY($1)", ids)
    await db.execute("CREATE UNIQUE INDEX ON bare_approval (id)")
    change = "UPDATE bare_approval SET status = 'approved', decided_at = now() WHERE id = ANY($1::uuid[])"
    bare = await spent(lambda: db.execute(change, ids))
    value = await spent(lambda: approve_visits(world.contract, ids, world.reviewer, now))
    name, each = f"approve {APPROVED:,} visits at once", 1e6 / APPROVED
    return {
        **figure(name, value[0] * each, bare[0] * each, MOST_MICROSECONDS, "µs a visit"),
        "processor": round(value[1] * each, 1), "floor_processor": round(bare[1] * each, 1),
    }  # fmt: skip


async def _each(ids: Sequence[UUID], act: Callable[[UUID], Awaitable[object]]) -> tuple[float, float]:
    """The medians of one contract, by the clock and of the processor, in milliseconds."""
    times = [await spent(partial(act, each)) for each in ids]
    return median(clock for clock, _ in times) * 1000, median(computed for _, computed in times) * 1000


def main(argv: list[str]) -> int:
    """`[small|middle|large]`: the county."""
    return in_a_county(month_figures, argv)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
