"""Every door of the site, tried by nobody and by one person of each role, against the one permission table."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar.routes import HTTPRoute
from litestar.types.internal_types import PathParameterDefinition

from marketplace.accounts.people.tables import Membership, Organisation, Person
from marketplace.accounts.permissions import KEPT_FROM, ROLE_PERMISSIONS, Permission, Role, permissions_of
from marketplace.kernel.db import fetchval, insert
from tests.cast import CAST, enter_cast
from tests.pages import sign_in, token, words

PLACEHOLDERS = {"UUID": "00000000-0000-4000-8000-000000000000", "int": "1", "str": "JT-2026-0000", "Path": "nothing"}
REFUSAL = "您的岗位不能做这件事"  # what the guard says
# what a page everybody may see adds for the signed-in differs by what they may do: these three cover it
TRY_PUBLIC_DOORS = (Role.PROVIDER, Role.BUYER, Role.FINANCE)
SIGN_OUT = ("POST", "/sign-out")  # would end the session that the next doors are tried with


@pytest.fixture(autouse=True)
def _quiet() -> None:
    # a line for each of some thousand knocks would hide the one that matters
    logging.getLogger("httpx").setLevel(logging.WARNING)


@dataclass(frozen=True)
class Door:
    """One method of one route, with what its handler says about access."""

    method: str
    template: str
    address: str
    access: str | None
    permissions: tuple[Permission, ...]

    @property
    def has_parameters(self) -> bool:
        return "{" in self.template

    def opens_for(self, role: Role) -> bool:
        """What the table says."""
        if self.access == "permission":
            return bool(permissions_of(frozenset({role})).intersection(self.permissions))
        return True

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


def doors(app: Any) -> list[Door]:
    """Every door, public ones and static files included."""
    return [door for route in app.app.routes if isinstance(route, HTTPRoute) for door in _doors_of(route)]


def _doors_of(route: HTTPRoute) -> Iterator[Door]:
    for handler in route.route_handlers:
        # litestar adds its own OPTIONS to every path; HEAD goes with GET
        for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"}):
            access, permissions = handler.opt.get("access"), handler.opt.get("permissions", ())
            yield Door(method, route.path_format, _address(route), access, permissions)


def _address(route: HTTPRoute) -> str:
    parts = [
        PLACEHOLDERS[part.type.__name__] if isinstance(part, PathParameterDefinition) else str(part)
        for part in route.path_components
    ]
    return "/" + "/".join(part.strip("/") for part in parts)


@asynccontextmanager
async def nothing_stays(db: Any) -> AsyncIterator[None]:
    """What one knock changed is undone before the next one; a failed statement does not spoil the rest."""
    knock = db.pool.connection.transaction()
    await knock.start()
    try:
        yield
    finally:
        await knock.rollback()


async def knock(
    db: Any, client: httpx.AsyncClient, door: Door, language: str = "", accept: str = "text/html"
) -> httpx.Response:
    """Try a door with an empty form."""
    async with nothing_stays(db):
        return await try_shut(client, door, language, accept)


async def try_shut(
    client: httpx.AsyncClient, door: Door, language: str = "", accept: str = "text/html"
) -> httpx.Response:
    """Try a door that must not open, so that there is nothing to undo: whoever gets through is a failure anyhow."""
    address = language + door.address
    csrf = await token(client)
    if door.method == "GET":
        return await client.get(address, headers={"accept": accept})
    return await client.request(door.method, address, data={"_csrf_token": csrf}, headers={"accept": accept})


async def status_of(app: Any, client: httpx.AsyncClient, door: Door) -> int:
    """How a door answers whoever is signed in (0: refused, but by no guard).

    Asked without a client, because ten thousand of these are tried.
    """
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    headers = {"host": "county.test", "cookie": cookies, "accept": "application/json"}
    if door.method != "GET":
        headers |= {"x-csrftoken": await token(client), "content-type": "application/x-www-form-urlencoded"}
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": door.method, "scheme": "http",
        "path": door.address, "raw_path": door.address.encode(), "root_path": "", "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 123), "server": ("county.test", 80),
    }  # fmt: skip
    said: list[int] = []
    body = bytearray()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send_on(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            said.append(message["status"])
        body.extend(message.get("body", b""))

    await app(scope, receive, send_on)
    (status,) = said
    # a refusal of the form's token is no refusal of the guard
    return status if status != 403 or REFUSAL in str(json.loads(body)) else 0


def shut_by_guard(door: Door, answer: httpx.Response) -> bool:
    """A service may refuse with 403 too, for the row or in its own words; only a guard's refusal counts here."""
    refused = answer.status_code == 403 and REFUSAL in words(answer.text)
    return answer.status_code == 401 or (refused and door.access != "signed_in")


async def one_of_each_role(now: Any) -> dict[Role, str]:
    """A user name for each role: the cast, and somebody new where the cast has nobody."""
    people = await enter_cast(now)
    names: dict[Role, str] = {}
    for member in CAST:
        names.setdefault(member.roles[0], member.username)
    password_hash = await fetchval("SELECT password_hash FROM person WHERE id = $1", people["admin"])
    for role in Role:
        if role not in names:
            names[role] = f"{role.value}.of.nowhere"
            await _enter(role, names[role], password_hash, now)
    return names


