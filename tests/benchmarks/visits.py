"""`make bench-large`, or alone: one phone sends 500 visits, 200 phones send at once and twice, a worker's month page,
and the overlap check of a visit."""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
from datetime import date, timedelta
from itertools import cycle
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

import httpx

from contracts.visits import queries
from marketplace.accounts.sessions import hashed
from marketplace.kernel import db
from marketplace.kernel.clock import at_county_time
from tests.benchmarks.county_set import TODAY, County
from tests.benchmarks.measured import (
    Figure,
    asked,
    figure,
    milliseconds,
    page_figure,
    processor_milliseconds,
    show,
    spent,
)
from tests.benchmarks.parts import in_a_county
from tests.benchmarks.visit_set import A_DAY, copies, without_triggers
from tests.benchmarks.year_stream import numbered
from tests.builders_contracts import World
from tests.pages import sign_in, token, words

SENT = 500
PHONES, EACH = 200, 20  # all at once, each twice: its answer was lost on the way
# which phone sends, and what its clock says
PHONE = {"device": str(uuid4()), "sent_at": TODAY.isoformat()}
MARCH, WINTER = date(2027, 3, 1), date(2026, 12, 1)
USUAL, NTH = 42, 7  # twelve months of 500 visits are 42 a month; whose page
MOST_SECONDS, MOST_PAGE, MOST_CHECK, MOST_AT_ONCE = 2.0, 30.0, 5.0, 60.0
BARE = (
    "INSERT INTO bare_visit SELECT gen_random_uuid(), $1, $2, $3::date, $4::timestamptz, $4::timestamptz"
    " + interval '1 hour'"
)


async def visit_figures(county: County) -> list[Figure]:
    """All four in a county that has so many visits already."""
    browser, world = county.browser, county.world
    await sign_in(browser, "tang.yi")
    cookies = await _phones(world)
    figures = [*await _sync(browser, world), await _check(county)]
    figures += [*await _at_once(browser, world, cookies), await _month(county)]
    show(figures)
    return figures


async def _month(county: County) -> Figure:
    """The page of one of the county's workers, whose visits lie among those of all the others."""
    person = numbered("person", NTH)
    cookie = await _signed_in(county.world, person, "month")
    bare = await milliseconds(
        lambda: db.fetch(
            "SELECT * FROM visit WHERE person = $1 AND day BETWEEN $2 AND $3 ORDER BY day",
            person, MARCH, MARCH + timedelta(days=30),
        )
    )  # fmt: skip
    county.browser.cookies.clear()
    county.browser.cookies.set("sid", cookie)
    shown = (await county.browser.get(f"/visits?month={MARCH:%Y-%m}")).text
    assert shown.count("JT-R-") >= USUAL - 2, words(shown)[:500]
    return await page_figure(county.browser, "a worker's month", f"/visits?month={MARCH:%Y-%m}", bare, MOST_PAGE)


def _a_phone(world: World) -> list[dict[str, Any]]:
    """Visits of an hour one after another: a usual month, then eight a day."""
    return [_visit(world, f"JT-R-9{n % 40:05}", day, hour) for n, (day, hour) in enumerate(_times())]


def _visit(world: World, code: str, day: date, hour: int) -> dict[str, Any]:
    return {
        "id": str(uuid4()), "contract": str(world.contract), "recipient_code": code, "town": str(world.town),
        "village": "三江村", "day": str(day), "begins": f"{hour:02}:00", "ends": f"{hour + 1:02}:00",
        "is_group": False, "note": "入户走访。",
    }  # fmt: skip


