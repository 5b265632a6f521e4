"""What structure decides, how clear a draft is, and that the coverage table tells the truth."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from catalogue.checks import document
from catalogue.checks.book import ENTRIES, Coverage, Severity, all_checks, all_entries, checks_of
from catalogue.checks.clarity import clarity
from catalogue.checks.facts import DraftFacts, Factor
from catalogue.checks.fairness import findings
from catalogue.checks.texts import Passage
from marketplace.kernel.rulebook import all_rules

NEED = Passage("requirement", "requirement", "每月走访低保对象 100 户，按服务标准填写服务记录，按月验收。")


def a_draft(*more: Passage, **changed: Any) -> DraftFacts:
    facts = DraftFacts(
        passages=(NEED, *more), budget=Decimal(505000), price_weight=Decimal(20), deduction=Decimal(10),
        bid_deposit_most=Decimal(2), performance_bond_most=Decimal(10), references_most=2,
    )  # fmt: skip
    return replace(facts, **changed)


def found(facts: DraftFacts) -> list[str]:
    return [finding.check.id for finding in findings(facts)]


def test_a_fair_draft_has_no_finding() -> None:
    assert found(a_draft()) == []


def test_r_doc_04_a_need_without_standard_or_acceptance_is_pointed_out() -> None:
    bare = Passage("requirement", "requirement", "协助办理救助事务。")
    assert found(a_draft(passages=(bare,))) == ["no-standard", "no-acceptance"]
    paid = Passage("milestones", "milestones-0-evidence", "已审核的服务时数")
    assert found(a_draft(passages=(bare, paid))) == ["no-standard"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"deduction": Decimal(0)}, ["no-deduction"]),
        ({"deduction": Decimal(0), "is_under_limit": True}, []),
        ({"deduction": Decimal(0), "is_reserved": True}, []),
        ({"is_reserved": True}, ["deduction-on-reserved"]),
        ({"deduction": Decimal(0), "price_weight": Decimal(0)}, []),
    ],
)
def test_small_enterprises_get_a_deduction_exactly_where_nothing_is_reserved(
    changed: dict[str, Any], expected: list[str]
) -> None:
    assert found(a_draft(**changed)) == expected


@pytest.mark.parametrize(
    ("qualification", "bands", "is_fault"),
    [
        ("具有助理社会工作师的项目负责人", "每有一名助理社会工作师得 4 分", True),
        ("提供 1 个同类服务业绩", "同类服务业绩每个得 2 分", True),
        ("须具有养老机构设立许可证", "每有一名持证护理员得 2 分", False),
        ("不要求同类业绩", "同类服务业绩每个得 2 分", False),
        ("无", "同类服务业绩每个得 2 分", False),
    ],
)
def test_r_doc_06_a_qualification_may_not_score_as_well(qualification: str, bands: str, is_fault: bool) -> None:
    factor = Factor("business", "能力", Decimal(20), bands, "criteria-0-bands")
    facts = a_draft(Passage("qualification", "qualification", qualification), factors=(factor,))
    assert ("also-qualification" in found(facts)) is is_fault


def test_small_enterprises_by_consortium_need_an_agreement_and_its_share() -> None:
    vague = Passage("qualification", "qualification", "大型企业应当与中小企业组成联合体参加。")
    assert "small-enterprise-share" in found(a_draft(vague))
    said = replace(vague, text=vague.text + "联合协议中中小企业合同金额不低于 40%。")
    assert "small-enterprise-share" not in found(a_draft(said))


@pytest.mark.parametrize(
    ("text", "is_fault"),
    [
        ("磋商保证金 10,100 元", False),
        ("磋商保证金 10,100.01 元", True),
        ("投标保证金为预算金额的 2%", False),
        ("投标保证金为预算金额的 2.5%", True),
        ("投标保证金 1.01 万元", False),
        ("履约保证金不超过合同金额的 10%", False),
        ("履约保证金为成交价的 10.5%", True),
    ],
)
def test_r_doc_05_a_deposit_is_compared_with_its_limit_exactly(text: str, is_fault: bool) -> None:
    facts = a_draft(Passage("qualification", "qualification", text))
    assert ("deposit-too-high" in found(facts)) is is_fault


def test_r_eval_12_printed_bands_of_hours_are_no_comparison() -> None:
    bands = "年服务时数 6000 小时以上得 20 分；5000 小时以上不足 6000 小时得 12 分；其余得 5 分"
    assert found(a_draft(factors=(Factor("technical", "时数", Decimal(20), bands, "criteria-0-bands"),))) == []


def test_other_words_are_another_finding_and_need_a_reason_of_their_own() -> None:
    def key(text: str) -> str:
        (only,) = findings(a_draft(Passage("qualification", "qualification", text)))
        assert only.check.severity is Severity.REASON
        return only.key

    assert key("社会组织评估等级3A以上") == key("另须：社会组织评估等级3A以上") != key("社会组织评估等级4A以上")


def test_a_clear_draft_scores_100_and_a_bare_one_names_what_is_missing() -> None:
    need = "目前入户核对不及时。" + NEED.text
    factor = Factor("technical", "方案", Decimal(80), "每项 4 分", "criteria-0-bands")
    clear = a_draft(
        passages=(replace(NEED, text=need),), factors=(factor,), has_ceiling=True, lots_add_up=True,
        total_weight=Decimal(100),
    )  # fmt: skip
    assert (clarity(clear).score, clarity(clear).missing) == (100, ())
    bare = clarity(a_draft(passages=(replace(NEED, text="开展工作"),)))
    assert bare.score == 0
    assert [aspect.name for aspect in bare.missing][:3] == ["needs", "quantity", "standard"]
    assert {aspect.part for aspect in bare.missing} == {"requirement", "basics", "criteria"}


def test_r_role_10_every_one_of_the_61_entries_is_covered_and_says_by_whom() -> None:
    entries = all_entries()
    assert len(entries) == ENTRIES
    for entry in entries:
        assert bool(checks_of(entry.number)) is (entry.coverage is Coverage.MACHINE)
        assert entry.reason.zh and entry.reason.en


def test_every_check_names_a_rule_of_the_rulebook_and_speaks_both_languages() -> None:
    rules = {rule.id for rule in all_rules()}
    for check in all_checks().values():
        assert check.rule in rules, check.id
        assert check.title.en and check.sentence.zh.endswith("。") and check.sentence.en.endswith("."), check.id


def test_the_coverage_document_is_in_step() -> None:
    rewrite = "run `.venv/bin/python -m catalogue.checks.document` and commit docs/fairness.md"
    assert document.DOCUMENT.read_text(encoding="utf-8") == document.render(), rewrite


def test_the_parts_of_a_requirement_answer_by_their_names() -> None:
    """A problem in words of its own and a table of quantities count; an empty part or a filler does not."""
    written = {"problem": "独居者摔倒以后没人知道。", "users": "八十岁以上的独居者"}
    written |= {"quantities-0-what": "上门看望独居者", "quantities-0-unit": "次"}
    passages = tuple(Passage("requirement", field, text) for field, text in written.items())
    said = {aspect.name: aspect.is_said for aspect in clarity(DraftFacts(passages, Decimal(1))).aspects}
    assert said["problem"] and said["users"] and said["quantity"] and not said["standard"]
    filler = tuple(Passage("requirement", field, "见下") for field in written)
    said = {aspect.name: aspect.is_said for aspect in clarity(DraftFacts(filler, Decimal(1))).aspects}
    assert not any(said[name] for name in ("problem", "users", "quantity"))
    for aspect in clarity(DraftFacts(filler, Decimal(1))).aspects:
        assert aspect.part and aspect.field
