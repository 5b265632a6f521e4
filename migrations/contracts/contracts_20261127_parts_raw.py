"""Of an acceptance there may be several invoices, together within its amount; credit notes stay as they were written."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T14:39:40:000001"
VERSION = "1.38.0"
DESCRIPTION = "invoices within their acceptance"

UP = [
    "UPDATE invoice i SET payable = amount WHERE payable = 0 AND NOT EXISTS (SELECT 1 FROM credit_note n"
    " WHERE n.invoice = i.id)",
    "DROP INDEX IF EXISTS invoice_one_alive",
    "DROP INDEX IF EXISTS invoice_one_alive_advance",
    "CREATE INDEX IF NOT EXISTS invoice_number_index ON invoice (number)",
    "CREATE INDEX IF NOT EXISTS credit_note_number_index ON credit_note (number)",
    "ALTER TABLE invoice DROP CONSTRAINT IF EXISTS invoice_payable_within",
    "ALTER TABLE invoice ADD CONSTRAINT invoice_payable_within CHECK (payable >= 0 AND payable <= amount)",
    "ALTER TABLE invoice DROP CONSTRAINT IF EXISTS invoice_tax_within",
    "ALTER TABLE invoice ADD CONSTRAINT invoice_tax_within"
    " CHECK (tax_rate >= 0 AND tax_amount >= 0 AND tax_amount < amount)",
    "CREATE OR REPLACE TRIGGER credit_note_append_only BEFORE UPDATE OR DELETE ON credit_note"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    # the services hold the contract while they count; whoever writes without them is held to the same sum here
    """
    CREATE OR REPLACE FUNCTION invoices_within_their_work() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE worth numeric; billed numeric;
    BEGIN
      SELECT amount INTO worth FROM (SELECT amount FROM acceptance WHERE id = NEW.acceptance
        UNION ALL SELECT amount FROM contract_milestone WHERE id = NEW.advance) w;
      SELECT sum(i.amount - coalesce((SELECT sum(n.amount) FROM credit_note n WHERE n.invoice = i.id), 0))
        INTO billed FROM invoice i WHERE i.status <> 'returned' AND NOT i.is_settlement
        AND (i.acceptance = NEW.acceptance OR i.advance = NEW.advance);
      IF billed > worth THEN
        RAISE EXCEPTION 'the invoices go beyond what was accepted' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NULL;
    END $$
    """,
    "CREATE OR REPLACE TRIGGER invoices_within_their_work AFTER INSERT OR UPDATE OF amount, status ON invoice"
    " FOR EACH ROW WHEN (NEW.status <> 'returned') EXECUTE FUNCTION invoices_within_their_work()",
]
DOWN = [
    "DROP TRIGGER IF EXISTS invoices_within_their_work ON invoice",
    "DROP FUNCTION IF EXISTS invoices_within_their_work()",
    "DROP TRIGGER IF EXISTS credit_note_append_only ON credit_note",
    "ALTER TABLE invoice DROP CONSTRAINT IF EXISTS invoice_tax_within",
    "ALTER TABLE invoice DROP CONSTRAINT IF EXISTS invoice_payable_within",
    "DROP INDEX IF EXISTS credit_note_number_index",
    "DROP INDEX IF EXISTS invoice_number_index",
    "CREATE UNIQUE INDEX IF NOT EXISTS invoice_one_alive_advance ON invoice (advance) WHERE status <> 'returned'",
    "CREATE UNIQUE INDEX IF NOT EXISTS invoice_one_alive ON invoice (acceptance) WHERE status <> 'returned'",
]


async def forwards() -> MigrationManager:
    """Indexes, checks and triggers; safe to run again."""
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
