from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Varchar
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check

ID = "2026-11-28T00:52:47:367175"
VERSION = "1.38.0"
DESCRIPTION = "whether a post is on the establishment"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="vendors", description=DESCRIPTION
    )

    manager.add_column(
        table_class_name="Worker",
        tablename="worker",
        column_name="establishment",
        db_column_name="establishment",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 3,
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
        table_class_name="Worker",
        tablename="worker",
        constraint_name="worker_establishment_known",
        constraint_class=Check,
        params={"condition": "establishment IN ('', 'on', 'off')"},
        schema=None,
    )

    return manager