def _times() -> list[tuple[date, int]]:
    usual = [(MARCH + timedelta(days=n // 2), 8 + n % 2) for n in range(USUAL)]
    return usual + [(WINTER + timedelta(days=n // A_DAY), 8 + n % A_DAY) for n in range(SENT - USUAL)]


async def _sync(browser: httpx.AsyncClient, world: World) -> list[Figure]:
    await db.execute(
        "CREATE TABLE bare_visit (id uuid PRIMARY KEY, person uuid, code text, day date, begins_at timestamptz,"
        " ends_at timestamptz, EXCLUDE USING gist (person WITH =, tstzrange(begins_at, ends_at) WITH &&))"
    )
    sent, headers = _a_phone(world), {"x-csrftoken": await token(browser), "accept": "application/json"}
    started = perf_counter()
    for n, (day, hour) in enumerate(_times()):
        await db.execute(BARE, world.worker.person_id, f"JT-R-9{n % 40:05}", day, at_county_time(day, hour))
    bare = perf_counter() - started
    taken, questions = [], 0
    for _ in range(2):  # the second time its answer was lost on the way
        with asked() as asking:
            spending = await spent(lambda: post(browser, sent, headers))
        taken.append(spending)
        questions = questions or len(asking)
    kept = "SELECT count(*) FROM visit WHERE person = $1 AND recipient_code LIKE 'JT-R-9%'"
    assert await db.fetchval(kept, world.worker.person_id) == SENT
    first = {**figure(f"{SENT} visits from one phone", taken[0][0], bare, MOST_SECONDS, "s"), "questions": questions}
    first["processor"] = round(taken[0][1], 2)
    again = figure("the same sent again", taken[1][0], bare, MOST_SECONDS, "s")
    return [first, {**again, "processor": round(taken[1][1], 2)}]


async def post(browser: httpx.AsyncClient, sent: list[dict[str, Any]], headers: dict[str, str]) -> None:
    """Send a phone's visits, of which every one has to be recorded."""
    answer = await browser.post("/visits/sync", json={**PHONE, "visits": sent}, headers=headers)
    assert [each["is_recorded"] for each in answer.json()["visits"]] == [True] * SENT, answer.text[:500]


async def _phones(world: World) -> list[str]:
    """Colleagues of the worker who are all signed in; gives their cookies."""
    async with without_triggers():
        await copies(
            "person", world.worker.person_id, PHONES,
            "'id', md5('phone' || n), 'username', 'phone' || n, 'email', ''",
        )  # fmt: skip
        await copies(
            "worker", world.worker_row, PHONES,
            "'id', md5('phone-worker' || n), 'person', md5('phone' || n), 'file', NULL, 'certificate_number', ''",
        )  # fmt: skip
    return [await _signed_in(world, numbered("phone", n), f"phone{n}") for n in range(1, PHONES + 1)]


async def _signed_in(world: World, person: UUID, named: str) -> str:
    """A worker gets the membership of the contract's worker and a session; gives its cookie."""
    membership = await db.fetchval("SELECT id FROM membership WHERE person = $1", world.worker.person_id)
    session = await db.fetchrow("SELECT data, expires_at FROM web_session WHERE person = $1", world.worker.person_id)
    assert session is not None
    async with without_triggers():
        await copies("membership", membership, 1, f"'id', md5('{named} membership'), 'person', '{person}'")
    data = json.dumps({**json.loads(session["data"]), "person": str(person)}).encode()
    cookie = secrets.token_urlsafe(32)
    await db.execute(
        "INSERT INTO web_session (id, person, data, expires_at, begun_at, browser)"
        " VALUES ($1, $2, $3, $4, clock_timestamp(), '')",
        hashed(cookie), person, data, session["expires_at"],
    )  # fmt: skip
    return cookie


async def _at_once(browser: httpx.AsyncClient, world: World, cookies: list[str]) -> list[Figure]:
    """So many phones send a few days at the same moment, each twice: everything is there, and once."""
    csrf = await token(browser)
    taken: list[float] = []

    async def send(number: int, sid: str, visits: list[dict[str, Any]]) -> None:
        started = perf_counter()
        answer = await browser.post(
            "/visits/sync", json={**PHONE, "device": str(uuid4()), "visits": visits},
            headers={"x-csrftoken": csrf, "accept": "application/json", "cookie": f"sid={sid}; csrf={csrf}"},
        )  # fmt: skip
        taken.append(perf_counter() - started)
        assert [each["is_recorded"] for each in answer.json()["visits"]] == [True] * EACH, answer.text[:500]

    sent = [
        [_visit(world, f"JT-R-8{number:05}", MARCH + timedelta(days=n // A_DAY), 8 + n % A_DAY) for n in range(EACH)]
        for number in range(PHONES)
    ]
    count, sent_by = "SELECT count(*) FROM visit WHERE person = ANY($1::uuid[])", [
        numbered("phone", n) for n in range(1, PHONES + 1)
    ]
    alone = perf_counter()
    await send(0, cookies[0], sent[0])
    alone, started = perf_counter() - alone, perf_counter()
    await asyncio.gather(
        *(send(n, sid, visits) for _ in range(2) for n, (sid, visits) in enumerate(zip(cookies, sent, strict=True)))
    )
    whole = perf_counter() - started
    asked_for = [f"JT-R-8{number:05}" for number in range(PHONES)]
    rows = await db.fetch("SELECT id FROM visit WHERE recipient_code = ANY($1::text[])", asked_for)
    kept = {str(row["id"]) for row in rows}
    assert kept == {visit["id"] for visits in sent for visit in visits}, "something was lost"
    assert await db.fetchval(count, sent_by) == PHONES * EACH, "something is there twice"
    slowest = sorted(taken)[-1]
    name = f"{PHONES} phones at once, each {EACH} visits twice"
    return [
        figure(name, whole, alone * PHONES, MOST_AT_ONCE, "s"),
        figure("its slowest phone", slowest, alone, MOST_AT_ONCE, "s"),
    ]


async def _check(county: County) -> Figure:
    """The questions whether somebody else has the same minute, for one visit of a worker of the county each time."""
    numbers = cycle(range(1, county.size.workers))

    async def once() -> None:
        number = next(numbers)
        await queries.spells_of_worker(numbered("person", number), [MARCH])
        await queries.spells_of_recipients([(f"JT-R-{number - 1:05}{number % 10}", MARCH)])

    bare = await milliseconds(lambda: db.fetchval("SELECT 1"))
    check = figure("overlap check of a visit", await milliseconds(once), bare, MOST_CHECK)
    return {**check, "processor": round(await processor_milliseconds(once), 2)}


def main(argv: list[str]) -> int:
    """`[small|middle|large]`: the county."""
    return in_a_county(visit_figures, argv)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
