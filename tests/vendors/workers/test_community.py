"""Community workers: the town keeps its own roster, civil affairs reads it with the numbers hidden."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from marketplace.kernel.db import fetch, fetchval
from tests.builders_vendors import a_provider
from tests.cast import actor, enter_cast, office
from tests.pages import PASSWORD, send, sign_in, words
from tests.vendors.workers.test_files import ROSTER, worker
from vendors.workers.services import WorkerAccount, add_worker, link_account

FORM = {
    "community": "金龙社区", "name": "蒋琴", "certificate_level": "assistant", "certificate_number": "5101800019",
    "employed_from": "2024-07-01", "hours": "full_time",
}  # fmt: skip
CLERK = "luo.jie"


async def test_a_town_enters_changes_moves_and_ends_its_own_workers(client, clock):
    now = await clock.now()
    await enter_cast(now)
    await sign_in(client, CLERK)
    assert "社区专职工作者名册" in words((await client.get(ROSTER)).text)
    assert "社会工作者名册" in words((await client.get("/work")).text)
    assert 'name="community"' in (await client.get(f"{ROSTER}/new")).text
    bad = await send(client, f"{ROSTER}/new", {**FORM, "community": ""})
    assert bad.status_code == 422 and "请填写“社区（村）”" in words(bad.text)
    made = await send(client, f"{ROSTER}/new", FORM)
    path = made.headers["location"]
    town = await fetchval("SELECT organisation FROM membership m JOIN person p ON p.id = m.person"
                          " WHERE p.username = $1", CLERK)  # fmt: skip
    assert await fetchval("SELECT town FROM worker") == town
    assert "金龙社区" in words((await client.get(ROSTER)).text) and "金龙社区" in words((await client.get(path)).text)
    change = {**FORM, "certificate_level": "intermediate", "from_on": "2026-02-01", "reason": "取得证书"}
    assert (await send(client, f"{path}/change", change)).status_code == 303
    assert (await send(client, f"{path}/community", {"community": "", "reason": "x"})).status_code == 422
    assert (await send(client, f"{path}/community", {"community": "桂花社区", "reason": "轮岗"})).status_code == 303
    assert await fetchval("SELECT detail->>'from' FROM audit_entry WHERE act = 'worker.moved'") == "金龙社区"
    assert (await client.get(f"{path}/file")).status_code == 200
    for shown in (path, ROSTER, f"{path}/change", f"{ROSTER}/new", f"{path}/file"):
        assert (await client.get("/en" + shown)).status_code == 200
    assert (await send(client, f"{path}/end", {"employed_to": "2026-02-28"})).status_code == 303


async def test_another_town_and_a_provider_have_no_part_in_it(client, clock):
    now = await clock.now()
    await enter_cast(now)
    provider = await a_provider(now)
    spell = await add_worker(worker(), await actor(CLERK, now), now, "金龙社区")
    own = await add_worker(worker(name="罗兰", certificate_number="5101800002"), provider.actor, now)
    await sign_in(client, provider.username)
    assert (await client.get(f"{ROSTER}/{spell}")).status_code == 404
    assert (await send(client, f"{ROSTER}/{own}/community", {"community": "x", "reason": "x"})).status_code == 404
    assert 'name="community"' not in (await client.get(f"{ROSTER}/new")).text
    await sign_in(client, CLERK)
    assert (await client.get(f"{ROSTER}/{own}")).status_code == 404
    await sign_in(client, "wang.min")
    assert (await client.get(ROSTER)).status_code == 403


async def test_a_towns_roster_comes_in_by_table_with_the_community(client, clock):
    await enter_cast(await clock.now())
    await sign_in(client, CLERK)
    head = "社区（村）,姓名,证书等级,证书编号,入职日期,用工方式"
    template = (await client.get(f"{ROSTER}/template.xlsx")).content
    assert template.startswith(b"PK") and io.BytesIO(template).getbuffer().nbytes > 1000

    async def sent(*rows: str, **form: str) -> Any:
        content = "\r\n".join([head, *rows]).encode("utf-8-sig")
        return await send(client, f"{ROSTER}/import", form, files={"file": ("名册.csv", content)})

    bad = await sent(",蒋琴,没有证书,,2024-07-01,")
    assert bad.status_code == 422 and "A2" in bad.text and "请填写“社区（村）”" in words(bad.text)
    rows = ("金龙社区,蒋琴,助理社会工作师,5101800019,2024-07-01,", "桂花社区,白冰,没有证书,,2025-01-01,兼职")
    assert "一次导入 2 人" in words((await sent(*rows)).text)
    assert (await sent(*rows, confirm="yes")).status_code == 303
    kept = await fetch("SELECT community, is_full_time FROM worker ORDER BY employed_from")
    assert [tuple(row) for row in kept] == [("金龙社区", True), ("桂花社区", False)]


async def test_civil_affairs_sees_a_number_for_a_purpose_that_the_worker_reads(client, clock):
    """R-CIV-06: what is hidden is shown for a purpose, and the person learns of it."""
    now = await clock.now()
    await enter_cast(now)
    provider = await a_provider(now)
    spell = await add_worker(worker(employed_from=date(2025, 1, 1)), provider.actor, now)
    await add_worker(worker(name="蒋琴", certificate_number="5101800019"), await actor(CLERK, now), now, "金龙社区")
    await link_account(spell, WorkerAccount("ye.qing", PASSWORD), provider.actor, now)
    path = f"/workers/{spell}"
    await sign_in(client, provider.username)
    assert (await client.get(path)).status_code == 403
    await sign_in(client, "liu.fang")
    both, some = words((await client.get("/workers")).text), words((await client.get("/workers?kind=community")).text)
    assert "叶青" in both and "蒋琴" in both and "蒋琴" in some and "叶青" not in some
    for sought, seen, unseen in (("叶青", "叶青", "蒋琴"), ("金龙社区", "蒋琴", "叶青"), ("蒋琴", "蒋琴", "叶青")):
        found = words((await client.get("/workers", params={"q": sought})).text)
        assert seen in found and unseen not in found and "全县社会工作者 1" in found
    assert "没有找到" in words((await client.get("/workers?q=nobody")).text)
    assert (await client.get("/workers?page=2")).status_code == 404
    page = await client.get(path)
    assert "5101800001" not in page.text and "···0001" in page.text
    assert (await client.get("/en" + path)).status_code == 200
    assert (await send(client, f"{path}/number", {"purpose": ""})).status_code == 422
    assert "5101800001" in (await send(client, f"{path}/number", {"purpose": "核对证书"})).text
    assert "5101800001" not in (await client.get(path)).text
    assert (await client.get(f"/workers/{await office('zhaozhen')}")).status_code == 404
    # on the roster since before there were files
    [unfiled] = await fetch("UPDATE worker SET file = NULL WHERE name = '蒋琴' RETURNING id")
    assert "还没有档案" in words((await client.get(f"/workers/{unfiled['id']}")).text)
    assert "还没有登记" in words((await client.get(path)).text)
    assert (await send(client, f"{path}/establishment", {"establishment": "?"})).status_code == 422
    assert (await send(client, f"{path}/establishment", {"establishment": "off"})).status_code == 303
    assert await fetchval("SELECT establishment FROM worker WHERE id = $1", spell) == "off"
    await sign_in(client, "ye.qing")
    assert "核对证书" in words((await client.get("/my-file")).text)
