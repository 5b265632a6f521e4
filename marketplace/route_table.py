"""Every route of the site, package by package."""

from typing import Any

from marketplace.accounts.openers import routes as openers
from marketplace.accounts.people import routes as people
from marketplace.kernel.settings import Settings
from marketplace.rules import routes as rules
from marketplace.site import routes as site


def routes(settings: Settings) -> list[Any]:
    """All route handlers; the demo's own pages exist only in a demo."""
    handlers = [*people.ROUTES, *openers.ROUTES, *rules.ROUTES, *site.ROUTES]
    if settings.is_demo:
        handlers += site.DEMO_ROUTES
    return handlers
