"""Where documents are kept: a local folder or S3, both addressed by content."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, BinaryIO, Protocol, cast

from marketplace.gateways.scanning import NO_SCANNER, Scanner, open_scanner
from marketplace.kernel.hashing import SM3, hasher, hashing_now
from marketplace.kernel.late import late
from marketplace.kernel.settings import Settings
from marketplace.kernel.unable import ContentGone, StoreAway

boto3, botocore_config, botocore_errors = late("boto3"), late("botocore.config"), late("botocore.exceptions")
s3_transfer, boto3_errors = late("boto3.s3.transfer"), late("boto3.exceptions")

CHUNK = 256 * 1024
S3_PART = 8 * 1024 * 1024  # larger documents go in parts of this size, one after the other: one part is in memory
# an S3 that does not answer holds a page for less than a minute: three tries, with short pauses
S3_CONNECT, S3_ANSWER, S3_TRIES = 5.0, 15.0, 3  # seconds, seconds, times
S3_AT_ONCE = 8
S3_QUEUE = 15.0  # seconds in which one of those must come free; whoever finds none is told, not kept waiting
DRAFT = ".draft-"
KEY = re.compile(r"^[0-9a-f]{2}/[0-9a-f]{64}$")

Content = bytes | AsyncIterator[bytes]


@dataclass(frozen=True)
class StoredDocument:
    """Where a document lies and what it is: `key` finds it again, `sha256` proves it, `size` is in bytes.

    `sm3`: its hash by SM3 too, where the county must use it; else empty.
    """

    key: str
    sha256: str
    size: int
    name: str
    sm3: str = ""


class DocumentStore(Protocol):
    """Keeps documents. The same bytes are kept once; nothing is ever overwritten.

    `scanner` looks through what people hand in; what the county makes itself is not scanned.
    """

    @property
    def scanner(self) -> Scanner:
        """Looks for viruses."""
        ...

    async def put(self, content: Content, name: str) -> StoredDocument:
        """Keep bytes, or a stream of them, under the address of their content."""
        ...

    async def get(self, key: str) -> bytes:
        """The whole document. Raises ContentGone."""
        ...

    def stream(self, key: str) -> AsyncIterator[bytes]:
        """The document in pieces. Raises ContentGone."""
        ...

    async def open(self, key: str) -> BinaryIO:
        """The document as a file of this machine, to seek in and to close. Raises ContentGone."""
        ...

    async def exists(self, key: str) -> bool:
        """Whether there is such a document."""
        ...


class FolderStore:
    """Documents in a local folder. A file appears whole or not at all, also after a power cut."""

    def __init__(self, folder: Path, scanner: Scanner = NO_SCANNER) -> None:
        self._folder, self.scanner = folder, scanner

    async def put(self, content: Content, name: str) -> StoredDocument:
        """Write beside, flush to disk, then rename into place."""
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        draft = self._folder / f"{DRAFT}{secrets.token_hex(8)}"
        try:
            with await asyncio.to_thread(draft.open, "wb") as file:
                copied = await _copy(content, file)
                await asyncio.to_thread(flush_to_disk, file)
            key = _key(copied.sha256)
            await asyncio.to_thread(_move_into_place, draft, self._folder / key)
        finally:
            draft.unlink(missing_ok=True)
        return StoredDocument(key, copied.sha256, copied.size, name, copied.sm3)

    async def get(self, key: str) -> bytes:
        """The whole document. Raises ContentGone."""
        with await self.open(key) as file:
            return await asyncio.to_thread(file.read)

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """The document in pieces of 256 kB. Raises ContentGone."""
        with await self.open(key) as file:
            while piece := await asyncio.to_thread(file.read, CHUNK):
                yield piece

    async def open(self, key: str) -> BinaryIO:
        """The file itself. Raises ContentGone."""
        try:
            return await asyncio.to_thread(self._path(key).open, "rb")
        except FileNotFoundError as gone:
            raise ContentGone(key) from gone

    async def exists(self, key: str) -> bool:
        """Whether there is such a document."""
        return bool(KEY.match(key)) and await asyncio.to_thread(self._path(key).is_file)

    def _path(self, key: str) -> Path:
        return self._folder / _checked(key)


class S3Store:
    """Documents in an S3 bucket; boto3 works in threads of its own, so that a slow S3 holds up nothing else.

    Raises StoreAway where S3 refuses or does not answer.
    """

    def __init__(self, client: Any, bucket: str, scanner: Scanner = NO_SCANNER) -> None:
        self._client, self._bucket, self.scanner = client, bucket, scanner
        self._threads, self._free = ThreadPoolExecutor(S3_AT_ONCE, "s3"), asyncio.Semaphore(S3_AT_ONCE)

    async def _ask(self, act: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """Do in a thread what waits for S3. Raises StoreAway, ContentGone."""
        try:
            async with asyncio.timeout(S3_QUEUE):
                await self._free.acquire()
        except TimeoutError as full:
            raise StoreAway from full
        asking = asyncio.get_running_loop().run_in_executor(self._threads, partial(act, *args, **more))
        # who gives up meanwhile leaves the thread busy: it is free when it has ended
        asking.add_done_callback(self._is_free_again)
        try:
            return await asyncio.shield(asking)
        except botocore_errors.ClientError as refused:
            if _is_missing(refused):
                raise ContentGone(more.get("Key", "")) from refused
            raise StoreAway from refused
        except (botocore_errors.BotoCoreError, boto3_errors.Boto3Error) as away:
            raise StoreAway from away

    def _is_free_again(self, asked: asyncio.Future[Any]) -> None:
        self._free.release()
        if not asked.cancelled():
            asked.exception()  # told to whoever still waits

    async def put(self, content: Content, name: str) -> StoredDocument:
        """Gather to a temporary file, then upload under the address of the content."""
        with tempfile.TemporaryFile() as file:
            copied = await _copy(content, file)
            key = _key(copied.sha256)
            if not await self.exists(key):
                file.seek(0)
                # a broken upload of parts is taken back by boto3 itself
                one_by_one = s3_transfer.TransferConfig(
                    multipart_threshold=S3_PART, multipart_chunksize=S3_PART, use_threads=False
                )
                await self._ask(self._client.upload_fileobj, file, self._bucket, key, Config=one_by_one)
        return StoredDocument(key, copied.sha256, copied.size, name, copied.sm3)

    async def get(self, key: str) -> bytes:
        """The whole document. Raises ContentGone."""
        return b"".join([piece async for piece in self.stream(key)])

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """The document in pieces of 256 kB. Raises ContentGone."""
        answer = await self._ask(self._client.get_object, Bucket=self._bucket, Key=_checked(key))
        body = answer["Body"]
        try:
            while piece := await self._ask(body.read, CHUNK):
                yield piece
        finally:
            body.close()

    async def open(self, key: str) -> BinaryIO:
        """A temporary file with the document, gone when it is closed. Raises ContentGone."""
        file = cast("BinaryIO", tempfile.TemporaryFile())
        try:
            async for piece in self.stream(key):
                await asyncio.to_thread(file.write, piece)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return file

    async def exists(self, key: str) -> bool:
        """Whether there is such a document."""
        try:
            await self._ask(self._client.head_object, Bucket=self._bucket, Key=key)
        except ContentGone:
            return False
        return True


def s3_client(settings: Settings) -> Any:
    """A client for the S3 of the settings: path-style addresses, keys from the usual AWS variables."""
    return boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint or None,
        region_name=settings.s3_region,
        config=botocore_config.Config(
            s3={"addressing_style": "path"}, retries={"max_attempts": S3_TRIES, "mode": "standard"},
            connect_timeout=S3_CONNECT, read_timeout=S3_ANSWER,
        ),  # fmt: skip
    )


def open_store(settings: Settings) -> DocumentStore:
    """S3 when a bucket is set, the local documents folder otherwise."""
    if settings.s3_bucket:
        return S3Store(s3_client(settings), settings.s3_bucket, open_scanner(settings))
    return FolderStore(settings.documents_folder, open_scanner(settings))


def clear_broken_parts(client: Any, bucket: str, before: float) -> int:
    """Take back our uploads of parts that began before a moment and never ended, as a killed process and a line that
    stays dead leave them: the bucket keeps and counts their parts for ever. Gives how many it were.
    """
    left = 0
    for told in client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for begun in told.get("Uploads", ()):
            if KEY.match(begun["Key"]) and begun["Initiated"].timestamp() < before:
                client.abort_multipart_upload(Bucket=bucket, Key=begun["Key"], UploadId=begun["UploadId"])
                left += 1
    return left


def clear_broken(folder: Path, before: float) -> int:
    """Remove what a killed process left half-written before a moment (seconds of the epoch); how many it were."""
    left = [draft for draft in folder.glob(f"{DRAFT}*") if draft.stat().st_mtime < before]
    for draft in left:
        draft.unlink(missing_ok=True)
    return len(left)


async def begun(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces, the first of them read already: what cannot be read is refused before an answer begins.

    Raises ContentGone, StoreAway.
    """
    first = await anext(pieces, b"")
    return _from(first, pieces)


