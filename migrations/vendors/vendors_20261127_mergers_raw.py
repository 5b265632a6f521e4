"""The core of a name, kept with its register entry; a merged registration leaves the register for good."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

from migrations.vendors.vendors_20261126_register_raw import REFRESH

ID = "2026-11-27T00:03:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "cores of names, merged registrations"

# "惠民康养服务（成都）有限公司" and "成都惠民康养服务有限责任公司" are one name without place, legal form and signs
CORE = """
CREATE OR REPLACE FUNCTION name_core(name text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
  SELECT CASE WHEN length(short) > 1 THEN short ELSE plain END
  FROM (SELECT plain, regexp_replace(regexp_replace(plain, '四川省?|成都市?|金堂县?', '', 'g'),
                                     '(股份|有限|责任|总|分)*公司$|(服务)?(中心|协会|促进会|联合会|基金会|学会|事务所)$', '') AS short
        FROM (SELECT regexp_replace(lower(normalize(name, NFKC)), '[[:space:][:punct:]（）·“”‘’《》、，。-]', '', 'g') AS plain) p) s
$$
"""
AT_COLUMNS = "name, name_en, sort_key, words,"
KEEPS_CORE = (
    REFRESH.replace(AT_COLUMNS, "name, name_en, core, sort_key, words,")
    .replace("o.name, o.name_en, o.sort_key,", "o.name, o.name_en, name_core(o.name), o.sort_key,")
    .replace("name_en = excluded.name_en,", "name_en = excluded.name_en, core = excluded.core,")
    .replace(
        "WHERE p.id = provider_id",
        "WHERE p.id = provider_id AND NOT EXISTS (SELECT 1 FROM provider_merger m WHERE m.dropped = p.id)",
    )
)
LEAVES = """
CREATE OR REPLACE FUNCTION merged_provider_leaves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM register_entry WHERE id = NEW.dropped;
  RETURN NEW;
END $$
"""
UP = [
    CORE, KEEPS_CORE, LEAVES,
    "CREATE OR REPLACE TRIGGER merged_provider_leaves AFTER INSERT ON provider_merger"
    " FOR EACH ROW EXECUTE FUNCTION merged_provider_leaves()",
    *(f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
      " FOR EACH ROW EXECUTE FUNCTION refuse_change()" for table in ("provider_merger", "register_import")),
    "UPDATE register_entry SET core = name_core(name)",
]  # fmt: skip
DOWN = [
    "DROP TRIGGER IF EXISTS register_import_append_only ON register_import",
    "DROP TRIGGER IF EXISTS provider_merger_append_only ON provider_merger",
    "DROP TRIGGER IF EXISTS merged_provider_leaves ON provider_merger",
    REFRESH,
    "DROP FUNCTION IF EXISTS merged_provider_leaves(), name_core(text)",
]


async def forwards() -> MigrationManager:
    """Create functions and triggers; safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="vendors", description=DESCRIPTION)

    async def run() -> None:
        for sql in UP:
            await engine_finder().run_ddl(sql)

    async def back() -> None:
        for sql in DOWN:
            await engine_finder().run_ddl(sql)

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
