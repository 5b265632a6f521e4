"""Tables and migrations of the contracts."""

from marketplace.kernel.migrations import package

TABLE_MODULES = [
    "contracts.agreements.tables",
    "contracts.cases.tables",
    "contracts.safeguarding.tables",
    "contracts.household_checks.tables",
    "contracts.discovery.tables",
    "contracts.job_matching.tables",
    "contracts.relief.tables",
    "contracts.orders.tables",
    "contracts.brought_in.tables",
    "contracts.redactions.tables",
    "contracts.frameworks.tables",
    "contracts.frameworks.order_tables",
    "contracts.suspensions.tables",
    "contracts.visits.tables",
    "contracts.visits.side_tables",
    "contracts.visits.photo_tables",
    "contracts.casework.tables",
    "contracts.amendments.tables",
    "contracts.handovers.tables",
    "contracts.acceptance.tables",
    "contracts.acceptance.request_tables",
    "contracts.acceptance.plan_tables",
    "contracts.acceptance.evidence_tables",
    "contracts.billing.tables",
    "contracts.deposits.tables",
    "contracts.fees.tables",
    "contracts.treasury.tables",
    "contracts.subsidies.tables",
]

APP_CONFIG = package("contracts", TABLE_MODULES, needs=["vendors"])
