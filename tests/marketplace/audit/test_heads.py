import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from marketplace.gateways.signing import SigningKey, load_public_key, make_or_load_key
from marketplace.kernel.audit.heads import head_line, new_head, read_heads

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return make_or_load_key(tmp_path / "keys" / "audit-ed25519.pem")


def a_line(key: SigningKey, position: int, entry_hash: str = "ab" * 32) -> str:
    return head_line(new_head("main", position, entry_hash, NOON, key.public.fingerprint), key)


def test_the_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path):
    path = tmp_path / "keys" / "audit-ed25519.pem"
    first = make_or_load_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert make_or_load_key(path).public.pem == first.public.pem
    assert list(path.parent.iterdir()) == [path]


def test_anyone_with_the_public_key_can_check_a_signature(key: SigningKey):
    public = load_public_key(key.public.pem)
    assert public.verify(b"chain", key.sign(b"chain"))
    assert not public.verify(b"chain!", key.sign(b"chain"))
    assert not public.verify(b"chain", "no base64 ~~")


def test_signed_heads_are_read_back(key: SigningKey):
    heads = read_heads([a_line(key, 1), "", a_line(key, 4, "cd" * 32)], key.public)
    assert heads.bad_line is None
    assert heads.hashes == {("main", 1): "ab" * 32, ("main", 4): "cd" * 32}
    assert heads.last_position("main") == 4
    assert heads.last_position("listing:x") == 0


def test_a_head_signed_twice_after_a_crash_is_no_fault(key: SigningKey):
    assert read_heads([a_line(key, 1), a_line(key, 1)], key.public).bad_line is None


@pytest.mark.parametrize("field, value", [("position", 2), ("hash", "cd" * 32), ("stream", "x"), ("signed_at", "now")])
def test_a_changed_head_is_named_by_its_line(key: SigningKey, field: str, value: object):
    forged = json.dumps({**json.loads(a_line(key, 3)), field: value})
    heads = read_heads([a_line(key, 1), forged], key.public)
    assert (heads.bad_line, heads.reason) == (2, "signature")


def test_a_head_of_another_key_is_not_believed(key: SigningKey, tmp_path: Path):
    other = make_or_load_key(tmp_path / "other.pem")
    assert read_heads([a_line(other, 1)], key.public).reason == "other_key"


def test_two_hashes_for_one_place_are_a_fault(key: SigningKey):
    assert read_heads([a_line(key, 1), a_line(key, 1, "cd" * 32)], key.public).reason == "two_truths"


@pytest.mark.parametrize("line", ["{", "[]", "7", '{"stream":"main"}', '{"position":"1","stream":1}'])
def test_a_line_that_is_no_head_is_a_fault(key: SigningKey, line: str):
    assert read_heads([line], key.public).reason == "unreadable"
