"""Sealed parts: any k of n openers together, never fewer, and never after a change."""

from itertools import combinations, permutations

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.kernel import age_keys
from marketplace.kernel.errors import DomainError
from marketplace.kernel.sealed_padding import SMALLEST_BUCKET
from marketplace.kernel.sealing import (
    OpenersMissing,
    SealBroken,
    WrongIdentity,
    bucket_size,
    check_recipient,
    check_unchanged,
    fingerprint,
    new_identity,
    open_parts,
    protect,
    read_container,
    release,
    releases_so_far,
    seal,
    sealed_sha256,
    unprotect,
)

PARTS = {"qualification": b"licence", "technical": "方案".encode() * 900, "price": b"498765.43"}
NAMES = ("ann", "bo", "cy")
KEYS = {name: new_identity() for name in NAMES}
IDENTITY = {name: identity for name, (identity, _) in KEYS.items()}
RECIPIENT = {name: recipient for name, (_, recipient) in KEYS.items()}
PASSPHRASE = "three old bridges"


@pytest.fixture(scope="module")
def sealed():
    return seal(PARTS, RECIPIENT)


@pytest.fixture(scope="module")
def key_file():
    return protect(IDENTITY["ann"], PASSPHRASE)


@pytest.mark.parametrize(("first", "second"), list(permutations(NAMES, 2)))
def test_every_pair_of_three_opens_in_either_order(sealed, first, second):
    half_opened = release(sealed, first, IDENTITY[first])
    assert open_parts(sealed, second, IDENTITY[second], half_opened, PARTS) == PARTS


def test_one_opener_alone_cannot_open(sealed):
    with pytest.raises(OpenersMissing):
        open_parts(sealed, "ann", IDENTITY["ann"], {}, ["price"])


def test_one_opener_cannot_open_what_only_they_released(sealed):
    half_opened = release(sealed, "ann", IDENTITY["ann"])
    with pytest.raises(OpenersMissing):
        open_parts(sealed, "ann", IDENTITY["ann"], half_opened, ["price"])
    with pytest.raises(OpenersMissing):
        open_parts(sealed, "ann", IDENTITY["ann"], release(sealed, "ann", IDENTITY["ann"], half_opened), ["price"])


def test_what_the_first_opener_leaves_behind_is_useless_with_their_own_key(sealed):
    ann = pyrage.x25519.Identity.from_str(IDENTITY["ann"])
    for wrap in release(sealed, "ann", IDENTITY["ann"]).values():
        with pytest.raises(pyrage.DecryptError):
            pyrage.decrypt(wrap, [ann])


def test_releasing_twice_changes_nothing(sealed):
    once = release(sealed, "ann", IDENTITY["ann"])
    assert release(sealed, "ann", IDENTITY["ann"], once) == once
    assert (releases_so_far(sealed, {}), releases_so_far(sealed, once)) == (0, 1)


def test_parts_are_opened_one_by_one(sealed):
    half_opened = release(sealed, "bo", IDENTITY["bo"])
    opened = open_parts(sealed, "cy", IDENTITY["cy"], half_opened, ["technical"])
    assert opened == {"technical": PARTS["technical"]}
    with pytest.raises(DomainError, match="没有“video”"):
        open_parts(sealed, "cy", IDENTITY["cy"], half_opened, ["video"])


def test_another_key_and_another_person_are_refused(sealed):
    stranger, _ = new_identity()
    with pytest.raises(WrongIdentity):
        release(sealed, "ann", stranger)
    with pytest.raises(WrongIdentity):
        release(sealed, "ann", IDENTITY["bo"])
    with pytest.raises(DomainError, match="不是这份密封内容的开启人"):
        release(sealed, "dee", stranger)
    with pytest.raises(DomainError, match="不是正确的开启人密钥"):
        release(sealed, "ann", "AGE-SECRET-KEY-1NOT")


