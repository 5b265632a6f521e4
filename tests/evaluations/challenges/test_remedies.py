"""R-DISP-04 as a table: every case, computed here a second time from the text of 94 Articles 16, 31 and 32."""

from __future__ import annotations

from itertools import product

import pytest

from evaluations.challenges.remedies import (
    CHALLENGE_OUTCOMES,
    COMPLAINT_OUTCOMES,
    Case,
    Outcome,
    Reached,
    Remedy,
    check_remedy,
    remedies_of_challenge,
    remedies_of_complaint,
)
from evaluations.challenges.rules import Stage
from marketplace.kernel.errors import Conflict

ALL = [
    Case(stage, reached, enough, framework)
    for stage, reached, enough, framework in product(Stage, Reached, (False, True), (False, True))
]


def as_the_articles_say(case: Case) -> set[Remedy]:
    """Articles 31 and 32, upheld and affecting the result."""
    if case.reached == Reached.ENDED:
        return {Remedy.CONTINUE}
    if case.reached == Reached.PERFORMED:
        return {Remedy.DAMAGES}
    if case.stage == Stage.DOCUMENT:
        return {Remedy.REDO}
    if case.reached in (Reached.BIDDING, Reached.UNDETERMINED):
        return {Remedy.REDO}
    return {Remedy.NEXT_CANDIDATE} if case.enough_left and not case.is_framework else {Remedy.REDO}


@pytest.mark.parametrize("case", ALL, ids=str)
def test_R_DISP_04_finance_has_exactly_the_remedies_of_the_articles(case: Case) -> None:
    for outcome in COMPLAINT_OUTCOMES:
        wanted = as_the_articles_say(case) if outcome == Outcome.UPHELD else {Remedy.CONTINUE}
        assert remedies_of_complaint(case, outcome) == wanted
        for remedy in Remedy:
            if remedy in wanted:
                check_remedy(frozenset(wanted), remedy)
            else:
                with pytest.raises(Conflict):
                    check_remedy(remedies_of_complaint(case, outcome), remedy)


@pytest.mark.parametrize("case", ALL, ids=str)
def test_an_answer_never_touches_a_signed_contract_and_the_document_never_takes_the_next(case: Case) -> None:
    for outcome in CHALLENGE_OUTCOMES:
        allowed = remedies_of_challenge(case, outcome)
        if case.reached in (Reached.SIGNED, Reached.PERFORMED) and outcome == Outcome.UPHELD:
            assert allowed == frozenset()
        if case.stage == Stage.DOCUMENT:
            assert Remedy.NEXT_CANDIDATE not in allowed
            assert Remedy.NEXT_CANDIDATE not in remedies_of_complaint(case, outcome)
        assert (Remedy.AMEND in allowed) == (
            case.stage == Stage.DOCUMENT and case.reached == Reached.BIDDING and outcome == Outcome.UPHELD
        )
