"""A published purchase enters the sums against splitting in the transaction that writes it (R-METH-05)."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-28T15:40:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "purchases count against splitting when they are published"
OLD_PROCESSES = "go on: the triggers count what they write as well; only the new table is emptied"

# what counts of listings, once for each category of their lots
_COUNTS = """
SELECT gen_random_uuid(), l.id, l.budget_line, i.code, l.method, sum(o.budget), l.published_at,
  EXISTS (SELECT 1 FROM splitting_exemption e WHERE e.listing = l.id AND e.withdrawn_at IS NULL)
  OR EXISTS (SELECT 1 FROM listing_procedure p WHERE p.listing = l.id AND p.approval_number <> '')
FROM listing l JOIN listing_lot o ON o.listing = l.id JOIN item i ON i.id = o.item
WHERE l.published_at IS NOT NULL AND l.status NOT IN ('failed', 'cancelled'){more}
GROUP BY l.id, i.code
"""
_INTO = "INSERT INTO counted_purchase (id, listing, line, item_code, method, amount, published_at, is_exempt)"
_COUNT = f"""
CREATE OR REPLACE FUNCTION count_purchase(counted uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM counted_purchase c WHERE c.listing = counted AND NOT EXISTS (
    SELECT 1 FROM listing l JOIN listing_lot o ON o.listing = l.id JOIN item i ON i.id = o.item
    WHERE l.id = counted AND l.published_at IS NOT NULL AND l.status NOT IN ('failed', 'cancelled')
      AND i.code = c.item_code);
  {_INTO} {_COUNTS.format(more=" AND l.id = counted")}
  ON CONFLICT (listing, item_code) DO UPDATE SET line = excluded.line, method = excluded.method,
    amount = excluded.amount, published_at = excluded.published_at, is_exempt = excluded.is_exempt;
END $$
"""
_OF_LISTING = """
CREATE OR REPLACE FUNCTION listing_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM count_purchase(coalesce(NEW.id, OLD.id));
  RETURN NULL;
END $$
"""
# of a lot, a procedure or a recorded ground: the listing that it belongs to, and the one it belonged to
_OF_PART = """
CREATE OR REPLACE FUNCTION part_of_listing_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN PERFORM count_purchase(OLD.listing); END IF;
  IF TG_OP <> 'DELETE' AND (TG_OP = 'INSERT' OR NEW.listing <> OLD.listing) THEN
    PERFORM count_purchase(NEW.listing);
  END IF;
  RETURN NULL;
END $$
"""
# rows that another transaction is writing are left to be added up with this one: nobody waits, nobody blocks another
_MOVE = """
CREATE OR REPLACE FUNCTION move_counted_sum(of_line uuid, of_item varchar, of_method varchar, of_exempt boolean,
  more numeric, purchases_more integer) RETURNS void LANGUAGE sql AS $$
  WITH held AS (SELECT id FROM counted_sum WHERE line = of_line AND item_code = of_item AND method = of_method
    AND is_exempt = of_exempt FOR UPDATE SKIP LOCKED),
  gone AS (DELETE FROM counted_sum s USING held WHERE s.id = held.id RETURNING s.amount, s.purchases)
  INSERT INTO counted_sum (id, line, item_code, method, is_exempt, amount, purchases)
  SELECT gen_random_uuid(), of_line, of_item, of_method, of_exempt, coalesce(sum(amount), 0) + more,
    coalesce(sum(purchases), 0) + purchases_more FROM gone;
$$
"""
_ADD = """
CREATE OR REPLACE FUNCTION counted_purchase_adds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM move_counted_sum(OLD.line, OLD.item_code, OLD.method, OLD.is_exempt, -OLD.amount, -1);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM move_counted_sum(NEW.line, NEW.item_code, NEW.method, NEW.is_exempt, NEW.amount, 1);
  END IF;
  RETURN NULL;
END $$
"""
# also after rows were brought in without triggers
_ANEW = f"""
CREATE OR REPLACE FUNCTION count_purchases_anew() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  TRUNCATE counted_purchase, counted_sum;
  ALTER TABLE counted_purchase DISABLE TRIGGER counted_purchase_adds;
  {_INTO} {_COUNTS.format(more="")};
  ALTER TABLE counted_purchase ENABLE TRIGGER counted_purchase_adds;
  INSERT INTO counted_sum (id, line, item_code, method, is_exempt, amount, purchases)
  SELECT gen_random_uuid(), line, item_code, method, is_exempt, sum(amount), count(*) FROM counted_purchase
  GROUP BY line, item_code, method, is_exempt;
END $$
"""
_TRIGGER = "CREATE OR REPLACE TRIGGER {name} AFTER {when} FOR EACH ROW {only}EXECUTE FUNCTION {function}()"
# in the transaction of the migration: nothing is published between the triggers and what was published before them
UP = [
    _COUNT, _OF_LISTING, _OF_PART, _MOVE, _ADD, _ANEW,
    "LOCK TABLE listing, listing_lot, listing_procedure, splitting_exemption IN SHARE ROW EXCLUSIVE MODE",
    _TRIGGER.format(
        name="listing_counts_new", when="INSERT ON listing", function="listing_counts",
        only="WHEN (NEW.published_at IS NOT NULL) ",
    ),
    # most changes of a listing's state change nothing here
    _TRIGGER.format(
        name="listing_counts", when="UPDATE OF status, method, budget_line, published_at ON listing",
        function="listing_counts",
        only="WHEN ((OLD.status IN ('failed', 'cancelled'), OLD.method, OLD.budget_line, OLD.published_at)"
             " IS DISTINCT FROM (NEW.status IN ('failed', 'cancelled'), NEW.method, NEW.budget_line,"
             " NEW.published_at)) ",
    ),
    _TRIGGER.format(name="listing_counts_no_more", when="DELETE ON listing", function="listing_counts", only=""),
    *(
        _TRIGGER.format(name=f"{table}_counts", when=f"{when} ON {table}", function="part_of_listing_counts", only="")
        for table, when in (
            ("listing_lot", "INSERT OR DELETE OR UPDATE OF listing, item, budget"),
            ("listing_procedure", "INSERT OR DELETE OR UPDATE OF listing, approval_number"),
            ("splitting_exemption", "INSERT OR DELETE OR UPDATE OF listing, withdrawn_at"),
        )
    ),
    _TRIGGER.format(
        name="counted_purchase_adds", when="INSERT OR DELETE OR UPDATE ON counted_purchase",
        function="counted_purchase_adds", only="",
    ),
    "SELECT count_purchases_anew()",
    "ANALYZE counted_purchase, counted_sum",
    "CREATE INDEX IF NOT EXISTS counted_sum_group ON counted_sum (line, item_code, method)",
    # the newest of a group, and its pages
    "CREATE INDEX IF NOT EXISTS counted_purchase_group ON counted_purchase"
    " (line, item_code, published_at DESC, listing) INCLUDE (method, amount)",
    # the public page of a budget line: what is going on there, newest first; in an order that no index of all lines has
    "CREATE INDEX IF NOT EXISTS listing_of_line ON listing (budget_line, published_at DESC NULLS LAST,"
    " reference DESC) WHERE published_at IS NOT NULL AND status NOT IN ('failed', 'cancelled')",
]  # fmt: skip
DOWN = [
    *(
        f"DROP TRIGGER IF EXISTS {name} ON {table}"
        for name, table in (
            ("listing_counts_new", "listing"), ("listing_counts", "listing"), ("listing_counts_no_more", "listing"),
            ("listing_lot_counts", "listing_lot"), ("listing_procedure_counts", "listing_procedure"),
            ("splitting_exemption_counts", "splitting_exemption"), ("counted_purchase_adds", "counted_purchase"),
        )
    ),
    "DROP FUNCTION IF EXISTS listing_counts()", "DROP FUNCTION IF EXISTS part_of_listing_counts()",
    "DROP FUNCTION IF EXISTS count_purchase(uuid)", "DROP FUNCTION IF EXISTS counted_purchase_adds()",
    "DROP FUNCTION IF EXISTS count_purchases_anew()",
    "DROP FUNCTION IF EXISTS move_counted_sum(uuid, varchar, varchar, boolean, numeric, integer)",
    *(f"DROP INDEX IF EXISTS {name}" for name in ("listing_of_line", "counted_purchase_group", "counted_sum_group")),
]  # fmt: skip


async def forwards() -> MigrationManager:
    """Count what was published so far; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="catalogue", description=DESCRIPTION)

    async def run() -> None:
        for statement in UP:
            await engine_finder().run_ddl(statement)

    async def back() -> None:
        for statement in DOWN:
            await engine_finder().run_ddl(statement)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
