"""Invoices from before the clock was kept get theirs: all were counted from their receipt (R-PAY-01)."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T01:03:48:000001"
VERSION = "1.38.0"
DESCRIPTION = "clocks of earlier invoices"

UP = [
    """
    INSERT INTO payment_clock (id, invoice, payee, counts_from, clause)
    SELECT gen_random_uuid(), i.id,
           CASE WHEN p.legal_form <> 'enterprise' THEN 'other' WHEN p.is_small_micro THEN 'small' ELSE 'large' END,
           (i.received_at AT TIME ZONE 'Asia/Shanghai')::date, 'R-PAY-01'
    FROM invoice i JOIN contract c ON c.id = i.contract JOIN provider p ON p.id = c.provider
    WHERE NOT EXISTS (SELECT 1 FROM payment_clock k WHERE k.invoice = i.id)
    """,
    "CREATE OR REPLACE FUNCTION refuse_change_of_promise() RETURNS trigger LANGUAGE plpgsql AS $$"
    " BEGIN RAISE EXCEPTION 'the clock of an invoice and the reasons for delay stay as they were written'; END $$",
    "CREATE OR REPLACE TRIGGER payment_clock_append_only BEFORE UPDATE OR DELETE ON payment_clock"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change_of_promise()",
    "CREATE OR REPLACE TRIGGER delay_reason_append_only BEFORE UPDATE OR DELETE ON delay_reason"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change_of_promise()",
]


async def forwards() -> MigrationManager:
    """Write the clocks and keep them; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="contracts", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    return manager
