"""Bids sealed in a browser or with an age tool: checked without being read, sent in pieces, entered, opened."""

from __future__ import annotations

import hashlib
import html
import io
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pyrage
import pytest

from marketplace.app import create_app, open_gateways
from marketplace.demo.story.by_hand import with_age, with_own_age
from marketplace.kernel import sealing
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.pool import NoConnectionFree
from marketplace.kernel.sealed_tar import Span
from tests.builders_catalogue import a_published_listing
from tests.builders_vendors import a_provider, some_contents
from tests.marketplace.sealing.second_form import pack_with_base64, sealed_in_the_second_form
from tests.pages import send, sign_in, token, words
from vendors.bids.contents import PARTS, pack, unpack
from vendors.bids.entering import enter_sealed_bid
from vendors.bids.papers import LARGEST_ATTACHMENT, LARGEST_ATTACHMENTS, MOST_ATTACHMENTS, Attachment, Unsealed
from vendors.bids.queries import seal_terms
from vendors.bids.rules import DECLARATIONS, Stage
from vendors.bids.seals import Seal
from vendors.bids.traces import Trace
from vendors.sealing.rules import (
    CHUNK,
    ENTERED_IN_A_SECOND,
    LARGEST_CONTAINER,
    LARGEST_EARLIER_CONTAINER,
    MOST_UPLOADS,
    NotSealedAsAsked,
    check_container,
    entering_seconds,
    is_for_one_reader,
)  # fmt: skip
from vendors.sealing.samples import PAPER
from vendors.sealing.services import remove_old_uploads

needs_age = pytest.mark.skipif(shutil.which("age") is None, reason="the age tools are not installed")


async def under_way(client: httpx.AsyncClient, clock: Any) -> tuple[Any, Any, str]:
    now = await clock.now()
    listing, provider = await a_published_listing(now), await a_provider(now)
    await sign_in(client, provider.username)
    return listing, provider, f"/listings/{listing.reference}/lots/1/sealing/first"


async def a_container(listing: Any, provider: Any, **changed: Any) -> bytes:
    terms = await seal_terms(listing.lots[0]["id"], provider.id, "first")
    values: dict[str, Any] = {
        "parts": pack(some_contents(Decimal("480000.00"))), "recipients": terms.openers, "k": terms.needed,
        "place": terms.place, "bidder": sealing.new_identity()[1],
    }  # fmt: skip
    return sealing.seal(**(values | changed))


async def post_json(client: httpx.AsyncClient, path: str, page: str, body: bytes = b"") -> httpx.Response:
    headers = {"x-csrftoken": await token(client), "accept": "application/json"}
    return await client.post(path, content=body, headers=headers)


