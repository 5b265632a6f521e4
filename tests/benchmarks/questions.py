"""How many questions each page of the demo county asks the database: `marketplace bench --questions`, the most first.

The county is filled in a database of its own and walked by its links as people of every kind see it, two pages of a
kind each.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections import Counter
from functools import partial
from html import unescape

import httpx

from marketplace.demo.county.chronicle import STEPS
from marketplace.demo.fill_command import fill
from marketplace.kernel.settings import Settings
from tests.benchmarks.measured import LONG, a_county, asked, spent
from tests.pages import sign_in

READERS = ("", "sun.yue", "wang.min", "chen.jing", "li.qiang", "nuanyang", "ye.qing", "liu.fang", "ma.chao", "luo.jie")
MOST = 8  # questions of a page
OF_A_KIND, SHOWN, SLOWEST, WARM_ABOVE = 2, 60, 10, 30.0
_LINK = re.compile(r'href="(/[^"#]*)')
_OWN_NAME = re.compile(r"/(?=[^/]*[0-9])[A-Za-z0-9-]+(?=/|$)")
# files are no pages, and leaving ends the walk
_NOT_WALKED = re.compile(
    r"\.(?:pdf|docx|xlsx|csv|json|js|css|png|svg|zip|tar|ics|atom|xml)\b|/static|/sign-out|/en/|/data/"
)


async def page_questions(readers: int = len(READERS)) -> list[dict[str, object]]:
    """Every kind of page with its questions, milliseconds and reader; prints how many ask more than is aimed at."""
    found: dict[str, dict[str, object]] = {}
    async with a_county("bench_questions", STEPS[0].at) as browser:
        await fill(Settings.from_environment())
        for reader in READERS[:readers]:
            browser.cookies.clear()
            if reader:
                await sign_in(browser, reader)
            for page in await walk(browser, reader):
                kind = str(page["kind"])
                if kind not in found or int(str(page["questions"])) > int(str(found[kind]["questions"])):
                    found[kind] = page
    pages = sorted(found.values(), key=lambda page: -int(str(page["questions"])))
    for page in pages[:SHOWN]:
        print(f"{page['questions']:>4} {page['milliseconds']:>7.0f} ms  {page['reader'] or 'public':10} {page['path']}")
    print(f"\nthe {SLOWEST} slowest:")
    for page in sorted(pages, key=lambda page: -float(str(page["milliseconds"])))[:SLOWEST]:
        print(f"{page['milliseconds']:>7.0f} ms {page['questions']:>4}  {page['reader'] or 'public':10} {page['path']}")
    more = sum(int(str(page["questions"])) > MOST for page in pages)
    print(f"{len(pages)} kinds of pages, {more} of them ask more than {MOST} times")
    return pages


def kind_of(path: str) -> str:
    """The address without what names one thing of its kind."""
    return _OWN_NAME.sub("/*", path.partition("?")[0])


async def _ask(browser: httpx.AsyncClient, path: str, headers: dict[str, str], answers: list[httpx.Response]) -> None:
    answers.append(await browser.get(path, headers=headers))


async def walk(browser: httpx.AsyncClient, reader: str) -> list[dict[str, object]]:
    """Every kind of page this reader comes to from the first ones."""
    waiting, seen, kinds, pages = ["/", "/work"], {"/", "/work"}, Counter[str](), []
    headers = {} if reader else {"cookie": "sid=nobody"}
    for path in waiting:
        kind = kind_of(path)
        kinds[kind] += 1
        if kinds[kind] > OF_A_KIND:
            continue
        answers: list[httpx.Response] = []
        ask = partial(_ask, browser, path, headers, answers)
        with asked() as questions:
            took, computed = await spent(ask)
        answer = answers[0]
        if answer.status_code != 200 or "text/html" not in answer.headers.get("content-type", ""):
            continue
        if WARM_ABOVE < took * 1000 and took < LONG:  # the first reading of a kind compiles its template
            took, computed = map(min, (took, computed), await spent(ask))
        pages.append({
            "kind": kind, "path": path, "reader": reader, "questions": len(questions), "milliseconds": took * 1000,
            "processor": computed * 1000, "kilobytes": len(answer.content) / 1000,
            "sent": answer.num_bytes_downloaded / 1000,
        })  # fmt: skip
        for link in map(unescape, _LINK.findall(answer.text)):
            if link not in seen and not _NOT_WALKED.search(link):
                seen.add(link)
                waiting.append(link)
    return pages


def main(argv: list[str]) -> int:
    """`[READERS]`: how many of them walk. 1 where a page asks more often than it may."""
    pages = asyncio.run(page_questions(int(argv[0]) if argv else len(READERS)))
    worse = [page for page in pages if int(str(page["questions"])) > MOST]
    for page in worse:
        print(f"asks more than {MOST} times: {page['kind']} {page['questions']}")
    print(json.dumps(pages))
    return 1 if worse else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
