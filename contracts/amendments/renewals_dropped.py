"""What the end of a contract does to a renewal that rests on it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from contracts.agreements.rescinding import Grounds, rescind_contract
from contracts.amendments.rules import RULE_END
from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetchval


async def drop_renewal(contract: dict[str, Any], amendment: dict[str, Any], actor: Actor, now: datetime) -> None:
    """A renewal that is not signed by both rests on a year that is broken off: it falls, its money goes back."""
    renewal = await fetchval(
        "SELECT id FROM contract WHERE renews = $1 AND status IN ('drawn_up', 'signed_by_one')", contract["id"]
    )
    if renewal is not None:
        # what a paper of the contract says, in Chinese
        reason = f"续签所依据的合同 {contract['reference']} 已经终止。"
        await rescind_contract(renewal, Grounds(amendment["reference"], reason, RULE_END), actor, now)
