"""A published listing may be suspended; questions are kept."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T13:16:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "suspension as a state of a listing"

KNOWN = "'draft', 'review', 'published', {}'closed', 'opened', 'evaluated', 'determined', 'awarded', 'failed', 'cancelled'"
RENEW = "ALTER TABLE listing ADD CONSTRAINT listing_status_known CHECK (status IN ({}))"

UP = [
    "ALTER TABLE listing DROP CONSTRAINT IF EXISTS listing_status_known",
    RENEW.format(KNOWN.format("'suspended', ")),
]
DOWN = ["ALTER TABLE listing DROP CONSTRAINT IF EXISTS listing_status_known", RENEW.format(KNOWN.format(""))]


async def forwards() -> MigrationManager:
    """Widen the known states."""
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
