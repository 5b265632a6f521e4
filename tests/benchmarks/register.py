"""`make bench-large`, or alone: the public register of a filled county, as the application answers it, beside bare SQL.

Medians in milliseconds of the whole page, never a kept one.
"""

from __future__ import annotations

import sys
from functools import partial

from marketplace.kernel import db
from tests.benchmarks.county_set import County
from tests.benchmarks.measured import Figure, figure, milliseconds, page, processor_milliseconds, show
from tests.benchmarks.parts import in_a_county

MOST_MILLISECONDS = 50.0
QUESTIONS = {
    "everything": "", "one character": "q=养", "two characters": "q=心理", "in every name": "q=金堂",
    "pinyin in full": "q=nuanyang", "initials": "q=jtxny", "one letter": "q=n", "two words": "q=青苗+志愿",
    "a code": "q=mj9", "nothing found": "q=龘", "legal form": "form=foundation",
    "item": "item=S01", "town and words": "town={town}&q=服务", "newest": "q=服务&sort=newest",
    "a far page": "q=服务&page=800",
}  # fmt: skip


async def register_figures(county: County) -> list[Figure]:
    """Every question as a figure, met or not."""
    town = await db.fetchval("SELECT id FROM organisation WHERE name LIKE '淮口%' AND kind = 'town' LIMIT 1")
    figures = []
    for name, query in QUESTIONS.items():
        # somebody with a session of his own is never answered by a kept page
        asked = partial(page, county.browser, f"/providers?{query.format(town=town)}")
        word = query.partition("q=")[2].partition("&")[0]
        bare = partial(db.fetchval, "SELECT count(*) FROM register_entry WHERE words LIKE $1", f"%{word}%")
        measured = figure(f"register: {name}", await milliseconds(asked), await milliseconds(bare), MOST_MILLISECONDS)
        figures.append({**measured, "processor": round(await processor_milliseconds(asked), 1)})
    show(figures)
    return figures


def main(argv: list[str]) -> int:
    """`[small|middle|large]`: the county."""
    return in_a_county(register_figures, argv)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
