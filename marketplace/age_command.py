"""`marketplace age` and `marketplace age keygen`: what `seal.sh` asks of the age tools, where those are not installed.

The same words and the same files as the tools of https://age-encryption.org, on the reader's own machine: no
database, no server, nothing sent. A file goes through in pieces, however large it is.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pyrage

from marketplace.kernel.age_keys import IDENTITY_LINE, recipient_of

OWNER_ONLY = 0o600
Through = Callable[[BinaryIO, BinaryIO], None]


class Refused(Exception):
    """What cannot be done, in words."""


def main(argv: Sequence[str]) -> int:
    """`age -r RECIPIENT [FILE]` and `age -d -i KEY [FILE]`, to standard output or `-o`: 0, or 1 with a sentence."""
    if argv and argv[0] == "keygen":
        return keygen(argv[1:])
    asked = _age_words().parse_args(argv)
    try:
        through = _decrypting(asked.identity) if asked.decrypt else _encrypting(asked.recipient)
        with open(asked.file, "rb") if asked.file else nullcontext(sys.stdin.buffer) as source:
            _give(lambda target: through(source, target), asked.out)
    except (Refused, OSError) as refused:
        print(f"age: {refused}", file=sys.stderr)
        return 1
    return 0


def keygen(argv: Sequence[str]) -> int:
    """`age keygen [-o FILE]` makes a key, `age keygen -y FILE` says its recipient: 0, or 1 with a sentence."""
    asked = _keygen_words().parse_args(argv)
    try:
        if asked.of:
            print(recipient_of(_identity_in(asked.of)))
        else:
            key = pyrage.x25519.Identity.generate()
            made = datetime.now(UTC).isoformat(timespec="seconds")
            words = f"# created: {made}\n# public key: {key.to_public()}\n{key}\n".encode()
            _give(lambda target: target.write(words), asked.out)
            if asked.out:
                print(f"Public key: {key.to_public()}", file=sys.stderr)
    except (Refused, OSError) as refused:
        print(f"age-keygen: {refused}", file=sys.stderr)
        return 1
    return 0


def _encrypting(recipients: Sequence[str]) -> Through:
    if not recipients:
        raise Refused("name whom to encrypt to with -r")
    try:
        readers = [pyrage.x25519.Recipient.from_str(each) for each in recipients]
    except pyrage.RecipientError as wrong:
        raise Refused("that is no recipient: it begins with age1") from wrong
    return lambda source, target: pyrage.encrypt_io(source, target, readers)


def _decrypting(identity: str) -> Through:
    if not identity:
        raise Refused("name the key file with -i")
    key = pyrage.x25519.Identity.from_str(_identity_in(identity))

    def through(source: BinaryIO, target: BinaryIO) -> None:
        try:
            pyrage.decrypt_io(source, target, [key])
        except pyrage.DecryptError as wrong:
            raise Refused("this key does not open it") from wrong
        except OSError as broken:
            raise Refused(f"not opened to its end, do not use what came out: {broken}") from broken

    return through


def _identity_in(path: str) -> str:
    found = IDENTITY_LINE.search(Path(path).read_text(encoding="utf-8", errors="replace"))
    if found is None:
        raise Refused(f"{path} holds no key")
    return found.group()


def _give(write: Callable[[BinaryIO], object], out: str) -> None:
    """To standard output, or to a new file that only its owner reads; another file is never written over.

    Of what could not be finished no file is left.
    """
    if not out:
        write(sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "wb") as file:
        try:
            write(file)
        except BaseException:
            Path(out).unlink()
            raise


def _age_words() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="age", description="Encrypt to a recipient, or decrypt with a key file.")
    parser.add_argument("-r", dest="recipient", action="append", default=[], metavar="RECIPIENT")
    parser.add_argument("-d", dest="decrypt", action="store_true")
    parser.add_argument("-i", dest="identity", default="", metavar="KEY")
    parser.add_argument("-o", dest="out", default="", metavar="FILE")
    parser.add_argument("file", nargs="?", default="")
    return parser


def _keygen_words() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="age-keygen", description="Make a key, or say the recipient of one.")
    parser.add_argument("-o", dest="out", default="", metavar="FILE")
    parser.add_argument("-y", dest="of", default="", metavar="KEY")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
