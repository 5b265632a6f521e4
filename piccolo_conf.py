"""Piccolo's entry point: the engine and the order of the packages."""

import os
from typing import Any

from marketplace.kernel import devdb
from marketplace.kernel.db import use_engine
from marketplace.kernel.safe_engine import SafePostgresEngine, engine_config

_address = os.environ.get("DATABASE_URL")
_database = os.environ.get("MARKETPLACE_DATABASE", "marketplace")
DB = use_engine(
    SafePostgresEngine(
        config=engine_config(_address) if _address else devdb.dsn(_database),
        log_queries=False,
    )
)

PACKAGES = ["marketplace", "catalogue", "vendors", "contracts", "evaluations"]


def __getattr__(name: str) -> Any:
    """The registry is asked for by migrations alone; it loads a code formatter, which no page needs."""
    if name != "APP_REGISTRY":
        raise AttributeError(name)
    from piccolo.conf.apps import AppRegistry

    return AppRegistry(apps=[f"{package}.piccolo_app" for package in PACKAGES])
