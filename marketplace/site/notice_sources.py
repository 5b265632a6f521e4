"""Every notice of a listing, from whichever package holds its facts: from the call to a complaint's decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalogue.listings.frameworks.rules import CLOSED
from catalogue.listings.inviting.queries import check_may_read_documents, recommended_of
from catalogue.listings.methods import all_methods, codes_of_frameworks, is_framework, quoted, row_of
from catalogue.listings.rules import Status
from catalogue.listings.version_queries import versions_of
from catalogue.notices.admission_notice import admission_notice
from catalogue.notices.complaint_notice import complaint_notice
from catalogue.notices.content import Paper
from catalogue.notices.corrigendum_source import corrigendum_paper
from catalogue.notices.facts import (
    AcceptanceFacts,
    AwardedLot,
    AwardFacts,
    Contact,
    ContractFacts,
    FindingFacts,
)  # fmt: skip
from catalogue.notices.kinds import FORMS, OF_FINANCE, Kind, kind_of
from catalogue.notices.listing_notices import call, call_kind
from catalogue.notices.queries import contact, contacts_of
from catalogue.notices.result_notices import acceptance, award, contract_notice
from catalogue.notices.single_source_paper import single_source_paper
from catalogue.notices.sources import agency_fee, in_language, listing_facts, termination_paper
from catalogue.notices.wording import period
from contracts.acceptance.plan_queries import heard_in_words
from contracts.acceptance.queries import acceptance_by_id, items_of
from contracts.agreements.queries import contract_facts
from evaluations.awards.queries import awards_of, expert_names
from evaluations.records.queries import recorded_experts
from marketplace.accounts.actor import Actor
from marketplace.kernel import formats
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, together
from marketplace.kernel.errors import NotFound
from marketplace.kernel.i18n import N_, Sentence, current_language, say
from marketplace.kernel.i18n import translate as _
from marketplace.kernel.rulebook import number
from marketplace.site.admission_source import admission_facts
from marketplace.site.complaint_source import complaint_facts
from marketplace.site.document_source import document_paper

Row = dict[str, Any]
MINUTES = 60


@dataclass(frozen=True)
class Entry:
    """One notice of a listing: `slug` names it in the address, `key` is the reference of what it announces."""

    slug: str
    kind: Kind
    published_at: datetime
    key: str = ""

    @property
    def title(self) -> Sentence:
        """Its form, and which one where there may be several."""
        form = say(FORMS[self.kind].title)
        return say("{form} {key}", form=form, key=self.key) if self.key else form


_LATER = """
SELECT 'contract' AS kind, c.reference, c.published_at, NULL::uuid AS id FROM contract c
WHERE c.listing = $1 AND c.published_at IS NOT NULL
UNION ALL
SELECT 'acceptance', a.reference, a.accepted_at, a.id FROM acceptance a JOIN contract c ON c.id = a.contract
WHERE c.listing = $1 AND c.published_at IS NOT NULL
UNION ALL
SELECT 'complaint', t.reference, t.decided_at, t.id FROM complaint t WHERE t.listing = $1 AND t.status = 'decided'
ORDER BY published_at, reference
"""


async def entries_of(listing: Row) -> list[Entry]:
    """The notices that a published listing has by now, oldest first."""
    kind = call_kind(row_of(listing))
    versions, later_ones = await together(versions_of(listing["id"]), fetch(_LATER, listing["id"]))
    found = [
        Entry(kind.value, kind, listing["published_at"]),
        Entry(Kind.DOCUMENT.value, Kind.DOCUMENT, listing["published_at"]),
    ]
    found += [
        Entry(f"{Kind.CORRIGENDUM.value}-{v['number']}", Kind.CORRIGENDUM, v["published_at"], str(v["number"] - 1))
        for v in versions
        if v["number"] > 1
    ]
    ended = listing["ended_at"] is not None
    if ended and listing["status"] in (Status.FAILED, Status.CANCELLED):
        found.append(Entry(Kind.TERMINATION.value, Kind.TERMINATION, listing["ended_at"]))
    if ended and listing["status"] == Status.AWARDED:
        result = Kind.ADMISSION if is_framework(listing) else Kind.AWARD
        found.append(Entry(result.value, result, listing["ended_at"]))
    for row in later_ones:
        later = Kind(row["kind"])
        found.append(Entry(f"{later.value}-{row['reference']}", later, row["published_at"], row["reference"]))
    return sorted(found, key=lambda entry: entry.published_at)


async def check_may_read(listing: Row, slug: str, actor: Actor | None) -> None:
    """Finance's decision is for everybody (R-DISP-07), the rest of an invited tender for the invited until it is over.

    Raises Forbidden (R-METH-10).
    """
    if kind_of(slug) not in OF_FINANCE:
        await check_may_read_documents(listing, actor)


async def entry_of(listing: Row, slug: str) -> Entry:
    """One notice by its name in the address. Raises NotFound."""
    for entry in await entries_of(listing):
        if entry.slug == slug:
            return entry
    raise NotFound()


async def paper_of(listing: Row, entry: Entry, site: str) -> Paper:
    """What a notice says, in the reader's language; `site` is the address of this marketplace."""
    paper = await _written(listing, entry, site)
    address = f"{site}/listings/{listing['reference']}/notices/{entry.slug}"
    return _with(paper, address, "zh" if entry.kind == Kind.DOCUMENT else current_language.get())


