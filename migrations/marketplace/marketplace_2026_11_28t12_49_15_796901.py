from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.base import OnDelete
from piccolo.columns.base import OnUpdate
from piccolo.columns.column_types import ForeignKey
from piccolo.columns.column_types import UUID
from piccolo.columns.column_types import Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check
from piccolo.table import Table


class Person(Table, tablename="person", schema=None):
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


ID = "2026-11-28T12:49:15:796901"
VERSION = "1.38.0"
DESCRIPTION = "who looked through the texts of a decision"
OLD_PROCESSES = "go on: the condition is of columns they do not write"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="marketplace", description=DESCRIPTION
    )

    manager.add_column(
        table_class_name="ConferenceDecision",
        tablename="conference_decision",
        column_name="looked_by",
        db_column_name="looked_by",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": Person,
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

    manager.add_column(
        table_class_name="ConferenceDecision",
        tablename="conference_decision",
        column_name="outcome_looked_by",
        db_column_name="outcome_looked_by",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": Person,
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
        table_class_name="ConferenceDecision",
        tablename="conference_decision",
        column_name="status",
        db_column_name="status",
        params={"default": "entered"},
        old_params={"default": "open"},
        column_class=Varchar,
        old_column_class=Varchar,
        schema=None,
    )

    manager.add_constraint(
        table_class_name="ConferenceDecision",
        tablename="conference_decision",
        constraint_name="conference_decision_two_people",
        constraint_class=Check,
        params={
            "condition": "(looked_by IS NULL OR looked_by <> recorded_by) AND (outcome_looked_by IS NULL OR"
            " outcome_looked_by <> closed_by)"
        },
        schema=None,
    )

    return manager
