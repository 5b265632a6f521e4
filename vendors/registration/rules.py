"""What a whole file consists of, and what is still missing. All pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from marketplace.kernel.i18n import N_, Sentence, say
from vendors.providers.rules import PAPER_LABELS, PaperKind, missing_papers


class Part(StrEnum):
    """The parts of a provider's file, in the order they are asked."""

    IDENTITY = "identity"
    REPRESENTATIVE = "representative"
    RELATIONS = "relations"
    TOWNS = "towns"
    ITEMS = "items"
    STAFF = "staff"
    ACCOUNT = "account"
    PAPERS = "papers"


PART_LABELS: dict[Part, str] = {
    Part.IDENTITY: N_("基本情况"),
    Part.REPRESENTATIVE: N_("法定代表人"),
    Part.RELATIONS: N_("关联的人和单位"),
    Part.TOWNS: N_("服务的镇（街道）"),
    Part.ITEMS: N_("能承接的项目和数量"),
    Part.STAFF: N_("社会工作者名册"),
    Part.ACCOUNT: N_("收款账号"),
    Part.PAPERS: N_("材料"),
}
PART_PATHS: dict[Part, str] = {
    Part.IDENTITY: "/my-organisation/facts",
    Part.REPRESENTATIVE: "/my-organisation/representative",
    Part.RELATIONS: "/my-organisation/relations",
    Part.TOWNS: "/my-organisation/towns",
    Part.ITEMS: "/my-organisation/items",
    Part.STAFF: "/my-organisation/workers",
    Part.ACCOUNT: "/my-organisation/account",
    Part.PAPERS: "/my-organisation/papers",
}
# what is stated instead of a list that is empty
STATEMENT_OF: dict[Part, str] = {Part.RELATIONS: "no_relations", Part.STAFF: "no_staff"}
STATEMENT_LABELS: dict[str, str] = {
    "no_relations": N_("没有其他控股、被控股、管理和被管理的人或者单位"),
    "no_staff": N_("目前没有社会工作者"),
}


@dataclass(frozen=True)
class FileFacts:
    """How much of each part stands in a file; `papers` are the kinds, `statements` what is stated instead of a list."""

    legal_form: str
    has_representative: bool = False
    has_account: bool = False
    relations: int = 0
    towns: int = 0
    items: int = 0
    staff: int = 0
    papers: Collection[str] = ()
    statements: Collection[str] = ()


@dataclass(frozen=True)
class PartState:
    """One part of a file: whether it is done, and what stands in it or is missing."""

    part: Part
    is_done: bool
    hint: Sentence


def part_states(facts: FileFacts) -> list[PartState]:
    """Every part of the file in order; the identity stands since the registration."""
    lacking = missing_papers(facts.legal_form, list(facts.papers))
    return [
        PartState(Part.IDENTITY, True, say(N_("名称、代码、住所和联系人"))),
        _entered(Part.REPRESENTATIVE, facts.has_representative, N_("职务、电话和证件号码后四位")),
        _listed(Part.RELATIONS, facts.relations, facts, N_("共 {count} 项"), N_("没有的，也请说明没有")),
        _listed(Part.TOWNS, facts.towns, facts, N_("共 {count} 个"), N_("勾选能去服务的地方")),
        _listed(Part.ITEMS, facts.items, facts, N_("共 {count} 项"), N_("按目录选，写明一年能做多少")),
        _listed(Part.STAFF, facts.staff, facts, N_("共 {count} 人"), N_("没有的，也请说明没有")),
        _entered(Part.ACCOUNT, facts.has_account, N_("填一次，以后的发票都用它")),
        PartState(Part.PAPERS, not lacking, _papers_hint(lacking, len(facts.papers))),
    ]


def _entered(part: Part, is_done: bool, asks: str) -> PartState:
    return PartState(part, is_done, say(N_("已填写")) if is_done else say(asks))


def _listed(part: Part, count: int, facts: FileFacts, words: str, asks: str) -> PartState:
    stated = STATEMENT_OF.get(part)
    if count:
        return PartState(part, True, say(words, count=count))
    if stated and stated in facts.statements:
        return PartState(part, True, say(STATEMENT_LABELS[stated]))
    return PartState(part, False, say(asks))


def _papers_hint(lacking: Sequence[PaperKind], count: int) -> Sentence:
    if not lacking:
        return say(N_("共 {count} 份"), count=count)
    return say(N_("还差 {count} 份，先交“{first}”"), count=len(lacking), first=say(PAPER_LABELS[lacking[0]]))


def missing_parts(facts: FileFacts) -> list[Part]:
    """What keeps a file from being whole. It keeps nobody from bidding (R-QUAL-01)."""
    return [state.part for state in part_states(facts) if not state.is_done]
