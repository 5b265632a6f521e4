"""An invited tender: a lawful list, a draw, everybody invited at once, and nobody else let in (R-METH-10)."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx
import pytest

from catalogue.listings.inviting.queries import invited_at, listed_providers, may_read_documents
from catalogue.listings.inviting.rules import Listed, Way, list_mistakes, list_text, read_list
from catalogue.listings.inviting.services import freeze_list, record_list
from catalogue.listings.methods import takes_sealed_bids
from catalogue.listings.queries import listing_by_id
from catalogue.listings.services import publish_listing, submit_for_review
from marketplace.kernel.audit.linker import link_committed
from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.kernel.draws.queries import drawn_keys
from marketplace.kernel.draws.services import cancel_draw, hold_draw
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused
from marketplace.opendata.ocds.facts import processes
from tests.builders_inviting import NAMES, TWO, a_list, an_invited_draft, an_invited_tender, draw_for, six_providers
from tests.builders_vendors import a_sealed_bid, a_store, some_contents
from tests.cast import actor
from tests.pages import send, sign_in, words
from vendors.bids.services import seal_bid

TODAY = date(2026, 3, 2)


def prequalified(count: int = 3, noticed: str = "2026-02-03", until: str = "2026-02-10", take: int = 3) -> Any:
    days = {"noticed_on": date.fromisoformat(noticed), "applied_until": date.fromisoformat(until)}
    return a_list(count, take, way=Way.PREQUALIFICATION, **days)


@pytest.mark.parametrize(
    ("new", "fields"),
    [
        (a_list(6, 3), set()),
        (a_list(5, 3), {"providers"}),
        (a_list(6, 3, way=Way.LIBRARY, providers=tuple(Listed(name) for name in NAMES)), set()),
        (a_list(5, 3, way=Way.LIBRARY), {"providers"}),
        (a_list(6, 2), {"take"}),
        (a_list(6, 3, providers=tuple(Listed(name) for name in NAMES)), {"providers"}),
        (a_list(6, 3, providers=(*(Listed(name, "好") for name in NAMES), Listed(NAMES[0], "好"))), {"providers"}),
        (prequalified(3), set()),
        (prequalified(2), {"providers"}),
        (prequalified(3, until="2026-02-09"), {"applied_until"}),
        (prequalified(3, until="2026-03-03"), {"applied_until"}),
        (a_list(3, 3, way=Way.PREQUALIFICATION), {"noticed_on"}),
    ],
)
def test_r_meth_10_a_list_comes_about_lawfully_and_is_long_enough(new: Any, fields: set[str]) -> None:
    found = list_mistakes(new, TODAY)
    assert set(found) == fields
    assert all(said.text("zh") and said.text("en") for said in found.values())


def test_a_list_is_read_as_it_is_typed() -> None:
    typed = "甲中心｜做过\n\n 乙中心 | 近 \n丙中心"
    assert read_list(typed) == (Listed("甲中心", "做过"), Listed("乙中心", "近"), Listed("丙中心"))
    assert read_list(list_text(read_list(typed))) == read_list(typed)


async def test_before_the_draw_it_is_not_published_and_after_it_all_are_invited_at_one_moment(clock: Any) -> None:
    now = await clock.now()
    providers, draft = await six_providers(now), await an_invited_draft(now)
    drafter, reviewer = await actor("wang.min", now), await actor("li.qiang", now)
    await submit_for_review(draft, drafter, now)
    with pytest.raises(DomainError) as early:
        await publish_listing(draft, reviewer, now)
    assert early.value.clause == "R-METH-10"
    drawn = await draw_for(draft, now)
    await publish_listing(draft, reviewer, now)
    rows = await fetch("SELECT sent_at FROM listing_invitation WHERE listing = $1", draft)
    assert len(rows) == len(drawn) == 3 and {r["sent_at"] for r in rows} == {now}
    mails = await fetch("SELECT payload, hidden_until FROM outbox_message WHERE payload::text LIKE '%投标邀请书%'")
    closes_at = (await listing_by_id(draft))["closes_at"]
    assert len(mails) == 3 and {m["hidden_until"] for m in mails} == {closes_at}
    invited = [p for p in providers if await invited_at(draft, p.actor.organisation_id)]
    assert len(invited) == 3


async def test_a_frozen_list_is_changed_only_after_it_was_given_up(clock: Any) -> None:
    now = await clock.now()
    await six_providers(now)
    draft, drafter = await an_invited_draft(now), await actor("wang.min", now)
    with pytest.raises(Conflict, match="还没有写"):
        await freeze_list(draft, drafter, now)
    with pytest.raises(FormRefused) as unknown:
        strange = (*a_list().providers[:5], Listed("没登记的中心", "好"))
        await record_list(draft, a_list(providers=strange), drafter, now)
    assert "没登记的中心" in str(unknown.value.errors["providers"])
    await record_list(draft, a_list(), drafter, now)
    reference = await freeze_list(draft, drafter, now)
    with pytest.raises(Conflict, match="已经锁定"):
        await record_list(draft, a_list(), drafter, now)
    await cancel_draw(reference, "漏写一家", drafter, now)
    await record_list(draft, a_list(), drafter, now)
    again = await freeze_list(draft, drafter, now)
    await link_committed()
    assert len(await hold_draw(again, TWO, drafter, now)) == 3 and again != reference
    with pytest.raises(Forbidden):
        await record_list(draft, a_list(), await actor("tan.rong", now), now)


async def test_only_the_invited_seal_bids(clock: Any) -> None:
    now = await clock.now()
    tender = await an_invited_tender(now)
    assert len(tender.invited) == 3 and takes_sealed_bids(await listing_by_id(tender.listing.id))
    lot = tender.listing.lots[0]["id"]
    assert await a_sealed_bid(lot, tender.invited[0], now)
    with pytest.raises(Forbidden) as refused:
        await seal_bid(lot, some_contents(), a_store(), tender.others[0].actor, now)
    assert refused.value.clause == "R-METH-10"
    assert await fetchval("SELECT count(*) FROM bid") == 1
    trail = await fetch("SELECT detail::text AS d FROM audit_entry WHERE stream = 'main'")
    assert not any(name in r["d"] for r in trail for name in NAMES if "登记" not in r["d"] and "invit" in r["d"])


SHUT = (
    "/listings/{r}/versions/1", "/listings/{r}/versions/1.txt", "/listings/{r}/notices",
    "/listings/{r}/notices/document", "/listings/{r}/notices/invitation",
)  # fmt: skip


async def test_others_see_that_it_is_there_and_not_what_the_document_says(
    client: httpx.AsyncClient, clock: Any
) -> None:
    now = await clock.now()
    tender = await an_invited_tender(now)
    reference = tender.listing.reference
    secret = "入户率 100%"
    page = await client.get(f"/listings/{reference}")
    assert page.status_code == 200 and secret not in page.text and "邀请招标" in words(page.text)
    for path in SHUT:
        answer = await client.get(path.format(r=reference))
        assert answer.status_code == 403 and secret not in answer.text and "R-METH-10" in answer.text, path
    await sign_in(client, tender.others[0].username)
    assert secret not in (await client.get(f"/listings/{reference}")).text
    assert (await client.get(f"/listings/{reference}/invitation")).status_code == 404
    for path in (*SHUT, "/listings/{r}/documents", "/listings/{r}/lots/1/bid", "/listings/{r}/lots/1/bid/technical"):
        assert (await client.get(path.format(r=reference))).status_code == 403, path
    asked = await send(client, f"/listings/{reference}/questions/new", {"asked": "服务时间怎样安排？"})
    assert asked.status_code == 403
    assert (await send(client, f"/listings/{reference}/documents")).status_code == 403
    await sign_in(client, tender.invited[0].username)
    assert secret in (await client.get(f"/listings/{reference}")).text
    letter = await client.get(f"/listings/{reference}/invitation")
    assert letter.status_code == 200 and "投标邀请书" in words(letter.text)
    assert not any(p.actor.organisation_name in letter.text for p in tender.invited[1:])
    for path in (*SHUT, "/listings/{r}/documents", "/listings/{r}/lots/1/bid"):
        assert (await client.get(path.format(r=reference))).status_code == 200, path
    assert "受邀请参加" in words((await client.get("/work")).text)
    await sign_in(client, "zhao.lei")
    assert secret in (await client.get(f"/listings/{reference}")).text


async def test_when_it_is_over_everybody_reads_the_document(clock: Any) -> None:
    tender = await an_invited_tender(await clock.now())
    row = await listing_by_id(tender.listing.id)
    assert not await may_read_documents(row, None)
    assert not await may_read_documents(row, tender.others[0].actor)
    assert await may_read_documents(row, tender.invited[0].actor)
    assert await may_read_documents({**row, "status": "awarded"}, None)
    assert await may_read_documents({**row, "venue": "platform"}, None)


async def test_the_public_record_waits_until_it_is_over(clock: Any) -> None:
    tender = await an_invited_tender(await clock.now())
    assert await processes([tender.listing.id]) == []


async def test_R_METH_10_the_read_api_tells_the_uninvited_nothing_of_the_document(
    client: httpx.AsyncClient, clock: Any
) -> None:
    tender = await an_invited_tender(await clock.now())
    address = f"/api/listings/{tender.listing.reference}"
    paths = (address, f"{address}/notices", f"{address}/notices/document", f"{address}/notices/invitation")
    for path in paths:
        assert (await client.get(path)).status_code == 403, path
    # the decision on a complaint would be for everybody
    assert (await client.get(f"{address}/notices/complaint-TS-2026-0001")).status_code == 404
    await sign_in(client, tender.invited[0].username)
    for path in paths:
        assert (await client.get(path)).status_code == 200, path


async def test_the_drafter_writes_the_list_and_every_mistake_is_said(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    await six_providers(now)
    draft = await an_invited_draft(now)
    await sign_in(client, "wang.min")
    path = f"/listings/drafts/{draft}/invitation"
    assert (await client.get(path)).status_code == 200
    bad = await send(client, path, {"way": "friends", "take": "三", "providers": ""})
    assert bad.status_code == 422 and 'value="三"' in bad.text
    few = await send(client, path, {"way": "library", "source": "省库", "take": "3", "providers": "\n".join(NAMES[:5])})
    assert few.status_code == 422 and "6" in words(few.text) and NAMES[4] in few.text
    good = {"way": "library", "source": "省库抽选记录 12", "take": "3", "providers": "\n".join(NAMES)}
    assert (await send(client, path, good)).status_code == 303
    frozen = await send(client, f"{path}/freeze")
    assert frozen.status_code == 303
    await link_committed()
    said = {"name_1": "王敏", "words_1": "7", "name_2": "李强", "words_2": "8"}
    assert (await send(client, f"{frozen.headers['location']}/hold", said)).status_code == 303
    assert len(await drawn_keys("invited", draft)) == 3 and len(await listed_providers(draft)) == 6
    assert "已经抽取" in words((await client.get(path)).text)
    assert (await send(client, path, good)).status_code == 409
    await sign_in(client, "tan.rong")
    assert (await client.get(path)).status_code == 404
    assert (await send(client, f"{path}/freeze")).status_code == 404


async def test_other_methods_have_no_list(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    draft = await an_invited_draft(now)
    await execute("UPDATE listing SET venue = 'platform' WHERE id = $1", draft)
    await sign_in(client, "wang.min")
    assert (await client.get(f"/listings/drafts/{draft}/invitation")).status_code == 404
