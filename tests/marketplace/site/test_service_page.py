"""The state of the service: for the administrator on a page, for a monitor as figures that tell nothing of bids."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import httpx
import pytest

from marketplace.app import create_app, open_gateways
from marketplace.kernel.db import execute, fetchval
from marketplace.kernel.settings import Settings
from tests.benchmarks.measured import asked
from tests.cast import enter_cast
from tests.pages import send, sign_in, words

ADD = (
    "INSERT INTO outbox_message (id, kind, payload, idempotency_key, posted_at, due_at, attempts, dead_at, last_error,"
    " hidden_until) VALUES (gen_random_uuid(), 'mail', '{\"to\": \"someone@county.example\"}',"
    " gen_random_uuid()::text, $1, $1, 8, $1, 'SMTPServerDisconnected: private words', $2) RETURNING id"
)


async def test_a_letter_given_up_is_sent_again(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    await enter_cast(now)
    letter = await fetchval(ADD, now, None)
    await sign_in(client, "admin")
    with asked() as questions:
        shown = (await client.get("/service-state")).text
    assert len(questions) <= 8, "\n".join(each[:90] for each in questions)
    assert str(letter) in shown
    assert "SMTPServerDisconnected" in shown
    assert "someone@county.example" not in shown
    assert "private words" not in shown
    assert (await send(client, f"/service-state/letters/{letter}/again")).status_code == 303
    assert await fetchval("SELECT dead_at IS NULL AND attempts = 0 FROM outbox_message WHERE id = $1", letter)
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'outbox.tried_again'") == 1
    assert (await send(client, f"/service-state/letters/{letter}/again")).status_code == 404


async def test_a_letter_about_a_sealed_bid_is_not_there_before_the_deadline(
    client: httpx.AsyncClient, clock: Any
) -> None:
    now = await clock.now()
    await enter_cast(now)
    letter = await fetchval(ADD, now, now + timedelta(hours=1))
    await sign_in(client, "admin")
    assert str(letter) not in (await client.get("/service-state")).text
    assert (await send(client, f"/service-state/letters/{letter}/again")).status_code == 404
    await clock.set(now + timedelta(hours=2))
    assert str(letter) in (await client.get("/service-state")).text


async def test_a_failed_job_is_queued_again(client: httpx.AsyncClient, clock: Any) -> None:
    await enter_cast(await clock.now())
    job = await fetchval(
        "INSERT INTO pgqueuer (priority, entrypoint, payload, status, attempts) VALUES"
        " (0, 'run_job', '{\"job\": \"some_job\", \"arguments\": {\"who\": \"private\"}}', 'failed', 6) RETURNING id"
    )
    await sign_in(client, "admin")
    shown = words((await client.get("/service-state")).text)
    assert "some_job" in shown
    assert "private" not in shown
    assert (await send(client, f"/service-state/jobs/{job}/again")).status_code == 303
    assert await fetchval("SELECT status = 'queued' AND attempts = 0 FROM pgqueuer WHERE id = $1", job)
    assert (await send(client, f"/service-state/jobs/{job}/again")).status_code == 404


@pytest.fixture
def measured(settings: Settings) -> Any:
    """The application with a token for its figures."""
    own = dataclasses.replace(settings, metrics_token="a token for tests")
    return create_app(own, open_gateways(own), own_pool=False)


async def figures(app: Any) -> str:
    """What a monitor reads."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://county.test") as monitor:
        answer = await monitor.get("/metrics", headers={"Authorization": "Bearer a token for tests"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return answer.text


async def test_figures_are_for_whoever_holds_the_token(client: httpx.AsyncClient, clock: Any, measured: Any) -> None:
    assert (await client.get("/metrics")).status_code == 404  # no token is set: there is no such page
    transport = httpx.ASGITransport(app=measured, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://county.test") as stranger:
        assert (await stranger.get("/metrics")).status_code == 404
        wrong = {"Authorization": "Bearer another"}
        assert (await stranger.get("/metrics", headers=wrong)).status_code == 404


async def test_figures_tell_nothing_of_letters_that_wait(clock: Any, db: Any, measured: Any) -> None:
    def steady(text: str) -> list[str]:
        moving = ("process_", "marketplace_disk", "marketplace_pool")
        return [line for line in text.splitlines() if not line.startswith(("#", *moving))]

    now = await clock.now()
    before = steady(await figures(measured))
    assert "marketplace_letters_given_up 0" in before
    # a bid's letters: one waits, one was given up while its listing is sealed
    await execute(
        "INSERT INTO outbox_message (id, kind, payload, idempotency_key, posted_at, due_at)"
        " VALUES (gen_random_uuid(), 'mail', '{}', 'a receipt', $1, $1)",
        now,
    )
    await fetchval(ADD, now, now + timedelta(days=1))
    assert steady(await figures(measured)) == before
    await fetchval(ADD, now, None)
    assert "marketplace_letters_given_up 1" in steady(await figures(measured))


async def test_an_error_has_the_number_that_stands_in_the_log(
    client: httpx.AsyncClient, clock: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any) -> dict[str, Any]:
        raise ValueError("sealed price 123456")

    monkeypatch.setattr("marketplace.site.routes.queries.front", fails)
    answer = await client.get("/")
    assert answer.status_code == 500
    number = answer.headers["x-request-id"]
    assert number in answer.text
    assert "123456" not in answer.text
