"""Pages that join packages: front page, health, help."""

from datetime import date
from typing import Any

import msgspec
from litestar import Request, get
from litestar.response import Response, Template

from catalogue.listings.rules import GRADE_LABELS
from catalogue.listings.timetable import EVENT_LABELS
from contracts.agreements.rules import CONTRACT_LABELS
from marketplace.accounts.described import Told, described
from marketplace.accounts.guards import PUBLIC, Now
from marketplace.kernel.calendar import county_calendar, weeks_of_month
from marketplace.kernel.db import fetchval
from marketplace.kernel.settings import VERSION
from marketplace.kernel.web import page
from marketplace.overview.rules import COVER_LABELS
from marketplace.site import queries

GRADE_TONES = {"excellent": "done", "good": "done", "fair": "waiting", "poor": "refused"}


class Health(msgspec.Struct, frozen=True):
    """What runs, and whether its database answers."""

    status: str
    version: str
    database: str
    demo: bool


@get(
    "/healthz",
    summary="Whether it runs",
    **described({**PUBLIC, "skip_session": True, "exclude_from_csrf": True}, Told(Health, "It runs")),
)
async def healthz(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    """Whether the service and its database answer."""
    settings = request.app.state["settings"]
    database = "ok" if await fetchval("SELECT 1") == 1 else "failed"
    return Response({"status": "ok", "version": VERSION, "database": database, "demo": settings.is_demo})


@get("/", opt=PUBLIC)
async def front_page(now: Now) -> Template:
    """What is open, what was awarded to whom for how much, how well it went, and which town has what."""
    return page(
        "marketplace/site/front.html", **await queries.front(now), cover_labels=COVER_LABELS,
        grade_labels={grade: words for grade, words in GRADE_LABELS.items() if grade != "none"},
        grade_tones=GRADE_TONES, contract_labels=CONTRACT_LABELS,
    )  # fmt: skip


@get("/help", opt=PUBLIC)
async def help_page() -> Template:
    """How to take part, how to check, whom to ask."""
    return page("marketplace/site/help.html")


@get("/styleguide", opt=PUBLIC)
async def styleguide() -> Template:
    """Every part of the look in every state; in a demo only."""
    return page("marketplace/styleguide.html", **styleguide_samples())


def styleguide_samples() -> dict[str, Any]:
    """What the parts on the style guide show."""
    return {
        "sample_calendar": county_calendar(),
        "sample_weeks": weeks_of_month(2026, 10),
        "sample_marks": {
            date(2026, 10, 8): [("5", EVENT_LABELS["closes"]), ("6", EVENT_LABELS["opening"])],
            date(2026, 10, 12): [("7", EVENT_LABELS["report_by"])],
        },
    }


ROUTES: list[Any] = [healthz, front_page, help_page]
DEMO_ROUTES: list[Any] = [styleguide]
