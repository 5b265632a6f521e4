"""Tables and migrations of the evaluations."""

from marketplace.kernel.migrations import package

TABLE_MODULES: list[str] = []

APP_CONFIG = package("evaluations", TABLE_MODULES, needs=["contracts"])
