"""Compute an award again from bundles alone: no database, no server. Pure.

What a tier holds is checked; what it cannot hold is not claimed. Bundles of several bidders of one listing given
together are one: when every row of a lot is there, the whole ranking is computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid5

from catalogue.scoring.bands import HOURS, counted_hours, hours_points
from catalogue.scoring.price import evaluated_price, price_score
from catalogue.scoring.ranking import REASON_WORDS, deduction_of, reason_against
from evaluations.bundles import merkle
from evaluations.bundles.shape import (
    BY_STANDING,
    FORMAT,
    computed,
    correction_of,
    facts_of,
    number,
    result_of,
    terms_of,
    told,
)
from evaluations.scoring.results import (
    NOT_QUALIFIED,
    TOO_FEW,
    BidFacts,
    LotTerms,
    counted_grade,
    results_of_lot,
)
from evaluations.scoring.rules import criterion_average, other_score, past_performance_points
from evaluations.scoring.standing import StandingOffer, place_by_standing
from marketplace.kernel.errors import DomainError
from marketplace.kernel.hashing import SHA256
from marketplace.kernel.i18n import N_, Sentence, say

Json = dict[str, Any]
REASON_KEPT = 300  # characters of a reason that a result keeps
SPACE = UUID("5b5dfb0e-9f0d-5c8e-9b0a-6f0c2f5f7a11")


@dataclass
class Verdict:
    """What was found, the first difference first, and what was computed."""

    faults: list[Sentence] = field(default_factory=list)
    lots: int = 0
    rows: int = 0
    whole_rankings: int = 0

    @property
    def holds(self) -> bool:
        """Whether nothing differs."""
        return not self.faults


class Differs(Exception):
    """The first difference of a lot."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence.text("en"))
        self.sentence = sentence


def verify(bundles: Sequence[Json]) -> Verdict:
    """Check bundles of one listing. Whatever is not a bundle is a fault with the words what is wrong."""
    verdict = Verdict()
    try:
        for said in bundles:
            if said["format"] != FORMAT:
                unknown = N_("不认识的格式：{format}。这里只认 {known}。")
                raise Differs(say(unknown, format=said["format"], known=FORMAT))
        if len({said["listing"]["reference"] for said in bundles}) > 1:
            raise Differs(say(N_("这些文件不是同一个采购的。请只放同一个采购的文件。")))
        for lots in zip(*(said["lots"] for said in bundles), strict=True):
            _check_lot(lots, verdict)
    except Differs as found:
        verdict.faults.append(found.sentence)
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError, DomainError) as broken:
        words = N_("文件不完整或者写法不对：{what}。请重新下载。")
        verdict.faults.append(say(words, what=f"{type(broken).__name__} {str(broken)[:120]}"))
    return verdict


def _check_lot(lots: Sequence[Json], verdict: Verdict) -> None:
    first = lots[0]
    for other in lots[1:]:
        if any(other[name] != first[name] for name in ("number", "terms", "root", "bids", "winner", "passed_over")):
            raise Differs(say(N_("第 {lot} 包：两份文件对同一个包说得不一样。"), lot=first["number"]))
    terms, lot = terms_of(first["terms"]), first["number"]
    if first["terms"]["decided_by"] != BY_STANDING:
        _check_weights(terms, lot)
    rows: dict[int, Json] = {}
    for row in (row for said in lots for row in _rows(said)):
        _check_in_root(row, first)
        known = rows.setdefault(row["place"], row)
        if "private" in row and "private" not in known:
            rows[row["place"]] = row
    for place in sorted(rows):
        _check_row(rows[place], terms, first)
    _check_winner(first)
    verdict.lots += 1
    verdict.rows += len(rows)
    full = [rows[place] for place in sorted(rows) if "private" in rows[place]]
    if len(full) == first["bids"]:
        _check_ranking(full, terms, first)
        verdict.whole_rankings += 1


def _rows(said: Json) -> Iterator[Json]:
    if said["winner"] is not None:
        yield said["winner"]
    yield from said["rows"]


def _check_weights(terms: LotTerms, lot: int) -> None:
    total = terms.scoring.price_weight + sum((c.points for c in terms.criteria), Decimal(0))
    if total != 100:
        raise Differs(say(N_("第 {lot} 包：权重合计 {total}，不是 100。"), lot=lot, total=told(total)))


def _hashed_by(lot: Json) -> str:
    """What hashed the rows of a lot; SHA-256 where nothing is said."""
    return str(lot.get("hashed_by", SHA256))


