"""The record of an opening names deposits and the recording in sound and picture (R-RECORD-01)."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import httpx
import pytest

from catalogue.listings.queries import listing_by_id
from evaluations.awards.deeming import deem_determined
from evaluations.awards.services import determine_award, publish_award_notice
from evaluations.bundles.queries import bundle
from evaluations.bundles.verify import verify
from evaluations.opening.recordings import (
    NewRecording,
    Scene,
    enter_recording,
    recordings_of,
    say_why_not_recorded,
)
from evaluations.papers.content import deposit_words
from evaluations.papers.queries import desk_of, paper_for
from marketplace.kernel.db import execute, fetchval
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused, NotFound
from tests.builders_evaluations import a_scored_listing
from tests.cast import actor
from tests.conftest import TestClock
from tests.evaluations.opening.steps import opened_listing
from tests.pages import send, sign_in, words

SHA = "0123456789abcdef" * 4


def test_the_record_says_how_a_deposit_was_given() -> None:
    given = SimpleNamespace(reference="BZJ-1", way="guarantee", is_in_time=True)
    late = SimpleNamespace(reference="BZJ-2", way="transfer", is_in_time=False)
    none = SimpleNamespace(reference="", way="", is_in_time=False)
    assert [deposit_words(each) for each in (None, given, late, none)] == [
        "", "保函", "已交（截止前未足额到账）", "没有交",
    ]  # fmt: skip


async def test_R_RECORD_01_hash_and_place_stand_in_the_record_and_its_paper(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    sealed = await opened_listing(clock)
    path, page = f"{sealed.path}/recordings", f"{sealed.path}/opening"
    await sign_in(client, "zhou.lan")
    assert "还没有登记录音录像" in words((await client.get(page)).text)
    wrong = await send(client, path, {"scene": "opening", "sha256": "abc", "place": "档案柜3"})
    assert wrong.status_code == 422 and "64 位" in words(wrong.text)
    for place in ("档案柜3", "档案柜4"):
        entered = {"scene": "opening", "sha256": SHA.upper(), "place": place}
        assert (await send(client, path, entered)).status_code == 303
    entered_so = [(r["place"], r["counts"]) for r in await recordings_of(sealed.id)]
    assert entered_so == [("档案柜4", True), ("档案柜3", False)]
    assert SHA in words((await client.get(f"/en{page}")).text)
    # a bidder reads the hash, and not where the recording lies
    await sign_in(client, "bidder1")
    shown = words((await client.get(page)).text)
    assert SHA in shown and "档案柜4" not in shown
    assert (await send(client, path, {"scene": "opening", "sha256": SHA, "place": "x"})).status_code == 403
    for username in ("yang.hua", "tan.rong"):
        with pytest.raises(NotFound):
            now = await clock.now()
            await enter_recording(sealed.id, NewRecording(Scene.OPENING, SHA, "x"), await actor(username, now), now)
    buyer = await actor("li.qiang", sealed.after)
    desk = await desk_of(await listing_by_id(sealed.id), buyer, sealed.after)
    assert "档案柜4" in str(await paper_for(desk, "opening-sheet", ""))


async def test_an_award_of_a_consultation_without_recordings_is_warned_of_and_not_stopped(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    opened = await a_scored_listing(await clock.now())
    await sign_in(client, "li.qiang")
    page = f"/listings/{opened.listing.reference}/award"
    assert "还没有登记录音录像的 SHA-256 和存放位置：开标、评审" in words((await client.get(page)).text)
    for scene in Scene:
        with pytest.raises(FormRefused):
            await enter_recording(opened.listing.id, NewRecording(scene, SHA, " "), opened.buyer, opened.now)
        await enter_recording(opened.listing.id, NewRecording(scene, SHA, "档案柜3"), opened.buyer, opened.now)
    assert "还没有登记录音录像" not in words((await client.get(page)).text)
    assert (await determine_award(opened.lot, await actor("chen.jing", opened.now), opened.now)).startswith("CJ-")


async def test_R_RECORD_01_no_tender_is_awarded_without_recordings_or_a_reason_why_there_are_none(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    opened = await a_scored_listing(await clock.now())
    await execute("UPDATE listing SET method = 'open_tender' WHERE id = $1", opened.listing.id)
    await clock.set(opened.now)
    listing, path = opened.listing.id, f"/listings/{opened.listing.reference}"
    decider = await actor("chen.jing", opened.now)
    await sign_in(client, "chen.jing")
    assert "不能确定供应商" in words((await client.get(f"{path}/award")).text)
    with pytest.raises(Conflict, match="开标录音录像") as missing:
        await determine_award(opened.lot, decider, opened.now)
    assert missing.value.clause == "R-RECORD-01"
    # silence determines nothing either
    assert await deem_determined(opened.now + timedelta(days=60)) == 0
    await enter_recording(listing, NewRecording(Scene.OPENING, SHA, "档案柜3"), opened.buyer, opened.now)
    with pytest.raises(Conflict, match="评审录音录像"):
        await determine_award(opened.lot, decider, opened.now)
    # who drafted the listing, another office and an opener do not say it; the reason is not empty, and said once
    with pytest.raises(Forbidden):
        await say_why_not_recorded(listing, Scene.EVALUATION, "停电", opened.drafter, opened.now)
    absent = {"missing": "evaluation", "reason": "设备故障，已当天报告财政部门。"}
    assert (await send(client, f"{path}/recordings/absence", {**absent, "reason": " "})).status_code == 422
    assert (await send(client, f"{path}/recordings/absence", {**absent, "missing": "opening"})).status_code == 409
    assert (await send(client, f"{path}/recordings/absence", absent)).status_code == 303
    assert (await send(client, f"{path}/recordings/absence", absent)).status_code == 409
    await sign_in(client, "tan.rong")
    assert (await send(client, f"{path}/recordings/absence", absent)).status_code == 404
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'opening.recording_absence_stated'") == 1
    await sign_in(client, "li.qiang")
    assert "评审没有录音录像。" in words((await client.get(f"{path}/opening")).text)
    assert "there is no recording" in words((await client.get(f"/en{path}/opening")).text)
    desk = await desk_of(await listing_by_id(listing), opened.buyer, opened.now)
    assert "设备故障" in str(await paper_for(desk, "panel-sheet", ""))
    await determine_award(opened.lot, decider, opened.now)
    await publish_award_notice(listing, decider, opened.now)
    whole, public = [await bundle(opened.listing.reference, tier) for tier in ("supervision", "public")]
    told = [(r["scene"], r.get("place"), r.get("absent_because")) for r in whole["recordings"]]
    assert told == [("opening", "档案柜3", None), ("evaluation", None, absent["reason"])]
    bare = {name: value for name, value in whole.items() if name != "recordings"}
    assert "recordings" not in public and verify([whole]) == verify([bare])
