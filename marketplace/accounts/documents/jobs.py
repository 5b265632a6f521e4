"""What waits for the virus check, and what killed processes left half-written."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta

from marketplace.accounts.documents.services import scan_waiting
from marketplace.gateways.files import clear_broken, open_store
from marketplace.kernel.settings import Settings

BROKEN_AFTER = timedelta(days=1)


async def scan_documents(now: datetime) -> None:
    """Scan what came out of opened bids."""
    await scan_waiting(open_store(Settings.from_environment()), now)


async def clear_broken_uploads(now: datetime) -> None:
    """Remove half-written files a day old; files have real times, whatever the county's clock says."""
    folder = Settings.from_environment().documents_folder
    await asyncio.to_thread(clear_broken, folder, time.time() - BROKEN_AFTER.total_seconds())