def _check_in_root(row: Json, lot: Json) -> None:
    by = _hashed_by(lot)
    private = merkle.half(row["private"], by) if "private" in row else row["private_sha256"]
    leaf = merkle.leaf(merkle.half(row["public"], by), private, by)
    found = merkle.root_by_proof(leaf, row["place"], lot["bids"], row["proof"], by)
    if found != lot["root"]:
        words = N_("第 {lot} 包 {bidder}：这一行和结果公告里的根哈希对不上，有人改过它。")
        raise Differs(say(words, lot=lot["number"], bidder=row["public"]["bidder"]))


def _check_row(row: Json, terms: LotTerms, lot: Json) -> None:
    """What one row says is computed from what it says: sums for the public half, everything with both halves."""
    public = row["public"]
    if public["status"] == "valid" and lot["terms"]["decided_by"] != BY_STANDING:
        added = Decimal(public["price_score"]) + Decimal(public["other_score"])
        _same(lot, public, "total", told(added), public["total"])
        _check_price(public, terms, lot)
    if said := public.get("correction"):
        _check_correction(row, said, lot)
    if "private" in row and lot["terms"]["decided_by"] != BY_STANDING:
        _check_points(public, row["private"], terms, lot)


def _check_correction(row: Json, said: Json, lot: Json) -> None:
    """A mended price is what the law makes of the statements; unconfirmed, the response is invalid (R-EVAL-08)."""
    public, corrected = row["public"], correction_of(said)
    _same(lot, public, "correction", told(corrected.mended.total), said["total"])
    _same(lot, public, "correction", "".join(corrected.mended.steps), said["steps"])
    if not corrected.is_confirmed:
        _same(lot, public, "status", "invalid", public["status"])
    elif public["status"] == "valid":
        _same(lot, public, "price", said["total"], public["price"])
    if "private" in row and corrected.is_confirmed:
        _same(lot, public, "quoted", said["total"], row["private"]["quoted"])
    if "private" in row and not corrected.is_confirmed:
        _same(lot, public, "is_qualified", False, row["private"]["is_qualified"])


def _check_price(public: Json, terms: LotTerms, lot: Json) -> None:
    scoring = terms.scoring
    quoted = Decimal(public["price"])
    if reason_against(quoted, scoring) is not None:
        raise Differs(say(N_("第 {lot} 包 {bidder}：报价无效却排了名。"), lot=lot["number"], bidder=public["bidder"]))
    deduction = deduction_of(scoring, bool(public["is_small_micro"]), _has_small_share(public))
    evaluated = evaluated_price(quoted, deduction)
    _same(lot, public, "evaluated_price", told(evaluated), public["evaluated_price"])
    base = number(lot["base_price"])
    if base is not None:
        points = price_score(base, evaluated, scoring.price_weight, scoring.rounding)
        _same(lot, public, "price_score", told(points), public["price_score"])


def _has_small_share(public: Json) -> bool:
    return bool(public.get("is_small_consortium") or public.get("is_small_subcontract"))


def _check_points(public: Json, private: Json, terms: LotTerms, lot: Json) -> None:
    facts = facts_of("row", public, private)
    for criterion in terms.criteria:
        given = list(facts.marks.get(criterion.id, {}).values())
        if criterion.kind == "past_performance" and terms.table is not None:
            points = past_performance_points(terms.table, counted_grade(facts, terms.closed_on))
        elif criterion.kind == HOURS:
            points = _hours(facts, terms)
        elif given:
            points = criterion_average(given)
        else:
            continue
        if criterion.id in private["by_criterion"]:
            _same(lot, public, criterion.title, told(points), private["by_criterion"][criterion.id])
    if public["status"] == "valid":
        _same(lot, public, "other_score", told(_other(facts, terms)), public["other_score"])


def _hours(facts: BidFacts, terms: LotTerms) -> Decimal:
    """Hours count up to what the stated people may lawfully work (R-EVAL-12)."""
    return hours_points(terms.hours, counted_hours(facts.annual_hours, facts.service_staff, terms.hours_per_person))


def _other(facts: BidFacts, terms: LotTerms) -> Decimal:
    printed = Decimal(0)
    if terms.table is not None:
        printed += past_performance_points(terms.table, counted_grade(facts, terms.closed_on))
    printed += _hours(facts, terms)
    marked = {c.id: facts.marks.get(c.id, {}) for c in terms.criteria if c.kind in ("technical", "business")}
    return other_score(marked, terms.scoring.rounding, printed)


