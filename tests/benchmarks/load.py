"""A small load from this process: a few connections that ask the same page again and again for some seconds."""

from __future__ import annotations

import asyncio
from time import perf_counter

CONNECTIONS = 8


async def requests_per_second(port: int, path: str, seconds: float, cookie: str = "") -> float:
    """How many answers of status 200 came per second. Raises RuntimeError on any other answer."""
    until = perf_counter() + seconds
    started = perf_counter()
    counts = await asyncio.gather(*(_ask(port, path, until, cookie) for _ in range(CONNECTIONS)))
    return sum(counts) / (perf_counter() - started)


async def _ask(port: int, path: str, until: float, cookie: str) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    told = f"Cookie: {cookie}\r\n" if cookie else ""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/html\r\n{told}\r\n".encode()
    count = 0
    while perf_counter() < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{path} answered {head.splitlines()[0]!r}")
        await reader.readexactly(_length(head))
        count += 1
    writer.close()
    return count


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":")[1])
    raise RuntimeError("an answer without a length")
