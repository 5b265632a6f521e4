"""Sealed containers: parts that only k of n named openers can read together, each with an own age identity.

Every part is encrypted once to a file key made for it alone. The file key is wrapped for every ordered choice
of k openers, one age layer inside the other: recipients of one age layer mean OR, nesting means AND. An opener
who releases peels the outer layer of the wraps that begin with them; what remains is still encrypted to the
next opener and may be stored. The last opener peels the last layer, and only then is a part readable.

    magic · length of header (4 bytes) · header (canonical JSON) · parts · wraps · SHA-256 of all before
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import permutations
from math import perm
from time import sleep

import pyrage

from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_

MAGIC = b"SEALED-PARTS-1\n"
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
DIGEST_BYTES = 32
NONCE_BYTES = 16
SMALLEST_BUCKET = 4096
LARGEST_DOUBLING = 1024 * 1024
MOST_WRAPS = 120
MOST_PROTECTED_BYTES = 16 * 1024
# scrypt takes 1 KiB x 2^factor of memory; a made-up file must not be able to ask for more than 1 GiB.
MOST_SCRYPT_FACTOR = 20
SHORTEST_PASSPHRASE = 12
ARMOUR = b"-----BEGIN AGE ENCRYPTED FILE-----"
passphrase_box = pyrage.passphrase
TOO_MUCH_WORK = "Excessive work"
SECONDS_UNTIL_MEASURED_AGAIN = (0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0)
SCRYPT_STANZA = re.compile(rb"age-encryption\.org/v1\n-> scrypt [A-Za-z0-9+/]+ ([0-9]{1,2})\n")
IDENTITY_LINE = re.compile(r"^AGE-SECRET-KEY-1[0-9A-Z]+$", re.MULTILINE)


class SealBroken(DomainError):
    """Sealed bytes are not what was sealed: damaged, cut, mixed up or altered."""

    def __init__(self) -> None:
        super().__init__(N_("密封内容与封存时不一致，不能开启。请保留原文件并报告。"), "R-BID-01")


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
    """A sealed container taken apart; nothing in it is readable yet."""

    needed: int
    recipients: Mapping[str, str]
    nonce: str
    parts: Mapping[str, bytes]
    wraps: Mapping[str, bytes]


def seal(parts: Mapping[str, bytes], recipients: Mapping[str, str], k: int = 2) -> bytes:
    """Seal named parts so that any k of the openers (ID -> age recipient) can open them, and fewer cannot."""
    recipients = {opener: check_recipient(recipient) for opener, recipient in recipients.items()}
    _check_sealing(parts, recipients, k)
    nonce = secrets.token_hex(NONCE_BYTES)
    blobs: dict[str, bytes] = {}
    wraps: dict[str, bytes] = {}
    for name in sorted(parts):
        file_key = pyrage.x25519.Identity.generate()
        blobs[name] = bytes(pyrage.encrypt(_padded(name, nonce, parts[name]), [file_key.to_public()]))
        for order in permutations(sorted(recipients), k):
            layers = [recipients[opener] for opener in order]
            wraps[_wrap_key(name, order, 0)] = _wrapped(str(file_key).encode(), layers)
    header = {
        "k": k,
        "nonce": nonce,
        "openers": dict(recipients),
        "parts": [[name, len(blob)] for name, blob in blobs.items()],
        "wraps": [[key, len(wrap)] for key, wrap in wraps.items()],
    }
    head = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    body = b"".join([MAGIC, len(head).to_bytes(4, "big"), head, *blobs.values(), *wraps.values()])
    return body + hashlib.sha256(body).digest()


def sealed_sha256(sealed: bytes) -> str:
    """The fingerprint printed on the receipt: SHA-256 of the sealed bytes, in hex."""
    return hashlib.sha256(sealed).hexdigest()


def check_unchanged(sealed: bytes, sha256: str) -> None:
    """The sealed bytes are those of the receipt, or SealBroken."""
    if not hmac.compare_digest(sealed_sha256(sealed), sha256.lower()):
        raise SealBroken


def release(
    sealed: bytes, opener_id: str, identity: str, half_opened: Mapping[str, bytes] | None = None
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
    sealed: bytes, opener_id: str, identity: str, half_opened: Mapping[str, bytes], names: Iterable[str]
) -> dict[str, bytes]:
    """The last of the k openers opens the named parts. Raises OpenersMissing, WrongIdentity, SealBroken."""
    container = read_container(sealed)
    key = _own_key(container, opener_id, identity)
    opened = {}
    for name in names:
        if name not in container.parts:
            raise DomainError(N_("密封内容里没有“{name}”这一部分。"), name=name)
        file_key = _peeled(_last_wrap(container, name, opener_id, half_opened), key)
        opened[name] = _unpadded(name, container.nonce, _opened(container.parts[name], file_key))
    return opened


def releases_so_far(sealed: bytes, half_opened: Mapping[str, bytes]) -> int:
    """How many openers have released; the one who opens comes after `k - 1` of them."""
    container = read_container(sealed)
    return max((_read_wrap_key(container, key)[2] for key in half_opened), default=0)


def read_container(sealed: bytes) -> Container:
    """Take sealed bytes apart; any changed byte raises SealBroken."""
    body, digest = sealed[:-DIGEST_BYTES], sealed[-DIGEST_BYTES:]
    if not body.startswith(MAGIC) or not hmac.compare_digest(hashlib.sha256(body).digest(), digest):
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
    return Container(needed, openers, nonce, blobs["parts"], blobs["wraps"])


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
        return _peeled(part, pyrage.x25519.Identity.from_str(file_key.decode()))
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
    key = _identity(identity)
    if opener_id not in container.recipients:
        raise DomainError(N_("这位人员不是这份密封内容的开启人。"), "R-BID-01")
    if str(key.to_public()) != container.recipients[opener_id]:
        raise WrongIdentity
    return key


def _padded(name: str, nonce: str, content: bytes) -> bytes:
    """Name, container and length before the content, zeros after it up to the bucket.

    The bucket hides the length, which could tell the digits of a price; name and nonce hold a part in its place.
    """
    head = f"{name}\n{nonce}\n{len(content)}\n".encode()
    plain = head + content
    return plain + bytes(bucket_size(len(plain)) - len(plain))


def _unpadded(name: str, nonce: str, plain: bytes) -> bytes:
    said_name, said_nonce, said_length, rest = (plain.split(b"\n", 3) + [b""] * 4)[:4]
    if said_name != name.encode() or said_nonce != nonce.encode() or not said_length.isdigit():
        raise SealBroken
    return rest[: int(said_length)]


def bucket_size(length: int) -> int:
    """The size a plaintext of this length is padded to: 4 KiB doubled up to 1 MiB, then whole MiB."""
    bucket = SMALLEST_BUCKET
    while bucket < length and bucket < LARGEST_DOUBLING:
        bucket *= 2
    return bucket if length <= bucket else -(-length // LARGEST_DOUBLING) * LARGEST_DOUBLING


def new_identity() -> tuple[str, str]:
    """A new opener's key: the secret identity and the recipient to register."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def recipient_of(identity: str) -> str:
    """The recipient that belongs to an identity."""
    return str(_identity(identity).to_public())


