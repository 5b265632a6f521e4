"""Every field that a form of the project declares, with every kind of rubbish: a value or a sentence, never a crash."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from contracts.subsidies.forms import month_of_year
from contracts.visits.forms import text_without_people, time_of_day
from marketplace.kernel.characters import unseen_in
from marketplace.kernel.forms import (
    Bound,
    Field,
    Reader,
    code_text,
    day,
    decimal,
    moment,
    money,
    parse,
    proper_name,
    text,
    whole_number,
)
from marketplace.kernel.i18n import N_, current_language, translate
from tests.bad_input.rubbish import REFUSED_EVERYWHERE, RUBBISH, declared_fields
from vendors.providers.credit_codes import read_credit_code
from vendors.registration.forms import account_number, phone_number

FIELDS = dict(declared_fields())
# a label that asks for the name of a person or a body; what else has such a word is a title or a list
NAMES = re.compile(r"^姓名|^法定代表人$|联系人$|机构名称|单位名称|审查人|开户银行|授权代表|法律顾问|机关$")


def _typed(reader: Reader, typed: str) -> Any:
    form = parse([Field("answer", N_("金额"), reader)], {"answer": typed})
    return form.errors["answer"].text() if form.errors else form["answer"]


def test_the_walk_finds_the_forms() -> None:
    assert len(FIELDS) > 350
    assert {place.split(".")[0] for place in FIELDS} == {
        "marketplace", "catalogue", "vendors", "evaluations", "contracts",
    }  # fmt: skip


@pytest.mark.parametrize("kind", RUBBISH)
def test_every_field_reads_rubbish_or_says_what_is_wrong_beside_itself(kind: str) -> None:
    for place, field in FIELDS.items():
        form = parse([field], {field.name: [RUBBISH[kind]] * 2 if field.is_list else RUBBISH[kind]})
        assert set(form.errors) <= {field.name}, place
        for language in ("zh", "en"):
            _says_a_sentence(form, field, language, place)
        if isinstance(value := form[field.name], str):
            assert not unseen_in(value) and value == value.strip(), place


def _says_a_sentence(form: Bound, field: Field, language: str, place: str) -> None:
    token = current_language.set(language)
    try:
        said = form.errors[field.name].text() if form.errors else ""
    finally:
        current_language.reset(token)
    if said:
        assert said.endswith(("。", ".", "？", "?")), (place, said)
        assert language == "zh" or not re.search(r"[\u4e00-\u9fff]", said.replace("乡镇", "").replace("好", "")[:40]), (
            place,
            said,
        )


@pytest.mark.parametrize("kind", REFUSED_EVERYWHERE)
def test_what_nobody_can_see_is_refused_in_every_field(kind: str) -> None:
    taken = [place for place, field in FIELDS.items() if not parse([field], {field.name: RUBBISH[kind]}).errors]
    assert taken == []


@pytest.mark.parametrize("typed", ["好😀", "<b>金堂</b>", "＜b＞", "a|b", "社工™"])
def test_no_field_for_a_name_takes_emoji_or_brackets(typed: str) -> None:
    asked = {place: field for place, field in FIELDS.items() if NAMES.search(translate(field.label, "zh"))}
    assert len(asked) > 15
    taken = [place for place, field in asked.items() if not parse([field], {field.name: typed}).errors]
    assert taken == []


@pytest.mark.parametrize(
    ("reader", "typed", "meant"),
    [
        (money(), "５０５，０００．５０", Decimal("505000.50")),
        (money(), "￥505000。5元", Decimal("505000.50")),
        (money(Decimal(-10)), "－５", "金额不能是负数。"),
        (decimal(Decimal(0), Decimal(100)), "１２．５％", Decimal("12.5")),
        (decimal(Decimal(-5), Decimal(5)), "−３", Decimal(-3)),
        (whole_number(), "２０", 20),
        (day(), "２０２６－０３－０２", date(2026, 3, 2)),
        (day(), "2026/3/2", date(2026, 3, 2)),
        (day(), "２０２６．３．２", date(2026, 3, 2)),
        (day(), "2026年3月2日", date(2026, 3, 2)),
        (day(), " 2026年 3月 2日 ", date(2026, 3, 2)),
        (moment(), "２０２６－０３－０２　１４：００", datetime(2026, 3, 2, 6, tzinfo=UTC)),
        (moment(), "2026年3月2日14时00分", datetime(2026, 3, 2, 6, tzinfo=UTC)),
        (moment(), "2026-03-02T14:00", datetime(2026, 3, 2, 6, tzinfo=UTC)),
        (month_of_year(), "２０２６－０４", date(2026, 4, 1)),
        (month_of_year(), "2026年4月", date(2026, 4, 1)),
        (time_of_day(), "１４：３０", time(14, 30)),
        (code_text(8), "Ａ０２", "A02"),
        (read_credit_code, "５２５１０１２１ＭＪＱ１２３４５６Ｕ".replace("Ｕ", "X"), None),
        (account_number(), "６２２８ 4800－00012345", "62284800000012345"[:4] + "480000012345"),
        (phone_number(), "０２８－８４９３２０００", "028-84932000"),
        (proper_name(20), "金堂县\u200b社工  中心", "金堂县社工 中心"),
        (text(20), "看\u200b得见\ufeff", "看得见"),
    ],
)  # fmt: skip
def test_a_chinese_keyboard_is_understood(reader: Reader, typed: str, meant: Any) -> None:
    if meant is None:
        assert "第 " in _typed(reader, typed) or "校验位" in _typed(reader, typed)  # read as a code, then checked
    else:
        assert _typed(reader, typed) == meant


@pytest.mark.parametrize("typed", ["5²", "①", "٣", "½", "五百", "1,2,3.4.5", "--5", "1 0"])
def test_what_only_looks_like_a_number_is_refused(typed: str) -> None:
    assert "请填" in str(_typed(money(), typed)) and "请填" in str(_typed(whole_number(), typed))


@pytest.mark.parametrize("typed", ["03/02/2026", "2026-13-01", "2026-2-30", "2026/3", "二〇二六年三月二日", "2026.3/x"])
def test_a_day_that_is_none_or_could_be_another_is_refused(typed: str) -> None:
    assert "2026-03-02" in str(_typed(day(), typed))
    assert "2026-03-02" in str(_typed(moment(), f"{typed} 14:00"))


def test_a_mobile_number_in_wide_digits_is_still_a_mobile_number() -> None:
    assert "手机号" in str(_typed(text_without_people(100), "电话１３８－００１３－８０００"))


def test_lines_and_tabs_of_a_text_stay() -> None:
    assert _typed(text(50), "一\r\n\t二") == "一\n\t二"
