"""Papers of opened bids: raw ones beside the parts, and bids of the earlier forms; what is not as listed is said."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from evaluations.opening.queries import opened_bids, papers_of
from evaluations.opening.rules import Outcome
from marketplace.kernel import sealing
from marketplace.kernel.db import fetch, fetchval
from tests.builders_catalogue import Published, a_published_listing
from tests.builders_vendors import PDF, AProvider, a_provider, a_sealed_bid, a_store, some_contents
from tests.evaluations.opening.steps import Sealed, release
from tests.marketplace.sealing.first_form import sealed_in_the_first_form
from tests.marketplace.sealing.second_form import pack_with_base64, sealed_in_the_second_form
from vendors.bids.contents import pack
from vendors.bids.entering import Place, enter_sealed_bid
from vendors.bids.entering import Sealed as SealedBytes
from vendors.bids.papers import Attachment
from vendors.bids.queries import seal_terms
from vendors.bids.rules import Stage

PLAN = Attachment("方案.pdf", PDF)
PICTURES = Attachment("照片说明.txt", "入户照片说明\n".encode() * 80_000)
WITH_PAPERS = replace(some_contents(), attachments=(PLAN, PICTURES))


async def bidders_of(now: Any, count: int) -> tuple[Published, list[AProvider]]:
    listing = await a_published_listing(now)
    return listing, [await a_provider(now, f"金堂县第{n}中心", username=f"bidder{n}") for n in range(1, count + 1)]


async def enter(listing: Published, bidder: AProvider, sealed: bytes) -> None:
    """Bytes as they are, past every check of a container: an earlier version may have taken them in."""
    kept = await a_store().put(sealed, "sealed")
    place = Place(listing.id, listing.lots[0]["id"], bidder.id, Stage.FIRST)
    await enter_sealed_bid(place, SealedBytes(kept.key, kept.sha256, kept.size), None, bidder.actor)


async def opened(listing: Published, bidders: list[AProvider], clock: Any) -> dict[UUID, Any]:
    """What came out, by the bidder."""
    sealed = Sealed(listing, bidders, listing.closes_at + timedelta(minutes=1))
    await clock.set(sealed.after)
    await release(sealed, "zhou.lan", sealed.after)
    assert await release(sealed, "wu.gang", sealed.after) == Outcome.OPENED
    return {bid["provider"]: bid for bid in await opened_bids(listing.id)}


async def papers(bid: Any) -> list[tuple[str, str, int]]:
    found = (await papers_of([bid["id"]])).get(bid["id"], [])
    return sorted((each["name"], each["sha256"], each["size"]) for each in found)


LISTED = sorted((each.name, each.sha256, each.size) for each in (PLAN, PICTURES))


async def test_bids_of_all_three_forms_open_with_the_same_papers(clock: Any) -> None:
    listing, bidders = await bidders_of(await clock.now(), 3)
    new, second, first = bidders
    await a_sealed_bid(listing.lots[0]["id"], new, await clock.now(), WITH_PAPERS)
    parts, terms = pack_with_base64(WITH_PAPERS), [
        await seal_terms(listing.lots[0]["id"], each.id, Stage.FIRST) for each in (second, first)
    ]  # fmt: skip
    await enter(
        listing, second, sealed_in_the_second_form(parts, terms[0].openers, terms[0].needed, terms[0].place)
    )
    await enter(listing, first, sealed_in_the_first_form(parts, terms[1].openers, terms[1].needed))
    found = await opened(listing, bidders, clock)
    for bidder in bidders:
        bid = found[bidder.id]
        assert bid["fault"] == "" and bid["technical_text"] == WITH_PAPERS.technical_text, bid["fault"]
        assert await papers(bid) == LISTED
    for row in await fetch("SELECT storage_key, sha256 FROM document WHERE name = $1", PICTURES.name):
        assert hashlib.sha256(await a_store().get(row["storage_key"])).hexdigest() == row["sha256"] == PICTURES.sha256


async def test_a_paper_that_is_not_as_listed_makes_its_bid_unreadable_and_the_others_open(clock: Any) -> None:
    listing, bidders = await bidders_of(await clock.now(), 4)
    good, other, fewer, elsewhere = bidders
    await a_sealed_bid(listing.lots[0]["id"], good, await clock.now(), WITH_PAPERS)
    raw = [PLAN.content, PICTURES.content]
    for bidder, contents, place in (
        (other, [PLAN.content, b"x" + PICTURES.content[1:]], ""), (fewer, [PLAN.content], ""), (elsewhere, raw, "JT/1"),
    ):  # fmt: skip
        terms = await seal_terms(listing.lots[0]["id"], bidder.id, Stage.FIRST)
        where = place or terms.place
        await enter(
            listing, bidder,
            sealing.seal(pack(WITH_PAPERS), terms.openers, terms.needed, where, raw={"technical": contents}),
        )  # fmt: skip
    found = await opened(listing, bidders, clock)
    assert await papers(found[good.id]) == LISTED and found[good.id]["fault"] == ""
    for bidder, said in (
        (other, "附件“照片说明.txt”的内容和清单不一样"), (fewer, "清单里有 2 份附件，封存的有 1 份"),
        (elsewhere, "不一致"),
    ):  # fmt: skip
        bid = found[bidder.id]
        assert said in bid["fault"] and await papers(bid) == [] and bid["technical_text"] == ""
    # what had come out before the bad paper is taken back with it
    assert await fetchval("SELECT count(*) FROM document WHERE name = $1", PLAN.name) == 1


async def test_a_path_for_a_name_is_no_name(clock: Any) -> None:
    listing, bidders = await bidders_of(await clock.now(), 2)
    await a_sealed_bid(listing.lots[0]["id"], bidders[0], await clock.now(), WITH_PAPERS)
    terms = await seal_terms(listing.lots[0]["id"], bidders[1].id, Stage.FIRST)
    parts = pack(replace(WITH_PAPERS, attachments=(PLAN,)))
    technical = json.loads(parts["technical"])
    technical["attachments"][0]["name"] = "../../keys/方案.pdf"
    parts["technical"] = json.dumps(technical).encode()
    sealed = sealing.seal(parts, terms.openers, terms.needed, terms.place, raw={"technical": [PLAN.content]})
    await enter(listing, bidders[1], sealed)
    found = await opened(listing, bidders, clock)
    assert "attachments: ..?..?keys?方案.pdf" in found[bidders[1].id]["fault"]
