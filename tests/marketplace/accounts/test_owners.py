"""Owners change in both directions and never run out; a provider's owner hands roles on, each with its own doors."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import httpx
import pytest

from marketplace.accounts.membership.members import appoint_owner, end_owner, give_role, make_owner
from marketplace.accounts.membership.rules import ROLES_OF_KIND
from marketplace.accounts.people.services import NewPerson, open_account
from marketplace.accounts.permissions import ROLE_PERMISSIONS, Role
from marketplace.accounts.sessions import actor_of
from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.kernel.errors import Conflict, DomainError, NotFound
from marketplace.kernel.outbox.services import body_of
from tests.builders_vendors import AProvider, a_provider
from tests.cast import PASSWORD, actor, enter_cast, office
from tests.pages import send, sign_in, words

HANDED_ON = (Role.BID_WRITER, Role.SERVICE_MANAGER, Role.BOOKKEEPER)


async def a_colleague(provider: AProvider, now: Any, *roles: Role, username: str = "colleague") -> UUID:
    """Another member of a provider."""
    new = NewPerson(
        username, "同事", PASSWORD, provider.actor.organisation_id, roles or (Role.SOCIAL_WORKER,),
        f"{username}@jintang.example",
    )  # fmt: skip
    return await open_account(new, now)


async def letters() -> list[dict[str, str]]:
    """Every mail written so far."""
    rows = await fetch("SELECT payload FROM outbox_message WHERE kind = 'mail'")
    payloads = [json.loads(row["payload"]) for row in rows]
    return [{**payload, "body": body_of(payload)} for payload in payloads]


async def acts() -> list[str]:
    """The acts on organisations in the audit, in order."""
    rows = await fetch("SELECT act FROM audit_entry WHERE act LIKE 'organisation.%' ORDER BY sequence")
    return [row["act"] for row in rows]


def test_the_roles_of_a_provider_divide_what_its_representative_may_do() -> None:
    whole = ROLE_PERMISSIONS[Role.PROVIDER]
    parts = [ROLE_PERMISSIONS[role] for role in HANDED_ON]
    assert all(part and part < whole for part in parts)
    assert sum(map(len, parts)) == len(frozenset().union(*parts))
    assert set(HANDED_ON) < set(ROLES_OF_KIND["provider"])


async def test_an_owner_hands_over_and_the_last_one_stays(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    provider = await a_provider(now)
    other = await a_colleague(provider, now)
    await sign_in(client, provider.username)
    own = provider.actor.person_id
    refused = await send(client, f"/members/{own}/owner/end")
    assert refused.status_code == 409 and "最后一位负责人" in words(refused.text)
    assert (await send(client, f"/members/{other}/owner")).status_code == 303
    page = words((await client.get("/members")).text)
    assert "不再做负责人" in page and "供应商投标专员" in page
    assert (await send(client, f"/members/{own}/owner/end")).status_code == 303
    assert (await client.get("/invitations")).status_code == 403
    assert (await send(client, f"/members/{own}/owner")).status_code == 403  # what was handed over is not taken back
    await sign_in(client, "colleague")
    assert (await client.get("/invitations")).status_code == 200
    to = [letter["to"] for letter in await letters() if "成员有变动" in letter["subject"]]
    assert to.count("colleague@jintang.example") == 2 and len(to) == 4
    assert [act for act in await acts() if "owner" in act] == ["organisation.owner_added", "organisation.owner_ended"]


async def test_who_loses_the_last_role_is_no_owner_any_more(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    provider = await a_provider(now)
    other = await a_colleague(provider, now)
    await make_owner(other, provider.actor, now)
    second = await actor_of(other)
    await sign_in(client, "colleague")
    assert second is not None
    await send(client, f"/members/{provider.actor.person_id}/roles/provider/end")
    assert await fetchval("SELECT count(*) FROM organisation_owner") == 1
    with pytest.raises(Conflict):
        await end_owner(other, second, now)


async def test_the_administrator_appoints_only_where_no_owner_is_left(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    await enter_cast(now)
    provider = await a_provider(now)
    other = await a_colleague(provider, now)
    here = f"/accounts/organisations/{provider.actor.organisation_id}"
    given = {"person": str(other), "reason": "原负责人已离职，凭机构的书面申请"}
    await sign_in(client, "admin")
    assert "由他自己办理" in words((await client.get(here)).text)
    assert (await send(client, f"{here}/owner", given)).status_code == 409
    await execute("UPDATE person SET is_active = false WHERE id = $1", provider.actor.person_id)
    assert "没有" in words((await client.get("/accounts/organisations?q=同心")).text)
    bad = await send(client, f"{here}/owner", {"person": str(other), "reason": ""})
    assert bad.status_code == 422 and "请填写“任命的原因和依据”" in words(bad.text)
    stranger = (await actor("luo.jie", now)).person_id
    assert (await send(client, f"{here}/owner", {**given, "person": str(stranger)})).status_code == 404
    assert (await send(client, f"{here}/owner", given)).status_code == 303
    assert [row["person"] for row in await fetch("SELECT person FROM organisation_owner")] == [other]
    assert "organisation.owner_appointed" in await acts()
    assert any("原负责人已离职" in letter["body"] for letter in await letters())
    with pytest.raises(Conflict):
        await appoint_owner(provider.actor.organisation_id, other, "again", await actor("admin", now), now)
    await sign_in(client, "colleague")
    assert (await client.get(here)).status_code == 403


async def test_an_owner_hands_a_role_on_and_it_opens_its_own_doors(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    provider = await a_provider(now)
    other = await a_colleague(provider, now)
    await sign_in(client, provider.username)
    for role in ("", "buyer", "emperor"):
        bad = await send(client, "/members/roles", {"person": str(other), "role": role})
        assert bad.status_code == 422 and "错误" in words(bad.text), role
    assert (await send(client, "/members/roles", {"person": str(other), "role": "service_manager"})).status_code == 303
    twice = await send(client, "/members/roles", {"person": str(other), "role": "service_manager"})
    assert twice.status_code == 422 and "已经有这个岗位" in words(twice.text)
    assert any("供应商服务主管" in each["body"] and each["to"].startswith("colleague") for each in await letters())
    await sign_in(client, "colleague")
    assert (await client.get("/my-organisation/workers")).status_code == 200
    assert "社会工作者名册" in words((await client.get("/work")).text)
    assert (await client.get("/bids")).status_code == 403 and (await client.get("/my-organisation")).status_code == 403
    assert (await send(client, "/members/roles", {"person": str(other), "role": "bookkeeper"})).status_code == 403


async def test_a_role_is_handed_to_members_only_and_never_beside_a_deciding_one(clock: Any) -> None:
    now = await clock.now()
    await enter_cast(now)
    provider = await a_provider(now)
    stranger = (await actor("luo.jie", now)).person_id
    with pytest.raises(NotFound):
        await give_role(stranger, Role.BOOKKEEPER, provider.actor, now)
    with pytest.raises(Conflict):
        await give_role(provider.actor.person_id, Role.BOOKKEEPER, provider.actor, now)
    await execute(
        "INSERT INTO membership (id, person, organisation, role) VALUES (gen_random_uuid(), $1, $2, 'expert')",
        other := await a_colleague(provider, now), await office("experts"),
    )  # fmt: skip
    with pytest.raises(DomainError) as refused:
        await give_role(other, Role.BID_WRITER, provider.actor, now)
    assert refused.value.clause == "R-ROLE-06"
