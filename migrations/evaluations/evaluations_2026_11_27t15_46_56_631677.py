from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T15:46:56:631677"
VERSION = "1.38.0"
DESCRIPTION = "a signed report may fall with its panel"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="evaluations", description=DESCRIPTION
    )

    manager.drop_constraint(
        table_class_name="EvaluationReport",
        tablename="evaluation_report",
        constraint_name="evaluation_report_void_or_whole",
        schema=None,
    )

    return manager
