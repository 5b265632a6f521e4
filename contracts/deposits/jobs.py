"""What falls due of deposits: returns begin, online ones are carried on, guarantees that end are told of."""

from __future__ import annotations

from datetime import datetime

from contracts.deposits.online import reconcile
from contracts.deposits.returns import remind_of_guarantees, return_all_due
from marketplace.gateways.payments import DepositGateway


async def keep_deposits(gateway: DepositGateway | None, now: datetime) -> None:
    """Everything about deposits that waits for time alone; done again it changes nothing."""
    await return_all_due(now)
    await remind_of_guarantees(now)
    if gateway is not None:
        await reconcile(gateway, now)
