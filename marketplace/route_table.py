"""Every route of the site, package by package."""

from typing import Any

from catalogue.items import routes as items
from catalogue.listings import draft_routes, item_page
from catalogue.listings import routes as listings
from catalogue.plans import routes as plans
from marketplace.accounts.openers import routes as openers
from marketplace.accounts.people import routes as people
from marketplace.kernel.settings import Settings
from marketplace.rules import routes as rules
from marketplace.site import ledger_source, listing_page
from marketplace.site import routes as site


def routes(settings: Settings) -> list[Any]:
    """All route handlers; the demo's own pages exist only in a demo."""
    handlers = [*people.ROUTES, *openers.ROUTES, *rules.ROUTES, *site.ROUTES]
    handlers += [*items.ROUTES, *plans.ROUTES, *draft_routes.ROUTES, *item_page.ROUTES, *listings.ROUTES]
    handlers += [*listing_page.ROUTES, *ledger_source.ROUTES]
    if settings.is_demo:
        handlers += site.DEMO_ROUTES
    return handlers
