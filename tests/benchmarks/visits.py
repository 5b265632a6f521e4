"""`make bench-large`, or alone: one phone sends 500 visits, 200 phones send at once and twice, a worker's month page,
and the overlap check of a visit."""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
from datetime import date, timedelta
from time import perf_counter
from typing import Any
from uuid import uuid4

import httpx

from contracts.visits import queries
from marketplace.accounts.sessions import hashed
from marketplace.kernel import db
from marketplace.kernel.clock import at_county_time
from tests.benchmarks.measured import Figure, a_county, alone, asked, figure, milliseconds, page_figure, show
from tests.benchmarks.visit_set import A_DAY, copies, fill_visits, without_triggers
from tests.builders_contracts import APRIL, World, a_contract_in_force
from tests.pages import sign_in, token

EXISTING, SENT = 200_000, 500
PHONES, EACH = 200, 20  # all at once, each twice: its answer was lost on the way
# which phone sends, and what its clock says
PHONE = {"device": str(uuid4()), "sent_at": "2026-07-31T12:00:00Z"}
JUNE, USUAL = date(2026, 6, 1), 42  # ten million visits of 20,000 workers in twelve months are 42 a month
MOST_SECONDS, MOST_PAGE, MOST_CHECK, MOST_AT_ONCE = 2.0, 30.0, 5.0, 60.0
TODAY = at_county_time(date(2026, 7, 1), 20)
BARE = (
    "INSERT INTO bare_visit SELECT gen_random_uuid(), $1, $2, $3::date, $4::timestamptz, $4::timestamptz"
    " + interval '1 hour'"
)


async def visit_figures(existing: int = EXISTING) -> list[Figure]:
    """All three in a county that has so many visits already."""
    async with a_county("bench_large_visits", TODAY, connections=12) as browser:
        world, started = await a_contract_in_force(), perf_counter()
        await fill_visits(world, existing, APRIL - timedelta(days=360))
        print(f"\n{existing:,} visits: filled in {perf_counter() - started:.1f} s", flush=True)
        await sign_in(browser, "tang.yi")
        figures = [*await _sync(browser, world), await _check(world), *await _at_once(browser, world)]
        await db.execute("VACUUM ANALYZE visit")
        month = f"/visits?month={JUNE:%Y-%m}"
        bare = await milliseconds(
            lambda: db.fetch(
                "SELECT * FROM visit WHERE person = $1 AND day BETWEEN '2026-06-01' AND '2026-06-30' ORDER BY day",
                world.worker.person_id,
            )
        )
        figures.append(await page_figure(browser, "a worker's month", month, bare, MOST_PAGE))
    show(figures)
    return figures


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
    usual = [(JUNE + timedelta(days=n // 2), 8 + n % 2) for n in range(USUAL)]
    return usual + [(APRIL + timedelta(days=n // A_DAY), 8 + n % A_DAY) for n in range(SENT - USUAL)]


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
        started = perf_counter()
        with asked() as asking:
            answer = await browser.post("/visits/sync", json={**PHONE, "visits": sent}, headers=headers)
        taken.append(perf_counter() - started)
        questions = questions or len(asking)
        assert [each["is_recorded"] for each in answer.json()["visits"]] == [True] * SENT, answer.text[:500]
    assert await db.fetchval("SELECT count(*) FROM visit WHERE person = $1", world.worker.person_id) == SENT
    first = {**figure(f"{SENT} visits from one phone", taken[0], bare, MOST_SECONDS, "s"), "questions": questions}
    return [first, figure("the same sent again", taken[1], bare, MOST_SECONDS, "s")]


async def _phones(world: World) -> list[str]:
    """Colleagues of the worker who are all signed in; gives their cookies."""
    membership = await db.fetchval("SELECT id FROM membership WHERE person = $1", world.worker.person_id)
    session = await db.fetchrow("SELECT data, expires_at FROM web_session WHERE person = $1", world.worker.person_id)
    assert session is not None
    async with without_triggers():
        await copies(
            "person", world.worker.person_id, PHONES,
            "'id', md5('phone' || n), 'username', 'phone' || n, 'email', ''",
        )  # fmt: skip
        await copies("membership", membership, PHONES, "'id', md5('membership' || n), 'person', md5('phone' || n)")
        await copies(
            "worker", world.worker_row, PHONES,
            "'id', md5('phone-worker' || n), 'person', md5('phone' || n), 'file', NULL, 'certificate_number', ''",
        )  # fmt: skip
    cookies = []
    for number in range(1, PHONES + 1):
        person = await db.fetchval("SELECT md5('phone' || $1::int)::uuid", number)
        data = json.dumps({**json.loads(session["data"]), "person": str(person)}).encode()
        cookies.append(secrets.token_urlsafe(32))
        await db.execute(
            "INSERT INTO web_session (id, person, data, expires_at, begun_at, browser)"
            " VALUES ($1, $2, $3, $4, clock_timestamp(), '')",
            hashed(cookies[-1]), person, data, session["expires_at"],
        )  # fmt: skip
    return cookies


async def _at_once(browser: httpx.AsyncClient, world: World) -> list[Figure]:
    """So many phones send a few days at the same moment, each twice: everything is there, and once."""
    cookies, csrf = await _phones(world), await token(browser)
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
        [_visit(world, f"JT-R-8{number:05}", JUNE + timedelta(days=n // A_DAY), 8 + n % A_DAY) for n in range(EACH)]
        for number in range(PHONES)
    ]
    count, before = "SELECT count(*) FROM visit", await db.fetchval("SELECT count(*) FROM visit")
    alone = perf_counter()
    await send(0, cookies[0], sent[0])
    alone, started = perf_counter() - alone, perf_counter()
    await asyncio.gather(
        *(send(n, sid, visits) for _ in range(2) for n, (sid, visits) in enumerate(zip(cookies, sent, strict=True)))
    )
    whole = perf_counter() - started
    kept = {str(row["id"]) for row in await db.fetch("SELECT id FROM visit WHERE recipient_code LIKE 'JT-R-8%'")}
    assert kept == {visit["id"] for visits in sent for visit in visits}, "something was lost"
    assert await db.fetchval(count) == before + PHONES * EACH, "something is there twice"
    slowest = sorted(taken)[-1]
    name = f"{PHONES} phones at once, each {EACH} visits twice"
    return [
        figure(name, whole, alone * PHONES, MOST_AT_ONCE, "s"),
        figure("its slowest phone", slowest, alone, MOST_AT_ONCE, "s"),
    ]


async def _check(world: World) -> Figure:
    """The questions whether somebody else has the same minute, for one visit."""

    async def once() -> None:
        await queries.spells_of_worker(world.worker.person_id, [APRIL])
        await queries.spells_of_recipients([("JT-R-900001", APRIL)])

    bare = await milliseconds(lambda: db.fetchval("SELECT 1"))
    return figure("overlap check of a visit", await milliseconds(once), bare, MOST_CHECK)


def main(argv: list[str]) -> int:
    """`[VISITS]`: how many there are already."""
    return alone(visit_figures, EXISTING, argv)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
