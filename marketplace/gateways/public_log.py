"""Published files of lines that only grow: the signed heads of the audit chain."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from marketplace.gateways.files import flush_folder, flush_to_disk, s3_client
from marketplace.kernel.settings import Settings

HEADS = "audit-heads"
TORN_LINE_END = b"\x18\n"  # CANCEL: the line before the mark was never finished


class PublicLog(Protocol):
    """A published file of lines that only grows."""

    async def append(self, lines: Sequence[str]) -> None:
        """Add lines; they are on disk when this returns."""
        ...

    async def lines(self) -> list[str]:
        """All lines from the first on."""
        ...


def whole_lines(text: str) -> list[str]:
    """The lines of a log without those a crash left unfinished."""
    whole = text[: text.rfind("\n") + 1]
    return [line for line in whole.split("\n") if line and not line.endswith("\x18")]


class FolderLog:
    """Lines in one local file, flushed to disk with every append."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def append(self, lines: Sequence[str]) -> None:
        """Add lines; a line torn by a crash is closed first, so that the next one stands alone."""
        await asyncio.to_thread(self._append, lines)

    def _append(self, lines: Sequence[str]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not self.path.exists()
        with self.path.open("a+b") as file:
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    file.write(TORN_LINE_END)
            file.write("".join(f"{line}\n" for line in lines).encode())
            flush_to_disk(file)
        if is_new:
            flush_folder(self.path.parent)

    async def lines(self) -> list[str]:
        """All whole lines; an empty list when nothing was ever written."""
        try:
            return whole_lines(await asyncio.to_thread(self.path.read_text, "utf-8", "replace"))
        except FileNotFoundError:
            return []


class S3Log:
    """Lines as objects of their own, named so that they sort by time; an object is never written twice."""

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    async def append(self, lines: Sequence[str]) -> None:
        """Write one object per line."""
        for line in lines:
            await asyncio.to_thread(
                self._client.put_object,
                Bucket=self._bucket,
                Key=f"{self._prefix}{time.time_ns():020d}-{secrets.token_hex(4)}.json",
                Body=line.encode(),
                IfNoneMatch="*",
                ContentType="application/json",
            )

    async def lines(self) -> list[str]:
        """All lines in the order they were written."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> list[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
        keys = sorted(found["Key"] for page in pages for found in page.get("Contents", []))
        return [self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read().decode() for key in keys]


def open_heads_log(settings: Settings) -> PublicLog:
    """Where this installation publishes its chain heads: S3 when a bucket is set, else `heads.jsonl`."""
    if settings.s3_bucket:
        return S3Log(s3_client(settings), settings.s3_bucket, f"{HEADS}/")
    return FolderLog(settings.documents_folder / HEADS / "heads.jsonl")
