"""What the window is asked: a new case, a purpose, a decision, a guardian, a consent."""

from __future__ import annotations

from decimal import Decimal

from contracts.cases.codes import recipient_code, text_without_people
from contracts.cases.guarding import ABOUT_LABELS, FORM_LABELS, GIVER_LABELS, MODEL_LABELS
from contracts.cases.rules import Capacity, HelpKind, Place, RecipientKind, Source
from contracts.cases.services import Decision, Identity, NewCase
from marketplace.kernel.forms import Bound, Field, choice, day, flag, identifier, money, proper_name, text
from marketplace.kernel.i18n import N_
from vendors.workers.identity import identity_number

NEW = [
    Field("help_kind", N_("哪种救助"), choice([k.value for k in HelpKind])),
    Field("recipient_kind", N_("哪类对象"), choice([k.value for k in RecipientKind])),
    Field("place", N_("为什么在这里申请"), choice([p.value for p in Place])),
    Field("source", N_("从哪里来"), choice([s.value for s in Source])),
    Field("village", N_("村（社区）"), text_without_people(80)),
    Field("need", N_("困难和需要"), text_without_people(500)),
    Field("asked_amount", N_("申请的金额"), money(minimum=Decimal("0.01")), is_required=False),
    Field("is_urgent", N_("情况紧急，先行救助"), flag(), is_required=False),
    Field("capacity", N_("行为能力"), choice([c.value for c in Capacity])),
    Field("code", N_("服务对象代码"), recipient_code(), is_required=False),
    Field("name", N_("姓名"), proper_name(80), is_required=False),
    Field("identity_number", N_("身份证号码"), identity_number, is_required=False),
    Field("phone", N_("联系电话"), text(40), is_required=False),
    Field("address", N_("住址"), text(200), is_required=False),
]
PURPOSE = [Field("purpose", N_("用途"), text_without_people(200))]
NOTE = [Field("note", N_("意见"), text_without_people(500))]
HANDLER = [Field("person", N_("经办人"), identifier())]
PUBLICITY = [Field("published_until", N_("公示结束的日期"), day())]
GROUND = [Field("ground", N_("停下来的理由和依据"), text_without_people(300))]
DECISION = [
    Field("result", N_("决定"), choice(["granted", "refused"])),
    Field("decided_on", N_("决定的日期"), day()),
    Field("document", N_("决定书文号"), text(80)),
    Field("granted_amount", N_("决定的金额"), money(minimum=Decimal("0.01")), is_required=False),
    Field("reason", N_("不给予的理由"), text_without_people(500), is_required=False),
]
FILING = [Field("filed_on", N_("备案的日期"), day())]
ENDING = [Field("ended_on", N_("日期"), day()), Field("end_reason", N_("理由"), text_without_people(500))]
GUARDIAN = [
    Field("model", N_("监护方式"), choice(list(MODEL_LABELS))),
    Field("relation", N_("和本人的关系"), text_without_people(80)),
    Field("guardian_name", N_("监护人姓名"), proper_name(80)),
    Field("guardian_phone", N_("监护人电话"), text(40), is_required=False),
]
CONSENT = [
    Field("about", N_("同意什么"), choice(list(ABOUT_LABELS))),
    Field("given_by", N_("谁同意的"), choice(list(GIVER_LABELS))),
    Field("form", N_("什么形式"), choice(list(FORM_LABELS))),
    Field("given_on", N_("同意的日期"), day()),
]
WITHDRAWAL = [Field("consent", N_("同意"), identifier())]


def new_case_of(form: Bound) -> NewCase:
    """The case of a form without mistakes; without a name or number it is that of the card alone."""
    said = [form["name"], form["identity_number"], form["phone"], form["address"]]
    return NewCase(
        help_kind=HelpKind(form["help_kind"]), recipient_kind=RecipientKind(form["recipient_kind"]),
        place=Place(form["place"]), village=form["village"], need=form["need"], code=form["code"] or "",
        identity=Identity(*(each or "" for each in said)) if form["name"] else None,
        capacity=Capacity(form["capacity"]), is_urgent=bool(form["is_urgent"]), asked_amount=form["asked_amount"],
        source=Source(form["source"]),
    )  # fmt: skip


def decision_of(form: Bound) -> Decision:
    """The decision of a form without mistakes."""
    return Decision(
        form["result"] == "granted", form["decided_on"], form["document"], form["reason"] or "", form["granted_amount"]
    )
