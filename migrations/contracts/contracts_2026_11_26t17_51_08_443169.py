from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.base import OnDelete
from piccolo.columns.base import OnUpdate
from piccolo.columns.column_types import Boolean
from piccolo.columns.column_types import ForeignKey
from piccolo.columns.column_types import Numeric
from piccolo.columns.column_types import UUID
from piccolo.columns.defaults.uuid import UUID4
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check
from piccolo.table import Table
import decimal


class ContractMilestone(Table, tablename="contract_milestone", schema=None):
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


ID = "2026-11-26T17:51:08:443169"
VERSION = "1.38.0"
DESCRIPTION = "advance payment"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="contracts", description=DESCRIPTION
    )

    manager.add_column(
        table_class_name="ContractMilestone",
        tablename="contract_milestone",
        column_name="advance_offset",
        db_column_name="advance_offset",
        column_class_name="Numeric",
        column_class=Numeric,
        params={
            "default": decimal.Decimal("0"),
            "digits": (14, 2),
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
        table_class_name="ContractMilestone",
        tablename="contract_milestone",
        column_name="is_advance",
        db_column_name="is_advance",
        column_class_name="Boolean",
        column_class=Boolean,
        params={
            "default": False,
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
        table_class_name="Invoice",
        tablename="invoice",
        column_name="advance",
        db_column_name="advance",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": ContractMilestone,
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
        table_class_name="Invoice",
        tablename="invoice",
        column_name="acceptance",
        db_column_name="acceptance",
        params={"null": True},
        old_params={"null": False},
        column_class=ForeignKey,
        old_column_class=ForeignKey,
        schema=None,
    )

    manager.add_constraint(
        table_class_name="ContractMilestone",
        tablename="contract_milestone",
        constraint_name="contract_milestone_advance_first",
        constraint_class=Check,
        params={"condition": "is_advance = (position = 0)"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="ContractMilestone",
        tablename="contract_milestone",
        constraint_name="contract_milestone_offset_not_negative",
        constraint_class=Check,
        params={"condition": "advance_offset >= 0"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Invoice",
        tablename="invoice",
        constraint_name="invoice_is_for_one_thing",
        constraint_class=Check,
        params={"condition": "(acceptance IS NULL) <> (advance IS NULL)"},
        schema=None,
    )

    return manager
