"""Every act, subject and particular that the code records has words for the auditor.

New ones get theirs in `marketplace/site/act_words.py` and `marketplace/site/detail_words.py`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from marketplace.kernel.i18n import current_language, english_messages
from marketplace.site.act_words import ACT_WORDS
from marketplace.site.detail_words import DETAIL_NAMES, SUBJECT_NAMES, VALUE_WORDS, detail_value
from tests.architecture.source import modules, statements

MAY_RECORD = re.compile(r"\brecord\s*\(")


def functions() -> Iterator[ast.AST]:
    """Every function of the modules that record something."""
    for module in modules():
        if MAY_RECORD.search(module.source):
            yield from (
                node for node in statements(module.tree)
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            )  # fmt: skip


def recorded() -> Iterator[tuple[ast.expr, ast.expr, ast.expr]]:
    """Act, subject and detail of every `record(…)` in the code; a detail kept in a name is looked up."""
    for function in functions():
        named: dict[str, ast.expr] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                named[node.targets[0].id] = node.value
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "record":
                if len(node.args) >= 4:
                    detail = node.args[3]
                    yield node.args[0], node.args[1], named.get(getattr(detail, "id", ""), detail)


def test_acts_subjects_and_particulars_have_words() -> None:
    found = list(recorded())
    assert len(found) > 50
    acts = {act.value for act, _, _ in found if isinstance(act, ast.Constant)}
    assert acts <= set(ACT_WORDS), acts - set(ACT_WORDS)
    subjects = {
        subject.elts[0].value
        for _, subject, _ in found
        if isinstance(subject, ast.Tuple) and isinstance(subject.elts[0], ast.Constant)
    }
    assert subjects <= set(SUBJECT_NAMES), subjects - set(SUBJECT_NAMES)
    names = {
        key.value
        for _, _, detail in found
        if isinstance(detail, ast.Dict)
        for key in detail.keys
        if isinstance(key, ast.Constant)
    }
    assert names <= set(DETAIL_NAMES), names - set(DETAIL_NAMES)


def test_all_these_words_have_their_english() -> None:
    assert {*SUBJECT_NAMES.values(), *DETAIL_NAMES.values(), *VALUE_WORDS.values()} <= set(english_messages())


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        ("yes", "是", "Yes"),
        ("2026-02-18T06:00:00+00:00", "2026年2月18日（周三）14:00", "Wed 18 February 2026, 14:00"),
        ("in_force", "履行中", "In force"),
        ("some_code", "<code>some_code</code>", "<code>some_code</code>"),
        ("1d2d479b-7d4e-4cf7-af9a-072c039dfe39", "<code>1d2d479b</code>", "<code>1d2d479b</code>"),
        ("排名第一<b>", "排名第一&lt;b&gt;", '<span lang="zh-CN">排名第一&lt;b&gt;</span>'),
    ],
)
def test_a_particular_is_written_for_people(value: str, zh: str, en: str) -> None:
    for language, expected in (("zh", zh), ("en", en)):
        token = current_language.set(language)
        try:
            assert detail_value(value) == expected
        finally:
            current_language.reset(token)
