"""The ground floor's tables and migrations."""

from marketplace.kernel.migrations import package

TABLE_MODULES = [
    "marketplace.kernel.tables",
    "marketplace.kernel.ledger.tables",
    "marketplace.kernel.audit.tables",
    "marketplace.kernel.outbox.tables",
    "marketplace.kernel.law.tables",
    "marketplace.kernel.draws.tables",
    "marketplace.accounts.people.tables",
    "marketplace.accounts.addresses.tables",
    "marketplace.accounts.throttle.tables",
    "marketplace.accounts.second_factor.tables",
    "marketplace.accounts.membership.tables",
    "marketplace.accounts.joining.tables",
    "marketplace.accounts.recovery.tables",
    "marketplace.accounts.privacy.tables",
    "marketplace.accounts.duties.tables",
    "marketplace.accounts.openers.tables",
    "marketplace.accounts.documents.tables",
    "marketplace.accounts.agencies.tables",
    "marketplace.demo.tables",
    "marketplace.rehearsal.tables",
    "marketplace.finding.tables",
    "marketplace.retention.tables",
    "marketplace.opendata.ocds.tables",
    "marketplace.public_posts.tables",
    "marketplace.subscriptions.tables",
    "marketplace.voices.tables",
    "marketplace.conference.tables",
]

APP_CONFIG = package("marketplace", TABLE_MODULES)
