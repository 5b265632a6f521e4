from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.base import OnDelete
from piccolo.columns.base import OnUpdate
from piccolo.columns.column_types import ForeignKey
from piccolo.columns.column_types import UUID
from piccolo.columns.defaults.uuid import UUID4
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check
from piccolo.table import Table


class Intention(Table, tablename="intention", schema=None):
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


ID = "2026-11-27T00:45:58:234700"
VERSION = "1.38.0"
DESCRIPTION = "intentions for the platform"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="catalogue", description=DESCRIPTION
    )

    manager.add_column(
        table_class_name="PlatformExport",
        tablename="platform_export",
        column_name="intention",
        db_column_name="intention",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": Intention,
            "on_delete": OnDelete.restrict,
            "on_update": OnUpdate.cascade,
            "target_column": None,
            "null": True,
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

    manager.alter_column(
        table_class_name="PlatformExport",
        tablename="platform_export",
        column_name="listing",
        db_column_name="listing",
        params={"null": True},
        old_params={"null": False},
        column_class=ForeignKey,
        old_column_class=ForeignKey,
        schema=None,
    )

    manager.add_constraint(
        table_class_name="PlatformExport",
        tablename="platform_export",
        constraint_name="platform_export_of_one",
        constraint_class=Check,
        params={"condition": "(listing IS NULL) <> (intention IS NULL)"},
        schema=None,
    )

    return manager
