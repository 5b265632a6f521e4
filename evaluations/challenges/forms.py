"""The letters as typed: the parts of the official 质疑函 and 投诉书, and what answers them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from evaluations.challenges.complaint_services import NewComplaint
from evaluations.challenges.deciding import Decision, Order
from evaluations.challenges.remedies import CHALLENGE_OUTCOMES, COMPLAINT_OUTCOMES, Outcome, Remedy
from evaluations.challenges.rules import Stage
from evaluations.challenges.services import Matter, NewAnswer, NewChallenge, Sender
from evaluations.reevaluations.services import Found
from evaluations.reports.rules import Ground
from marketplace.kernel.forms import Bound, Field, choice, code_text, day, identifier, parse, proper_name, text
from marketplace.kernel.i18n import N_

MOST_MATTERS = 5
FROM_ANSWER = "answer"

_SENDER = [
    Field("address", N_("地址"), text(200)),
    Field("postcode", N_("邮编"), code_text(10)),
    Field("contact", N_("联系人"), proper_name(80)),
    Field("phone", N_("联系电话"), code_text(40)),
    Field("agent", N_("授权代表"), proper_name(80), is_required=False),
]
_END = [
    Field("requests", N_("请求"), text(2000)),
    Field("signed_name", N_("签字（输入您的姓名）"), proper_name(80)),
]


def _matter_fields(place: int, is_required: bool) -> list[Field]:
    return [
        Field(f"matter-{place}", N_("事项"), text(2000), is_required=is_required),
        Field(f"facts-{place}", N_("事实依据"), text(4000), is_required=is_required),
        Field(f"law-{place}", N_("法律依据"), text(1000), is_required=is_required),
    ]


def places_in(posted: Mapping[str, Any]) -> list[int]:
    """The first matter always, a further one once anything of it is typed: then it has to be whole."""
    names = ("matter", "facts", "law")
    typed = [n for n in range(2, MOST_MATTERS + 1) if any(str(posted.get(f"{name}-{n}", "")).strip() for name in names)]
    return [1, *typed]


def challenge_form(posted: Mapping[str, Any]) -> tuple[Bound, NewChallenge | None]:
    """A letter of challenge; None with its mistakes."""
    places = places_in(posted)
    fields = [
        Field("stage", N_("质疑的对象"), choice([stage.value for stage in Stage])),
        Field("lot", N_("采购包"), identifier(), is_required=False),
        *_SENDER,
        *[field for place in places for field in _matter_fields(place, is_required=True)],
        *_END,
    ]
    form = parse(fields, posted)
    if form.errors:
        return form, None
    stage = Stage(form["stage"])
    lot = None if stage == Stage.DOCUMENT else form["lot"]
    matters = [_matter(form, place) for place in places]
    return form, NewChallenge(stage, lot, sender_of(form), matters, form["requests"], form["signed_name"])


def complaint_form(posted: Mapping[str, Any]) -> tuple[Bound, NewComplaint | None]:
    """A letter of complaint; None with its mistakes."""
    places = places_in(posted)
    together = Field("partners", N_("联合体其他成员共同投诉"), text(2000), is_required=False)
    fields = [*_SENDER, together, Field("history", N_("质疑和质疑答复情况"), text(4000))]
    for place in places:
        fields += [Field(f"source-{place}", N_("事项的来源"), text(40)), *_matter_fields(place, is_required=True)]
    form = parse([*fields, *_END], posted)
    for place in places:
        if f"source-{place}" not in form.errors and _source(form, place) is False:
            form.refuse(f"source-{place}", N_("请选择质疑过的事项，或者“基于质疑答复”。"))
    if form.errors:
        return form, None
    matters = [_matter(form, place, _source(form, place) or None) for place in places]
    return form, NewComplaint(sender_of(form), form["history"], matters, form["requests"], form["signed_name"],
                              form["partners"] or "")  # fmt: skip


def _source(form: Bound, place: int) -> UUID | None | bool:
    """The matter of the challenge; None: it arises from the answer; False: neither."""
    typed = form[f"source-{place}"]
    if typed == FROM_ANSWER:
        return None
    try:
        return UUID(typed)
    except (ValueError, TypeError):
        return False


def _matter(form: Bound, place: int, source: Any = None) -> Matter:
    return Matter(form[f"matter-{place}"], form[f"facts-{place}"], form[f"law-{place}"], source)


def sender_of(form: Bound) -> Sender:
    """The first part of either letter."""
    return Sender(form["address"], form["postcode"], form["contact"], form["phone"], form["agent"] or "")


def answer_form(posted: Mapping[str, Any], places: Sequence[int]) -> tuple[Bound, NewAnswer | None]:
    """The answer to every matter with outcome and remedy."""
    fields = [
        *[Field(f"answer-{place}", N_("答复"), text(4000)) for place in places],
        Field("outcome", N_("结论"), choice([outcome.value for outcome in CHALLENGE_OUTCOMES])),
        Field("remedy", N_("处理"), choice([remedy.value for remedy in Remedy])),
    ]
    form = parse(fields, posted)
    if form.errors:
        return form, None
    answers = {place: form[f"answer-{place}"] for place in places}
    return form, NewAnswer(Outcome(form["outcome"]), Remedy(form["remedy"]), answers)


DECISION = [
    Field("outcome", N_("结论"), choice([outcome.value for outcome in COMPLAINT_OUTCOMES])),
    Field("remedy", N_("处理"), choice([remedy.value for remedy in Remedy])),
    Field("found", N_("查明的事实和相关依据"), text(6000)),
    Field("basis", N_("处理决定和法律依据"), text(4000)),
]
CORRECTION = [
    Field("note", N_("需要补正的事项"), text(2000)),
    Field("correct_by", N_("补正期限"), day()),
]
REFUSAL = [Field("refusal", N_("不予受理的理由"), text(2000))]
REPLY = [Field("words", N_("说明"), text(6000))]
NO_EFFECT = [Field("reason", N_("为什么不影响结果"), text(1000))]
REVIEW = [
    Field("ground", N_("依据的情形"), choice([ground.value for ground in Ground])),
    Field("found", N_("质疑指出了什么"), text(4000)),
]
ORDER = [
    Field("document_number", N_("通知文号"), text(60)),
    Field("until", N_("暂停到"), day()),
    Field("order_reason", N_("暂停的理由"), text(1000)),
]
RESUMPTION = [
    Field("resume_number", N_("通知文号"), text(60)),
    Field("resume_reason", N_("恢复的理由"), text(1000)),
]
EXAMINATION = [Field("why", N_("检验、鉴定或者评审"), choice(["testing", "experts"]))]


def decision_of(form: Bound) -> Decision:
    """What finance typed, as a decision."""
    return Decision(Outcome(form["outcome"]), Remedy(form["remedy"]), form["found"], form["basis"])


def review_asked(form: Bound) -> Found:
    """On which ground the officer lets the panel review again."""
    return Found(Ground(form["ground"]), form["found"])


def order_of(form: Bound) -> Order:
    """What finance typed, as an order."""
    return Order(form["document_number"], form["until"], form["order_reason"])
