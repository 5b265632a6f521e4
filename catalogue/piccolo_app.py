"""Tables and migrations of the catalogue."""

from marketplace.kernel.migrations import package

TABLE_MODULES = ["catalogue.items.tables", "catalogue.plans.tables", "catalogue.listings.tables"]
TABLE_MODULES += ["catalogue.listings.version_tables", "catalogue.interest.tables", "catalogue.questions.tables"]
TABLE_MODULES += ["catalogue.corrigenda.tables", "catalogue.interruptions.tables", "catalogue.relisting.tables"]
TABLE_MODULES += ["catalogue.listings.rule_tables"]
TABLE_MODULES += ["catalogue.notices.tables"]

TABLE_MODULES += ["catalogue.listings.review.tables", "catalogue.listings.preparation.tables"]
TABLE_MODULES += ["catalogue.intentions.tables"]
TABLE_MODULES += ["catalogue.listings.drafting_tables"]

TABLE_MODULES += ["catalogue.listings.method_tables"]

TABLE_MODULES += ["catalogue.listings.entrusting.tables"]
TABLE_MODULES += ["catalogue.listings.frameworks.tables"]
TABLE_MODULES += ["catalogue.listings.sole.tables", "catalogue.objections.tables", "catalogue.holds.tables"]

TABLE_MODULES += ["catalogue.outages.tables"]
TABLE_MODULES += ["catalogue.listings.inviting.tables"]
TABLE_MODULES += ["catalogue.plans.exemption_tables", "catalogue.plans.splitting_tables"]

APP_CONFIG = package("catalogue", TABLE_MODULES, needs=["marketplace"])
