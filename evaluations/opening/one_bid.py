"""Open one bid: its parts by the file keys that were peeled, paper after paper, written down whole or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from evaluations.opening import contents_writer, queries
from evaluations.opening.containers import SealedFile, sealed_file
from evaluations.opening.peeling import LayersBroken, Peeler
from evaluations.opening.queries import FINAL
from evaluations.opening.seeing import FilesSeen
from evaluations.signs.files import FileMarks
from marketplace.gateways.files import DocumentStore
from marketplace.kernel import sealing
from marketplace.kernel.db import transaction
from vendors.bids.contents import PARTS, WITH_PAPERS, unpack, unpack_final_price
from vendors.bids.queries import SealedBid

T = TypeVar("T")
# a passphrase costs a gigabyte of memory at worst: one at a time
_ONE_AT_A_TIME = ThreadPoolExecutor(max_workers=1, thread_name_prefix="opening")


async def open_one(
    bid: SealedBid, stage: str, peeler: Peeler, documents: DocumentStore, writer: contents_writer.Writer
) -> Sequence[FileMarks] | None:
    """Decrypt one bid and write it down whole, or not at all; what its files say of who made them."""
    async with sealed_file(bid, documents) as sealed:
        if stage == FINAL:
            _, parts = await _parts(bid, peeler, ("price",), sealed)
            final = unpack_final_price(parts)
            async with transaction():
                await writer.write_final(bid, *final)
            return []
        keys, parts = await _parts(bid, peeler, PARTS, sealed)
        sealed.forget_parts()
        contents = await one_at_a_time(lambda: unpack(parts, sealed.papers(keys[WITH_PAPERS])))
        seen = FilesSeen()
        async with transaction():
            await writer.write(bid, contents, seen)
            return await seen.marks(writer.reading)


async def _parts(
    bid: SealedBid, peeler: Peeler, names: tuple[str, ...], sealed: SealedFile
) -> tuple[Mapping[str, bytes], dict[str, bytes]]:
    """The file keys of the named parts, and the parts. Raises LayersBroken, SealBroken."""
    known = await queries.half_opened(bid.id)

    def opened() -> tuple[Mapping[str, bytes], dict[str, bytes]]:
        keys = peeler.file_keys(bid, sealed.container, known, names)
        return keys, sealing.open_with_file_keys(sealed.container, keys)

    try:
        return await one_at_a_time(opened)
    except sealing.SealBroken as broken:
        if known and not await queries.was_voided(bid.id):
            raise LayersBroken(bid) from broken
        raise


async def one_at_a_time(work: Callable[[], T]) -> T:
    """Work that takes much memory, done in a thread and never twice at once."""
    return await asyncio.get_running_loop().run_in_executor(_ONE_AT_A_TIME, work)
