"""Chains that fall due at a deadline."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from marketplace.gateways.signing import RECEIPT_KEY, Keyring, make_or_load_keys
from marketplace.kernel.settings import Settings
from vendors.receipts.services import close_all_chains


@cache
def _keys() -> Keyring:
    return make_or_load_keys(Settings.from_environment(), RECEIPT_KEY)


async def close_due_chains(now: datetime) -> None:
    """Close and publish every chain of receipts whose deadline has passed."""
    await close_all_chains(_keys(), now)
