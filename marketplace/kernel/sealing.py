"""Sealed containers: parts that only k of n named openers can read together, each with an own age identity.

Every part is encrypted once to a file key made for it alone. The file key is wrapped for every ordered choice
of k openers, one age layer inside the other: recipients of one age layer mean OR, nesting means AND. An opener
who releases peels the outer layer of the wraps that begin with them; what remains is still encrypted to the
next opener and may be stored. The last opener peels the last layer, and only then is a part readable. The bidder
may have a wrap of its own, so that it can always read what it sealed.

Raw files of any length may belong to a part: each is encrypted on its own to the part's file key, and is never whole in
memory, neither when it is sealed nor when it is opened.

A container is a tar archive of age files, which any age tool can make (docs/sealed-bids.md). Those of the first two
forms, which knew no raw files, are still opened (`marketplace/kernel/sealed_container.py`).
"""

from __future__ import annotations

import hmac
import io
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from itertools import permutations
from math import perm
from typing import BinaryIO

import pyrage

from marketplace.kernel.age_keys import (
    IDENTITY_LINE,
    check_passphrase,
    check_recipient,
    fingerprint,
    identity_of,
    new_identity,
    protect,
    recipient_of,
    unprotect,
)
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_
from marketplace.kernel.sealed_container import (
    FORMAT,
    KEYS,
    MAGIC,
    MISSING,
    MOST_WRAPS,
    NAME,
    SEAL,
    Container,
    beginnings,
    container_of,
    member_of_wrap,
    raw_name,
    read_container,
    read_file,
    read_wrap_key,
    sealed_sha256,
    wrap_key,
)  # fmt: skip
from marketplace.kernel.sealed_padding import Cut, PaddedReader, Unpadder, bucket_size, padded, unpadded
from marketplace.kernel.sealed_tar import ArchiveWriter, SealBroken

__all__ = [
    "MAGIC", "Container", "OpenersMissing", "SealBroken", "Sealer", "WrongIdentity", "beginnings", "bucket_size",
    "check_passphrase", "check_place", "check_recipient", "check_unchanged", "container_of", "file_keys_of",
    "fingerprint", "new_identity", "next_layers", "open_parts", "open_raw", "open_with_file_keys", "peeled_key",
    "protect", "raw_name", "read_container", "read_file", "recipient_of", "release", "releases_so_far", "seal",
    "sealed_sha256", "unprotect",
]  # fmt: skip

NONCE_BYTES = 16


class WrongIdentity(DomainError):
    """The key is not the one registered for this opener."""

    def __init__(self) -> None:
        super().__init__(N_("这把密钥不是为这位开启人登记的那一把。请换用登记公钥所对应的密钥文件。"))


class OpenersMissing(DomainError):
    """Fewer openers than needed have released their part."""

    status_code = 409

    def __init__(self, needed: int) -> None:
        super().__init__(N_("还不能开启：需要 {needed} 位开启人先后放行，现在还不够。"), needed=needed)


def seal(
    parts: Mapping[str, bytes], recipients: Mapping[str, str], k: int = 2, place: str = "", bidder: str = "",
    raw: Mapping[str, Sequence[bytes]] | None = None,
) -> bytes:  # fmt: skip
    """Seal named parts so that any k of the openers (ID -> age recipient) can open them, and fewer cannot.

    `place` is bound into every part: a part moved to another lot or bidder does not open. `bidder` is the recipient
    of the bidder's own key, where it has one. `raw`: the raw files of parts, where they are small enough to hold.
    """
    held = io.BytesIO()
    sealer = Sealer(held, parts, recipients, k, place, bidder)
    for part, contents in (raw or {}).items():
        for content in contents:
            sealer.add_raw(part, io.BytesIO(content), len(content))
    sealer.end()
    return held.getvalue()


