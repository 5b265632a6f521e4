"""What stands in a sealed bid: three parts, each canonical JSON, packed by the bidder's side and unpacked at opening.

The papers lie beside the technical part as raw files; the part lists their names, sizes and SHA-256 in that order. Bids
of the earlier forms carry them in the part itself, as base64, and are still read. What is unpacked was encrypted by
strangers: every field is checked for its type and size, and nothing is guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from marketplace.gateways.file_types import MEGABYTE
from vendors.bids import consortium, seals
from vendors.bids.consortium import Member
from vendors.bids.papers import (
    LARGEST_EARLIER_TECHNICAL,
    LARGEST_NAME,
    Attachment,
    Unsealer,
    listed_papers,
    papers_inside,
)  # fmt: skip
from vendors.bids.seals import Seal
from vendors.bids.strangers import ContentsBroken, a_list, a_text, the_fields

LARGEST_TEXT = 60_000
MOST_DECLARATIONS = 40
MOST_HOURS = 9_999_999
MOST_STAFF = 9_999
# what is stated as a count where hours are scored, and the most it may be
PROMISES = {"annual_hours": MOST_HOURS, "service_staff": MOST_STAFF}
LARGEST_PARTS = {
    "qualification": 2 * MEGABYTE,
    "technical": 2 * MEGABYTE,
    "price": 4096,
}
PARTS = tuple(LARGEST_PARTS)
WITH_PAPERS = "technical"  # the part that lists the papers, and to whose file key they are sealed
GRADES = ("excellent", "good", "fair", "poor")
_PRICE = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")
_UNIT_PRICE = re.compile(r"[0-9]{1,10}(\.[0-9]{1,4})?")
LARGEST_WORDS = 80
# what a price part may state besides the total of its opening schedule (R-EVAL-08)
_STATED = {"price_words", "unit_price", "body_total"}


@dataclass(frozen=True)
class PastPerformance:
    """A claimed evaluation: `evaluation_reference` names one of this county's own, else the paper proves it."""

    grade: str
    buyer: str
    evaluated_on: date
    document_name: str = ""
    evaluation_reference: str = ""


@dataclass(frozen=True)
class Stated:
    """What a bid states of its price besides the total in figures: all three may be left out (R-EVAL-08).

    The total in capitals, the price of one unit in yuan, and the total of the priced body in yuan.
    """

    in_words: str = ""
    unit_price: Decimal | None = None
    body_total: Decimal | None = None




@dataclass(frozen=True)
class BidContents:
    """Everything a bidder offers for a lot; annual hours and the people who work them only where scored (R-EVAL-12).

    Price in yuan; None in the first stage of a consultation (R-CONS-01).
    """

    declarations: Sequence[str] = ()
    qualification_text: str = ""
    past_performance: PastPerformance | None = None
    technical_text: str = ""
    annual_hours: int | None = None
    service_staff: int | None = None
    attachments: Sequence[Attachment] = field(default=())
    price: Decimal | None = None
    is_small_micro: bool = False
    stated: Stated = Stated()
    # the other members of a consortium that the bidder leads, and the name of their agreement among the attachments
    members: Sequence[Member] = field(default=())
    agreement: str = ""
    # a small or micro enterprise that a share of the work would be subcontracted to (R-SME-04)
    subcontract: Member | None = None
    # which paper carries the organisation's seal or electronic signature (R-RECORD-01); bids of before name none
    seal: Seal | None = None


def pack(contents: BidContents) -> dict[str, bytes]:
    """The three parts of a bid as they are sealed; the papers themselves are sealed beside them."""
    past = contents.past_performance
    qualification: dict[str, Any] = {
        "declarations": list(contents.declarations),
        "past_performance": None if past is None else {
            "grade": past.grade,
            "buyer": past.buyer,
            "evaluated_on": past.evaluated_on.isoformat(),
            "document_name": past.document_name,
            "evaluation_reference": past.evaluation_reference,
        },
        "text": contents.qualification_text,
    }  # fmt: skip
    if contents.members:
        qualification["consortium"] = consortium.as_json(contents.members, contents.agreement)
    technical: dict[str, Any] = {
        "text": contents.technical_text,
        "attachments": [{"name": a.name, "sha256": a.sha256, "size": a.size} for a in contents.attachments],
    }
    if contents.subcontract is not None:
        technical["subcontract"] = consortium.one_as_json(contents.subcontract)
    if contents.seal is not None:
        technical["seal"] = seals.as_json(contents.seal)
    promised = {name: getattr(contents, name) for name in PROMISES}
    technical |= {name: count for name, count in promised.items() if count is not None}
    parts = {"qualification": _canonical(qualification), "technical": _canonical(technical)}
    return parts | pack_final_price(contents.price, contents.is_small_micro, contents.stated)


def pack_final_price(price: Decimal | None, is_small_micro: bool, stated: Stated = Stated()) -> dict[str, bytes]:
    """The price part alone: what is sealed as a final price in a consultation."""
    content: dict[str, Any] = {"small_micro": is_small_micro}
    if price is not None:
        content["price"] = str(price)
    if stated.in_words:
        content["price_words"] = stated.in_words
    if stated.unit_price is not None:
        content["unit_price"] = str(stated.unit_price)
    if stated.body_total is not None:
        content["body_total"] = str(stated.body_total)
    return {"price": _canonical(content)}


