"""A worker's certificate, name and hours change from a day on; what stood before is kept (R-SOCW-02)."""

from __future__ import annotations

from datetime import date
from typing import Any

import asyncpg
import pytest

from marketplace.kernel.db import execute, fetch, fetchval
from tests.builders_vendors import a_provider
from tests.cast import enter_cast
from tests.pages import PASSWORD, send, sign_in, words
from tests.vendors.workers.test_files import ROSTER, two_employers, worker
from vendors.workers.changes import Change, Particulars, change_particulars
from vendors.workers.exams import Exam, put_exam
from vendors.workers.services import WorkerAccount, add_worker, link_account

SENIOR = {
    "name": "叶青", "certificate_level": "senior", "certificate_number": "5101900007", "registered_on": "2026-02-01",
    "certificate_until": "2029-01-31", "from_on": "2026-02-01", "reason": "取得高级社会工作师证书",
}  # fmt: skip


async def level_on(worker_id: Any, day: date) -> str:
    return str(await fetchval("SELECT certificate_level FROM worker_as_of($1, $2)", worker_id, day))


async def test_a_new_certificate_holds_from_its_day_and_the_old_one_is_kept(client, clock):
    now = await clock.now()
    provider = await a_provider(now)
    spell = await add_worker(worker(), provider.actor, now)
    await sign_in(client, provider.username)
    assert (await send(client, f"{ROSTER}/{spell}/change", SENIOR)).status_code == 303
    assert await level_on(spell, date(2026, 1, 31)) == "intermediate"
    assert await level_on(spell, date(2026, 2, 1)) == "senior"
    text = words((await client.get(f"{ROSTER}/{spell}")).text)
    assert "登记的变化" in text and "取得高级社会工作师证书" in text and "入职时登记" in text and "5101800001" in text
    assert (await client.get(f"/en{ROSTER}/{spell}")).status_code == 200
    assert await fetchval("SELECT certificate_number FROM worker_file") == "5101900007"
    acts = await fetch("SELECT detail::text FROM audit_entry WHERE act = 'worker.particulars_changed'")
    assert len(acts) == 1 and "2026-02-01" in acts[0]["detail"] and "5101900007" not in acts[0]["detail"]
    with pytest.raises(asyncpg.RaiseError):
        await execute("DELETE FROM worker_change")


async def test_an_earlier_day_entered_later_changes_only_the_days_between(client, clock):
    now = await clock.now()
    provider = await a_provider(now)
    spell = await add_worker(worker(certificate_level="none", certificate_number=""), provider.actor, now)
    await sign_in(client, provider.username)
    await send(client, f"{ROSTER}/{spell}/change", SENIOR)
    middle = {**SENIOR, "certificate_level": "intermediate", "from_on": "2025-06-01", "reason": "补登记"}
    await send(client, f"{ROSTER}/{spell}/change", {**middle, "is_correction": "yes"})
    days = (date(2025, 1, 1), date(2025, 6, 1), date(2026, 2, 1))
    assert [await level_on(spell, day) for day in days] == ["none", "intermediate", "senior"]
    assert await fetchval("SELECT certificate_level FROM worker") == "senior"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"from_on": "2026-03-03"}, "今天以后"), ({"from_on": "2024-12-31"}, "不在这段工作经历里"),
        ({"reason": ""}, "请填写“原因”"), ({"certificate_number": ""}, "请填证书编号"), ({"name": ""}, "请填写“姓名”"),
        ({"certificate_level": "none"}, "请选证书等级"), ({"certificate_until": "2026-01-01"}, "不能早于登记日期"),
        ({"reason": "改" * 201}, "200"), ({"from_on": "２０２６年二月"}, "日期"), ({"name": "😀"}, "姓名"),
        ({"certificate_level": "intermediate", "certificate_number": "5101800001", "registered_on": "",
          "certificate_until": ""}, "没有要改的"),
    ],
)  # fmt: skip
async def test_a_change_that_does_not_fit_comes_back_with_words(client, clock, changed, said):
    now = await clock.now()
    provider = await a_provider(now)
    spell = await add_worker(worker(), provider.actor, now)
    await sign_in(client, provider.username)
    answer = await send(client, f"{ROSTER}/{spell}/change", {**SENIOR, **changed})
    assert answer.status_code == 422 and said in words(answer.text), words(answer.text)
    assert await fetchval("SELECT count(*) FROM worker_change") == 0


async def test_strangers_find_no_worker_to_change(client, clock):
    now = await clock.now()
    first, second = await two_employers(now)
    await enter_cast(now)
    spell = await add_worker(worker(), first.actor, now)
    await sign_in(client, second.username)
    for path, form in (("change", SENIOR), ("hours", {"hours": "part_time", "from_on": "2026-02-01", "reason": "x"})):
        assert (await send(client, f"{ROSTER}/{spell}/{path}", form)).status_code == 404
    assert (await client.get(f"{ROSTER}/{spell}/change")).status_code == 404
    await sign_in(client, "liu.fang")
    assert (await client.get(f"{ROSTER}/{spell}/change")).status_code == 403


async def test_a_number_that_was_wrong_leaves_the_other_persons_file_alone(db, clock):
    now = await clock.now()
    first, second = await two_employers(now)
    await add_worker(worker(), first.actor, now)
    wrong = await add_worker(worker(name="罗兰", employed_from=date(2026, 1, 1)), second.actor, now)
    assert await fetchval("SELECT is_disputed FROM worker WHERE id = $1", wrong)
    right = Particulars("罗兰", "intermediate", "5101800077", None, None)
    await change_particulars(wrong, right, Change(date(2026, 1, 1), "编号写错", True), second.actor, now)
    rows = await fetch("SELECT f.certificate_number, w.is_disputed FROM worker w JOIN worker_file f ON f.id = w.file"
                       " ORDER BY 1")  # fmt: skip
    assert [(r[0], r[1]) for r in rows] == [("5101800001", False), ("5101800077", False)]


