"""A consortium: typed, kept locked, packed, and told to nobody before the opening."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest

from marketplace.kernel.db import execute, fetch, fetchval
from tests.builders_catalogue import a_published_listing
from tests.builders_vendors import PDF, AProvider, a_provider
from tests.pages import send, sign_in, words
from vendors.bids.consortium import Member, member_mistakes, own_share
from vendors.bids.contents import BidContents, pack, unpack
from vendors.bids.strangers import ContentsBroken

ONE = Member("52510121MJD000000X", "成员一", Decimal("30.00"))
TWO = Member("52510121MJD000001X", "成员二", Decimal("20.50"))
WHOLE = BidContents(members=(ONE, TWO), agreement="联合协议.pdf")


def test_a_consortium_is_packed_and_comes_back_and_none_leaves_no_word() -> None:
    assert unpack(pack(WHOLE), []) == WHOLE and own_share(WHOLE.members) == Decimal("49.50")
    assert b"consortium" not in pack(BidContents())["qualification"]


@pytest.mark.parametrize(
    "changed",
    [
        [], {"agreement": "x"}, {"agreement": "x", "members": []}, {"agreement": "x", "members": [{}]},
        {"agreement": 1, "members": [{"credit_code": "5" * 18, "name": "x", "share": "10"}]},
        {"agreement": "x", "members": [{"credit_code": "short", "name": "x", "share": "10"}]},
        {"agreement": "x", "members": [{"credit_code": "5" * 18, "name": "", "share": "10"}]},
        {"agreement": "x", "members": [{"credit_code": "5" * 18, "name": "x", "share": "0"}]},
        {"agreement": "x", "members": [{"credit_code": "5" * 18, "name": "x", "share": 10}]},
        {"agreement": "x", "members": [{"credit_code": c * 18, "name": "x", "share": "50"} for c in "56"]},
        {"agreement": "x", "members": [{"credit_code": "5" * 18, "name": "x", "share": "10"}] * 2},
        {"agreement": "x", "members": [{"credit_code": f"{n:018}", "name": "x", "share": "1"} for n in range(5)]},
    ],
)  # fmt: skip
def test_what_strangers_pack_as_a_consortium_is_refused(changed: Any) -> None:
    parts = pack(WHOLE)
    part = {**json.loads(parts["qualification"]), "consortium": changed}
    with pytest.raises(ContentsBroken):
        unpack({**parts, "qualification": json.dumps(part).encode()}, [])


def test_every_mistake_of_the_members_is_said_beside_its_field() -> None:
    rows = {1: ("A", Decimal(60)), 2: ("A", None), 3: (None, Decimal(5)), 4: ("ME", Decimal(50))}
    found = member_mistakes(rows, "ME", {"A"})
    assert set(found) == {"code_2", "share_2", "code_3", "code_4", "share_4"}
    assert member_mistakes({1: ("A", Decimal(60)), 2: (None, None)}, "ME", {"A"}) == {}
    assert "还没有登记" in member_mistakes({1: ("B", Decimal(60))}, "ME", {"A"})["code_1"].text("zh")


async def _place(clock: Any) -> tuple[str, AProvider, dict[str, str]]:
    now = await clock.now()
    listing = await a_published_listing(now)
    leader = await a_provider(now)
    await a_provider(now, "沱江社会工作服务中心", username="tuojiang")
    code = await fetchval("SELECT credit_code FROM provider WHERE reference <> $1", leader.reference)
    return f"/listings/{listing.reference}/lots/1/bid", leader, {"code_1": code, "share_1": "30"}


async def test_members_are_saved_with_the_agreement_and_stand_nowhere_in_clear(
    client: httpx.AsyncClient, clock: Any
) -> None:
    path, leader, typed = await _place(clock)
    await sign_in(client, leader.username)
    bad = await send(client, f"{path}/consortium", typed)
    assert bad.status_code == 422 and "请上传联合协议" in words(bad.text) and typed["code_1"] in bad.text
    before = await fetch("SELECT act FROM audit_entry")
    checks = await fetchval("SELECT count(*) FROM credit_check")
    paper = {"agreement": ("联合协议.pdf", PDF, "application/pdf")}
    good = await send(client, f"{path}/consortium", typed, files=paper)
    assert good.status_code == 303
    page = words((await client.get(f"{path}/consortium")).text)
    english = await client.get(f"/en{path}/consortium")
    assert english.status_code == 200 and "Member 1" in words(english.text)
    assert "沱江社会工作服务中心" in page and "承担 70" in page and "联合协议.pdf" in page
    assert "另有 1 个成员" in words((await client.get(path)).text)
    assert "沱江社会工作服务中心" in words((await client.get(f"{path}/check")).text)
    # neither the audit nor the proofs of credit nor the draft's row say who takes part with whom
    assert await fetch("SELECT act FROM audit_entry") == before
    assert await fetchval("SELECT count(*) FROM credit_check") == checks
    stored = await fetchval("SELECT ciphertext FROM bid_draft")
    assert typed["code_1"].encode() not in stored and "沱江".encode() not in stored
    alone = await send(client, f"{path}/consortium", {})
    assert alone.status_code == 303 and "另有" not in words((await client.get(path)).text)


async def test_a_listing_that_admits_none_refuses_with_the_clause(client: httpx.AsyncClient, clock: Any) -> None:
    path, leader, typed = await _place(clock)
    listing = await fetchval("SELECT id FROM listing")
    await execute("DELETE FROM listing_terms WHERE listing = $1", listing)
    await execute("ALTER TABLE listing_terms DISABLE TRIGGER USER")
    admits_none = "INSERT INTO listing_terms (id, listing, admits_consortium) VALUES (gen_random_uuid(), $1, false)"
    await execute(admits_none, listing)
    await sign_in(client, leader.username)
    assert "不接受联合体" in words((await client.get(f"{path}/consortium")).text)
    assert (await send(client, f"{path}/consortium", typed)).status_code == 403


