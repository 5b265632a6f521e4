"""The command `marketplace`."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from marketplace import cli
from marketplace.kernel.settings import PROJECT_FOLDER


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in cli.COMMANDS)


def test_an_unknown_command_is_refused_with_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["sell"]) == 2
    assert "deadline" in capsys.readouterr().err


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_has_its_module(name: str) -> None:
    assert importlib.util.find_spec(cli.COMMANDS[name].module)


def test_counting_a_date_loads_neither_the_web_framework_nor_the_database() -> None:
    code = (
        "import sys; from marketplace.cli import main; main(['deadline', 'R-SEED-01', '2026-03-02']); "
        "print(sorted({'litestar', 'piccolo', 'asyncpg', 'uvicorn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_FOLDER, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
