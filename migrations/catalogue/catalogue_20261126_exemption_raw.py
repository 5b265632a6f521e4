"""A listing stands on one ground at a time for not being added up; what was recorded is only ever withdrawn."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T21:08:06:000000"
VERSION = "1.38.0"
DESCRIPTION = "one standing splitting exemption for each listing"

UP = [
    "ALTER TABLE splitting_exemption DROP CONSTRAINT IF EXISTS splitting_exemption_listing_exists",
    "ALTER TABLE splitting_exemption ADD CONSTRAINT splitting_exemption_listing_exists"
    " FOREIGN KEY (listing) REFERENCES listing (id) ON DELETE RESTRICT",
    "CREATE UNIQUE INDEX IF NOT EXISTS splitting_exemption_stands_once ON splitting_exemption (listing)"
    " WHERE withdrawn_at IS NULL",
    """
    CREATE OR REPLACE FUNCTION splitting_exemption_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'UPDATE' AND OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL
         AND to_jsonb(NEW) - 'withdrawn_at' - 'withdrawn_by' - 'withdraw_reason'
           = to_jsonb(OLD) - 'withdrawn_at' - 'withdrawn_by' - 'withdraw_reason' THEN
        RETURN NEW;
      END IF;
      RAISE EXCEPTION 'a recorded ground is only withdrawn' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    "CREATE OR REPLACE TRIGGER splitting_exemption_stays BEFORE UPDATE OR DELETE ON splitting_exemption"
    " FOR EACH ROW EXECUTE FUNCTION splitting_exemption_stays()",
]
DOWN = [
    "DROP TRIGGER IF EXISTS splitting_exemption_stays ON splitting_exemption",
    "DROP FUNCTION IF EXISTS splitting_exemption_stays()",
    "DROP INDEX IF EXISTS splitting_exemption_stands_once",
    "ALTER TABLE splitting_exemption DROP CONSTRAINT IF EXISTS splitting_exemption_listing_exists",
]


async def forwards() -> MigrationManager:
    """A key, an index and a trigger; safe to run again."""
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
