"""What waits for the virus check, and what killed processes left half-written."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta

from marketplace.accounts.documents.services import scan_waiting
from marketplace.gateways.files import clear_broken, clear_broken_parts, open_store, s3_client
from marketplace.kernel.settings import Settings

BROKEN_AFTER = timedelta(days=1)


async def scan_documents(now: datetime) -> None:
    """Scan what came out of opened bids."""
    await scan_waiting(open_store(Settings.from_environment()), now)


async def clear_broken_uploads(now: datetime) -> None:
    """Remove what is half-written and a day old; it has real times, whatever the county's clock says."""
    settings, before = Settings.from_environment(), time.time() - BROKEN_AFTER.total_seconds()
    if settings.s3_bucket:
        await asyncio.to_thread(clear_broken_parts, s3_client(settings), settings.s3_bucket, before)
    else:
        await asyncio.to_thread(clear_broken, settings.documents_folder, before)
