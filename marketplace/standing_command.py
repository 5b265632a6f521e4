"""`marketplace standing trial --order weighted`: what a rule would have changed in past awards, before it is adopted.

With `--bands 5,4,2,0,3` (excellent, good, fair, poor, no record) the printed table of past scored awards is tried
instead or as well. Nothing is written. One JSON line a lot, then one with the sums.
"""

from __future__ import annotations

import asyncio

import piccolo_conf  # noqa: F401  (names the engine before anything asks for it)
from evaluations.effects.trial import run, typed_of
from marketplace.kernel import db
from marketplace.kernel.clock import CountyClock, county_day


async def _with_pool(typed: dict[str, str]) -> int:
    await db.open_pool(min_size=1, max_size=2)
    try:
        return await run(typed, county_day(await CountyClock().now()))
    finally:
        await db.close_pool()


def main(argv: list[str]) -> int:
    """Exit 0 when it was tried, 2 when the line was not understood."""
    return asyncio.run(_with_pool(typed_of(argv)))
