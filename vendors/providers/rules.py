"""What a provider is, what its file needs, and what excludes it by statute. All pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from catalogue.items.rules import LEGAL_FORM_LABELS, LegalForm
from catalogue.listings.reservation import ground_of_lot, is_shut_out
from marketplace.kernel.formats import day as written_day
from marketplace.kernel.i18n import N_, Sentence, current_language, say
from vendors.providers.credit_codes import INSTITUTIONS, expected_legal_forms

PAPER_REMINDER = timedelta(days=60)  # the first of three reminders, see vendors/expiring


class FileStatus(StrEnum):
    """What the pre-checks of a provider say in one word; they decide nothing about bidding (R-QUAL-01)."""

    OPEN = "open"
    SUBMITTED = "submitted"
    CHECKED = "checked"
    RETURNED = "returned"


FILE_STATUS_LABELS: dict[FileStatus, str] = {
    FileStatus.OPEN: N_("没有有效的预检"),
    FileStatus.SUBMITTED: N_("等待预检"),
    FileStatus.CHECKED: N_("已预检"),
    FileStatus.RETURNED: N_("预检待补充"),
}

FILE_STATUS_TONES: dict[FileStatus, str] = {
    FileStatus.OPEN: "neutral",
    FileStatus.SUBMITTED: "waiting",
    FileStatus.CHECKED: "done",
    FileStatus.RETURNED: "refused",
}


class PaperKind(StrEnum):
    """The papers of a file."""

    REGISTRATION = "registration"
    REPRESENTATIVE = "representative"
    FINANCE = "finance"
    SOCIAL_SECURITY = "social_security"
    TAX = "tax"
    NO_VIOLATION = "no_violation"
    ANNUAL_INSPECTION = "annual_inspection"
    ASSESSMENT = "assessment"
    CLASS_LETTER = "class_letter"
    OTHER = "other"


PAPER_LABELS: dict[PaperKind, str] = {
    PaperKind.REGISTRATION: N_("登记证书或营业执照"),
    PaperKind.REPRESENTATIVE: N_("法定代表人身份证明"),
    PaperKind.FINANCE: N_("财务制度或审计报告"),
    PaperKind.SOCIAL_SECURITY: N_("社会保险缴纳证明"),
    PaperKind.TAX: N_("纳税证明"),
    PaperKind.NO_VIOLATION: N_("三年内无重大违法记录声明"),
    PaperKind.ANNUAL_INSPECTION: N_("最近一次年检结论"),
    PaperKind.ASSESSMENT: N_("社会组织评估等级证书"),
    PaperKind.CLASS_LETTER: N_("机构编制部门关于单位类别的意见函"),
    PaperKind.OTHER: N_("其他材料"),
}

_ALWAYS_NEEDED = (
    PaperKind.REGISTRATION, PaperKind.REPRESENTATIVE, PaperKind.FINANCE, PaperKind.SOCIAL_SECURITY,
    PaperKind.TAX, PaperKind.NO_VIOLATION,
)  # fmt: skip
SOCIAL_ORGANISATIONS = frozenset({LegalForm.SOCIAL_GROUP, LegalForm.PRIVATE_NON_ENTERPRISE, LegalForm.FOUNDATION})

# the legal forms as they are offered: the frequent ones first
LEGAL_FORM_GROUPS: tuple[tuple[str, tuple[LegalForm, ...]], ...] = (
    (N_("社会组织"), (LegalForm.PRIVATE_NON_ENTERPRISE, LegalForm.SOCIAL_GROUP, LegalForm.FOUNDATION,
                     LegalForm.EXEMPT_BODY)),
    (N_("企业和行业机构"), (LegalForm.ENTERPRISE, LegalForm.SECTOR_BODY)),
    (N_("事业单位"), (LegalForm.PUBLIC_INSTITUTION_2, LegalForm.PUBLIC_INSTITUTION_BUSINESS,
                     LegalForm.PUBLIC_INSTITUTION_PENDING, LegalForm.PUBLIC_INSTITUTION_1)),
    (N_("其他"), (LegalForm.MASS_ORGANISATION, LegalForm.RURAL_COLLECTIVE, LegalForm.SELF_GOVERNING,
                 LegalForm.OTHER_BODY)),
)  # fmt: skip

# what stands under a choice at registration: everybody may register, the law decides later
LEGAL_FORM_HINTS: dict[LegalForm, str] = {
    LegalForm.PUBLIC_INSTITUTION_1: N_("公益一类事业单位不得承接政府购买服务"),
    LegalForm.MASS_ORGANISATION: N_("可以登记，但不得承接政府购买服务"),
    LegalForm.PUBLIC_INSTITUTION_PENDING: N_("应当划入公益二类或者生产经营类的，请上传机构编制部门的意见函"),
    LegalForm.SECTOR_BODY: N_("例如律师事务所、诊所、养老机构"),
    LegalForm.RURAL_COLLECTIVE: N_("县方案没有列入承接主体，可以登记"),
    LegalForm.SELF_GOVERNING: N_("例如村民委员会、居民委员会；县方案没有列入承接主体，可以登记"),
    LegalForm.OTHER_BODY: N_("代码以 A、Y 开头等；县方案没有列入承接主体，可以登记"),
}

CREDIT_LABELS: dict[str, str] = {
    "debarment": N_("禁止参加政府采购活动"),
    "serious_violation": N_("政府采购严重违法失信行为记录"),
    "major_violation": N_("重大违法记录"),
    "dishonest_debtor": N_("失信被执行人"),
    "tax_violation": N_("重大税收违法失信主体"),
}
CREDIT_CLAUSES: dict[str, str] = {"debarment": "R-ROLE-09", "major_violation": "R-ROLE-09"}


_NEVER_PROVIDERS_WORDS: dict[LegalForm, str] = {
    LegalForm.PUBLIC_INSTITUTION_1: N_("公益一类事业单位不得作为政府购买服务的承接主体。"),
    LegalForm.MASS_ORGANISATION: N_("使用事业编制、由财政拨款保障的群团组织不得作为政府购买服务的承接主体。"),
}


@dataclass(frozen=True)
class ProviderFacts:
    """What the exclusions look at. The state of the pre-check is not among it, on purpose."""

    name: str
    legal_form: str


@dataclass(frozen=True)
class CreditFact:
    """A credit entry as plain facts; both days are included."""

    kind: str
    document_number: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class Exclusion:
    """A statutory reason that speaks against a provider, with its clause."""

    sentence: Sentence
    clause: str


def exclusions(
    facts: ProviderFacts, entries: Sequence[CreditFact], day: date, item_forms: Sequence[str] | None = None
) -> list[Exclusion]:
    """What excludes a provider by statute on a day; `item_forms` are the legal forms that may provide the lot's item.

    Shown before bidding and decided at qualification review, never here.
    """
    found: list[Exclusion] = []
    if facts.legal_form in _NEVER_PROVIDERS_WORDS:
        found.append(Exclusion(say(_NEVER_PROVIDERS_WORDS[LegalForm(facts.legal_form)]), "R-GPS-03"))
    elif item_forms and facts.legal_form not in item_forms:
        form = say(LEGAL_FORM_LABELS[LegalForm(facts.legal_form)])
        found.append(Exclusion(say(N_("这个项目的承接主体不包括“{form}”。"), form=form), "R-SEED-09"))
    return found + [credit_exclusion(e) for e in entries if e.starts_on <= day <= e.ends_on]


def form_exclusions(legal_form: str, lot: Mapping[str, Any], ground: str) -> list[Exclusion]:
    """What a reservation and the item's legal forms say against a provider of this form, for one lot."""
    reserved = reservation_exclusions(legal_form, ground_of_lot(ground, lot))
    return [*reserved, *exclusions(ProviderFacts("", legal_form), [], date.min, lot["legal_forms"])]


