"""SM2 with SM3 (GB/T 32918) by the OpenSSL 3 of the operating system; the key stays in its file.

No Python library that is kept has SM2, and nobody writes elliptic curves here: OpenSSL's libcrypto signs and verifies,
with the usual identity of GB/T 35276, or its program `openssl` where the library cannot be asked. It is no certified
product: a county that must use one names its own class with the same name `sm2-sm3` by `SIGNER`, and what either signed
is verified by both.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from marketplace.gateways import sm2_library

NAME = "sm2-sm3"
IDENTITY = "1234567812345678"
LONGEST = 10.0  # seconds; a signature takes a few hundredths
_HASHED = ("-rawin", "-digest", "sm3", "-pkeyopt", f"distid:{IDENTITY}")
OID = bytes.fromhex("06082a811ccf5501822d")  # the curve SM2 in a key's DER


class Sm2Signing:
    """A private key that stays in its file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.public = Sm2Verifying(_openssl("pkey", "-in", str(path), "-pubout").decode())

    def sign(self, content: bytes) -> str:
        """The signature (ASN.1) in base64; another one each time."""
        if found := sm2_library.library():
            signed = sm2_library.sign(found, self._path, content, IDENTITY.encode())
        else:
            signed = _openssl("pkeyutl", "-sign", "-inkey", str(self._path), *_HASHED, stdin=content)
        return base64.b64encode(signed).decode()


class Sm2Verifying:
    """A public key. Raises ValueError where it is of another kind."""

    algorithm = NAME

    def __init__(self, pem: str) -> None:
        body = "".join(line for line in pem.splitlines() if not line.startswith("-----"))
        try:
            der = base64.b64decode(body, validate=True)
        except binascii.Error as broken:
            raise ValueError("this is no SM2 public key") from broken
        if OID not in der or "PUBLIC KEY" not in pem:
            raise ValueError("this is no SM2 public key")
        self.pem = pem
        self.fingerprint = hashlib.new("sm3", der).hexdigest()[:32]

    def verify(self, content: bytes, signature: str) -> bool:
        """Whether this key made the signature over exactly these bytes."""
        try:
            signed = base64.b64decode(signature, validate=True)
        except (binascii.Error, ValueError):
            return False
        if found := sm2_library.library():
            try:
                return sm2_library.verify(found, self.pem, content, signed, IDENTITY.encode())
            except ValueError:
                return False
        with tempfile.TemporaryDirectory() as folder:
            key, kept = Path(folder, "key.pem"), Path(folder, "signature")
            key.write_text(self.pem)
            kept.write_bytes(signed)
            command = ("pkeyutl", "-verify", "-pubin", "-inkey", str(key), "-sigfile", str(kept), *_HASHED)
            return _run(command, content).returncode == 0


class Sm2:
    """What `ALGORITHMS=sm` signs by where `SIGNER` names nothing else."""

    name = NAME

    def make(self) -> bytes:
        """A new private key in PEM. Raises ValueError where this machine's OpenSSL knows no SM2."""
        return _openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2")

    def signing_key(self, path: Path) -> Sm2Signing:
        """The key of this file. Raises FileNotFoundError, ValueError."""
        if not path.exists():
            raise FileNotFoundError(path)
        return Sm2Signing(path)

    def verifying_key(self, pem: str) -> Sm2Verifying:
        """A published key. Raises ValueError."""
        return Sm2Verifying(pem)


def _openssl(*words: str, stdin: bytes = b"") -> bytes:
    done = _run(words, stdin)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()[-200:]
        raise ValueError(f"openssl {words[0]}: {said}. SM2 needs OpenSSL 3, or a class of your own named by SIGNER.")
    return done.stdout


def _run(words: Sequence[str], stdin: bytes) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["openssl", *words], input=stdin, capture_output=True, timeout=LONGEST)
    except (FileNotFoundError, subprocess.TimeoutExpired) as away:
        raise ValueError(f"openssl {words[0]}: {away}. SM2 needs OpenSSL 3, or a class of your own.") from away
