"""Sealed containers: parts that only k of n named openers can read together, each with an own age identity.

Every part is encrypted once to a file key made for it alone. The file key is wrapped for every ordered choice
of k openers, one age layer inside the other: recipients of one age layer mean OR, nesting means AND. An opener
who releases peels the outer layer of the wraps that begin with them; what remains is still encrypted to the
next opener and may be stored. The last opener peels the last layer, and only then is a part readable. The bidder
may have a wrap of its own, so that it can always read what it sealed.

A container is a tar archive of age files, which any age tool can make (docs/sealed-bids.md). Containers of the first
form are still opened:

    magic · length of header (4 bytes) · header (canonical JSON) · parts · wraps · SHA-256 of all before
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import permutations
from math import perm

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
from marketplace.kernel.sealed_tar import SUMS, ArchiveReader, SealBroken, members_of, written

__all__ = [
    "MAGIC", "Container", "OpenersMissing", "SealBroken", "WrongIdentity", "beginnings", "bucket_size",
    "check_passphrase", "check_place", "check_recipient", "check_unchanged", "container_of", "fingerprint",
    "new_identity", "next_layers", "open_parts", "open_with_file_keys", "peeled_key", "protect", "read_container",
    "recipient_of", "release", "releases_so_far", "seal", "sealed_sha256", "unprotect",
]  # fmt: skip

FORMAT = "sealed-bid-2"
SEAL = "seal.json"
MAGIC = b"SEALED-PARTS-1\n"
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
DIGEST_BYTES = 32
NONCE_BYTES = 16
SMALLEST_BUCKET = 4096
LARGEST_DOUBLING = 1024 * 1024
MOST_WRAPS = 120
LARGEST_HEADER = 64 * 1024
LARGEST_WRAP = 16 * 1024  # a layer of age takes a few hundred bytes


class WrongIdentity(DomainError):
    """The key is not the one registered for this opener."""

    def __init__(self) -> None:
        super().__init__(N_("这把密钥不是为这位开启人登记的那一把。请换用登记公钥所对应的密钥文件。"))


class OpenersMissing(DomainError):
    """Fewer openers than needed have released their part."""

    status_code = 409

    def __init__(self, needed: int) -> None:
        super().__init__(N_("还不能开启：需要 {needed} 位开启人先后放行，现在还不够。"), needed=needed)


@dataclass(frozen=True)
class Container:
    """A sealed container taken apart; nothing in it is readable yet. `place` says what it was sealed for."""

    needed: int
    recipients: Mapping[str, str]
    place: str
    parts: Mapping[str, bytes]
    wraps: Mapping[str, bytes]
    bidder: str = ""
    bidder_wraps: Mapping[str, bytes] = field(default_factory=dict)
    is_first_form: bool = False


def seal(
    parts: Mapping[str, bytes], recipients: Mapping[str, str], k: int = 2, place: str = "", bidder: str = ""
) -> bytes:
    """Seal named parts so that any k of the openers (ID -> age recipient) can open them, and fewer cannot.

    `place` is bound into every part: a part moved to another lot or bidder does not open. `bidder` is the recipient
    of the bidder's own key, where it has one.
    """
    recipients = {opener: check_recipient(recipient) for opener, recipient in recipients.items()}
    _check_sealing(parts, recipients, k)
    place = place or secrets.token_hex(NONCE_BYTES)
    order = list(recipients)
    header = {
        "format": FORMAT, "place": place, "k": k, "bidder": bidder,
        "openers": [{"name": opener, "recipient": recipients[opener]} for opener in order],
    }  # fmt: skip
    members = {SEAL: json.dumps(header, sort_keys=True, separators=(",", ":")).encode()}
    wraps: dict[str, bytes] = {}
    for name in sorted(parts):
        file_key = pyrage.x25519.Identity.generate()
        members[f"{name}.age"] = bytes(pyrage.encrypt(_padded(name, place, parts[name]), [file_key.to_public()]))
        for chosen in permutations(range(len(order)), k):
            layers = [recipients[order[each]] for each in chosen]
            wraps[_member(name, chosen)] = _wrapped(str(file_key).encode(), layers)
        if bidder:
            wraps[f"keys/{name}/bidder.age"] = _wrapped(str(file_key).encode(), [bidder])
    return written(members | wraps)


def _member(name: str, chosen: tuple[int, ...]) -> str:
    """The file of a wrap: the openers by their number in the header, the outermost layer first."""
    return f"keys/{name}/{'-'.join(str(each + 1) for each in chosen)}.age"


def sealed_sha256(sealed: bytes) -> str:
    """The fingerprint printed on the receipt: SHA-256 of the sealed bytes, in hex."""
    return hashlib.sha256(sealed).hexdigest()


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
    for wrap_key, wrap in {**container.wraps, **known}.items():
        name, order, done = _read_wrap_key(container, wrap_key)
        if done < container.needed - 1 and order[done] == opener_id:
            known[_wrap_key(name, order, done + 1)] = _peeled(wrap, key)
    return known


def open_parts(
    sealed: bytes | Container, opener_id: str, identity: str, half_opened: Mapping[str, bytes], names: Iterable[str]
) -> dict[str, bytes]:
    """The last of the k openers opens the named parts. Raises OpenersMissing, WrongIdentity, SealBroken."""
    container = read_container(sealed)
    key = _own_key(container, opener_id, identity)
    opened = {}
    for name in names:
        if name not in container.parts:
            raise DomainError(N_("密封内容里没有“{name}”这一部分。"), name=name)
        file_key = _peeled(_last_wrap(container, name, opener_id, half_opened), key)
        opened[name] = _unpadded(name, container.place, _opened(container.parts[name], file_key))
    return opened


def releases_so_far(sealed: bytes, half_opened: Mapping[str, bytes]) -> int:
    """How many openers have released; the one who opens comes after `k - 1` of them."""
    container = read_container(sealed)
    return max((_read_wrap_key(container, key)[2] for key in half_opened), default=0)


def check_place(sealed: bytes | Container, place: str) -> None:
    """The container was sealed for this place, or SealBroken. Those of the first form were bound to nothing."""
    container = read_container(sealed)
    if not container.is_first_form and container.place != place:
        raise SealBroken


def open_with_file_keys(sealed: bytes | Container, file_keys: Mapping[str, bytes]) -> dict[str, bytes]:
    """The parts whose file keys are known: the openers (or the bidder) peeled the layers elsewhere."""
    container = read_container(sealed)
    if not set(file_keys) <= set(container.parts):
        raise SealBroken
    return {
        name: _unpadded(name, container.place, _opened(container.parts[name], key)) for name, key in file_keys.items()
    }


def next_layers(container: Container, opener_id: str, half_opened: Mapping[str, bytes]) -> dict[str, bytes]:
    """The wraps whose next layer is this opener's, by wrap key."""
    found = {}
    for key, wrap in {**container.wraps, **half_opened}.items():
        _, order, done = _read_wrap_key(container, key)
        if order[done] == opener_id:
            found[key] = wrap
    return found


