"""Money moves by postings alone: a posting moves its line, nothing else may, and money can be taken back."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T13:50:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "ledger lines moved by postings alone"

KINDS = "'appropriate', {more}'reserve', 'release', 'commit', 'uncommit', 'pay', 'unpay'"
KNOWN = "ALTER TABLE ledger_posting ADD CONSTRAINT ledger_posting_kind_known CHECK (kind IN ({kinds}))"

UP = [
    "ALTER TABLE ledger_posting DROP CONSTRAINT IF EXISTS ledger_posting_kind_known",
    KNOWN.format(kinds=KINDS.format(more="'withdraw', ")),
    # the line's check refuses a part below zero, so the posting that would overspend fails with it
    """
    CREATE OR REPLACE FUNCTION ledger_posting_moves() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE ledger_line SET
        appropriated = appropriated + CASE NEW.kind WHEN 'appropriate' THEN NEW.amount
                                                    WHEN 'withdraw' THEN -NEW.amount ELSE 0 END,
        free = free + CASE WHEN NEW.kind IN ('appropriate', 'release', 'uncommit') THEN NEW.amount
                           WHEN NEW.kind IN ('withdraw', 'reserve') THEN -NEW.amount ELSE 0 END,
        reserved = reserved + CASE WHEN NEW.kind = 'reserve' THEN NEW.amount
                                   WHEN NEW.kind IN ('release', 'commit') THEN -NEW.amount ELSE 0 END,
        committed = committed + CASE WHEN NEW.kind IN ('commit', 'unpay') THEN NEW.amount
                                     WHEN NEW.kind IN ('uncommit', 'pay') THEN -NEW.amount ELSE 0 END,
        paid = paid + CASE NEW.kind WHEN 'pay' THEN NEW.amount WHEN 'unpay' THEN -NEW.amount ELSE 0 END
      WHERE id = NEW.line;
      RETURN NULL;
    END $$
    """,
    "CREATE OR REPLACE TRIGGER ledger_posting_moves AFTER INSERT ON ledger_posting"
    " FOR EACH ROW EXECUTE FUNCTION ledger_posting_moves()",
    """
    CREATE OR REPLACE FUNCTION guard_ledger_line() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' AND NEW.appropriated = 0 AND NEW.free = 0 AND NEW.reserved = 0
         AND NEW.committed = 0 AND NEW.paid = 0 THEN
        RETURN NEW;
      END IF;
      -- depth 1 is this guard called by a statement of somebody; depth 2 is the posting's own trigger
      IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 AND NEW.id = OLD.id THEN
        RETURN NEW;
      END IF;
      RAISE EXCEPTION 'money on a ledger line moves by postings alone'
        USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    "CREATE OR REPLACE TRIGGER guard_ledger_line BEFORE INSERT OR UPDATE OR DELETE ON ledger_line"
    " FOR EACH ROW EXECUTE FUNCTION guard_ledger_line()",
    "CREATE OR REPLACE TRIGGER ledger_posting_all BEFORE TRUNCATE ON ledger_posting"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE OR REPLACE TRIGGER ledger_line_all BEFORE TRUNCATE ON ledger_line"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
]
DOWN = [
    "DROP TRIGGER IF EXISTS ledger_line_all ON ledger_line",
    "DROP TRIGGER IF EXISTS ledger_posting_all ON ledger_posting",
    "DROP TRIGGER IF EXISTS guard_ledger_line ON ledger_line",
    "DROP FUNCTION IF EXISTS guard_ledger_line()",
    "DROP TRIGGER IF EXISTS ledger_posting_moves ON ledger_posting",
    "DROP FUNCTION IF EXISTS ledger_posting_moves()",
    "ALTER TABLE ledger_posting DROP CONSTRAINT IF EXISTS ledger_posting_kind_known",
    KNOWN.format(kinds=KINDS.format(more="")) + " NOT VALID",
]


async def forwards() -> MigrationManager:
    """Triggers and a wider check; safe to run again."""
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
