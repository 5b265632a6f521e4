"""What is packed comes back; what strangers pack is refused."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.gateways.file_types import LARGEST, MEGABYTE
from tests.marketplace.sealing.second_form import pack_with_base64
from vendors.bids.consortium import Member
from vendors.bids.contents import BidContents, PastPerformance, pack, unpack
from vendors.bids.papers import (
    LARGEST_ATTACHMENT,
    LARGEST_ATTACHMENTS,
    Attachment,
    Unsealed,
    Unsealer,
)  # fmt: skip
from vendors.bids.seals import Seal, SealKind, seal_mistakes
from vendors.bids.strangers import ContentsBroken

WHOLE = BidContents(
    declarations=("具有独立承担民事责任的能力",),
    qualification_text="资格说明",
    past_performance=PastPerformance("good", "德阳市民政局", date(2025, 11, 30), "评价报告.pdf"),
    technical_text="方案",
    attachments=(Attachment("评价报告.pdf", b"%PDF-1.4\x00\xff"),),
    price=Decimal("480000.00"),
    is_small_micro=True,
)


STAMPED = Seal("评价报告.pdf", SealKind.STAMPED)
GIVEN = Member("91510121MJX0000016", "金堂县小微服务有限公司", Decimal("30.50"))


def beside(*contents: bytes) -> list[Unsealer]:
    """Papers as they come out of a seal."""

    def unsealer(content: bytes) -> Unsealer:
        async def unsealed() -> Unsealed:
            return Unsealed(io.BytesIO(content), len(content), hashlib.sha256(content).hexdigest())

        return unsealed

    return [unsealer(each) for each in contents]


PAPERS = beside(*(each.content for each in WHOLE.attachments))


def listed(*names: object, **changed: object) -> list[dict[str, object]]:
    """As many papers in the list, under these names."""
    return [{"name": name, "sha256": "0" * 64, "size": 3, **changed} for name in names]


@pytest.mark.parametrize(
    "contents",
    [
        WHOLE, BidContents(), replace(WHOLE, price=None, past_performance=None), replace(WHOLE, subcontract=GIVEN),
        replace(WHOLE, seal=STAMPED), replace(WHOLE, seal=replace(STAMPED, kind=SealKind.SIGNED)),
    ],
)  # fmt: skip
async def test_what_is_packed_comes_back_and_papers_lie_beside(contents):
    papers = beside(*(each.content for each in contents.attachments))
    found = unpack(pack(contents), papers)
    assert replace(found, attachments=()) == replace(contents, attachments=())
    assert [(each.name, each.sha256, each.size) for each in found.attachments] == [
        (each.name, each.sha256, each.size) for each in contents.attachments
    ]
    for one, other in zip(found.attachments, contents.attachments, strict=True):
        assert (await one.open()).read() == other.content
    assert b"base64" not in pack(contents)["technical"]


@pytest.mark.parametrize("contents", [WHOLE, BidContents()])
def test_a_bid_of_the_earlier_forms_with_its_papers_inside_is_read(contents):
    assert unpack(pack_with_base64(contents), None) == contents
    if contents.attachments:  # each form is read by its own rules alone
        with pytest.raises(ContentsBroken):
            unpack(pack_with_base64(contents), PAPERS)
        with pytest.raises(ContentsBroken):
            unpack(pack(contents), None)


async def test_a_paper_that_is_not_the_listed_one_is_refused_with_its_name():
    for other in (b"%PDF-1.4\x00\xfe", b"%PDF-1.4\x00\xff\n", b""):
        (paper,) = unpack(pack(WHOLE), beside(other)).attachments
        with pytest.raises(ContentsBroken, match="附件“评价报告.pdf”的内容和清单不一样"):
            await paper.open()


@pytest.mark.parametrize("papers", [[], beside(b"a", b"b")])
def test_more_or_fewer_papers_than_listed_are_refused(papers):
    with pytest.raises(ContentsBroken, match=f"清单里有 1 份附件，封存的有 {len(papers)} 份"):
        unpack(pack(WHOLE), papers)


@pytest.mark.parametrize(
    "names",
    [["../up.pdf"], ["a/b.pdf"], ["a\\b.pdf"], [".."], ["."], [""], ["a\x07.pdf"], ["长" * 201], [5], ["a.pdf"] * 2],
)  # fmt: skip
def test_names_that_lead_elsewhere_or_come_twice_are_refused(names):
    with pytest.raises(ContentsBroken, match="不是规定的格式（attachments"):
        unpack(changed("technical", attachments=listed(*names)), PAPERS * len(names))


@pytest.mark.parametrize(
    "more",
    [{"size": -1}, {"size": "3"}, {"size": True}, {"size": 3.0}, {"size": LARGEST_ATTACHMENT + 1}, {"sha256": "F" * 64},
     {"sha256": 1}, {"base64": "AAAA"}],
)  # fmt: skip
def test_a_list_with_other_lengths_or_sums_is_refused(more):
    with pytest.raises(ContentsBroken, match="不是规定的格式（attachments"):
        unpack(changed("technical", attachments=listed("a.pdf", **more)), PAPERS)


def test_five_papers_of_100_mb_are_taken_and_one_more_is_not():
    assert LARGEST_ATTACHMENT == 100 * MEGABYTE and LARGEST_ATTACHMENTS >= 5 * LARGEST_ATTACHMENT
    five = listed(*(f"{n}.pdf" for n in range(5)), size=LARGEST_ATTACHMENT)
    found = unpack(changed("technical", attachments=five), PAPERS * 5).attachments
    assert sum(each.size for each in found) == 5 * LARGEST
    with pytest.raises(ContentsBroken):
        unpack(changed("technical", attachments=[*five, *listed("more.pdf")]), PAPERS * 6)
    with pytest.raises(ContentsBroken):
        unpack(changed("technical", attachments=listed(*map(str, range(21)))), PAPERS * 21)


def test_R_RECORD_01_a_bid_that_names_no_seal_is_read_in_either_form_and_one_inside_an_earlier_bid_too():
    assert unpack(pack(WHOLE), PAPERS).seal is None and b'"seal"' not in pack(WHOLE)["technical"]
    assert unpack(pack_with_base64(WHOLE), None).seal is None
    assert unpack(pack(replace(WHOLE, seal=STAMPED)), PAPERS).seal == STAMPED


@pytest.mark.parametrize(
    ("paper", "kind", "fields"),
    [
        (None, None, set()), ("", "", set()), ("a.pdf", "signed", set()), ("a.pdf", None, {"seal_kind"}),
        (None, "signed", {"seal_paper"}), ("gone.pdf", "signed", {"seal_paper"}),
        ("gone.pdf", "", {"seal_paper", "seal_kind"}),
    ],
)  # fmt: skip
def test_R_RECORD_01_the_paper_with_the_seal_is_one_of_the_bids_and_has_its_kind(paper, kind, fields):
    assert set(seal_mistakes(paper, kind, ["a.pdf", "b.pdf"])) == fields


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ({"attachment": "别的.pdf", "kind": "stamped"}, Seal("别的.pdf", "stamped")),
        ({"attachment": "评价报告.pdf", "kind": "drawn"}, None), ({"attachment": "a.pdf", "kind": ["stamped"]}, None),
        ({"attachment": "", "kind": "signed"}, None), ({"attachment": "评价报告.pdf"}, None), (None, None), ([], None),
        ({"attachment": "长" * 201, "kind": "signed"}, None), ({"attachment": "a\x00b", "kind": "signed"}, None),
    ],
)  # fmt: skip
def test_R_RECORD_01_no_bid_is_lost_for_what_it_says_of_its_seal(named, found):
    assert unpack(changed("technical", seal=named), PAPERS) == replace(unpack(pack(WHOLE), PAPERS), seal=found)


def test_packing_is_canonical():
    assert pack(WHOLE) == pack(WHOLE)
    assert b'"price":"480000.00"' in pack(WHOLE)["price"] and b"price" not in pack(replace(WHOLE, price=None))["price"]


def changed(part: str, **values: object) -> dict[str, bytes]:
    """A packed bid with one part written differently."""
    parts = pack(WHOLE)
    content = {**json.loads(parts[part]), **values}
    return {**parts, part: json.dumps({k: v for k, v in content.items() if v != "absent"}).encode()}


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
        changed("technical", attachments=[{"name": "a"}]),
        changed("technical", attachments=listed("a.pdf") * 21),
        changed("technical", text="长" * 1_000_000),
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
        unpack(parts, PAPERS)
    assert "不是规定的格式" in broken.value.sentence.text("zh")


ATTACHMENT = {"name": "a.pdf", "sha256": "0" * 64, "base64": "AAAA"}


@pytest.mark.parametrize(
    "attachments", [{}, [ATTACHMENT], [{**ATTACHMENT, "base64": "!!"}], [{"name": "a"}], [ATTACHMENT] * 21]
)
def test_garbage_inside_an_earlier_bid_is_refused(attachments):
    with pytest.raises(ContentsBroken):
        unpack(changed("technical", attachments=attachments), None)


@given(st.dictionaries(st.sampled_from(["qualification", "technical", "price"]), st.binary(max_size=200)))
def test_any_bytes_are_a_bid_or_a_refusal(parts):
    try:
        unpack({**pack(WHOLE), **parts}, PAPERS)
    except ContentsBroken:
        pass
