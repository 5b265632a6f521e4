"""The role of who looks after children and people without full capacity in a town."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T19:20:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "the role of the child officer"

BEFORE = (
    "'provider', 'bid_writer', 'service_manager', 'bookkeeper', 'social_worker', 'buyer',"
    " 'civil_affairs', 'agency', 'finance', 'opener', 'expert', 'evaluator', 'clerk', 'auditor', 'administrator'"
)
DROP = "ALTER TABLE membership DROP CONSTRAINT IF EXISTS membership_role_known"
ADD = "ALTER TABLE membership ADD CONSTRAINT membership_role_known CHECK (role IN ({}))"


async def forwards() -> MigrationManager:
    """Replace the list of known roles; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="marketplace", description=DESCRIPTION)

    async def run() -> None:
        for sql in (DROP, ADD.format(f"{BEFORE}, 'child_officer'")):
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        for sql in ("DELETE FROM membership WHERE role = 'child_officer'", DROP, ADD.format(BEFORE)):
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
