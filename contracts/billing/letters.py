"""What the provider of an invoice is told by mail, in both languages."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from marketplace.kernel.i18n import Sentence
from marketplace.kernel.outbox.services import post_mail
from vendors.providers.queries import provider_emails


async def tell_provider(provider: UUID, words: Sentence, invoice: str, now: datetime) -> None:
    """Inside the act: mail whoever acts for the provider, with the page of the invoice."""
    body = f"{words.text('zh')}\n{words.text('en')}\n\n/invoices/{invoice}"
    for each in await provider_emails(provider):
        await post_mail(each, words.text("zh"), body, now)
