"""A draft exactly as the public will see it: the template and the content of the public page, as if published now."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import get
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings.content import content_of
from catalogue.listings.draft_pages import planned_today
from catalogue.listings.draft_queries import all_mistakes, procedure_of
from catalogue.listings.draft_routes import READ_DRAFTS
from catalogue.listings.drafts import Timetable
from catalogue.listings.method_choice import GROUND_LABELS
from catalogue.listings.public_states import status_word
from catalogue.listings.queries import draft_page
from catalogue.listings.rules import STATUS_TONES, Status
from catalogue.listings.rules_used import rules_used
from catalogue.listings.timetable import plan
from catalogue.relisting.queries import takes_up
from catalogue.timeline import planned_events
from marketplace.accounts.guards import CurrentActor, Now
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import NotFound
from marketplace.kernel.template_parts import UNKEPT
from marketplace.kernel.web import go, page
from marketplace.site.listing_page import now_words


def as_if_published(draft: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The draft's row with what publishing at this moment would write into it."""
    row = {**draft, "status": Status.PUBLISHED.value, "published_at": now, "rules_on": county_day(now)}
    if draft["closes_at"]:
        typed = Timetable(draft["closes_at"], draft["documents_until"], draft["questions_until"])
        planned = plan(typed, draft["method"], county_day(now))
        row |= {"documents_until": planned.documents_until, "questions_until": planned.questions_until}
    return row


@get("/listings/drafts/{listing:uuid}/preview", opt=READ_DRAFTS)
async def show_preview(listing: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect | Template:
    """What the public will see, for its drafter, its reviewers and those who read everything; nothing is done here."""
    draft = await draft_page(listing, actor)
    if draft["published_at"]:
        return go(f"/listings/{draft['reference']}")
    if draft["status"] not in (Status.DRAFT, Status.REVIEW):
        raise NotFound()
    row = as_if_published(draft, now)
    dates = planned_today(draft, now)
    content = await content_of(row)
    # days and rules are those of publishing now, which nobody else will read: nothing of it is kept
    content["content_told"] = UNKEPT
    content["timetable"] = dates
    content["rules_kept"] = rules_used(draft["method"], [each["rule_key"] for each in dates], county_day(now))
    return page(
        "marketplace/site/listing_preview.html", **content, is_preview=True, draft=draft,
        mistakes_count=sum(mistake.blocks for mistake in await all_mistakes(draft, now)),
        status_word=status_word(row, Status.PUBLISHED), status_tone=STATUS_TONES[Status.PUBLISHED],
        now_sentence=now_words(row, Status.PUBLISHED), is_open=draft["closes_at"] is not None,
        events=sorted(planned_events(row, dates, now), key=lambda event: event.at), acts=[], recorded=None,
        takes_up=await takes_up(draft["id"]), procedure=await procedure_of(draft), grounds=GROUND_LABELS,
        versions=[], suspensions=[], answered=[], refund_by=None, taken_up_by=None,
        ended_lots=[], too_few_took_documents=False,
        chance=None,
    )  # fmt: skip


ROUTES: list[Any] = [show_preview]
