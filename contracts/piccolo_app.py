"""Tables and migrations of the contracts."""

from marketplace.kernel.migrations import package

TABLE_MODULES = ["contracts.agreements.tables"]

APP_CONFIG = package("contracts", TABLE_MODULES, needs=["vendors"])
