from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Varchar
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check

ID = "2026-11-28T10:01:19:306231"
VERSION = "1.38.0"
DESCRIPTION = "reports of improvement steps are sent back"
OLD_PROCESSES = "go on: they write a finding only where a report was handed in, which the condition allows"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="evaluations", description=DESCRIPTION
    )

    manager.add_column(
        table_class_name="ImprovementStep",
        tablename="improvement_step",
        column_name="return_reason",
        db_column_name="return_reason",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 1000,
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
        table_class_name="ImprovementStep",
        tablename="improvement_step",
        constraint_name="improvement_step_sent_back_stays_away",
        constraint_class=Check,
        params={
            "condition": "finding = '' OR reported_at IS NOT NULL OR report = ''"
        },
        schema=None,
    )

    return manager
