"""Tables and migrations of the vendors."""

from marketplace.kernel.migrations import package

TABLE_MODULES = [
    "vendors.providers.tables",
    "vendors.changes.tables",
    "vendors.expiring.tables",
    "vendors.workers.tables",
    "vendors.credit.tables",
    "vendors.relations.tables",
    "vendors.refusals.tables",
    "vendors.registration.tables",
    "vendors.townlist.tables",
    "vendors.incentives.tables",
    "vendors.qualification.tables",
    "vendors.standing.tables",
    "vendors.receipts.tables",
    "vendors.bids.tables",
    "vendors.sealing.tables",
    "vendors.register.tables",
]

APP_CONFIG = package("vendors", TABLE_MODULES, needs=["catalogue"])
