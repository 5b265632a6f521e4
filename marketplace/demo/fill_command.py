"""`marketplace demo fill`: enter the demo county by the real services, on fixed dates of its own clock.

Each step is entered once; a run that was killed goes on with the first step that is missing.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

import piccolo_conf  # noqa: F401  (names the engine before anything asks for it)
from marketplace.demo.cast import enter_cast
from marketplace.demo.county.chronicle import PEOPLE, STEPS, Step
from marketplace.demo.tables import DemoStep
from marketplace.kernel import db
from marketplace.kernel.clock import CountyClock, turn_clock_to
from marketplace.kernel.settings import Settings

PEOPLE_ONLY = "--people-only"


async def fill(settings: Settings, steps: Sequence[Step] = STEPS) -> int:
    """Enter what is missing; gives the number of steps done now.

    A county that an earlier version filled keeps its past: its clock never goes back to a step that was unknown then.
    """
    done = {r["name"] for r in await db.fetch("SELECT name FROM demo_step")}
    came_to = max((number for number, step in enumerate(steps) if step.name in done), default=-1)
    missing = steps[came_to + 1 :]
    if done:  # a later version may know more people than the one that began
        await enter_cast(missing[0].at if missing else await CountyClock().now())
    for step in missing:
        async with db.transaction():
            await turn_clock_to(step.at)
            await step.do(step.at, settings)
            await db.insert(DemoStep, name=step.name, done_at=step.at)
    return len(missing)


async def run(settings: Settings, steps: Sequence[Step] = STEPS) -> int:
    """Fill with a pool of its own."""
    await db.open_pool(min_size=1, max_size=2)
    try:
        return await fill(settings, steps)
    finally:
        await db.close_pool()


def main(argv: list[str]) -> int:
    """`marketplace demo fill`; with `--people-only` a county without a past. Exit 1 when this is not a demo."""
    settings = Settings.from_environment()
    if argv not in ([], [PEOPLE_ONLY]) or not settings.is_demo:
        words = f"marketplace demo fill takes only {PEOPLE_ONLY} and works in a demo county only (MARKETPLACE_DEMO=1)."
        print(words, file=sys.stderr)
        return 2 if argv not in ([], [PEOPLE_ONLY]) else 1
    entered = asyncio.run(run(settings, PEOPLE if argv else STEPS))
    print(f"demo county: {entered} steps entered")
    return 0
