"""A county begins with one administrator made on the server, who enters its offices and invites their people."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from marketplace.accounts.membership.first import enter_office, open_first_administrator
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from tests.cast import PASSWORD, actor, enter_cast
from tests.pages import send, sign_in, words

COUNTY = ("某县人民政府办公室", "County government office")


async def test_the_first_administrator_is_made_once(db: Any, clock: Any) -> None:
    now = await clock.now()
    person = await open_first_administrator(COUNTY, "first.admin", "第一人", PASSWORD, now)
    roles = await fetch("SELECT m.role, o.kind FROM membership m JOIN organisation o ON o.id = m.organisation")
    assert [tuple(row) for row in roles] == [("administrator", "county")]
    acts = {row["act"] for row in await fetch("SELECT act FROM audit_entry WHERE subject_id = $1", str(person))}
    assert acts == {"person.account_opened"}
    with pytest.raises(Conflict):
        await open_first_administrator(COUNTY, "second.admin", "第二人", PASSWORD, now)
    assert await fetchval("SELECT count(*) FROM person") == 1


@pytest.mark.parametrize(("username", "password"), [("first.admin", "short"), ("A B", PASSWORD)])
async def test_a_weak_password_or_an_odd_name_leaves_nothing_behind(
    db: Any, clock: Any, username: str, password: str
) -> None:
    with pytest.raises(DomainError):
        await open_first_administrator(COUNTY, username, "第一人", password, await clock.now())
    assert await fetchval("SELECT count(*) FROM organisation") == 0


async def test_only_the_administrator_enters_offices_and_each_once(db: Any, clock: Any) -> None:
    now = await clock.now()
    await enter_cast(now)
    admin = await actor("admin", now)
    await enter_office("town", "金堂县白果街道办事处", "Baiguo subdistrict", admin, now)
    for kind, name in (("town", "金堂县白果街道办事处"), ("finance", "另一个财政局")):
        with pytest.raises(Conflict):
            await enter_office(kind, name, "", admin, now)
    with pytest.raises(DomainError):
        await enter_office("provider", "金堂县某某社工中心", "", admin, now)
    with pytest.raises(Forbidden):
        await enter_office("town", "金堂县五凤镇人民政府", "", await actor("wang.min", now), now)


async def test_an_office_is_entered_on_the_page_and_its_people_invited(client: httpx.AsyncClient, clock: Any) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "admin")
    said = await send(client, "/accounts/organisations", {"kind": "town", "name": "县", "name_en": ""})
    assert said.status_code == 422
    done = await send(client, "/accounts/organisations", {"kind": "town", "name": "金堂县五凤镇人民政府"})
    assert done.status_code == 303
    shown = words((await client.get(done.headers["location"])).text)
    assert "金堂县五凤镇人民政府" in shown
    assert "还没有成员" in shown
    again = await send(client, "/accounts/organisations", {"kind": "town", "name": "金堂县五凤镇人民政府"})
    assert again.status_code == 422
    assert "已经登记过这个单位" in words(again.text)
    assert "五凤镇" in words((await client.get("/invitations")).text)
