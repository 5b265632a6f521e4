"""Checks that structure decides, not single words: bands, deposits, what is missing, what stands twice. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from catalogue.checks.facts import DraftFacts, Factor, Hit
from catalogue.checks.texts import Passage, Reading

HUNDRED = Decimal(100)
STANDARD = re.compile(
    r"标准|规范|规程|指南|gb|db\d|率(?:达到?|不低于)?\d|不超过|不少于|至少|以内|每(?:户|月|年|次|季|人)|\d+%"
)
ACCEPTANCE = re.compile(r"验收|审核(?:通过)?的?(?:服务)?时数|考核合格|确认合格")
ITEMISED = re.compile(
    r"每(?:有|缺|少|漏|项|增|提供|一|名|人|次|份|场|户|个|处|点|条|\d)|缺(?:一|少|\d)|(?:一|1)(?:项|处|条|点)(?:得|扣|减)|扣\d"
)
VAGUE = re.compile(
    r"(?:具有|具备)?(?:科学|合理|针对|完整|可行|操作|逻辑|严谨|创新|前瞻|系统|全面)性(?:强|高|较强|较高|好)?|有针对性|完整、可行"
    r"|符合逻辑|结构严谨|可?操作性强|贴合实际|切合实际|切实可行|科学合理|内容详实|思路清晰|措施得力|较为?完善|较好|较强|良好"
)
SCORE = re.compile(
    r"(?<![\d.\-~至到])(?:得|计|加|给|为|:|,|、|^|(?<=[^\d.]))(\d+(?:\.\d+)?)分(?!钟|之|项|档|别|析|工|包|类|数)"
)
MOST = re.compile(r"(?:最(?:高|多)(?:得|加|计)?|满分(?:为)?|上限(?:为)?|共计?)(\d+(?:\.\d+)?)分")
PAPER = re.compile(
    r"[\u4e00-\u9fff]{0,12}?(?:许可证|资格证书?|资质证书|执业证书?|认证证书|等级证书|评估等级|职业资格|社会工作师|社工证|业绩)"
)
BID_DEPOSIT = re.compile(r"(?:投标|磋商|响应|比选|谈判)保证金[^。;\n]{0,24}?(\d[\d,]*(?:\.\d+)?)(%|万元|元)")
BOND = re.compile(r"履约保证金[^。;\n]{0,24}?(\d+(?:\.\d+)?)%")
SUBCONTRACT = re.compile(r"(?:可以?|允许|接受)(?:将|对|部分|依法|适当)?[^。;,\n]{0,10}分包|分包履行")
SHARE_SAID = re.compile(
    r"分包[^。\n]{0,40}(?:比例|%|金额|内容|范围|限于|部分为)|(?:内容|部分|工作)[^。,\n]{0,12}(?:可以?|允许)分包"
)
SMALL = re.compile(r"中小企业[^。\n]{0,20}(?:联合体|分包)|(?:联合体|分包)[^。\n]{0,20}中小企业")
SMALL_SAID = re.compile(r"(?:联合|分包意向)协议[^。\n]{0,40}(?:%|比例)|(?:%|比例)[^。\n]{0,40}(?:联合|分包意向)协议")
SAMPLES = re.compile(r"(?:提供|提交|递交|送)[^。;,\n]{0,6}样品")
SAMPLES_SAID = re.compile(r"样品[^。\n]{0,30}(?:评审(?:方法|标准|因素)|评分标准|按下列|每[^。\n]{0,10}得)")
REFERENCES = re.compile(
    r"(?:不少于|至少|不低于|具有|提供|有)(\d+|[一二两三四五六七八九十])(?:个|项|份)(?:及以上|以上|\(含\)以上)?[^。;,\n]{0,14}(?:业绩|合同|案例)"
)
NUMERALS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}

Predicate = Callable[[DraftFacts], Iterator[Hit]]


def _reading(factor: Factor) -> Reading:
    return Reading(Passage("criteria", factor.bands_field, factor.bands))


def _hit(reading: Reading, match: re.Match[str]) -> Hit:
    passage = reading.passage
    return Hit(passage.part, passage.field, reading.excerpt(*match.span()))


def _scored(facts: DraftFacts) -> Iterator[Factor]:
    """Factors with bands of their own; past performance has its printed table."""
    return (factor for factor in facts.factors if factor.kind != "past_performance" and factor.bands.strip())


def no_standard(facts: DraftFacts) -> Iterator[Hit]:
    """A need that is written but names no standard and no measure (R-DOC-04)."""
    needs = facts.of("requirement")
    written = [passage for passage in needs if passage.text.strip()]
    if written and not any(STANDARD.search(Reading(passage).text) for passage in written):
        yield Hit(written[0].part, written[0].field)


def no_acceptance(facts: DraftFacts) -> Iterator[Hit]:
    """Neither the need nor the payments speak of acceptance (R-ACC-01)."""
    written = [passage for passage in facts.of("requirement", "milestones", "acceptance") if passage.text.strip()]
    needs = [passage for passage in written if passage.part == "requirement"]
    if needs and not any(ACCEPTANCE.search(Reading(passage).text) for passage in written):
        yield Hit(needs[0].part, needs[0].field)


def _said_without(facts: DraftFacts, said: re.Pattern[str], needed: re.Pattern[str]) -> Iterator[Hit]:
    for passage in facts.passages:
        reading = Reading(passage)
        match = said.search(reading.text)
        if match and not reading.is_denied(*match.span()) and not needed.search(reading.text):
            yield _hit(reading, match)


def subcontract_unsaid(facts: DraftFacts) -> Iterator[Hit]:
    """Subcontracting is allowed without saying what and how much; the terms ask both in fields of their own."""
    hits = _said_without(facts, SUBCONTRACT, SHARE_SAID)
    return (hit for hit in hits if (hit.part, hit.field) != ("terms", "subcontract_parts"))


def small_enterprise_share(facts: DraftFacts) -> Iterator[Hit]:
    """Small enterprises by consortium or subcontract, without agreement and share."""
    return _said_without(facts, SMALL, SMALL_SAID)


def samples_without_standard(facts: DraftFacts) -> Iterator[Hit]:
    """Samples without a standard for judging them."""
    return _said_without(facts, SAMPLES, SAMPLES_SAID)


def deduction_on_reserved(facts: DraftFacts) -> Iterator[Hit]:
    """A reserved project gives no deduction (R-SME-04)."""
    if facts.is_reserved and facts.deduction > 0:
        yield Hit("criteria", "small_micro_deduction")


def no_deduction(facts: DraftFacts) -> Iterator[Hit]:
    """A scored price outside a reservation has a deduction (R-SME-04); under the limit the county's own way goes."""
    if not facts.is_reserved and not facts.is_under_limit and facts.price_weight > 0 and facts.deduction == 0:
        yield Hit("criteria", "small_micro_deduction")