async def _from(first: bytes, others: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in others:
        yield piece


async def pieces_of(file: IO[bytes]) -> AsyncIterator[bytes]:
    """A file from its start, in pieces of 256 kB."""
    file.seek(0)
    while piece := await asyncio.to_thread(file.read, CHUNK):
        yield piece


@dataclass(frozen=True)
class _Copied:
    sha256: str
    size: int
    sm3: str


async def _copy(content: Content, file: IO[bytes]) -> _Copied:
    # the address is SHA-256 for good: what was kept before a county changed its algorithm stays where it lies
    digest, size, other = hashlib.sha256(), 0, hasher(SM3) if hashing_now() == SM3 else None
    async for piece in _pieces(content):
        digest.update(piece)
        if other:
            other.update(piece)
        size += len(piece)
        await asyncio.to_thread(file.write, piece)
    return _Copied(digest.hexdigest(), size, other.hexdigest() if other else "")


async def _pieces(content: Content) -> AsyncIterator[bytes]:
    if isinstance(content, bytes):
        yield content
    else:
        async for piece in content:
            yield piece


def _key(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


def _checked(key: str) -> str:
    # a key from outside must never become a path of its own
    if not KEY.match(key):
        raise FileNotFoundError(key)
    return key


def _move_into_place(draft: Path, path: Path) -> None:
    if not path.parent.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        flush_folder(path.parent.parent)
    draft.chmod(0o640)
    os.replace(draft, path)
    flush_folder(path.parent)


def flush_to_disk(file: IO[bytes]) -> None:
    """Return only when the bytes of the file are on disk."""
    file.flush()
    os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Return only when the names in the folder are on disk: a renamed file is lost in a power cut without it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _is_missing(error: Any) -> bool:
    return error.response.get("Error", {}).get("Code") in ("404", "NoSuchKey", "NotFound")