async def _enter(role: Role, username: str, password_hash: str, now: Any) -> None:
    office: UUID = await insert(Organisation, kind="department", name=f"新单位 {role.value}", name_en="", sort_key="x")
    person: UUID = await insert(
        Person, username=username, name="新人", email=f"{username}@jintang.example",
        password_hash=password_hash, created_at=now,
    )  # fmt: skip
    await insert(Membership, person=person, organisation=office, role=role.value)


def test_every_door_says_who_may_pass(app: Any) -> None:
    silent = [str(d) for d in doors(app) if d.access not in ("public", "signed_in", "permission")]
    empty = [str(d) for d in doors(app) if d.access == "permission" and not d.permissions]
    assert silent == [] and empty == []
    assert len(doors(app)) > 30


def test_no_act_is_public_but_signing_in(app: Any) -> None:
    # a recipient without an account answers with the code of a short message (R-ACC-05, R-PERF-11)
    # whoever sees somebody in need tells the town without an account (R-LEAD-01)
    # /deposits/news is opened by the signature of the payment service, not by a session
    acts = {d.template for d in doors(app) if d.access == "public" and d.method != "GET"}
    signing_in = {"/sign-in", "/sign-in/code", "/join", "/forgotten-password", "/new-password", "/confirm-address"}
    signing_in |= {"/organisations/{organisation}/join", "/join-request", "/opinion", "/satisfaction"}
    # letters are asked for and ended, and the supervisor is written to, without an account; each is counted
    signing_in |= {"/subscribe", "/subscribe/confirm", "/unsubscribe", "/voices/new"}
    others = {"/providers/register", "/worker-code", "/demo/clock", "/deposits/news", "/need-help"}
    assert acts <= {*signing_in, *others}, acts


async def test_public_pages_answer_in_both_languages(app: Any, db: Any, client: httpx.AsyncClient) -> None:
    pages = [d for d in doors(app) if d.access == "public" and d.method == "GET" and not d.has_parameters]
    wrong = []
    for door in pages:
        for language in ("", "/en"):
            answer = await knock(db, client, door, language)
            onward = answer.headers.get("location", "")  # /calendar leads to the calendar of this year
            if answer.status_code == 303 and onward.startswith(f"{language}{door.template}/"):
                answer = await client.get(onward)
            if answer.status_code != 200:
                wrong.append(f"{language}{door.template}: {answer.status_code}")
    assert wrong == []


async def test_nobody_passes_a_guarded_door_unsigned(app: Any, db: Any, client: httpx.AsyncClient) -> None:
    wrong = []
    for door in doors(app):
        answer = await (knock(db, client, door) if door.access == "public" else try_shut(client, door))
        where = answer.headers.get("location", "")
        if door.access == "public":
            fine = answer.status_code < 500 and not shut_by_guard(door, answer)
        elif door.method == "GET":
            fine = answer.status_code == 303 and where.startswith("/sign-in?next=")
        else:
            fine = answer.status_code == 401
        if not fine:
            wrong.append(f"{door}: {answer.status_code} {where}")
    assert wrong == []


async def test_each_role_passes_the_doors_its_permissions_open_and_no_others(
    app: Any, db: Any, client: httpx.AsyncClient, clock: Any
) -> None:
    wrong = []
    client.event_hooks = {}  # what is refused here is held against its description elsewhere
    for role, username in (await one_of_each_role(await clock.now())).items():
        await sign_in(client, username)
        for door in doors(app):
            if (door.method, door.template) == SIGN_OUT or (door.access == "public" and role not in TRY_PUBLIC_DOORS):
                continue
            # a refusal in JSON is the same refusal, without ten thousand error pages drawn for nobody
            if door.opens_for(role):
                answer = await knock(db, client, door, accept="application/json")
                status = answer.status_code
                fine = status < 500 and not shut_by_guard(door, answer)
            else:
                status = await status_of(app, client, door)
                fine = status == 403
            if not fine:
                wrong.append(f"{role.value} {door}: {status}")
    assert wrong == []


def test_who_only_reads_finds_no_act_behind_an_open_door(app: Any) -> None:
    acts = [str(d) for d in doors(app) if d.access == "permission" and d.method != "GET" and d.opens_for(Role.AUDITOR)]
    assert acts == []


def test_no_role_holds_what_a_rule_keeps_it_from() -> None:
    assert [pair for pair in KEPT_FROM if pair[1] in ROLE_PERMISSIONS[pair[0]]] == []


def test_duties_that_must_stay_apart_are_not_in_one_role() -> None:
    apart = [
        (Permission.ACCEPT_WORK, Permission.APPROVE_PAYMENT),
        (Permission.ALLOT_BUDGET, Permission.DRAFT_LISTING),
        (Permission.LOG_VISITS, Permission.APPROVE_HOURS),
        (Permission.RUN_SUBSIDIES, Permission.APPROVE_SUBSIDIES),
        (Permission.EVALUATE, Permission.BID),
        (Permission.SCORE_BIDS, Permission.DETERMINE_AWARD),
    ]
    both = [(role, pair) for role in Role for pair in apart if set(pair) <= ROLE_PERMISSIONS[role]]
    assert both == []