def check_recipient(text: str) -> str:
    """A registered key without stray spaces, or a refusal that says what to paste."""
    recipient = text.strip()
    try:
        return str(pyrage.x25519.Recipient.from_str(recipient))
    except pyrage.RecipientError:
        raise DomainError(N_("这不是正确的公钥。请完整粘贴以 age1 开头的一行，共 62 个字符。")) from None


def fingerprint(recipient: str) -> str:
    """A short form of a recipient to read out and compare: sixteen hex digits in fours."""
    digits = hashlib.sha256(check_recipient(recipient).encode()).hexdigest()[:16]
    return " ".join(digits[i : i + 4] for i in range(0, 16, 4))


def protect(identity: str, passphrase: str) -> bytes:
    """An identity file locked with a passphrase, in armoured age format. Slow on purpose: run it in a thread."""
    check_passphrase(passphrase)
    text = f"# public key: {recipient_of(identity)}\n{identity}\n"
    return bytes(pyrage.passphrase.encrypt(text.encode(), passphrase, armored=True))


def unprotect(file: bytes, passphrase: str) -> str:
    """The identity in a locked file. Slow on purpose: run it in a thread. Raises DomainError."""
    _check_protected(file)
    try:
        text = _unlocked(file, passphrase).decode()
    except (pyrage.DecryptError, UnicodeDecodeError):
        raise DomainError(N_("口令不对，或者密钥文件已损坏。请重新输入口令，或换用备份的密钥文件。")) from None
    found = IDENTITY_LINE.search(text)
    if found is None:
        raise DomainError(N_("这个文件里没有开启人密钥。请选用 marketplace opener new-key 生成的文件。"))
    return str(_identity(found.group()))


def _unlocked(file: bytes, passphrase: str) -> bytes:
    """What the passphrase opens. The library first measures how fast this machine is and refuses what seems too slow
    for it; a machine that was busy for that moment is measured again. How much work there may be at most is checked
    before, in `_check_protected`. Raises pyrage.DecryptError."""
    for wait in (*SECONDS_UNTIL_MEASURED_AGAIN, None):
        try:
            return bytes(passphrase_box.decrypt(file, passphrase))
        except pyrage.DecryptError as refused:
            if wait is None or TOO_MUCH_WORK not in str(refused):
                raise
            sleep(wait)
    raise AssertionError("the last try returns or raises")


def check_passphrase(passphrase: str) -> None:
    """The passphrase is all that protects a lost key file: at least 12 characters."""
    if len(passphrase.strip()) < SHORTEST_PASSPHRASE:
        raise DomainError(N_("口令至少要有 {least} 个字符。"), least=SHORTEST_PASSPHRASE)


def _identity(text: str) -> pyrage.x25519.Identity:
    try:
        return pyrage.x25519.Identity.from_str(text.strip())
    except pyrage.IdentityError:
        raise DomainError(N_("这不是正确的开启人密钥。请选用 marketplace opener new-key 生成的文件。")) from None


def _check_protected(file: bytes) -> None:
    """The file is a passphrase-protected age file of a modest size and cost, or DomainError."""
    head = file.strip()
    if head.startswith(ARMOUR):
        try:
            head = base64.b64decode(head[len(ARMOUR) : head.rfind(b"-----END")])
        except ValueError:
            head = b""
    stanza = SCRYPT_STANZA.match(head)
    if len(file) > MOST_PROTECTED_BYTES or stanza is None or int(stanza.group(1)) > MOST_SCRYPT_FACTOR:
        raise DomainError(N_("这不是受口令保护的密钥文件。请选用 marketplace opener new-key 生成的文件。"))
