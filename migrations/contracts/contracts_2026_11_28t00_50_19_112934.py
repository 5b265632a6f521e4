from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Text
from piccolo.columns.column_types import Varchar

ID = "2026-11-28T00:50:19:112934"
VERSION = "1.38.0"
DESCRIPTION = "telephones of officers on duty are encrypted"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="contracts", description=DESCRIPTION
    )

    manager.alter_column(
        table_class_name="SafeguardingDuty",
        tablename="safeguarding_duty",
        column_name="phone",
        db_column_name="phone",
        params={},
        old_params={},
        column_class=Text,
        old_column_class=Varchar,
        schema=None,
    )

    return manager
