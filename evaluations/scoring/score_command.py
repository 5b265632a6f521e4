"""`marketplace score FILE.json`: scores and ranks offers on paper, without database or server."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from catalogue.scoring.price import LowPriceLimits, highest_low_price_limit, low_price_limits
from catalogue.scoring.ranking import Method, Offer, ScoredOffer, ScoringTerms, reason_sentence, score_offers
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_, Sentence, current_language, say

FULL_MARK = Decimal(100)
MOST_PLACES = 6
# The day the low price rule began: a machine whose clock stands earlier must not lose the review.
EARLIEST_DAY = date(2026, 2, 1)
FILE_FIELDS = frozenset(
    {
        "method", "price_weight", "rounding", "small_micro_deduction", "consortium_deduction",
        "ceiling", "budget", "bids", "on", "low_price",
    }
)  # fmt: skip
# whose price is lessened, in the order of what is deducted: a small enterprise itself, then those that share with one
SHARERS = ("small_consortium", "small_subcontract")
BID_FIELDS = frozenset({"bidder", "price", "small_micro", *SHARERS, "other_score", "technical_score"})
LONE_SURROGATE = re.compile("[\ud800-\udfff]")  # JSON can write half a character; no output can
LOW_PRICE_FIELDS = ("mean", "next_lowest", "ceiling")


class BadInput(Exception):
    """The file cannot be scored; one sentence for each mistake, beginning with the field."""

    def __init__(self, mistakes: Sequence[tuple[str, Sentence]]) -> None:
        super().__init__("; ".join(f"{field}: {sentence.text('en')}" for field, sentence in mistakes))
        self.mistakes = list(mistakes)


@dataclass(frozen=True)
class Kind:
    """A kind of number in the file: how it is written, and what is said when it is not."""

    pattern: re.Pattern[str]
    sentence: str


MONEY = Kind(
    re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?"),
    N_('金额要写成不带正负号、最多两位小数的数，例如 "505000.00"。'),
)
POINTS = Kind(
    re.compile(r"[0-9]{1,3}(\.[0-9]{1,10})?"),
    N_('要写成 0 到 100 之间的数，例如 "70.5"。'),
)


class Reader:
    """Reads the fields of a file and remembers every mistake with its path."""

    def __init__(self) -> None:
        self.mistakes: list[tuple[str, Sentence]] = []
        self.unknown: list[str] = []

    def refuse(self, path: str, message: str, **values: object) -> None:
        """Note a mistake beside its field."""
        self.mistakes.append((path, say(message, **values)))

    def note_unknown(self, row: dict[str, object], known: frozenset[str], prefix: str = "") -> None:
        """A misspelt optional field would change the result in silence, so it is named."""
        self.unknown += [prefix + name for name in row if name not in known]

    def number(self, path: str, value: object, kind: Kind) -> Decimal | None:
        """A number written as a string, or None with a mistake noted."""
        if not isinstance(value, str):
            self.refuse(path, N_('数要写成带引号的文字，例如 "505000.00"。'))
            return None
        number = Decimal(value) if kind.pattern.fullmatch(value) else None
        if number is None or (kind is POINTS and number > FULL_MARK):
            self.refuse(path, kind.sentence)
            return None
        return number

    def optional(self, row: dict[str, object], prefix: str, name: str, kind: Kind) -> Decimal | None:
        """A number that may be null or absent."""
        value = row.get(name)
        return None if value is None else self.number(prefix + name, value, kind)

    def required(self, row: dict[str, object], prefix: str, name: str, kind: Kind) -> Decimal | None:
        """A number that must be there."""
        if row.get(name) is None:
            self.refuse(prefix + name, N_("必须填写。"))
            return None
        return self.number(prefix + name, row[name], kind)

    def positive_money(self, row: dict[str, object], prefix: str, name: str) -> Decimal | None:
        """An amount above zero that may be null or absent."""
        amount = self.optional(row, prefix, name, MONEY)
        if amount is not None and not amount:
            self.refuse(prefix + name, N_("金额必须大于 0。"))
            return None
        return amount


def read_input(content: object) -> tuple[ScoringTerms, list[Offer], list[str]]:
    """Terms, offers and the names of unknown fields. Raises BadInput with every mistake."""
    reader = Reader()
    if not isinstance(content, dict):
        raise BadInput([("FILE", say(N_("文件内容要是一个 JSON 对象。")))])
    reader.note_unknown(content, FILE_FIELDS)
    terms = _read_terms(reader, content)
    offers = _read_bids(reader, content.get("bids"))
    if reader.mistakes:
        raise BadInput(reader.mistakes)
    return terms, offers, reader.unknown


def _read_terms(reader: Reader, content: dict[str, object]) -> ScoringTerms:
    method = content.get("method", Method.TENDER)
    if method not in list(Method):
        reader.refuse("method", N_('只能是 "tender"（招标）或 "consultation"（磋商）。'))
        method = Method.TENDER
    rounding = content.get("rounding", 2)
    if not isinstance(rounding, int) or isinstance(rounding, bool) or not 0 <= rounding <= MOST_PLACES:
        reader.refuse("rounding", N_("要写成 0 到 {most} 之间的整数。"), most=MOST_PLACES)
        rounding = 2
    deductions = [_read_deduction(reader, content, name) for name in ("small_micro_deduction", "consortium_deduction")]
    return ScoringTerms(
        method=Method(str(method)),
        price_weight=reader.required(content, "", "price_weight", POINTS) or Decimal(0),
        rounding=rounding,
        deduction=deductions[0],
        consortium_deduction=deductions[1],
        ceiling=reader.positive_money(content, "", "ceiling"),
        budget=reader.positive_money(content, "", "budget"),
        limits=_read_limits(reader, content),
    )


def _read_deduction(reader: Reader, content: dict[str, object], name: str) -> Decimal:
    """Percent, 0 where the file says nothing (R-SME-04)."""
    deduction = reader.optional(content, "", name, POINTS)
    if deduction == FULL_MARK:
        reader.refuse(name, N_("扣除比例要小于 100。"))
    return deduction or Decimal(0)


def _read_limits(reader: Reader, content: dict[str, object]) -> LowPriceLimits | None:
    """The limits of the day, raised where the file says so (R-LOW-02)."""
    on = _read_day(reader, content.get("on"))
    limits = low_price_limits(on)
    raised = content.get("low_price")
    if raised is None or limits is None:
        return limits
    if not isinstance(raised, dict):
        reader.refuse("low_price", N_("要写成一个对象，例如 {example}。"), example='{"mean":"60"}')
        return limits
    reader.note_unknown(raised, frozenset(LOW_PRICE_FIELDS), "low_price.")
    most = highest_low_price_limit(on)
    for name in LOW_PRICE_FIELDS:
        percent = reader.optional(raised, "low_price.", name, POINTS)
        least: Decimal = getattr(limits, name)
        if percent is None:
            continue
        if not least <= percent <= most:
            reader.refuse(f"low_price.{name}", N_("要在 {least} 到 {most} 之间（R-LOW-02）。"), least=least, most=most)
            continue
        limits = replace(limits, **{name: percent})
    return limits


def _read_day(reader: Reader, value: object) -> date:
    if value is not None:
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            reader.refuse("on", N_('要写成日期，例如 "2026-03-02"。'))
    return max(datetime.now(ZoneInfo("Asia/Shanghai")).date(), EARLIEST_DAY)


def _read_bids(reader: Reader, bids: object) -> list[Offer]:
    if not isinstance(bids, list) or not bids:
        reader.refuse("bids", N_("要写成一个列表，至少有一家。"))
        return []
    seen: set[str] = set()
    offers = []
    for i, bid in enumerate(bids):
        if not isinstance(bid, dict):
            reader.refuse(f"bids[{i}]", N_("要写成一个对象。"))
            continue
        offer = _read_bid(reader, bid, f"bids[{i}].")
        if offer.bidder in seen:
            reader.refuse(f"bids[{i}].bidder", N_("“{bidder}”出现了两次；一家只能有一份报价。"), bidder=offer.bidder)
        seen.add(offer.bidder)
        offers.append(offer)
    return offers


def _read_bid(reader: Reader, bid: dict[str, object], prefix: str) -> Offer:
    reader.note_unknown(bid, BID_FIELDS, prefix)
    bidder = bid.get("bidder")
    if not isinstance(bidder, str) or not bidder.strip() or LONE_SURROGATE.search(bidder):
        reader.refuse(prefix + "bidder", N_("要写明是哪一家，用带引号的文字。"))
        bidder = prefix  # so that two nameless bids are not called duplicates
    said = {name: bid.get(name) for name in ("small_micro", *SHARERS)}
    for name, value in said.items():
        if value is not None and not isinstance(value, bool):
            reader.refuse(prefix + name, N_("只能是 true 或 false。"))
    # A bid without a price is invalid whatever its points are, so they may be missing too.
    read_score = reader.optional if bid.get("price") is None else reader.required
    return Offer(
        bidder=bidder,
        price=reader.positive_money(bid, prefix, "price"),
        small_micro=said["small_micro"] is True,
        small_consortium=any(said[name] is True for name in SHARERS),
        other_score=read_score(bid, prefix, "other_score", POINTS) or Decimal(0),
        technical_score=reader.optional(bid, prefix, "technical_score", POINTS),
    )


def result_of(offer: ScoredOffer, terms: ScoringTerms) -> dict[str, object]:
    """One line of the answer; decimals in full, never with an exponent."""
    if offer.reason is not None:
        reason = reason_sentence(offer.reason, terms).text()
        return {"bidder": offer.bidder, "status": "invalid", "reason": reason, "rank": None}
    return {
        "bidder": offer.bidder,
        "evaluated_price": f"{offer.evaluated_price:f}",
        "price_score": f"{offer.price_score:f}",
        "total": f"{offer.total:f}",
        "rank": offer.rank,
        "low_price_review": offer.low_price_review,
        "low_price_reasons": list(offer.low_price_reasons),
    }


def load(path: str) -> object:
    """The JSON of a file, or of standard input for `-`. Raises BadInput."""
    try:
        raw = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as problem:
        unread = say(N_("读不到文件 {path}（{why}）。"), path=path, why=problem.strerror)
        raise BadInput([("FILE", unread)]) from problem
    try:
        return json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_no_field_twice)
    except (ValueError, RecursionError) as problem:
        raise BadInput([("FILE", say(N_("文件不是正确的 JSON（{why}）。"), why=problem))]) from problem


def _no_field_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadInput([(twice, say(N_("同一个字段写了两次。")))])
    return fields


def main(argv: Sequence[str]) -> int:
    """Score a file: 0 with the result on standard output, 2 with every mistake on standard error."""
    parser = argparse.ArgumentParser(prog="marketplace score", description="Score and rank the offers in a JSON file.")
    parser.add_argument("file", metavar="FILE.json", help="the file to score, or - for standard input")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh")
    arguments = parser.parse_args(argv)
    current_language.set(arguments.lang)
    try:
        terms, offers, unknown = read_input(load(arguments.file))
        scored = score_offers(terms, offers)
    except BadInput as problem:
        for field, sentence in problem.mistakes:
            print(f"{field}: {sentence.text()}", file=sys.stderr)
        return 2
    except DomainError as problem:
        print(problem.sentence.text(), file=sys.stderr)
        return 2
    for field in unknown:
        print(f"{field}: {say(N_('不认识的字段，已忽略。')).text()}", file=sys.stderr)
    print(json.dumps({"bids": [result_of(offer, terms) for offer in scored]}, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