def reservation_exclusions(legal_form: str, ground: str) -> list[Exclusion]:
    """What a reservation for small enterprises means for a provider; empty where it may take part (R-SME-02)."""
    if not is_shut_out(legal_form, ground):
        return []
    form = say(LEGAL_FORM_LABELS[LegalForm(legal_form)])
    words = N_("这个项目专门面向中小企业采购，“{form}”不是企业，不能参加。")
    return [Exclusion(say(words, form=form), "R-SME-02")]


def credit_exclusion(entry: CreditFact) -> Exclusion:
    """What an entry says against a provider while it runs."""
    sentence = say(
        N_("处于“{kind}”期间，到 {until} 为止（文号：{document}）。"),
        kind=say(CREDIT_LABELS[entry.kind]), until=Day(entry.ends_on), document=entry.document_number,
    )  # fmt: skip
    return Exclusion(sentence, CREDIT_CLAUSES.get(entry.kind, "R-CRED-01"))


@dataclass(frozen=True)
class Day:
    """A day inside a sentence, written in the language of the sentence's reader."""

    value: date

    def __format__(self, _: str) -> str:
        return written_day(self.value, current_language.get())


def legal_form_mistake(code: str, legal_form: str) -> Sentence | None:
    """Why this legal form cannot belong to this code; None where it fits or the beginning tells nothing."""
    expected = expected_legal_forms(code)
    if expected is None or legal_form in expected:
        return None
    # all kinds of institution share one beginning
    labels = sorted(LEGAL_FORM_LABELS[form] for form in expected)
    words = say(N_("事业单位")) if expected == INSTITUTIONS else say(labels[0])
    if len(labels) > 1 and expected != INSTITUTIONS:
        words = say(N_("{first}”或者“{second}"), first=say(labels[0]), second=say(labels[1]))
    return say(
        N_("以 {start} 开头的代码属于“{expected}”，和选的组织形式不一致。请改组织形式，或者核对代码。"),
        start=code[:2], expected=words,
    )  # fmt: skip


