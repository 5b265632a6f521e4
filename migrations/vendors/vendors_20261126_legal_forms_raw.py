"""More legal forms: exempt and sector bodies, institutions not yet classed, and those that law or plan leaves out."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-26T18:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "more legal forms of providers"

BEFORE = (
    "'social_group', 'private_non_enterprise', 'foundation', 'public_institution_1', 'public_institution_2',"
    " 'public_institution_business', 'enterprise'"
)
ADDED = (
    "'exempt_body', 'public_institution_pending', 'sector_body', 'mass_organisation', 'rural_collective',"
    " 'self_governing', 'other_body'"
)
DROP = "ALTER TABLE provider DROP CONSTRAINT IF EXISTS provider_legal_form_known"
ADD = "ALTER TABLE provider ADD CONSTRAINT provider_legal_form_known CHECK (legal_form IN ({}))"
UP = [DROP, ADD.format(f"{BEFORE}, {ADDED}")]
DOWN = [DROP, ADD.format(BEFORE)]


async def forwards() -> MigrationManager:
    """Replace the list of known forms; safe to run again."""
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
