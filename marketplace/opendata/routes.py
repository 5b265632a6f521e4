"""Public data: what is published, as JSON and CSV, and the audit's signed heads and public key."""

import csv
import io
import json
from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Response, Template

from marketplace.accounts.described import LINES, Told, described
from marketplace.accounts.guards import PUBLIC
from marketplace.gateways.payments import plain_cell
from marketplace.gateways.public_log import open_heads_log
from marketplace.kernel.errors import NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import page
from marketplace.opendata.data_types import ContractRow, EvaluationRow, ListingRow
from marketplace.site import queries

OLDEST = "All of them, the oldest first"

DATA_SETS: dict[str, tuple[str, Callable[[], Awaitable[list[dict[str, Any]]]]]] = {
    "listings": (N_("采购公告"), queries.public_listings),
    "contracts": (N_("合同和付款"), queries.public_contracts),
    "evaluations": (N_("绩效评价"), queries.public_evaluations),
}


@get("/data", opt=PUBLIC)
async def data_page() -> Template:
    """What can be taken away, and how to check it."""
    return page("marketplace/opendata/data.html", sets=[(name, words) for name, (words, _) in DATA_SETS.items()])


@get("/data/{file:str}", opt=PUBLIC)
async def data_sheet(file: FromPath[str]) -> Response[bytes]:
    """One data set as a sheet: `contracts.csv`."""
    name, _, kind = file.partition(".")
    if name not in DATA_SETS or kind != "csv":
        raise NotFound()
    return _as_csv(name, await DATA_SETS[name][1]())


@get("/data/listings.json", summary="All published listings", **described(PUBLIC, Told(list[ListingRow], OLDEST)))
async def listings_data() -> Response[bytes]:
    """Every published listing, the oldest first."""
    return _as_json(await queries.public_listings())


@get("/data/contracts.json", summary="All published contracts", **described(PUBLIC, Told(list[ContractRow], OLDEST)))
async def contracts_data() -> Response[bytes]:
    """Every published contract with what was paid so far, the oldest first."""
    return _as_json(await queries.public_contracts())


@get("/data/evaluations.json", summary="All evaluations", **described(PUBLIC, Told(list[EvaluationRow], OLDEST)))
async def evaluations_data() -> Response[bytes]:
    """Every frozen evaluation with its hash, the oldest first."""
    return _as_json(await queries.public_evaluations())


def _as_json(rows: list[dict[str, Any]]) -> Response[bytes]:
    # amounts are strings so that no reader rounds them
    return Response(json.dumps(rows, ensure_ascii=False, default=str, indent=1).encode(), media_type="application/json")


def _as_csv(name: str, rows: list[dict[str, Any]]) -> Response[bytes]:
    # the mark at the start tells spreadsheets which characters these are; cells that look like formulas are text
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(rows[0] if rows else [])
    for row in rows:
        writer.writerow([plain_cell("" if v is None else str(v)) for v in row.values()])
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(out.getvalue().encode("utf-8-sig"), media_type="text/csv", headers=headers)


@get(
    "/data/audit-heads.jsonl", summary="The signed heads of the audit chain",
    **described(PUBLIC, Told(str, "One head a line", media_type=LINES)),
)  # fmt: skip
async def audit_heads(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The signed heads of the audit chain, one a line."""
    lines = await open_heads_log(request.app.state["settings"]).lines()
    return Response("\n".join([*lines, ""]).encode(), media_type="application/x-ndjson")


ROUTES: list[Any] = [data_page, listings_data, contracts_data, evaluations_data, data_sheet, audit_heads]
