"""What stands in a sealed bid: three parts, each canonical JSON, packed by the bidder's side and unpacked at opening.

What is unpacked was encrypted by strangers: every field is checked for its type and size, and nothing is guessed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_
from vendors.bids import consortium
from vendors.bids.consortium import Member

MEGABYTE = 1024 * 1024
MOST_ATTACHMENTS = 20
LARGEST_ATTACHMENTS = 50 * MEGABYTE
LARGEST_TEXT = 60_000
LARGEST_NAME = 200
MOST_DECLARATIONS = 40
MOST_HOURS = 9_999_999
MOST_STAFF = 9_999
# what is stated as a count where hours are scored, and the most it may be
PROMISES = {"annual_hours": MOST_HOURS, "service_staff": MOST_STAFF}
LARGEST_PARTS = {
    "qualification": 2 * MEGABYTE,
    "technical": 70 * MEGABYTE,  # base64 adds a third
    "price": 4096,
}
PARTS = tuple(LARGEST_PARTS)
GRADES = ("excellent", "good", "fair", "poor")
# PostgreSQL stores no NUL, and half a surrogate pair cannot be written at all
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_PRICE = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")
_UNIT_PRICE = re.compile(r"[0-9]{1,10}(\.[0-9]{1,4})?")
LARGEST_WORDS = 80
# what a price part may state besides the total of its opening schedule (R-EVAL-08)
_STATED = {"price_words", "unit_price", "body_total"}


class ContentsBroken(DomainError):
    """The opened bytes are not a bid as this marketplace packs it."""

    def __init__(self, place: str) -> None:
        message = N_("打开后的内容不是规定的格式（{place}），不能读取。请按无法开启记录。")
        super().__init__(message, "R-BID-06", place=place)


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
class Attachment:
    """A paper inside the sealed bid."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Proves the paper."""
        return hashlib.sha256(self.content).hexdigest()


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


def pack(contents: BidContents) -> dict[str, bytes]:
    """The three parts of a bid as they are sealed."""
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
        "attachments": [
            {"name": a.name, "sha256": a.sha256, "base64": base64.b64encode(a.content).decode()}
            for a in contents.attachments
        ],
    }
    if contents.subcontract is not None:
        technical["subcontract"] = consortium.one_as_json(contents.subcontract)
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


def unpack(parts: Mapping[str, bytes]) -> BidContents:
    """A bid from its opened parts. Raises ContentsBroken for anything that `pack` would not write."""
    if set(parts) != set(PARTS):
        raise ContentsBroken("parts")
    qualification = _object(parts, "qualification", {"declarations", "past_performance", "text"}, {"consortium"})
    technical = _object(parts, "technical", {"text", "attachments"}, {*PROMISES, "subcontract"})
    price, is_small_micro, stated = unpack_final_price(parts)
    members, agreement = _consortium(qualification)
    return BidContents(
        declarations=tuple(
            _text(each, "declarations", 400)
            for each in _list(qualification["declarations"], "declarations", MOST_DECLARATIONS)
        ),
        qualification_text=_text(qualification["text"], "qualification.text", LARGEST_TEXT),
        past_performance=_past_performance(qualification["past_performance"]),
        technical_text=_text(technical["text"], "technical.text", LARGEST_TEXT),
        annual_hours=_count(technical, "annual_hours"),
        service_staff=_count(technical, "service_staff"),
        attachments=_attachments(technical["attachments"]),
        price=price,
        is_small_micro=is_small_micro,
        stated=stated,
        members=members,
        agreement=agreement,
        subcontract=_subcontract(technical),
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
        _text(content.get("price_words", ""), "price_words", LARGEST_WORDS),
        _price(content["unit_price"], "unit_price", _UNIT_PRICE, 4) if "unit_price" in content else None,
        _price(content["body_total"], "body_total") if "body_total" in content else None,
    )
    return (_price(content["price"]) if "price" in content else None), content["small_micro"], stated


def _object(parts: Mapping[str, bytes], name: str, needed: set[str], allowed: set[str] | None = None) -> dict[str, Any]:
    if len(parts[name]) > LARGEST_PARTS[name]:
        raise ContentsBroken(name)
    try:
        content = json.loads(parts[name], object_pairs_hook=_no_doubles)
    except (ValueError, RecursionError) as broken:
        raise ContentsBroken(name) from broken
    return _fields(content, name, needed, allowed)


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # a name said twice would read differently in different readers
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name is said twice")
    return dict(pairs)


def _fields(content: Any, place: str, needed: set[str], allowed: set[str] | None = None) -> dict[str, Any]:
    if not isinstance(content, dict) or not needed <= set(content) <= needed | (allowed or set()):
        raise ContentsBroken(place)
    return content


def _list(value: Any, place: str, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise ContentsBroken(place)
    return value


def _text(value: Any, place: str, most: int) -> str:
    if not isinstance(value, str) or len(value) > most or _UNSTORABLE.search(value):
        raise ContentsBroken(place)
    return value


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
    claim = _fields(value, place, {"grade", "buyer", "evaluated_on", "document_name"}, {"evaluation_reference"})
    if claim["grade"] not in GRADES:
        raise ContentsBroken(place)
    try:
        evaluated_on = date.fromisoformat(_text(claim["evaluated_on"], place, 10))
    except ValueError as broken:
        raise ContentsBroken(place) from broken
    return PastPerformance(
        grade=claim["grade"],
        buyer=_text(claim["buyer"], place, LARGEST_NAME),
        evaluated_on=evaluated_on,
        document_name=_text(claim["document_name"], place, LARGEST_NAME),
        evaluation_reference=_text(claim.get("evaluation_reference", ""), place, 40),
    )


def _attachments(value: Any) -> tuple[Attachment, ...]:
    found, total = [], 0
    for each in _list(value, "attachments", MOST_ATTACHMENTS):
        raw = _fields(each, "attachments", {"name", "sha256", "base64"})
        name, digest = _text(raw["name"], "attachments", LARGEST_NAME), _text(raw["sha256"], "attachments", 64)
        try:
            content = base64.b64decode(_text(raw["base64"], "attachments", LARGEST_PARTS["technical"]), validate=True)
        except (binascii.Error, ValueError) as broken:
            raise ContentsBroken("attachments") from broken
        attachment, total = Attachment(name, content), total + len(content)
        if not name or not _DIGEST.fullmatch(digest) or attachment.sha256 != digest or total > LARGEST_ATTACHMENTS:
            raise ContentsBroken("attachments")
        found.append(attachment)
    return tuple(found)
