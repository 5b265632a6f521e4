"""The clarity check: what a reader must find in a draft, from its problem to its acceptance, and what is missing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from catalogue.checks.facts import DraftFacts
from catalogue.checks.texts import Reading
from marketplace.kernel.i18n import N_

PROBLEM = re.compile(r"(?:为了?|针对|解决|由于|目前|存在|背景|不足|困难|压力|难以|缺少|缺乏|问题|目标)")
USERS = re.compile(r"对象|家庭|老人|老年人|儿童|未成年人|残疾人|低保|特困|困难群众|居民|户|人员|群体|患者|流浪")
NEEDS = re.compile(
    r"(?:调查|排查|走访|探访|协助|协办|办理|培训|宣传|照料|护理|评估|疏导|录入|建档|归档|管理|督导|指导|陪护|康复|链接|转介|核对|核查)"
)
QUANTITY = re.compile(
    r"(?:\d+(?:\.\d+)?|[一二两三四五六七八九十百千万]+)(?:名|人次|人|户|次|场|份|件|小时|个|期|天|篇|处|例|镇|村|学时)|每(?:月|年|周|季度?|户|半年|日)|按(?:月|季|年|周)"
)
STANDARD = re.compile(
    r"标准|规范|规程|\d+(?:\.\d+)?%|率|不少于|不低于|不超过|以内|及时率|完整|合格|时限|工作日内|小时内|日内"
)
EVIDENCE = re.compile(r"记录|台账|调查表|报告|签到|照片|问卷|档案|回执|表格|清单|台帐|凭证|时数")
ACCEPTANCE = re.compile(r"验收|考核|审核|评价|确认")
ASPECT_POINTS = {
    "problem": 10, "users": 10, "needs": 15, "quantity": 15, "budget": 5, "standard": 15, "evidence": 10,
    "weights": 10, "acceptance": 10,
}  # fmt: skip

ASPECT_LABELS: dict[str, str] = {
    "problem": N_("要解决的问题"),
    "users": N_("服务对象"),
    "needs": N_("服务内容"),
    "quantity": N_("数量"),
    "budget": N_("预算和单价"),
    "standard": N_("服务标准"),
    "evidence": N_("成果证据"),
    "weights": N_("评分权重"),
    "acceptance": N_("验收方法"),
}
HOW_TO_MEND: dict[str, str] = {
    "problem": N_("用一两句话写明现在有什么困难、希望变成什么样，例如“在册对象 1,200 户，入户核对不及时”。"),
    "users": N_("写明服务谁，例如“赵镇街道低保、特困对象”。"),
    "needs": N_("用动词写明做哪几件事，一件一行。"),
    "quantity": N_("每件事写明多少和多久一次，带单位，例如“每月走访 100 户”。"),
    "budget": N_("写明最高限价，各包预算加起来等于项目预算。"),
    "standard": N_("写明做到什么程度，例如“入户率 100%，差错率不超过 1%”，或者引用标准编号。"),
    "evidence": N_("写明交什么，例如“服务记录（六要素）、调查表、满意度问卷”。"),
    "weights": N_("评审因素写明每一档的条件和分值，合计 100 分。"),
    "acceptance": N_("写明谁在什么时候按什么验收，每个付款节点凭什么付。"),
}
WHERE: dict[str, str] = {"budget": "basics", "weights": "criteria"}
# the field of its page at which an aspect is mended
FIELDS: dict[str, str] = {
    "problem": "problem", "users": "users", "needs": "requirement", "quantity": "quantities-0-what",
    "budget": "ceiling", "standard": "standard", "evidence": "evidence", "weights": "price_weight",
    "acceptance": "acceptance",
}  # fmt: skip


@dataclass(frozen=True)
class Aspect:
    """One of the nine things a reader must find, and whether it is there."""

    name: str
    points: int
    is_said: bool

    @property
    def part(self) -> str:
        """The page on which it is mended."""
        return WHERE.get(self.name, "requirement")

    @property
    def field(self) -> str:
        """The field of that page."""
        return FIELDS[self.name]


@dataclass(frozen=True)
class Clarity:
    """The nine aspects; the score is the sum of the points of those that are said, out of 100."""

    aspects: tuple[Aspect, ...]

    @property
    def score(self) -> int:
        """Out of 100."""
        return sum(aspect.points for aspect in self.aspects if aspect.is_said)

    @property
    def missing(self) -> tuple[Aspect, ...]:
        """What is not said yet, the weightiest first."""
        return tuple(sorted((a for a in self.aspects if not a.is_said), key=lambda a: -a.points))


def clarity(facts: DraftFacts) -> Clarity:
    """Judge a draft; each aspect is found or not, by words in the need and by the structure of the rest."""
    need = "\n".join(Reading(passage).text for passage in facts.of(NEED))
    payment = "\n".join(Reading(passage).text for passage in facts.of("milestones"))
    said = {
        name: bool(pattern.search(need)) or _is_written_in_its_part(facts, name)
        for name, pattern in (
            ("problem", PROBLEM), ("users", USERS), ("needs", NEEDS), ("quantity", QUANTITY), ("standard", STANDARD),
        )
    }  # fmt: skip
    said["evidence"] = bool(EVIDENCE.search(need + "\n" + payment)) and bool(need.strip())
    said["acceptance"] = bool(ACCEPTANCE.search(need + "\n" + payment)) and bool(need.strip())
    said["budget"] = facts.has_ceiling and facts.lots_add_up
    said["weights"] = _weights_said(facts)
    return Clarity(tuple(Aspect(name, points, said[name]) for name, points in ASPECT_POINTS.items()))


NEED = "requirement"
# the parts of a requirement that answer an aspect by being written: a table of quantities, a problem in plain words
OWN_PARTS = {"problem": "problem", "users": "users", "quantity": "quantities"}
FEWEST_WORDS = 8  # characters; "无" or "见下" answers nothing


def _is_written_in_its_part(facts: DraftFacts, aspect: str) -> bool:
    field = OWN_PARTS.get(aspect)
    if field is None:
        return False
    texts = [p.text.strip() for p in facts.of(NEED) if p.field == field or p.field.startswith(f"{field}-")]
    return sum(len(text) for text in texts) >= FEWEST_WORDS


HAS_POINTS: Callable[[str], object] = re.compile(r"\d").search


def _weights_said(facts: DraftFacts) -> bool:
    total = facts.total_weight
    bands = [f for f in facts.factors if f.kind != "past_performance"]
    return total == Decimal(100) and bool(bands) and all(HAS_POINTS(f.bands) for f in bands)
