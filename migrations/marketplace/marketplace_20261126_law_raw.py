"""County rule rows and loaded years only grow, have two people behind them, and change the version that all read."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T13:56:30:000001"
VERSION = "1.38.0"
DESCRIPTION = "law that only grows"

APPEND_ONLY = ("county_rule", "county_rule_decision", "calendar_load", "calendar_day")
SEEN_BY_ALL = ("county_rule_decision", "calendar_load", "calendar_day")

UP = [
    "INSERT INTO law_state (id, version) VALUES (1, gen_random_uuid()) ON CONFLICT DO NOTHING",
    """
    CREATE OR REPLACE FUNCTION change_law_version() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE law_state SET version = gen_random_uuid();
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION check_second_person() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT 1 FROM county_rule WHERE id = NEW.rule AND proposed_by = NEW.decided_by) THEN
            RAISE EXCEPTION 'a county rule row is decided by a second person' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE OR REPLACE TRIGGER county_rule_second_person BEFORE INSERT ON county_rule_decision"
    " FOR EACH ROW EXECUTE FUNCTION check_second_person()",
    *(
        f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        for table in APPEND_ONLY
    ),
    *(
        f"CREATE OR REPLACE TRIGGER {table}_changes_law AFTER INSERT ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION change_law_version()"
        for table in SEEN_BY_ALL
    ),
]
DOWN = [
    *(f"DROP TRIGGER IF EXISTS {table}_changes_law ON {table}" for table in SEEN_BY_ALL),
    *(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}" for table in APPEND_ONLY),
    "DROP TRIGGER IF EXISTS county_rule_second_person ON county_rule_decision",
    "DROP FUNCTION IF EXISTS check_second_person()",
    "DROP FUNCTION IF EXISTS change_law_version()",
]


async def forwards() -> MigrationManager:
    """Guards and one row; safe to run again."""
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
