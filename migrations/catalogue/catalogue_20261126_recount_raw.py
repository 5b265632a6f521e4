"""A version may also come from dates counted anew when a year is announced."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T14:20:30:000001"
VERSION = "1.38.0"
DESCRIPTION = "versions of dates counted anew"

KINDS = "'publication', 'corrigendum', 'extension', 'suspension'"

UP = [
    "ALTER TABLE listing_version DROP CONSTRAINT IF EXISTS version_kind_known",
    f"ALTER TABLE listing_version ADD CONSTRAINT version_kind_known CHECK (kind IN ({KINDS}, 'recount'))",
]
DOWN = [
    "ALTER TABLE listing_version DROP CONSTRAINT IF EXISTS version_kind_known",
    f"ALTER TABLE listing_version ADD CONSTRAINT version_kind_known CHECK (kind IN ({KINDS}))",
]


async def forwards() -> MigrationManager:
    """One constraint; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="catalogue", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        for sql in DOWN:
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
