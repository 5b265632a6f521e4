"""Accounts move by postings alone, each posting moves both of its sides, and no posting is ever changed."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T20:44:01:000001"
VERSION = "1.38.0"
DESCRIPTION = "accounts moved by postings alone"

UP = [
    """
    CREATE OR REPLACE FUNCTION account_posting_moves() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      -- a row of nothing first: an account's check looks at what stands, never at one side of it
      INSERT INTO account_balance (id, about_kind, about, account, debit, credit) VALUES
        (gen_random_uuid(), NEW.about_kind, NEW.about, NEW.debit, 0, 0),
        (gen_random_uuid(), NEW.about_kind, NEW.about, NEW.credit, 0, 0)
      ON CONFLICT (about, account) DO NOTHING;
      UPDATE account_balance SET
        debit = debit + CASE account WHEN NEW.debit THEN NEW.amount ELSE 0 END,
        credit = credit + CASE account WHEN NEW.credit THEN NEW.amount ELSE 0 END
      WHERE about = NEW.about AND account IN (NEW.debit, NEW.credit);
      RETURN NULL;
    END $$
    """,
    "CREATE OR REPLACE TRIGGER account_posting_moves AFTER INSERT ON account_posting"
    " FOR EACH ROW EXECUTE FUNCTION account_posting_moves()",
    "CREATE OR REPLACE TRIGGER account_posting_kept BEFORE UPDATE OR DELETE ON account_posting"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE OR REPLACE TRIGGER account_posting_all BEFORE TRUNCATE ON account_posting"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    """
    CREATE OR REPLACE FUNCTION guard_account_balance() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      -- depth 1 is this guard called by a statement of somebody; depth 2 is the posting's own trigger
      IF TG_OP <> 'DELETE' AND pg_trigger_depth() > 1 THEN RETURN NEW; END IF;
      RAISE EXCEPTION 'accounts move by postings alone' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    "CREATE OR REPLACE TRIGGER guard_account_balance BEFORE INSERT OR UPDATE OR DELETE ON account_balance"
    " FOR EACH ROW EXECUTE FUNCTION guard_account_balance()",
    "CREATE OR REPLACE TRIGGER account_balance_all BEFORE TRUNCATE ON account_balance"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    # an amount of nothing posts nothing: a cause without a deduction has no deduction
    """
    CREATE OR REPLACE FUNCTION book(debited text, credited text, yuan numeric, of_kind text, of_id uuid,
                                    why_kind text, why_id text, at timestamptz) RETURNS void LANGUAGE sql AS $$
      INSERT INTO account_posting (debit, credit, amount, about_kind, about, source_kind, source_id, posted_at)
      SELECT debited, credited, yuan, of_kind, of_id, why_kind, why_id, at WHERE yuan <> 0
    $$
    """,
]
DOWN = [
    "DROP FUNCTION IF EXISTS book(text, text, numeric, text, uuid, text, text, timestamptz)",
    "DROP TRIGGER IF EXISTS account_balance_all ON account_balance",
    "DROP TRIGGER IF EXISTS guard_account_balance ON account_balance",
    "DROP FUNCTION IF EXISTS guard_account_balance()",
    "DROP TRIGGER IF EXISTS account_posting_all ON account_posting",
    "DROP TRIGGER IF EXISTS account_posting_kept ON account_posting",
    "DROP TRIGGER IF EXISTS account_posting_moves ON account_posting",
    "DROP FUNCTION IF EXISTS account_posting_moves()",
]


async def forwards() -> MigrationManager:
    """Triggers and a function; safe to run again."""
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
