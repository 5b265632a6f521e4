"""A listing may look for a framework; its printed terms change only with a new version."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T17:47:30:000001"
VERSION = "1.38.0"
DESCRIPTION = "the methods of frameworks; their terms are versioned, never edited"

TABLES = ("listing_framework", "listing_unit_price")
METHODS = (
    "'open_tender', 'consultation', 'single_source', 'under_limit', 'three_quotes', 'collective_decision',"
    " 'invited_tender', 'negotiation'"
)

UP = [
    "ALTER TABLE listing DROP CONSTRAINT IF EXISTS listing_method_known",
    "ALTER TABLE listing ADD CONSTRAINT listing_method_known"
    f" CHECK (method IN ({METHODS}, 'closed_framework', 'open_framework'))",
    *(
        sql
        for table in TABLES
        for sql in (
            f"DROP TRIGGER IF EXISTS {table}_is_versioned ON {table}",
            f"CREATE CONSTRAINT TRIGGER {table}_is_versioned AFTER INSERT OR UPDATE OR DELETE ON {table}"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION listing_part_is_versioned()",
        )
    ),
]
DOWN = [
    *(f"DROP TRIGGER IF EXISTS {table}_is_versioned ON {table}" for table in TABLES),
    "ALTER TABLE listing DROP CONSTRAINT IF EXISTS listing_method_known",
    f"ALTER TABLE listing ADD CONSTRAINT listing_method_known CHECK (method IN ({METHODS}))",
]


async def forwards() -> MigrationManager:
    """Widen the check and guard the two tables; safe to run again."""
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
