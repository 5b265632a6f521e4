"""Press the papers of what was just published; run by the worker."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from functools import cache

from catalogue.listings.queries import listing_page
from catalogue.notices.services import Place, Shop, publish_paper
from marketplace.gateways.files import open_store
from marketplace.gateways.papers import ProcessPress, missing_packages
from marketplace.kernel.db import fetch
from marketplace.kernel.errors import DomainError
from marketplace.kernel.settings import Settings
from marketplace.site.notice_sources import UNPRESSED, entry_of, paper_of

log = logging.getLogger("marketplace")

AT_A_TIME = 5
LOOK_BACK = timedelta(days=30)  # older notices are pressed on their page, when somebody asks
_refused: set[tuple[str, str]] = set()
_is_able: set[bool] = set()  # looked for until found: the packages may come while the worker runs


@cache
def _shop() -> Shop:
    return Shop(ProcessPress(), open_store(_settings()))


@cache
def _settings() -> Settings:
    return Settings.from_environment()


async def press_due(now: datetime) -> None:
    """Publish the PDF of every notice of the last days that has none; one that fails is left to its page."""
    if not _is_able and await asyncio.to_thread(missing_packages):
        return
    _is_able.add(True)
    rows = await fetch(UNPRESSED, now - LOOK_BACK, AT_A_TIME + len(_refused))
    due = [(row["reference"], row["slug"]) for row in rows if (row["reference"], row["slug"]) not in _refused]
    for reference, slug in due[:AT_A_TIME]:
        try:
            await press_notice(reference, slug, _shop(), _settings().public_address, now)
        except (DomainError, OSError) as refused:
            _refused.add((reference, slug))
            log.error("the paper %s of %s was not pressed: %s", slug, reference, refused)


async def press_notice(reference: str, slug: str, shop: Shop, site: str, now: datetime) -> None:
    """Publish the PDF of one notice in Chinese. Raises NotFound, PaperRefused."""
    listing = await listing_page(reference)
    paper = await paper_of(listing, await entry_of(listing, slug), site)
    await publish_paper(paper, Place(reference, slug, listing["id"]), shop, None, now)
