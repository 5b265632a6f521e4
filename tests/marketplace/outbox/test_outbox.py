import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from marketplace.kernel import jobs, outbox
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, transaction
from marketplace.kernel.outbox.queries import list_dead
from marketplace.kernel.outbox.rules import LONGEST_WAIT, MAX_ATTEMPTS, is_dead_after, wait_after
from marketplace.kernel.outbox.services import Message, deliver, list_due, revive

pytestmark = pytest.mark.usefixtures("db")
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


class Receiver:
    """Remembers what it was handed; closed, it takes nothing."""

    def __init__(self, is_closed: bool = False) -> None:
        self.taken: list[Message] = []
        self.is_closed = is_closed

    async def __call__(self, message: Message) -> None:
        if self.is_closed:
            raise ConnectionRefusedError("the post office is closed")
        self.taken.append(message)


async def post(key: str | None = None, hidden_until: datetime | None = None) -> UUID:
    await outbox.post("bid_received", {"bid": "7F3K"}, NOON, key, hidden_until)
    return await fetchval("SELECT id FROM outbox_message ORDER BY due_at DESC LIMIT 1")


async def test_a_message_is_delivered_once():
    receiver = Receiver()
    message = await post()
    assert await deliver(message, {"bid_received": receiver})
    assert not await deliver(message, {"bid_received": receiver})
    (taken,) = receiver.taken
    assert taken.payload == {"bid": "7F3K"}
    assert taken.idempotency_key


async def test_a_message_goes_when_the_change_is_rolled_back():
    with pytest.raises(ZeroDivisionError):
        async with transaction():
            message = await post()
            raise ZeroDivisionError
    assert await fetchval("SELECT count(*) FROM outbox_message WHERE id = $1", message) == 0


async def test_the_same_event_is_posted_once():
    await post(key="bid-7F3K-received")
    await post(key="bid-7F3K-received")
    assert await fetchval("SELECT count(*) FROM outbox_message") == 1


async def test_a_failed_try_is_marked_and_tried_again_later():
    message = await post()
    assert not await deliver(message, {"bid_received": Receiver(is_closed=True)})
    row = await fetchrow("SELECT *, due_at > clock_timestamp() AS is_later FROM outbox_message WHERE id = $1", message)
    assert (row["attempts"], row["is_later"], row["delivered_at"], row["dead_at"]) == (1, True, None, None)
    assert "ConnectionRefusedError" in row["last_error"]
    assert message not in await list_due()
    receiver = Receiver()
    assert await deliver(message, {"bid_received": receiver})


async def test_what_a_failed_handler_wrote_is_undone():
    async def writes_then_fails(message: Message) -> None:
        await execute("INSERT INTO reference (series, last_number) VALUES ('half', 1)")
        raise ValueError

    await deliver(await post(), {"bid_received": writes_then_fails})
    assert await fetchval("SELECT count(*) FROM reference WHERE series = 'half'") == 0


async def test_every_try_carries_the_same_key():
    keys = []

    async def fails(message: Message) -> None:
        keys.append(message.idempotency_key)
        raise TimeoutError

    message = await post()
    await deliver(message, {"bid_received": fails})
    await deliver(message, {"bid_received": fails})
    assert len(keys) == 2 and len(set(keys)) == 1


async def test_after_too_many_tries_a_message_is_visibly_dead_and_can_be_revived():
    message = await post()
    for _ in range(MAX_ATTEMPTS):
        await deliver(message, {"bid_received": Receiver(is_closed=True)})
    (dead,) = await list_dead(NOON)
    assert (dead.id, dead.attempts) == (message, MAX_ATTEMPTS)
    assert not await deliver(message, {"bid_received": Receiver()})
    assert await revive(message)
    assert not await revive(message)
    assert await deliver(message, {"bid_received": Receiver()})
    assert await list_dead(NOON) == []


async def test_a_dead_message_about_a_sealed_bid_is_not_shown_before_the_deadline():
    deadline = NOON + timedelta(days=5)
    message = await post(hidden_until=deadline)
    for _ in range(MAX_ATTEMPTS):
        await deliver(message, {"bid_received": Receiver(is_closed=True)})
    assert await list_dead(deadline - timedelta(seconds=1)) == []
    assert len(await list_dead(deadline)) == 1


async def test_a_kind_without_a_handler_fails_like_any_other_try():
    message = await post()
    assert not await deliver(message, {})
    assert "bid_received" in await fetchval("SELECT last_error FROM outbox_message WHERE id = $1", message)


async def test_what_is_due_comes_oldest_first_and_what_is_delivered_or_waits_does_not():
    first, second, waiting, done = [await post() for _ in range(4)]
    await execute("UPDATE outbox_message SET due_at = due_at - interval '1 minute' WHERE id = $1", second)
    assert not await deliver(waiting, {"bid_received": Receiver(is_closed=True)})
    assert await deliver(done, {"bid_received": Receiver()})
    assert await list_due() == [second, first]
    assert await list_due(1) == [second]


async def test_a_mail_is_a_message_of_its_own_kind():
    await outbox.post_mail("lin@example.cn", "投标回执", "您的投标已收到。", NOON)
    row = await fetchrow("SELECT kind, payload FROM outbox_message")
    assert row["kind"] == "mail"
    assert json.loads(row["payload"]) == {"to": "lin@example.cn", "subject": "投标回执", "body": "您的投标已收到。"}


async def test_a_job_with_a_key_waits_once():
    await jobs.enqueue_job("monthly_close", {"month": "2026-03"}, key="close-2026-03")
    await jobs.enqueue_job("monthly_close", {"month": "2026-03"}, key="close-2026-03")
    rows = await fetch("SELECT payload FROM pgqueuer WHERE entrypoint = 'run_job'")
    assert [json.loads(row["payload"]) for row in rows] == [{"job": "monthly_close", "arguments": {"month": "2026-03"}}]


def test_the_waits_grow_to_six_hours_and_end_after_eight_tries():
    waits = [wait_after(attempts) for attempts in range(1, MAX_ATTEMPTS)]
    assert waits[0] == timedelta(seconds=10)
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT
    assert wait_after(10_000) == LONGEST_WAIT
    assert not is_dead_after(MAX_ATTEMPTS - 1)
    assert is_dead_after(MAX_ATTEMPTS)
