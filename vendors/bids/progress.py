"""How far a draft has come, and what it says when it is sealed. All pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from marketplace.kernel.i18n import N_
from vendors.bids.contents import BidContents, PastPerformance, Stated
from vendors.bids.draft_box import Draft
from vendors.bids.papers import Attachment
from vendors.bids.rules import DECLARATIONS, PriceTerms, asks_price, price_in_first_stage
from vendors.bids.seals import Seal


class Task(StrEnum):
    """The parts of a bid, in order."""

    ELIGIBILITY = "eligibility"
    QUALIFICATION = "qualification"
    TECHNICAL = "technical"
    PRICE = "price"


TASK_LABELS: dict[Task, str] = {
    Task.ELIGIBILITY: N_("能不能参加"),
    Task.QUALIFICATION: N_("资格部分"),
    Task.TECHNICAL: N_("商务技术部分"),
    Task.PRICE: N_("报价部分"),
}


@dataclass(frozen=True)
class OwnRecord:
    """The county's own evaluation of the bidder, filled in by itself."""

    grade: str
    buyer: str
    evaluated_on: date
    evaluation_reference: str


@dataclass(frozen=True)
class Asked:
    """What this lot asks of this bidder."""

    terms: PriceTerms
    has_exclusions: bool
    asks_past_performance: bool
    own_record: OwnRecord | None
    may_be_small: bool
    # where annual hours are scored: what one person may work a year at most (R-EVAL-12)
    hours_per_person: Decimal | None = None
    # where a share for a small enterprise is deducted: the most that may be subcontracted, in percent (R-SME-04)
    most_subcontract: Decimal | None = None


def finished(draft: Draft, asked: Asked) -> dict[Task, bool]:
    """Which parts are done."""
    past_done = not asked.asks_past_performance or asked.own_record is not None or _past_is_answered(draft)
    price_done = draft.price is not None if asks_price(asked.terms) else draft.price_is_answered
    return {
        Task.ELIGIBILITY: not asked.has_exclusions or draft.acknowledged,
        Task.QUALIFICATION: draft.declares and past_done and has_agreement(draft),
        Task.TECHNICAL: bool(draft.technical_text or any(not p.is_proof for p in draft.papers))
        and (asked.hours_per_person is None or None not in (draft.annual_hours, draft.service_staff)),
        Task.PRICE: price_done or (not asks_price(asked.terms) and not asked.may_be_small),
    }


def has_agreement(draft: Draft) -> bool:
    """A consortium has its agreement among the papers (R-ROLE-12)."""
    return not draft.members or any(paper.name == draft.agreement for paper in draft.papers)


def named_seal(draft: Draft) -> Seal | None:
    """Which paper carries the seal, as long as it is still among the papers (R-RECORD-01)."""
    return draft.seal if draft.seal and draft.seal.paper in {paper.name for paper in draft.papers} else None


def _past_is_answered(draft: Draft) -> bool:
    proved = any(p.is_proof for p in draft.papers)
    return draft.past_is_answered and (draft.past_claim is None or proved)


def contents_of(draft: Draft, asked: Asked, attachments: Sequence[Attachment]) -> BidContents:
    """What is sealed: the draft as it stands, with the county's own evaluation and the printed price filled in."""
    return BidContents(
        declarations=DECLARATIONS if draft.declares else (),
        qualification_text=draft.qualification_text,
        past_performance=_past_performance(draft, asked),
        technical_text=draft.technical_text,
        annual_hours=draft.annual_hours if asked.hours_per_person else None,
        service_staff=draft.service_staff if asked.hours_per_person else None,
        attachments=tuple(attachments),
        price=price_in_first_stage(asked.terms, draft.price),
        is_small_micro=draft.is_small_micro and asked.may_be_small,
        stated=_stated(draft) if asks_price(asked.terms) and asked.terms.quantity else Stated(),
        members=draft.members,
        agreement=draft.agreement if draft.members else "",
        subcontract=draft.subcontract if asked.most_subcontract and not draft.members else None,
        seal=named_seal(draft),
    )


def _stated(draft: Draft) -> Stated:
    return Stated(in_words=draft.price_words, unit_price=draft.unit_price)


def _past_performance(draft: Draft, asked: Asked) -> PastPerformance | None:
    if not asked.asks_past_performance:
        return None
    if own := asked.own_record:
        return PastPerformance(own.grade, own.buyer, own.evaluated_on, "", own.evaluation_reference)
    if claim := draft.past_claim:
        proof = next((p.name for p in draft.papers if p.is_proof), "")
        return PastPerformance(claim.grade, claim.buyer, claim.evaluated_on, proof)
    return None
