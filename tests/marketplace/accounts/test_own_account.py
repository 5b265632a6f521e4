"""Guessing is slowed, weak passwords are refused with the reason, and everybody sees where they are signed in."""

from __future__ import annotations

import json
from datetime import timedelta

import httpx
import pytest

from marketplace.accounts.people.rules import check_password
from marketplace.accounts.people.strength import check_strength
from marketplace.accounts.throttle.rules import LONGEST_WAIT, TooManyTries, check_may_try, wait_after
from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.kernel.errors import DomainError
from tests.cast import PASSWORD, enter_cast
from tests.pages import send, sign_in, words

NEW = "松树 灯塔 十一月的雨"


@pytest.mark.parametrize(
    ("password", "why"),
    [("password12", "常见"), ("1234567890", "常见"), ("aaaaaaaaaaaa", "重复"), ("abcdefghijkl", "顺序"),
     ("qazwsxedcrfv", "猜到"), ("zhaozhen.office", "猜到")],
)  # fmt: skip
def test_a_weak_password_is_refused_with_its_reason(password: str, why: str) -> None:
    with pytest.raises(DomainError) as refused:
        check_password(password, "wang.min", "王敏", "zhaozhen.office")
    assert why in refused.value.sentence.text()


@pytest.mark.parametrize("password", [PASSWORD, NEW, "correct horse battery staple", "x" * 3 + "Qm7!vR2#kT9z" * 10])
def test_a_password_that_is_hard_to_guess_will_do(password: str) -> None:
    check_strength(password, ("wang.min", "王敏"))


def test_the_wait_doubles_beyond_the_free_tries_and_has_an_end() -> None:
    assert wait_after(4, 5) == timedelta(0)
    assert wait_after(6, 5) == 2 * wait_after(5, 5) > timedelta(0)
    assert wait_after(10_000, 5) == LONGEST_WAIT
    check_may_try((4, timedelta(0)), (39, timedelta(0)))
    check_may_try((9, LONGEST_WAIT), (0, timedelta(0)))
    for name, address in (((5, timedelta(0)), (5, timedelta(0))), ((0, timedelta(0)), (40, timedelta(0)))):
        with pytest.raises(TooManyTries):
            check_may_try(name, address)
    nobody = (0, timedelta(0))
    check_may_try(nobody, (20, timedelta(0)), under_way=19)
    check_may_try(nobody, (45, LONGEST_WAIT))
    for failed, under_way in ((20, 20), (0, 40), (39, 1)):
        with pytest.raises(TooManyTries):
            check_may_try(nobody, (failed, LONGEST_WAIT), under_way)


async def test_who_guesses_has_to_wait_and_the_wait_ends(client: httpx.AsyncClient, clock) -> None:
    await enter_cast(await clock.now())
    for _ in range(5):
        assert (await send(client, "/sign-in", {"username": "wang.min", "password": "wrong"})).status_code == 422
    right = await send(client, "/sign-in", {"username": "Wang.Min ", "password": PASSWORD})
    assert right.status_code == 429 and "试的次数太多" in words(right.text)
    await sign_in(client, "li.qiang")  # another name from the same place is not kept waiting
    await execute("UPDATE sign_in_failure SET failed_at = failed_at - interval '20 seconds'")
    await sign_in(client, "wang.min")
    assert await fetchval("SELECT count(*) FROM sign_in_failure") == 0


async def test_what_was_typed_as_a_name_is_not_kept_in_clear(client: httpx.AsyncClient, clock) -> None:
    await enter_cast(await clock.now())
    await send(client, "/sign-in", {"username": PASSWORD, "password": "x"})
    (row,) = await fetch("SELECT * FROM sign_in_failure")
    assert PASSWORD.encode() not in bytes(row["name_hash"]) and len(row["name_hash"]) == 32


async def test_a_person_sees_and_ends_the_sessions_of_other_browsers(client: httpx.AsyncClient, clock) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "wang.min")
    elsewhere = client.cookies["sid"]
    await sign_in(client, "wang.min")
    here = client.cookies["sid"]
    page = await client.get("/my-account")
    assert "就是这里" in page.text and page.text.count('/end"') == 1
    assert elsewhere not in page.text and here not in page.text
    await send(client, "/my-account/sessions/end-others")
    assert (await client.get("/my-account", headers={"cookie": f"sid={elsewhere}"})).status_code == 303
    assert (await client.get("/my-account")).status_code == 200


async def test_nobody_ends_the_session_of_another(client: httpx.AsyncClient, clock) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "li.qiang")
    key = await fetchval("SELECT encode(id, 'hex') FROM web_session")
    await sign_in(client, "wang.min")
    assert (await send(client, f"/my-account/sessions/{key}/end")).status_code == 404
    assert await fetchval("SELECT count(*) FROM web_session WHERE encode(id, 'hex') = $1", key) == 1


async def test_a_new_password_signs_the_others_out_and_the_old_one_no_longer_works(client, clock) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "wang.min")
    elsewhere = client.cookies["sid"]
    await sign_in(client, "wang.min")
    done = await send(client, "/my-account/password", {"current": PASSWORD, "new": NEW, "again": NEW})
    assert done.status_code == 303
    (letter,) = [json.loads(row["payload"]) for row in await fetch("SELECT payload FROM outbox_message")]
    assert letter["subject"] == "密码已经更换" and NEW not in letter["body"]
    assert letter["to"] == await fetchval("SELECT email FROM person WHERE username = 'wang.min'")
    assert (await client.get("/my-account", headers={"cookie": f"sid={elsewhere}"})).status_code == 303
    await sign_in(client, "wang.min", NEW)
    assert (await send(client, "/sign-in", {"username": "wang.min", "password": PASSWORD})).status_code == 422


@pytest.mark.parametrize(
    ("typed", "why"),
    [({"current": "wrong", "new": NEW, "again": NEW}, "现在的密码不对"),
     ({"current": PASSWORD, "new": NEW, "again": "other"}, "两次输入"),
     ({"current": PASSWORD, "new": "password12", "again": "password12"}, "常见"),
     ({"current": "", "new": "", "again": ""}, "现在的密码")],
)  # fmt: skip
async def test_a_change_that_will_not_do_says_why_and_gives_no_password_back(client, clock, typed, why) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "wang.min")
    answer = await send(client, "/my-account/password", typed)
    assert answer.status_code == 422 and why in words(answer.text)
    assert NEW not in answer.text and f'value="{PASSWORD}"' not in answer.text
