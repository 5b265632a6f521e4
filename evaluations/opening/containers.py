"""Sealed files out of the store: as they were when they were sealed, and for the place they are opened for."""

from __future__ import annotations

import asyncio
import hashlib
import hmac

from marketplace.gateways.files import DocumentStore
from marketplace.kernel import sealing
from vendors.bids.queries import SealedBid


async def whole_container(bid: SealedBid, documents: DocumentStore) -> sealing.Container:
    """A sealed bid taken apart, with its parts. Raises SealBroken, FileNotFoundError."""
    return await asyncio.to_thread(_taken_apart, await documents.get(bid.storage_key), bid)


def _taken_apart(sealed: bytes, bid: SealedBid) -> sealing.Container:
    sealing.check_unchanged(sealed, bid.sealed_sha256)
    container = sealing.read_container(sealed)
    sealing.check_place(container, bid.place)
    return container


async def beginnings_of(bid: SealedBid, documents: DocumentStore) -> sealing.Container:
    """The same with the beginnings of its parts alone: peeling needs the wraps, and a hundred bids may be large."""
    reader, digest, is_first = sealing.beginnings(), hashlib.sha256(), True
    async for piece in documents.stream(bid.storage_key):
        if is_first and piece.startswith(sealing.MAGIC):
            return await whole_container(bid, documents)
        is_first = False
        await asyncio.to_thread(digest.update, piece)
        reader.take(piece)
    if not hmac.compare_digest(digest.hexdigest(), bid.sealed_sha256):
        raise sealing.SealBroken
    container = sealing.container_of(reader.members())
    sealing.check_place(container, bid.place)
    return container
