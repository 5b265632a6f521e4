"""One part of `make bench-large` by itself, in a county of the size that is asked for."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable

from tests.benchmarks.county_set import LARGE, SIZES, County, a_filled_county
from tests.benchmarks.measured import Figure

Part = Callable[[County], Awaitable[list[Figure]]]


def in_a_county(part: Part, argv: list[str]) -> int:
    """`[small|middle|large]`; the last line is JSON."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for every request would bury the figures
    size = SIZES[argv[0] if argv else LARGE.name]

    async def measure() -> list[Figure]:
        async with a_filled_county(f"bench_part_{size.name}", size) as county:
            return await part(county)

    print(json.dumps(asyncio.run(measure())))
    return 0
