"""Connections go back to the pool as they are, so nothing may be told to one beyond its transaction."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("marketplace", "catalogue", "vendors", "contracts", "evaluations")
TOLD = re.compile(
    r"\b(SET SESSION|SET ROLE|LISTEN |WITH HOLD|PREPARE |set_config\([^)]*false\)|pg_(try_)?advisory_lock)"
    r"|[\"'](SET|BEGIN) (?!LOCAL|TRANSACTION)"
)
# they open connections of their own and close them
OWN_CONNECTION = {"marketplace/migrate_command.py", "marketplace/worker.py"}


def test_nothing_is_told_to_a_pooled_connection_beyond_its_transaction():
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if str(path.relative_to(ROOT)) not in OWN_CONNECTION
        for match in TOLD.finditer(path.read_text())
    ]
    assert found == []
