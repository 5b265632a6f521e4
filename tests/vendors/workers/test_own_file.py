"""A worker sees and takes along everything held, with every employer, and may withdraw the consent (R-CIV-06)."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import asyncpg
import pytest

from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetch, fetchval
from tests.builders_contracts import APRIL, a_closed_month, a_contract_in_force
from tests.builders_subsidies import a_run, a_scheme
from tests.cast import enter_cast, office
from tests.pages import PASSWORD, send, sign_in, words
from tests.vendors.workers.test_files import ROSTER, two_employers, worker
from vendors.workers.services import WorkerAccount, add_worker, link_account

NAMES = ("金堂县和美社会工作服务中心", "成都市青羊区乐助社会工作服务中心")
STUDY = {"degree": "bachelor", "graduated_on": "2024-06-30"}
EXAM = {"year": "2025", "level": "senior", "result": "passed", "fee": "60"}


async def test_the_export_and_the_page_hold_everything_of_every_employer(client, clock):
    """R-TIME-29: what is kept is told in full."""
    now = at_county_time(date(2026, 5, 10), 10)
    world = await a_contract_in_force()
    await a_closed_month(world)
    scheme = await a_scheme()
    await a_run(scheme, APRIL, now=now)
    first, second = await two_employers(now)
    for employer in (first, second):
        part_time = worker(name="唐怡", certificate_level="none", certificate_number="", is_full_time=False)
        spell = await add_worker(part_time, employer.actor, now)
        await execute("UPDATE worker SET person = $1 WHERE id = $2", world.worker.person_id, spell)
    await execute(
        "INSERT INTO personal_data_look (id, of_person, what, reference, purpose, seen_by, seen_at)"
        " VALUES (gen_random_uuid(), $1, '证书编号', 'SW', '核对证书', $2, $3)",
        world.worker.person_id, world.finance.person_id, now,
    )  # fmt: skip
    await sign_in(client, "tang.yi")
    held = json.loads((await client.get("/my-data/export")).text)
    assert {each["employer"] for each in held["spells"]} == {
        "金堂县和风社会工作服务中心", *NAMES
    }  # fmt: skip
    assert len(held["files"]) == 3 and len(held["visits"]) == 3
    assert held["subsidies"][0]["amount"] == "300.00" and "证书" in "".join(held["subsidies"][0]["conditions"])
    assert held["visits"][0]["decided_by"] and held["looks"][0]["purpose"] == "核对证书"
    page = words((await client.get("/my-file")).text)
    for said in (*NAMES, "和风", "2026-04", "核对证书", "300.00"):
        assert said in page, said
    assert (await client.get("/en/my-file")).status_code == 200
    await sign_in(client, "liu.fang")
    others = json.loads((await client.get("/my-data/export")).text)
    assert others["spells"] == others["visits"] == others["subsidies"] == []
    assert (await client.get("/my-file")).status_code == 403


async def own_account(client: Any, now: Any) -> Any:
    """A worker with an account, a degree and an examination; the employer and the worker's path."""
    provider, _ = await two_employers(now)
    spell = await add_worker(worker(), provider.actor, now)
    await link_account(spell, WorkerAccount("ye.qing", PASSWORD), provider.actor, now)
    await sign_in(client, provider.username)
    path = f"{ROSTER}/{spell}"
    await enter_cast(now)
    study = await send(client, f"{path}/study", {**STUDY, "towns": [str(await office("zhaozhen"))]})
    assert study.status_code == 303, words(study.text)
    assert (await send(client, f"{path}/exams", EXAM)).status_code == 303
    return provider, path


async def test_a_withdrawn_consent_hides_what_it_covered_and_is_remembered(client, clock):
    now = await clock.now()
    provider, path = await own_account(client, now)
    await sign_in(client, "ye.qing")
    assert (await send(client, "/my-file/consent", {"agree": "yes", "public": "yes"})).status_code == 303
    public = f"/providers/{provider.reference}"
    shown = words((await client.get(public)).text)
    assert "叶青" in shown and "社会工作师（中级）" in shown and "5101800001" not in shown
    for _ in range(2):
        assert (await send(client, "/my-file/consent/withdraw")).status_code == 303
    assert "叶青" not in words((await client.get(public)).text).replace("我今天的工作 叶青", "")
    mine = words((await client.get("/my-file")).text)
    assert "您撤回了同意" in mine and "本科" in mine and "撤回保存档案的同意" in mine
    await sign_in(client, provider.username)
    file = words((await client.get(f"{path}/file")).text)
    assert "撤回了同意" in file and "本科" not in file
    assert (await client.get(f"/en{path}/file")).status_code == 200
    for part, form in (("study", STUDY), ("exams", EXAM)):
        refused = await send(client, f"{path}/{part}", form)
        assert refused.status_code == 409 and "R-CIV-06" in refused.text
    assert "叶青" in words((await client.get(ROSTER)).text)
    await sign_in(client, "ye.qing")
    await send(client, "/my-file/consent", {"agree": "yes"})
    said = await fetch("SELECT what, is_given FROM worker_consent ORDER BY said_at, what, is_given DESC")
    assert sorted((r["what"], r["is_given"]) for r in said) == [
        ("keep", False), ("keep", True), ("keep", True), ("public", False), ("public", True),
    ]  # fmt: skip
    await sign_in(client, provider.username)
    assert "本科" in (await client.get(f"{path}/file")).text


async def test_what_was_said_about_consent_is_kept_and_only_workers_say_it(client, clock):
    now = await clock.now()
    provider, _ = await own_account(client, now)
    assert (await send(client, "/my-file/consent/withdraw")).status_code == 403
    assert await fetchval("SELECT count(*) FROM worker_consent") == 0
    with pytest.raises(asyncpg.CheckViolationError):
        await execute("UPDATE worker_file SET withdrawn_at = now(), is_public = true")
