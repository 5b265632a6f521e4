"""One row of the public register per provider, kept by triggers."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T21:58:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "the searched register, kept by triggers"

REFRESH = """
CREATE OR REPLACE FUNCTION refresh_register_entry(provider_id uuid) RETURNS void LANGUAGE sql AS $$
  INSERT INTO register_entry AS e (id, reference, credit_code, legal_form, file_status, name, name_en, sort_key, words,
                                   items, towns, registered_at)
  SELECT p.id, p.reference, p.credit_code, p.legal_form, p.file_status, o.name, o.name_en, o.sort_key,
         p.search_text || ' ' || lower(o.name_en) || ' ' || lower(p.reference),
         coalesce((SELECT array_agg(i.item_code ORDER BY i.item_code) FROM offered_item i WHERE i.provider = p.id), '{}'),
         coalesce((SELECT array_agg(town.id ORDER BY town.sort_key) FROM organisation town
                   WHERE town.kind = 'town' AND (town_in_address(town.name, p.address) OR town.id IN
                         (SELECT s.town FROM service_town s WHERE s.provider = p.id))), '{}'),
         p.registered_at
  FROM provider p JOIN organisation o ON o.id = p.organisation
  WHERE p.id = provider_id
  ON CONFLICT (id) DO UPDATE SET credit_code = excluded.credit_code, legal_form = excluded.legal_form,
    file_status = excluded.file_status, name = excluded.name, name_en = excluded.name_en,
    sort_key = excluded.sort_key, words = excluded.words, items = excluded.items, towns = excluded.towns
$$
"""
# "赵镇街道办事处" sits in "赵镇迎宾大道 1 号" and in "金堂县赵镇街道十里大道"
TOWN = """
CREATE OR REPLACE FUNCTION town_in_address(town text, address text) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$
  SELECT length(short) > 1 AND position(short IN address) > 0
  FROM (SELECT regexp_replace(regexp_replace(town, '^.*[省市县]', ''), '(街道)?(人民政府|办事处)$', '') AS short) s
$$
"""
OF_PROVIDER = """
CREATE OR REPLACE FUNCTION register_follows_provider() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM register_entry WHERE id = OLD.id;
    RETURN OLD;
  END IF;
  PERFORM refresh_register_entry(NEW.id);
  RETURN NEW;
END $$
"""
OF_PART = """
CREATE OR REPLACE FUNCTION register_follows_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM refresh_register_entry(CASE TG_OP WHEN 'DELETE' THEN OLD.provider ELSE NEW.provider END);
  RETURN NULL;
END $$
"""
OF_ORGANISATION = """
CREATE OR REPLACE FUNCTION register_follows_organisation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.kind = 'town' THEN
    PERFORM refresh_register_entry(p.id) FROM provider p WHERE town_in_address(NEW.name, p.address);
  ELSE
    PERFORM refresh_register_entry(p.id) FROM provider p WHERE p.organisation = NEW.id;
  END IF;
  RETURN NEW;
END $$
"""
TRIGGERS = {
    "provider": ("register_follows_provider", "INSERT OR UPDATE OR DELETE"),
    "organisation": ("register_follows_organisation", "INSERT OR UPDATE OF name, name_en, sort_key"),
    "offered_item": ("register_follows_part", "INSERT OR UPDATE OR DELETE"),
    "service_town": ("register_follows_part", "INSERT OR UPDATE OR DELETE"),
}
UP = [
    TOWN, REFRESH, OF_PROVIDER, OF_PART, OF_ORGANISATION,
    *(f"CREATE OR REPLACE TRIGGER register_follows AFTER {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
      for table, (name, when) in TRIGGERS.items()),
    "CREATE INDEX IF NOT EXISTS register_entry_order ON register_entry (sort_key, reference)",
    "SELECT refresh_register_entry(id) FROM provider",
]  # fmt: skip
DOWN = [
    *(f"DROP TRIGGER IF EXISTS register_follows ON {table}" for table in TRIGGERS),
    "DROP INDEX IF EXISTS register_entry_order",
    "DROP FUNCTION IF EXISTS register_follows_organisation(), register_follows_part(), register_follows_provider(),"
    " refresh_register_entry(uuid), town_in_address(text, text)",
]  # fmt: skip


async def forwards() -> MigrationManager:
    """Create functions, triggers and indexes; safe to run again."""
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
