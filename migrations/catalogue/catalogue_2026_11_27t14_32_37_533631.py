from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Integer
from piccolo.columns.column_types import Varchar
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check

ID = "2026-11-27T14:32:37:533631"
VERSION = "1.38.0"
DESCRIPTION = "True"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="catalogue", description=DESCRIPTION
    )

    manager.add_column(
        table_class_name="ListingTerms",
        tablename="listing_terms",
        column_name="renewal_grade",
        db_column_name="renewal_grade",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 10,
            "default": "",
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
        column_name="renewal_years",
        db_column_name="renewal_years",
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
        constraint_name="terms_renewal_whole",
        constraint_class=Check,
        params={
            "condition": "(renewal_years IS NULL AND renewal_grade = '') OR (renewal_years > 0 AND renewal_grade IN ('excellent', 'good', 'fair'))"
        },
        schema=None,
    )

    return manager
