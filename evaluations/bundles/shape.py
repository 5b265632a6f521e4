"""Rows and terms as a bundle writes them, and read back. Pure. Decimals stand as texts, days as ISO dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from catalogue.scoring.arithmetic import Figures
from catalogue.scoring.bands import Band
from catalogue.scoring.price import LowPriceLimits
from catalogue.scoring.ranking import Method, ScoringTerms
from evaluations.arithmetic.rules import Corrected
from evaluations.scoring.results import BidFacts, BidOutcome, LotTerms, ScoredCriterion
from evaluations.scoring.rules import PastPerformanceTable

Json = dict[str, Any]
FORMAT = "award-bundle/1"
PUBLIC, BIDDER, SUPERVISION = "public", "bidder", "supervision"
BY_SCORE, BY_STANDING = "score", "county_standing"


def told(number: Decimal | None) -> str | None:
    """A number as text without the zeros of its column; None stays None."""
    return None if number is None else f"{number.normalize():f}"


def number(text: str | None) -> Decimal | None:
    """The number of a text."""
    return None if text is None else Decimal(text)


@dataclass(frozen=True)
class Standing:
    """The county's own standing that placed an offer under the limit."""

    grade: str = ""
    score: Decimal | None = None
    evaluation: str = ""


@dataclass(frozen=True)
class Row:
    """One bid with what was decided of it: the facts it was computed from, and the result as it was stored."""

    bidder: str
    credit_code: str
    facts: BidFacts
    outcome: BidOutcome
    award: str | None
    standing: Standing
    # the clause by which the check before the award passed it over; empty for most
    passed_over: str = ""


def terms_json(terms: LotTerms, decided_by: str, places: Mapping[str, str]) -> Json:
    """What was printed for a lot; factors are named by their place."""
    scoring = terms.scoring
    limits = scoring.limits
    return {
        "decided_by": decided_by,
        "method": scoring.method.value,
        "order": list(scoring.compared),
        "price_weight": told(scoring.price_weight),
        "rounding": scoring.rounding,
        "small_micro_deduction": told(scoring.deduction),
        # bundles of before there was one stay as they are
        **({"consortium_deduction": told(scoring.consortium_deduction)} if scoring.consortium_deduction else {}),
        "ceiling": told(scoring.ceiling),
        "budget": told(scoring.budget),
        "closed_on": terms.closed_on.isoformat(),
        "low_price_limits": None
        if limits is None
        else {"mean": told(limits.mean), "next_lowest": told(limits.next_lowest), "ceiling": told(limits.ceiling)},
        "criteria": [
            {
                "id": places[c.id], "kind": c.kind, "title": c.title, "points": told(c.points),
                "is_objective": c.is_objective,
            }
            for c in terms.criteria
        ],  # fmt: skip
        "past_performance": None
        if terms.table is None
        else {
            "points": {grade: told(points) for grade, points in sorted(terms.table.points_by_grade.items())},
            "no_record": told(terms.table.neutral_points),
            "highest": told(terms.table.highest),
        },
        "hours": [{"from": band.hours_from, "points": told(band.points)} for band in terms.hours],
        "hours_per_person": told(terms.hours_per_person),
        # with fewer valid bids a lot ends without a winner; bundles of before say nothing of it
        **({"least": terms.least} if terms.least else {}),
    }


def terms_of(said: Json) -> LotTerms:
    """The terms that a bundle says. Raises KeyError, ValueError or ArithmeticError for what is not whole."""
    limits, table = said["low_price_limits"], said["past_performance"]
    scoring = ScoringTerms(
        method=Method(said["method"]),
        price_weight=Decimal(said["price_weight"]),
        rounding=int(said["rounding"]),
        deduction=Decimal(said["small_micro_deduction"]),
        consortium_deduction=Decimal(said.get("consortium_deduction", "0")),
        ceiling=number(said["ceiling"]),
        budget=number(said["budget"]),
        order=tuple(said.get("order", ())),
        limits=limits and LowPriceLimits(*(Decimal(limits[name]) for name in ("mean", "next_lowest", "ceiling"))),
    )
    criteria = [
        ScoredCriterion(c["id"], c["kind"], c["title"], Decimal(c["points"]), bool(c["is_objective"]))
        for c in said["criteria"]
    ]
    read = table and PastPerformanceTable(
        {grade: Decimal(points) for grade, points in table["points"].items()}, Decimal(table["no_record"]),
        Decimal(table["highest"]),
    )  # fmt: skip
    hours = tuple(Band(Decimal(band["points"]), hours_from=int(band["from"])) for band in said["hours"])
    most = Decimal(said["hours_per_person"])
    closed_on = date.fromisoformat(said["closed_on"])
    return LotTerms(scoring, criteria, read, closed_on, hours, most, int(said.get("least", 0)))