def test_a_flipped_byte_anywhere_is_refused(sealed):
    for place in (0, 20, 60, 600, len(sealed) // 2, len(sealed) - 40, len(sealed) - 1):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(SealBroken):
            release(bytes(changed), "ann", IDENTITY["ann"])


@pytest.mark.parametrize("cut", [b"", b"x", b"SEALED-PARTS-1\n"])
def test_what_is_no_container_is_refused(cut):
    with pytest.raises(SealBroken):
        read_container(cut)


def test_a_changed_half_opened_wrap_is_refused(sealed):
    half_opened = release(sealed, "ann", IDENTITY["ann"])
    broken = {key: wrap[:-1] + bytes([wrap[-1] ^ 1]) for key, wrap in half_opened.items()}
    with pytest.raises(SealBroken):
        open_parts(sealed, "bo", IDENTITY["bo"], broken, ["price"])


def test_half_opened_wraps_of_another_container_do_not_open_this_one(sealed):
    other = seal(PARTS, RECIPIENT)
    with pytest.raises(SealBroken):
        open_parts(sealed, "bo", IDENTITY["bo"], release(other, "ann", IDENTITY["ann"]), ["price"])


def test_the_receipt_notices_a_container_sealed_anew(sealed):
    check_unchanged(sealed, sealed_sha256(sealed))
    with pytest.raises(SealBroken):
        check_unchanged(seal(PARTS, RECIPIENT), sealed_sha256(sealed))


def test_a_dump_shows_neither_text_nor_price(sealed):
    half_opened = release(sealed, "ann", IDENTITY["ann"])
    dump = sealed + b"".join(half_opened.values())
    for content in PARTS.values():
        assert content not in dump
    assert b"498765" not in dump
    assert b"AGE-SECRET-KEY" not in dump


def test_the_length_does_not_tell_the_digits_of_a_price():
    # age adds a random stanza of its own, so lengths vary by chance, whatever was sealed
    for price in (b"9.00", b"98765432.10", b"1" * 3000):
        part = read_container(seal({"price": price}, RECIPIENT)).parts["price"]
        assert SMALLEST_BUCKET < len(part) < SMALLEST_BUCKET + 800


@pytest.mark.parametrize(
    ("length", "bucket"),
    [(0, 4096), (4096, 4096), (4097, 8192), (2**20, 2**20), (2**20 + 1, 2 * 2**20), (2 * 2**20, 2 * 2**20)],
)
def test_parts_are_padded_to_buckets(length, bucket):
    assert bucket_size(length) == bucket


def test_too_few_openers_or_one_key_under_two_names_are_refused():
    with pytest.raises(DomainError, match="至少两位"):
        seal(PARTS, {"ann": RECIPIENT["ann"]})
    with pytest.raises(DomainError, match="至少两位"):
        seal(PARTS, RECIPIENT, k=1)
    with pytest.raises(DomainError, match="同一把公钥"):
        seal(PARTS, {"ann": RECIPIENT["ann"], "bo": f" {RECIPIENT['ann']}\n"})


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_any_k_of_n_open_and_fewer_never_do(data):
    n = data.draw(st.integers(2, 4))
    k = data.draw(st.integers(2, n))
    content = data.draw(st.binary(max_size=6000))
    keys = {f"opener-{i}": new_identity() for i in range(n)}
    container = seal({"price": content}, {name: recipient for name, (_, recipient) in keys.items()}, k)
    for chosen in combinations(keys, k):
        *early, last = data.draw(st.permutations(chosen))
        half_opened: dict[str, bytes] = {}
        for opener in early:
            with pytest.raises(OpenersMissing):
                open_parts(container, opener, keys[opener][0], half_opened, ["price"])
            half_opened = release(container, opener, keys[opener][0], half_opened)
        assert open_parts(container, last, keys[last][0], half_opened, ["price"]) == {"price": content}


def test_a_key_file_gives_the_key_back_for_its_passphrase_only(key_file):
    assert key_file.startswith(b"-----BEGIN AGE ENCRYPTED FILE-----")
    assert IDENTITY["ann"].encode() not in key_file
    assert unprotect(key_file, PASSPHRASE) == IDENTITY["ann"]
    with pytest.raises(DomainError, match="口令不对"):
        unprotect(key_file, "three new bridges")


@pytest.mark.parametrize("file", [b"", b"garbage", b"-----BEGIN AGE ENCRYPTED FILE-----\n!!!\n", b"\xff" * 20_000])
def test_what_is_no_key_file_is_refused_at_once(file):
    with pytest.raises(DomainError, match="不是受口令保护的密钥文件"):
        unprotect(file, PASSPHRASE)


def test_a_key_file_that_asks_for_too_much_memory_is_refused():
    with pytest.raises(DomainError, match="不是受口令保护的密钥文件"):
        unprotect(b"age-encryption.org/v1\n-> scrypt cNIB+oOXNGMDQcea5/dmAA 30\n", PASSPHRASE)


def test_a_short_passphrase_is_refused():
    with pytest.raises(DomainError, match="12 个字符"):
        protect(IDENTITY["ann"], "elevenchars")


def test_a_recipient_is_checked_and_has_a_readable_fingerprint():
    assert check_recipient(f"  {RECIPIENT['ann']}\n") == RECIPIENT["ann"]
    assert fingerprint(RECIPIENT["ann"]) == fingerprint(RECIPIENT["ann"] + "\n")
    assert len(fingerprint(RECIPIENT["ann"])) == 19
    for wrong in ("", "age1", RECIPIENT["ann"][:-1], IDENTITY["ann"], "ssh-ed25519 AAAA"):
        with pytest.raises(DomainError, match="不是正确的公钥"):
            check_recipient(wrong)


def test_a_machine_that_was_busy_when_it_was_measured_is_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    key_file, answers = protect(IDENTITY["ann"], PASSPHRASE), ["Excessive work parameter for passphrase."] * 2

    class Busy:
        """The library on a machine that is busy twice: outside of ours, so it may be stood in for."""

        @staticmethod
        def decrypt(file: bytes, passphrase: str) -> bytes:
            if answers:
                raise pyrage.DecryptError(answers.pop())
            return bytes(pyrage.passphrase.decrypt(file, passphrase))

    monkeypatch.setattr(age_keys, "passphrase_box", Busy)
    assert unprotect(key_file, PASSPHRASE) == IDENTITY["ann"] and not answers
    with pytest.raises(DomainError, match="口令不对"):
        unprotect(key_file, "another passphrase")
