"""Every route of `GET /schema`, asked by Schemathesis for what its description allows and for what it does not.

What comes back has a status, a type and a shape that the description names; what does not fit is refused by 4xx and
never breaks anything. `DESCRIBED_EXAMPLES` and `DESCRIBED_SEED` are for the longer run of `make faults`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from marketplace.accounts.permissions import Role
from marketplace.kernel.db import transaction
from tests.builders_catalogue import a_published_listing
from tests.builders_contracts import a_contract_in_force
from tests.cast import CAST, enter_cast
from tests.described import description_of
from tests.pages import sign_in, token

EXAMPLES = int(os.environ.get("DESCRIBED_EXAMPLES", "40"))
SEED = int(os.environ.get("DESCRIBED_SEED", "20260302"))
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance, negative_data_rejection,
]  # fmt: skip
ALLOWED, NOT_ALLOWED = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
WORKERS = {Role.PROVIDER: "director.0016", Role.SOCIAL_WORKER: "tang.yi"}  # of the contract's own provider


class Undone(Exception):
    """What a request changed is undone."""


def cases_of(operation: Any, mode: Any, count: int, known: dict[str, Any] | None) -> list[Any]:
    """So many requests, the same ones for the same seed."""
    made: list[Any] = []

    @seed(SEED)
    @settings(
        max_examples=count, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(mode, path_parameters=known))
    def collect(case: Any) -> None:
        made.append(case)

    collect()
    return made


def has_what_may_be_wrong(said: dict[str, Any]) -> bool:
    """Whether anything that is asked has a shape: any text is a fitting reference."""
    typed = [each["schema"] for each in said.get("parameters", []) if each["schema"] != {"type": "string"}]
    return bool(typed or "application/json" in said.get("requestBody", {}).get("content", {}))


def requests_of(schema: Any, count: int, known: dict[str, Any]) -> Iterator[Any]:
    """Every operation with its requests: allowed, allowed about what exists, and not allowed."""
    for found in schema.get_all_operations():
        operation = found.ok()
        raw = operation.definition.raw
        exists = {name: value for name, value in known.items() if f"{{{name}}}" in operation.path}
        cases = cases_of(operation, ALLOWED, count, None)
        if exists:
            cases += cases_of(operation, ALLOWED, count, exists)
        if has_what_may_be_wrong(raw):
            cases += cases_of(operation, NOT_ALLOWED, count, exists)
        yield operation, cases


def who_asks(operation: Any) -> str:
    """A person who holds one of the roles that the description names; "" where nobody need be signed in."""
    roles = {role for each in operation.definition.raw.get("security", []) for role in each.get("sid", [])}
    for role in sorted(roles):
        found = [person for person in CAST if role in person.roles]
        if found or role in WORKERS:
            return WORKERS.get(Role(role)) or found[0].username
    return "wang.min" if "work" in operation.definition.raw.get("tags", []) else ""


async def ask(client: httpx.AsyncClient, case: Any) -> httpx.Response:
    """Send a request as whoever is signed in."""
    sent = case.as_transport_kwargs(base_url="http://county.test")
    sent.pop("cookies", None)
    kept = {name: value for name, value in sent["headers"].items() if name.lower() == "content-type"}
    sent["headers"] = {**kept, "x-csrftoken": client.cookies["csrf"], "accept": "application/json"}
    if isinstance(sent.get("data"), bytes | str):
        sent["content"] = sent.pop("data")
    return await client.request(**sent)


async def all_fit(client: httpx.AsyncClient, app: Any, clock: Any, count: int) -> int:
    """Ask everything; says what does not fit and how it was asked. Gives the number of requests."""
    now = await clock.now()
    await enter_cast(now)
    listing = await a_published_listing(now)
    await a_contract_in_force()
    await clock.set(now)
    schema = schemathesis.openapi.from_dict((await description_of(app)).whole)
    wrong, asked = [], 0
    for operation, cases in requests_of(schema, count, {"reference": listing.reference, "listing": str(listing.id)}):
        client.cookies.clear()
        if reader := who_asks(operation):
            await sign_in(client, reader)
        await token(client)
        for case in cases:
            try:
                async with transaction():
                    answer = await ask(client, case)
                    raise Undone
            except Undone:
                asked += 1
            try:
                case.validate_response(answer, checks=CHECKS)
            except FailureGroup as refused:
                wrong.append(f"{reader} {answer.status_code} {refused}")
                print(wrong[-1])
    assert wrong == []
    return asked


async def test_every_described_route_answers_as_it_is_described_and_refuses_what_does_not_fit(
    client: httpx.AsyncClient, app: Any, clock: Any
) -> None:
    assert await all_fit(client, app, clock, 2) > 100


@pytest.mark.faults
async def test_the_same_for_long(client: httpx.AsyncClient, app: Any, clock: Any) -> None:
    asked = await all_fit(client, app, clock, EXAMPLES)
    print(f"seed {SEED}: {asked} requests, every answer as it is described")
