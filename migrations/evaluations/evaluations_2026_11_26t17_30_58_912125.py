from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Integer
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check

ID = "2026-11-26T17:30:58:912125"
VERSION = "1.38.0"
DESCRIPTION = "people who work the promised hours"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="evaluations", description=DESCRIPTION
    )

    manager.add_column(
        table_class_name="OpenedBid",
        tablename="opened_bid",
        column_name="service_staff",
        db_column_name="service_staff",
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
        table_class_name="OpenedBid",
        tablename="opened_bid",
        constraint_name="opened_bid_staff_positive",
        constraint_class=Check,
        params={"condition": "service_staff IS NULL OR service_staff > 0"},
        schema=None,
    )

    return manager
