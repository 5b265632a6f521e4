"""All documents of an installation, one after the other, whether they lie in a folder or in S3."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from marketplace.gateways.files import KEY, DocumentStore, s3_client
from marketplace.kernel.settings import Settings
from marketplace.upkeep.age_parts import read_part, written_by

PIECE = 256 * 1024


@dataclass(frozen=True)
class Kept:
    """A document: where it lies, its size in bytes, and its bytes."""

    key: str
    size: int
    content: IO[bytes]


def every_document(settings: Settings) -> Iterator[Kept]:
    """Each document once; one is open at a time."""
    yield from (_in_bucket(settings) if settings.s3_bucket else _in_folder(settings))


def _in_folder(settings: Settings) -> Iterator[Kept]:
    for path in sorted(settings.documents_folder.glob("??/*")):
        key = path.relative_to(settings.documents_folder).as_posix()
        if KEY.match(key):
            with path.open("rb") as file:
                yield Kept(key, path.stat().st_size, file)


def _in_bucket(settings: Settings) -> Iterator[Kept]:
    client = s3_client(settings)
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=settings.s3_bucket):
        for found in page.get("Contents", []):
            if KEY.match(found["Key"]):
                body: Any = client.get_object(Bucket=settings.s3_bucket, Key=found["Key"])["Body"]
                yield Kept(found["Key"], found["Size"], body)
                body.close()


def write_tar(settings: Settings, into: IO[bytes]) -> int:
    """All documents as one tar archive; how many they are."""
    count = 0
    with tarfile.open(fileobj=into, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        for document in every_document(settings):
            member = tarfile.TarInfo(document.key)
            member.size = document.size
            tar.addfile(member, document.content)
            count += 1
    return count


def in_tar(source: IO[bytes]) -> Iterator[Kept]:
    """The documents of such an archive; names that no document of ours can have are passed over."""
    with tarfile.open(fileobj=source, mode="r|") as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isreg() and KEY.match(member.name) else None
            if file is not None:
                yield Kept(member.name, member.size, file)  # type: ignore[arg-type]


def count_whole(source: IO[bytes]) -> int:
    """How many documents of an archive have the content their key names. Raises ValueError for one that has not."""
    count = 0
    for document in in_tar(source):
        if hashlib.file_digest(document.content, "sha256").hexdigest() != document.key[-64:]:  # type: ignore[arg-type]
            raise ValueError(f"document {document.key} has another content than its key says")
        count += 1
    return count


async def put_back(source: IO[bytes], store: DocumentStore) -> int:
    """Put every document of an archive where this installation keeps them; how many they are. Raises ValueError."""
    count = 0
    for document in in_tar(source):
        stored = await store.put(_pieces(document.content), document.key)
        if stored.key != document.key:
            raise ValueError(f"document {document.key} has another content than its key says")
        count += 1
    return count


async def _pieces(content: IO[bytes]) -> AsyncIterator[bytes]:
    while piece := content.read(PIECE):
        yield piece


def files_of(folder: Path) -> dict[str, bytes]:
    """The files of a small folder: the keys. Drafts of files being made are left out."""
    found = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    return {path.name: path.read_bytes() for path in found}


def tar_of_folder(folder: Path, into: IO[bytes]) -> None:
    """The same as a tar archive."""
    with tarfile.open(fileobj=into, mode="w|") as tar:
        for name, content in files_of(folder).items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o600
            tar.addfile(member, io.BytesIO(content))


def keys_in(path: Path, key: Any) -> dict[str, bytes]:
    """The files of such an archive once it is decrypted. Raises PartBroken."""
    found: dict[str, bytes] = {}
    with (
        written_by(lambda file: read_part(path, [key], file)) as source,
        tarfile.open(fileobj=source, mode="r|") as tar,
    ):
        for member in tar:
            content = tar.extractfile(member)
            if content is not None and "/" not in member.name and not member.name.startswith("."):
                found[member.name] = content.read()
        while source.read(PIECE):  # what fills the archive's last block
            pass
    return found
