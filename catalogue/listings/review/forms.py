"""What is typed while a draft is reviewed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalogue.listings.review.chain import MOST_STEPS, Duty, Step
from catalogue.listings.review.chain_services import NewChain
from marketplace.kernel.forms import Bound, Field, choice, day, identifier, money, parse, parse_rows, text, whole_number
from marketplace.kernel.i18n import N_

REASON = [Field("reason", N_("理由"), text(1000))]
OPINION = [Field("opinion", N_("意见"), text(1000), is_required=False)]
BACK = [Field("position", N_("退回到"), whole_number(0, MOST_STEPS)), Field("reason", N_("退回理由"), text(1000))]
ANSWER = [Field("text", N_("回复"), text(2000))]
MINUTES = [
    Field("number", N_("会议纪要文号"), text(80)),
    Field("held_on", N_("会议日期"), day()),
    Field("decision", N_("会议决定"), text(2000)),
]
CHAIN = [
    Field("document", N_("依据文号"), text(120)),
    Field("minutes_from", N_("要会议纪要的金额"), money(), is_required=False),
]
STEP_ROW = [
    Field("duty", N_("环节"), choice([duty.value for duty in Duty])),
    Field("person", N_("办理人"), identifier(), is_required=False),
]


def comment_fields(sections: list[str]) -> list[Field]:
    """A remark and the section it is about."""
    return [Field("section", N_("关于哪一部分"), choice(sections)), Field("text", N_("意见"), text(2000))]


def chain_form(typed: Mapping[str, Any]) -> tuple[Bound, NewChain | None]:
    """The chain with its steps in order; a row left empty is skipped."""
    form = parse(CHAIN, typed)
    rows = parse_rows(form, "steps", STEP_ROW, typed, most=MOST_STEPS)
    if form.errors:
        return form, None
    steps = tuple(Step(place, Duty(row["duty"]), row["person"]) for place, row in enumerate(rows, start=1))
    return form, NewChain(steps, form["document"], form["minutes_from"])
