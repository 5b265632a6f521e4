"""Where each package keeps its tables and its migrations, and how the database is brought up to date."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

ROOT = Path(__file__).resolve().parents[2]


def package(name: str, table_modules: Sequence[str], needs: Sequence[str] = ()) -> AppConfig:
    """A package's migration settings; `needs` names the packages below whose tables it points to."""
    folder = ROOT / "migrations" / name
    folder.mkdir(parents=True, exist_ok=True)
    return AppConfig(
        app_name=name,
        migrations_folder_path=str(folder),
        # imported tables belong to their own package and would otherwise be migrated twice
        table_classes=table_finder(list(table_modules), exclude_imported=True) if table_modules else [],
        migration_dependencies=[f"{need}.piccolo_app" for need in needs],
    )
