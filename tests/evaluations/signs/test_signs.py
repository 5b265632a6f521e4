"""Signs of collusion: found at the opening, for people to look at, holding marks and award until they are answered."""

from __future__ import annotations

import io
import time
import zipfile
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import docx
import httpx
import pytest

from evaluations.awards.services import determine_award
from evaluations.opening.queries import opened_bids
from evaluations.scoring.services import lock_marks
from evaluations.signs.files import FileMarks, marks_of
from evaluations.signs.queries import bids_of, check_signs_answered, signs_on
from evaluations.signs.rules import BidSeen, Kind, Limits, signs_of
from evaluations.work import waiting_for
from marketplace.gateways.page_texts import words_of
from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.kernel.errors import Conflict
from tests.builders_catalogue import a_published_listing
from tests.builders_evaluations import a_panel, an_opened_listing, mark_everything
from tests.builders_vendors import a_provider, a_sealed_bid, some_contents
from tests.cast import actor
from tests.conftest import TestClock
from tests.evaluations.opening.steps import Sealed, release, sealed_listing
from tests.pages import send, sign_in, words
from vendors.bids.traces import Trace, tells_apart

LIMITS = Limits(3, Decimal(50))
PLAN = "首次入户核实家庭情况并建立档案；每周走访一次独居老人并记录；发现风险当天上报镇街道民政办；{own}"


def bid(name: str, **more: Any) -> BidSeen:
    return BidSeen(uuid4(), name, **more)


def marked(name: str, sha256: str, content: bytes) -> FileMarks:
    return marks_of(name, sha256, io.BytesIO(content))


def kinds(*bids: BidSeen, own_words: str = "") -> list[Kind]:
    return [each.kind for each in signs_of(bids, own_words, LIMITS)]


def test_what_two_bids_share_is_a_sign_and_what_one_has_alone_is_none() -> None:
    one, other = UUID(int=1), UUID(int=2)
    assert kinds(bid("甲", address=b"a", handled_by=one), bid("乙", address=b"b", handled_by=other)) == []
    found = signs_of([bid("乙", address=b"a"), bid("甲", address=b"a"), bid("丙")], "", LIMITS)
    assert [each.kind for each in found] == [Kind.ADDRESS]
    assert "乙" in str(found[0].evidence) and "丙" not in str(found[0].evidence)
    three = signs_of([bid(name, address=b"a") for name in ("C", "A", "B")], "", LIMITS)
    assert three[0].evidence.text("zh").startswith("A、B、C的文件")
    assert three[0].evidence.text("en") == "The files of A, B and C were sealed from one network address."
    assert kinds(bid("甲", phones=frozenset({b"1"})), bid("乙", phones=frozenset({b"1", b"2"}))) == [Kind.CONTACT]
    assert kinds(bid("甲", accounts=frozenset({b"1"})), bid("乙", accounts=frozenset({b"1"}))) == [Kind.ACCOUNT]
    assert kinds(bid("甲", browser=b"k", handled_by=one), bid("乙", browser=b"k", handled_by=one)) == [
        Kind.BROWSER, Kind.HANDLED,
    ]  # fmt: skip


def test_prices_are_signs_when_equal_or_in_a_series_of_three() -> None:
    def priced(*amounts: int) -> list[Kind]:
        return kinds(*(bid(str(n), price=Decimal(amount)) for n, amount in enumerate(amounts)))

    assert priced(100, 110) == [] and priced(100, 110, 125) == []
    assert priced(100, 100, 125) == [Kind.EQUAL_PRICES]
    assert priced(100, 130, 110, 120) == [Kind.SERIES]
    assert priced(100, 110, 120, 125, 130) == [Kind.SERIES, Kind.SERIES]


def test_texts_are_alike_beyond_what_the_listing_says_itself() -> None:
    alike = (bid("甲", text=PLAN.format(own="甲甲")), bid("乙", text=PLAN.format(own="乙乙")))
    assert kinds(*alike) == [Kind.ALIKE]
    assert kinds(*alike, own_words=PLAN) == []
    assert kinds(alike[0], bid("乙", text="首次入户核实家庭情况并建立档案。")) == []
    assert kinds(bid("甲社工中心", text="无"), bid("乙", text="由甲社工中心负责。")) == [Kind.MIXED]


def written_by(author: str) -> bytes:
    paper, out = docx.Document(), io.BytesIO()
    paper.core_properties.author = author
    paper.core_properties.last_modified_by = "Administrator"
    paper.save(out)
    return out.getvalue()


