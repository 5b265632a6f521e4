"""Public data: what is published, as JSON and CSV, and the audit's signed heads and public key."""

import csv
import io
import json
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Response, Template

from marketplace.accounts.described import LINES, Told, described
from marketplace.accounts.guards import PUBLIC
from marketplace.gateways.public_log import open_heads_log
from marketplace.gateways.treasury_files import plain_cell
from marketplace.kernel.errors import NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import page
from marketplace.opendata import data_queries
from marketplace.opendata.data_types import (
    AwardRow,
    ContractRow,
    EvaluationRow,
    GoalRow,
    ListingRow,
    PaymentRow,
    RuleInForce,
    StandingRow,
)
from marketplace.site import queries

OLDEST = "All of them, the oldest first"

DATA_SETS: dict[str, tuple[str, Callable[[], Awaitable[list[dict[str, Any]]]]]] = {
    "listings": (N_("采购公告"), queries.public_listings),
    "awards": (N_("成交结果和评审数据包"), data_queries.public_awards),
    "contracts": (N_("合同和付款"), queries.public_contracts),
    "payments": (N_("逐笔付款"), data_queries.public_payments),
    "evaluations": (N_("绩效评价"), queries.public_evaluations),
    "goals": (N_("绩效目标完成情况"), data_queries.public_goals),
    "standing": (N_("履约信誉的历次分"), data_queries.standing_history),
    "rules": (N_("现行规则"), data_queries.rules_today),
}
# what a row of each set says, told beside it: the same names as in the files
COLUMNS: dict[str, type[msgspec.Struct]] = {
    "listings": ListingRow, "awards": AwardRow, "contracts": ContractRow, "payments": PaymentRow,
    "evaluations": EvaluationRow, "goals": GoalRow, "standing": StandingRow, "rules": RuleInForce,
}  # fmt: skip


@get("/data", opt=PUBLIC)
async def data_page(request: Request[Any, Any, Any]) -> Template:
    """What can be taken away, with an example of each, and how to check it."""
    sets = [(name, words, COLUMNS[name].__struct_fields__) for name, (words, _) in DATA_SETS.items()]
    awards = [row for row in await data_queries.public_awards() if row["bundle"]]
    return page(
        "marketplace/opendata/data.html", sets=sets, bundle=awards[-1]["bundle"] if awards else "",
        provider=await data_queries.a_provider_with_a_record(), address=request.app.state["settings"].public_address,
    )  # fmt: skip


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


@get("/data/goals.json", summary="All results of goals", **described(PUBLIC, Told(list[GoalRow], OLDEST)))
async def goals_data() -> Response[bytes]:
    """Every frozen result of a year's goals with its hash, the oldest first."""
    return _as_json(await data_queries.public_goals())


@get("/data/awards.json", summary="All announced awards", **described(PUBLIC, Told(list[AwardRow], OLDEST)))
async def awards_data() -> Response[bytes]:
    """Every announced award, the oldest first; `bundle` is where its data is, from which it can be computed again."""
    return _as_json(await data_queries.public_awards())


@get("/data/payments.json", summary="All payments", **described(PUBLIC, Told(list[PaymentRow], OLDEST)))
async def payments_data() -> Response[bytes]:
    """Every payment of a published contract, the oldest first."""
    return _as_json(await data_queries.public_payments())


@get("/data/standing.json", summary="History of standing", **described(PUBLIC, Told(list[StandingRow], OLDEST)))
async def standing_data() -> Response[bytes]:
    """Every figure that was noted, the oldest first; `standing` is null while there was not enough record."""
    return _as_json(await data_queries.standing_history())


@get("/data/rules.json", summary="Rules in force", **described(PUBLIC, Told(list[RuleInForce], "In the book's order")))
async def rules_data() -> Response[bytes]:
    """Every value of the rulebook that holds today."""
    return _as_json(await data_queries.rules_today())


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


ROUTES: list[Any] = [
    data_page, listings_data, awards_data, contracts_data, payments_data, evaluations_data, goals_data, standing_data,
    rules_data, data_sheet, audit_heads,
]  # fmt: skip
