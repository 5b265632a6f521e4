"""Words that everybody will read: numbers and addresses are found, what is public anyway is not, black is black."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Field, parse
from marketplace.kernel.public_words import BLACK, blacked, check_public, public_text, telling


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("电话13800138000，转张工", ["13800138000"]),
        ("身份证 510121 19900101 123X。", ["510121 19900101 123X"]),
        ("打１３８·００１３·８０００", ["１３８·００１３·８０００"]),
        ("请写信到zhang.san@qq.com，我们会在三天内答复。谢谢大家", ["zhang.san@qq.com"]),
        ("电话13800138000元旦前打", ["13800138000"]),
        ("13800138000 元月", ["13800138000"]),
        ("卡号 6228 4800 1234 5678 901", ["6228 4800 1234 5678 901"]),
        ("510121 1990-01-01 1234", ["510121 1990-01-01 1234"]),
        ("打138-2013-2000或者6651-2345", ["138-2013-2000", "6651-2345"]),
        ("2026-03-02 13800138000", ["2026-03-02 13800138000"]),
        ("2025-2026年度服务 120-130 户、1200-1300 户，2026-3-2 得分 90 85 100", []),
        ("1200000平方米，1200000万元，2026-01-01-2026-12-31，2026-03-02 09:30", []),
        ("账号 6228480012345678901 元", ["6228480012345678901"]),
        ("见 HT-2026-0001 和 JX-2025-0003，2026-03-02 付款 1290000 元、1290000.50元", []),
        ("打138.0013.8000或者139—0013–8000", ["138.0013.8000", "139—0013–8000"]),
        ("卡6228/4800/1234/5678，138\u00a00013\u200b8000", ["6228/4800/1234/5678", "138\u00a00013\u200b8000"]),
        ("2023/2024/2025 年，2026.03.02，1290000.50元，1,290,000元，第 101/102/103 室", []),
        ("三月办了培训，到场二十六人，附台账第 31—42 页。", []),
    ],
)
def test_R_CIV_06_what_leads_to_somebody_is_found_and_what_is_public_anyway_is_not(words, found):
    assert telling(words) == found
    if found:
        with pytest.raises(DomainError):
            check_public("别的话。", words)
        check_public(blacked(words, found))
    else:
        check_public(words)
    form = parse([Field("words", "话", public_text(200))], {"words": words})
    assert ("words" in form.errors) is bool(found) and form.raw["words"] == words


@given(st.text("甲乙丙1234567890 -.", max_size=40))
def test_what_is_hidden_is_gone_and_its_length_is_not_told(words):
    shown = blacked(words, telling(words))
    assert not telling(shown.replace(BLACK, "，"))
    assert blacked("甲", ["甲"]) == blacked("甲甲甲甲", ["甲甲甲甲"]) == BLACK


def test_of_passages_that_overlap_no_end_is_left():
    assert blacked("张三丰和张三", ["张三", "张三丰", ""]) == f"{BLACK}和{BLACK}"
    assert blacked("张三丰来了", ["张三", "三丰"]) == f"{BLACK}来了"
    assert blacked("问甲甲甲", ["甲甲"]) == f"问{BLACK}" and blacked("没有", []) == "没有"
