"""The support of an examination's fee counts after a second person has confirmed it (R-SOCW-06, R-ROLE-03)."""

from __future__ import annotations

from datetime import date
from typing import Any

import asyncpg
import pytest

from marketplace.accounts.people.tables import Membership, Person
from marketplace.kernel.db import execute, fetchval, insert
from tests.cast import enter_cast
from tests.pages import send, sign_in, words
from tests.vendors.workers.test_files import ROSTER, two_employers, worker
from vendors.workers.exams import support_by_year, waiting_support
from vendors.workers.services import add_worker

EXAM = {
    "year": "2025", "level": "senior", "result": "registered", "fee": "61", "fee_support": "60",
    "support_document": "金民〔2025〕8号",
}  # fmt: skip


async def colleague(provider: Any, now: Any) -> str:
    """A second person of the provider, with the same password."""
    hashed = await fetchval("SELECT password_hash FROM person WHERE username = $1", provider.username)
    person = await insert(Person, username="second.one", name="方圆", password_hash=hashed, created_at=now)
    await insert(Membership, person=person, organisation=provider.actor.organisation_id, role="provider")
    return "second.one"


async def test_who_entered_a_support_does_not_confirm_it_and_a_colleague_does(client, clock):
    now = await clock.now()
    provider, other = await two_employers(now)
    path = f"{ROSTER}/{await add_worker(worker(), provider.actor, now)}"
    await sign_in(client, provider.username)
    assert (await send(client, f"{path}/exams", EXAM)).status_code == 303
    text = words((await client.get(f"{path}/file")).text)
    assert "等待确认，还不算数" in text and "确认补助" not in text
    exam = await fetchval("SELECT id FROM worker_exam")
    own = await send(client, f"{path}/exams/{exam}/confirm")
    assert own.status_code == 403 and "另一位同事或者民政局" in words(own.text) and "R-ROLE-03" in own.text
    await sign_in(client, other.username)
    assert (await send(client, f"{path}/exams/{exam}/confirm")).status_code == 404
    await sign_in(client, await colleague(provider, now))
    assert "确认补助" in words((await client.get(f"{path}/file")).text)
    assert (await send(client, f"{path}/exams/{exam}/confirm")).status_code == 303
    assert (await send(client, f"{path}/exams/{exam}/confirm")).status_code == 409
    assert (await client.get(f"/en{path}/file")).status_code == 200
    # the result changes nothing of the amount; another amount is confirmed anew
    assert (await send(client, f"{path}/exams", {**EXAM, "result": "passed"})).status_code == 303
    assert await fetchval("SELECT confirmed_at IS NOT NULL FROM worker_exam")
    assert (await send(client, f"{path}/exams", {**EXAM, "fee_support": "61"})).status_code == 303
    assert await fetchval("SELECT confirmed_at IS NULL FROM worker_exam")


async def test_civil_affairs_confirms_and_only_then_the_county_counts_it(client, clock):
    now = await clock.now()
    provider, other = await two_employers(now)
    await enter_cast(now)
    spell = await add_worker(worker(), provider.actor, now)
    await add_worker(worker(employed_from=date(2026, 2, 1), is_full_time=False), other.actor, now)
    await sign_in(client, provider.username)
    assert (await send(client, f"{ROSTER}/{spell}/exams", EXAM)).status_code == 303
    [waiting] = await waiting_support()
    assert waiting["worker"] == spell and "和美" in waiting["employer"]
    [year] = await support_by_year()
    assert (year["people"], year["confirmed"], str(year["waiting"])) == (0, 0, "60.00")
    exam = await fetchval("SELECT id FROM worker_exam")
    assert (await send(client, f"/workers/{spell}/exams/{exam}/confirm")).status_code == 403
    await sign_in(client, "liu.fang")
    assert "确认考试费补助：叶青 2025" in words((await client.get("/work")).text)
    assert "60.00" in (await client.get("/workers")).text
    page = words((await client.get(f"/workers/{spell}")).text)
    assert "确认补助" in page and "金民〔2025〕8号" in page
    assert (await send(client, f"/workers/{spell}/exams/{exam}/confirm")).status_code == 303
    [year] = await support_by_year()
    assert (year["people"], str(year["confirmed"]), year["waiting"]) == (1, "60.00", 0)
    assert "确认考试费补助：" not in words((await client.get("/work")).text)
    assert (await client.get("/en/workers")).status_code == 200
    with pytest.raises(asyncpg.CheckViolationError):
        await execute("UPDATE worker_exam SET entered_by = confirmed_by")
