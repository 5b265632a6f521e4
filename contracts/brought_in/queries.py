"""What a contract brought along."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.kernel.db import fetchrow


async def opening_of(contract: UUID) -> dict[str, Any] | None:
    """The opening of a contract that was brought in; None for every other one."""
    row = await fetchrow("SELECT * FROM contract_opening WHERE contract = $1", contract)
    return dict(row) if row else None