def peeled_key(container: Container, key: str) -> tuple[str, str | None]:
    """Part and new wrap key after one more layer; None when nothing is left but the file key."""
    name, order, done = _read_wrap_key(container, key)
    return name, _wrap_key(name, order, done + 1) if done + 1 < container.needed else None


def read_container(sealed: bytes | Container) -> Container:
    """Take sealed bytes apart; any changed byte raises SealBroken. One that was taken apart stays as it is."""
    if isinstance(sealed, Container):
        return sealed
    if sealed.startswith(MAGIC):
        return _read_first_form(sealed)
    return container_of(members_of(sealed))


def beginnings() -> ArchiveReader:
    """Reads a container that comes in pieces: its header and wraps whole, of each part the beginning alone."""
    return ArchiveReader(lambda name: LARGEST_HEADER if name in (SEAL, SUMS) else LARGEST_WRAP + 1)


def container_of(members: dict[str, bytes]) -> Container:
    """The container that the files of an archive make up. Raises SealBroken."""
    try:
        header = json.loads(members.pop(SEAL))
        if header["format"] != FORMAT:
            raise SealBroken
        needed, place, bidder = int(header["k"]), str(header["place"]), str(header["bidder"])
        openers = {str(each["name"]): str(each["recipient"]) for each in header["openers"]}
    except (ValueError, KeyError, TypeError, RecursionError) as broken:
        raise SealBroken from broken
    parts = {name.removesuffix(".age"): members.pop(name) for name in list(members) if "/" not in name}
    if not (2 <= needed <= len(openers)) or len(openers) != len(header["openers"]):
        raise SealBroken
    if perm(len(openers), needed) > MOST_WRAPS or not all(NAME.fullmatch(name) for name in [*parts, *openers]):
        raise SealBroken
    wraps, own = _wraps_of(members, list(parts), list(openers), needed, bidder)
    return Container(needed, openers, place, parts, wraps, bidder, own)