async def upload(client: httpx.AsyncClient, page: str, sealed: bytes) -> str:
    said = json.dumps({"sha256": hashlib.sha256(sealed).hexdigest(), "size": len(sealed)}).encode()
    begun = await post_json(client, f"{page}/uploads", page, said)
    assert begun.status_code == 200, begun.text
    upload = str(begun.json()["upload"])
    for number in range(-(-len(sealed) // CHUNK)):
        if number in begun.json()["received"]:
            continue
        piece = sealed[number * CHUNK : (number + 1) * CHUNK]
        assert (await post_json(client, f"/sealed-uploads/{upload}/{number}", page, piece)).status_code == 204
    return upload


async def test_a_container_arrives_in_pieces_is_compared_and_entered_and_late_is_late(client, clock):
    listing, provider, page = await under_way(client, clock)
    shown = await client.get(page)
    assert shown.status_code == 200 and "data-seal" in shown.text and "<noscript" not in shown.text
    # what is typed stands outside of every form: no press of a key can send it in clear
    fields = shown.text[shown.text.index("data-seal") :].split("by-hand")[0]
    assert 'id="field-technical_text"' in fields and "<form" not in fields
    sealed = await a_container(listing, provider)
    name = await upload(client, page, sealed)
    for back in (f"/sealed-uploads/{name}", f"/sealed-uploads/{name}/0"):
        answer = await client.get(back)
        assert answer.content == sealed and "content-encoding" not in answer.headers
    assert (await client.get(f"/sealed-uploads/{name}/1")).status_code == 404
    entered = await post_json(client, f"/sealed-uploads/{name}/seal?replaces=", page)
    assert entered.status_code == 200
    receipt = entered.json()["receipt"]
    facts = (await client.get(f"/bids/{receipt}.json")).json()["receipt"]
    assert facts["sha256"] == hashlib.sha256(sealed).hexdigest() and facts["size"] == len(sealed)
    # a second one without naming the first is refused, with its name it replaces
    again = await a_container(listing, provider)
    name = await upload(client, page, again)
    assert (await post_json(client, f"/sealed-uploads/{name}/seal?replaces=", page)).status_code == 409
    assert (await post_json(client, f"/sealed-uploads/{name}/seal?replaces={receipt}", page)).status_code == 200
    # begun before the deadline and finished after it
    name = await upload(client, page, await a_container(listing, provider))
    await clock.set(listing.closes_at)
    late = await post_json(client, f"/sealed-uploads/{name}/seal?replaces={receipt}", page)
    assert late.status_code == 409 and "截止" in late.json()["title"]
    await remove_old_uploads(await clock.now())
    assert await fetchval("SELECT count(*) FROM sealed_upload") == 0


async def test_a_sealed_bid_has_its_receipt_and_its_trace_though_no_connection_is_free_afterwards(
    client: httpx.AsyncClient, clock: Any, db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing, provider, page = await under_way(client, clock)
    name = await upload(client, page, await a_container(listing, provider))

    class Taken:
        def __getattr__(self, name: str) -> Any:
            async def refuse(*_: Any, **__: Any) -> Any:
                raise NoConnectionFree

            return refuse

    free = db.pool

    async def entered(*told: Any) -> str:
        receipt = await enter_sealed_bid(*told)
        db.pool = Taken()
        return receipt

    monkeypatch.setattr("vendors.sealing.services.enter_sealed_bid", entered)
    monkeypatch.setattr("vendors.sealing.routes.trace_of", lambda _: Trace(address=b"hall"))
    try:
        answer = await post_json(client, f"/sealed-uploads/{name}/seal?replaces=", page)
    finally:
        db.pool = free
    assert answer.status_code == 200, answer.text
    traced = await fetch("SELECT b.receipt_number, b.status, t.address FROM sealing_trace t JOIN bid b ON b.id = t.bid")
    assert [tuple(each) for each in traced] == [(answer.json()["receipt"], "sealed", b"hall")]
    assert (await client.get(answer.json()["path"])).status_code == 200
    await remove_old_uploads(listing.closes_at)
    assert await fetchval("SELECT count(*) FROM sealed_upload") == 0, "what stayed of it goes at the deadline"


async def test_a_broken_line_goes_on_where_it_stopped_and_strangers_cannot_touch_an_upload(client, clock):
    listing, provider, page = await under_way(client, clock)
    sealed = await a_container(
        listing,
        provider,
        parts=pack(some_contents(text="长" * 30_000))
        | {"technical": b'{"attachments":[],"text":"' + b"x" * (2 * CHUNK) + b'"}'},
    )
    said = json.dumps({"sha256": hashlib.sha256(sealed).hexdigest(), "size": len(sealed)}).encode()
    begun = (await post_json(client, f"{page}/uploads", page, said)).json()
    path = f"/sealed-uploads/{begun['upload']}"
    assert (await post_json(client, f"{path}/1", page, sealed[CHUNK : 2 * CHUNK])).status_code == 204
    assert (await post_json(client, f"{path}/1", page, b"short")).status_code == 422
    assert (await post_json(client, f"{path}/99", page, b"x")).status_code == 422
    assert (await client.get(path)).status_code == 422
    assert (await post_json(client, f"{page}/uploads", page, said)).json()["received"] == [1]
    other = await a_provider(await clock.now(), "成都市青羊区乐助社会工作服务中心", username="lezhu")
    await sign_in(client, other.username)
    assert (await client.get(path)).status_code == 404
    assert (await post_json(client, f"{path}/0", page, sealed[:CHUNK])).status_code == 404
    await sign_in(client, provider.username)
    # pieces that add up to something else are thrown away
    for number in range(-(-len(sealed) // CHUNK)):
        piece = sealed[number * CHUNK : (number + 1) * CHUNK]
        await post_json(client, f"{path}/{number}", page, piece if number != 1 else bytes(len(piece)))
    assert (await client.get(path, headers={"accept": "application/json"})).status_code == 422
    assert await fetchval("SELECT count(*) FROM sealed_upload") == 0


async def test_what_the_openers_could_not_open_is_refused_in_words(client, clock):
    listing, provider, page = await under_way(client, clock)
    terms = await seal_terms(listing.lots[0]["id"], provider.id, "first")
    stranger = {name: sealing.new_identity()[1] for name in terms.openers}
    stranger_more = {"one-more": sealing.new_identity()[1]}
    wrong = [
        (await a_container(listing, provider, place="JT-2026-0001/2/first/X"), "封存的，不是为"),
        (await a_container(listing, provider, recipients=stranger), "没有加密给公告的开标人"),
        (await a_container(listing, provider, recipients=terms.openers | stranger_more), "没有加密给公告的开标人"),
        (await a_container(listing, provider, parts={"price": b"{}"}), "有且只有这些部分"),
        (b"not a container", "不能开启"),
    ]
    for sealed, said in wrong:
        answer = await send(client, page, {"replaces": ""}, files={"sealed": ("sealed.tar", sealed)})
        assert answer.status_code == 422 and said in words(answer.text), said
    assert (await send(client, page, {"replaces": ""})).status_code == 422
    good = await send(
        client, page, {"replaces": ""}, files={"sealed": ("sealed.tar", await a_container(listing, provider))}
    )
    assert good.status_code == 303 and good.headers["location"].startswith("/bids/HZ-")


async def test_the_files_that_the_page_shows_are_read_as_a_bid(client, clock):
    _, _, page = await under_way(client, clock)
    text = (await client.get(page)).text
    shown = re.findall(r'<pre class="code" lang="zh"><code>(.*?)</code></pre>', text, re.DOTALL)
    parts = dict(zip(PARTS, (html.unescape(each).encode() for each in shown), strict=True))
    async def never() -> Unsealed:
        raise AssertionError("nobody asks for it here")

    contents = unpack(parts, [never])
    (paper,) = contents.attachments
    assert contents.declarations == DECLARATIONS
    assert (paper.name, paper.size) == ("服务方案（盖章）.pdf", len(PAPER.content))
    assert contents.seal == Seal(paper.name, "stamped")
    assert "papers 文件夹" in words(text) and "base64" not in text


def test_a_layer_for_two_people_or_without_age_is_noticed() -> None:
    one, two = (pyrage.x25519.Identity.generate().to_public() for _ in range(2))
    assert is_for_one_reader(pyrage.encrypt(b"x", [one]))
    assert not is_for_one_reader(pyrage.encrypt(b"x", [one, two]))
    assert not is_for_one_reader(pyrage.passphrase.encrypt(b"x", "y"))
    assert not is_for_one_reader(b"plain text") and not is_for_one_reader(b"")


@pytest.mark.parametrize("tools", [with_own_age, pytest.param(with_age, marks=needs_age)])
async def test_the_script_of_the_page_seals_with_age_and_tar_what_the_openers_open(
    client: httpx.AsyncClient, clock: Any, tmp_path: Path, tools: Callable[[Path], dict[str, str]]
) -> None:
    listing, provider, page = await under_way(client, clock)
    plans = [
        Attachment("方案.pdf", b"%PDF-1.7\n" + bytes(1_100_000)), Attachment("盖章，附“签名”.txt", "已盖章".encode())
    ]  # fmt: skip
    parts = pack(replace(some_contents(Decimal("480000.00")), attachments=plans))
    for name, content in parts.items():
        (tmp_path / f"{name}.json").write_bytes(content)
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "1").write_bytes(plans[0].content)
    script = await client.get(f"{page}/seal.sh")
    assert script.status_code == 200 and "attachment" in script.headers["content-disposition"]
    (tmp_path / "seal.sh").write_text(script.text)
    told = tools(tmp_path / "bin")

    def seal_by_script() -> subprocess.CompletedProcess[str]:
        return subprocess.run(["sh", "seal.sh"], cwd=tmp_path, env=told, capture_output=True, text=True, timeout=300)

    short = seal_by_script()
    assert short.returncode == 1 and "lists 2 papers, the folder papers has 1" in short.stderr
    (tmp_path / "papers" / "2").write_bytes(b"another")
    other = seal_by_script()
    assert other.returncode == 1 and "papers/2 is not in the list" in other.stderr
    (tmp_path / "papers" / "2").write_bytes(plans[1].content)
    done = seal_by_script()
    assert done.returncode == 0, done.stderr
    sealed = (tmp_path / "sealed.tar").read_bytes()
    terms = await seal_terms(listing.lots[0]["id"], provider.id, "first")
    container = sealing.read_container(sealed)
    check_container(container, terms, Stage.FIRST)
    assert len(container.parts["price"]) < 4096 + 400
    own = (tmp_path / "bidder.key").read_text().split()[-1]
    keys = {
        name: bytes(pyrage.decrypt(wrap, [pyrage.x25519.Identity.from_str(own)]))
        for name, wrap in container.bidder_wraps.items()
    }
    assert sealing.open_with_file_keys(sealed, keys) == parts
    for number, plan in enumerate(plans, start=1):
        out = io.BytesIO()
        opened = sealing.open_raw(io.BytesIO(sealed), container, "technical", number, keys["technical"], out)
        assert opened == (plan.size, plan.sha256) and out.getvalue() == plan.content
    answer = await send(client, page, {"replaces": ""}, files={"sealed": ("sealed.tar", sealed)})
    assert answer.status_code == 303


async def test_lengths_and_numbers_that_the_opening_would_not_take_are_refused_in_words(client, clock):
    listing, provider, _ = await under_way(client, clock)
    terms = await seal_terms(listing.lots[0]["id"], provider.id, "first")
    many = [b"x"] * (MOST_ATTACHMENTS + 1)
    container = sealing.read_container(await a_container(listing, provider, raw={"technical": many}))
    with pytest.raises(NotSealedAsAsked, match=f"附件最多 {MOST_ATTACHMENTS} 份"):
        check_container(container, terms, Stage.FIRST)
    container = sealing.read_container(await a_container(listing, provider, raw={"price": [b"x"]}))
    with pytest.raises(NotSealedAsAsked, match="附件只能随“technical”一起封存"):
        check_container(container, terms, Stage.FIRST)
    good = sealing.read_container(await a_container(listing, provider, raw={"technical": [b"a", b"b"]}))
    check_container(good, terms, Stage.FIRST)
    for name, size, said in (
        ("technical/2.age", LARGEST_ATTACHMENT + 3 * CHUNK, "第 2 份附件太大，每份最大 100 MB"),
        ("technical.age", 5 * CHUNK, "“technical”太大"), ("price.age", 3 * CHUNK, "“price”太大"),
    ):  # fmt: skip
        grown = replace(good, spans={**good.spans, name: good.spans[name]._replace(size=size)})
        with pytest.raises(NotSealedAsAsked, match=said):
            check_container(grown, terms, Stage.FIRST)
    for part in (good.raw["technical"][0][:40], b"plain text"):
        with pytest.raises(NotSealedAsAsked, match="不是 age 格式"):
            check_container(replace(good, raw={"technical": [part]}), terms, Stage.FIRST)


async def test_what_an_earlier_script_sealed_is_taken_up_to_its_own_size(client, clock):
    listing, provider, page = await under_way(client, clock)
    terms = await seal_terms(listing.lots[0]["id"], provider.id, "first")
    contents = replace(some_contents(Decimal("480000.00")), attachments=[Attachment("方案.txt", b"as it was")])
    sealed = sealed_in_the_second_form(pack_with_base64(contents), terms.openers, terms.needed, terms.place)
    container = sealing.read_container(sealed)
    grown = replace(container, spans={"technical.age": Span(0, LARGEST_EARLIER_CONTAINER + 1)})
    with pytest.raises(NotSealedAsAsked, match="以前的脚本封存的，最大 80 MB"):
        check_container(grown, terms, Stage.FIRST)
    answer = await send(client, page, {"replaces": ""}, files={"sealed": ("sealed.tar", sealed)})
    assert answer.status_code == 303


async def test_a_file_larger_than_every_bid_is_refused_and_beginnings_do_not_fill_the_disk(client, clock):
    _, _, page = await under_way(client, clock)
    assert LARGEST_CONTAINER > 500 * CHUNK
    shown = words((await client.get(page)).text)
    assert "最多 20 份，每份最大 100 MB，合计最大 500 MB" in shown and f"最大 {LARGEST_CONTAINER // CHUNK} MB" in shown
    for size, status in ((0, 422), (LARGEST_CONTAINER, 200), (LARGEST_CONTAINER + 1, 422)):
        said = json.dumps({"sha256": "a" * 64, "size": size}).encode()
        assert (await post_json(client, f"{page}/uploads", page, said)).status_code == status
    uploads = []
    for number in range(2 * MOST_UPLOADS):
        await clock.set(await clock.now() + timedelta(seconds=1))
        said = json.dumps({"sha256": f"{number:064}", "size": 1}).encode()
        uploads.append((await post_json(client, f"{page}/uploads", page, said)).json()["upload"])
    kept = [str(row["id"]) for row in await fetch("SELECT id FROM sealed_upload ORDER BY begun_at")]
    assert kept == uploads[-MOST_UPLOADS:]


async def test_a_container_of_another_bidder_does_not_open_as_ones_own(client, clock):
    listing, provider, page = await under_way(client, clock)
    other = await a_provider(await clock.now(), "成都市青羊区乐助社会工作服务中心", username="lezhu")
    sealed = await a_container(listing, other)
    terms = await seal_terms(listing.lots[0]["id"], provider.id, "first")
    with pytest.raises(NotSealedAsAsked):
        check_container(sealing.read_container(sealed), terms, Stage.FIRST)
    # a header written over does not help: the place stands inside every part
    forged = sealed.replace(
        (await seal_terms(listing.lots[0]["id"], other.id, "first")).place.encode(), terms.place.encode()
    )
    with pytest.raises(sealing.SealBroken):
        check_container(sealing.read_container(forged), terms, Stage.FIRST)


async def test_the_county_may_stop_sealing_on_the_server(client, clock, settings):
    listing, provider, page = await under_way(client, clock)
    base = f"/listings/{listing.reference}/lots/1/bid"
    told = replace(settings, server_seals=False)
    app = create_app(told, open_gateways(told), own_pool=False)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://county.test") as other:
        await sign_in(other, provider.username)
        refused = await send(other, f"{base}/seal", {"replaces": ""})
        assert refused.status_code == 409 and "在浏览器里封存" in words(refused.text)
        assert (await other.get(page)).status_code == 200


def test_the_last_step_of_a_bid_is_told_by_what_it_took_and_never_less_than_a_second() -> None:
    told = [entering_seconds(size) for size in (1, ENTERED_IN_A_SECOND, ENTERED_IN_A_SECOND + 1, LARGEST_ATTACHMENTS)]
    assert told == [1, 1, 2, 25]
