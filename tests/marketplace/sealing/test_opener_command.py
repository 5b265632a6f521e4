"""`marketplace opener new-key` on the opener's own machine."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from marketplace.kernel.sealing import recipient_of, unprotect

ROOT = Path(__file__).resolve().parents[3]
PASSPHRASE = "三座老桥 three old bridges"


def opener(*arguments, **more):
    return subprocess.run(
        [sys.executable, "-m", "marketplace.opener_command", *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, timeout=120, **more,
    )  # fmt: skip


@pytest.fixture
def passphrase_file(tmp_path):
    path = tmp_path / "passphrase.txt"
    path.write_text(PASSPHRASE + "\n", encoding="utf-8")
    return path


def test_a_new_key_is_locked_private_and_its_recipient_is_printed(tmp_path, passphrase_file):
    out = tmp_path / "ann.age"
    done = opener("new-key", "--out", out, "--passphrase-file", passphrase_file, "--lang", "en")
    assert done.returncode == 0, done.stderr
    (recipient,) = re.findall(r"age1[0-9a-z]{58}", done.stdout)
    assert "What to do next" in done.stdout
    assert "AGE-SECRET-KEY" not in done.stdout + out.read_text()
    assert out.stat().st_mode & 0o777 == 0o600
    assert recipient_of(unprotect(out.read_bytes(), PASSPHRASE)) == recipient


def test_an_existing_file_is_never_overwritten(tmp_path, passphrase_file):
    out = tmp_path / "ann.age"
    out.write_text("older key")
    done = opener("new-key", "--out", out, "--passphrase-file", passphrase_file)
    assert done.returncode == 2
    assert "不会覆盖" in done.stderr
    assert out.read_text() == "older key"


def test_a_short_passphrase_makes_no_file(tmp_path):
    short = tmp_path / "short.txt"
    short.write_text("elevenchars")
    done = opener("new-key", "--out", tmp_path / "ann.age", "--passphrase-file", short, "--lang", "en")
    assert done.returncode == 2
    assert "at least 12 characters" in done.stderr
    assert not (tmp_path / "ann.age").exists()


def test_a_missing_folder_or_passphrase_file_is_named(tmp_path, passphrase_file):
    for options in (
        ("--out", tmp_path / "nowhere" / "ann.age", "--passphrase-file", passphrase_file),
        ("--out", tmp_path / "ann.age", "--passphrase-file", tmp_path / "none.txt"),
    ):
        done = opener("new-key", *options)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr


def test_without_an_answer_no_key_is_made(tmp_path):
    done = opener("new-key", "--out", tmp_path / "ann.age", stdin=subprocess.DEVNULL, start_new_session=True)
    assert done.returncode == 2
    assert not (tmp_path / "ann.age").exists()
