from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Boolean
from piccolo.columns.column_types import Integer
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check

ID = "2026-11-26T17:41:19:977904"
VERSION = "1.38.0"
DESCRIPTION = "reserved lots and validity of bids"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="catalogue", description=DESCRIPTION
    )

    manager.add_column(
        table_class_name="ListingLot",
        tablename="listing_lot",
        column_name="is_reserved",
        db_column_name="is_reserved",
        column_class_name="Boolean",
        column_class=Boolean,
        params={
            "default": False,
            "null": False,
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

    manager.add_column(
        table_class_name="ListingTerms",
        tablename="listing_terms",
        column_name="bid_validity",
        db_column_name="bid_validity",
        column_class_name="Integer",
        column_class=Integer,
        params={
            "default": None,
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
        constraint_name="terms_validity_positive",
        constraint_class=Check,
        params={"condition": "bid_validity IS NULL OR bid_validity > 0"},
        schema=None,
    )

    return manager
