"""Public pages rendered once per state of the data, kept for a second, answered with ETag and 304.

A page is kept only for readers who are not signed in, only when it holds no form, and never with a cookie.
The state of the data is the audit's running number: every write has an entry. It is read before the page is made and
moves before a writer commits, so a page could be one commit old; the short life of an entry bounds that to a second.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from time import monotonic

from litestar.types import Message, Scope, Send

LIFE = 1.0
MOST_ENTRIES = 400
MOST_BYTES = 300_000
ROOTS = (
    "/catalogue", "/listings", "/intentions", "/providers", "/contracts", "/rules", "/evaluations", "/data", "/help",
)  # fmt: skip
HAS_FORM = b'name="_csrf_token"'

Key = tuple[str, bytes, str, bool]
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Kept:
    """A page as it went out."""

    version: int
    until: float
    headers: Headers
    body: bytes
    etag: bytes


def header(scope: Scope, name: bytes) -> bytes:
    """The first value of a request header, or nothing."""
    return next((value for key, value in scope["headers"] if key == name), b"")


def may_be_kept(scope: Scope) -> bool:
    """A page anybody may see, asked for by somebody who is not signed in."""
    path = scope["path"]
    is_public = path == "/" or any(path == root or path.startswith(f"{root}/") for root in ROOTS)
    wants_page = b"json" not in header(scope, b"accept")
    return scope.get("method") == "GET" and is_public and wants_page and b"sid=" not in header(scope, b"cookie")


class PageCache:
    """The pages of this process. It belongs to one event loop, so it needs no lock."""

    def __init__(self) -> None:
        self._pages: dict[Key, Kept] = {}

    def key(self, scope: Scope, language: str) -> Key:
        """What a page depends on besides the data."""
        return scope["path"], scope.get("query_string", b""), language, b"gzip" in header(scope, b"accept-encoding")

    def find(self, key: Key, version: int) -> Kept | None:
        """The page, if nothing was written since and its second is not over."""
        kept = self._pages.get(key)
        return kept if kept and kept.version == version and kept.until > monotonic() else None

    def keep(self, key: Key, version: int, headers: Headers, body: bytes) -> None:
        """Keep a page that holds no form."""
        if len(body) > MOST_BYTES:
            return
        if len(self._pages) >= MOST_ENTRIES:
            self._pages.clear()
        etag = b'"' + hashlib.sha256(body).hexdigest()[:24].encode() + b'"'
        plain = [(k, v) for k, v in headers if k.lower() not in (b"set-cookie", b"etag")]
        self._pages[key] = Kept(version, monotonic() + LIFE, [*plain, (b"etag", etag)], body, etag)


async def answer(kept: Kept, scope: Scope, send: Send) -> None:
    """Send a kept page, or say that the reader has it already."""
    if header(scope, b"if-none-match") == kept.etag:
        headers = [(k, v) for k, v in kept.headers if k.lower() not in (b"content-length", b"content-encoding")]
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return
    await send({"type": "http.response.start", "status": 200, "headers": kept.headers})
    await send({"type": "http.response.body", "body": kept.body, "more_body": False})


class Recorder:
    """Passes a page on and remembers it, so that the next reader need not wait for it to be made."""

    def __init__(self, cache: PageCache, key: Key, version: int, send: Send) -> None:
        self._cache, self._key, self._version, self._send = cache, key, version, send
        self._status, self._headers, self._body = 0, [], bytearray()  # type: int, Headers, bytearray

    async def __call__(self, message: Message) -> None:
        """Send one part of the answer on."""
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], list(message["headers"])
        elif message["type"] == "http.response.body" and len(self._body) <= MOST_BYTES:
            self._body += message["body"]
            if not message["more_body"] and self._is_plain_page():
                self._cache.keep(self._key, self._version, self._headers, bytes(self._body))
        await self._send(message)

    def _is_plain_page(self) -> bool:
        page = bytes(self._body)
        if any(k.lower() == b"content-encoding" and v == b"gzip" for k, v in self._headers):
            page = gzip.decompress(page)
        return self._status == 200 and HAS_FORM not in page
