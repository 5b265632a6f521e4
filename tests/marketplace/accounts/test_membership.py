"""People come in by a code, act for one organisation at a time, and a forgotten password is replaced by a link."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from marketplace.accounts.membership.rules import (
    NEVER_TOGETHER,
    ROLES_OF_KIND,
    check_roles_meet,
    code_hash,
    new_code,
)
from marketplace.accounts.permissions import ROLE_PERMISSIONS, Role
from marketplace.accounts.permissions import Permission as P
from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.kernel.errors import DomainError
from marketplace.kernel.outbox.services import body_of
from tests.builders_vendors import a_provider
from tests.cast import PASSWORD, actor, enter_cast, office
from tests.pages import fresh_code, send, sign_in, words

NEW = "松树 灯塔 十一月的雨"
JOIN = {"name": "新同事", "username": "new.colleague", "password": NEW, "email": "new@jintang.example"}


def test_offering_and_deciding_never_meet_in_one_person() -> None:
    for role in (Role.BUYER, Role.EXPERT, Role.FINANCE, Role.OPENER):
        with pytest.raises(DomainError) as refused:
            check_roles_meet([Role.PROVIDER], role)
        assert refused.value.clause == "R-ROLE-06"
    check_roles_meet([Role.PROVIDER], Role.SOCIAL_WORKER)
    check_roles_meet([Role.BUYER], Role.CLERK)  # a small town has few hands, and one listing parts their duties
    assert all(len(pair) == 2 for pair in NEVER_TOGETHER)
    assert {role for roles in ROLES_OF_KIND.values() for role in roles} == set(Role)


@pytest.mark.parametrize(
    ("one", "other", "clause"),
    [(Role.CLERK, Role.PROVIDER, "R-ROLE-06"), (Role.CLERK, Role.BID_WRITER, "R-ROLE-06"),
     (Role.CLERK, Role.CIVIL_AFFAIRS, "R-ROLE-03"), (Role.CLERK, Role.FINANCE, "R-ROLE-02"),
     (Role.FINANCE, Role.CIVIL_AFFAIRS, "R-ROLE-02"), (Role.FINANCE, Role.EVALUATOR, "R-ROLE-02"),
     (Role.AGENCY, Role.BUYER, "R-ROLE-02"), (Role.AGENCY, Role.EXPERT, "R-ROLE-04"),
     (Role.OPENER, Role.EVALUATOR, "R-OPEN-01"), (Role.EVALUATOR, Role.CIVIL_AFFAIRS, "R-ROLE-03"),
     (Role.AUDITOR, Role.CLERK, "R-ROLE-03"), (Role.AUDITOR, Role.ADMINISTRATOR, "R-ROLE-03")],
)  # fmt: skip
def test_who_proposes_pays_evaluates_or_audits_does_not_decide_the_same(one: Role, other: Role, clause: str) -> None:
    for held, asked in ((one, other), (other, one)):
        with pytest.raises(DomainError) as refused:
            check_roles_meet([held], asked)
        assert refused.value.clause == clause


def test_an_auditor_is_nothing_else_and_apart_duties_of_finance_are_apart_roles() -> None:
    together = {role for role in Role if frozenset({Role.AUDITOR, role}) not in NEVER_TOGETHER}
    assert together == {Role.AUDITOR}
    duties = {P.DRAFT_LISTING, P.APPROVE_LISTING, P.SCORE_BIDS, P.ACCEPT_WORK}
    takes = {role for role, held in ROLE_PERMISSIONS.items() if held & duties}
    supervises = {role for role, held in ROLE_PERMISSIONS.items() if held & {P.APPROVE_PAYMENT, P.DECIDE_COMPLAINT}}
    assert [(a, b) for a in takes for b in supervises if frozenset({a, b}) not in NEVER_TOGETHER] == []


def test_a_code_is_read_as_a_hand_copies_it() -> None:
    code = new_code()
    assert code_hash(code) == code_hash(code.lower().replace("-", " ")) != code_hash(new_code())


async def codes_for(client: httpx.AsyncClient, **offer: Any) -> list[str]:
    answer = await send(client, "/invitations", offer)
    assert answer.status_code == 200, words(answer.text)
    return re.findall(r"<code>([A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4})</code>", answer.text)


async def test_a_printed_code_opens_one_account_once(client: httpx.AsyncClient, clock: Any) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "admin")
    codes = await codes_for(client, organisation=str(await office("zhaozhen")), role="clerk", count="3")
    assert len(set(codes)) == 3
    kept = await fetch("SELECT code_hash FROM invitation")
    assert all(codes[0].encode() not in bytes(row["code_hash"]) for row in kept)
    client.cookies.delete("sid")
    assert "赵镇街道办事处" in words((await client.get(f"/join?code={codes[0]}")).text)
    bad = await send(client, "/join", {**JOIN, "code": codes[0], "password": "password12", "username": "wang.min"})
    said = words(bad.text)
    assert bad.status_code == 422 and "已经有人用了" in said and "常见" in said and 'value="新同事"' in bad.text
    good = await send(client, "/join", {**JOIN, "code": codes[0].lower()})
    assert good.status_code == 303 and "新同事" in words((await client.get("/work")).text)
    client.cookies.delete("sid")
    again = await send(client, "/join", {**JOIN, "code": codes[0], "username": "second.one"})
    assert again.status_code == 422 and "已经用过" in words(again.text)


async def test_a_code_ends_with_its_time_and_when_it_is_withdrawn(client: httpx.AsyncClient, clock: Any) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "admin")
    offer = {"organisation": str(await office("zhaozhen")), "role": "clerk"}
    (late,), (lost,) = await codes_for(client, **offer), await codes_for(client, **offer)
    await execute("UPDATE invitation SET expires_at = clock_timestamp() WHERE code_hash = $1", code_hash(late))
    key = await fetchval("SELECT id FROM invitation WHERE code_hash = $1", code_hash(lost))
    assert (await send(client, f"/invitations/{key}/withdraw")).status_code == 303
    client.cookies.delete("sid")
    for code in (late, lost):
        assert (await send(client, "/join", {**JOIN, "code": code})).status_code == 422


async def test_a_code_by_mail_lies_in_the_letter(client: httpx.AsyncClient, clock: Any) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "admin")
    offer = {"organisation": str(await office("zhaozhen")), "role": "buyer", "email": "new@jintang.example"}
    page = await send(client, "/invitations", offer)
    letter = json.loads(await fetchval("SELECT payload FROM outbox_message WHERE kind = 'mail'"))
    code = re.search(r"/join\?code=([A-Z2-9-]{14})", body_of(letter))[1]
    assert code not in str(letter), "who reads the database reads no code"
    assert letter["to"] == "new@jintang.example" and code not in page.text
    client.cookies.delete("sid")
    assert (await send(client, "/join", {**JOIN, "code": code})).status_code == 303
    # a buyer approves: the authenticator comes before anything else
    assert (await client.get("/work")).headers["location"].startswith("/my-account/second-factor")


@pytest.mark.parametrize(
    "offer",
    [{"role": "finance"}, {"role": "emperor"}, {"role": "buyer", "email": "x"}, {"role": "buyer", "count": "41"},
     {"role": "buyer", "organisation": "x"}],
)  # fmt: skip
async def test_an_invitation_that_will_not_do_is_refused_in_words(client, clock: Any, offer: Any) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "admin")
    bad = await send(client, "/invitations", {"organisation": str(await office("zhaozhen")), **offer})
    assert bad.status_code == 422 and await fetchval("SELECT count(*) FROM invitation") == 0


async def test_the_administrator_finds_a_provider_by_its_name(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    await enter_cast(now)
    provider = await a_provider(now)
    name = await fetchval("SELECT name FROM organisation WHERE id = $1", provider.actor.organisation_id)
    await sign_in(client, "admin")
    listed = words((await client.get("/invitations")).text)
    assert name not in listed and "赵镇街道办事处" in listed and "先按名称查找" in listed
    found = words((await client.get("/invitations", params={"q": name[2:6]})).text)
    assert name in found and "赵镇街道办事处" not in found
    assert "请换一个词" in words((await client.get("/invitations?q=nobody")).text)
    # the one that was chosen stays chosen when something else is to be mended
    bad = await send(client, "/invitations", {"organisation": str(provider.actor.organisation_id), "role": "clerk"})
    assert bad.status_code == 422 and name in words(bad.text)


async def test_an_owner_invites_for_the_own_organisation_only(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    await enter_cast(now)
    provider = await a_provider(now)
    await sign_in(client, provider.username)
    own = await fetchval("SELECT organisation FROM organisation_owner")
    (code,) = await codes_for(client, organisation=str(own), role="provider")
    other = {"organisation": str(await office("zhaozhen")), "role": "clerk"}
    assert (await send(client, "/invitations", other)).status_code == 403
    client.cookies.delete("sid")
    await send(client, "/join", {**JOIN, "code": code})
    assert (await client.get("/invitations")).status_code == 403  # a member is no owner yet
    assert "负责人" in words((await client.get("/members")).text)
    newcomer = await fetchval("SELECT id FROM person WHERE username = 'new.colleague'")
    await sign_in(client, provider.username)
    assert (await send(client, f"/members/{newcomer}/owner")).status_code == 303
    assert (await send(client, f"/members/{newcomer}/owner")).status_code == 303  # twice does no harm
    assert (await send(client, f"/members/{newcomer}/roles/provider/end")).status_code == 303
    assert (await send(client, f"/members/{newcomer}/roles/provider/end")).status_code == 404
    own_id = (await actor(provider.username, now)).person_id
    assert (await send(client, f"/members/{own_id}/roles/provider/end")).status_code == 409


async def test_one_person_in_two_organisations_switches_in_the_page_head(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    await enter_cast(now)
    await sign_in(client, "admin")
    (code,) = await codes_for(client, organisation=str(await office("wufeng")), role="buyer")
    (refused,) = await codes_for(client, organisation=str(await office("finance")), role="finance")
    await sign_in(client, "wang.min")
    no = await send(client, "/join/as-myself", {"code": refused})
    assert no.status_code == 422 and "不能兼任" in words(no.text)
    assert (await send(client, "/join/as-myself", {"code": code})).status_code == 303
    head = words((await client.get("/work")).text)
    assert "五凤镇人民政府" in head and "换到 赵镇街道办事处" in head
    assert (await send(client, f"/act-for/{await office('zhaozhen')}")).status_code == 303
    assert "换到 五凤镇人民政府" in words((await client.get("/work")).text)
    assert (await send(client, f"/act-for/{await office('finance')}")).status_code == 404


async def test_the_administrator_closes_and_opens_accounts(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    await enter_cast(now)
    luo, admin = await actor("luo.jie", now), await actor("admin", now)
    await sign_in(client, "luo.jie")
    theirs = client.cookies["sid"]
    assert (await client.get("/accounts")).status_code == 403
    await sign_in(client, "admin")
    assert "luo.jie" in (await client.get("/accounts?q=罗杰")).text
    assert (await send(client, f"/accounts/{luo.person_id}/close")).status_code == 303
    assert (await client.get("/work", headers={"cookie": f"sid={theirs}"})).status_code == 303
    assert (await send(client, f"/accounts/{admin.person_id}/close")).status_code == 409
    refused = await send(client, "/sign-in", {"username": "luo.jie", "password": PASSWORD})
    assert refused.status_code == 422
    await sign_in(client, "admin")
    await send(client, f"/accounts/{luo.person_id}/open")
    await sign_in(client, "luo.jie")


async def test_a_lost_phone_is_survived_with_the_administrator(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    await enter_cast(now)
    zhou = await actor("zhou.lan", now)
    await sign_in(client, "admin")
    assert (await send(client, f"/accounts/{zhou.person_id}/second-factor/end")).status_code == 303
    client.cookies.delete("sid")
    await send(client, "/sign-in", {"username": "zhou.lan", "password": PASSWORD})
    assert (await client.get("/work")).headers["location"].startswith("/my-account/second-factor")


async def test_a_forgotten_password_is_replaced_once_and_nobody_learns_who_has_an_account(
    client: httpx.AsyncClient, clock: Any
) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "luo.jie")
    theirs = client.cookies["sid"]
    client.cookies.delete("sid")
    known = await send(client, "/forgotten-password", {"who": "Luo.Jie@jintang.example"})
    unknown = await send(client, "/forgotten-password", {"who": "nobody@jintang.example"})
    assert (known.status_code, known.headers["location"]) == (unknown.status_code, unknown.headers["location"])
    (row,) = await fetch("SELECT payload FROM outbox_message WHERE kind = 'mail'")
    token = re.search(r"token=([\w-]{43})", body_of(json.loads(row["payload"])))[1]
    weak = await send(client, "/new-password", {"token": token, "new": "password12", "again": "password12"})
    assert weak.status_code == 422 and "常见" in words(weak.text)
    done = await send(client, "/new-password", {"token": token, "new": NEW, "again": NEW})
    assert done.status_code == 303
    assert (await client.get("/work", headers={"cookie": f"sid={theirs}"})).status_code == 303
    twice = await send(client, "/new-password", {"token": token, "new": NEW, "again": NEW})
    assert twice.status_code == 422
    await sign_in(client, "luo.jie", NEW)


async def test_a_link_ends_after_its_hour_and_letters_cannot_be_had_without_end(client, clock: Any) -> None:
    await enter_cast(await clock.now())
    answers = [await send(client, "/forgotten-password", {"who": "luo.jie"}) for _ in range(6)]
    assert [a.status_code for a in answers] == [303] * 5 + [422]
    payloads = [json.loads(row["payload"]) for row in await fetch("SELECT payload FROM outbox_message")]
    token = re.search(r"token=([\w-]{43})", body_of(payloads[0]))[1]
    await execute("UPDATE password_reset SET expires_at = clock_timestamp()")
    assert "已经用过" in words((await client.get(f"/new-password?token={token}")).text)


async def test_the_second_factor_stays_when_the_password_is_replaced(client: httpx.AsyncClient, clock: Any) -> None:
    await enter_cast(await clock.now())
    await send(client, "/forgotten-password", {"who": "zhou.lan"})
    (row,) = await fetch("SELECT payload FROM outbox_message WHERE kind = 'mail'")
    token = re.search(r"token=([\w-]{43})", body_of(json.loads(row["payload"])))[1]
    await send(client, "/new-password", {"token": token, "new": NEW, "again": NEW})
    half = await send(client, "/sign-in", {"username": "zhou.lan", "password": NEW})
    assert half.headers["location"].startswith("/sign-in/code")
    assert (await send(client, "/sign-in/code", {"code": await fresh_code("zhou.lan")})).status_code == 303
