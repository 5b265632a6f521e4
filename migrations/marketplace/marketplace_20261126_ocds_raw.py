"""Releases are never changed, and a function that marks a process whose public state may have changed."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T17:59:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "releases of the public record"

UP = [
    """
    CREATE OR REPLACE FUNCTION mark_ocds_change() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      found uuid;
    BEGIN
      found := CASE TG_ARGV[0]
        WHEN 'listing' THEN (to_jsonb(NEW) ->> 'id')::uuid
        WHEN 'of_listing' THEN (to_jsonb(NEW) ->> 'listing')::uuid
        WHEN 'of_contract' THEN (SELECT listing FROM contract WHERE id = (to_jsonb(NEW) ->> 'contract')::uuid)
        WHEN 'of_invoice' THEN (SELECT c.listing FROM invoice i JOIN contract c ON c.id = i.contract
                                WHERE i.id = (to_jsonb(NEW) ->> 'invoice')::uuid)
      END;
      IF found IS NOT NULL THEN
        INSERT INTO ocds_change (listing) VALUES (found);
      END IF;
      RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION refuse_ocds_release_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'a release is never changed: % of ocds_release', TG_OP;
    END $$
    """,
    "CREATE OR REPLACE TRIGGER ocds_release_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON ocds_release"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_ocds_release_change()",
    "CREATE INDEX IF NOT EXISTS ocds_release_process ON ocds_release (listing, number)",
    "CREATE INDEX IF NOT EXISTS ocds_release_ocid ON ocds_release (ocid)",
]
DOWN = [
    "DROP TRIGGER IF EXISTS ocds_release_stays ON ocds_release",
    "DROP FUNCTION IF EXISTS refuse_ocds_release_change()",
    "DROP FUNCTION IF EXISTS mark_ocds_change() CASCADE",
    "DROP INDEX IF EXISTS ocds_release_process",
    "DROP INDEX IF EXISTS ocds_release_ocid",
]


async def forwards() -> MigrationManager:
    """Create the guards; safe to run again."""
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
