"""Service hours are a kind of factor, and the bands of a published listing change only with a new version."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T15:06:30:000001"
VERSION = "1.38.0"
DESCRIPTION = "service hours as a factor; bands are versioned, never edited"

UP = [
    "ALTER TABLE criterion DROP CONSTRAINT IF EXISTS criterion_kind_known",
    "ALTER TABLE criterion ADD CONSTRAINT criterion_kind_known CHECK (kind IN ('technical', 'business',"
    " 'past_performance', 'hours'))",
    "DROP TRIGGER IF EXISTS criterion_band_is_versioned ON criterion_band",
    "CREATE CONSTRAINT TRIGGER criterion_band_is_versioned AFTER INSERT OR UPDATE OR DELETE ON criterion_band"
    " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION listing_part_is_versioned()",
]
DOWN = [
    "DROP TRIGGER IF EXISTS criterion_band_is_versioned ON criterion_band",
    "ALTER TABLE criterion DROP CONSTRAINT IF EXISTS criterion_kind_known",
    "ALTER TABLE criterion ADD CONSTRAINT criterion_kind_known CHECK (kind IN ('technical', 'business',"
    " 'past_performance'))",
]


async def forwards() -> MigrationManager:
    """Widen the check and guard the bands; safe to run again."""
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
