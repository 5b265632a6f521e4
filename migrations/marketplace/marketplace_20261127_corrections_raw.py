"""Wishes for a correction that were answered before an answer said which way it went count as corrected."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T03:35:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "answered corrections"


async def forwards() -> MigrationManager:
    """Mark them; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="marketplace", description=DESCRIPTION)

    async def run() -> None:
        await engine_finder().run_ddl(
            "UPDATE correction_request SET status = 'corrected' WHERE answered_at IS NOT NULL AND status = 'waiting'"
        )

    async def back() -> None:
        """What was answered stays answered."""

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
