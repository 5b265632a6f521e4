import re
from datetime import date
from decimal import Decimal

import pytest

from marketplace.kernel import rulebook
from marketplace.kernel.rulebook import BrokenRulebook, RuleNotInForce, UnknownRule, read_rulebook

MARCH = date(2026, 3, 2)

LIMITS = [
    ("R-TIME-04", "20"), ("R-TIME-05", "15"), ("R-TIME-07", "10"), ("R-TIME-09", "5"), ("R-TIME-14", "5"),
    ("R-TIME-17", "30"), ("R-TIME-20/losers", "5"), ("R-TIME-20/winner", "5"), ("R-TIME-26/first_review", "5"),
    ("R-TIME-26/non_acceptance", "3"), ("R-TIME-26/copies", "8"), ("R-TIME-26/reply", "5"),
    ("R-TIME-26/decision", "30"), ("R-TIME-30/sign", "30"), ("R-TIME-30/summary", "10"), ("R-EVAL-02/services", "10"),
    ("R-EVAL-05", "2"), ("R-EVAL-10/low", "10"), ("R-EVAL-10/high", "30"), ("R-LOW-01/mean", "50"),
    ("R-LOW-01/next_lowest", "50"), ("R-LOW-01/ceiling", "45"), ("R-LOW-02", "65"), ("R-SEED-01", "22"),
    ("R-SEED-02", "25"), ("R-SEED-03", "30"), ("R-SEED-04", "5000"), ("R-SEED-05", "24"), ("R-PERF-08/years", "3"),
    ("R-PERF-08/default_weight_max", "5"), ("R-PERF-02/excellent", "90"), ("R-DOC-05/bid_deposit", "2"),
    ("R-DOC-05/performance_bond", "10"), ("R-METH-04/open_tender", "4000000"), ("R-METH-04/limit", "500000"),
    ("R-BID-08/purchased_services", "2"), ("R-COM-02/members", "3"), ("R-SME-04/low", "10"), ("R-SME-04/high", "20"),
    ("R-PAY-01", "30"), ("R-PAY-02/longest", "60"), ("R-PAY-02/late_interest", "0.05"), ("R-CON-02", "10"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value"), LIMITS)
def test_a_limit_reads_as_the_rulebook_says(key, value):
    assert rulebook.number(key, MARCH) == Decimal(value)


def test_every_rule_has_words_in_both_languages_a_citation_and_a_row():
    rules = rulebook.all_rules()
    assert len(rules) > 200
    for rule in rules:
        assert rule.rows and rule.title.en and rule.text.en
        assert not re.search(r"[\u4e00-\u9fff]", rule.title.en), rule.id


def test_every_value_in_words_and_every_part_has_a_name_in_both_languages():
    for rule in rulebook.all_rules():
        for row in rule.rows:
            assert row.part is None or (row.part_title.zh and row.part_title.en)
            assert isinstance(row.value, Decimal) or bool(row.words.zh) == bool(row.words.en)


def test_the_low_price_arithmetic_begins_on_1_february_2026():
    with pytest.raises(RuleNotInForce):
        rulebook.row("R-LOW-01/mean", date(2026, 1, 31))
    assert rulebook.number("R-LOW-01/mean", date(2026, 2, 1)) == 50
    assert rulebook.row("R-LOW-06", date(2026, 1, 31)).citation == "财政部令第87号第六十条"
    with pytest.raises(RuleNotInForce):
        rulebook.row("R-LOW-06", date(2026, 2, 1))


def test_a_listing_of_2022_keeps_the_deduction_of_its_day():
    assert rulebook.number("R-SME-04/high", date(2022, 6, 30)) == 10
    assert rulebook.number("R-SME-04/high", date(2022, 7, 1)) == 20


def test_what_no_text_confirms_is_marked():
    assert rulebook.row("R-EVAL-05", MARCH).unconfirmed
    assert rulebook.row("R-METH-04/limit", MARCH).unconfirmed
    assert not rulebook.row("R-TIME-04", MARCH).unconfirmed


def test_unknown_rules_and_parts_are_refused_in_words():
    with pytest.raises(UnknownRule, match="R-NONE-99"):
        rulebook.rule("R-NONE-99")
    with pytest.raises(UnknownRule, match="nothing"):
        rulebook.row("R-TIME-20/nothing", MARCH)
    with pytest.raises(UnknownRule):
        rulebook.number("R-CAL-04", MARCH)


def test_rules_in_force_leaves_out_what_has_not_begun():
    ids = {rule.id for rule in rulebook.rules_in_force(date(2026, 1, 1))}
    assert "R-LOW-06" in ids and "R-LOW-01" not in ids


def book(tmp_path, rows, **changes):
    fields = {"id": '"R-TEST-01"', "confidence": '"A"', "effective_from": "2020-01-01", **changes}
    lines = "\n".join(f"{name} = {value}" for name, value in fields.items())
    words = '{ zh = "甲", en = "a" }'
    (tmp_path / "a.toml").write_text(
        f'[[rule]]\n{lines}\ntitle = {words}\ntext = {words}\ncitation = "法"\nrows = [{rows}]\n'
    )
    return read_rulebook(tmp_path)


def test_the_nearer_authority_wins(tmp_path, monkeypatch):
    rows = ", ".join(
        f'{{ value = "{value}", unit = "yuan", jurisdiction = "{where}", effective_from = {since} }}'
        for value, where, since in [
            ("1", "national", "2020-01-01"),
            ("2", "sichuan", "2021-01-01"),
            ("3", "county", "2022-01-01"),
        ]
    )
    rules = book(tmp_path, rows)
    monkeypatch.setattr(rulebook, "rulebook", lambda: rules)
    for year, value in [(2020, 1), (2021, 2), (2022, 3)]:
        assert rulebook.number("R-TEST-01", date(year, 6, 1)) == value


@pytest.mark.parametrize(
    ("rows", "changes"),
    [
        ('{ value = "1", unit = "furlongs" }', {}),
        ('{ value = "one", unit = "yuan" }', {}),
        ('{ value = "1", unit = "yuan", direction = "sideways" }', {}),
        ('{ value = "1", unit = "yuan", effective_to = 2019-01-01 }', {}),
        ('{ value = "1", unit = "yuan" }, { value = "2", unit = "yuan", effective_from = 2021-01-01 }', {}),
        ('{ value = "1", unit = "yuan" }', {"id": '"time-4"'}),
        ('{ value = "1", unit = "yuan" }', {"confidence": '"E"'}),
    ],
)
def test_a_rulebook_that_contradicts_itself_does_not_load(tmp_path, rows, changes):
    with pytest.raises(BrokenRulebook):
        book(tmp_path, rows, **changes)


def test_rows_of_one_part_may_follow_each_other(tmp_path):
    first = '{ value = "1", unit = "yuan", effective_to = 2020-12-31 }'
    second = '{ value = "2", unit = "yuan", effective_from = 2021-01-01 }'
    assert len(book(tmp_path, f"{first}, {second}")["R-TEST-01"].rows) == 2
