"""The facts of the notice of a complaint's decision."""

from __future__ import annotations

from typing import Any

from catalogue.notices.complaint_notice import ComplaintFacts
from catalogue.notices.facts import Contact
from catalogue.notices.queries import contact, contacts_of
from catalogue.notices.sources import agency_contact, in_language
from evaluations.challenges.queries import complaint_by, complaint_matters, finance_of, named_in
from evaluations.challenges.remedies import COMPLAINT_OUTCOMES, REMEDY_LABELS, Outcome, Remedy
from marketplace.kernel.db import fetch, together
from marketplace.kernel.errors import NotFound
from marketplace.kernel.i18n import translate as _

Row = dict[str, Any]

# announced before the decision, whether it stood after it or not: a notice tells the same for good
_CONCERNED = """
SELECT DISTINCT ON (p.id) p.address, o.name, o.name_en FROM (
  SELECT provider, lot, announced_at FROM award WHERE listing = $1
  UNION ALL SELECT provider, lot, announced_at FROM void_award WHERE listing = $1
) a JOIN provider p ON p.id = a.provider JOIN organisation o ON o.id = p.organisation
WHERE a.announced_at < $2 AND ($3::uuid IS NULL OR a.lot = $3) AND o.id <> $4 ORDER BY p.id
"""


async def complaint_facts(reference: str, listing: Row, site: str) -> ComplaintFacts:
    """A decision as its notice tells it; `site` is the address of this marketplace. Raises NotFound before it."""
    row = await complaint_by(reference, None)
    if row["status"] != "decided":
        raise NotFound()
    offices, addresses, concerned, agency, matters, finance, people = await together(
        contacts_of([row["procuring_unit"]]),
        fetch("SELECT address FROM provider WHERE organisation = $1", row["organisation"]),
        fetch(_CONCERNED, row["listing"], row["decided_at"], row["lot"], row["organisation"]),
        agency_contact(listing), complaint_matters(row["id"]), finance_of(row["decided_by"]), named_in(row["id"]),
    )  # fmt: skip
    return ComplaintFacts(
        reference=reference, listing_reference=listing["reference"], title=in_language(listing, "title"),
        complainant=Contact(in_language(row, "organisation_name"), addresses[0]["address"] if addresses else ""),
        respondent=contact(in_language(row, "buyer_name"), offices.get(row["procuring_unit"])),
        agency=agency,
        concerned=tuple(Contact(in_language(dict(each), "name"), each["address"]) for each in concerned),
        raised_at=row["raised_at"], matters=tuple(m["matter"] for m in matters),
        found=row["found"], basis=row["basis"], conclusion=_(COMPLAINT_OUTCOMES[Outcome(row["outcome"])]),
        remedy=_(REMEDY_LABELS[Remedy(row["remedy"])]), decided_at=row["decided_at"],
        finance=in_language(finance, "name"), address=f"{site}/complaints/{reference}",
        people=tuple(people),
    )  # fmt: skip
