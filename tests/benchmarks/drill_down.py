"""`make bench-large`, or alone: a payment that opens down to 200,000 visits, as finance and as the public read it."""

from __future__ import annotations

import sys
from datetime import date
from time import perf_counter

from marketplace.kernel import db
from marketplace.kernel.clock import at_county_time
from tests.benchmarks.measured import Figure, a_county, alone, milliseconds, page_figure, show
from tests.benchmarks.visit_set import close_months, fill_visits
from tests.builders_contracts import APRIL, a_contract_in_force, a_paid_milestone
from tests.pages import sign_in

VISITS, MOST_MILLISECONDS = 200_000, 100.0
TODAY = at_county_time(date(2027, 4, 6), 9)
BARE = (
    "SELECT count(*), sum(l.minutes) FROM month_line l JOIN acceptance_month m ON m.month_close = l.month_close"
    " WHERE m.acceptance = $1"
)


async def drill_down_figures(visits: int = VISITS) -> list[Figure]:
    """The pages from a payment down, beside one bare query that counts and adds up its visits."""
    async with a_county("bench_large_drill_down", TODAY) as browser:
        started = perf_counter()
        world = await a_contract_in_force()
        payment = await a_paid_milestone(world)
        await fill_visits(world, visits, date(2026, 4, 11))
        await close_months(world, payment["acceptance"])
        print(f"\n{visits:,} visits behind one payment: filled in {perf_counter() - started:.1f} s", flush=True)
        floor = await milliseconds(lambda: db.fetchrow(BARE, payment["acceptance"]))
        path, hours = f"/payments/{payment['reference']}", f"/contracts/{world.reference}/hours"
        figures = [await page_figure(browser, "payment: the public", path, floor, MOST_MILLISECONDS)]
        await sign_in(browser, "sun.yue")
        deep = max(1, visits // 12 // 100 - 10)
        for name, address in {
            "payment: finance": path,
            "payment: a far month": f"{path}?month=2027-02",
            "payment: a far page of it": f"{path}?month=2027-02&number={deep}",
            "acceptance": f"/contracts/{world.reference}/acceptance/1",
            "contract": f"/contracts/{world.reference}",
            "hours of the month": f"{hours}?month={APRIL:%Y-%m}",
        }.items():
            figures.append(await page_figure(browser, name, address, floor, MOST_MILLISECONDS))
    show(figures)
    return figures


def main(argv: list[str]) -> int:
    """`[VISITS]`: how many stand behind the payment."""
    return alone(drill_down_figures, VISITS, argv)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
