"""What is packed comes back; what strangers pack is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vendors.bids.consortium import Member
from vendors.bids.contents import Attachment, BidContents, ContentsBroken, PastPerformance, pack, unpack

WHOLE = BidContents(
    declarations=("具有独立承担民事责任的能力",),
    qualification_text="资格说明",
    past_performance=PastPerformance("good", "德阳市民政局", date(2025, 11, 30), "评价报告.pdf"),
    technical_text="方案",
    attachments=(Attachment("评价报告.pdf", b"%PDF-1.4\x00\xff"),),
    price=Decimal("480000.00"),
    is_small_micro=True,
)


GIVEN = Member("91510121MJX0000016", "金堂县小微服务有限公司", Decimal("30.50"))


@pytest.mark.parametrize(
    "contents",
    [
        WHOLE, BidContents(), replace(WHOLE, price=None, past_performance=None), replace(WHOLE, subcontract=GIVEN)
    ],
)  # fmt: skip
def test_what_is_packed_comes_back(contents):
    assert unpack(pack(contents)) == contents


def test_packing_is_canonical():
    assert pack(WHOLE) == pack(WHOLE)
    assert b'"price":"480000.00"' in pack(WHOLE)["price"] and b"price" not in pack(replace(WHOLE, price=None))["price"]


def changed(part: str, **values: object) -> dict[str, bytes]:
    """A packed bid with one part written differently."""
    parts = pack(WHOLE)
    content = {**json.loads(parts[part]), **values}
    return {**parts, part: json.dumps({k: v for k, v in content.items() if v != "absent"}).encode()}


ATTACHMENT = {"name": "a.pdf", "sha256": "0" * 64, "base64": "AAAA"}
CLAIM = {"grade": "good", "buyer": "x", "evaluated_on": "2025-01-01", "document_name": ""}


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"price": b"{}"},
        {**pack(WHOLE), "more": b"{}"},
        {**pack(WHOLE), "price": b"\xff\xfe"},
        {**pack(WHOLE), "price": b"[" * 3000},
        {**pack(WHOLE), "price": b'{"price":"1","price":"2","small_micro":false}'},
        {**pack(WHOLE), "price": b" " * 5000},
        changed("technical", subcontract={"credit_code": "x", "name": "a", "share": "30"}),
        changed("technical", subcontract={"credit_code": "91510121MJX0000016", "name": "a", "share": 30}),
        changed("technical", subcontract=[]),
        changed("price", price=480000),
        changed("price", price="-1"),
        changed("price", price="1.234"),
        changed("price", price="１２"),
        changed("price", price="1e9"),
        changed("price", price="9" * 13),
        changed("price", small_micro="yes"),
        changed("price", small_micro="absent"),
        changed("price", extra=1),
        changed("technical", text=5),
        changed("technical", text="a\x00b"),
        changed("technical", text="\ud800"),
        changed("technical", text="长" * 60_001),
        changed("technical", attachments={}),
        changed("technical", attachments=[ATTACHMENT]),
        changed("technical", attachments=[{**ATTACHMENT, "base64": "!!"}]),
        changed("technical", attachments=[{"name": "a"}]),
        changed("technical", attachments=[ATTACHMENT] * 21),
        changed("qualification", declarations="x"),
        changed("qualification", declarations=["x"] * 41),
        changed("qualification", past_performance={**CLAIM, "grade": "best"}),
        changed("qualification", past_performance={**CLAIM, "evaluated_on": "2025-13-01"}),
        changed("qualification", past_performance={"grade": "good"}),
        changed("qualification", past_performance=[]),
    ],
)
def test_garbage_is_refused_with_a_sentence(parts):
    with pytest.raises(ContentsBroken) as broken:
        unpack(parts)
    assert "不是规定的格式" in broken.value.sentence.text("zh")


@given(st.dictionaries(st.sampled_from(["qualification", "technical", "price"]), st.binary(max_size=200)))
def test_any_bytes_are_a_bid_or_a_refusal(parts):
    try:
        unpack({**pack(WHOLE), **parts})
    except ContentsBroken:
        pass
