"""A scanner that takes its time: what happens meanwhile stands before what was handed in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any


@dataclass
class SlowScanner:
    """Finds nothing; while it looks for the first time, `meanwhile` is done by somebody else."""

    meanwhile: Callable[[], Awaitable[Any]]
    has_looked: bool = False
    is_set = True

    async def check(self, pieces: AsyncIterator[bytes]) -> None:
        """Read the file to its end, and let the other act happen."""
        async for _ in pieces:
            pass
        if not self.has_looked:
            self.has_looked = True
            await self.meanwhile()
