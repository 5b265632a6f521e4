"""Mails are found by whom they went to: everybody sees how many of their own are held."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T03:30:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "mails by address"

UP = ["CREATE INDEX IF NOT EXISTS outbox_mail_to ON outbox_message ((payload->>'to')) WHERE kind = 'mail'"]
DOWN = ["DROP INDEX IF EXISTS outbox_mail_to"]


async def forwards() -> MigrationManager:
    """Create the index; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="marketplace", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        for sql in DOWN:
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
