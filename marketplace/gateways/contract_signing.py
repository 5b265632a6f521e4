"""How a person's name comes under a contract: typed or drawn here, or by a licensed e-signature service.

The county may name a service of its own: `CONTRACT_SIGNER=package.module:Class`, a class that is made without arguments
and has `sign`. It gets the hash of the text and who signs, and gives the number and hash of its proof.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Protocol

from marketplace.gateways.file_types import FileRefused, check_file
from marketplace.gateways.files import DocumentStore
from marketplace.kernel.i18n import N_

TYPED, DRAWN, SERVICE = "typed", "drawn", "service"
LARGEST_PICTURE = 512 * 1024


@dataclass(frozen=True)
class Drawing:
    """The picture of a signature as somebody handed it in."""

    name: str
    content: bytes


@dataclass(frozen=True)
class ToSign:
    """Which text somebody signs: the contract's number and the SHA-256 of its whole text, for whom, when."""

    reference: str
    text_sha256: str
    signer: str
    office: str
    at: datetime
    drawing: Drawing | None = None


@dataclass(frozen=True)
class Proof:
    """What stays of a signature: how it was made, where its proof lies or its number, and the proof's SHA-256."""

    method: str
    reference: str
    sha256: str


class ContractSigner(Protocol):
    """Makes the proof of one signature; the contract keeps it beside name, time and the hash of the text."""

    async def sign(self, what: ToSign) -> Proof:
        """Sign, or raise FileRefused with a sentence that helps. Called once it is certain that the person may."""
        ...


class LocalSigner:
    """A typed name, or with it a picture of the signature, kept by its content; the audit chain holds the hash."""

    def __init__(self, documents: DocumentStore) -> None:
        self._documents = documents

    async def sign(self, what: ToSign) -> Proof:
        """The proof is the hash of everything that was signed; a drawing is kept."""
        said = {
            "contract": what.reference, "text_sha256": what.text_sha256, "signer": what.signer,
            "office": what.office, "at": what.at.isoformat(),
        }  # fmt: skip
        if what.drawing is None:
            return Proof(TYPED, "", _hash(said))
        picture = what.drawing.content
        if len(picture) > LARGEST_PICTURE or check_file(what.drawing.name, picture).extension not in ("png", "jpg"):
            raise FileRefused(N_("手写签名请用 PNG 或者 JPG 图片，不超过 512 KB。"))
        await self._documents.scanner.check(_piece(picture))
        kept = await self._documents.put(picture, "signature." + what.drawing.name.rsplit(".", 1)[-1].lower())
        return Proof(DRAWN, kept.key, _hash({**said, "drawing_sha256": kept.sha256}))


async def _piece(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _hash(said: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def open_signer(name: str, documents: DocumentStore) -> ContractSigner:
    """The signer that the setting names; the local one where it is empty. Raises ValueError for another word."""
    if not name:
        return LocalSigner(documents)
    module, colon, attribute = name.partition(":")
    if not colon:
        raise ValueError(f"CONTRACT_SIGNER={name}: write package.module:Class")
    signer: ContractSigner = getattr(import_module(module), attribute)()
    return signer
