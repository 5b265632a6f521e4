"""Write down what a sealed bid said: columns, papers, or why it could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.listings.methods import compares_statements, row_of
from catalogue.listings.queries import lots as lots_of
from evaluations.opening.consortia import enter_members, keep_small_share, keep_small_subcontract
from evaluations.opening.seeing import FilesSeen
from evaluations.opening.tables import OpenedAttachment, OpenedBid
from evaluations.signs.files import ReadingTime
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import NewDocument, enter_opened_document
from marketplace.gateways.file_types import FileRefused
from marketplace.gateways.files import DocumentStore
from marketplace.kernel.db import execute, fetchrow, insert
from marketplace.kernel.i18n import N_, say
from vendors.bids.contents import BidContents, Stated
from vendors.bids.queries import SealedBid, own_record
from vendors.providers.rules import may_declare_small_micro
from vendors.standing.queries import Standing


@dataclass(frozen=True)
class Writer:
    """Writes the bids of one listing inside the opening's transaction."""

    listing: dict[str, Any]
    documents: DocumentStore
    actor: Actor
    now: datetime
    # whether annual service hours are scored: what nobody asked for is no promise and is not kept (R-EVAL-12)
    asks_hours: bool
    reading: ReadingTime = field(default_factory=ReadingTime)

    async def write(self, bid: SealedBid, contents: BidContents, seen: FilesSeen) -> UUID:
        """A bid that could be read; `seen` looks at its papers on their way. Raises PaperBroken, SealBroken."""
        declared = "\n".join(f"· {each}" for each in contents.declarations)
        facts = await _provider(bid.provider)
        opened: UUID = await insert(
            OpenedBid, bid=bid.id, lot=bid.lot, provider=bid.provider, opened_at=self.now,
            qualification_text="\n\n".join(t for t in (contents.qualification_text, declared) if t),
            technical_text=contents.technical_text,
            annual_hours=contents.annual_hours if self.asks_hours else None,
            service_staff=contents.service_staff if self.asks_hours else None,
            # a price in the first stage of a consultation was never asked for and is not kept (R-CONS-01)
            price=None if row_of(self.listing).final_price else contents.price,
            **({} if row_of(self.listing).final_price else self._stated(contents.stated)),
            is_small_micro=contents.is_small_micro and may_declare_small_micro(facts["legal_form"]),
            consortium_agreement=contents.agreement, **_subcontracted(contents), **_sealed_with(contents),
            **await self._past_performance(bid, contents),
        )  # fmt: skip
        await enter_members(opened, contents.members)
        await keep_small_share(opened)
        await keep_small_subcontract(opened)
        for paper in contents.attachments:
            with await paper.open() as file:
                await seen.look_at(paper, file)
                entered = await self._enter(opened, NewDocument(paper.name, file, organisation=facts["organisation"]))
            if entered and contents.seal and contents.seal.paper == paper.name:
                await execute("UPDATE opened_bid SET seal_document = $2 WHERE id = $1", opened, entered)
        return opened

    async def write_fault(self, bid: SealedBid, fault: str) -> UUID:
        """A bid that could not be read; the others go on."""
        opened: UUID = await insert(
            OpenedBid, bid=bid.id, lot=bid.lot, provider=bid.provider, fault=fault, opened_at=self.now
        )
        return opened

    async def write_final(
        self, bid: SealedBid, price: Decimal | None, is_small_micro: bool, stated: Stated
    ) -> None:
        """The final price goes to the bid of the same provider for the same lot."""
        facts = await _provider(bid.provider)
        await execute(
            "UPDATE opened_bid SET final_price = $3, is_small_micro = is_small_micro OR $4, price_words = $5,"
            " unit_price = $6, body_total = $7 WHERE lot = $1 AND provider = $2",
            bid.lot, bid.provider, price, is_small_micro and may_declare_small_micro(facts["legal_form"]),
            *(self._stated(stated) or {"price_words": "", "unit_price": None, "body_total": None}).values(),
        )  # fmt: skip

    def _stated(self, stated: Stated) -> dict[str, Any]:
        """What nobody compares is not kept: elsewhere the price in figures is the only one (R-EVAL-08)."""
        if not compares_statements(self.listing):
            return {}
        return {
            "price_words": stated.in_words.strip(), "unit_price": stated.unit_price, "body_total": stated.body_total
        }  # fmt: skip

    async def write_final_fault(self, bid: SealedBid, fault: str) -> None:
        """A final price that could not be read counts as none."""
        await execute("UPDATE opened_bid SET fault = $3 WHERE lot = $1 AND provider = $2", bid.lot, bid.provider, fault)

    async def _past_performance(self, bid: SealedBid, contents: BidContents) -> dict[str, Any]:
        """The claim, or this county's own record where the bidder names it or claims nothing (R-PERF-08)."""
        if self.listing["past_performance_form"] == "none":
            return {}
        claim, form = contents.past_performance, self.listing["past_performance_form"]
        if claim is not None and not claim.evaluation_reference and form != "county_standing":
            return {
                "past_grade": claim.grade, "past_buyer": claim.buyer, "past_evaluated_on": claim.evaluated_on,
                "past_evidence": claim.document_name,
            }  # fmt: skip
        lot = next(each for each in await lots_of(self.listing["id"]) if each["id"] == bid.lot)
        own = await own_record(bid.provider, lot, self.listing["closes_at"])
        return {} if own is None else _from_record(own, claim.buyer if claim else "")

    async def _enter(self, opened: UUID, new: NewDocument) -> UUID | None:
        try:
            document = await enter_opened_document(new, self.documents, self.actor, self.now)
        except FileRefused:
            refused = say(N_("附件“{name}”的内容和文件名不符，没有取出。"), name=new.name).text("zh")
            await execute("UPDATE opened_bid SET fault = fault || $2 WHERE id = $1", opened, refused)
            return None
        await insert(OpenedAttachment, opened_bid=opened, document=document)
        return document


def _subcontracted(contents: BidContents) -> dict[str, Any]:
    if contents.subcontract is None:
        return {}
    named = contents.subcontract
    return {
        "subcontract_code": named.credit_code, "subcontract_name": named.name, "subcontract_share": named.share
    }  # fmt: skip


def _sealed_with(contents: BidContents) -> dict[str, Any]:
    return {} if contents.seal is None else {"seal_kind": contents.seal.kind, "seal_paper": contents.seal.paper}


def _from_record(own: Standing, buyer: str) -> dict[str, Any]:
    return {
        "past_grade": own.grade, "past_buyer": buyer, "past_evaluated_on": own.counts_from,
        "past_evidence": own.evaluation_reference, "past_from_record": True,
    }  # fmt: skip


async def _provider(provider: UUID) -> dict[str, Any]:
    row = await fetchrow("SELECT organisation, legal_form FROM provider WHERE id = $1", provider)
    assert row is not None
    return dict(row)
