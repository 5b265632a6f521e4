"""`marketplace age` and `marketplace age keygen`: files that the age tools read, keys that stay private."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pyrage
import pytest

from marketplace.age_command import main as age
from marketplace.cli import find_command

SECRET = b"price: 487654.32"


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What the command says when it is done."""
    assert age([str(each) for each in words]) == 0
    return capsys.readouterr().out.strip()


def test_what_one_key_encrypts_only_its_own_key_file_opens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (plain := tmp_path / "plain").write_bytes(SECRET)
    own, other, sealed, back = (tmp_path / name for name in ("own.key", "other.key", "sealed.age", "back"))
    for key in (own, other):
        told(capsys, "keygen", "-o", key)
        assert key.stat().st_mode & 0o777 == 0o600
    recipient = told(capsys, "keygen", "-y", own)
    told(capsys, "-r", recipient, "-o", sealed, plain)
    assert SECRET not in sealed.read_bytes() and sealed.read_bytes().startswith(b"age-encryption.org/v1\n")
    told(capsys, "-d", "-i", own, "-o", back, sealed)
    assert back.read_bytes() == SECRET
    for words, why in (
        (["-d", "-i", other, sealed], "does not open it"), (["-d", sealed], "-i"), ([plain], "-r"),
        (["-r", "age1nonsense", plain], "no recipient"), (["-d", "-i", plain, sealed], "holds no key"),
        (["keygen", "-o", own], "File exists"), (["-d", "-i", tmp_path / "none", sealed], "No such file"),
    ):  # fmt: skip
        assert age([str(each) for each in words]) == 1, words
        assert why in capsys.readouterr().err, words


def test_a_large_file_goes_through_in_pieces_and_of_a_cut_one_nothing_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain, own, sealed, back = (tmp_path / name for name in ("plain", "own.key", "sealed.age", "back"))
    size = 48 * 1024 * 1024
    with plain.open("wb") as file:
        file.truncate(size)
    told(capsys, "keygen", "-o", own)
    tracemalloc.start()
    told(capsys, "-r", told(capsys, "keygen", "-y", own), "-o", sealed, plain)
    told(capsys, "-d", "-i", own, "-o", back, sealed)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert back.stat().st_size == size < sealed.stat().st_size and most < size // 8
    with sealed.open("rb+") as file:
        file.truncate(size // 2)
    back.unlink()
    assert age(["-d", "-i", str(own), "-o", str(back), str(sealed)]) == 1
    assert "not opened to its end" in capsys.readouterr().err and not back.exists()


@pytest.mark.skipif(shutil.which("age") is None, reason="the age tools are not installed")
def test_the_age_tools_and_ours_open_what_the_other_sealed(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["age-keygen", "-o", "key"], cwd=tmp_path, check=True, capture_output=True)
    key = str(tmp_path / "key")
    assert age(["keygen", "-y", key]) == 0
    recipient = capsysbinary.readouterr().out.decode().strip()
    theirs = subprocess.run(["age", "-r", recipient], input=SECRET, check=True, capture_output=True).stdout
    (tmp_path / "theirs.age").write_bytes(theirs)
    assert age(["-d", "-i", key, str(tmp_path / "theirs.age")]) == 0
    assert capsysbinary.readouterr().out == SECRET
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SECRET)))
    assert age(["-r", recipient]) == 0
    ours = capsysbinary.readouterr().out
    opened = subprocess.run(["age", "-d", "-i", key], input=ours, check=True, capture_output=True).stdout
    assert opened == SECRET != pyrage.encrypt(SECRET, [pyrage.x25519.Recipient.from_str(recipient)])


def test_the_command_line_leads_there() -> None:
    for words in (["age", "-r", "age1"], ["age", "keygen", "-o", "x"]):
        found = find_command(words)
        assert found is not None and found[0].module == "marketplace.age_command" and found[1] == words[1:]