def _with(paper: Paper, address: str, language: str) -> Paper:
    return Paper(**{**vars(paper), "address": address, "language": language})


async def _written(listing: Row, entry: Entry, site: str) -> Paper:
    address = f"{site}/listings/{listing['reference']}"
    match entry.kind:
        case Kind.TERMINATION:
            found: Paper = await termination_paper(listing)
            return found
        case Kind.CORRIGENDUM:
            return await corrigendum_paper(listing, int(entry.key) + 1)
        case Kind.DOCUMENT:
            return await document_paper(listing, address)
        case Kind.SINGLE_SOURCE:
            found = await single_source_paper(listing)
            return found
        case Kind.AWARD:
            return award(await _award_facts(listing))
        case Kind.ADMISSION:
            return admission_notice(await admission_facts(listing))
        case Kind.CONTRACT:
            return contract_notice(await _contract_facts(entry.key, listing))
        case Kind.ACCEPTANCE:
            return acceptance(await _acceptance_facts(entry.key, listing))
        case Kind.COMPLAINT:
            return complaint_notice(await complaint_facts(entry.key, listing, site))
        case _:
            return call(await listing_facts(listing, address))


async def _award_facts(listing: Row) -> AwardFacts:
    rows, facts, drawn, named, fee, recommended = await together(
        awards_of(listing["id"]), listing_facts(listing, ""), expert_names(listing["id"]),
        recorded_experts(listing["id"]), agency_fee(listing), recommended_of(listing),
    )  # fmt: skip
    return AwardFacts(
        reference=listing["reference"], title=facts.title, method=listing["method"],
        lots=tuple(_awarded(row) for row in rows if row["announced_at"]),
        experts=tuple(drawn or named),
        service=period(listing["service_from"], listing["service_to"]),
        standard=listing["requirement"], published_at=listing["ended_at"],
        notice_period=number("R-TIME-16", county_day(listing["published_at"])), buyer=facts.buyer,
        agency=facts.agency, agency_fee=fee, recommended=recommended,
    )  # fmt: skip


def _awarded(row: Row) -> AwardedLot:
    return AwardedLot(
        row["lot_number"], row["lot_title"], in_language(row, "item_name"),
        f"{formats.number(row['quantity'])} {row['unit']}", in_language(row, "provider_name"), row["address"],
        row["amount"], row["total_score"],
    )  # fmt: skip


async def _contract_facts(reference: str, listing: Row) -> ContractFacts:
    row = await contract_facts(reference, visible_to=None)
    offices, (address,) = await together(
        contacts_of([row["buyer"], row["provider_organisation"]]),
        fetch("SELECT address, contact FROM provider WHERE id = $1", row["provider"]),
    )
    quantity = row["quantity"]
    return ContractFacts(
        reference=reference, title=row["title"], listing_reference=listing["reference"],
        listing_title=in_language(listing, "title"), method=listing["method"],
        buyer=contact(in_language(row, "buyer_name"), offices.get(row["buyer"])),
        provider=Contact(in_language(row, "provider_name"), address["address"], ""),
        subject=row["lot_title"], standard=row["requirement"], quantity=f"{formats.number(quantity)} {row['unit']}",
        unit_price=row["amount"] if quantity == 1 else None, amount=row["amount"], service_from=row["service_from"],
        service_to=row["service_to"], place=in_language(row, "buyer_name"), signed_at=row["signed_at"],
        published_at=row["published_at"], terms_sha256=row["terms_sha256"],
    )  # fmt: skip


