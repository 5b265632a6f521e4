"""A hash tree over the rows of a lot: one root binds all of them, and each can be proved without showing another.

Leaf and node hashes are told apart by their first byte, and an odd tree is split at the largest power of two below its
size, as in RFC 6962. A row has two halves with a salt each, so that one half can be shown and the other only proved.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from marketplace.kernel.hashing import SHA256, hashed

_ENCODER = msgspec.json.Encoder(order="sorted")


def canonical(value: object) -> bytes:
    """The one way a half is written before it is hashed: sorted names, no spaces, UTF-8; numbers stand as texts."""
    return _ENCODER.encode(value)


def half(value: object, algorithm: str = SHA256) -> str:
    """The hash of a half with its salt in it."""
    return hashed(canonical(value), algorithm)


def leaf(public: str, private: str, algorithm: str = SHA256) -> str:
    """The hash of a row from the hashes of its halves."""
    return hashed(b"\x00" + bytes.fromhex(public) + bytes.fromhex(private), algorithm)


def _node(left: str, right: str, algorithm: str) -> str:
    return hashed(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right), algorithm)


def root(leaves: Sequence[str], algorithm: str = SHA256) -> str:
    """The root of the tree over these leaves in the order given; there must be one."""
    if len(leaves) == 1:
        return leaves[0]
    cut = _cut(len(leaves))
    return _node(root(leaves[:cut], algorithm), root(leaves[cut:], algorithm), algorithm)


def proof(leaves: Sequence[str], place: int, algorithm: str = SHA256) -> list[str]:
    """The hashes beside the way from a leaf up to the root, the leaf's neighbour first."""
    if len(leaves) == 1:
        return []
    cut = _cut(len(leaves))
    if place < cut:
        return [*proof(leaves[:cut], place, algorithm), root(leaves[cut:], algorithm)]
    return [*proof(leaves[cut:], place - cut, algorithm), root(leaves[:cut], algorithm)]


def root_by_proof(
    leaf_hash: str, place: int, size: int, beside: Sequence[str], algorithm: str = SHA256
) -> str | None:
    """The root that a proof leads to; None when it has not the length that a tree of this size asks for."""
    if size == 1:
        return leaf_hash if not beside and place == 0 else None
    if not beside or not 0 <= place < size:
        return None
    cut = _cut(size)
    is_left = place < cut
    below = root_by_proof(
        leaf_hash, place if is_left else place - cut, cut if is_left else size - cut, beside[:-1], algorithm
    )
    if below is None:
        return None
    return _node(below, beside[-1], algorithm) if is_left else _node(beside[-1], below, algorithm)


def _cut(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)
