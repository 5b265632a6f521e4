"""The directory's public page; the page of one item shows listings too and lies in `listings`."""

from typing import Any

from litestar import Request, get
from litestar.response import Template

from catalogue.items import queries
from catalogue.items.rules import CATEGORY_LABELS, Category
from marketplace.accounts.guards import PUBLIC
from marketplace.kernel.web import page


def _matches(item: dict[str, Any], words: str) -> bool:
    texts = (item["code"], item["name"], item["name_en"], item["content"], item["content_en"])
    return all(any(word in text.casefold() for text in texts) for word in words.casefold().split())


@get("/catalogue", opt=PUBLIC)
async def show_catalogue(request: Request[Any, Any, Any]) -> Template:
    """All items on one page, by category, with the edition's document."""
    chosen = {name: request.query_params.get(name, "") for name in ("category", "q", "visits")}
    items = [
        item
        for item in await queries.current_items()
        if chosen["category"] in ("", item["category"])
        and (chosen["visits"] != "yes" or item["logs_visits"])
        and _matches(item, chosen["q"])
    ]
    groups = [(category, [i for i in items if i["category"] == category]) for category in Category]
    return page(
        "catalogue/items/catalogue.html", edition=await queries.current_edition(), total=len(items), chosen=chosen,
        groups=[(category, found) for category, found in groups if found], category_labels=CATEGORY_LABELS,
    )  # fmt: skip


ROUTES: list[Any] = [show_catalogue]