def _canonical(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def unpack(parts: Mapping[str, bytes], papers: Sequence[Unsealer] | None) -> BidContents:
    """A bid from its opened parts. Raises ContentsBroken for anything that `pack` would not write.

    `papers`: how to get each paper that was sealed beside the parts; None for the earlier forms, with papers inside.
    """
    if set(parts) != set(PARTS):
        raise ContentsBroken("parts")
    if papers is not None and len(parts[WITH_PAPERS]) > LARGEST_PARTS[WITH_PAPERS]:
        raise ContentsBroken(WITH_PAPERS)
    qualification = _object(parts, "qualification", {"declarations", "past_performance", "text"}, {"consortium"})
    technical = _object(parts, "technical", {"text", "attachments"}, {*PROMISES, "subcontract", "seal"})
    listed = technical["attachments"]
    attachments = papers_inside(listed) if papers is None else listed_papers(listed, papers)
    price, is_small_micro, stated = unpack_final_price(parts)
    members, agreement = _consortium(qualification)
    return BidContents(
        declarations=tuple(
            a_text(each, "declarations", 400)
            for each in a_list(qualification["declarations"], "declarations", MOST_DECLARATIONS)
        ),
        qualification_text=a_text(qualification["text"], "qualification.text", LARGEST_TEXT),
        past_performance=_past_performance(qualification["past_performance"]),
        technical_text=a_text(technical["text"], "technical.text", LARGEST_TEXT),
        annual_hours=_count(technical, "annual_hours"),
        service_staff=_count(technical, "service_staff"),
        attachments=attachments,
        price=price,
        is_small_micro=is_small_micro,
        stated=stated,
        members=members,
        agreement=agreement,
        subcontract=_subcontract(technical),
        seal=seals.from_json(technical.get("seal")),
    )


def unpack_final_price(parts: Mapping[str, bytes]) -> tuple[Decimal | None, bool, Stated]:
    """Price in yuan (None: none was asked), the small-enterprise declaration, and what else is stated of the price.

    Raises ContentsBroken.
    """
    if "price" not in parts:
        raise ContentsBroken("parts")
    content = _object(parts, "price", {"small_micro"}, {"price", *_STATED})
    if not isinstance(content["small_micro"], bool):
        raise ContentsBroken("small_micro")
    stated = Stated(
        a_text(content.get("price_words", ""), "price_words", LARGEST_WORDS),
        _price(content["unit_price"], "unit_price", _UNIT_PRICE, 4) if "unit_price" in content else None,
        _price(content["body_total"], "body_total") if "body_total" in content else None,
    )
    return (_price(content["price"]) if "price" in content else None), content["small_micro"], stated


def _object(parts: Mapping[str, bytes], name: str, needed: set[str], allowed: set[str] | None = None) -> dict[str, Any]:
    if len(parts[name]) > (LARGEST_EARLIER_TECHNICAL if name == WITH_PAPERS else LARGEST_PARTS[name]):
        raise ContentsBroken(name)
    try:
        content = json.loads(parts[name], object_pairs_hook=_no_doubles)
    except (ValueError, RecursionError) as broken:
        raise ContentsBroken(name) from broken
    return the_fields(content, name, needed, allowed)


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # a name said twice would read differently in different readers
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name is said twice")
    return dict(pairs)


def _price(value: Any, place: str = "price", written: re.Pattern[str] = _PRICE, places: int = 2) -> Decimal:
    if not isinstance(value, str) or not written.fullmatch(value):
        raise ContentsBroken(place)
    try:
        return Decimal(value).quantize(Decimal(1).scaleb(-places))
    except InvalidOperation as broken:
        raise ContentsBroken(place) from broken


def _count(part: dict[str, Any], name: str) -> int | None:
    if name not in part:
        return None
    value = part[name]
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= PROMISES[name]:
        raise ContentsBroken(name)
    return value


def _consortium(qualification: dict[str, Any]) -> tuple[tuple[Member, ...], str]:
    if "consortium" not in qualification:
        return (), ""
    try:
        return consortium.from_json(qualification["consortium"])
    except ValueError as broken:
        raise ContentsBroken("consortium") from broken


def _subcontract(technical: dict[str, Any]) -> Member | None:
    if "subcontract" not in technical:
        return None
    try:
        return consortium.one_from_json(technical["subcontract"])
    except ValueError as broken:
        raise ContentsBroken("subcontract") from broken


def _past_performance(value: Any) -> PastPerformance | None:
    if value is None:
        return None
    place = "past_performance"
    claim = the_fields(value, place, {"grade", "buyer", "evaluated_on", "document_name"}, {"evaluation_reference"})
    if claim["grade"] not in GRADES:
        raise ContentsBroken(place)
    try:
        evaluated_on = date.fromisoformat(a_text(claim["evaluated_on"], place, 10))
    except ValueError as broken:
        raise ContentsBroken(place) from broken
    return PastPerformance(
        grade=claim["grade"],
        buyer=a_text(claim["buyer"], place, LARGEST_NAME),
        evaluated_on=evaluated_on,
        document_name=a_text(claim["document_name"], place, LARGEST_NAME),
        evaluation_reference=a_text(claim.get("evaluation_reference", ""), place, 40),
    )


