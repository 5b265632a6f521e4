"""A rehearsal stays one: the guard of the installation's row knows its second word too."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-28T03:10:13:000000"
VERSION = "1.38.0"
DESCRIPTION = "a rehearsal stays one"

GUARD = """
    CREATE OR REPLACE FUNCTION guard_installation() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' OR NEW.is_demo <> OLD.is_demo{more} OR NEW.id <> OLD.id THEN
        RAISE EXCEPTION 'what kind of installation this is never changes';
      END IF;
      RETURN NEW;
    END $$
    """


async def forwards() -> MigrationManager:
    """Replace the function; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="marketplace", description=DESCRIPTION)

    async def run() -> None:
        await engine_finder().run_ddl(GUARD.replace("{more}", " OR NEW.is_rehearsal <> OLD.is_rehearsal"))

    async def back() -> None:
        await engine_finder().run_ddl(GUARD.replace("{more}", ""))

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
