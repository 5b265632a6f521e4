"""The file of an invoice stays as it came."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T20:01:01:000001"
VERSION = "1.38.0"
DESCRIPTION = "files of invoices stay"

UP = (
    "CREATE OR REPLACE TRIGGER invoice_file_append_only BEFORE UPDATE OR DELETE ON invoice_file"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
)
DOWN = "DROP TRIGGER IF EXISTS invoice_file_append_only ON invoice_file"


async def forwards() -> MigrationManager:
    """One trigger; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="contracts", description=DESCRIPTION)

    async def run() -> None:
        await engine_finder().run_ddl(UP)

    async def back() -> None:
        await engine_finder().run_ddl(DOWN)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
