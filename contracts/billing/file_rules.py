"""What an invoice's own file says, and where it differs from what was typed. Pure."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from marketplace.kernel.characters import narrowed
from marketplace.kernel.i18n import N_

# the elements of a fully digitalized e-invoice (数电票), and what other issuers call them; compared in small letters
_NUMBER = ("invoicenumber", "fphm", "invoiceno")
_AMOUNT = ("totaltax-includedamount", "totaltaxincludedamount", "taxinclusivetotalamount", "jshj")
_ISSUED = ("issuetime", "issuedate", "kprq")
_SELLER = ("selleridnum", "sellertaxid", "xsfnsrsbh")
_BUYER = ("buyername", "gmfmc")

# more digits than any amount has would be a number nobody can show
_AMOUNT_WRITTEN = re.compile(r"-?[0-9][0-9,]{0,14}(?:\.[0-9]{1,2})?")
_DIGITS = re.compile(r"(?<![0-9])[0-9]{20}(?![0-9])")
_CODE = re.compile(r"(?<![0-9A-Z])[0-9]{2}[0-9A-HJ-NPQRTUWXY]{16}(?![0-9A-Z])")
_YUAN = re.compile(r"[¥￥]\s*-?\s*([0-9][0-9,]*\.[0-9]{2})(?![0-9])")
_DAY = re.compile(r"(20[0-9]{2})\s*(?:年|[-/.])\s*([01]?[0-9])\s*(?:月|[-/.])\s*([0-3]?[0-9])")
MOST_SHOWN = 3


@dataclass(frozen=True)
class Carried:
    """What a file says: numbers, amounts (yuan), days, the sellers' codes and the buyers' names found in it.

    `is_exact`: fields of an XML; otherwise whatever the words of a paper hold.
    """

    is_exact: bool = False
    numbers: frozenset[str] = frozenset()
    amounts: frozenset[Decimal] = frozenset()
    days: frozenset[date] = frozenset()
    sellers: frozenset[str] = frozenset()
    buyers: frozenset[str] = frozenset()

    @property
    def says_nothing(self) -> bool:
        """A picture, or a paper without words."""
        return not (self.numbers or self.amounts or self.days or self.sellers or self.buyers)


@dataclass(frozen=True)
class Typed:
    """What was typed of an invoice or a credit note, and its two sides as they are registered here."""

    number: str
    amount: Decimal
    issued_on: date
    seller: str
    buyer: str


@dataclass(frozen=True)
class Difference:
    """One thing that differs: in which field it was typed, in whose words, and what stands in the file."""

    field: str
    label: str
    typed: str
    in_file: str
    is_refused: bool


def read_xml(content: bytes) -> Carried:
    """The fields of an XML; nothing where it is none, or where it declares a document type of its own."""
    if re.search(rb"<!(?:DOCTYPE|ENTITY)", content, re.IGNORECASE):
        return Carried()
    try:
        root = ET.fromstring(content)  # noqa: S314 - a document type was refused, so no entity can unfold
    except (ET.ParseError, ValueError, LookupError):
        return Carried()
    said: dict[str, str] = {}
    for each in root.iter():
        if isinstance(each.tag, str) and (each.text or "").strip():
            said.setdefault(each.tag.rsplit("}", 1)[-1].lower(), (each.text or "").strip())
    found = Carried(
        True, _of(said, _NUMBER), frozenset(_amounts(_of(said, _AMOUNT))),
        frozenset(day for each in _of(said, _ISSUED) for day in _days(each)), _of(said, _SELLER), _of(said, _BUYER),
    )  # fmt: skip
    return Carried() if found.says_nothing else found


def read_words(words: str) -> Carried:
    """What the words of a paper hold that looks like an invoice's; the file may say the same things twice."""
    plain = narrowed(words)
    return Carried(
        False, frozenset(_DIGITS.findall(plain)), frozenset(_amounts(_YUAN.findall(words.replace("￥", "¥")))),
        frozenset(_days(plain)), frozenset(_CODE.findall(plain.upper())),
    )  # fmt: skip


def _of(said: dict[str, str], names: Iterable[str]) -> frozenset[str]:
    return frozenset(said[name] for name in names if name in said)


def _amounts(texts: Iterable[str]) -> Iterable[Decimal]:
    for each in texts:
        # a credit note carries its amount with a minus, here it is typed without
        if _AMOUNT_WRITTEN.fullmatch(each.strip()):
            yield abs(Decimal(each.replace(",", "").strip()))


def _days(text: str) -> Iterable[date]:
    for year, month, day in _DAY.findall(text):
        try:
            yield date(int(year), int(month), int(day))
        except ValueError:
            continue


def compact(name: str) -> str:
    """A name without spaces and in half width, for comparing."""
    return re.sub(r"\s+", "", narrowed(name)).upper()


def differences(carried: Carried, typed: Typed) -> list[Difference]:
    """Where a file says something else than was typed (only of what it says at all).

    Another number or another seller in an XML is another invoice and refused; everything else is shown, and whoever
    hands the invoice in confirms it.
    """
    exact, found = carried.is_exact, []
    if carried.numbers and typed.number not in carried.numbers:
        shown = _shown(carried.numbers)
        found.append(Difference("number", N_("发票号码"), typed.number, shown, exact))
    if carried.amounts and typed.amount not in carried.amounts:
        # a paper states parts, tax and total: the largest is the total
        most = f"{max(carried.amounts):.2f}"
        found.append(Difference("amount", N_("发票金额"), f"{typed.amount:.2f}", most, is_refused=False))
    if carried.days and typed.issued_on not in carried.days:
        shown = _shown(day.isoformat() for day in carried.days)
        found.append(Difference("issued_on", N_("开票日期"), typed.issued_on.isoformat(), shown, is_refused=False))
    if carried.sellers and typed.seller not in {each.upper() for each in carried.sellers}:
        found.append(Difference("file", N_("销售方税号"), typed.seller, _shown(carried.sellers), exact))
    if carried.buyers and compact(typed.buyer) not in {compact(each) for each in carried.buyers}:
        found.append(Difference("file", N_("购买方名称"), typed.buyer, _shown(carried.buyers), is_refused=False))
    return found


def _shown(found: Iterable[str]) -> str:
    return "、".join(sorted(found)[:MOST_SHOWN])


def in_words(found: Iterable[Difference]) -> str:
    """The differences as they are kept with the file; Chinese like what was typed."""
    return "；".join(f"{each.label}：填写 {each.typed}，文件 {each.in_file}" for each in found)[:500]
