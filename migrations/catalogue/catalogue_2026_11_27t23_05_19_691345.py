from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Text
from piccolo.columns.column_types import Varchar
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check

ID = "2026-11-27T23:05:19:691345"
VERSION = "1.38.0"
DESCRIPTION = "why finance orders a rest and by which paper it ends; a re-evaluation holds too"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="catalogue", description=DESCRIPTION
    )

    manager.add_column(
        table_class_name="ProcurementHold",
        tablename="procurement_hold",
        column_name="end_document_number",
        db_column_name="end_document_number",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 60,
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
        table_class_name="ProcurementHold",
        tablename="procurement_hold",
        column_name="reason",
        db_column_name="reason",
        column_class_name="Text",
        column_class=Text,
        params={
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

    manager.drop_constraint(
        table_class_name="ProcurementHold",
        tablename="procurement_hold",
        constraint_name="hold_ground_known",
        schema=None,
    )

    manager.add_constraint(
        table_class_name="ProcurementHold",
        tablename="procurement_hold",
        constraint_name="hold_ground_is_known",
        constraint_class=Check,
        params={
            "condition": "ground IN ('challenge', 'inquiry', 'finance_order', 're_evaluation')"
        },
        schema=None,
    )

    return manager
