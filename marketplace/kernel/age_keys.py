"""Age keys of people: made, written down, locked with a passphrase and unlocked again."""

from __future__ import annotations

import base64
import hashlib
import re
from time import sleep

import pyrage

from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_

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


def new_identity() -> tuple[str, str]:
    """A new opener's key: the secret identity and the recipient to register."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def recipient_of(identity: str) -> str:
    """The recipient that belongs to an identity."""
    return str(identity_of(identity).to_public())


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
    return str(identity_of(found.group()))


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


def identity_of(text: str) -> pyrage.x25519.Identity:
    """The identity in a line of text. Raises DomainError."""
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
