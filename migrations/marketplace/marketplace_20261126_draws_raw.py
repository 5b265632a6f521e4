"""What a draw froze stays frozen: one standing list for each thing, and a list that nobody edits afterwards."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T20:24:56:000001"
VERSION = "1.38.0"
DESCRIPTION = "draws stay as they were frozen"

UP = [
    "CREATE UNIQUE INDEX IF NOT EXISTS draw_stands_once ON draw (kind, subject) WHERE status <> 'cancelled'",
    """
    CREATE OR REPLACE FUNCTION draw_stays_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'UPDATE' AND OLD.status = 'frozen'
         AND (NEW.id, NEW.reference, NEW.kind, NEW.subject, NEW.subject_line, NEW.listing_reference, NEW.organisation,
              NEW.take, NEW.least_present, NEW.commitment, NEW.frozen_by, NEW.frozen_at, NEW.frozen_entry)
           = (OLD.id, OLD.reference, OLD.kind, OLD.subject, OLD.subject_line, OLD.listing_reference, OLD.organisation,
              OLD.take, OLD.least_present, OLD.commitment, OLD.frozen_by, OLD.frozen_at, OLD.frozen_entry) THEN
        RETURN NEW;
      END IF;
      -- drawn or cancelled: only who may read it still changes, and the key that its secret is kept under
      IF TG_OP = 'UPDATE'
         AND to_jsonb(NEW) - 'public_at' - 'secret_kept' = to_jsonb(OLD) - 'public_at' - 'secret_kept' THEN
        RETURN NEW;
      END IF;
      RAISE EXCEPTION 'a draw stays as it was frozen and drawn' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    "CREATE OR REPLACE TRIGGER draw_stays_frozen BEFORE UPDATE OR DELETE ON draw"
    " FOR EACH ROW EXECUTE FUNCTION draw_stays_frozen()",
    """
    CREATE OR REPLACE FUNCTION draw_candidate_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'UPDATE' AND OLD.lot IS NULL AND NEW.lot IS NOT NULL
         AND (NEW.id, NEW.draw, NEW.key, NEW.name) = (OLD.id, OLD.draw, OLD.key, OLD.name) THEN
        RETURN NEW;
      END IF;
      RAISE EXCEPTION 'the list of a draw stays as it was frozen' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    "CREATE OR REPLACE TRIGGER draw_candidate_stays BEFORE UPDATE OR DELETE ON draw_candidate"
    " FOR EACH ROW EXECUTE FUNCTION draw_candidate_stays()",
    "CREATE OR REPLACE TRIGGER draw_witness_stays BEFORE UPDATE OR DELETE ON draw_witness"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
]
DOWN = [
    "DROP TRIGGER IF EXISTS draw_witness_stays ON draw_witness",
    "DROP TRIGGER IF EXISTS draw_candidate_stays ON draw_candidate",
    "DROP FUNCTION IF EXISTS draw_candidate_stays()",
    "DROP TRIGGER IF EXISTS draw_stays_frozen ON draw",
    "DROP FUNCTION IF EXISTS draw_stays_frozen()",
    "DROP INDEX IF EXISTS draw_stands_once",
]


async def forwards() -> MigrationManager:
    """An index and triggers; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="marketplace", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        for sql in DOWN:
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
