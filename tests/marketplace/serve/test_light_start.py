"""What a web process loads before its first page: nothing that costs time and no page needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from marketplace.kernel.settings import PROJECT_FOLDER, Settings

NOT_AT_THE_START = (
    "pydantic", "segno", "babel.messages.pofile", "puremagic", "openpyxl", "docxtpl", "weasyprint", "boto3", "stripe",
    "pypinyin", "tantivy",
)  # fmt: skip
LOOK = (
    "import sys, piccolo_conf, marketplace.web_process;"
    "from marketplace.app import create_app, open_gateways;"
    "from marketplace.kernel.settings import Settings;"
    "s = Settings.from_environment({'MARKETPLACE_DEMO': '1', 'MARKETPLACE_VAR': sys.argv[1]});"
    "create_app(s, open_gateways(s)); print(*sorted(sys.modules))"
)


def test_a_web_process_starts_without_what_few_pages_need(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-P", "-c", LOOK, str(tmp_path)],
        cwd=PROJECT_FOLDER, capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = set(said.stdout.split())
    assert "marketplace.app" in loaded
    assert sorted(loaded & set(NOT_AT_THE_START)) == []


def test_outside_a_demo_the_server_seals_nothing_unless_the_county_says_so(tmp_path: Path) -> None:
    told = {"MARKETPLACE_VAR": str(tmp_path)}
    assert not Settings.from_environment(told).server_seals
    assert Settings.from_environment(told | {"MARKETPLACE_DEMO": "1"}).server_seals
    assert Settings.from_environment(told | {"SERVER_SEALS": "yes"}).server_seals
    assert not Settings.from_environment(told | {"MARKETPLACE_DEMO": "1", "SERVER_SEALS": "no"}).server_seals
