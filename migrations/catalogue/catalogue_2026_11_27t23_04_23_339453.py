from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.base import OnDelete
from piccolo.columns.base import OnUpdate
from piccolo.columns.column_types import ForeignKey
from piccolo.columns.column_types import Integer
from piccolo.columns.column_types import Numeric
from piccolo.columns.column_types import UUID
from piccolo.columns.column_types import Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check
from piccolo.constraints import Unique
from piccolo.table import Table


class Listing(Table, tablename="listing", schema=None):
    id = UUID(
        default=UUID4(),
        null=False,
        primary_key=True,
        unique=False,
        index=False,
        index_method=IndexMethod.btree,
        choices=None,
        db_column_name=None,
        secret=False,
    )


ID = "2026-11-28T00:04:23:339453"
VERSION = "1.38.0"
DESCRIPTION = "how printed indicators are scored, and whose judgement counts"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="catalogue", description=DESCRIPTION
    )

    manager.add_table(
        class_name="ListingSource",
        tablename="listing_source",
        schema=None,
        columns=None,
    )

    manager.add_column(
        table_class_name="ListingSource",
        tablename="listing_source",
        column_name="id",
        db_column_name="id",
        column_class_name="UUID",
        column_class=UUID,
        params={
            "default": UUID4(),
            "null": False,
            "primary_key": True,
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
        table_class_name="ListingSource",
        tablename="listing_source",
        column_name="listing",
        db_column_name="listing",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": Listing,
            "on_delete": OnDelete.restrict,
            "on_update": OnUpdate.cascade,
            "target_column": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": True,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="ListingSource",
        tablename="listing_source",
        column_name="position",
        db_column_name="position",
        column_class_name="Integer",
        column_class=Integer,
        params={
            "default": 0,
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
        table_class_name="ListingSource",
        tablename="listing_source",
        column_name="source",
        db_column_name="source",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 20,
            "default": None,
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
        table_class_name="ListingSource",
        tablename="listing_source",
        column_name="weight",
        db_column_name="weight",
        column_class_name="Numeric",
        column_class=Numeric,
        params={
            "default": None,
            "digits": (5, 2),
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

    manager.add_constraint(
        table_class_name="ListingSource",
        tablename="listing_source",
        constraint_name="listing_source_once",
        constraint_class=Unique,
        params={"columns": ["listing", "source"], "nulls_distinct": True},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="ListingSource",
        tablename="listing_source",
        constraint_name="listing_source_known",
        constraint_class=Check,
        params={
            "condition": "source IN ('third_party', 'third_party_finance', 'town', 'village', 'civil_affairs', 'recipients')"
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="ListingSource",
        tablename="listing_source",
        constraint_name="listing_source_weight_percent",
        constraint_class=Check,
        params={"condition": "weight > 0 AND weight <= 100"},
        schema=None,
    )

    manager.add_column(
        table_class_name="ListingIndicator",
        tablename="listing_indicator",
        column_name="group",
        db_column_name="group",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 12,
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
        table_class_name="ListingIndicator",
        tablename="listing_indicator",
        column_name="way",
        db_column_name="way",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 16,
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

    manager.add_constraint(
        table_class_name="ListingIndicator",
        tablename="listing_indicator",
        constraint_name="listing_indicator_group_known",
        constraint_class=Check,
        params={
            "condition": "\"group\" IN ('', 'decision', 'process', 'execution', 'output', 'benefit', 'satisfaction')"
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="ListingIndicator",
        tablename="listing_indicator",
        constraint_name="listing_indicator_way_known",
        constraint_class=Check,
        params={
            "condition": "way IN ('', 'quantitative', 'qualitative', 'execution_rate', 'approval_rate', 'timeliness', 'coverage', 'hours_kept', 'corrections', 'complaints', 'turnover')"
        },
        schema=None,
    )

    return manager