class Sealer:
    """Seals as `seal` does into a file that can be sought: parts and wraps at once, raw files one after the other."""

    def __init__(
        self, file: BinaryIO, parts: Mapping[str, bytes], recipients: Mapping[str, str], k: int = 2, place: str = "",
        bidder: str = "",
    ) -> None:  # fmt: skip
        recipients = {opener: check_recipient(recipient) for opener, recipient in recipients.items()}
        _check_sealing(parts, recipients, k)
        self._archive, self._place = ArchiveWriter(file), place or secrets.token_hex(NONCE_BYTES)
        self._file_keys = {name: pyrage.x25519.Identity.generate() for name in sorted(parts)}
        self._raw = dict.fromkeys(parts, 0)
        order = list(recipients)
        header = {
            "format": FORMAT, "place": self._place, "k": k, "bidder": bidder,
            "openers": [{"name": opener, "recipient": recipients[opener]} for opener in order],
        }  # fmt: skip
        self._archive.add(SEAL, json.dumps(header, sort_keys=True, separators=(",", ":")).encode())
        for name, file_key in self._file_keys.items():
            plain = padded(name, self._place, parts[name])
            self._archive.add(f"{name}.age", bytes(pyrage.encrypt(plain, [file_key.to_public()])))
        for name, file_key in self._file_keys.items():
            for chosen in permutations(range(len(order)), k):
                layers = [recipients[order[each]] for each in chosen]
                self._archive.add(member_of_wrap(name, chosen), _wrapped(str(file_key).encode(), layers))
            if bidder:
                self._archive.add(f"{KEYS}/{name}/bidder.age", _wrapped(str(file_key).encode(), [bidder]))

    def add_raw(self, part: str, content: BinaryIO, size: int) -> None:
        """The next raw file of a part, read from where it stands; `size` in bytes."""
        self._raw[part] += 1
        name = raw_name(part, self._raw[part])
        plain, reader = PaddedReader(name, self._place, content, size), [self._file_keys[part].to_public()]
        try:
            self._archive.make(f"{name}.age", lambda made: pyrage.encrypt_io(plain, made, reader))
        except pyrage.EncryptError as broken:
            if plain.failure is not None:
                raise plain.failure from broken
            raise

    def end(self) -> None:
        """Nothing more comes."""
        self._archive.end()


def check_unchanged(sealed: bytes, sha256: str) -> None:
    """The sealed bytes are those of the receipt, or SealBroken."""
    if not hmac.compare_digest(sealed_sha256(sealed), sha256.lower()):
        raise SealBroken


def release(
    sealed: bytes | Container, opener_id: str, identity: str, half_opened: Mapping[str, bytes] | None = None
) -> dict[str, bytes]:
    """One opener releases: the half-opened wraps so far and those this opener adds, safe to store.

    Each is still encrypted to at least one other opener; the last layer is never peeled here. Doing it twice
    changes nothing. Raises WrongIdentity, SealBroken.
    """
    container = read_container(sealed)
    key = _own_key(container, opener_id, identity)
    known: dict[str, bytes] = dict(half_opened or {})
    for of_wrap, wrap in {**container.wraps, **known}.items():
        name, order, done = read_wrap_key(container, of_wrap)
        if done < container.needed - 1 and order[done] == opener_id:
            known[wrap_key(name, order, done + 1)] = _peeled(wrap, key)
    return known


def open_parts(
    sealed: bytes | Container, opener_id: str, identity: str, half_opened: Mapping[str, bytes], names: Iterable[str]
) -> dict[str, bytes]:
    """The last of the k openers opens the named parts. Raises OpenersMissing, WrongIdentity, SealBroken."""
    container = read_container(sealed)
    return open_with_file_keys(container, file_keys_of(container, opener_id, identity, half_opened, names))


def file_keys_of(
    container: Container, opener_id: str, identity: str, half_opened: Mapping[str, bytes], names: Iterable[str]
) -> dict[str, bytes]:
    """The last of the k openers peels the file keys of the named parts. Raises as `open_parts` does."""
    key = _own_key(container, opener_id, identity)
    found = {}
    for name in names:
        if name not in container.parts:
            raise DomainError(N_("密封内容里没有“{name}”这一部分。"), name=name)
        found[name] = _peeled(_last_wrap(container, name, opener_id, half_opened), key)
    return found


def releases_so_far(sealed: bytes, half_opened: Mapping[str, bytes]) -> int:
    """How many openers have released; the one who opens comes after `k - 1` of them."""
    container = read_container(sealed)
    return max((read_wrap_key(container, key)[2] for key in half_opened), default=0)


def check_place(sealed: bytes | Container, place: str) -> None:
    """The container was sealed for this place, or SealBroken. Those of the first form were bound to nothing."""
    container = read_container(sealed)
    if container.form > 1 and container.place != place:
        raise SealBroken


def open_with_file_keys(sealed: bytes | Container, file_keys: Mapping[str, bytes]) -> dict[str, bytes]:
    """The parts whose file keys are known: the openers (or the bidder) peeled the layers elsewhere."""
    container = read_container(sealed)
    if not set(file_keys) <= set(container.parts):
        raise SealBroken
    return {
        name: unpadded(name, container.place, _opened(container.parts[name], key)) for name, key in file_keys.items()
    }


