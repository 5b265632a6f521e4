"""Make the files of what was just published; run by the worker."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import cache

from catalogue.intentions.queries import intention_page
from catalogue.listings.inviting.prequalifying import announced
from catalogue.listings.queries import listing_page
from catalogue.notices.intention_source import intention_paper
from catalogue.notices.kinds import Kind
from catalogue.notices.queries import PDF, latest_paper
from catalogue.notices.services import Place, Shop, publish_paper
from catalogue.notices.sources import listing_facts
from catalogue.notices.templates import DOCX, publish_docx
from marketplace.accounts.actor import Actor
from marketplace.gateways.files import open_store
from marketplace.gateways.papers import ProcessPress, missing_packages
from marketplace.kernel.db import fetch
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import current_language
from marketplace.kernel.settings import Settings
from marketplace.site.invitation_letters import press_letters
from marketplace.site.notice_sources import CALL_NOTICES, UNPRESSED, entry_of, paper_of
from marketplace.site.prequalification_source import prequalification_paper

log = logging.getLogger("marketplace")

AT_A_TIME = 5
LOOK_BACK = timedelta(days=30)  # older notices are pressed on their page, when somebody asks
DOCUMENT = Kind.DOCUMENT.value
_refused: set[tuple[str, str, str]] = set()
_is_able: set[bool] = set()  # looked for until found: the packages may come while the worker runs


@cache
def _shop() -> Shop:
    return Shop(ProcessPress(), open_store(_settings()))


@cache
def _settings() -> Settings:
    return Settings.from_environment()


def comes_by_itself(published_at: datetime, now: datetime) -> bool:
    """Whether the worker still makes the file of a notice of that moment."""
    return published_at > now - LOOK_BACK


async def press_due(now: datetime) -> None:
    """Publish the files of every notice of the last days that has none; one that fails is left to its page."""
    await _make_due(DOCX, DOCUMENT, publish_document_docx, now)
    if not _is_able and await asyncio.to_thread(missing_packages):
        return
    _is_able.add(True)
    await _make_due(PDF, None, publish_notice_pdf, now)
    await press_letters(_shop(), _settings().public_address, now, now - LOOK_BACK, AT_A_TIME)


Maker = Callable[[str, str, Shop, str, tuple[Actor | None, datetime]], Awaitable[None]]


async def _make_due(media_type: str, slug: str | None, make: Maker, now: datetime) -> None:
    rows = await fetch(UNPRESSED, now - LOOK_BACK, AT_A_TIME + len(_refused), media_type, slug, *CALL_NOTICES)
    due = [key for row in rows if (key := (row["reference"], row["slug"], media_type)) not in _refused]
    for key in due[:AT_A_TIME]:
        try:
            await make(key[0], key[1], _shop(), _settings().public_address, (None, now))
            if await _is_unchanged(key, now):
                _refused.add(key)  # a version that changed nothing in this paper needs no new file
        except (DomainError, OSError) as refused:
            _refused.add(key)
            log.error("no %s of %s %s: %s", media_type, key[0], key[1], refused)


async def _is_unchanged(key: tuple[str, str, str], now: datetime) -> bool:
    found = await latest_paper(*key)
    return found is not None and found["published_at"] < now


async def publish_notice_pdf(
    reference: str, slug: str, shop: Shop, site: str, act: tuple[Actor | None, datetime]
) -> None:
    """Publish the PDF of one notice in Chinese. Raises NotFound, PaperRefused."""
    token = current_language.set("zh")  # the paper is Chinese, whatever the page around it
    try:
        if slug == Kind.INTENTION:
            paper = await intention_paper(await intention_page(reference), site)
            await publish_paper(paper, Place(reference, slug, None), shop, *act)
            return
        if slug == Kind.PREQUALIFICATION:
            paper = await prequalification_paper(await announced(reference), site)
            await publish_paper(paper, Place(reference, slug, None), shop, *act)  # public before the listing is
            return
        listing = await listing_page(reference)
        paper = await paper_of(listing, await entry_of(listing, slug), site)
        await publish_paper(paper, Place(reference, slug, listing["id"]), shop, *act)
    finally:
        current_language.reset(token)


async def publish_document_docx(
    reference: str, slug: str, shop: Shop, site: str, act: tuple[Actor | None, datetime]
) -> None:
    """Publish the procurement document as DOCX. Raises NotFound, TemplateRefused."""
    listing = await listing_page(reference)
    token = current_language.set("zh")
    try:
        paper = await paper_of(listing, await entry_of(listing, slug), site)
        facts = await listing_facts(listing, f"{site}/listings/{reference}")
        await publish_docx(paper, facts, Place(reference, slug, listing["id"]), shop, act)
    finally:
        current_language.reset(token)
