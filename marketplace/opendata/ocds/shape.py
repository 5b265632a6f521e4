"""From facts to the fields of the standard. Pure: the same facts give the same bytes.

Source: Open Contracting Data Standard 1.1.5 with its extension for bid statistics. Amounts are exact decimal numbers in
yuan; days become the first or last second of a county day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from catalogue.listings.methods import row_of
from contracts.amendments.rules import GROUND_LABELS, KIND_LABELS, Ground, Kind
from marketplace.opendata.ocds.bids import bid_details, bid_statistics
from marketplace.opendata.ocds.facts import Process, Row
from marketplace.opendata.ocds.fields import Json, days, filled, first_second, moment, number_of, period, value_of

CATALOGUE_SCHEME = "x_social-assistance-catalogue"
_EXTENSIONS = "https://raw.githubusercontent.com/open-contracting-extensions"
EXTENSIONS = (
    f"{_EXTENSIONS}/ocds_bid_extension/v1.1.5/extension.json",
    f"{_EXTENSIONS}/ocds_pagination_extension/master/extension.json",
)

ENDED_TENDERS = {"awarded": "complete", "failed": "unsuccessful", "cancelled": "cancelled"}
CONTRACT_STATES = {
    "in_force": "active", "completed": "terminated", "terminated": "terminated", "rescinded": "cancelled",
}  # fmt: skip
DOCUMENT_TYPES = {
    "tender": "tenderNotice", "consultation": "tenderNotice", "selection": "tenderNotice",
    "invitation": "tenderNotice", "document": "biddingDocuments", "award": "awardNotice",
    "contract": "contractNotice", "intention": "plannedProcurementNotice", "acceptance": "completionCertificate",
}  # fmt: skip

# the days of a purchase on the provincial platform: what the milestone is called and its kind in the standard
PLATFORM_DAYS = {
    "noticed_on": ("在省级平台发布采购公告", "engagement"), "opened_on": ("在省级平台开标", "assessment"),
    "decided_on": ("决定", "assessment"), "announced_on": ("在省级平台公告结果", "approval"),
}  # fmt: skip


@dataclass(frozen=True)
class Publisher:
    """Who publishes: the registered prefix, the scheme of organisations' codes, the address of this marketplace."""

    prefix: str
    scheme: str
    address: str
    name: str

    def ocid(self, reference: str) -> str:
        """The number of a contracting process for the whole world."""
        return f"{self.prefix}-{reference}"


def sections(process: Process, publisher: Publisher) -> dict[str, Any]:
    """The parts of a release that are there: planning, tender, bids, awards, contracts, parties, buyer."""
    parties = Parties(publisher)
    listing = process.listing
    buyer = parties.office(listing["purchasing_body"], listing["body_name"], listing["body_name_en"], "buyer")
    made: Json = {
        "buyer": buyer,
        "planning": {"budget": {"description": listing["budget_line"], "amount": value_of(listing["budget"])}},
        "tender": _tender(process, parties, publisher),
    }
    if process.awards or listing["status"] in ENDED_TENDERS:
        if listing["venue"] == "here" and listing["bids"]:
            made["bids"] = {"statistics": bid_statistics(process)}
            # how many, never who: those who did not win are told to themselves only (R-PUBL-01)
            made["tender"]["numberOfTenderers"] = listing["tenderers"]
        made["awards"] = [_award(row, process, parties) for row in process.awards]
        if details := bid_details(process, parties.provider):
            made.setdefault("bids", {})["details"] = details
    if process.contracts:
        made["contracts"] = [_contract(row, process, parties) for row in process.contracts]
    made["parties"] = parties.told()
    return {name: value for name, value in made.items() if value}


