"""One suspension of a contract stands at a time; its days are those that were signed, and reviews are never changed."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T19:52:01:000001"
VERSION = "1.38.0"
DESCRIPTION = "one suspension stands at a time"

UP = [
    "ALTER TABLE contract_amendment DROP CONSTRAINT IF EXISTS amendment_kind_known",
    "ALTER TABLE contract_amendment ADD CONSTRAINT amendment_kind_known"
    " CHECK (kind IN ('supplement', 'termination', 'suspension', 'resumption'))",
    "ALTER TABLE contract_amendment DROP CONSTRAINT IF EXISTS amendment_supplement_whole",
    "ALTER TABLE contract_amendment ADD CONSTRAINT amendment_supplement_whole"
    " CHECK (kind <> 'supplement' OR (quantity > 0 AND amount > 0 AND due_on IS NOT NULL))",
    "CREATE UNIQUE INDEX IF NOT EXISTS contract_suspension_one_standing ON contract_suspension (contract)"
    " WHERE status = 'standing'",
    "CREATE OR REPLACE TRIGGER suspension_review_append_only BEFORE UPDATE OR DELETE ON suspension_review"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    """
    CREATE OR REPLACE FUNCTION guard_suspension() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' OR OLD.status <> 'standing'
         OR (OLD.contract, OLD.amendment, OLD.from_on, OLD.to_on, OLD.care, OLD.visits_go_on)
         IS DISTINCT FROM (NEW.contract, NEW.amendment, NEW.from_on, NEW.to_on, NEW.care, NEW.visits_go_on) THEN
        RAISE EXCEPTION 'what was agreed of a suspension is never changed'
          USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NEW;
    END $$
    """,
    "CREATE OR REPLACE TRIGGER guard_suspension BEFORE UPDATE OR DELETE ON contract_suspension"
    " FOR EACH ROW EXECUTE FUNCTION guard_suspension()",
]
DOWN = [
    "DROP TRIGGER IF EXISTS guard_suspension ON contract_suspension",
    "DROP FUNCTION IF EXISTS guard_suspension()",
    "DROP TRIGGER IF EXISTS suspension_review_append_only ON suspension_review",
    "DROP INDEX IF EXISTS contract_suspension_one_standing",
]


async def forwards() -> MigrationManager:
    """Widen the checks and guard the rows; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="contracts", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        for sql in DOWN:
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
