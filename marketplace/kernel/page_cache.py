"""Public pages rendered once per state of the data, kept for a second, answered with ETag and 304.

A page is kept only for readers who are not signed in, only when it holds no form, and never with a cookie.
The state of the data is the audit's running number: every write has an entry. It is read before the page is made and
moves before a writer commits, so a page could be one commit old; the short life of an entry bounds that to a second.
The life begins before the state is read, not when the page is done: a page that took long to make is no older for it.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from time import monotonic
from typing import NamedTuple

from litestar.types import Message, Scope, Send

LIFE = 1.0
MOST_ENTRIES = 400
MOST_BYTES = 300_000
ROOTS = (
    "/catalogue", "/listings", "/intentions", "/providers", "/contracts", "/rules", "/evaluations", "/data", "/help",
    "/coverage", "/yuan", "/guide", "/policy", "/conference", "/model-cases", "/goals",
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


class Asked(NamedTuple):
    """A question that a kept page may answer."""

    key: Key
    known: bytes  # the etag the reader has


def asked_for(scope: Scope, language: str) -> Asked | None:
    """What is asked for if it is a page anybody may see, by somebody who is not signed in; otherwise nothing."""
    path = scope["path"]
    if scope.get("method") != "GET" or not (path == "/" or path.startswith(ROOTS) and is_under_root(path)):
        return None
    takes_gzip, known = False, b""
    # once through the headers: this runs before every answer, and a reader may send several cookies
    for name, value in scope["headers"]:
        if name == b"cookie" and b"sid=" in value or name == b"accept" and b"json" in value:
            return None
        if name == b"accept-encoding":
            takes_gzip = takes_gzip or b"gzip" in value
        elif name == b"if-none-match":
            known = value
    return Asked((path, scope["query_string"], language, takes_gzip), known)


def is_under_root(path: str) -> bool:
    """Whether the first part of an address is one of the public rooms."""
    return "/" + path[1:].partition("/")[0] in ROOTS


class PageCache:
    """The pages of this process. It belongs to one event loop, so it needs no lock."""

    def __init__(self) -> None:
        self._pages: dict[Key, Kept] = {}

    def find(self, key: Key, version: int) -> Kept | None:
        """The page, if nothing was written since and its second is not over."""
        kept = self._pages.get(key)
        return kept if kept and kept.version == version and kept.until > monotonic() else None

    def keep(self, key: Key, version: int, began: float, headers: Headers, body: bytes) -> None:
        """Keep a page that holds no form for a second from the moment it was begun."""
        if len(body) > MOST_BYTES:
            return
        if len(self._pages) >= MOST_ENTRIES:
            self._pages.clear()
        etag = b'"' + hashlib.sha256(body).hexdigest()[:24].encode() + b'"'
        plain = [(k, v) for k, v in headers if k.lower() not in (b"set-cookie", b"etag")]
        self._pages[key] = Kept(version, began + LIFE, [*plain, (b"etag", etag)], body, etag)


async def answer(kept: Kept, known: bytes, send: Send) -> None:
    """Send a kept page, or say that the reader has it already."""
    if known == kept.etag:
        headers = [(k, v) for k, v in kept.headers if k.lower() not in (b"content-length", b"content-encoding")]
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return
    await send({"type": "http.response.start", "status": 200, "headers": kept.headers})
    await send({"type": "http.response.body", "body": kept.body, "more_body": False})


class Recorder:
    """Passes a page on and remembers it, so that the next reader need not wait for it to be made."""

    def __init__(self, cache: PageCache, key: Key, version: int, began: float, send: Send) -> None:
        self._cache, self._key, self._version, self._began, self._send = cache, key, version, began, send
        self._status, self._headers, self._body = 0, [], bytearray()  # type: int, Headers, bytearray

    async def __call__(self, message: Message) -> None:
        """Send one part of the answer on."""
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], list(message["headers"])
        elif message["type"] == "http.response.body" and len(self._body) <= MOST_BYTES:
            self._body += message["body"]
            if not message["more_body"] and self._is_plain_page():
                self._cache.keep(self._key, self._version, self._began, self._headers, bytes(self._body))
        await self._send(message)

    def _is_plain_page(self) -> bool:
        page = bytes(self._body)
        if any(k.lower() == b"content-encoding" and v == b"gzip" for k, v in self._headers):
            page = gzip.decompress(page)
        return self._status == 200 and HAS_FORM not in page
