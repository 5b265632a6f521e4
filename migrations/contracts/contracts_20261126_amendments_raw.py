"""One change of a contract waits at a time; what was proposed and signed is never changed."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T21:00:40:000001"
VERSION = "1.38.0"
DESCRIPTION = "contracts are changed by signed amendments"

UP = [
    "ALTER TABLE contract_milestone DROP CONSTRAINT IF EXISTS contract_milestone_status_known",
    "ALTER TABLE contract_milestone ADD CONSTRAINT contract_milestone_status_known CHECK (status IN"
    " ('open', 'requested', 'to_mend', 'accepted', 'invoiced', 'approved', 'paid', 'cancelled'))",
    "CREATE UNIQUE INDEX IF NOT EXISTS amendment_one_waiting ON contract_amendment (contract)"
    " WHERE status = 'proposed'",
    "CREATE OR REPLACE TRIGGER amendment_signature_append_only BEFORE UPDATE OR DELETE ON amendment_signature"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    """
    CREATE OR REPLACE FUNCTION guard_amendment_text() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' OR (OLD.contract, OLD.kind, OLD.ground, OLD.amount, OLD.text, OLD.text_sha256)
         IS DISTINCT FROM (NEW.contract, NEW.kind, NEW.ground, NEW.amount, NEW.text, NEW.text_sha256) THEN
        RAISE EXCEPTION 'what was proposed is never changed' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NEW;
    END $$
    """,
    "CREATE OR REPLACE TRIGGER guard_amendment_text BEFORE UPDATE OR DELETE ON contract_amendment"
    " FOR EACH ROW EXECUTE FUNCTION guard_amendment_text()",
]
DOWN = [
    "DROP TRIGGER IF EXISTS guard_amendment_text ON contract_amendment",
    "DROP FUNCTION IF EXISTS guard_amendment_text()",
    "DROP TRIGGER IF EXISTS amendment_signature_append_only ON amendment_signature",
    "DROP INDEX IF EXISTS amendment_one_waiting",
    "ALTER TABLE contract_milestone DROP CONSTRAINT IF EXISTS contract_milestone_status_known",
    "ALTER TABLE contract_milestone ADD CONSTRAINT contract_milestone_status_known CHECK (status IN"
    " ('open', 'requested', 'to_mend', 'accepted', 'invoiced', 'approved', 'paid'))",
]


async def forwards() -> MigrationManager:
    """Widen the check and guard the rows; safe to run again."""
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
