"""What is owed and kept is posted to the accounts by the database, with the row that causes it; earlier rows too.

Each `book_…` function posts one cause, whole; its trigger calls it for a new row and `OPENING` for every row that was
there before, so that an upgraded county has the same book as a new one.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-27T20:44:30:000001"
VERSION = "1.38.0"
DESCRIPTION = "accruals, payments and deposits posted to the accounts"

# work that was accepted is owed: the price of its part, less what was deducted; the rest the advance has paid
ACCEPTANCE = """
CREATE OR REPLACE FUNCTION book_acceptance(cause uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE r record;
BEGIN
  SELECT a.contract, a.accepted_at, m.amount, m.amount - a.amount AS deducted, m.advance_offset INTO r
  FROM acceptance a JOIN contract_milestone m ON m.id = a.milestone WHERE a.id = cause;
  PERFORM book('5001', '230201', r.amount, 'contract', r.contract, 'acceptance', cause::text, r.accepted_at);
  PERFORM book('230201', '5001', r.deducted, 'contract', r.contract, 'acceptance', cause::text, r.accepted_at);
  PERFORM book('5001', '1214', r.advance_offset, 'contract', r.contract, 'acceptance', cause::text, r.accepted_at);
END $$
"""
# what a settled dispute found not to be owed
DISPUTE = """
CREATE OR REPLACE FUNCTION book_dispute(cause uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE r record;
BEGIN
  SELECT i.contract, d.amount - d.to_pay AS dropped, d.settled_at INTO r
  FROM payment_dispute d JOIN invoice i ON i.id = d.invoice WHERE d.id = cause;
  PERFORM book('230201', '5001', r.dropped, 'contract', r.contract, 'payment_dispute', cause::text, r.settled_at);
END $$
"""
# an ending: work paid by the advance that was left; an offset of an advance never paid is owed with the settlement
ENDING = """
CREATE OR REPLACE FUNCTION book_ending(cause uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE r record;
BEGIN
  SELECT contract, advance_left - claim AS worked_off, offset_owed, decided_at INTO r
  FROM contract_amendment WHERE id = cause;
  PERFORM book('5001', '1214', r.worked_off, 'contract', r.contract, 'contract_amendment', cause::text, r.decided_at);
  PERFORM book('1214', '5001', r.offset_owed, 'contract', r.contract, 'contract_amendment', cause::text, r.decided_at);
END $$
"""
INTEREST = """
CREATE OR REPLACE FUNCTION book_late_interest(cause uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE r record;
BEGIN
  SELECT i.contract, l.amount, y.approved_at INTO r FROM late_interest l JOIN payment y ON y.id = l.payment
  JOIN invoice i ON i.id = l.invoice WHERE l.id = cause;
  PERFORM book('5901', '230202', r.amount, 'contract', r.contract, 'late_interest', cause::text, r.approved_at);
END $$
"""
# money that the budget's lines paid or got back stands in both books, from the same posting
MONEY = """
CREATE OR REPLACE FUNCTION book_money(cause bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE g ledger_posting; r record;
BEGIN
  SELECT * INTO g FROM ledger_posting WHERE id = cause;
  IF g.source_kind = 'payment' THEN
    SELECT i.contract, CASE WHEN y.part = 'interest' THEN '230202' WHEN i.advance IS NOT NULL THEN '1214'
                            ELSE '230201' END AS account INTO r
    FROM payment y JOIN invoice i ON i.id = y.invoice WHERE y.id::text = g.source_id;
  ELSIF g.source_kind = 'contract_opening' THEN
    SELECT o.contract, '5001' AS account INTO r FROM contract_opening o WHERE o.id::text = g.source_id;
  ELSIF g.source_kind = 'advance_claim' THEN
    SELECT a.contract, '1214' AS account INTO r FROM advance_claim k JOIN contract_amendment a ON a.id = k.amendment
    WHERE k.id::text = g.source_id;
  -- work that was paid and credited afterwards was no cost
  ELSIF g.source_kind = 'late_credit' THEN
    SELECT i.contract, '5001' AS account INTO r FROM late_credit k JOIN invoice i ON i.id = k.invoice
    WHERE k.id::text = g.source_id;
  ELSE
    RETURN;
  END IF;
  IF r.contract IS NULL THEN RETURN; END IF;
  IF g.kind = 'pay' THEN
    PERFORM book(r.account, '4001', g.amount, 'contract', r.contract, g.source_kind, g.source_id, g.posted_at);
  ELSE
    PERFORM book('4001', r.account, g.amount, 'contract', r.contract, g.source_kind, g.source_id, g.posted_at);
  END IF;
END $$
"""
# a guarantee is paper: it stands as a memorandum; forfeited, its issuer owes the money and the treasury gets it
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
# function: table, event, condition
CAUSES = {
    "book_acceptance": ("acceptance", "INSERT", "true"),
    "book_dispute": (
        "payment_dispute", "UPDATE OF status", "NEW.status = 'settled' AND OLD.status <> 'settled'",
    ),
    "book_ending": (
        "contract_amendment", "UPDATE OF status",
        "NEW.kind = 'termination' AND NEW.status = 'in_force' AND OLD.status <> 'in_force'",
    ),
    "book_late_interest": ("late_interest", "INSERT", "true"),
    "book_money": ("ledger_posting", "INSERT", "NEW.kind IN ('pay', 'unpay')"),
    "book_deposit": ("deposit_movement", "INSERT", "true"),
}  # fmt: skip


def triggers(function: str) -> list[str]:
    """The trigger that posts a new cause."""
    table, event, condition = CAUSES[function]
    return [
        f"CREATE OR REPLACE FUNCTION {function}_now() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN PERFORM {function}(NEW.id); RETURN NULL; END $$",
        f"CREATE OR REPLACE TRIGGER {function}_now AFTER {event} ON {table}"
        f" FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {function}_now()",
    ]


KINDS = (
    "ALTER TABLE deposit_movement DROP CONSTRAINT IF EXISTS deposit_movement_kind_known",
    "ALTER TABLE deposit_movement ADD CONSTRAINT deposit_movement_kind_known"
    " CHECK (kind IN ('receive', 'return', 'forfeit', 'interest', 'interest_paid'))",
)
# interest is no part of the deposit: it moves none of its parts
PARTS = """
CREATE OR REPLACE FUNCTION deposit_movement_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE deposit SET
    received = received + CASE NEW.kind WHEN 'receive' THEN NEW.amount ELSE 0 END,
    held = held + CASE WHEN NEW.kind = 'receive' THEN NEW.amount
                       WHEN NEW.kind IN ('return', 'forfeit') THEN -NEW.amount ELSE 0 END,
    returned = returned + CASE NEW.kind WHEN 'return' THEN NEW.amount ELSE 0 END,
    forfeited = forfeited + CASE NEW.kind WHEN 'forfeit' THEN NEW.amount ELSE 0 END
  WHERE id = NEW.deposit AND NEW.kind IN ('receive', 'return', 'forfeit');
  RETURN NULL;
END $$
"""


def _earlier(function: str, table: str, source: str, which: str = "true") -> str:
    """Post every row of before that has no posting yet, the first first."""
    return (
        f"SELECT {function}(x.id) FROM {table} x WHERE {which} AND NOT EXISTS (SELECT 1 FROM account_posting p"
        f" WHERE p.source_kind = {source}) ORDER BY x.id"
    )


# what is owed first, then what was paid of it: no account falls below zero on the way
OPENING = [
    _earlier("book_acceptance", "acceptance", "'acceptance' AND p.source_id = x.id::text"),
    _earlier(
        "book_ending", "contract_amendment", "'contract_amendment' AND p.source_id = x.id::text",
        "x.kind = 'termination' AND x.status = 'in_force'",
    ),
    _earlier(
        "book_dispute", "payment_dispute", "'payment_dispute' AND p.source_id = x.id::text", "x.status = 'settled'"
    ),
    _earlier("book_late_interest", "late_interest", "'late_interest' AND p.source_id = x.id::text"),
    _earlier(
        "book_money", "ledger_posting", "x.source_kind AND p.source_id = x.source_id", "x.kind IN ('pay', 'unpay')"
    ),
    _earlier("book_deposit", "deposit_movement", "'deposit_movement' AND p.source_id = x.id::text"),
    # returned late before interest was a movement: what the bank sent back went with it
    "INSERT INTO deposit_movement (deposit, kind, amount, moved_at)"
    " SELECT d.id, k.kind, d.interest, d.ended_at FROM deposit d, (VALUES ('interest'), ('interest_paid')) k(kind)"
    " WHERE d.status = 'returned' AND d.interest > 0 AND (k.kind = 'interest' OR d.way <> 'online' OR d.refund_failed)"
    " AND NOT EXISTS (SELECT 1 FROM deposit_movement m WHERE m.deposit = d.id AND m.kind = k.kind)"
    " ORDER BY d.ended_at, k.kind",
]  # fmt: skip

UP = [
    *KINDS, PARTS, ACCEPTANCE, DISPUTE, ENDING, INTEREST, MONEY, DEPOSIT,
    *(sql for function in CAUSES for sql in triggers(function)),
]  # fmt: skip
DOWN = [
    sql
    for function, (table, *_) in CAUSES.items()
    for sql in (
        f"DROP TRIGGER IF EXISTS {function}_now ON {table}", f"DROP FUNCTION IF EXISTS {function}_now()",
        f"DROP FUNCTION IF EXISTS {function}({'bigint' if function in ('book_money', 'book_deposit') else 'uuid'})",
    )
]  # fmt: skip


async def forwards() -> MigrationManager:
    """Functions, triggers, and the opening lines of what stands already; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="contracts", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP + OPENING:
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        for sql in DOWN:
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
