from datetime import UTC, datetime, timedelta

import pytest

from marketplace.kernel import audit
from marketplace.kernel.audit.linker import link_committed, sign_heads
from marketplace.kernel.audit.queries import first_unlinked
from marketplace.kernel.db import execute, fetchrow, fetchval
from marketplace.verify_command import verify_chain, words

pytestmark = pytest.mark.usefixtures("db")
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


async def tell(count: int = 1, stream: str = "main") -> None:
    for number in range(count):
        await audit.record("listing.changed", ("listing", str(number)), None, {"step": str(number)}, NOON, stream)


@pytest.fixture
async def chain(clock, key, heads_log):
    """Three entries, linked and signed; call it again after writing more."""

    async def link_and_sign() -> None:
        while await link_committed():
            pass
        await sign_heads(heads_log, key, key.public.fingerprint, await clock.now())

    await clock.set(NOON)
    await tell(3)
    await link_and_sign()
    return link_and_sign


async def tamper(sql: str) -> None:
    """What a database administrator can do: switch the guards off, change, switch them on."""
    await execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
    await execute(sql)
    await execute("ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_entry_rows")


async def tail() -> int:
    return await fetchval("SELECT max(position) FROM audit_entry WHERE stream = 'main'")


async def test_an_untouched_chain_holds(chain, own_settings):
    await tell(2)
    await chain()
    verdict = await verify_chain(None, own_settings)
    assert verdict.holds, words(verdict)
    assert verdict.heads == 2
    assert verdict.entries == await tail()


async def test_the_first_changed_entry_is_named(chain, own_settings):
    last = await tail()
    row = await fetchrow("SELECT id FROM audit_entry WHERE stream = 'main' AND position = $1", last - 1)
    await tamper(f"UPDATE audit_entry SET act = 'listing.praised' WHERE stream = 'main' AND position >= {last - 1}")
    verdict = await verify_chain(None, own_settings)
    assert not verdict.holds
    assert f"main 第 {last - 1} 条（{row['id']}）有问题：内容被改过。" in words(verdict)
    assert f"main entry {last - 1} ({row['id']}) does not hold: its content was changed." in words(verdict)
    assert len(verdict.faults) == 1


async def test_a_tail_cut_off_is_seen_by_the_signed_head(chain, own_settings):
    last = await tail()
    await tamper(f"DELETE FROM audit_entry WHERE stream = 'main' AND position = {last}")
    assert any("不见了" in word for word in words(await verify_chain(None, own_settings)))


async def test_a_chain_cut_and_written_on_is_seen_by_the_signed_head(chain, own_settings):
    last = await tail()
    await tamper(f"DELETE FROM audit_entry WHERE stream = 'main' AND position = {last}")
    await tell(2)
    await link_committed()
    told = words(await verify_chain(None, own_settings))
    assert f"main 第 {last} 条" in told[0]
    assert "链头不一致" in told[0]


async def test_a_recomputed_chain_is_seen_with_a_copy_of_the_heads(chain, own_settings, heads_log, key, tmp_path):
    copy = tmp_path / "newspaper.jsonl"
    copy.write_text("\n".join(await heads_log.lines()) + "\n")
    last = await tail()
    await tamper(f"DELETE FROM audit_entry WHERE stream = 'main' AND position = {last}")
    await tell(1)
    await link_committed()
    heads_log.path.unlink()
    await sign_heads(heads_log, key, key.public.fingerprint, NOON)
    assert not (await verify_chain(copy, own_settings)).holds


async def test_a_forged_line_in_the_heads_file_is_seen(chain, own_settings, heads_log):
    heads_log.path.write_text(heads_log.path.read_text().replace('"position":', '"position":1'))
    assert any("签名不对" in word for word in words(await verify_chain(None, own_settings)))


async def test_an_empty_heads_copy_proves_nothing(chain, own_settings, tmp_path):
    (tmp_path / "empty").touch()
    assert not (await verify_chain(tmp_path / "empty", own_settings)).holds


async def test_an_entry_unlinked_for_more_than_a_minute_is_a_fault(chain, own_settings):
    await tell()
    assert (await verify_chain(None, own_settings)).holds
    real_now = await fetchval("SELECT clock_timestamp()")
    assert await first_unlinked(real_now + timedelta(seconds=59)) is None
    assert await first_unlinked(real_now + timedelta(seconds=61)) is not None
    await tamper("UPDATE audit_entry SET recorded_at = recorded_at - interval '61 s' WHERE position IS NULL")
    assert any("超过 60 秒还没有链接" in word for word in words(await verify_chain(None, own_settings)))


async def test_a_head_not_signed_for_more_than_a_minute_is_a_fault(chain, own_settings):
    await tell()
    await link_committed()
    assert (await verify_chain(None, own_settings)).holds
    await tamper("UPDATE audit_entry SET linked_at = linked_at - interval '61 s'")
    assert any("没有签名公布" in word for word in words(await verify_chain(None, own_settings)))


async def test_without_the_key_nothing_is_believed(own_settings):
    verdict = await verify_chain(None, own_settings)
    assert not verdict.holds
    assert "没有找到审计签名密钥" in words(verdict)[0]


async def test_nothing_of_a_hidden_stream_is_published_before_its_moment(chain, clock, own_settings, heads_log):
    until = NOON + timedelta(days=5)
    await audit.hide_stream("listing:a", until)
    quiet = words(await verify_chain(None, own_settings))
    lines = await heads_log.lines()
    await tell(4, "listing:a")
    await chain()
    assert await heads_log.lines() == lines
    assert words(await verify_chain(None, own_settings)) == quiet
    await clock.set(until)
    await chain()
    published = await heads_log.lines()
    assert len(published) == len(lines) + 1
    assert '"position":4' in published[-1] and '"stream":"listing:a"' in published[-1]
    assert (await verify_chain(None, own_settings)).holds


async def test_a_changed_entry_of_a_hidden_stream_is_named_without_its_place(chain, own_settings):
    await audit.hide_stream("listing:a", NOON + timedelta(days=5))
    await tell(3, "listing:a")
    await chain()
    await tamper("UPDATE audit_entry SET act = 'x' WHERE stream = 'listing:a' AND position = 2")
    told = " ".join(words(await verify_chain(None, own_settings)))
    assert "尚未公开" in told
    assert "listing:a" not in told and "第 2 条" not in told


async def test_a_stream_nobody_registered_is_a_fault(chain, own_settings):
    await tell(1, "listing:forgotten")
    await chain()
    assert any("没有登记" in word for word in words(await verify_chain(None, own_settings)))


async def test_a_crash_between_file_and_mark_repeats_a_line_and_loses_none(chain, clock, key, heads_log, own_settings):
    lines = await heads_log.lines()
    await execute("ALTER TABLE audit_stream DISABLE TRIGGER USER")
    await execute("UPDATE audit_stream SET signed_position = 0")
    await sign_heads(heads_log, key, key.public.fingerprint, await clock.now())
    assert len(await heads_log.lines()) == len(lines) + 1
    assert (await verify_chain(None, own_settings)).holds
