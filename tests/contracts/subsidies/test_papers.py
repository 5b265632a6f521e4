"""补贴申请表 and 发放花名册 as they are printed: what is recorded, each condition, and sums that add up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue.notices.content import Facts, Grid, Paper
from contracts.subsidies.explaining import amount_in_words, explain
from contracts.subsidies.papers import APPLICANTS, PAYERS, application_paper, roster_paper
from contracts.subsidies.rules import LEVEL_LABELS, LineFacts, conditions_of, due_of
from contracts.subsidies.scheme_rules import SchemeFacts

APRIL = date(2026, 4, 1)
SCHEME = SchemeFacts({"assistant": Decimal("300.00")}, 240)


def a_line(key: str = "甲", kind: str = "own", amount: str = "300.00", minutes: int = 450) -> dict[str, Any]:
    """A line as the pages read it, with its conditions in words."""
    facts = LineFacts(APRIL, "assistant", date(2026, 1, 1), date(2028, 12, 31), minutes)
    line = {
        "worker_key": key, "name": f"唐{key}", "employer": "金堂县暖阳社会工作服务中心", "level": "assistant",
        "registered_on": date(2026, 1, 1), "certificate_until": date(2028, 12, 31), "month": APRIL, "kind": kind,
        "minutes": minutes, "duty_minutes": 0, "amount": Decimal(amount), "due": due_of(facts, SCHEME),
        "paid_before": Decimal(0), "carried": Decimal(0), "scheme_kind": "monthly", "scheme_name": "社工补贴办法",
        "document_number": "金民发〔2026〕8号", "run_reference": "BT-2026-0001", "office": "金堂县民政局",
    }  # fmt: skip
    said = [
        {"is_met": each.is_met, "sentence": explain(each.rule, each.found, each.needed, each.is_met)}
        for each in conditions_of(facts, SCHEME)
    ]
    return {**line, "conditions": said, "why": amount_in_words(line)}


RUN = {
    "scheme_name": "社工补贴办法", "document_number": "金民发〔2026〕8号", "scheme_kind": "monthly", "month": APRIL,
    "months": 1, "lines_sha256": "ab" * 32, "reference": "BT-2026-0001", "office": "金堂县民政局",
    "run_at": datetime(2026, 5, 9, 2, tzinfo=UTC), "approved_at": datetime(2026, 5, 18, 2, tzinfo=UTC),
}  # fmt: skip


def _blocks(paper: Paper, kind: type) -> list[Any]:
    return [block for section in paper.sections for block in section.blocks if isinstance(block, kind)]


def named(paper: Paper) -> dict[str, str | None]:
    """Everything of a paper that stands beside a name."""
    return {label: value for block in _blocks(paper, Facts) for label, value in block.rows}


def rows(paper: Paper) -> Sequence[Sequence[str]]:
    """The rows of the paper's list."""
    [grid] = _blocks(paper, Grid)
    return grid.rows


def test_R_SOCW_06_the_application_says_who_what_for_and_leaves_account_and_telephone_to_the_hand() -> None:
    paper = application_paper(a_line(), "https://jt.example/subsidies/lines/1")
    said = named(paper)
    assert (paper.title, paper.number, paper.issuer) == ("社会工作者补贴申请表", "BT-2026-0001", "金堂县民政局")
    assert (said["姓名"], said["等级"], said["月份"], said["文号"]) == (
        "唐甲", LEVEL_LABELS["assistant"], "2026年4月", "金民发〔2026〕8号",
    )  # fmt: skip
    assert said["已审核关闭的服务"] == "7:30"
    amount = said["金额"]
    assert amount is not None and "300.00" in amount and "叁佰元整" in amount
    assert said["银行账号"] is None and said["联系电话"] is None  # ruled lines: nothing secret is printed
    assert [result for _, result in rows(paper)] == ["满足"] * len(rows(paper))
    assert "按等级发 300.00 元" in repr(paper.sections) and all(each in repr(paper.sections) for each in APPLICANTS)


def test_R_SOCW_05_the_application_of_nothing_says_which_condition_is_missing() -> None:
    paper = application_paper({**a_line(amount="0.00", minutes=239), "document_number": ""}, "")
    assert [words for words, result in rows(paper) if result == "不满足"] == [
        "已审核关闭的服务 3:59，需要至少 4:00。"
    ]  # fmt: skip
    assert named(paper)["文号"] is None and "所以这次是 0 元" in repr(paper.sections)


def test_the_roster_has_a_row_for_each_who_is_paid_with_what_was_adjusted() -> None:
    lines = [
        a_line("甲"), a_line("甲", "adjustment", "-100.00"), a_line("乙"), a_line("乙", "adjustment", "50.00"),
        a_line("丙", amount="0.00"), a_line("丁"), a_line("丁", "adjustment", "-300.00"),
    ]  # fmt: skip
    paper = roster_paper(RUN, lines, "https://jt.example/subsidies/runs/BT-2026-0001")
    assert [tuple(row[:2]) + tuple(row[4:]) for row in rows(paper)] == [
        ("1", "唐甲", "7:30", "300.00", "-100.00", "200.00", ""),
        ("2", "唐乙", "7:30", "300.00", "50.00", "350.00", ""),
    ]  # fmt: skip
    said = named(paper)
    assert said["人数"] == "2" and said["合计"] is not None and "550.00" in said["合计"]
    assert "伍佰伍拾元整" in said["合计"] and said["明细的 SHA-256"] == "ab" * 32
    assert paper.issued_on == "2026年5月18日" and all(each in repr(paper.sections) for each in PAYERS)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("甲乙丙丁"), st.integers(-400, 400)), max_size=12))
def test_the_rosters_rows_and_total_are_what_each_is_paid(changes: list[tuple[str, int]]) -> None:
    lines = [a_line(who) for who in "甲乙丙丁"] + [a_line(who, "adjustment", f"{n}.00") for who, n in changes]
    paid = {who: 300 + sum(n for each, n in changes if each == who) for who in "甲乙丙丁"}
    paper = roster_paper(RUN, lines, "")
    assert {row[1]: Decimal(row[7]) for row in rows(paper)} == {
        f"唐{who}": Decimal(n) for who, n in paid.items() if n > 0
    }
    assert all(Decimal(row[5]) + Decimal(row[6]) == Decimal(row[7]) for row in rows(paper))
    total = sum(n for n in paid.values() if n > 0)
    assert f"{total:,}.00" in str(named(paper)["合计"])
