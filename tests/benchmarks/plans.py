"""Gathered questions by a kept plan beside one made for these very values, on every kind of page: what each computes.

A page is asked by turns, the least that application and database compute in several readings; pages that join no
questions are passed over. `python -m tests.benchmarks.plans [small|middle|large]`
"""

from __future__ import annotations

import sys

from marketplace.kernel import db, gathering
from marketplace.kernel.pool import BoundedPool
from tests.benchmarks.county_set import County
from tests.benchmarks.measured import Figure, figure, show, spent
from tests.benchmarks.pages import READERS
from tests.benchmarks.parts import in_a_county
from tests.benchmarks.questions import walk
from tests.pages import sign_in

TURNS, SHOWN = 7, 12


async def plan_figures(county: County) -> list[Figure]:
    """What each page computes with a kept plan (the floor: with a plan made anew), those that gain least first."""
    code = await db.fetchval("SELECT credit_code FROM provider WHERE id = $1", county.world.provider)
    figures: list[Figure] = []
    for reader in ["", *READERS, f"director.{code[-4:]}"]:
        county.browser.cookies.clear()
        if reader:
            await sign_in(county.browser, reader)
        headers = {} if reader else {"cookie": "sid=nobody"}
        for page in await walk(county.browser, reader):
            path = str(page["path"])
            if not await _joins(county, path, headers):
                continue
            kept, anew = [], []
            for _ in range(TURNS):
                kept.append(await _milliseconds(county, path, headers, db.engine().planned))
                anew.append(await _milliseconds(county, path, headers, None))
            figures.append(figure(f"{reader or 'public'} {path}"[:60], min(kept), min(anew), round(min(anew) * 1.1, 2)))
    figures.sort(key=lambda each: -float(str(each["value"])) + float(str(each["floor"])))
    show(figures[:SHOWN])
    print("…")
    show(figures[-SHOWN:])
    whole = [sum(float(str(each[name])) for each in figures) for name in ("value", "floor")]
    slower = sum(not each["met"] for each in figures)
    print(f"{len(figures)} pages, {slower} of them slower with kept plans by more than a tenth")
    print(f"all of them: {whole[0]:.0f} ms with kept plans, {whole[1]:.0f} ms without")
    return figures


async def _joins(county: County, path: str, headers: dict[str, str]) -> bool:
    sent: list[bool] = []
    usual = gathering.as_one

    def noted(questions: tuple[tuple[str, int, bool], ...]) -> str:
        sent.append(True)
        return usual(questions)

    gathering.as_one = noted  # type: ignore[assignment]
    try:
        await county.browser.get(path, headers=headers)
    finally:
        gathering.as_one = usual
    return bool(sent)


async def _milliseconds(
    county: County, path: str, headers: dict[str, str], planned: BoundedPool | None
) -> float:  # fmt: skip
    usual, db.engine().planned = db.engine().planned, planned
    try:
        return (await spent(lambda: county.browser.get(path, headers=headers)))[1] * 1000
    finally:
        db.engine().planned = usual


def main(argv: list[str]) -> int:
    """`[small|middle|large]`: the county."""
    return in_a_county(plan_figures, argv)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
