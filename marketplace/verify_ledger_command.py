"""`marketplace verify ledger`: does every identity of the money hold? Exits 0, or 1 naming the first difference."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

import piccolo_conf  # noqa: F401  (names the engine before anything asks for it)
from marketplace.kernel.db import close_pool, open_pool
from marketplace.verify_ledger import IDENTITIES, Difference, first_difference, postings_counted


def words(difference: Difference) -> str:
    """The first difference in both languages."""
    return (
        f"{difference.identity.zh}：{difference.subject} 应为 {difference.expected}，实为 {difference.found}\n"
        f"{difference.identity.en}: {difference.subject} should be {difference.expected}, is {difference.found}"
    )


async def verify() -> int:
    """Prove all identities and say what was found."""
    await open_pool(min_size=1, max_size=2)
    try:
        difference, postings = await first_difference(), await postings_counted()
    finally:
        await close_pool()
    if difference is not None:
        print(words(difference), file=sys.stderr)
        return 1
    print(f"{postings} 笔记账，{len(IDENTITIES)} 条恒等式都成立。")
    print(f"{postings} postings, all {len(IDENTITIES)} identities hold.")
    return 0


def main(argv: Sequence[str] = ()) -> int:
    """Exit 0 when all holds, 1 with the first difference."""
    return asyncio.run(verify())
