"""`make bench-large`, or alone: a payment that opens down to 200,000 visits, as finance and as the public read it."""

from __future__ import annotations

import sys
from datetime import date
from time import perf_counter

from marketplace.kernel import db
from tests.benchmarks.county_set import County
from tests.benchmarks.measured import Figure, milliseconds, page_figure, show
from tests.benchmarks.parts import in_a_county
from tests.benchmarks.visit_set import close_months, fill_visits
from tests.builders_contracts import APRIL
from tests.pages import sign_in

VISITS, MOST_MILLISECONDS = 200_000, 100.0
BARE = (
    "SELECT count(*), sum(l.minutes) FROM month_line l JOIN acceptance_month m ON m.month_close = l.month_close"
    " WHERE m.acceptance = $1"
)


async def drill_down_figures(county: County) -> list[Figure]:
    """The pages from a payment down, beside one bare query that counts and adds up its visits."""
    world, browser, started = county.world, county.browser, perf_counter()
    payment = await db.fetchrow(
        "SELECT y.reference, i.acceptance FROM payment y JOIN invoice i ON i.id = y.invoice JOIN acceptance a"
        " ON a.id = i.acceptance JOIN contract_milestone m ON m.id = a.milestone WHERE m.contract = $1",
        world.contract,
    )  # fmt: skip
    assert payment is not None
    await fill_visits(world, VISITS, date(2026, 4, 11), "deep")
    await close_months(world, payment["acceptance"])
    print(f"{VISITS:,} visits behind one payment: filled in {perf_counter() - started:.1f} s", flush=True)
    floor = await milliseconds(lambda: db.fetchrow(BARE, payment["acceptance"]))
    path, hours = f"/payments/{payment['reference']}", f"/contracts/{world.reference}/hours"
    figures = [await page_figure(browser, "payment: the public", path, floor, MOST_MILLISECONDS)]
    await sign_in(browser, "sun.yue")
    deep = max(1, VISITS // 12 // 100 - 10)
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
    """`[small|middle|large]`: the county."""
    return in_a_county(drill_down_figures, argv)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