def only_legal_form(code: str) -> str | None:
    """The legal form that the beginning of a code tells; None where it tells several or none."""
    expected = expected_legal_forms(code)
    return next(iter(expected)).value if expected and len(expected) == 1 else None


def may_declare_small_micro(legal_form: str) -> bool:
    """Only enterprises can be small or micro enterprises (R-SME-02)."""
    return legal_form == LegalForm.ENTERPRISE


def small_micro_mistake(legal_form: str, declared: bool) -> Sentence | None:
    """Why the declaration cannot be made."""
    if declared and not may_declare_small_micro(legal_form):
        return say(N_("只有企业可以声明为小微企业；社会组织和事业单位不属于中小企业。请取消这一项。"))
    return None


def medium_mistake(legal_form: str, declared: bool, is_small_micro: bool) -> Sentence | None:
    """Why a declaration as a medium enterprise cannot be made."""
    if not declared:
        return None
    if not may_declare_small_micro(legal_form):
        return say(N_("只有企业可以声明为中型企业；社会组织和事业单位不属于中小企业。请取消这一项。"))
    return say(N_("小型、微型和中型企业只能选一项。请取消其中一项。")) if is_small_micro else None


def needed_papers(legal_form: str) -> tuple[PaperKind, ...]:
    """The papers a file needs before it can be pre-checked (R-ROLE-09, evidence list)."""
    if LegalForm(legal_form) in SOCIAL_ORGANISATIONS:
        return (*_ALWAYS_NEEDED, PaperKind.ANNUAL_INSPECTION)
    if legal_form == LegalForm.PUBLIC_INSTITUTION_PENDING:
        # which class it will be is the organ's to say, and this letter says it (R-SEED-09)
        return (*_ALWAYS_NEEDED, PaperKind.CLASS_LETTER)
    return _ALWAYS_NEEDED


def missing_papers(legal_form: str, kinds: Sequence[str]) -> list[PaperKind]:
    """The papers that are still missing."""
    return [kind for kind in needed_papers(legal_form) if kind not in kinds]


def runs_out_soon(valid_until: date | None, day: date) -> bool:
    """Whether a paper runs out within 60 days or has run out."""
    return valid_until is not None and valid_until - day <= PAPER_REMINDER


def masked_contact(contact: str) -> str:
    """A contact of whose digits the last four are shown; whoever needs the rest says why."""
    shown = [place for place, character in enumerate(contact) if character.isdigit()][-4:]
    return "".join("·" if c.isdigit() and place not in shown else c for place, c in enumerate(contact))
