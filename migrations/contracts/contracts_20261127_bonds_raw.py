"""A bond that was held before its contract came here has no paper here; it says where it lies."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T19:53:58:999999"
VERSION = "1.38.0"
DESCRIPTION = "a bond brought in says where it lies"

BEGIN = (
    "ALTER TABLE deposit ADD CONSTRAINT deposit_guarantee_whole CHECK (way <> 'guarantee'"
    " OR (issuer <> '' AND guarantee_number <> '' AND valid_until IS NOT NULL"
)
UP = [
    "ALTER TABLE deposit DROP CONSTRAINT IF EXISTS deposit_guarantee_whole",
    BEGIN + " AND (paper_key <> '' OR kept_at <> '')))",
]
DOWN = [
    "ALTER TABLE deposit DROP CONSTRAINT IF EXISTS deposit_guarantee_whole",
    BEGIN + " AND paper_key <> ''))",
]


async def forwards() -> MigrationManager:
    """Widen the check; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="contracts", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        for sql in DOWN:
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