def bands_not_distinct(facts: DraftFacts) -> Iterator[Hit]:
    """Two bands of one factor with the same points (R-DOC-06)."""
    for factor in _scored(facts):
        reading = _reading(factor)
        if ITEMISED.search(reading.text):
            continue  # so many points for each: the same number may stand for different things
        seen: set[Decimal] = set()
        for match in SCORE.finditer(reading.text):
            points = Decimal(match.group(1))
            if points in seen:
                yield _hit(reading, match)
                break
            seen.add(points)


def unquantified(facts: DraftFacts) -> Iterator[Hit]:
    """Bands that name no points at all (R-DOC-06)."""
    for factor in _scored(facts):
        text = _reading(factor).text
        if not re.search(r"\d+(?:\.\d+)?分|满分|(?:扣|减|加|得)\d|\d+%", text):
            yield Hit("criteria", factor.bands_field)


def _vague(facts: DraftFacts, itemised: bool) -> Iterator[Hit]:
    for factor in _scored(facts):
        reading = _reading(factor)
        match = VAGUE.search(reading.text)
        if match and bool(ITEMISED.search(reading.text)) is itemised:
            yield _hit(reading, match)


def vague_scoring(facts: DraftFacts) -> Iterator[Hit]:
    """Words without a measure, and nothing to count (SC61 46)."""
    return _vague(facts, itemised=False)


