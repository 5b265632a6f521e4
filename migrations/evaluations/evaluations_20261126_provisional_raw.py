"""Complaints whose pause or reply reached past the announced years are provisional too (R-CAL-03)."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T23:59:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "provisional days of complaints"

# 2026 was the last year announced when this was written
UP = """
UPDATE complaint SET is_provisional = true WHERE status IN ('received', 'correcting', 'accepted')
AND greatest(decide_by, reply_by) >= '2027-01-01'
"""


async def forwards() -> MigrationManager:
    """Mark them; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="evaluations", description=DESCRIPTION)

    async def run() -> None:
        await engine_finder().run_ddl(UP)

    manager.add_raw(run)
    return manager