def public_half(row: Row, salt: str) -> Json:
    """What everybody may read of the winner, and nobody of another (R-PUBL-01)."""
    out = row.outcome
    return {
        "bidder": row.bidder, "credit_code": row.credit_code, "award": row.award, "status": out.status,
        "price": told(out.quoted_price), "is_small_micro": row.facts.is_small_micro,
        **({"is_small_consortium": True} if row.facts.is_small_consortium else {}),
        **({"is_small_subcontract": True} if row.facts.is_small_subcontract else {}),
        **({"correction": _correction_json(row.facts.correction)} if row.facts.correction else {}),
        "evaluated_price": told(out.evaluated_price), "price_score": told(out.price_score),
        "other_score": told(out.other_score), "total": told(out.total), "rank": out.rank, "salt": salt,
    }  # fmt: skip


def _correction_json(correction: Corrected) -> Json:
    """The statements of a price that differed, and what they were mended to (R-EVAL-08)."""
    figures, mended = correction.figures, correction.mended
    return {
        "opened_total": told(figures.total), "in_words": figures.in_words, "unit_price": told(figures.unit_price),
        "quantity": told(figures.quantity), "body_total": told(figures.body_total),
        "is_held_slipped": figures.is_held_slipped, "steps": "".join(mended.steps), "total": told(mended.total),
        "is_confirmed": correction.is_confirmed,
    }  # fmt: skip


def correction_of(said: Json) -> Corrected:
    """The figures of a correction that a bundle says."""
    figures = Figures(
        Decimal(said["opened_total"]), Decimal(said["quantity"]), said["in_words"], number(said["unit_price"]),
        number(said["body_total"]), bool(said["is_held_slipped"]),
    )  # fmt: skip
    return Corrected(figures, bool(said["is_confirmed"]))


def private_half(row: Row, salt: str, places: Mapping[str, str], members: Mapping[str, str]) -> Json:
    """What the bidder itself may read besides: every member's marks, without names, and all that was counted."""
    facts, out = row.facts, row.outcome
    return {
        "is_qualified": facts.is_qualified, "reason": out.reason, "refusal": facts.refusal,
        "technical_score": told(out.technical_score), "past_performance_score": told(out.past_performance_score),
        "past_grade": facts.past_grade,
        "past_evaluated_on": facts.past_evaluated_on.isoformat() if facts.past_evaluated_on else None,
        "annual_hours": facts.annual_hours, "service_staff": facts.service_staff,
        "low_price_reasons": out.low_price_reasons,
        "low_price_accepted": facts.low_price_accepted, "passed_over": row.passed_over, "quoted": told(facts.price),
        "marks": {
            places[criterion]: {members[member]: told(points) for member, points in sorted(given.items())}
            for criterion, given in sorted(facts.marks.items())
        },
        "by_criterion": {places[criterion]: told(points) for criterion, points in out.by_criterion},
        "standing": {
            "grade": row.standing.grade, "score": told(row.standing.score), "evaluation": row.standing.evaluation,
        },
        "salt": salt,
    }  # fmt: skip


def facts_of(name: str, public: Json, private: Json) -> BidFacts:
    """The facts a result is computed from, out of the two halves of a row."""
    evaluated = private["past_evaluated_on"]
    return BidFacts(
        name, bool(private["is_qualified"]), number(private["quoted"]), bool(public["is_small_micro"]),
        private["past_grade"], date.fromisoformat(evaluated) if evaluated else None,
        {
            criterion: {member: Decimal(points) for member, points in given.items()}
            for criterion, given in private["marks"].items()
        },
        private["low_price_accepted"], private["refusal"], private["annual_hours"],
        private["service_staff"], bool(public.get("is_small_consortium")),
        is_small_subcontract=bool(public.get("is_small_subcontract")),
    )  # fmt: skip


def result_of(public: Json, private: Json) -> Json:
    """What the computation must give again for a row."""
    names = ("status", "evaluated_price", "price_score", "other_score", "total", "rank")
    more = ("technical_score", "past_performance_score", "low_price_reasons", "by_criterion", "reason")
    return {name: public[name] for name in names} | {name: private[name] for name in more}


def computed(outcome: BidOutcome) -> Json:
    """An outcome in the words of `result_of`."""
    return {
        "status": outcome.status, "evaluated_price": told(outcome.evaluated_price),
        "price_score": told(outcome.price_score), "other_score": told(outcome.other_score),
        "total": told(outcome.total), "rank": outcome.rank, "technical_score": told(outcome.technical_score),
        "past_performance_score": told(outcome.past_performance_score),
        "low_price_reasons": outcome.low_price_reasons,
        "by_criterion": {criterion: told(points) for criterion, points in outcome.by_criterion},
        "reason": outcome.reason,
    }  # fmt: skip


def member_names(rows: Sequence[Row]) -> dict[str, str]:
    """Members by number, in an order that tells nothing of who they are."""
    found = {member for row in rows for given in row.facts.marks.values() for member in given}
    return {member: str(place) for place, member in enumerate(sorted(found), start=1)}
