import re

from marketplace.accounts.people import passwords
from tests.cast import enter_cast
from tests.conftest import COUNTY_HASHER
from tests.pages import credentials, send, sign_in, words


def test_an_unknown_name_is_compared_with_a_hash_of_the_same_cost() -> None:
    assert not COUNTY_HASHER.check_needs_rehash(passwords._NOBODY)


async def test_a_person_signs_in_and_out_with_a_new_session_id_each_time(client, clock):
    await enter_cast(await clock.now())
    await sign_in(client, "wang.min")
    first = client.cookies["sid"]
    page = await client.get("/work")
    assert page.status_code == 200 and "王敏" in words(page.text)
    await send(client, "/sign-out")
    assert (await client.get("/work", follow_redirects=False)).status_code != 200
    await sign_in(client, "wang.min")
    assert client.cookies["sid"] != first


async def test_a_session_id_brought_along_is_never_adopted(client, clock):
    await enter_cast(await clock.now())
    planted = "a" * 43
    client.cookies.set("sid", planted)
    await send(client, "/sign-in", {"username": "wang.min", "password": "jintang-demo-2026"})
    stranger = await client.get("/work", headers={"cookie": f"sid={planted}"})
    assert stranger.status_code == 303


async def test_a_wrong_password_is_refused_in_words_and_the_name_is_kept(client, clock):
    await enter_cast(await clock.now())
    answer = await send(client, "/sign-in", {"username": "wang.min", "password": "wrong"})
    assert answer.status_code == 422
    assert "用户名或密码不对" in words(answer.text) and 'value="wang.min"' in answer.text
    assert "wrong" not in answer.text


async def test_a_form_without_its_token_is_refused(client):
    answer = await client.post("/sign-in", data={"username": "x", "password": "y"})
    assert answer.status_code == 403


async def test_the_english_page_stands_under_en(client):
    page = await client.get("/en/sign-in")
    assert page.status_code == 200 and 'lang="en"' in page.text


async def test_healthz_says_what_it_is(client):
    answer = await client.get("/healthz")
    assert answer.json()["status"] == "ok" and answer.json()["demo"] is True and "set-cookie" not in answer.headers


async def test_a_form_posted_after_the_session_ended_is_offered_again_after_sign_in(client, clock):
    await enter_cast(await clock.now())
    await sign_in(client, "zhou.lan")
    client.cookies.delete("sid")
    stopped = await send(client, "/opener-key", {"recipient": "age1typed", "passphrase": "not kept"})
    assert stopped.status_code == 401 and "您刚才填写的内容还在" in words(stopped.text)
    kept = re.search(r'name="kept" value="([^"]+)"', stopped.text)[1]
    back = await send(
        client,
        "/sign-in",
        {**await credentials("zhou.lan"), "kept": kept},
    )
    assert back.status_code == 200 and 'value="age1typed"' in back.text and 'action="/opener-key"' in back.text
    assert "not kept" not in back.text


async def test_an_interrupted_form_that_somebody_changed_is_not_offered(client, clock):
    await enter_cast(await clock.now())
    back = await send(
        client,
        "/sign-in",
        {**await credentials("zhou.lan"), "kept": "0.W10="},
    )
    assert back.status_code == 303
