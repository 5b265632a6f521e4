"""Roles that an owner of a provider hands on: bid writer, service manager, bookkeeper."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T02:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "delegated roles of providers"

BEFORE = (
    "'provider', 'social_worker', 'buyer', 'civil_affairs', 'agency', 'finance', 'opener', 'expert', 'evaluator',"
    " 'clerk', 'auditor', 'administrator'"
)
ADDED = "'bid_writer', 'service_manager', 'bookkeeper'"
DROP = "ALTER TABLE membership DROP CONSTRAINT IF EXISTS membership_role_known"
ADD = "ALTER TABLE membership ADD CONSTRAINT membership_role_known CHECK (role IN ({}))"


async def forwards() -> MigrationManager:
    """Replace the list of known roles; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="marketplace", description=DESCRIPTION)

    async def run() -> None:
        for sql in (DROP, ADD.format(f"{BEFORE}, {ADDED}")):
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        for sql in (f"DELETE FROM membership WHERE role IN ({ADDED})", DROP, ADD.format(BEFORE)):
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