class Parties:
    """Everybody a release names, once each, with all their roles."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher, self._known = publisher, {}  # type: Publisher, dict[str, Json]

    def office(self, number: object, name: str, name_en: str, role: str) -> Json:
        return self._add(f"{self._publisher.prefix}-office-{number}", name, name_en, role, None)

    def provider(self, row: Row, role: str) -> Json:
        code = row["credit_code"]
        return self._add(
            f"{self._publisher.scheme}-{code}", row["provider_name"], row["provider_name_en"], role,
            {"scheme": self._publisher.scheme, "id": code, "legalName": row["provider_name"]},
        )  # fmt: skip

    def _add(self, key: str, name: str, name_en: str, role: str, identifier: Json | None) -> Json:
        told = filled({"id": key, "name": name, "name_en": name_en, "identifier": identifier})
        party = self._known.setdefault(key, {**told, "roles": []})
        if role not in party["roles"]:
            party["roles"].append(role)
        return {"id": key, "name": name}

    def told(self) -> list[Json]:
        return [{**party, "roles": sorted(party["roles"])} for _, party in sorted(self._known.items())]


def _tender(process: Process, parties: Parties, publisher: Publisher) -> Json:
    listing = process.listing
    method_row = row_of(listing)
    return filled({
        "id": listing["reference"],
        "title": listing["title"],
        "title_en": listing["title_en"],
        "description": listing["requirement"],
        "status": ENDED_TENDERS.get(listing["status"], "active"),
        "procuringEntity": parties.office(
            listing["procuring_unit"], listing["unit_name"], listing["unit_name_en"], "procuringEntity"
        ),
        "items": [_item(lot) for lot in process.lots],
        "value": value_of(listing["budget"]),
        "procurementMethod": method_row.access,
        "procurementMethodDetails": listing["method"],
        "mainProcurementCategory": "services",
        "awardCriteria": "priceOnly" if method_row.lowest_wins else "ratedCriteria",
        "awardCriteriaDetails": _criteria(process),
        "submissionMethod": ["electronicSubmission"] if listing["venue"] == "here" else [],
        "eligibilityCriteria": listing["qualification"],
        "tenderPeriod": period(listing["published_at"], listing["closes_at"]),
        "enquiryPeriod": period(listing["published_at"], listing["questions_until"]),
        "contractPeriod": days(listing["service_from"], listing["service_to"]),
        "documents": [_document(row, publisher) for row in process.papers],
        "milestones": [_platform_day(row) for row in process.platform_days],
        "amendments": [_amendment(row) for row in process.versions],
    })  # fmt: skip


def _platform_day(row: Row) -> Json:
    title, kind = PLATFORM_DAYS[row["name"]]
    return {
        "id": f"platform-{row['name']}", "title": title, "type": kind, "code": row["name"],
        "dateMet": moment(first_second(row["day"])), "status": "met",
    }  # fmt: skip


def _criteria(process: Process) -> str:
    factors = [(row["title"], row["points"]) for row in process.criteria]
    weight = process.listing["price_weight"]
    told = [("价格", weight), *factors] if weight else factors
    return "；".join(f"{title} {number_of(points)}" for title, points in told)


def _item(lot: Row) -> Json:
    return {
        "id": str(lot["number"]),
        "description": lot["title"],
        "classification": {"scheme": CATALOGUE_SCHEME, "id": lot["item_code"], "description": lot["item_name"]},
        "quantity": number_of(lot["quantity"]),
        "unit": {"name": lot["unit"]},
    }


def _document(row: Row, publisher: Publisher) -> Json:
    kind = row["slug"].split("-")[0]
    return filled({
        "id": f"{row['subject']}-{row['slug']}", "documentType": DOCUMENT_TYPES.get(kind), "title": row["title"],
        "url": f"{publisher.address}/papers/{row['id']}", "datePublished": moment(row["published_at"]),
        "format": row["media_type"], "language": "zh",
    })  # fmt: skip


def _amendment(row: Row) -> Json:
    return filled({"id": str(row["number"]), "date": moment(row["published_at"]), "rationale": row["reason"]})


def _award(row: Row, process: Process, parties: Parties) -> Json:
    listing = process.listing
    return filled({
        "id": row["reference"],
        "title": row["lot_title"],
        "description": row["basis"],
        "description_en": row["basis_en"],
        "status": "active" if row["status"] == "announced" else "cancelled",
        "date": moment(row["announced_at"]),
        "value": value_of(row["amount"]),
        "suppliers": [parties.provider(row, "supplier")],
        "items": [_item(lot) for lot in process.lots if lot["number"] == row["lot_number"]],
        "contractPeriod": days(listing["service_from"], listing["service_to"]),
    })  # fmt: skip


def _contract(row: Row, process: Process, parties: Parties) -> Json:
    payer = parties.office(row["buyer"], row["buyer_name"], "", "payer")
    payee = parties.provider(row, "payee")
    paid = [_payment(each, payer, payee) for each in process.payments if each["contract"] == row["id"]]
    marks = [_milestone(each, row["reference"]) for each in process.milestones if each["contract"] == row["id"]]
    return filled({
        "id": row["reference"],
        "awardID": row["award_reference"],
        "title": row["title"],
        "status": CONTRACT_STATES.get(row["status"], "pending"),
        "period": days(row["service_from"], row["service_to"]),
        "value": value_of(row["amount"]),
        "items": [_item(lot) for lot in process.lots if lot["number"] == row["lot_number"]],
        "dateSigned": moment(row["signed_at"]),
        "amendments": [_change(each) for each in process.amendments if each["contract"] == row["id"]],
        "implementation": filled({"transactions": paid, "milestones": marks}),
    })  # fmt: skip


def _change(row: Row) -> Json:
    # the ground in the law's words; what the parties wrote of it is on the contract's page
    return {
        "id": row["reference"], "date": moment(row["decided_at"]), "description": KIND_LABELS[Kind(row["kind"])],
        "rationale": GROUND_LABELS[Ground(row["ground"])],
    }  # fmt: skip


def _payment(row: Row, payer: Json, payee: Json) -> Json:
    return {
        "id": row["reference"], "date": moment(row["paid_at"]), "value": value_of(row["amount"]),
        "payer": payer, "payee": payee,
    }  # fmt: skip


def _milestone(row: Row, contract: str) -> Json:
    is_met = row["status"] not in ("open", "requested", "to_mend", "cancelled")
    return filled({
        "id": f"{contract}-{row['position']}", "title": row["title"], "type": "delivery",
        "dueDate": moment(first_second(row["due_on"])), "dateMet": moment(row["accepted_at"]) if is_met else "",
        "status": "met" if is_met else "notMet" if row["status"] == "cancelled" else "scheduled",
    })  # fmt: skip
