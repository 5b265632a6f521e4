from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from marketplace.kernel import audit
from marketplace.kernel.audit.linker import link_committed
from marketplace.kernel.audit.queries import list_entries
from marketplace.kernel.db import execute, fetch, fetchval, transaction
from marketplace.kernel.errors import Conflict

pytestmark = pytest.mark.usefixtures("db")
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


@dataclass(frozen=True)
class Minister:
    person_id: UUID = field(default_factory=uuid4)
    name: str = "王敏"
    organisation_name: str = "金堂县民政局"
    roles: frozenset[str] = frozenset({"buyer", "clerk"})


async def tell(act: str = "listing.published", stream: str = "main", subject: str = "1") -> UUID:
    return await audit.record(act, ("listing", subject), Minister(), {"title": "社会救助"}, NOON, stream)


async def test_an_entry_keeps_who_did_what_in_which_role(db):
    await tell()
    line = (await list_entries(1, NOON)).lines[0].content
    assert (line.act, line.subject_kind, line.subject_id) == ("listing.published", "listing", "1")
    assert (line.actor_name, line.actor_role, line.organisation) == ("王敏", "buyer,clerk", "金堂县民政局")
    assert (line.detail, line.at) == ({"title": "社会救助"}, NOON)


async def test_the_system_itself_has_no_name():
    await audit.record("listing.closed", ("listing", "1"), None, {}, NOON)
    assert (await list_entries(1, NOON)).lines[0].content.actor_id is None


async def test_an_entry_goes_when_its_change_is_rolled_back():
    before = await fetchval("SELECT count(*) FROM audit_entry")
    with pytest.raises(ZeroDivisionError):
        async with transaction():
            await tell()
            raise ZeroDivisionError
    assert await fetchval("SELECT count(*) FROM audit_entry") == before


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_entry SET act = 'x'",
        "UPDATE audit_entry SET detail = '{}'",
        "UPDATE audit_entry SET recorded_at = now()",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "SET LOCAL session_replication_role = replica; DELETE FROM audit_entry",
        "UPDATE audit_stream SET signed_position = -1",
        "DELETE FROM audit_stream",
        "TRUNCATE audit_stream",
    ],
)
async def test_the_database_refuses_to_change_or_remove_entries(sql: str):
    await tell()
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        async with transaction():
            await execute(sql)


async def test_a_link_is_set_once():
    await tell()
    await link_committed()
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        async with transaction():
            await execute("UPDATE audit_entry SET position = position + 1000")


async def test_a_hidden_stream_is_not_in_any_view_until_its_moment(clock):
    until = NOON + timedelta(days=5)
    before = (await list_entries(1, until)).total
    await clock.set(NOON)
    await audit.hide_stream("listing:a", until)
    await tell("listing.published")
    await tell("bid.sealed", "listing:a")
    early = await list_entries(1, until - timedelta(microseconds=1))
    assert early.total == before + 1
    assert "bid.sealed" not in [line.content.act for line in early.lines]
    assert (await list_entries(1, NOON, act="bid.sealed")).total == 0
    assert (await list_entries(1, NOON, subject=("listing", "1"))).total == 1
    assert "bid.sealed" in [line.content.act for line in (await list_entries(1, until)).lines]


async def test_the_main_stream_counts_without_the_hidden_ones(clock):
    await clock.set(NOON)
    await audit.hide_stream("listing:a", NOON + timedelta(days=5))
    await link_committed()
    start = await fetchval("SELECT coalesce(max(position), 0) FROM audit_entry WHERE stream = 'main'")
    for stream in ("main", "listing:a", "listing:a", "main"):
        await tell(stream=stream)
    await link_committed()
    rows = await fetch("SELECT stream, position FROM audit_entry ORDER BY sequence DESC LIMIT 4")
    assert [tuple(row) for row in reversed(rows)] == [
        ("main", start + 1),
        ("listing:a", 1),
        ("listing:a", 2),
        ("main", start + 2),
    ]


async def test_a_stream_nobody_registered_stays_hidden():
    await tell("bid.sealed", "listing:forgotten")
    assert (await list_entries(1, datetime(2099, 1, 1, tzinfo=UTC), act="bid.sealed")).total == 0


async def test_a_deadline_that_moves_later_hides_for_longer_and_never_shorter(clock):
    await clock.set(NOON)
    await audit.hide_stream("listing:a", NOON + timedelta(days=5))
    await audit.hide_stream("listing:a", NOON + timedelta(days=8))
    with pytest.raises(Conflict):
        await audit.hide_stream("listing:a", NOON + timedelta(days=6))
    await clock.set(NOON + timedelta(days=8))
    with pytest.raises(Conflict):
        await audit.hide_stream("listing:a", NOON + timedelta(days=20))


async def test_a_stream_cannot_be_opened_early_in_the_database_either(clock):
    await clock.set(NOON)
    await audit.hide_stream("listing:a", NOON + timedelta(days=5))
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        async with transaction():
            await execute("UPDATE audit_stream SET hidden_until = NULL WHERE name = 'listing:a'")


async def test_a_name_with_a_nul_character_does_not_stop_the_act():
    await audit.record("person.named", ("person", "1"), None, {"name": "王\x00敏"}, NOON)
    assert (await list_entries(1, NOON)).lines[0].content.detail == {"name": "王敏"}


async def test_a_page_number_out_of_range_shows_the_nearest_page():
    await tell()
    assert (await list_entries(0, NOON)).page == 1
    assert (await list_entries(999, NOON)).lines
