"""Raw files beside the parts: sealed and opened in pieces, bound to their place and number, refused in words."""

from __future__ import annotations

import hashlib
import io
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pyrage
import pytest

from marketplace.kernel import sealing
from marketplace.kernel.sealed_padding import PIECE
from marketplace.kernel.sealed_tar import SealBroken, members_of, written
from tests.marketplace.sealing.second_form import sealed_in_the_second_form

PARTS = {"technical": b"{}", "price": b"498765.43"}
RAW = [b"%PDF-1.7 a plan", b"", "图".encode() * 500_000]
KEYS = {name: sealing.new_identity() for name in ("ann", "bo", "cy")}
RECIPIENTS = {name: recipient for name, (_, recipient) in KEYS.items()}
PLACE = "JT-2026-0001/1/first/91510121MA6XXXXX0X"


@pytest.fixture(scope="module")
def sealed() -> bytes:
    return sealing.seal(PARTS, RECIPIENTS, 2, PLACE, raw={"technical": RAW})


def file_key(container: sealing.Container, part: str = "technical") -> bytes:
    half = sealing.release(container, "cy", KEYS["cy"][0])
    return sealing.file_keys_of(container, "ann", KEYS["ann"][0], half, [part])[part]


def opened(sealed: bytes, number: int, key: bytes = b"") -> tuple[int, str, bytes]:
    file, out = io.BytesIO(sealed), io.BytesIO()
    container, _ = sealing.read_file(file)
    key = key or file_key(container)
    return *sealing.open_raw(file, container, "technical", number, key, out), out.getvalue()


def test_raw_files_come_out_as_they_went_in_and_any_age_tool_makes_them(sealed: bytes) -> None:
    for number, content in enumerate(RAW, start=1):
        assert opened(sealed, number) == (len(content), hashlib.sha256(content).hexdigest(), content)
    container, sha256 = sealing.read_file(io.BytesIO(sealed))
    assert sha256 == hashlib.sha256(sealed).hexdigest() and container.form == 3
    half = sealing.release(container, "bo", KEYS["bo"][0])
    assert sealing.open_parts(container, "ann", KEYS["ann"][0], half, PARTS) == PARTS
    # as the script of the page writes it: name, place and length, zeros up to the bucket, encrypted to the file key
    identity = pyrage.x25519.Identity.from_str(file_key(container).decode())
    plain = f"technical/1\n{PLACE}\n3\nabc".encode()
    made = pyrage.encrypt(plain + bytes(4096 - len(plain)), [identity.to_public()])
    assert opened(without_sums(sealed, **{"technical/1.age": bytes(made)}), 1)[2] == b"abc"


def test_what_is_read_from_a_file_is_what_is_read_from_bytes(sealed: bytes) -> None:
    found, whole = sealing.read_file(io.BytesIO(sealed))[0], sealing.read_container(sealed)
    assert (found.place, found.parts, found.wraps, found.spans) == (whole.place, whole.parts, whole.wraps, whole.spans)
    for name, span in found.spans.items():
        assert sealed[span.start : span.start + span.size] == members_of(sealed)[name]
    assert len(found.raw["technical"][2]) < 20_000 < len(whole.raw["technical"][2])


def test_the_length_of_a_raw_file_is_hidden_too(sealed: bytes) -> None:
    spans = sealing.read_container(sealed).spans
    assert abs(spans["technical/1.age"].size - spans["technical/2.age"].size) < 800
    assert spans["technical/3.age"].size > 2 * 1024 * 1024


def without_sums(sealed: bytes, **changed: bytes | None) -> bytes:
    """The archive with files written over, put in or (None) left out."""
    members: dict[str, Any] = {**members_of(sealed), **changed}
    return written({name: content for name, content in members.items() if content is not None})


def test_a_raw_file_in_anothers_place_or_of_another_bid_does_not_open(sealed: bytes) -> None:
    members = members_of(sealed)
    swapped = without_sums(
        sealed, **{"technical/1.age": members["technical/2.age"], "technical/2.age": members["technical/1.age"]}
    )
    with pytest.raises(SealBroken):
        opened(swapped, 1)
    elsewhere = without_sums(sealed, **{"seal.json": members["seal.json"].replace(b"/1/first", b"/2/first")})
    with pytest.raises(SealBroken):
        opened(elsewhere, 1, file_key(sealing.read_container(sealed)))
    other = members_of(sealing.seal(PARTS, RECIPIENTS, 2, PLACE, raw={"technical": RAW}))
    with pytest.raises(SealBroken):
        opened(without_sums(sealed, **{"technical/1.age": other["technical/1.age"]}), 1)


def test_a_cut_or_changed_raw_file_is_refused(sealed: bytes) -> None:
    age = members_of(sealed)["technical/3.age"]
    for spoilt in (age[:-1], age[:-1] + b"?", age + b"?", age[:65_000], b"x", b""):
        with pytest.raises(SealBroken):
            opened(without_sums(sealed, **{"technical/3.age": spoilt}), 3)


