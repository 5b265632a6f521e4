"""What is asked about a social worker."""

from __future__ import annotations

from marketplace.kernel.forms import Bound, Field, choice, code_text, day, flag, identifier, proper_name, text
from marketplace.kernel.i18n import N_
from vendors.workers.changes import Change
from vendors.workers.rules import HOURS_LABELS, Level
from vendors.workers.services import NewWorker
from vendors.workers.spells import Employer

HOURS = Field("hours", N_("用工方式"), choice(list(HOURS_LABELS)))

WORKER = [
    Field("name", N_("姓名"), proper_name(80)),
    Field("certificate_level", N_("证书等级"), choice([level.value for level in Level])),
    Field("certificate_number", N_("证书编号"), code_text(40), is_required=False),
    Field("registered_on", N_("登记日期"), day(), is_required=False),
    Field("certificate_until", N_("登记有效期至"), day(), is_required=False),
    Field("employed_from", N_("入职日期"), day()),
    HOURS,
]

COMMUNITY = Field("community", N_("社区（村）"), text(80))


def fields_for(employer: Employer) -> list[Field]:
    """What a provider is asked about a worker; a town is asked for the community too."""
    return [COMMUNITY, *WORKER] if employer.town else WORKER


ACCOUNT = [
    Field("username", N_("用户名"), text(80)),
    Field("password", N_("初始密码"), text(200)),
]

END = [Field("employed_to", N_("离职日期"), day())]

# from which day, why, and whether it was wrong before
CHANGE = [
    Field("from_on", N_("从哪天起"), day()),
    Field("is_correction", N_("原来写错了"), flag(), is_required=False),
    Field("reason", N_("原因"), text(200)),
]
MOVE = [COMMUNITY, Field("reason", N_("原因"), text(200))]
PARTICULARS = [*WORKER[:5], *CHANGE]
NEW_HOURS = [HOURS, *CHANGE]
ASK = [Field("worker", N_("哪一段工作"), identifier()), Field("wanted", N_("要改什么"), text(500))]
CONSENT = [
    Field("agree", N_("同意"), flag()),
    Field("public", N_("公开姓名和证书等级"), flag(), is_required=False),
]
DECLINE = [Field("answer", N_("答复"), text(500))]


def worker_of(form: Bound) -> NewWorker:
    """The spell that was typed in."""
    values = {field.name: form[field.name] for field in WORKER if field != HOURS}
    values["certificate_number"] = values["certificate_number"] or ""
    return NewWorker(**values, is_full_time=form["hours"] == "full_time")


def change_of(form: Bound) -> Change:
    """From when something else holds, and why."""
    return Change(form["from_on"], form["reason"], bool(form["is_correction"]))
