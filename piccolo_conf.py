"""Piccolo's entry point: the engine and the order of the packages."""

import os

from piccolo.conf.apps import AppRegistry

from marketplace.kernel import devdb
from marketplace.kernel.db import SafePostgresEngine, engine_config, use_engine

_address = os.environ.get("DATABASE_URL")
DB = use_engine(
    SafePostgresEngine(
        config=engine_config(_address) if _address else devdb.dsn(os.environ.get("MARKETPLACE_DATABASE", "marketplace")),
        log_queries=False,
    )
)

APP_REGISTRY = AppRegistry(
    apps=[
        "marketplace.piccolo_app",
        "catalogue.piccolo_app",
        "vendors.piccolo_app",
        "contracts.piccolo_app",
        "evaluations.piccolo_app",
    ]
)
