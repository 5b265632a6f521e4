"""The embedded database while a large county is filled: no pause for what only a crash or another reader would need."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import asyncpg

from marketplace.kernel import devdb

FILLING = {
    "max_wal_size": "16GB", "checkpoint_timeout": "1h", "full_page_writes": "off", "autovacuum": "off", "fsync": "off",
    "wal_init_zero": "off",
}  # fmt: skip
# these ask for a new start: no log for another server, and no other processes that read for one
STARTING = {"wal_level": "minimal", "max_wal_senders": "0", "io_method": "sync"}


@asynccontextmanager
async def a_quick_server() -> AsyncIterator[None]:
    """Started anew for it where nobody else uses it; as before at the end, when everything is on the disk."""
    await _set(FILLING | STARTING)
    devdb.stop_if_unused()
    await _set({})
    try:
        yield
    finally:
        await _set(dict.fromkeys(FILLING | STARTING))
        if not devdb.stop_if_unused():
            await _set({})
        devdb.ensure("postgres")
        os.sync()


async def _set(settings: Mapping[str, str | None]) -> None:
    """None takes a setting back."""
    admin = await asyncpg.connect(**devdb.ensure("postgres"))
    try:
        for setting, value in settings.items():
            await admin.execute(
                f"ALTER SYSTEM RESET {setting}" if value is None else f"ALTER SYSTEM SET {setting} = '{value}'"
            )
        await admin.execute("SELECT pg_reload_conf()")
    finally:
        await admin.close()
