"""When sealed bids may be opened, how many are enough, and who may read what of an opening. All pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from catalogue.listings.methods import MethodRow, method_row
from catalogue.listings.rules import runs
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.kernel import rulebook
from marketplace.kernel.errors import Conflict, Forbidden, NotFound
from marketplace.kernel.i18n import N_, Sentence, say


class Outcome(StrEnum):
    """What came of a release."""

    WAITING = "waiting"
    OPENED = "opened"
    FAILED = "failed"


@dataclass(frozen=True)
class Least:
    """How many bids a lot needs, and the rule that says so."""

    count: int
    clause: str


def least_bids(method: str, on: date) -> Least:
    """The method's row says: tender 3 (R-BID-04), consultation for purchased services 2 (R-BID-08), selection 2."""
    key = method_row(method, on).least
    return Least(int(rulebook.number(key, on)), key.partition("/")[0])


def lots_with_enough(lots: Collection[UUID], least: Least) -> frozenset[UUID]:
    """The lots that are named often enough, once for each bid."""
    return frozenset(lot for lot in lots if sum(1 for other in lots if other == lot) >= least.count)


class EndedAt(StrEnum):
    """What left a lot with too few bids."""

    QUALIFIED = "qualified"
    CONFORMING = "conforming"
    VALID = "valid"


ENDED_WORDS: dict[EndedAt, str] = {
    EndedAt.QUALIFIED: N_("通过资格审查的只有 {left} 家，不足 {least} 家。这一包终止，不评审，也不确定供应商。"),
    EndedAt.CONFORMING: N_("作了实质性响应的只有 {left} 家，不足 {least} 家。这一包终止，不评分，也不确定供应商。"),
    EndedAt.VALID: N_("有效响应只有 {left} 家，不足 {least} 家。这一包终止，不确定供应商。"),
}


@dataclass(frozen=True)
class Judged:
    """How far one bid was judged; None: not yet."""

    lot: UUID
    is_qualified: bool | None
    is_conforming: bool | None


@dataclass(frozen=True)
class Ended:
    """A lot that has too few left."""

    lot: UUID
    stage: EndedAt
    left: int


def ended_lots(bids: Collection[Judged], least: Least) -> list[Ended]:
    """The lots of which every bid is judged and too few are left: qualified first, then conforming (R-BID-04)."""
    found = []
    for lot in dict.fromkeys(bid.lot for bid in bids):
        own = [bid for bid in bids if bid.lot == lot]
        if any(bid.is_qualified is None for bid in own):
            continue
        qualified = [bid for bid in own if bid.is_qualified]
        open_ = [bid for bid in qualified if bid.is_conforming is None]
        conforming = [bid for bid in qualified if bid.is_conforming]
        if len(qualified) < least.count:
            found.append(Ended(lot, EndedAt.QUALIFIED, len(qualified)))
        elif not open_ and len(conforming) < least.count:
            found.append(Ended(lot, EndedAt.CONFORMING, len(conforming)))
    return found


def too_few_bids(least: Least) -> Sentence:
    """Why a listing ends before anything is opened."""
    return say(N_("到截止时间，没有一个采购包收到 {least} 份有效投标，不开标。"), least=least.count)


def too_few_qualified(least: Least) -> Sentence:
    """Why a listing ends after the review."""
    return say(N_("通过资格审查的供应商不足 {least} 家，采购终止。"), least=least.count)


def too_few_conforming(least: Least) -> Sentence:
    """Why a listing ends after the review by the panel."""
    return say(N_("通过符合性审查的供应商不足 {least} 家，采购终止。"), least=least.count)


def too_few_valid(least: Least) -> Sentence:
    """Why a listing ends when results are computed."""
    return say(N_("有效响应不足 {least} 家，采购终止。"), least=least.count)


def too_few_final_prices(least: Least) -> Sentence:
    """Why a consultation ends after the final prices."""
    return say(N_("到截止时间，没有一个采购包收到 {least} 份最后报价，磋商终止。"), least=least.count)


def check_due(closes_at: datetime, now: datetime) -> None:
    """Nothing is opened before the deadline. Raises Conflict."""
    if now < closes_at:
        raise Conflict(N_("还没有到截止时间，任何人都不能开启。请在截止时间以后再来。"), clause="R-BID-01")


def check_may_review(listing: Mapping[str, Any], actor: Actor) -> None:
    """A buyer of the procuring unit who did not draft the listing. Raises Forbidden, NotFound for other units."""
    actor.check_may(Permission.REVIEW_QUALIFICATION)
    if actor.organisation_id != listing["procuring_unit"]:
        raise NotFound()
    if actor.person_id == listing["drafted_by"]:
        raise Forbidden(N_("这份公告是您起草的，不能由您审查。请本单位另一位同事审查。"), clause="R-ROLE-03")


def keeps_record(listing: Mapping[str, Any], actor: Actor) -> bool:
    """Those who keep the record of the opening: the unit's buyers, or its agency where that was entrusted."""
    if actor.organisation_id == listing["procuring_unit"]:
        return actor.may(Permission.REVIEW_QUALIFICATION)
    entrusted = runs(actor, listing, Entrusted.OPENING)
    return entrusted and actor.may(Permission.PUBLISH_CONFIRMED)


def could_be_read(technical_text: str, qualification_text: str, price: Decimal | None) -> bool:
    """A bid whose seal was broken left nothing behind; one with a bad attachment still has its words."""
    return bool(technical_text or qualification_text or price is not None)


@dataclass(frozen=True)
class Sight:
    """What a reader may see of an opening. `only` is the reader's own provider organisation."""

    names: bool = False
    prices: bool = False
    only: UUID | None = None


@dataclass(frozen=True)
class SightFacts:
    """What decides it. `is_opener`: named for this listing."""

    method: MethodRow
    is_closed: bool
    is_opened: bool
    is_final_opened: bool
    is_opener: bool
    is_own_unit: bool


def sight_of(facts: SightFacts, actor: Actor | None) -> Sight | None:
    """Nobody learns a name or a number before the deadline (R-COUNT-01); no prices in consultation (R-CONS-01).

    None: the page does not exist for this reader.
    """
    row = facts.method
    everything = actor is not None and actor.may(Permission.READ_EVERYTHING)
    if row.reads_prices and facts.is_opened:
        return Sight(names=True, prices=True)
    prices_out = facts.is_final_opened if row.final_price else facts.is_opened
    if facts.is_own_unit or everything:
        return Sight(names=facts.is_closed, prices=facts.is_closed and prices_out)
    if facts.is_opener:
        return Sight(names=facts.is_closed)
    if actor is not None and actor.may(Permission.BID) and facts.is_closed:
        return Sight(names=True, prices=facts.is_opened, only=actor.organisation_id)
    return None