def open_raw(
    file: BinaryIO, container: Container, part: str, number: int, file_key: bytes, out: BinaryIO
) -> tuple[int, str]:
    """Open a part's raw file out of the container's file into another, in pieces; its size in bytes and its SHA-256.

    Raises SealBroken; what was written until then is nothing.
    """
    name = raw_name(part, number)
    if f"{name}.age" not in container.spans:
        raise SealBroken(MISSING, name=f"{name}.age")
    source, target = Cut(file, container.spans[f"{name}.age"]), Unpadder(name, container.place, out)
    try:
        pyrage.decrypt_io(source, target, [_file_key(file_key)])
    except (pyrage.DecryptError, OSError, ValueError) as broken:
        # a full disk is no fault of the bid
        if failure := source.failure or target.failure:
            raise failure from broken
        raise SealBroken from broken
    if target.left:
        raise SealBroken
    return target.size, target.digest.hexdigest()


def next_layers(container: Container, opener_id: str, half_opened: Mapping[str, bytes]) -> dict[str, bytes]:
    """The wraps whose next layer is this opener's, by wrap key."""
    found = {}
    for key, wrap in {**container.wraps, **half_opened}.items():
        _, order, done = read_wrap_key(container, key)
        if order[done] == opener_id:
            found[key] = wrap
    return found


def peeled_key(container: Container, key: str) -> tuple[str, str | None]:
    """Part and new wrap key after one more layer; None when nothing is left but the file key."""
    name, order, done = read_wrap_key(container, key)
    return name, wrap_key(name, order, done + 1) if done + 1 < container.needed else None


def _check_sealing(parts: Mapping[str, bytes], recipients: Mapping[str, str], k: int) -> None:
    """Mistakes here are the programmer's, except too few or doubled openers, which a person may have chosen."""
    if not parts or KEYS in parts or not all(NAME.fullmatch(name) for name in [*parts, *recipients]):
        raise ValueError("parts and openers need plain names")
    if not 2 <= k <= len(recipients):
        raise DomainError(N_("密封需要至少 {needed} 位开启人，并且至少两位。"), "R-BID-01", needed=k)
    # One key under two names would let one person open alone.
    if len(set(recipients.values())) != len(recipients):
        raise DomainError(N_("两位开启人登记了同一把公钥。每位开启人要有自己的密钥。"), "R-BID-01")
    if perm(len(recipients), k) > MOST_WRAPS:
        raise DomainError(N_("开启人太多。请选五位以内的开启人。"), "R-BID-01")


def _wrapped(secret: bytes, recipients: list[str]) -> bytes:
    """The secret in nested layers; the first recipient's is the outermost."""
    for recipient in reversed(recipients):
        secret = pyrage.encrypt(secret, [pyrage.x25519.Recipient.from_str(recipient)])
    return secret


def _peeled(wrap: bytes, key: pyrage.x25519.Identity) -> bytes:
    try:
        return bytes(pyrage.decrypt(wrap, [key]))
    except pyrage.DecryptError as broken:
        raise SealBroken from broken


def _opened(part: bytes, file_key: bytes) -> bytes:
    return _peeled(part, _file_key(file_key))


def _file_key(text: bytes) -> pyrage.x25519.Identity:
    try:
        # a key file of age-keygen brings comments along
        found = IDENTITY_LINE.search(text.decode())
        return pyrage.x25519.Identity.from_str(found.group() if found else "")
    except (pyrage.IdentityError, UnicodeDecodeError) as broken:
        raise SealBroken from broken


def _last_wrap(container: Container, name: str, opener_id: str, half_opened: Mapping[str, bytes]) -> bytes:
    last = container.needed - 1
    for order in permutations(sorted(container.recipients), container.needed):
        wrap = half_opened.get(wrap_key(name, order, last))
        if order[last] == opener_id and wrap is not None:
            return wrap
    raise OpenersMissing(container.needed)


def _own_key(container: Container, opener_id: str, identity: str) -> pyrage.x25519.Identity:
    key = identity_of(identity)
    if opener_id not in container.recipients:
        raise DomainError(N_("这位人员不是这份密封内容的开启人。"), "R-BID-01")
    if str(key.to_public()) != container.recipients[opener_id]:
        raise WrongIdentity
    return key


