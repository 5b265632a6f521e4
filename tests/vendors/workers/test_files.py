"""One worker across employers: overlaps, exams, study, the code on paper, the own file, rosters from tables."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.db import fetch, fetchval
from tests.builders_vendors import a_provider
from tests.cast import enter_cast, office
from tests.pages import PASSWORD, send, sign_in, words
from vendors.workers.rules import CODE_LETTERS, is_recent_graduate, masked, overlap, plain_code
from vendors.workers.services import NewWorker, add_worker

ROSTER = "/my-organisation/workers"
HEAD = "姓名,证书等级,证书编号,登记日期,登记有效期至,入职日期,离职日期"


def worker(**changed: Any) -> NewWorker:
    """A certified social worker employed since last year."""
    facts: dict[str, Any] = {
        "name": "叶青", "certificate_level": "intermediate", "certificate_number": "5101800001",
        "employed_from": date(2025, 1, 1), **changed,
    }  # fmt: skip
    return NewWorker(**facts)


async def two_employers(now):
    """Two providers."""
    return await a_provider(now), await a_provider(now, "成都市青羊区乐助社会工作服务中心", "social_group", "lezhu")


async def test_a_second_full_time_job_is_shown_to_both_and_to_civil_affairs_until_one_ends(client, clock):
    now = await clock.now()
    first, second = await two_employers(now)
    await enter_cast(now)
    standing = await add_worker(worker(), first.actor, now)
    await add_worker(worker(employed_from=date(2026, 2, 1)), second.actor, now)
    for username, path in ((first.username, ROSTER), (second.username, ROSTER), ("liu.fang", "/workers")):
        await sign_in(client, username)
        text = words((await client.get(path)).text)
        assert "重叠的全职工作" in text and "和美" in text and "乐助" in text, username
    assert "5101800001" not in text and "···0001" in text
    await sign_in(client, first.username)
    assert (await send(client, f"{ROSTER}/{standing}/end", {"employed_to": "2026-02-01"})).status_code == 303
    assert await fetchval("SELECT count(*) FROM worker WHERE is_disputed") == 1
    assert (await send(client, f"{ROSTER}/{standing}/end", {"employed_to": "2026-01-31"})).status_code == 303
    assert await fetchval("SELECT count(*) FROM worker WHERE is_disputed") == 0
    assert "重叠" not in words((await client.get(ROSTER)).text)


async def test_part_time_and_other_people_overlap_nobody(db, clock):
    now = await clock.now()
    first, second = await two_employers(now)
    await add_worker(worker(), first.actor, now)
    await add_worker(worker(is_full_time=False), second.actor, now)
    await add_worker(worker(certificate_number="5101800002"), second.actor, now)
    await add_worker(worker(certificate_level="none", certificate_number=""), second.actor, now)
    assert await fetchval("SELECT count(*) FROM worker WHERE is_disputed") == 0
    assert await fetchval("SELECT count(DISTINCT file) FROM worker") == 3


async def test_the_database_refuses_two_full_time_spells_that_share_a_day(db, clock):
    now = await clock.now()
    first, second = await two_employers(now)
    await add_worker(worker(), first.actor, now)
    await add_worker(worker(), second.actor, now)
    with pytest.raises(asyncpg.ExclusionViolationError):
        await db.pool.connection.execute("UPDATE worker SET is_disputed = false")


async def test_a_town_employs_community_workers_and_they_count_as_a_full_time_job(client, clock):
    now = await clock.now()
    first, _ = await two_employers(now)
    await enter_cast(now)
    await add_worker(worker(), first.actor, now)
    await sign_in(client, "liu.fang")
    form = {
        "town": str(await office("zhaozhen")), "community": "金龙社区", "name": "叶青",
        "certificate_level": "intermediate", "certificate_number": "5101800001", "employed_from": "2026-01-05",
        "hours": "full_time",
    }  # fmt: skip
    bad = await send(client, "/workers/community/new", {**form, "community": "", "town": "x"})
    assert bad.status_code == 422 and 'value="叶青"' in bad.text
    other = await send(client, "/workers/community/new", {**form, "town": str(first.actor.organisation_id)})
    assert other.status_code == 422
    assert (await send(client, "/workers/community/new", form)).status_code == 303
    text = words((await client.get("/workers")).text)
    assert "金龙社区" in text and "重叠的全职工作" in text
    assert (await client.get("/en/workers")).status_code == 200
    await sign_in(client, first.username)
    assert "重叠的全职工作" in words((await client.get(ROSTER)).text)
    assert (await client.get("/workers")).status_code == 403


async def test_a_worker_opens_the_account_with_the_code_once_and_sees_everything_held(client, clock):
    now = await clock.now()
    provider, other = await two_employers(now)
    path = f"{ROSTER}/{await add_worker(worker(), provider.actor, now)}"
    await sign_in(client, other.username)
    assert (await send(client, f"{path}/code")).status_code == 404
    await sign_in(client, provider.username)
    first = words((await send(client, f"{path}/code")).text)
    shown = words((await send(client, f"{path}/code")).text)
    old, code = (next(w for w in page.split() if len(w) == 11 and w[5] == "-") for page in (first, shown))
    assert set(code.replace("-", "")) <= set(CODE_LETTERS)
    assert code.replace("-", "") not in str(await fetch("SELECT * FROM worker_invitation"))
    client.cookies.delete("sid")
    account = {"username": "ye.qing", "password": PASSWORD}
    for wrong in (old, "AAAAA-AAAAA", "", "😀", "码" * 41):
        answer = await send(client, "/worker-code", {**account, "code": wrong})
        assert answer.status_code == 422 and 'value="ye.qing"' in answer.text and PASSWORD not in answer.text.split(
            "<main")[1].split("</main>")[0], wrong  # fmt: skip
    assert (await send(client, "/worker-code", {**account, "code": f" {code.lower()} "})).status_code == 303
    mine = words((await client.get("/my-file")).text)
    assert "5101800001" in mine and "和美" in mine and "登记社会工作者" in mine and "发放邀请码" in mine
    assert (await client.get("/en/my-file")).status_code == 200
    assert await fetchval("SELECT consented_at IS NOT NULL AND NOT is_public FROM worker_file")
    assert (await send(client, "/my-file/consent", {"public": "yes"})).status_code == 422
    assert (await send(client, "/my-file/consent", {"agree": "yes", "public": "yes"})).status_code == 303
    assert await fetchval("SELECT is_public FROM worker_file")
    client.cookies.delete("sid")
    used = await send(client, "/worker-code", {"username": "an.other", "password": PASSWORD, "code": code})
    assert used.status_code == 422 and "已经用过" in words(used.text)
    public = (await client.get(f"/providers/{provider.reference}")).text
    assert "叶青" in public and "5101800001" not in public


async def test_a_code_runs_out_after_thirty_days(client, clock):
    now = await clock.now()
    provider = await a_provider(now)
    path = f"{ROSTER}/{await add_worker(worker(), provider.actor, now)}"
    await sign_in(client, provider.username)
    code = next(w for w in words((await send(client, f"{path}/code")).text).split() if len(w) == 11 and w[5] == "-")
    await clock.set(now + timedelta(days=30, minutes=5))
    client.cookies.delete("sid")
    late = await send(client, "/worker-code", {"username": "ye.qing", "password": PASSWORD, "code": code})
    assert late.status_code == 422 and "已经过期" in words(late.text)


async def test_exams_and_study_are_kept_by_the_employer_alone(client, clock):
    now = await clock.now()
    provider, other = await two_employers(now)
    await enter_cast(now)
    path = f"{ROSTER}/{await add_worker(worker(), provider.actor, now)}"
    exam = {"year": "2025", "level": "senior", "result": "passed", "fee": "60", "fee_support": "60"}
    await sign_in(client, other.username)
    assert (await client.get(f"{path}/file")).status_code == 404
    assert (await send(client, f"{path}/exams", {**exam, "support_document": "x"})).status_code == 404
    await sign_in(client, provider.username)
    for changed, said in (
        ({}, "批准补助的文号"), ({"fee_support": "61", "support_document": "x"}, "不能多于"),
        ({"year": "2031"}, "太晚"),
        ({"year": "2027", "fee_support": ""}, "只能填"), ({"year": "二〇二五"}, "请填整数"), ({"level": "none"}, "选"),
    ):  # fmt: skip
        answer = await send(client, f"{path}/exams", {**exam, **changed})
        assert answer.status_code == 422 and said in words(answer.text), changed
    for result in ("registered", "passed"):
        form = {**exam, "result": result, "support_document": "金民〔2025〕8号"}
        assert (await send(client, f"{path}/exams", form)).status_code == 303
    assert await fetchval("SELECT string_agg(result, ' ') FROM worker_exam") == "passed"
    study = {"degree": "bachelor", "graduated_on": "2026-03-03", "towns": [str(await office("zhaozhen"))]}
    future = await send(client, f"{path}/study", study)
    assert future.status_code == 422 and "不能晚于今天" in words(future.text)
    assert (await send(client, f"{path}/study", {**study, "graduated_on": "2024-06-30"})).status_code == 303
    text = words((await client.get(f"{path}/file")).text)
    assert "毕业两年以内" in text and "金民〔2025〕8号" in text
    assert (await client.get(f"/en{path}/file")).status_code == 200


async def test_a_roster_comes_in_after_a_preview_all_of_it_or_nothing(client, clock):
    now = await clock.now()
    provider = await a_provider(now)
    await sign_in(client, provider.username)

    async def sent(*rows: str, **form: str) -> Any:
        content = "\r\n".join([HEAD, *rows]).encode("utf-8-sig")
        return await send(client, f"{ROSTER}/import", form, files={"file": ("名册.csv", content)})

    good = ["叶青,社会工作师,5101800001,2021-03-01,2027-03-01,2021-03-01,", "罗兰,没有证书,,,,2025-01-01,2025-12-31"]
    bad = await sent(*good, "白冰,社会工作师,,,,明天,", confirm="yes")
    text = words(bad.text)
    assert bad.status_code == 422 and "F4" in text and "C4" in text
    preview = await sent(*good)
    assert preview.status_code == 200 and "一次导入 2 人" in words(preview.text)
    assert await fetchval("SELECT count(*) FROM worker") == 0
    assert (await sent(*good, confirm="yes")).status_code == 303
    assert (await sent(*good, confirm="yes")).status_code == 200
    assert await fetchval("SELECT count(*) FROM worker") == 2
    assert (await client.get(f"{ROSTER}/template.xlsx")).status_code == 200
    assert (await send(client, f"{ROSTER}/import")).status_code == 422


def test_two_years_after_graduation_somebody_is_no_recent_graduate() -> None:
    assert is_recent_graduate(date(2024, 3, 3), date(2026, 3, 2))
    assert not is_recent_graduate(date(2024, 3, 2), date(2026, 3, 2))
    assert not is_recent_graduate(None, date(2026, 3, 2)) and not is_recent_graduate(date(2026, 3, 3), date(2026, 3, 2))
    assert is_recent_graduate(date(2024, 2, 29), date(2026, 2, 28))


def test_a_code_is_read_as_people_write_it_and_a_number_shows_its_end() -> None:
    assert plain_code(" ａｂｃde-f９7hk ") == "ABCDEF97HK"
    assert masked("5101800001") == "···0001" and masked("") == ""


spells = st.tuples(st.integers(0, 30), st.one_of(st.none(), st.integers(0, 30))).map(
    lambda s: (date(2026, 1, 1) + timedelta(s[0]), None if s[1] is None else date(2026, 1, 1) + timedelta(s[0] + s[1]))
)


@given(spells, spells, st.integers(0, 70))
def test_an_overlap_holds_exactly_the_days_of_both(first, second, number) -> None:
    on = date(2026, 1, 1) + timedelta(number)

    def holds(spell) -> bool:
        return spell is not None and spell[0] <= on and (spell[1] is None or on <= spell[1])

    assert holds(overlap(first, second)) == (holds(first) and holds(second))
