"""The parts of the requirement and the terms of a published listing change only with a new version."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T14:00:30:000001"
VERSION = "1.38.0"
DESCRIPTION = "requirement and terms are versioned, never edited"

TABLES = ("listing_need", "listing_quantity", "listing_indicator", "listing_terms")

UP = [
    sql
    for table in TABLES
    for sql in (
        f"DROP TRIGGER IF EXISTS {table}_is_versioned ON {table}",
        f"CREATE CONSTRAINT TRIGGER {table}_is_versioned AFTER INSERT OR UPDATE OR DELETE ON {table}"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION listing_part_is_versioned()",
    )
]
DOWN = [f"DROP TRIGGER IF EXISTS {table}_is_versioned ON {table}" for table in TABLES]


async def forwards() -> MigrationManager:
    """Guard the four tables; safe to run again."""
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
