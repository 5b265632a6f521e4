"""What waits for a handover and what goes to the treasury stands in the accounts; one request of a kind is open."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T23:50:02:000001"
VERSION = "1.38.0"
DESCRIPTION = "waiting shares, paid claims and remittances posted to the accounts"

# the share of an accepted price that waits stands on an account of its own until it is released
WAIT = """
CREATE OR REPLACE FUNCTION book_handover_wait() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE whose uuid;
BEGIN
  SELECT contract INTO whose FROM invoice WHERE id = NEW.invoice;
  IF TG_OP = 'INSERT' THEN
    PERFORM book('230201', '230203', NEW.amount, 'contract', whose, 'handover_wait', NEW.id::text, NEW.raised_at);
  ELSE
    PERFORM book('230203', '230201', NEW.amount, 'contract', whose, 'handover_wait', NEW.id::text, NEW.released_at);
  END IF;
  RETURN NULL;
END $$
"""
# what is forfeited is owed to the treasury until it is handed over; the issuer of a guarantee pays first
DEPOSIT = """
CREATE OR REPLACE FUNCTION book_deposit(cause bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE r record; moved text[];
BEGIN
  SELECT m.kind, m.amount, m.deposit, m.moved_at, d.way = 'guarantee' AS is_paper,
    CASE d.kind WHEN 'bid' THEN '230701' ELSE '230702' END AS owed,
    CASE WHEN d.way <> 'online' THEN '100201' WHEN m.kind = 'return' AND d.refund_failed THEN '100202'
         ELSE '102101' END AS bank
  INTO r FROM deposit_movement m JOIN deposit d ON d.id = m.deposit WHERE m.id = cause;
  moved := CASE
    WHEN r.kind = 'interest' THEN ARRAY['5901', '230703']
    WHEN r.kind = 'interest_paid' THEN ARRAY['230703', '100202']
    WHEN r.kind = 'claim_paid' THEN ARRAY['100201', '1218']
    WHEN r.kind = 'remit' THEN ARRAY['2103', r.bank]
    WHEN r.kind = 'receive' AND r.is_paper THEN ARRAY['B01', 'B02']
    WHEN r.is_paper THEN ARRAY['B02', 'B01']
    WHEN r.kind = 'receive' THEN ARRAY[r.bank, r.owed]
    WHEN r.kind = 'return' THEN ARRAY[r.owed, r.bank]
    ELSE ARRAY[r.owed, '2103'] END;
  PERFORM book(moved[1], moved[2], r.amount, 'deposit', r.deposit, 'deposit_movement', cause::text, r.moved_at);
  IF r.is_paper AND r.kind = 'forfeit' THEN
    PERFORM book('1218', '2103', r.amount, 'deposit', r.deposit, 'deposit_movement', cause::text, r.moved_at);
  END IF;
END $$
"""
UP = [
    WAIT,
    DEPOSIT,
    "CREATE OR REPLACE TRIGGER book_handover_wait AFTER INSERT ON handover_wait"
    " FOR EACH ROW EXECUTE FUNCTION book_handover_wait()",
    "CREATE OR REPLACE TRIGGER book_handover_release AFTER UPDATE OF released_on ON handover_wait"
    " FOR EACH ROW WHEN (OLD.released_on IS NULL AND NEW.released_on IS NOT NULL)"
    " EXECUTE FUNCTION book_handover_wait()",
    "CREATE OR REPLACE TRIGGER handover_wait_append_only BEFORE UPDATE OR DELETE ON handover_wait FOR EACH ROW"
    " EXECUTE FUNCTION only_these_change('released_on', 'released_by', 'released_at', 'released_invoice')",
    "CREATE OR REPLACE TRIGGER credit_turn_append_only BEFORE UPDATE OR DELETE ON credit_turn FOR EACH ROW"
    " EXECUTE FUNCTION only_these_change('is_agreed', 'decided_by', 'decided_at')",
    "CREATE OR REPLACE TRIGGER deposit_remittance_append_only BEFORE UPDATE OR DELETE ON deposit_remittance"
    " FOR EACH ROW EXECUTE FUNCTION only_these_change('is_confirmed', 'decided_by', 'decided_at')",
    # two people of finance turn a set-off into a refund
    "CREATE OR REPLACE TRIGGER late_credit_append_only BEFORE UPDATE OR DELETE ON late_credit FOR EACH ROW"
    " EXECUTE FUNCTION only_these_change('set_off_payment', 'returned_on', 'proof', 'returned_to', 'way')",
    # one person asks, another decides: two requests for the same money never stand beside each other
    "CREATE UNIQUE INDEX IF NOT EXISTS credit_turn_open ON credit_turn (late_credit) WHERE is_agreed IS NULL",
    "CREATE UNIQUE INDEX IF NOT EXISTS deposit_remittance_open ON deposit_remittance (deposit)"
    " WHERE is_confirmed IS NOT FALSE",
]
DOWN = [
    "CREATE OR REPLACE TRIGGER late_credit_append_only BEFORE UPDATE OR DELETE ON late_credit FOR EACH ROW"
    " EXECUTE FUNCTION only_these_change('set_off_payment', 'returned_on', 'proof', 'returned_to')",
    "DROP TRIGGER IF EXISTS deposit_remittance_append_only ON deposit_remittance",
    "DROP TRIGGER IF EXISTS credit_turn_append_only ON credit_turn",
    "DROP TRIGGER IF EXISTS handover_wait_append_only ON handover_wait",
    "DROP INDEX IF EXISTS deposit_remittance_open",
    "DROP INDEX IF EXISTS credit_turn_open",
    "DROP TRIGGER IF EXISTS book_handover_release ON handover_wait",
    "DROP TRIGGER IF EXISTS book_handover_wait ON handover_wait",
    "DROP FUNCTION IF EXISTS book_handover_wait()",
]


async def forwards() -> MigrationManager:
    """Functions, triggers and indexes; safe to run again."""
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
