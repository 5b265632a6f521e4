"""The bids of a process as far as they may be told: the winners, and what the county publishes besides. Pure.

The fields are those of the standard's extension for bids, from which tools compute single bids, closeness of prices,
awards that did not go to the lowest, late bids and rejected ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from catalogue.listings.methods import row_of
from marketplace.kernel.clock import county_day
from marketplace.opendata.ocds.disclosure import Disclosure, may_tell
from marketplace.opendata.ocds.facts import Process, Row
from marketplace.opendata.ocds.fields import Json, filled, moment, value_of

ANNOUNCED = "announced"
Party = Callable[[Row, str], Json]


def bid_statistics(process: Process) -> list[Json]:
    """How many bids there were; how many of them were valid where that is told of every lot with bids."""
    told = {"bids": process.listing["bids"]}
    of_lots = _told_of_lots(process)
    if process.bids and all(row["lot_number"] in of_lots and of_lots[row["lot_number"]].rejections
                            for row in process.bids) and len(process.bids) == process.listing["bids"]:  # fmt: skip
        told["validBids"] = sum(not row["is_rejected"] for row in process.bids)
    return [{"id": name, "measure": name, "value": value} for name, value in told.items()]


def bid_details(process: Process, party: Party) -> list[Json]:
    """Each bid that may be told, by lots: all that were opened where the county publishes them, else the winner's."""
    of_lots = _told_of_lots(process)
    found: list[Json] = []
    for lot, told in sorted(of_lots.items()):
        opened = [row for row in process.bids if row["lot_number"] == lot]
        if told.opening_record and opened:
            found += [_opened(row, place, told, process, party) for place, row in enumerate(opened, 1)]
        else:
            found += _winners(lot, process, party)
    return found


def _told_of_lots(process: Process) -> dict[int, Disclosure]:
    """Lot -> what is told of its bids, by the rules of the day its newest result was announced."""
    method = row_of(process.listing)
    return {row["lot_number"]: may_tell(method, county_day(row["announced_at"])) for row in process.awards}


def _winners(lot: int, process: Process, party: Party) -> Iterator[Json]:
    for row in process.awards:
        if row["lot_number"] == lot:
            yield filled({
                "id": row["reference"], "status": "valid" if row["status"] == ANNOUNCED else "",
                "tenderers": [party(row, "tenderer")], "value": value_of(row["amount"]),
            })  # fmt: skip


def _opened(row: Row, place: int, told: Disclosure, process: Process, party: Party) -> Json:
    has_won = any(
        each["status"] == ANNOUNCED and each["lot_number"] == row["lot_number"]
        and each["credit_code"] == row["credit_code"] for each in process.awards
    )  # fmt: skip
    status = "disqualified" if row["is_rejected"] else "valid"
    return filled({
        "id": f"{row['lot_number']}-{place}", "date": moment(row["sealed_at"]),
        "status": status if told.rejections or has_won else "", "tenderers": [party(row, "tenderer")],
        "value": value_of(row["price"]) if row["price"] is not None else None,
    })  # fmt: skip
