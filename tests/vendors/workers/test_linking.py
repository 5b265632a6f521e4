"""One person with two employers: one account, one file, the right employer on every page."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from contracts.visits.queries import contracts_to_log
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.forms import Wrong
from tests.builders_contracts import a_contract_in_force
from tests.cast import enter_cast
from tests.pages import PASSWORD, send, sign_in, words
from tests.vendors.workers.test_files import ROSTER, two_employers, worker
from vendors.workers.identity import identity_number
from vendors.workers.services import WorkerAccount, add_worker, link_account

NUMBER, OTHER_NUMBER = "11010519491231002X", "440524188001010014"


async def code_for(client: Any, provider: Any, spell: Any) -> str:
    """The code that the employer prints for a spell; nobody is signed in afterwards."""
    await sign_in(client, provider.username)
    text = words((await send(client, f"{ROSTER}/{spell}/code")).text)
    client.cookies.delete("sid")
    return next(w for w in text.split() if len(w) == 11 and w[5] == "-")


async def test_a_second_employers_code_is_taken_with_the_account_one_has(client, clock):
    now = await clock.now()
    first, second = await two_employers(now)
    await enter_cast(now)
    one = await add_worker(worker(certificate_level="none", certificate_number=""), first.actor, now)
    await link_account(one, WorkerAccount("ye.qing", PASSWORD), first.actor, now)
    two = await add_worker(worker(employed_from=date(2026, 2, 1)), second.actor, now)
    code = await code_for(client, second, two)
    assert "请先登录再填邀请码" in words((await client.get("/worker-code")).text)
    await sign_in(client, "ye.qing")
    asked = await client.get("/worker-code")
    assert "在页面上方换单位" in words(asked.text) and 'name="password"' not in asked.text
    assert (await client.get("/en/worker-code")).status_code == 200
    for wrong in ("", "AAAAA-AAAAA", "😀"):
        assert (await send(client, "/worker-code/as-myself", {"code": wrong})).status_code == 422
    odd = await send(client, "/worker-code/as-myself", {"code": code, "identity_number": NUMBER[:-1] + "1"})
    assert odd.status_code == 422 and "最后一位和前面的数字对不上" in words(odd.text)
    done = await send(client, "/worker-code/as-myself", {"code": code, "identity_number": NUMBER})
    assert done.status_code == 303, words(done.text)
    rows = await fetch("SELECT DISTINCT person, file FROM worker")
    assert len(rows) == 1 and rows[0]["person"]
    assert await fetchval("SELECT count(*) FROM person WHERE username LIKE 'ye%'") == 1
    assert NUMBER not in str(await fetch("SELECT * FROM worker_file"))
    mine = words((await client.get("/my-file")).text)
    assert "和美" in mine and "乐助" in mine and "和另一份全职重叠" in mine
    roles = await fetch("SELECT organisation FROM membership m JOIN person p ON p.id = m.person"
                        " WHERE p.username = 'ye.qing' AND role = 'social_worker'")  # fmt: skip
    assert {r["organisation"] for r in roles} == {first.actor.organisation_id, second.actor.organisation_id}
    assert "换单位" in words((await client.get("/visits")).text)
    for username, path in ((first.username, ROSTER), (second.username, f"{ROSTER}/{two}"), ("liu.fang", "/workers")):
        await sign_in(client, username)
        assert "重叠的全职工作" in words((await client.get(path)).text), username
    await sign_in(client, "ye.qing")
    again = await send(client, "/worker-code/as-myself", {"code": code})
    assert again.status_code == 422 and "已经用过" in words(again.text)


async def test_another_persons_code_is_refused(client, clock):
    now = await clock.now()
    first, second = await two_employers(now)
    one = await add_worker(worker(), first.actor, now)
    await link_account(one, WorkerAccount("ye.qing", PASSWORD), first.actor, now)
    strange = await add_worker(worker(name="罗兰", certificate_number="5101800002"), second.actor, now)
    other = await add_worker(worker(certificate_number="5101800003"), second.actor, now)
    for spell, said in ((strange, "和您的姓名不一样"), (other, "证书编号不一样")):
        code = await code_for(client, second, spell)
        await sign_in(client, "ye.qing")
        answer = await send(client, "/worker-code/as-myself", {"code": code})
        assert answer.status_code == 422 and said in words(answer.text)
    assert await fetchval("SELECT count(DISTINCT file) FROM worker") == 3


async def test_a_known_identity_must_be_given_and_be_the_same(client, clock):
    now = await clock.now()
    first, second = await two_employers(now)
    bare = {"certificate_level": "none", "certificate_number": ""}
    one = await add_worker(worker(**bare), first.actor, now)
    account = {"username": "ye.qing", "password": PASSWORD, "identity_number": NUMBER}
    code = await code_for(client, first, one)
    assert (await send(client, "/worker-code", {**account, "code": code})).status_code == 303
    two = await add_worker(worker(**bare, employed_from=date(2026, 2, 1)), second.actor, now)
    code = await code_for(client, second, two)
    second_account = await send(client, "/worker-code", {**account, "username": "ye.two", "code": code})
    assert second_account.status_code == 422 and "已经有账号" in words(second_account.text)
    await sign_in(client, "ye.qing")
    for number, said in (("", "请填身份证号码"), (OTHER_NUMBER, "不是同一个身份证号码")):
        answer = await send(client, "/worker-code/as-myself", {"code": code, "identity_number": number})
        assert answer.status_code == 422 and said in words(answer.text)
    done = await send(client, "/worker-code/as-myself", {"code": code, "identity_number": NUMBER})
    assert done.status_code == 303, words(done.text)
    assert await fetchval("SELECT count(DISTINCT file) FROM worker") == 1


async def test_an_official_takes_no_workers_code(client, clock):
    """R-ROLE-06: who decides about offers is not among those who offer."""
    now = await clock.now()
    first, _ = await two_employers(now)
    await enter_cast(now)
    spell = await add_worker(worker(name="刘芳"), first.actor, now)
    code = await code_for(client, first, spell)
    await sign_in(client, "liu.fang")
    answer = await send(client, "/worker-code/as-myself", {"code": code})
    assert answer.status_code == 422
    assert await fetchval("SELECT person FROM worker") is None


async def test_visits_are_logged_for_the_employer_one_acts_for(db: Any) -> None:
    world = await a_contract_in_force()
    organisation = await fetchval("SELECT organisation FROM provider WHERE id = $1", world.provider)
    day = date(2026, 4, 7)
    assert await contracts_to_log(world.worker.person_id, organisation, day)
    assert await contracts_to_log(world.worker.person_id, world.town, day) == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [("", "18"), ("1101051949123100", "18"), ("110105194913310021", "不是一个日期"), ("110105194912310021", "对不上")],
)
def test_a_wrong_identity_number_says_which_part(typed: str, said: str) -> None:
    with pytest.raises(Wrong, match=said):
        identity_number(typed)


def test_an_identity_number_is_read_as_people_type_it() -> None:
    assert identity_number(" １１０１０５ 19491231 002x ") == NUMBER