def test_a_raw_file_that_says_a_greater_length_than_it_has_is_refused(sealed: bytes) -> None:
    identity = pyrage.x25519.Identity.from_str(file_key(sealing.read_container(sealed)).decode())
    for said in (b"9999", b"-3", b"", b"x", b"9" * 30):
        plain = f"technical/1\n{PLACE}\n".encode() + said + b"\nabc"
        age = bytes(pyrage.encrypt(plain, [identity.to_public()]))
        with pytest.raises(SealBroken):
            opened(without_sums(sealed, **{"technical/1.age": age}), 1)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"technical/2.age": None}, "缺“technical/2.age”"),
        ({"technical/0.age": b"x"}, "不该有的文件“technical/0.age”"),
        ({"technical/04.age": b"x"}, "不该有的文件“technical/04.age”"),
        ({"technical/5.age": b"x"}, "缺“technical/4.age”"),
        ({"technical/a.age": b"x"}, "不该有的文件“technical/a.age”"),
        ({"video/1.age": b"x"}, "不该有的文件“video/1.age”"),
        ({"keys/1.age": b"x"}, "不该有的文件“keys/1.age”"), ({"seal.json": None}, "缺“seal.json”"),
        ({"keys/price/1-2.age": None}, "缺“keys/price/1-2.age”"), ({"technical/../price.age": b"x"}, "不该有的文件"),
        ({"/etc/passwd": b"x"}, "不该有的文件“/etc/passwd”"), ({"technical/1/2/3.age": b"x"}, "不该有的文件"),
    ],
)  # fmt: skip
def test_what_is_missing_or_not_asked_for_is_said_by_name(sealed: bytes, changed: dict[str, Any], said: str) -> None:
    for read in (sealing.read_container, lambda archive: sealing.read_file(io.BytesIO(archive))):
        with pytest.raises(SealBroken, match=said):
            read(without_sums(sealed, **changed))


def test_another_version_a_cut_archive_and_other_sums_are_said(sealed: bytes) -> None:
    members = members_of(sealed)
    newer = without_sums(sealed, **{"seal.json": members["seal.json"].replace(b"sealed-bid-3", b"sealed-bid-9")})
    with pytest.raises(SealBroken, match="格式是“sealed-bid-9”，这里能打开的是 sealed-bid-2 / sealed-bid-3"):
        sealing.read_container(newer)
    for cut in (len(sealed) - 1024, len(sealed) // 2, 5000):
        with pytest.raises(SealBroken, match="不完整"):
            sealing.read_file(io.BytesIO(sealed[:cut]))
    at = sealed.index(members["technical/3.age"]) + 200_000
    with pytest.raises(SealBroken, match="“technical/3.age”和 SHA256SUMS 对不上"):
        sealing.read_file(io.BytesIO(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]))


def test_the_earlier_form_opens_as_before_and_knows_no_raw_files() -> None:
    sealed = sealed_in_the_second_form({**PARTS, "technical": os.urandom(9_000_000)}, RECIPIENTS, 2, PLACE)
    container, _ = sealing.read_file(io.BytesIO(sealed))
    half = sealing.release(container, "cy", KEYS["cy"][0])
    found = sealing.open_parts(container, "ann", KEYS["ann"][0], half, PARTS)
    assert container.form == 2 and len(found["technical"]) == 9_000_000 and not container.raw
    with pytest.raises(SealBroken, match="不该有的文件“technical/1.age”"):
        sealing.read_container(without_sums(sealed, **{"technical/1.age": b"x"}))


def test_a_part_as_long_as_a_raw_file_is_refused_before_it_is_read() -> None:
    sealed = sealing.seal({**PARTS, "technical": os.urandom(9_000_000)}, RECIPIENTS, 2, PLACE)
    with pytest.raises(SealBroken, match="“technical.age”太大"):
        sealing.read_file(io.BytesIO(sealed))


def test_sealing_and_opening_take_the_memory_of_pieces(tmp_path: Path) -> None:
    size = 40 * 1024 * 1024
    with (tmp_path / "plain").open("wb") as plain:
        for _ in range(size // PIECE):
            plain.write(os.urandom(PIECE))
    tracemalloc.start()
    try:
        with (tmp_path / "plain").open("rb") as plain, (tmp_path / "sealed").open("w+b") as archive:
            sealer = sealing.Sealer(archive, PARTS, RECIPIENTS, 2, PLACE)
            sealer.add_raw("technical", plain, size)
            sealer.end()
            container, _ = sealing.read_file(archive)
            with (tmp_path / "opened").open("w+b") as out:
                found = sealing.open_raw(archive, container, "technical", 1, file_key(container), out)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found == (size, hashlib.sha256((tmp_path / "plain").read_bytes()).hexdigest())
    assert most < 8 * 1024 * 1024


def test_a_full_disk_is_no_fault_of_the_bid(sealed: bytes) -> None:
    class Full(io.BytesIO):
        def write(self, piece: Any) -> int:
            raise OSError(28, "No space left on device")

    file = io.BytesIO(sealed)
    container, _ = sealing.read_file(file)
    with pytest.raises(OSError, match="No space left"):
        sealing.open_raw(file, container, "technical", 3, file_key(container), Full())
    sealer = sealing.Sealer(io.BytesIO(), PARTS, RECIPIENTS, 2, PLACE)
    with pytest.raises(ValueError, match="shorter than was said"):
        sealer.add_raw("technical", io.BytesIO(b"abc"), 4)
