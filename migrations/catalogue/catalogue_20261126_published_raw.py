"""What the public reads of a published listing changes only together with a new version of it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T14:00:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "a published listing is versioned, never edited"

CHILDREN = (
    "listing_lot", "listing_town", "criterion", "past_performance_band", "payment_milestone", "listing_opener",
    "timetable_date",
)  # fmt: skip
# what the life of a listing moves without a new version: its state and how it ended
MOVING = "ARRAY['status', 'ended_at', 'end_reason', 'end_clause']"

UP = [
    # the transaction of a version; a savepoint inside it has the same number
    "ALTER TABLE listing_version ADD COLUMN IF NOT EXISTS written_in xid8 NOT NULL DEFAULT pg_current_xact_id()",
    """
    CREATE OR REPLACE FUNCTION refuse_unversioned(changed uuid) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT 1 FROM listing WHERE id = changed AND published_at IS NOT NULL)
         AND NOT EXISTS (SELECT 1 FROM listing_version
                         WHERE listing = changed AND written_in = pg_current_xact_id()) THEN
        RAISE EXCEPTION 'a published listing changes only with a new version written in the same transaction'
          USING ERRCODE = 'integrity_constraint_violation';
      END IF;
    END $$
    """,
    f"""
    CREATE OR REPLACE FUNCTION listing_is_versioned() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' THEN
        IF OLD.published_at IS NOT NULL THEN
          RAISE EXCEPTION 'a published listing is never removed' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
      ELSIF OLD.published_at IS NOT NULL AND NEW.published_at IS DISTINCT FROM OLD.published_at THEN
        RAISE EXCEPTION 'the day of publication stands' USING ERRCODE = 'integrity_constraint_violation';
      ELSIF to_jsonb(NEW) - {MOVING} IS DISTINCT FROM to_jsonb(OLD) - {MOVING} THEN
        PERFORM refuse_unversioned(NEW.id);
      END IF;
      RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION listing_part_is_versioned() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP <> 'INSERT' THEN PERFORM refuse_unversioned(OLD.listing); END IF;
      IF TG_OP <> 'DELETE' THEN PERFORM refuse_unversioned(NEW.listing); END IF;
      RETURN NULL;
    END $$
    """,
    "DROP TRIGGER IF EXISTS listing_is_versioned ON listing",
    # at the commit: the act may change rows first and write the version last
    "CREATE CONSTRAINT TRIGGER listing_is_versioned AFTER UPDATE OR DELETE ON listing DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION listing_is_versioned()",
    *(
        sql
        for table in CHILDREN
        for sql in (
            f"DROP TRIGGER IF EXISTS {table}_is_versioned ON {table}",
            f"CREATE CONSTRAINT TRIGGER {table}_is_versioned AFTER INSERT OR UPDATE OR DELETE ON {table}"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION listing_part_is_versioned()",
        )
    ),
]
DOWN = [
    "DROP TRIGGER IF EXISTS listing_is_versioned ON listing",
    *(f"DROP TRIGGER IF EXISTS {table}_is_versioned ON {table}" for table in CHILDREN),
    "DROP FUNCTION IF EXISTS listing_part_is_versioned()",
    "DROP FUNCTION IF EXISTS listing_is_versioned()",
    "DROP FUNCTION IF EXISTS refuse_unversioned(uuid)",
    "ALTER TABLE listing_version DROP COLUMN IF EXISTS written_in",
]


async def forwards() -> MigrationManager:
    """Guard the listing and its parts; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="catalogue", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        for sql in DOWN:
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
