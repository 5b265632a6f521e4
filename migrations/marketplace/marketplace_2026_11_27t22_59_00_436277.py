from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.constraints import Check

ID = "2026-11-27T22:59:00:436277"
VERSION = "1.38.0"
DESCRIPTION = "an account for what waits for a handover"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="marketplace", description=DESCRIPTION
    )

    manager.drop_constraint(
        table_class_name="AccountBalance",
        tablename="account_balance",
        constraint_name="account_balance_not_negative",
        schema=None,
    )

    manager.drop_constraint(
        table_class_name="AccountPosting",
        tablename="account_posting",
        constraint_name="account_posting_known",
        schema=None,
    )

    manager.add_constraint(
        table_class_name="AccountBalance",
        tablename="account_balance",
        constraint_name="account_balance_on_its_side",
        constraint_class=Check,
        params={
            "condition": "CASE WHEN account IN ('2103', '230201', '230202', '230203', '230701', '230702', '230703', '4001', 'B02') THEN credit >= debit WHEN account IN ('100201', '102101', '1218', '5001', '5901', 'B01') THEN debit >= credit ELSE true END"
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="AccountPosting",
        tablename="account_posting",
        constraint_name="account_posting_codes_known",
        constraint_class=Check,
        params={
            "condition": "debit IN ('100201', '100202', '102101', '1214', '1218', '2103', '230201', '230202', '230203', '230701', '230702', '230703', '4001', '5001', '5901', 'B01', 'B02') AND credit IN ('100201', '100202', '102101', '1214', '1218', '2103', '230201', '230202', '230203', '230701', '230702', '230703', '4001', '5001', '5901', 'B01', 'B02')"
        },
        schema=None,
    )

    return manager
