"""Unified social credit codes."""

from __future__ import annotations

import pytest
from stdnum.cn import uscc

from catalogue.items.rules import LegalForm
from marketplace.kernel.forms import Wrong
from vendors.providers.credit_codes import fresh_credit_code, read_credit_code
from vendors.providers.rules import legal_form_mistake

RIGHT = "52510121MJ3GXL7U7N"


def refusal(typed: str) -> str:
    """What is said about a code."""
    with pytest.raises(Wrong) as wrong:
        read_credit_code(typed)
    return wrong.value.sentence.text("zh")


def test_spaces_and_small_letters_are_understood():
    assert read_credit_code("5251 0121 mj3g xl7u 7n") == RIGHT


def test_a_code_of_the_wrong_length_says_how_many_characters_there_are():
    assert "现在有 17 位" in refusal(RIGHT[:-1])


def test_a_character_that_no_code_has_is_named_with_its_place():
    assert "第 10 位“O”" in refusal(RIGHT[:9] + "O" + RIGHT[10:])


def test_letters_in_the_region_are_refused():
    assert "行政区划" in refusal("5251012AMJ3GXL7U7N")


@pytest.mark.parametrize("place", [1, 9, 12, 17])
def test_a_wrong_digit_anywhere_fails_the_check_digit(place):
    other = "3" if RIGHT[place] != "3" else "4"
    assert "校验位不对" in refusal(RIGHT[:place] + other + RIGHT[place + 1 :])


def test_a_check_digit_off_by_one_is_named_with_what_it_should_be():
    said = refusal(RIGHT[:-1] + "P")
    assert "第 18 位应当是“N”，现在是“P”" in said


def test_a_character_that_looks_like_the_right_one_is_named_with_its_place():
    code = next(
        c for seed in range(200)
        if (c := fresh_credit_code(seed))[12] == "8" and "校验位" in refusal(c[:12] + "B" + c[13:])
    )  # fmt: skip
    assert "第 13 位很可能应当是“8”，现在是“B”" in refusal(code[:12] + "B" + code[13:])


def test_a_mistake_in_the_organisation_part_is_placed_there():
    other = "3" if RIGHT[13] != "3" else "4"
    assert "第 9 到第 17 位" in refusal(RIGHT[:13] + other + RIGHT[14:])


@pytest.mark.parametrize("start", ["N1", "N2", "A1", "Y1", "13", "31"])
def test_codes_of_other_registrars_are_read(start):
    body = start + "510121MF0000000"
    code = body + uscc.calc_check_digit(body)
    assert read_credit_code(code) == code


def test_a_law_firm_is_no_enterprise_and_a_thirteen_names_both_its_forms():
    firm = fresh_credit_code(3, LegalForm.SECTOR_BODY)
    assert "行业主管部门" in legal_form_mistake(firm, LegalForm.ENTERPRISE).text("zh")
    said = legal_form_mistake(fresh_credit_code(3, LegalForm.EXEMPT_BODY), LegalForm.ENTERPRISE).text("zh")
    assert "免予登记" in said and "群团组织" in said


def test_a_rural_collective_economic_organisation_is_not_refused():
    body = "N2510121MF0000000"
    code = body + uscc.calc_check_digit(body)
    assert read_credit_code(code) == code
    assert legal_form_mistake(code, LegalForm.RURAL_COLLECTIVE) is None
    assert "农村集体" in legal_form_mistake(code, LegalForm.ENTERPRISE).text("zh")


@pytest.mark.parametrize("form", list(LegalForm))
def test_made_up_codes_are_valid_and_fit_their_legal_form(form):
    codes = {fresh_credit_code(seed, form) for seed in range(50)}
    assert len(codes) == 50
    for code in codes:
        assert read_credit_code(code) == code and legal_form_mistake(code, form) is None
    assert fresh_credit_code(7, form) == fresh_credit_code(7, form)


def test_a_legal_form_that_the_code_contradicts_is_refused():
    assert "民办非企业单位" in legal_form_mistake(RIGHT, LegalForm.ENTERPRISE).text("zh")
    institution = fresh_credit_code(1, LegalForm.PUBLIC_INSTITUTION_2)
    assert "事业单位" in legal_form_mistake(institution, LegalForm.FOUNDATION).text("zh")
    assert legal_form_mistake(institution, LegalForm.PUBLIC_INSTITUTION_1) is None