async def test_a_first_certificate_joins_what_another_employer_holds_of_the_person(db, clock):
    now = await clock.now()
    first, second = await two_employers(now)
    bare = await add_worker(worker(certificate_level="none", certificate_number=""), first.actor, now)
    await put_exam(bare, Exam(2025, "intermediate", "passed"), first.actor, now)
    await add_worker(worker(is_full_time=False), second.actor, now)
    new = Particulars("叶青", "intermediate", "5101800001", date(2026, 1, 5), None)
    await change_particulars(bare, new, Change(date(2026, 1, 5), "取得证书"), first.actor, now)
    assert await fetchval("SELECT count(DISTINCT file) FROM worker") == 1
    assert await fetchval("SELECT count(*) FROM worker_exam e JOIN worker w ON w.file = e.file WHERE w.id = $1", bare)


async def test_the_worker_asks_and_the_employer_changes_or_says_why_not(client, clock):
    now = await clock.now()
    provider, other = await two_employers(now)
    spell = await add_worker(worker(), provider.actor, now)
    strange = await add_worker(worker(name="罗兰", certificate_number="5101800002"), other.actor, now)
    await link_account(spell, WorkerAccount("ye.qing", PASSWORD), provider.actor, now)
    await sign_in(client, "ye.qing")
    asked = {"worker": str(spell), "wanted": "证书已经是高级"}
    assert (await send(client, "/my-file/ask", {**asked, "worker": str(strange)})).status_code == 404
    bad = await send(client, "/my-file/ask", {**asked, "wanted": ""})
    assert bad.status_code == 422 and "请填写" in words(bad.text)
    for wanted in ("证书已经是高级", "证书已经是高级", "姓名也要改"):
        assert (await send(client, "/my-file/ask", {**asked, "wanted": wanted})).status_code == 303
    assert "等待答复" in words((await client.get("/my-file")).text)
    await sign_in(client, provider.username)
    page = await client.get(f"{ROSTER}/{spell}")
    assert "本人要求：证书已经是高级" in words(page.text)
    assert "答复社会工作者" in words((await client.get("/work")).text)
    waiting = await fetchval("SELECT id FROM worker_request WHERE wanted = '姓名也要改'")
    path = f"{ROSTER}/{spell}/requests/{waiting}"
    assert (await send(client, path, {"answer": ""})).status_code == 422
    assert (await send(client, path, {"answer": "身份证没有改"})).status_code == 303
    assert (await send(client, path, {"answer": "再说一次"})).status_code == 409
    await send(client, f"{ROSTER}/{spell}/change", {**SENIOR, "name": "叶青青"})
    assert await fetchval("SELECT name FROM person WHERE username = 'ye.qing'") == "叶青青"
    assert "答复社会工作者" not in words((await client.get("/work")).text)
    await sign_in(client, "ye.qing")
    mine = words((await client.get("/my-file")).text)
    assert "身份证没有改" in mine and "取得高级社会工作师证书" in mine and "修改姓名或者证书" in mine
    assert (await send(client, path, {"answer": "x"})).status_code == 403


async def test_part_time_is_entered_shown_and_changed(client, clock):
    now = await clock.now()
    first, second = await two_employers(now)
    await add_worker(worker(), first.actor, now)
    await sign_in(client, second.username)
    form = {"name": "叶青", "certificate_level": "intermediate", "certificate_number": "5101800001",
            "employed_from": "2026-01-05"}  # fmt: skip
    asked = await send(client, f"{ROSTER}/new", form)
    assert asked.status_code == 422 and "用工方式" in words(asked.text)
    made = await send(client, f"{ROSTER}/new", {**form, "hours": "part_time"})
    path = made.headers["location"]
    await send(client, f"{path}/account", {"username": "ye.qing", "password": PASSWORD})
    assert "兼职" in words((await client.get(path)).text) and "兼职" in words((await client.get(ROSTER)).text)
    assert await fetchval("SELECT count(*) FROM worker WHERE is_disputed") == 0
    change = {"hours": "full_time", "from_on": "2026-02-01", "reason": "转为全职"}
    assert (await send(client, f"{path}/hours", {**change, "from_on": "2026-03-03"})).status_code == 422
    later = await send(client, f"{path}/hours", change)
    assert later.status_code == 303 and later.headers["location"] != path
    rows = await fetch("SELECT employed_from, employed_to, is_full_time, is_disputed FROM worker w JOIN provider p"
                       " ON p.id = w.provider WHERE p.id = $1 ORDER BY employed_from", second.id)  # fmt: skip
    assert [tuple(r) for r in rows] == [
        (date(2026, 1, 5), date(2026, 1, 31), False, False), (date(2026, 2, 1), None, True, True)
    ]  # fmt: skip
    assert "重叠的全职工作" in words((await client.get(later.headers["location"])).text)
    assert (await send(client, f"{later.headers['location']}/hours", change)).status_code == 409
    back = {"hours": "part_time", "from_on": "2026-02-01", "is_correction": "yes", "reason": "写错了"}
    assert (await send(client, f"{later.headers['location']}/hours", back)).status_code == 303
    assert await fetchval("SELECT count(*) FROM worker WHERE is_disputed") == 0
    assert "写错了" in words((await client.get(later.headers["location"])).text)
