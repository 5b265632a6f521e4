"""What contracts drawn up earlier were drawn up from: kept for those still to be signed whose text is as it was."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine.finder import engine_finder

ID = "2026-11-28T07:21:08:000000"
VERSION = "1.38.0"
DESCRIPTION = "the basis of contracts drawn up earlier"

FILL = """
ALTER TABLE contract_basis DISABLE TRIGGER contract_basis_append_only;
UPDATE contract_basis b SET title = c.title, is_call_off = c.is_call_off, renews = c.renews, buyer = c.buyer,
  budget_line = c.budget_line FROM contract c WHERE c.id = b.contract AND b.buyer IS NULL;
ALTER TABLE contract_basis ENABLE TRIGGER contract_basis_append_only;
INSERT INTO contract_basis (id, contract, lot, provider, amount, quantity, annual_hours, offer, service_from,
  service_to, terms, title, is_call_off, renews, buyer, budget_line, kept_at)
SELECT gen_random_uuid(), c.id, c.lot, c.provider, c.amount, coalesce(c.quantity, t.quantity), c.annual_hours, '',
  c.service_from, c.service_to, c.terms, c.title, c.is_call_off, c.renews, c.buyer, c.budget_line, now()
FROM contract c JOIN listing_lot t ON t.id = c.lot
WHERE c.status IN ('drawn_up', 'signed_by_one') AND c.counted_from IS NULL
  AND encode(sha256(convert_to(c.terms, 'UTF8')), 'hex') = c.terms_sha256
  AND NOT EXISTS (SELECT 1 FROM contract_basis b WHERE b.contract = c.id);
INSERT INTO contract_basis_part (id, basis, position, title, share, amount, advance_offset, due_on, evidence)
SELECT gen_random_uuid(), b.id, m.position, m.title, m.share, m.amount, m.advance_offset, m.due_on, m.evidence
FROM contract_basis b JOIN contract c ON c.id = b.contract JOIN contract_milestone m ON m.contract = c.id
WHERE c.status IN ('drawn_up', 'signed_by_one')
  AND NOT EXISTS (SELECT 1 FROM contract_basis_part p WHERE p.basis = b.id);
"""


async def forwards() -> MigrationManager:
    """Safe to run again."""
    manager = MigrationManager(migration_id=ID, app_name="contracts", description=DESCRIPTION)

    async def run() -> None:
        for statement in FILL.split(";\n"):
            if statement.strip():
                await engine_finder().run_ddl(statement)

    async def back() -> None:
        """The columns go with the migration before; what was kept stays true."""

    manager.add_raw(run)
    manager.add_raw_backwards(back)
    return manager
