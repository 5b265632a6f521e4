"""The tar of age files, the bidder's own key, the place bound into every part; and the first form, still opened."""

from __future__ import annotations

import io
import tarfile

import pyrage
import pytest

from marketplace.kernel import sealed_container, sealing
from marketplace.kernel.sealed_tar import SealBroken, members_of, written
from tests.marketplace.sealing.first_form import sealed_in_the_first_form

PARTS = {"qualification": b"licence", "price": b"498765.43"}
KEYS = {name: sealing.new_identity() for name in ("ann", "bo", "cy")}
RECIPIENTS = {name: recipient for name, (_, recipient) in KEYS.items()}
PLACE = "JT-2026-0001/1/first/91510121MA6XXXXX0X"


def test_bids_sealed_in_the_first_form_still_open() -> None:
    sealed = sealed_in_the_first_form(PARTS, RECIPIENTS)
    half = sealing.release(sealed, "cy", KEYS["cy"][0])
    assert sealing.open_parts(sealed, "ann", KEYS["ann"][0], half, PARTS) == PARTS
    sealing.check_place(sealed, "anywhere")
    with pytest.raises(SealBroken):
        sealing.read_container(sealed[:-1] + b"x")


def test_the_bidder_opens_its_own_and_the_place_is_bound_into_every_part() -> None:
    own, recipient = sealing.new_identity()
    sealed = sealing.seal(PARTS, RECIPIENTS, 2, PLACE, recipient)
    wraps = sealing.read_container(sealed).bidder_wraps
    identity = pyrage.x25519.Identity.from_str(own)
    keys = {name: bytes(pyrage.decrypt(wrap, [identity])) for name, wrap in wraps.items()}
    assert sealing.open_with_file_keys(sealed, keys) == PARTS
    sealing.check_place(sealed, PLACE)
    with pytest.raises(SealBroken):
        sealing.check_place(sealed, PLACE.replace("/1/", "/2/"))
    moved = {
        name: content.replace(b"/1/first", b"/2/first") if name == "seal.json" else content
        for name, content in members_of(sealed).items()
    }
    with pytest.raises(SealBroken):  # said in the header only
        sealing.open_with_file_keys(written(moved), keys)


def test_any_tar_of_the_same_members_is_read_and_any_other_member_is_not() -> None:
    members = members_of(sealing.seal(PARTS, RECIPIENTS, 2, PLACE))
    assert sealing.read_container(a_tar(members)).place == PLACE
    missing = {name: content for name, content in members.items() if name != "keys/price/2-3.age"}
    for broken in (missing, members | {"more.age": b"x", "keys/more/1-2.age": b"x"}, members | {"../up.age": b"x"}):
        with pytest.raises(SealBroken):
            sealing.read_container(a_tar(broken))
    with pytest.raises(SealBroken):
        sealing.read_container(a_tar(members, link=True))


def a_tar(members: dict[str, bytes], link: bool = False) -> bytes:
    """As the tar of the machine writes it: with a folder, an owner and a time."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.GNU_FORMAT) as archive:
        folder = tarfile.TarInfo("./keys")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, content in members.items():
            info = tarfile.TarInfo(f"./{name}")
            info.size, info.mtime, info.uid = len(content), 1_770_000_000, 1000
            archive.addfile(info, io.BytesIO(content))
        if link:
            info = tarfile.TarInfo("price.json")
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(info)
    return held.getvalue()


@pytest.mark.parametrize("length", [1, 511, 512, 513, 4096, 10**6])
def test_an_archive_in_pieces_says_the_same_as_a_whole_one_and_keeps_only_beginnings(length: int) -> None:
    sealed = sealing.seal(PARTS | {"technical": bytes(100_000)}, RECIPIENTS, 2, PLACE)
    for archive in (sealed, a_tar(members_of(sealed))):
        reader = sealing.beginnings()
        for at in range(0, len(archive), length):
            reader.take(archive[at : at + length])
        found, whole = sealing.container_of(reader), sealing.read_container(archive)
        assert (found.place, found.recipients, found.wraps) == (whole.place, whole.recipients, whole.wraps)
        kept = found.parts["technical"]
        assert len(kept) == sealed_container.LARGEST_WRAP + 1 and whole.parts["technical"].startswith(kept)


def test_a_changed_cut_or_doubled_archive_is_refused_in_pieces_too() -> None:
    sealed = sealing.seal(PARTS | {"technical": bytes(100_000)}, RECIPIENTS, 2, PLACE)
    at = sealed.index(bytes(200)) - 1
    for broken in (sealed[:-1024], sealed[:50_000], sealed + sealed, sealed[:at] + b"?" + sealed[at + 1 :], b""):
        with pytest.raises(SealBroken):
            reader = sealing.beginnings()
            for start in range(0, len(broken), 1000):
                reader.take(broken[start : start + 1000])
            reader.members()


@pytest.mark.parametrize("content", [b"", b"x" * 511, b"\x01" * 512, bytes(512), b"\xff" * 5000])
def test_what_is_no_archive_is_refused(content: bytes) -> None:
    with pytest.raises(SealBroken):
        sealing.read_container(content)
