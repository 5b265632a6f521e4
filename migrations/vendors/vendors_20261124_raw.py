"""One sealed bid per lot, provider and stage; records that only grow; indexes Piccolo cannot say."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-24T00:00:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "bids and records that only grow"

UP = [
    # two tabs that seal at once: the second one fails here, never two sealed bids
    "CREATE UNIQUE INDEX IF NOT EXISTS bid_one_valid ON bid (lot, provider, stage)"
    " WHERE status IN ('sealed', 'opened')",
    "CREATE INDEX IF NOT EXISTS provider_paper_current ON provider_paper (provider, kind) WHERE ended_at IS NULL",
    "CREATE UNIQUE INDEX IF NOT EXISTS worker_one_account ON worker (person) WHERE person IS NOT NULL AND employed_to IS NULL",
    """
    CREATE OR REPLACE FUNCTION bid_keeps_its_seal() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE may_change text[] := ARRAY['status', 'ended_at'];
    BEGIN
      IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'bids are never removed';
      END IF;
      IF to_jsonb(NEW) - may_change IS DISTINCT FROM to_jsonb(OLD) - may_change
         OR OLD.status IN ('replaced', 'withdrawn', 'opened') THEN
        RAISE EXCEPTION 'a sealed bid is never changed';
      END IF;
      RETURN NEW;
    END $$
    """,
    "CREATE OR REPLACE TRIGGER bid_keeps_its_seal BEFORE UPDATE OR DELETE ON bid"
    " FOR EACH ROW EXECUTE FUNCTION bid_keeps_its_seal()",
    "CREATE OR REPLACE TRIGGER standing_append_only BEFORE UPDATE OR DELETE ON standing_entry"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE OR REPLACE TRIGGER credit_append_only BEFORE UPDATE OR DELETE ON credit_entry"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
]
DOWN = [
    "DROP TRIGGER IF EXISTS credit_append_only ON credit_entry",
    "DROP TRIGGER IF EXISTS standing_append_only ON standing_entry",
    "DROP TRIGGER IF EXISTS bid_keeps_its_seal ON bid",
    "DROP FUNCTION IF EXISTS bid_keeps_its_seal()",
    "DROP INDEX IF EXISTS bid_one_valid, provider_paper_current, worker_one_account",
]


async def forwards() -> MigrationManager:
    """Create indexes and guards; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="vendors", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        for sql in DOWN:
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