def _wraps_of(
    members: dict[str, bytes], parts: list[str], openers: list[str], needed: int, bidder: str
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Every wrap that must be there, and nothing else. Raises SealBroken."""
    wraps, own = {}, {}
    try:
        for name in parts:
            for chosen in permutations(range(len(openers)), needed):
                order = tuple(openers[each] for each in chosen)
                wraps[_wrap_key(name, order, 0)] = members.pop(_member(name, chosen))
            if bidder:
                own[name] = members.pop(f"keys/{name}/bidder.age")
    except KeyError as missing:
        raise SealBroken from missing
    if members or not parts or any(len(wrap) > LARGEST_WRAP for wrap in [*wraps.values(), *own.values()]):
        raise SealBroken
    return wraps, own


def _read_first_form(sealed: bytes) -> Container:
    body, digest = sealed[:-DIGEST_BYTES], sealed[-DIGEST_BYTES:]
    if not hmac.compare_digest(hashlib.sha256(body).digest(), digest):
        raise SealBroken
    start = len(MAGIC) + 4
    end = start + int.from_bytes(body[len(MAGIC) : start], "big")
    try:
        header = json.loads(body[start:end])
        blobs: dict[str, dict[str, bytes]] = {"parts": {}, "wraps": {}}
        for kind, named in blobs.items():
            for name, length in header[kind]:
                named[name] = body[end : end + length]
                end += length
        needed, openers, nonce = int(header["k"]), dict(header["openers"]), str(header["nonce"])
    except (ValueError, KeyError, TypeError) as broken:
        raise SealBroken from broken
    if end != len(body):
        raise SealBroken
    return Container(needed, openers, nonce, blobs["parts"], blobs["wraps"], is_first_form=True)


def _check_sealing(parts: Mapping[str, bytes], recipients: Mapping[str, str], k: int) -> None:
    """Mistakes here are the programmer's, except too few or doubled openers, which a person may have chosen."""
    if not parts or not all(NAME.fullmatch(name) for name in [*parts, *recipients]):
        raise ValueError("parts and openers need plain names")
    if not 2 <= k <= len(recipients):
        raise DomainError(N_("密封需要至少 {needed} 位开启人，并且至少两位。"), "R-BID-01", needed=k)
    # One key under two names would let one person open alone.
    if len(set(recipients.values())) != len(recipients):
        raise DomainError(N_("两位开启人登记了同一把公钥。每位开启人要有自己的密钥。"), "R-BID-01")
    if perm(len(recipients), k) > MOST_WRAPS:
        raise DomainError(N_("开启人太多。请选五位以内的开启人。"), "R-BID-01")


def _wrap_key(name: str, order: tuple[str, ...], done: int) -> str:
    return f"{name}:{'>'.join(order)}:{done}"


def _read_wrap_key(container: Container, key: str) -> tuple[str, tuple[str, ...], int]:
    """Part, order of openers and how many have peeled; a key the container does not know is SealBroken."""
    name, _, rest = key.partition(":")
    order, _, done = rest.partition(":")
    if f"{name}:{order}:0" not in container.wraps or not done.isdecimal() or int(done) >= container.needed:
        raise SealBroken
    return name, tuple(order.split(">")), int(done)


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
    try:
        # a key file of age-keygen brings comments along
        found = IDENTITY_LINE.search(file_key.decode())
        return _peeled(part, pyrage.x25519.Identity.from_str(found.group() if found else ""))
    except (pyrage.IdentityError, UnicodeDecodeError) as broken:
        raise SealBroken from broken


def _last_wrap(container: Container, name: str, opener_id: str, half_opened: Mapping[str, bytes]) -> bytes:
    last = container.needed - 1
    for order in permutations(sorted(container.recipients), container.needed):
        wrap = half_opened.get(_wrap_key(name, order, last))
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


def _padded(name: str, place: str, content: bytes) -> bytes:
    """Name, place and length before the content, zeros after it up to the bucket.

    The bucket hides the length, which could tell the digits of a price; name and place hold a part where it belongs.
    """
    head = f"{name}\n{place}\n{len(content)}\n".encode()
    plain = head + content
    return plain + bytes(bucket_size(len(plain)) - len(plain))


def _unpadded(name: str, place: str, plain: bytes) -> bytes:
    head = f"{name}\n{place}\n".encode()
    start = plain.find(b"\n", len(head), len(head) + 20) + 1
    said_length = plain[len(head) : start - 1]
    if not plain.startswith(head) or not start or not said_length.isdigit():
        raise SealBroken
    if int(said_length) > len(plain) - start:
        raise SealBroken
    # cut once: a copy of tens of megabytes more would be felt while a hundred bids are opened
    return plain[start : start + int(said_length)]


def bucket_size(length: int) -> int:
    """The size a plaintext of this length is padded to: 4 KiB doubled up to 1 MiB, then whole MiB."""
    bucket = SMALLEST_BUCKET
    while bucket < length and bucket < LARGEST_DOUBLING:
        bucket *= 2
    return bucket if length <= bucket else -(-length // LARGEST_DOUBLING) * LARGEST_DOUBLING
