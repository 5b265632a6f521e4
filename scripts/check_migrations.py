"""Whether the migrations make exactly the tables that the code declares; writes no file and asks no database."""

import asyncio
import contextlib
import io
import os
import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ["PICCOLO_CONF"] = "piccolo_conf"


async def drift() -> list[str]:
    """What `piccolo migrations new all --auto` would write, one line per change."""
    from piccolo.apps.migrations.commands.new import AutoMigrationManager  # after PICCOLO_CONF is set

    manager = AutoMigrationManager(auto_input="n")
    found = []
    for name in manager.get_sorted_app_names():
        for change in await manager.get_alter_statements(manager.get_app_config(name)):
            found += [f"{name}: {' '.join(statement.split())[:300]}" for statement in change.statements]
    return found


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # without a server Piccolo warns that it cannot ask for its version
    with contextlib.redirect_stdout(io.StringIO()):  # Piccolo counts aloud what it compares
        changes = asyncio.run(drift())
    for change in changes:
        print(change)
    if changes:
        print("The tables in the code are ahead of migrations/: piccolo migrations new <package> --auto")
    sys.exit(1 if changes else 0)
