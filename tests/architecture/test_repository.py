"""What holds for the repository as a whole."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.architecture.source import ROOT, modules, tracked_files

# in two halves, so that this very file does not name them
REGISTRIES = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "registry.npm" + "js.org",
    "registry.yarn" + "pkg.com",
    "npm" + "mirror.com",
    "tuna.tsing" + "hua.edu.cn",
    "mirrors." + "aliyun.com",
]
LONGEST_FILE = 450
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)


def test_no_tracked_file_names_a_package_registry() -> None:
    named = []
    for path in tracked_files():
        content = path.read_bytes()
        named += [f"{path.relative_to(ROOT)} names {host}" for host in REGISTRIES if host.encode() in content]
    assert not named, "\n".join(named)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-node.txt"])
def test_every_requirement_is_pinned_and_hashed(name: str) -> None:
    text = (ROOT / name).read_text()
    blocks = [block for block in re.split(r"\n(?=[a-z0-9])", text) if not block.startswith("#")]
    assert blocks
    for block in blocks:
        assert PINNED.match(block), block[:60]
        assert "--hash=sha256:" in block, block[:60]


def test_the_tests_run_with_the_packages_that_the_county_runs_with() -> None:
    runtime = dict(PINNED.findall((ROOT / "requirements.txt").read_text()))
    dev = dict(PINNED.findall((ROOT / "requirements-dev.txt").read_text()))
    assert {name: dev.get(name) for name in runtime} == runtime


def test_every_runtime_package_is_in_the_notices() -> None:
    notices = (ROOT / "THIRD_PARTY_NOTICES.md").read_text()
    runtime = PINNED.findall((ROOT / "requirements.txt").read_text())
    missing = [name for name, version in runtime if f"| {name} | {version} |" not in notices]
    assert not missing, f"make notices: {missing}"


def test_every_setting_is_explained() -> None:
    settings = (ROOT / "marketplace/kernel/settings.py").read_text()
    explained = (ROOT / ".env.example").read_text()
    missing = [name for name in re.findall(r'read\("([A-Z_0-9]+)"', settings) if f"{name}=" not in explained]
    assert not missing, f".env.example does not explain {missing}"


def test_no_file_is_too_long_to_read() -> None:
    long = [f"{m.shown}: {n}" for m in modules() if (n := len(m.source.splitlines())) > LONGEST_FILE]
    assert not long, f"split the feature, not the layer: {long}"


def test_the_migrations_make_the_tables_that_the_code_declares() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/check_migrations.py"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_sentence_has_its_english() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/check_translations.py"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
