"""The kinds of notices: the forms of 财办库〔2020〕50号 that apply to services, and the county's own (R-PUB-02)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from marketplace.kernel.i18n import N_


class Kind(StrEnum):
    """What a notice announces."""

    INTENTION = "intention"
    PREQUALIFICATION = "prequalification"
    DOCUMENT = "document"
    TENDER = "tender"
    CONSULTATION = "consultation"
    INVITATION = "invitation"
    SELECTION = "selection"
    SINGLE_SOURCE = "single-source"
    CORRIGENDUM = "corrigendum"
    AWARD = "award"
    ADMISSION = "admission"
    TERMINATION = "termination"
    CONTRACT = "contract"
    ACCEPTANCE = "acceptance"
    COMPLAINT = "complaint"


@dataclass(frozen=True)
class Form:
    """The form of a kind: its title, its number among the 13 forms of 2020, and the rule that asks for it."""

    title: str
    form_number: int | None
    clause: str


K = Kind
FORMS: dict[Kind, Form] = {
    K.INTENTION: Form(N_("政府采购意向公告"), 1, "R-TIME-01"),
    K.PREQUALIFICATION: Form(N_("资格预审公告"), 2, "R-TIME-06"),
    K.DOCUMENT: Form(N_("采购文件"), None, "R-DOC-02"),
    K.TENDER: Form(N_("公开招标公告"), 3, "R-DOC-01"),
    K.CONSULTATION: Form(N_("竞争性磋商公告"), 4, "R-TIME-11"),
    K.INVITATION: Form(N_("投标（响应）邀请书"), None, "R-PUB-02"),
    K.SELECTION: Form(N_("限额以下比选公告"), None, "R-METH-12"),
    K.AWARD: Form(N_("中标（成交）结果公告"), 5, "R-AWD-01"),
    K.ADMISSION: Form(N_("入围结果公告"), None, "R-FRM-02"),
    K.CORRIGENDUM: Form(N_("更正公告"), 6, "R-CORR-01"),
    K.TERMINATION: Form(N_("终止公告"), 7, "R-PUB-02"),
    K.CONTRACT: Form(N_("政府采购合同公告"), 8, "R-PUB-03"),
    K.ACCEPTANCE: Form(N_("公共服务项目验收结果公告"), 9, "R-ACC-01"),
    K.SINGLE_SOURCE: Form(N_("单一来源采购公示"), 10, "R-PUB-02"),
    K.COMPLAINT: Form(N_("投诉处理结果公告"), 11, "R-DISP-07"),
}
assert set(FORMS) == set(Kind)

# what finance announces of its own: it presses and sends it, and no procuring unit does (101 Art. 3, R-ROLE-02)
OF_FINANCE: frozenset[Kind] = frozenset({K.COMPLAINT})


def kind_of(slug: str) -> Kind | None:
    """The kind of a notice by its name in the address; None for what is no notice."""
    return next((kind for kind in sorted(Kind, key=len, reverse=True) if slug.startswith(kind.value)), None)


# forms 12 and 13 are of those who supervise; here nothing of theirs is written
NOT_OURS: dict[int, str] = {
    12: N_("监督检查处理结果公告"),
    13: N_("集中采购机构考核结果公告"),
}

# the invitation to one provider: it stands under the invitation's identity, and who may see it depends on the reader
LETTER_SLUG = "invitation-letter"
