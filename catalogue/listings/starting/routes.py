"""The templates, for everybody to read."""

from typing import Any

from litestar import get
from litestar.params import FromPath
from litestar.response import Template

from catalogue.items.queries import current_items
from catalogue.items.rules import drafted_second_edition
from catalogue.listings.indicators import INDICATOR_LABELS
from catalogue.listings.rules import CRITERION_LABELS
from catalogue.listings.starting.book import templates
from marketplace.accounts.guards import PUBLIC
from marketplace.kernel.errors import NotFound
from marketplace.kernel.web import page


async def _items() -> dict[str, dict[str, Any]]:
    """Items by code: those in force, and those only drafted."""
    drafted = {
        item.code: {"name": item.name, "name_en": item.name_en, "in_force": False} for item in drafted_second_edition()
    }
    in_force = {item["code"]: {**item, "in_force": True} for item in await current_items()}
    return {**drafted, **in_force}


@get("/listings/templates", opt=PUBLIC)
async def show_templates() -> Template:
    """All templates by item."""
    return page(
        "catalogue/listings/starting/templates.html", templates=list(templates().values()), items=await _items()
    )


@get("/listings/templates/{code:str}", opt=PUBLIC)
async def show_template(code: FromPath[str]) -> Template:
    """One template as a draft would begin."""
    found = templates().get(code)
    if found is None:
        raise NotFound()
    item = (await _items())[code]
    return page(
        "catalogue/listings/starting/template.html", template=found, item=item, need=found.need,
        criterion_labels=CRITERION_LABELS, **INDICATOR_LABELS,
    )  # fmt: skip


ROUTES: list[Any] = [show_templates, show_template]
