"""Packages of the standard around releases, and the flat tables that spreadsheets read. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from marketplace.gateways.treasury_files import plain_cell
from marketplace.opendata.ocds.rules import Json, decoded
from marketplace.opendata.ocds.shape import EXTENSIONS, Publisher

POLICY = "/data"


def package(publisher: Publisher, uri: str, published: str, **parts: Any) -> Json:
    """What every package says of itself, with its releases or records."""
    return {
        "uri": f"{publisher.address}{uri}",
        "version": "1.1",
        "extensions": list(EXTENSIONS),
        "publishedDate": published,
        "publisher": {"name": publisher.name, "uri": publisher.address},
        "publicationPolicy": f"{publisher.address}{POLICY}",
        **parts,
    }


def compiled(newest: Json) -> Json:
    """The state of a process now. Every release here holds the whole of it, so the newest one is compiled already."""
    return {**newest, "id": f"{newest['ocid']}-compiled", "tag": ["compiled"]}


def record(ocid: str, bodies: Sequence[str]) -> Json:
    """All releases of a process with its state now."""
    releases = [decoded(body) for body in bodies]
    return {"ocid": ocid, "releases": releases, "compiledRelease": compiled(releases[-1])}


COLUMNS: dict[str, tuple[str, ...]] = {
    "processes": (
        "ocid", "date", "buyer", "procuringEntity", "title", "title_en", "status", "procurementMethod",
        "procurementMethodDetails", "value", "startDate", "endDate", "items", "bids",
    ),
    "awards": ("ocid", "id", "date", "status", "supplierId", "supplier", "value", "items"),
    "bids": ("ocid", "id", "date", "status", "tendererId", "tenderer", "value"),
    "contracts": (
        "ocid", "id", "awardID", "status", "dateSigned", "startDate", "endDate", "value", "paid", "payments",
    ),
    "transactions": ("ocid", "contract", "id", "date", "value", "payer", "payeeId", "payee"),
}  # fmt: skip


def table_rows(name: str, process: Json) -> Iterator[list[Any]]:
    """The rows of one process in a flat table."""
    if name == "processes":
        yield _process_row(process)
    for award in process.get("awards", ()) if name == "awards" else ():
        supplier = award["suppliers"][0]
        yield [
            process["ocid"], award["id"], award["date"], award["status"], supplier["id"], supplier["name"],
            award["value"]["amount"], _codes(award),
        ]  # fmt: skip
    for bid in process.get("bids", {}).get("details", ()) if name == "bids" else ():
        tenderer = bid["tenderers"][0]
        yield [
            process["ocid"], bid["id"], bid.get("date", ""), bid.get("status", ""), tenderer["id"], tenderer["name"],
            bid.get("value", {}).get("amount", ""),
        ]  # fmt: skip
    for contract in process.get("contracts", ()) if name in ("contracts", "transactions") else ():
        yield from _contract_rows(name, process["ocid"], contract)


def _process_row(process: Json) -> list[Any]:
    tender = process["tender"]
    period = tender.get("tenderPeriod", {})
    bids = process.get("bids", {}).get("statistics", [{}])[0].get("value", "")
    return [
        process["ocid"], process["date"], process["buyer"]["name"], tender["procuringEntity"]["name"], tender["title"],
        tender.get("title_en", ""), tender["status"], tender["procurementMethod"], tender["procurementMethodDetails"],
        tender["value"]["amount"], period.get("startDate", ""), period.get("endDate", ""), _codes(tender), bids,
    ]  # fmt: skip


def _codes(part: Json) -> str:
    return " ".join(item["classification"]["id"] for item in part.get("items", ()))


def _contract_rows(name: str, ocid: str, contract: Json) -> Iterator[list[Any]]:
    paid = contract.get("implementation", {}).get("transactions", ())
    if name == "contracts":
        period = contract["period"]
        yield [
            ocid, contract["id"], contract["awardID"], contract["status"], contract["dateSigned"], period["startDate"],
            period["endDate"], contract["value"]["amount"], sum(each["value"]["amount"] for each in paid), len(paid),
        ]  # fmt: skip
        return
    for each in paid:
        yield [
            ocid, contract["id"], each["id"], each["date"], each["value"]["amount"], each["payer"]["name"],
            each["payee"]["id"], each["payee"]["name"],
        ]  # fmt: skip


def csv_lines(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV; a cell that looks like a formula is text."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([plain_cell(str(value)) for value in row])
    return out.getvalue()
