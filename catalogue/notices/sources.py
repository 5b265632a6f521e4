"""From the catalogue's own rows to what its notices say; facts of the packages above are handed in by the roof."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from catalogue.items.rules import LEGAL_FORM_LABELS
from catalogue.listings import queries as listings
from catalogue.listings.drafting_queries import terms_of
from catalogue.listings.drafts import Terms
from catalogue.listings.methods import row_of
from catalogue.listings.reservation import admitted_forms, reservation_words
from catalogue.notices.course_notices import termination
from catalogue.notices.facts import Contact, FinanceFacts, ListingFacts, LotFacts, TerminationFacts
from catalogue.notices.queries import Row, contact, contacts_of
from marketplace.accounts.agencies.queries import agreement_by_id
from marketplace.accounts.agencies.rules import FEE_PAYERS
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetchrow, together
from marketplace.kernel.i18n import current_language, say
from marketplace.kernel.i18n import translate as _
from marketplace.kernel.rulebook import number


def in_language(row: Row, name: str) -> str:
    """A name in the reader's language where the office has one in it."""
    english = row.get(f"{name}_en") or ""
    return str(english if current_language.get() == "en" and english else row[name])


async def listing_facts(listing: Row, address: str) -> ListingFacts:
    """A published listing as its notice tells it."""
    lots, towns, offices, line, terms, agency = await together(
        listings.lots(listing["id"]), listings.towns(listing["id"]), contacts_of([listing["procuring_unit"]]),
        fetchrow("SELECT * FROM budget_line WHERE id = $1", listing["budget_line"]), terms_of(listing["id"]),
        agency_contact(listing),
    )  # fmt: skip
    published_on = county_day(listing["published_at"])
    period = row_of(listing).notice
    return ListingFacts(
        reference=listing["reference"], title=in_language(listing, "title"), method=listing["method"],
        method_row=row_of(listing),
        purchasing_body=in_language(listing, "purchasing_body_name"),
        buyer=contact(in_language(listing, "procuring_unit_name"), offices.get(listing["procuring_unit"])),
        budget=listing["budget"], ceiling=listing["ceiling"], lots=tuple(_lot(lot) for lot in lots),
        requirement=listing["requirement"], qualification=listing["qualification"],
        legal_forms=tuple(_(LEGAL_FORM_LABELS[f]) for f in admitted_forms(lots, listing["reservation_ground"])),
        policy=str(reservation_words(listing["reservation_ground"], row_of(listing).is_local)),
        service_from=listing["service_from"], service_to=listing["service_to"], published_at=listing["published_at"],
        closes_at=listing["closes_at"], documents_until=listing["documents_until"],
        documents_from=listing["documents_from"],
        notice_period=number(period, published_on) if period else None, address=address,
        towns=tuple(in_language(town, "name") for town in towns), finance=finance_facts(dict(line or {}), lots),
        terms=terms or Terms(), agency=agency,
    )  # fmt: skip


async def agency_contact(listing: Row) -> Contact | None:
    """The agency that runs a listing, as its notices name it; None where the buyer runs it itself (R-DOC-01)."""
    if listing["agency"] is None:
        return None
    offices = await contacts_of([listing["agency"]])
    return contact(in_language(listing, "agency_name"), offices.get(listing["agency"]))


async def agency_fee(listing: Row) -> str:
    """What the agency costs and who pays, by its agreement; empty where none runs it (R-AWD-01)."""
    if listing["agency_agreement"] is None:
        return ""
    agreement = await agreement_by_id(listing["agency_agreement"])
    words = say("{fee}，由{payer}承担。", fee=agreement["fee"], payer=say(FEE_PAYERS[agreement["fee_payer"]]))
    return str(agreement["fee"] if agreement["fee_payer"] == "none" else words)


async def draft_facts(listing: Row, address: str, now: datetime) -> ListingFacts:
    """A listing at any stage as the county's own papers tell it; a draft as if it were published now."""
    published = listing["published_at"] or now
    return await listing_facts(
        {**listing, "published_at": published, "closes_at": listing["closes_at"] or now}, address
    )


def _lot(lot: Row) -> LotFacts:
    item = f"{lot['item_code']} {in_language(lot, 'item_name')}"
    title = _("%(title)s（专门面向中小企业）") % {"title": lot["title"]} if lot["is_reserved"] else lot["title"]
    return LotFacts(lot["number"], title, item, lot["quantity"], lot["unit"], lot["budget"])


# the fields finance asks for, by the column of the budget line that keeps each
FINANCE_COLUMNS = {
    "budget_reference": "reference",
    "budget_project_code": "project_code",
    "functional_code": "function_code",
    "economic_code": "economic_code",
    "fund_source": "fund_source",
    "procurement_item": "procurement_category",
    "directory_codes": "service_directory_code",
    "plan_number": "procurement_plan_number",
    "approval_number": "approval_number",
    "industry": "industry",
}


def finance_facts(line: Row, lots: list[Row]) -> FinanceFacts:
    """What finance keeps of the budget line; what nobody entered is a blank to be filled by hand."""
    known = {name: str(line.get(column) or "") for name, column in FINANCE_COLUMNS.items()}
    known["directory_codes"] = known["directory_codes"] or "、".join(dict.fromkeys(lot["item_code"] for lot in lots))
    return FinanceFacts(**known)


async def termination_paper(listing: Row) -> Any:
    """终止公告 of a listing that ended without an award."""
    offices = await contacts_of([listing["procuring_unit"]])
    office = contact(in_language(listing, "procuring_unit_name"), offices.get(listing["procuring_unit"]))
    return termination(
        TerminationFacts(
            reference=listing["reference"], title=in_language(listing, "title"), reason=listing["end_reason"],
            clause=listing["end_clause"], published_at=listing["ended_at"], buyer=office,
            agency=await agency_contact(listing),
        )
    )  # fmt: skip