def test_R_COLL_01_a_deposit_paid_from_another_bidders_account_is_a_sign() -> None:
    mine, third = frozenset({b"1"}), frozenset({b"2"})
    assert kinds(bid("甲", payers=third), bid("乙", payers=third)) == [Kind.DEPOSIT]
    assert kinds(bid("甲", payers=mine, accounts=mine), bid("乙", payers=mine)) == [Kind.DEPOSIT]
    assert kinds(bid("甲", payers=mine, accounts=mine), bid("乙", payers=third)) == []


def test_the_words_of_papers_count_like_the_plan() -> None:
    def paper(own: str) -> FileMarks:
        return FileMarks("方案.pdf", own, text=PLAN.format(own=own))

    one, other = bid("甲", files=(paper("甲方另派两名持证人员驻点值守"),)), bid("乙", text=PLAN.format(own="x"))
    assert kinds(one, other) == [Kind.ALIKE]
    lone = bid("甲中心", files=(FileMarks("a.pdf", "1", text="参照乙中心的做法"),))
    assert kinds(lone, bid("乙中心")) == [Kind.MIXED]


PAPER = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj
4 0 obj<</Length 52>>stream
BT /F1 12 Tf 20 200 Td (A visit every week) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
%%EOF"""


async def test_a_pdf_is_read_aside_and_a_broken_one_has_no_words() -> None:
    read = await words_of([b"no paper", PAPER, b"%PDF-1.7 broken", PAPER])
    assert read == ["", "A visit every week", "", "A visit every week"]
    assert await words_of([PAPER], patience=0) == [""]


def word_file(*lines: str, author: str = "") -> bytes:
    paper, out = docx.Document(), io.BytesIO()
    paper.core_properties.author = author
    for line in lines:
        paper.add_paragraph(line)
    paper.add_table(1, 1).rows[0].cells[0].text = "表 & 格"
    paper.save(out)
    return out.getvalue()


async def test_a_word_file_is_read_like_a_pdf_and_a_bomb_or_a_broken_one_has_no_words() -> None:
    good = word_file("首次入户核实家庭情况。", "每月至少上门两次。")
    bomb, crowd = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as made:
        with made.open("word/document.xml", "w", force_zip64=True) as part:
            for _ in range(300):
                part.write(b"<w:t>" + b" " * 1024 * 1024)
    with zipfile.ZipFile(crowd, "w") as made:
        for each in range(20_000):
            made.writestr(f"word/{each:060d}", "")
    squeezed = io.BytesIO()
    with zipfile.ZipFile(squeezed, "w", zipfile.ZIP_LZMA) as made:
        made.writestr("word/document.xml", "<w:t>甲</w:t>")
        made.writestr("docProps/core.xml", "<dc:creator>张三</dc:creator>")
    broken = good[: len(good) // 2]
    began = time.monotonic()
    read = await words_of([bomb.getvalue(), crowd.getvalue(), squeezed.getvalue(), broken, good, PAPER])
    assert read == ["", "", "", "", "首次入户核实家庭情况。\n每月至少上门两次。\n表 & 格", "A visit every week"]
    # who made them is read in the server itself: nothing large is unpacked or listed there
    for each in (bomb, crowd, squeezed):
        assert marked("a.docx", "1", each.getvalue()).makers == frozenset()
    assert time.monotonic() - began < 10


async def test_R_COLL_01_two_word_files_with_the_same_words_are_a_sign_whoever_saved_them() -> None:
    files = {name: word_file(PLAN.format(own="一"), author=name) for name in ("张三", "李四")}
    read = await words_of(list(files.values()))
    assert read[0] == read[1] and files["张三"] != files["李四"]
    one, other = (
        bid(name, files=[replace(marked("方案.docx", name, content), text=text)])
        for name, content, text in zip("甲乙", files.values(), read, strict=True)
    )
    assert Kind.HASH in kinds(one, other) and Kind.MAKER not in kinds(one, other)
    # the very same file is one sign, and what the listing itself says is none
    assert kinds(*(bid(n, files=[FileMarks("a", "1", text=read[0])]) for n in "甲乙")).count(Kind.HASH) == 1
    assert kinds(one, other, own_words=PLAN.format(own="一")) == []


def test_files_tell_who_made_them_and_default_names_tell_nothing() -> None:
    assert marked("a.docx", "1", written_by("张编制")).makers == {"张编制"}
    assert marked("a.docx", "1", written_by("微软用户")).makers == frozenset()
    pdf = b"%PDF-1.4 1 0 obj << /Author (Li \\(A\\) Ming) >> endobj"
    assert marked("a.pdf", "1", pdf).makers == {"Li (A) Ming"}
    assert marked("a.pdf", "1", b"%PDF-1.4 << /Author <FEFF738B65CF> >>").makers == {"王族"}
    for broken in (b"", b"PK\x03\x04 broken", b"%PDF /Author <0>", b"x" * 99):
        assert marked("a.docx", "1", broken).makers == frozenset()
    mine, yours = (bid(n, files=[marked(n, n, written_by("张编制"))]) for n in ("甲", "乙"))
    assert kinds(mine, yours) == [Kind.MAKER]
    assert kinds(*(bid(n, files=[marked("证.pdf", "same", b"%PDF")]) for n in ("甲", "乙"))) == [Kind.HASH]
    # a provider's own name in its own files is no sign
    assert kinds(bid("甲", files=[marked("a", "1", written_by("甲甲"))]), bid("乙")) == []


def test_the_servers_own_address_is_not_kept() -> None:
    assert tells_apart("203.0.113.7")
    assert not any(tells_apart(own) for own in ("127.0.0.1", "::1", ""))


async def _opened(clock: TestClock, **changed: Any) -> Sealed:
    """Three bids, two of them sealed from one address, opened by the real openers."""
    now = await clock.now()
    listing = await a_published_listing(now, **changed)
    bidders = [await a_provider(now, f"金堂县第{n}社会工作服务中心", username=f"bidder{n}") for n in (1, 2, 3)]
    for number, bidder in enumerate(bidders):
        contents = some_contents(Decimal(470_000 + 1_000 * number**2))
        trace = Trace(address=b"hall" if number < 2 else b"home")
        await a_sealed_bid(listing.lots[0]["id"], bidder, now, contents, trace)
    sealed = Sealed(listing, bidders, listing.closes_at)
    assert not await fetchval("SELECT count(*) FROM collusion_sign")
    await clock.set(sealed.after)
    for username in ("zhou.lan", "wu.gang"):
        await release(sealed, username, sealed.after)
    # the builder's providers share their papers' telephone: only the address is looked at here
    others = "SELECT id FROM collusion_sign WHERE kind <> 'address'"
    await execute(f"DELETE FROM collusion_sign_bid WHERE sign IN ({others})")
    await execute("DELETE FROM collusion_sign WHERE kind <> 'address'")
    return sealed


async def test_a_sign_holds_until_an_officer_answers_and_is_seen_by_nobody_else(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    sealed = await _opened(clock)
    (sign,) = await signs_on(sealed.id)
    assert sign["clause"] == "R-COLL-05" and "第1" in sign["evidence"] and "第3" not in sign["evidence"]
    with pytest.raises(Conflict, match="线索"):
        await check_signs_answered(sealed.id)
    path = f"{sealed.path}/signs"
    await sign_in(client, "bidder1")
    assert (await client.get(path)).status_code in (403, 404)
    await sign_in(client, "wang.min")  # who drafted reads, and does not answer
    assert "请人工核查" in words((await client.get(path)).text)
    assert (await send(client, f"{path}/{sign['id']}", {"outcome": "explained", "reason": "核查"})).status_code == 403
    await sign_in(client, "li.qiang")
    buyer = await actor("li.qiang", sealed.after)
    assert any(item.url == path for item in await waiting_for(buyer, sealed.after))
    empty = await send(client, f"{path}/{sign['id']}", {"outcome": "explained", "reason": ""})
    assert empty.status_code == 422 and "请填写" in words(empty.text)
    answer = {"outcome": "explained", "reason": "两家都在县政务服务中心的公用电脑上封存，有登记。"}
    assert (await send(client, f"{path}/{sign['id']}", answer)).status_code == 303
    assert (await send(client, f"{path}/{sign['id']}", answer)).status_code == 409
    shown = words((await client.get(path)).text)
    assert "有合理解释" in shown and "公用电脑" in shown and "李强" in shown
    await check_signs_answered(sealed.id)
    acts = [row["act"] for row in await fetch("SELECT act FROM audit_entry WHERE act LIKE 'signs.%' ORDER BY act")]
    assert acts == ["signs.answered", "signs.found"]


async def test_only_the_panels_recorded_finding_makes_bids_invalid(client: httpx.AsyncClient, clock: TestClock) -> None:
    sealed = await _opened(clock)
    (sign,) = await signs_on(sealed.id)
    await sign_in(client, "li.qiang")
    assert all(bid["is_qualified"] is None for bid in await opened_bids(sealed.id))
    answer = {"outcome": "invalid", "reason": "评审小组会议记录第 3 条：两家文件由同一人编制。"}
    # without a name nobody is meant, and only those named are hit
    assert "请勾选" in (await send(client, f"{sealed.path}/signs/{sign['id']}", answer)).text
    about = [str(bid) for bid in await bids_of(sign["id"])]
    chosen = answer | {"bids": about}
    assert (await send(client, f"{sealed.path}/signs/{sign['id']}", chosen)).status_code == 303
    told = await fetchval("SELECT count(*) FROM outbox_message WHERE payload::jsonb->>'body' LIKE '%串通、无效%'")
    assert told == await fetchval("SELECT count(*) FROM membership WHERE role = 'finance'") > 0
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'signs.bid_invalid'") == 2
    bids = {b["provider_name"][4:5]: b for b in await opened_bids(sealed.id)}
    assert bids["1"]["is_qualified"] is False and bids["2"]["is_qualified"] is False
    assert bids["1"]["qualification_clause"] == "R-COLL-01" and "会议记录" in bids["2"]["qualification_reason"]
    assert bids["3"]["is_qualified"] is None


async def test_a_search_that_broke_stops_no_opening_and_is_done_again(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    sealed = await sealed_listing(await clock.now(), 3)
    await clock.set(sealed.after)
    # something that nobody foresaw: a table that the search reads is gone for a while
    await execute("ALTER TABLE sealing_trace RENAME TO elsewhere")
    for username in ("zhou.lan", "wu.gang"):
        await release(sealed, username, sealed.after)
    assert await fetchval("SELECT status FROM listing WHERE id = $1", sealed.id) == "opened"
    assert len(await opened_bids(sealed.id)) == 3 and await signs_on(sealed.id) == []
    await execute("ALTER TABLE elsewhere RENAME TO sealing_trace")
    with pytest.raises(Conflict, match="再查一次"):
        await check_signs_answered(sealed.id)
    buyer = await actor("li.qiang", await clock.now())
    assert f"{sealed.path}/signs" in [item.url for item in await waiting_for(buyer, await clock.now())]
    await sign_in(client, "li.qiang")
    assert "没有查成串通线索" in words((await client.get(f"{sealed.path}/signs")).text)
    assert (await send(client, f"{sealed.path}/signs/look-again")).status_code == 303
    assert await signs_on(sealed.id) != []
    assert (await send(client, f"{sealed.path}/signs/look-again")).status_code == 409


async def test_neither_marks_are_locked_nor_awards_made_before_the_answer(clock: TestClock) -> None:
    opened = await an_opened_listing(await clock.now())
    experts = await a_panel(opened)
    for expert in experts:
        await mark_everything(opened, expert)
    await execute(
        "INSERT INTO collusion_sign (id, listing, lot, kind, mark, clause, evidence, evidence_en, found_at)"
        " VALUES (gen_random_uuid(), $1, $2, 'series', 'x', 'R-COLL-01', '线索', 'a sign', $3)",
        opened.listing.id, opened.lot, opened.now,
    )  # fmt: skip
    with pytest.raises(Conflict, match="串通线索"):
        await lock_marks(opened.listing.id, experts[0], opened.now)
    with pytest.raises(Conflict, match="串通线索"):
        await determine_award(opened.lot, opened.buyer, opened.now)


def test_whatever_a_bidder_writes_into_a_file_reading_its_maker_ends_soon_and_well() -> None:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as made:
        made.writestr("docProps/core.xml", "<dc:creator>张三</dc:creator>")
    method = package.getvalue().index(b"PK\x01\x02") + 10  # the directory says the part is packed with LZMA
    strange = package.getvalue()[:method] + b"\x0e\x00" + package.getvalue()[method + 2 :]
    assert marked("a.docx", "1", package.getvalue()).makers == {"张三"}
    assert marked("a.docx", "1", strange).makers == frozenset()
    for author in (rb"(\377\376A\000B\000)", rb"(\376\377\000A\000\000\330\000)"):
        (maker,) = marked("a.pdf", "1", b"%PDF-1.7 /Author " + author).makers or {""}
        assert maker.isprintable()
    began = time.process_time()
    marked("a.pdf", "1", b"%PDF" + b"<dc:creator>" * 400_000)
    marked("a.pdf", "1", b"%PDF" + b"/Author (" * 400_000)
    large = io.BytesIO()
    with zipfile.ZipFile(large, "w") as made:
        made.writestr("docProps/core.xml", "<dc:creator " * 200_000)
    marked("a.docx", "1", large.getvalue())
    assert time.process_time() - began < 5
