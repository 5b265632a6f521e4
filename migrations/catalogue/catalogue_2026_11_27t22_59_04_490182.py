from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Numeric
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check

ID = "2026-11-27T22:59:04:490182"
VERSION = "1.38.0"
DESCRIPTION = "the share of the last payment that may wait for the handover"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="catalogue", description=DESCRIPTION
    )

    manager.add_column(
        table_class_name="ListingTerms",
        tablename="listing_terms",
        column_name="handover_share",
        db_column_name="handover_share",
        column_class_name="Numeric",
        column_class=Numeric,
        params={
            "default": None,
            "digits": (5, 2),
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="ListingTerms",
        tablename="listing_terms",
        constraint_name="terms_handover_share_percent",
        constraint_class=Check,
        params={
            "condition": "handover_share IS NULL OR (handover_share > 0 AND handover_share <= 100)"
        },
        schema=None,
    )

    return manager
