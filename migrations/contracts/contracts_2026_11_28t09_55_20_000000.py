"""The residents behind months that were closed before are counted once, like those of later ones."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-28T09:55:20:000000"
VERSION = "1.38.0"
DESCRIPTION = "residents behind the months closed so far"

FILL = [
    "ALTER TABLE month_close DISABLE TRIGGER month_close_append_only",
    "UPDATE month_close m SET residents = s.residents FROM (SELECT c.id, count(DISTINCT v.recipient_code) AS residents"
    " FROM month_close c LEFT JOIN month_line l ON l.month_close = c.id LEFT JOIN visit v ON v.id = l.visit"
    " WHERE c.residents IS NULL GROUP BY c.id) s WHERE s.id = m.id",
    "ALTER TABLE month_close ENABLE TRIGGER month_close_append_only",
]


async def forwards() -> MigrationManager:
    """Safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="contracts", description=DESCRIPTION)

    async def run() -> None:
        for statement in FILL:
            await engine_finder().run_ddl(statement)

    async def back() -> None:
        """The column goes with the migration before."""

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