async def _acceptance_facts(reference: str, listing: Row) -> AcceptanceFacts:
    found = await fetch(
        "SELECT a.id, c.reference AS contract_reference FROM acceptance a JOIN contract c ON c.id = a.contract"
        " WHERE a.reference = $1",
        reference,
    )
    row = await acceptance_by_id(found[0]["id"])
    items, contract, heard = await together(
        items_of(row["id"]), _contract_facts(found[0]["contract_reference"], listing), heard_in_words(row)
    )
    return AcceptanceFacts(
        reference=reference, contract=contract,
        milestone=row["milestone_title"], amount=row["amount"], hours=formats_hours(row["minutes"]),
        findings=tuple(FindingFacts(i["requirement"], i["finding"], i["note"]) for i in items),
        opinions=row["opinions"] or _("没有记录。"), remarks=row["remarks"], accepted_by=row["accepted_by_name"],
        accepted_at=row["accepted_at"], heard=heard,
    )  # fmt: skip


def formats_hours(minutes: int) -> Any:
    """Approved minutes as hours with one decimal."""
    return round(minutes / MINUTES, 1)


# each dated row of a method and the form of its call, as columns
CALL_NOTICES = (
    [each.code for each in all_methods()], [call_kind(each).value for each in all_methods()],
    [each.effective_from for each in all_methods()], [each.effective_to for each in all_methods()],
)  # fmt: skip

# what was published and has no paper yet; the newest first, because somebody is looking for it
UNPRESSED = f"""
SELECT reference, slug, at FROM (
SELECT l.reference, w.slug, w.at FROM listing l JOIN LATERAL (
  SELECT c.slug, l.published_at AS at
    FROM unnest($5::text[], $6::text[], $7::date[], $8::date[]) AS c(method, slug, since, until)
    WHERE c.method = l.method AND l.rules_on >= c.since AND l.rules_on <= coalesce(c.until, 'infinity')
  UNION ALL SELECT 'document', coalesce((SELECT max(v.published_at) FROM listing_version v WHERE v.listing = l.id
                                         AND v.kind IN ('corrigendum', 'extension')), l.published_at)
  UNION ALL SELECT 'corrigendum-' || v.number, v.published_at FROM listing_version v
    WHERE v.listing = l.id AND v.number > 1
  UNION ALL SELECT 'termination', l.ended_at WHERE l.status IN ('failed', 'cancelled')
  UNION ALL SELECT 'award', l.ended_at WHERE l.status = 'awarded'
    AND l.method NOT IN ({quoted(codes_of_frameworks())})
  UNION ALL SELECT 'admission', l.ended_at WHERE l.status = 'awarded'
    AND l.method IN ({quoted(codes_of_frameworks(CLOSED))})
  UNION ALL SELECT 'contract-' || c.reference, c.published_at FROM contract c
    WHERE c.listing = l.id AND c.published_at IS NOT NULL
  UNION ALL SELECT 'acceptance-' || a.reference, a.accepted_at FROM acceptance a JOIN contract c ON c.id = a.contract
    WHERE c.listing = l.id AND c.published_at IS NOT NULL
  UNION ALL SELECT 'complaint-' || t.reference, t.decided_at FROM complaint t
    WHERE t.listing = l.id AND t.status = 'decided'
) w ON true
WHERE l.published_at IS NOT NULL AND w.at > $1
  AND NOT EXISTS (SELECT 1 FROM published_paper p WHERE p.subject = l.reference AND p.slug = w.slug
                  AND p.media_type = $3 AND p.published_at >= w.at)
  AND ($4::text IS NULL OR w.slug = $4)
UNION ALL SELECT l.reference, 'prequalification', q.published_at FROM prequalification q
  JOIN listing l ON l.id = q.listing
WHERE q.published_at > $1 AND $4::text IS NULL
  AND NOT EXISTS (SELECT 1 FROM published_paper p WHERE p.subject = l.reference AND p.slug = 'prequalification'
                  AND p.media_type = $3)
UNION ALL SELECT i.reference, 'intention', i.published_at FROM intention i
WHERE i.published_at > $1 AND $4::text IS NULL
  AND NOT EXISTS (SELECT 1 FROM published_paper p WHERE p.subject = i.reference AND p.slug = 'intention'
                  AND p.media_type = $3)
) due ORDER BY at DESC LIMIT $2
"""

NOT_PRESSED_YET = N_("PDF 正在生成，通常一分钟之内就有。")
