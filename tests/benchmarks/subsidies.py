"""`make bench-large`, or alone: one month's subsidy of every worker beside the bare sum of their closed hours."""

from __future__ import annotations

import sys
from datetime import date

from contracts.subsidies.services import compute_run
from marketplace.kernel import db
from tests.benchmarks.county_set import TODAY, County
from tests.benchmarks.measured import Figure, asked, figure, show, spent
from tests.benchmarks.parts import in_a_county
from tests.builders_subsidies import a_scheme
from tests.cast import actor

MOST_TIMES = 1.5
MONTH, LAST = date(2027, 3, 1), date(2027, 3, 31)
BARE = """
SELECT v.worker, sum(l.minutes) FROM visit v JOIN month_line l ON l.visit = v.id
WHERE v.day BETWEEN $1 AND $2 GROUP BY v.worker
"""


async def subsidy_figures(_: County) -> list[Figure]:
    """A month computed for everybody, again with the same facts, beside the bare aggregate of the same month."""
    scheme, liu = await a_scheme(min_minutes=60), await actor("liu.fang", TODAY)
    await db.fetch(BARE, MONTH, LAST)
    floors = [await spent(lambda: db.fetch(BARE, MONTH, LAST))]
    with asked() as questions:
        first = await spent(lambda: compute_run(scheme, MONTH, 1, liu, TODAY))
    again = await spent(lambda: compute_run(scheme, MONTH, 1, liu, TODAY))
    # the load changes in so long a time: the floor is taken on both sides
    floors.append(await spent(lambda: db.fetch(BARE, MONTH, LAST)))
    paid = await db.fetchval("SELECT count(*) FROM subsidy_line WHERE amount > 0")
    assert paid > 0
    floor, computed = (sum(each) / 2 * 1000 for each in zip(*floors, strict=True))
    most, most_computed = round(floor * MOST_TIMES, 2), round(computed * MOST_TIMES, 2)
    figures = [
        {**figure("a month's subsidy of all workers", first[0] * 1000, floor, most), "questions": len(questions)},
        figure("the same computed again", again[0] * 1000, floor, most),
        {**figure("processor time of a month's subsidy", first[1] * 1000, computed, most_computed), "paid": paid},
        figure("processor time of the same again", again[1] * 1000, computed, most_computed),
    ]
    show(figures)
    return figures


def main(argv: list[str]) -> int:
    """`[small|middle|large]`: the county."""
    return in_a_county(subsidy_figures, argv)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
