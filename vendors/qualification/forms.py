"""What providers and reviewers write in a pre-check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from marketplace.kernel.forms import Bound, Field, Posted, choice, parse, text
from marketplace.kernel.i18n import N_
from vendors.qualification.automatic import BINDING, Check, Outcome, requirement_label
from vendors.qualification.rules import Finding

ITEMS = [Field("items", N_("要预检的项目"), text(8), is_list=True)]
ANSWER = [Field("note", N_("补充了什么"), text(600))]
OBJECTION = [Field("reasons", N_("异议的理由"), text(2000))]
DECISION = [
    Field("decision", N_("预检结果"), choice(["pass", "more", "negative"])),
    Field("note", N_("要补充什么，或者给第二人的说明"), text(600), is_required=False),
]
SECOND = [
    Field("decision", N_("核对结果"), choice(["confirm", "send_back"])),
    Field("note", N_("退回的理由"), text(600), is_required=False),
]
SEE_CONTACT = [Field("purpose", N_("用途"), text(200))]
OUTCOME = [
    Field("decision", N_("处理结果"), choice(["granted", "upheld"])),
    Field("note", N_("处理异议的理由"), text(2000)),
]


def parse_findings(checks: Sequence[Check], posted: Posted) -> tuple[Bound, dict[str, Finding]]:
    """The decision and what was found of each requirement; those without an answer are left out."""
    asked = [check for check in checks if check.outcome != Outcome.SHOWN]
    fields = [
        field
        for check in asked
        for field in (
            Field(f"found-{check.requirement}", N_("符合或者不符合"), choice(["met", "unmet"]), is_required=False),
            Field(f"reason-{check.requirement}", N_("理由"), text(600), is_required=False),
        )
    ]
    form = parse([*DECISION, *fields], posted)
    return form, {
        check.requirement: Finding(Outcome(found), form[f"reason-{check.requirement}"] or "")
        for check in asked
        if (found := form[f"found-{check.requirement}"])
    }


def first_guess(checks: Sequence[Check]) -> Mapping[str, str]:
    """What the form stands at before a person has looked: what the data say; nothing where they do not know."""
    known = [check for check in checks if check.outcome in (Outcome.MET, Outcome.UNMET)]
    open_points = [check for check in checks if check.outcome in (Outcome.UNMET, Outcome.LOOK)]
    asked = [f"{requirement_label(check.requirement)}：{check.sentence}" for check in open_points]
    return {
        **{f"found-{check.requirement}": check.outcome.value for check in known},
        **{f"reason-{check.requirement}": str(check.sentence) for check in known if check.outcome == Outcome.UNMET},
        "note": "\n".join(asked) if suggestion(checks) == "more" else "",
    }


def suggestion(checks: Sequence[Check]) -> str:
    """The act that the data speak for: it stands first and is what Enter does."""
    if any(check.outcome == Outcome.UNMET and check.requirement in BINDING for check in checks):
        return "negative"
    return "more" if any(check.outcome in (Outcome.UNMET, Outcome.LOOK) for check in checks) else "pass"
