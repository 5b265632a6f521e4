"""The public register of providers: search, order, export."""

import asyncio
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import Template

from catalogue.items.queries import current_items
from catalogue.items.rules import LEGAL_FORM_LABELS
from catalogue.listings.queries import list_towns
from marketplace.accounts.guards import PUBLIC, Now
from marketplace.gateways.file_types import MIME_TYPES
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import NotFound
from marketplace.kernel.formats import named
from marketplace.kernel.web import page
from vendors.register.queries import all_providers, find_providers
from vendors.register.rules import GRADES, SORT_LABELS, every_page, read_question
from vendors.register.sheets import as_csv, as_xlsx

WRITERS = {"xlsx": as_xlsx, "csv": as_csv}


@get("/providers", opt=PUBLIC)
async def show_register(request: Request[Any, Any, Any], now: Now) -> Template:
    """Providers by name, pinyin, initials or code, by item, town, legal form and grade."""
    question = read_question(request.query_params)
    towns = await list_towns()
    return page(
        "vendors/providers/register.html", found=await find_providers(question, county_day(now)),
        asked=question, grades=GRADES,
        legal_forms=LEGAL_FORM_LABELS, items=await current_items(), towns=towns, sorts=SORT_LABELS,
        town_names={town["id"]: named(town, "name") for town in towns},
    )  # fmt: skip


@get("/providers/export/{file:str}", opt=PUBLIC)
async def export_register(request: Request[Any, Any, Any], file: FromPath[str], now: Now) -> Response[bytes]:
    """What was found, all of it, as `providers.xlsx` or `providers.csv`. Raises NotFound for another file."""
    name, _, kind = file.partition(".")
    if name != "providers" or kind not in WRITERS:
        raise NotFound()
    rows = await all_providers(every_page(read_question(request.query_params)), county_day(now))
    towns = {town["id"]: named(town, "name") for town in await list_towns()}
    content = await asyncio.to_thread(WRITERS[kind], rows, towns)
    media_type = MIME_TYPES["xlsx"] if kind == "xlsx" else "text/csv"
    return Response(
        content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="providers.{kind}"'}
    )


ROUTES: list[Any] = [show_register, export_register]