def _check_winner(lot: Json) -> None:
    winner = lot["winner"]
    if winner is None:
        return
    public = winner["public"]
    # whoever the check before the award passed over stands before the winner and is not awarded (R-CRED-03)
    if not 1 <= public["rank"] <= 1 + lot["passed_over"] or public["status"] != "valid" or not public["award"]:
        raise Differs(say(N_("第 {lot} 包：成交的不是排名第一的有效响应。"), lot=lot["number"]))
    _same(lot, public, "amount", public["price"], lot["award"]["amount"])
    _same(lot, public, "award", lot["award"]["reference"], public["award"])


def _check_ranking(rows: Sequence[Json], terms: LotTerms, lot: Json) -> None:
    """Every bid is here: compute the whole lot and compare row by row."""
    by = _hashed_by(lot)
    leaves = [merkle.leaf(merkle.half(row["public"], by), merkle.half(row["private"], by), by) for row in rows]
    if merkle.root(leaves, by) != lot["root"]:
        raise Differs(say(N_("第 {lot} 包：全部各行合起来和根哈希对不上。"), lot=lot["number"]))
    _check_first(rows, lot)
    if lot["terms"]["decided_by"] == BY_STANDING:
        _check_places(rows, terms, lot)
        return
    facts = [facts_of(str(row["place"]), row["public"], row["private"]) for row in rows]
    for row, outcome in zip(rows, results_of_lot(terms, facts), strict=True):
        again, kept = computed(outcome), result_of(row["public"], row["private"])
        again["reason"] = again["reason"][:REASON_KEPT]
        for name, value in again.items():
            _same(lot, row["public"], name, value, kept[name])
    valid = [Fraction(row["public"]["evaluated_price"]) for row in rows if row["public"]["status"] == "valid"]
    if lot["base_price"] is not None and valid and min(valid) != Fraction(lot["base_price"]):
        raise Differs(say(N_("第 {lot} 包：基准价不是最低的有效评审价。"), lot=lot["number"]))


def _check_first(rows: Sequence[Json], lot: Json) -> None:
    """The award went to the best place among those not passed over."""
    left = [row for row in rows if row["public"]["status"] == "valid" and not row["private"]["passed_over"]]
    passed = sum(bool(row["private"]["passed_over"]) for row in rows)
    best = min((row["public"]["rank"] for row in left), default=None)
    winner = lot["winner"] and lot["winner"]["public"]["rank"]
    if winner != best or passed != lot["passed_over"]:
        raise Differs(say(N_("第 {lot} 包：成交的不是排名第一的有效响应。"), lot=lot["number"]))


def _check_places(rows: Sequence[Json], terms: LotTerms, lot: Json) -> None:
    offers: dict[UUID, StandingOffer] = {}
    is_over = sum(bool(row["private"]["is_qualified"]) for row in rows) < terms.least
    for row in rows:
        public, private = row["public"], row["private"]
        quoted = number(private["quoted"])
        against = reason_against(quoted, terms.scoring)
        if not private["is_qualified"] or is_over or against is not None or quoted is None:
            refused = TOO_FEW if is_over and private["is_qualified"] else private["refusal"] or NOT_QUALIFIED
            reason = REASON_WORDS[against] if private["is_qualified"] and against and not is_over else refused
            _same(lot, public, "status", "invalid", public["status"])
            _same(lot, public, "reason", reason[:REASON_KEPT], private["reason"])
            continue
        standing = private["standing"]
        name = uuid5(SPACE, str(row["place"]))
        offers[name] = StandingOffer(name, quoted, standing["grade"] or "none", number(standing["score"]))
    places = {placed.offer.opened_bid: placed.rank for placed in place_by_standing(list(offers.values()))}
    for row in rows:
        rank = places.get(uuid5(SPACE, str(row["place"])))
        _same(lot, row["public"], "rank", rank, row["public"]["rank"])


def _same(lot: Json, public: Json, what: str, computed_value: object, said: object) -> None:
    if computed_value != said:
        words = N_("第 {lot} 包 {bidder}：{what} 算出来是 {computed}，文件里是 {said}。")
        raise Differs(
            say(words, lot=lot["number"], bidder=public["bidder"], what=what, computed=computed_value, said=said)
        )


def words(verdict: Verdict) -> list[str]:
    """The verdict in Chinese and English."""
    if not verdict.holds:
        return [fault.text(language) for fault in verdict.faults for language in ("zh", "en")]
    found = say(
        N_("都算得出来：{lots} 个包，{rows} 行得分和根哈希一致，{whole} 个包的全部名次重新算过。"),
        lots=verdict.lots, rows=verdict.rows, whole=verdict.whole_rankings,
    )  # fmt: skip
    return [found.text("zh"), found.text("en")]
