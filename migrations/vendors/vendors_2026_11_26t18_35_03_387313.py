from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Varchar

ID = "2026-11-26T18:35:03:387313"
VERSION = "1.38.0"
DESCRIPTION = "private columns"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="vendors", description=DESCRIPTION
    )

    manager.alter_column(
        table_class_name="Provider",
        tablename="provider",
        column_name="contact",
        db_column_name="contact",
        params={"length": 1000},
        old_params={"length": 120},
        column_class=Varchar,
        old_column_class=Varchar,
        schema=None,
    )

    return manager