def vague_itemised(facts: DraftFacts) -> Iterator[Hit]:
    """Words without a measure where points are counted by item: the items should be listed."""
    return _vague(facts, itemised=True)


def points_do_not_add_up(facts: DraftFacts) -> Iterator[Hit]:
    """A band above the points of its factor, or a printed maximum that is another number."""
    for factor in _scored(facts):
        reading = _reading(factor)
        wrong = next((m for m in SCORE.finditer(reading.text) if Decimal(m.group(1)) > factor.points), None)
        tops = list(MOST.finditer(reading.text))
        if wrong is None and len(tops) == 1 and Decimal(tops[0].group(1)) != factor.points:
            wrong = tops[0]
        if wrong is not None:
            yield _hit(reading, wrong)


def also_qualification(facts: DraftFacts) -> Iterator[Hit]:
    """The same paper or record is asked as qualification and scored (R-DOC-06)."""
    asked: set[str] = set()
    for passage in facts.of("qualification"):
        reading = Reading(passage)
        asked |= {_core(m.group()) for m in PAPER.finditer(reading.text) if not reading.is_denied(m.end() - 2, m.end())}
    for factor in facts.factors:
        reading = _reading(factor)
        for match in PAPER.finditer(reading.text):
            if _core(match.group()) in asked and factor.kind != "past_performance":
                yield _hit(reading, match)
                break


def _core(paper: str) -> str:
    """The end of a paper's name, by which two mentions are the same paper."""
    known = ("社会工作师", "社工证", "评估等级", "业绩")
    return next((name for name in known if paper.endswith(name)), paper.rstrip("书")[-7:])


def deposit_too_high(facts: DraftFacts) -> Iterator[Hit]:
    """A bid deposit or a performance bond above the lawful share (R-DOC-05)."""
    for passage in facts.passages:
        reading = Reading(passage)
        for match in BID_DEPOSIT.finditer(reading.text):
            amount, unit = Decimal(match.group(1).replace(",", "")), match.group(2)
            yuan = amount * {"%": facts.budget / HUNDRED, "元": Decimal(1), "万元": Decimal(10000)}[unit]
            if yuan > facts.budget * facts.bid_deposit_most / HUNDRED:
                yield _hit(reading, match)
        for match in BOND.finditer(reading.text):
            if Decimal(match.group(1)) > facts.performance_bond_most:
                yield _hit(reading, match)


def too_many_references(facts: DraftFacts) -> Iterator[Hit]:
    """More like contracts as a qualification than the rule allows (R-DOC-10)."""
    for passage in facts.of("qualification"):
        reading = Reading(passage)
        for match in REFERENCES.finditer(reading.text):
            count = NUMERALS.get(match.group(1)) or int(match.group(1))
            if count > facts.references_most:
                yield _hit(reading, match)


PREDICATES: Mapping[str, Predicate] = {
    "no-standard": no_standard,
    "no-acceptance": no_acceptance,
    "subcontract-unsaid": subcontract_unsaid,
    "small-enterprise-share": small_enterprise_share,
    "samples-without-standard": samples_without_standard,
    "deduction-on-reserved": deduction_on_reserved,
    "no-deduction": no_deduction,
    "bands-not-distinct": bands_not_distinct,
    "unquantified": unquantified,
    "vague-scoring": vague_scoring,
    "vague-itemised": vague_itemised,
    "points-do-not-add-up": points_do_not_add_up,
    "also-qualification": also_qualification,
    "deposit-too-high": deposit_too_high,
    "too-many-references": too_many_references,
}
