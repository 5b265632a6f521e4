"""Two acts at the same time, each on its own connection."""

from __future__ import annotations

import asyncio
from typing import Any


async def both(*tries: Any) -> list[Any]:
    """What acts at the same time come to: results, and refusals as they were raised."""
    return await asyncio.gather(*tries, return_exceptions=True)
