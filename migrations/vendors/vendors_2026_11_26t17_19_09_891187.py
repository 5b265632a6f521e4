from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import ForeignKey
from piccolo.constraints import Unique

ID = "2026-11-26T17:19:09:891187"
VERSION = "1.38.0"
DESCRIPTION = "count the versions of a bid by an index; fewer indexes to write at the deadline"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="vendors", description=DESCRIPTION
    )

    manager.alter_column(
        table_class_name="Bid",
        tablename="bid",
        column_name="lot",
        db_column_name="lot",
        params={"index": False},
        old_params={"index": True},
        column_class=ForeignKey,
        old_column_class=ForeignKey,
        schema=None,
    )

    manager.alter_column(
        table_class_name="Bid",
        tablename="bid",
        column_name="sealed_by",
        db_column_name="sealed_by",
        params={"index": False},
        old_params={"index": True},
        column_class=ForeignKey,
        old_column_class=ForeignKey,
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Bid",
        tablename="bid",
        constraint_name="bid_version_once",
        constraint_class=Unique,
        params={
            "columns": ["lot", "provider", "stage", "version"],
            "nulls_distinct": True,
        },
        schema=None,
    )

    return manager
