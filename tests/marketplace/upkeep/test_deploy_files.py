"""The files a county copies to its server name only what is there: commands, settings, health and sizes."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from marketplace.cli import COMMANDS
from marketplace.gateways.paper_process import FONT_PACKAGE, LIBRARIES
from tests.architecture.source import ROOT

DEPLOY = ROOT / "docs" / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
SETTINGS = set(re.findall(r"^([A-Z_0-9]+)=", (ROOT / ".env.example").read_text(), flags=re.M))
OF_OTHERS = {"PYTHONUNBUFFERED", "DATABASE_URL"}


def commands_in(text: str) -> set[str]:
    """The commands of ours that a text calls."""
    return set(re.findall(r"bin/marketplace\"?,? \"?([a-z]+)", text))


@pytest.mark.parametrize("path", [*UNITS, ROOT / "compose.yaml", ROOT / "Containerfile"], ids=lambda path: path.name)
def test_only_commands_that_are_there_are_called(path: Path) -> None:
    called = commands_in(path.read_text())
    assert called and called <= set(COMMANDS)


def test_the_compose_file_gives_only_settings_that_are_read_and_no_secret() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    assert set(services) == {"database", "web", "worker"}
    for name in ("web", "worker"):
        assert set(services[name]["environment"]) <= SETTINGS
        assert services[name]["read_only"] and services[name]["cap_drop"] == ["ALL"]
    assert services["worker"]["depends_on"] == {"web": {"condition": "service_healthy"}}, "the web node migrates"
    assert "PASSWORD" not in " ".join(services["web"]["environment"])


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_is_one_that_systemd_takes(unit: Path, tmp_path: Path) -> None:
    given = re.findall(r"^Environment=([A-Z_]+)=", unit.read_text(), flags=re.M)
    assert set(given) <= SETTINGS | OF_OTHERS
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd-analyze here")
    copy = tmp_path / unit.name
    text = re.sub(r"(?m)^(User|Group)=.*$", r"\1=root", unit.read_text())
    copy.write_text(text.replace("/srv/marketplace/.venv/bin/marketplace", "/bin/true"))
    looked = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True, check=False)
    said = [line for line in looked.stderr.splitlines() if line.startswith(unit.name)]
    assert said == []


def test_the_proxy_lets_the_largest_bid_through_and_logs_no_address() -> None:
    text = (DEPLOY / "nginx.conf").read_text()
    assert "client_max_body_size 560m;" in text and "access_log off;" in text
    assert text.count("{") == text.count("}")
    assert {"X-Forwarded-For $remote_addr", "Host $host"} <= set(re.findall(r"proxy_set_header ([^;]+);", text))


def test_the_image_has_every_package_that_papers_need() -> None:
    text = (ROOT / "Containerfile").read_text()
    assert [package for package in (*LIBRARIES.values(), FONT_PACKAGE) if package not in text] == []
