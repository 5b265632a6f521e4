"""`make bench-large`, or alone: the pages of a filled county as people of every kind see them, the slowest first."""

from __future__ import annotations

import sys

from marketplace.kernel import db
from tests.benchmarks.county_set import County
from tests.benchmarks.measured import Figure, milliseconds, page_figure, show
from tests.benchmarks.parts import in_a_county
from tests.benchmarks.questions import walk
from tests.pages import sign_in

MOST_PUBLIC, MOST, SHOWN, LARGE_PAGE = 30.0, 150.0, 16, 200.0
# civil affairs, who objects to them, buyers of a town and of the bureau, finance, worker, audit, window, child officer,
# expert, evaluator, agency, opener, administrator
READERS = (
    "liu.fang qin.hao chen.jing li.qiang tan.rong sun.yue zhao.lei tang.yi ma.chao luo.jie he.xin yang.hua deng.li"
    " hu.yan zhou.lan admin"
).split()


async def page_figures(county: County) -> list[Figure]:
    """The slowest of all kinds of pages, by what they compute: the longest of a first look are read again and again."""
    code = await db.fetchval("SELECT credit_code FROM provider WHERE id = $1", county.world.provider)
    readers = ["", *READERS, f"director.{code[-4:]}"]
    found: dict[tuple[bool, str], dict[str, object]] = {}
    for reader in readers:
        county.browser.cookies.clear()
        if reader:
            await sign_in(county.browser, reader)
        print(f"pages of {reader or 'the public'}", flush=True)
        for page in await walk(county.browser, reader):
            key = (not reader, str(page["kind"]))
            if key not in found or _took(page) > _took(found[key]):
                found[key] = page
    for page in sorted(found.values(), key=lambda page: -float(str(page["kilobytes"]))):
        if float(str(page["kilobytes"])) > LARGE_PAGE:
            print("{kilobytes:>7.0f} kB, {sent:.0f} sent: {reader} {path}".format(**page), flush=True)
    floor = await milliseconds(lambda: db.fetchval("SELECT 1"))
    figures = []
    for is_public, most in ((True, MOST_PUBLIC), (False, MOST)):
        pages = sorted((p for key, p in found.items() if key[0] == is_public), key=_took, reverse=True)
        slowest = []
        for each in pages[:SHOWN]:
            if each["reader"] != reader:
                reader = str(each["reader"])
                county.browser.cookies.clear()
                if reader:
                    await sign_in(county.browser, reader)
            name = f"{each['reader'] or 'public'} {each['path']}"[:60]
            slowest.append(await page_figure(county.browser, name, str(each["path"]), floor, most))
        slowest.sort(key=lambda each: -float(str(each["processor"])))
        show(slowest)
        whose = "public" if is_public else "signed in"
        missed = sum(float(str(each["processor"])) > most for each in slowest)
        print(f"{whose}: {len(pages)} kinds of pages, {missed} compute longer than {most:.0f} ms", flush=True)
        figures.append({**slowest[0], "name": f"the slowest {whose} page", "page": slowest[0]["name"]})
    return figures


def _took(page: dict[str, object]) -> float:
    return float(str(page["processor"]))


def main(argv: list[str]) -> int:
    """`[small|middle|large]`: the county."""
    return in_a_county(page_figures, argv)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
