"""Credit is checked at sealing, at the cut-off and before the award; each check leaves its proof (R-CRED-03)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from catalogue.listings.queries import listing_by_id
from evaluations.awards.queries import awards_of
from evaluations.awards.services import determine_award, publish_award_notice
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.errors import Conflict
from tests.builders_catalogue import a_published_listing
from tests.builders_credit import a_published_entry
from tests.builders_evaluations import Opened, a_scored_listing, director
from tests.builders_vendors import a_provider, a_sealed_bid
from tests.evaluations.opening.steps import opened_listing
from tests.pages import sign_in, words
from vendors.credit.queries import checks_of

LONG = date(2030, 1, 1)


async def barred(opened: Opened, *names: str) -> None:
    """A ban that began after the deadline, so the qualification review could not know it."""
    today = opened.now.date()
    for name in names:
        await a_published_entry(
            opened.providers[name], opened.now, decided_on=today - timedelta(days=1), ends_on=LONG,
            starts_on=today - timedelta(days=1), hear_until=today + timedelta(days=3),
        )  # fmt: skip


async def test_the_next_one_follows_when_the_first_is_barred_before_the_award(client: Any, clock: Any) -> None:
    opened = await a_scored_listing(await clock.now(), below={"沱江": "6"})
    await barred(opened, "和风")
    for name in opened.bids:
        await director(name, opened.now)
    await determine_award(opened.lot, opened.buyer, opened.now)
    (award,) = await awards_of(opened.listing.id)
    assert award["provider"] == opened.providers["沱江"]
    assert "排除 1 家" in award["basis"] and "和风" not in award["basis"] and "1 barred" in award["basis_en"]
    proofs = await checks_of(opened.providers.values(), opened.listing.id, ("award",))
    assert {name: [p["result"] for p in proofs[id_]] for name, id_ in opened.providers.items()} == {
        "和风": ["found"], "沱江": ["clear"],
    }  # fmt: skip
    assert all(p["checked_by_name"] == "李强" for rows in proofs.values() for p in rows)

    await clock.set(opened.now)
    await sign_in(client, "li.qiang")
    page = words((await client.get(f"/listings/{opened.listing.reference}/award")).text)
    assert "定标前的信用查询" in page and "定标前排除的供应商" in page and "金财采〔2026〕3号" in page
    await publish_award_notice(opened.listing.id, opened.buyer, opened.now)
    client.cookies.delete("sid")
    public = words((await client.get(f"/listings/{opened.listing.reference}/award")).text)
    assert "和风" not in public and "信用查询" not in public
    mail = await fetchval("SELECT payload->>'body' FROM outbox_message WHERE payload->>'body' LIKE '%查到贵单位%'")
    assert "金财采〔2026〕3号" in mail


async def test_a_clear_first_one_wins_and_the_proof_says_so(clock: Any) -> None:
    opened = await a_scored_listing(await clock.now(), below={"沱江": "6"})
    await determine_award(opened.lot, opened.buyer, opened.now)
    assert (await awards_of(opened.listing.id))[0]["provider"] == opened.providers["和风"]
    assert await fetchval("SELECT count(*) FROM credit_check WHERE moment = 'award' AND result = 'clear'") == 2
    assert await fetchval("SELECT count(*) FROM passed_over") == 0


async def test_a_ban_that_has_run_out_bars_nobody(clock: Any) -> None:
    opened = await a_scored_listing(await clock.now(), below={"沱江": "6"})
    ended = opened.now.date() - timedelta(days=1)
    start = ended - timedelta(days=400)
    await a_published_entry(
        opened.providers["和风"], opened.now, decided_on=start, starts_on=start, ends_on=ended,
        hear_until=opened.now.date() + timedelta(days=3),
    )  # fmt: skip
    await determine_award(opened.lot, opened.buyer, opened.now)
    assert (await awards_of(opened.listing.id))[0]["provider"] == opened.providers["和风"]


async def test_when_all_are_barred_nobody_wins_and_the_proof_stays(clock: Any) -> None:
    opened = await a_scored_listing(await clock.now(), below={"沱江": "6"})
    await barred(opened, "和风", "沱江")
    with pytest.raises(Conflict) as refused:
        await determine_award(opened.lot, opened.buyer, opened.now)
    assert refused.value.clause == "R-CRED-03"
    assert await awards_of(opened.listing.id) == []
    assert (await listing_by_id(opened.listing.id))["status"] == "evaluated"
    assert await fetchval("SELECT count(*) FROM credit_check WHERE moment = 'award' AND result = 'found'") == 2


async def test_sealing_and_the_cut_off_leave_proofs_that_the_reviewer_reads_after_the_opening(
    client: Any, clock: Any
) -> None:
    now = await clock.now()
    listing, provider = await a_published_listing(now), await a_provider(now)
    await a_sealed_bid(listing.lots[0]["id"], provider, now)
    await sign_in(client, provider.username)
    own = words((await client.get("/my-organisation/credit")).text)
    assert "封存投标时" in own and "没有不良记录" in own
    await sign_in(client, "li.qiang")
    assert (await client.get(f"/listings/{listing.reference}/qualification")).status_code == 404


async def test_the_opening_checks_every_bidder_as_of_the_deadline(client: Any, clock: Any) -> None:
    sealed = await opened_listing(clock)
    rows = await fetch("SELECT moment, as_of, checked_by FROM credit_check WHERE listing = $1", sealed.listing.id)
    cut_off = [row for row in rows if row["moment"] == "cut_off"]
    assert len(cut_off) == 2 and {row["as_of"] for row in cut_off} == {sealed.listing.closes_at.date()}
    assert {row["checked_by"] for row in cut_off} == {None}
    await sign_in(client, "li.qiang")
    page = words((await client.get(f"/listings/{sealed.listing.reference}/qualification")).text)
    assert page.count("采购文件写明的截止时点") == 2 and "封存投标时" in page
    assert (await client.get(f"/en/listings/{sealed.listing.reference}/qualification")).status_code == 200
