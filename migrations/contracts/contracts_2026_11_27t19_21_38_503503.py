from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T19:21:38:503503"
VERSION = "1.38.0"
DESCRIPTION = "True"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="contracts", description=DESCRIPTION
    )

    manager.drop_column(
        table_class_name="Handover",
        tablename="handover",
        column_name="named_by",
        db_column_name="named_by",
        schema=None,
    )

    return manager
