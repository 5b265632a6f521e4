"""An inquiry may hold a procurement, as a challenge does (R-DISP-06)."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T15:38:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "inquiry holds"

DROP = "ALTER TABLE procurement_hold DROP CONSTRAINT IF EXISTS hold_ground_known"
ADD = "ALTER TABLE procurement_hold ADD CONSTRAINT hold_ground_known CHECK (ground IN ({}))"
BEFORE = "'challenge', 'finance_order'"


async def forwards() -> MigrationManager:
    """Replace the list of known grounds; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="catalogue", description=DESCRIPTION)

    async def run() -> None:
        for sql in (DROP, ADD.format(f"{BEFORE}, 'inquiry'")):
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        for sql in ("DELETE FROM procurement_hold WHERE ground = 'inquiry'", DROP, ADD.format(BEFORE)):
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
