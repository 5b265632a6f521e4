"""A provider that came into a framework and does not sign: what it costs, who comes next, the deposits (R-AWD-03)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.deposits.returns import return_all_due
from contracts.deposits.services import move_money, new_reference
from contracts.deposits.tables import Deposit
from contracts.frameworks.queries import places_of
from contracts.frameworks.refusing import record_place_not_signed, refuse_place
from contracts.frameworks.services import sign_agreement
from evaluations.admission.rules import Working, may_come_in
from evaluations.refusals.places import PlaceStep, decide_place
from evaluations.refusals.work import waiting_for
from marketplace.kernel.db import fetch, fetchval, insert
from marketplace.kernel.errors import Conflict, Forbidden
from tests.builders_frameworks import BIDDERS, MORE, an_announced_framework, director_of, terms
from tests.cast import actor
from tests.pages import send, sign_in, words

D = Decimal


def test_R_FRM_02_nobody_comes_in_by_anothers_refusal_unless_the_number_was_limited() -> None:
    # ten came, a fifth is out, eight came in; of the nine left two are out, so that the seven others fill it
    assert not may_come_in(Working(9, D(20)), 7)
    assert may_come_in(Working(9, D(20), most=4), 3)
    assert not may_come_in(Working(2, D(20)), 1) and not may_come_in(Working(3, D(20), most=3), 2)


async def _deposits(listing: Any, now: Any) -> dict[str, Any]:
    found = {}
    for name in ("和风", "沱江", "云顶", "三溪"):
        director = await director_of(name, now)
        provider = await fetchval("SELECT id FROM provider WHERE organisation = $1", director.organisation_id)
        found[name] = await insert(
            Deposit, reference=new_reference(), kind="bid", listing=listing.id, provider=provider, way="transfer",
            status="held", amount=D("5000.00"), entered_by=director.person_id,
            entered_at=listing.closes_at - timedelta(days=2), arrived_at=listing.closes_at - timedelta(days=1),
        )  # fmt: skip
        await move_money(found[name], "receive", D("5000.00"), now)
    return found


async def test_R_AWD_03_who_does_not_sign_loses_place_and_deposit_and_the_next_comes_in(
    client: Any, clock: Any
) -> None:
    listing, reference, now = await an_announced_framework(await clock.now(), terms_=terms(most_admitted=2))
    deposits = await _deposits(listing, now)
    assert await return_all_due(now) == 2, "who did not come in gets the deposit back (R-TIME-20)"
    framework = await fetchval("SELECT id FROM framework WHERE reference = $1", reference)
    names = {full: short for short, (full, _) in (BIDDERS | MORE).items()}
    places = {names[p["provider_name"]]: p["id"] for p in await places_of(framework)}
    assert set(places) == {"和风", "沱江"}
    signer, decider = await actor("tan.rong", now), await actor("jiang.bo", now)
    hefeng = await director_of("和风", now)
    for person in (signer, hefeng):
        await sign_agreement(places["和风"], person.name, person, now)
    with pytest.raises(Conflict):
        await refuse_place(places["和风"], "太贵", hefeng.name, hefeng, now)
    assert await return_all_due(now) == 1, "signed, so it goes back"
    with pytest.raises(Conflict) as early:
        await record_place_not_signed(places["沱江"], "没有来签", decider, now)
    assert early.value.clause == "R-TIME-30/sign"

    await clock.set(now)
    path = f"/frameworks/{reference}/places/{places['沱江']}/refusal"
    director = "director.0024"
    await sign_in(client, director)
    assert "不签订协议" in words((await client.get(f"/frameworks/{reference}")).text)
    told = words((await client.get(path)).text)
    assert "不予退还" in told and "5,000.00" in told
    said = {"reason": "人手不够", "signed_name": (await director_of("沱江", now)).name, "understood": "on"}
    assert (await send(client, path, said)).status_code == 303
    with pytest.raises(Conflict):
        await sign_agreement(places["沱江"], signer.name, signer, now)
    assert [i.url for i in await waiting_for(decider, now)] == [path]
    step = PlaceStep("next", False, "没有正当理由。")
    with pytest.raises(Forbidden):
        await decide_place(places["沱江"], step, signer, now)
    await sign_in(client, "jiang.bo")
    page = words((await client.get(path)).text)
    assert "递补" in page and MORE["三溪"][0] not in page and BIDDERS["云顶"][0] in page
    form = {"step": "next", "excused": "no", "finding": "没有正当理由。"}
    assert (await send(client, f"{path}/decision", form)).status_code == 303
    assert (await client.get(f"/en{path}")).status_code == 200
    now_there = {names[p["provider_name"]]: (p["status"], p["turn"]) for p in await places_of(framework)}
    assert now_there == {"和风": ("agreed", 1), "沱江": ("removed", 2), "云顶": ("admitted", 3)}
    kept = await fetchval("SELECT forfeited FROM deposit WHERE id = $1", deposits["沱江"])
    assert kept == D("5000.00")
    with pytest.raises(Conflict):
        await decide_place(places["沱江"], step, decider, now)
    mails = await fetch("SELECT payload->>'to' AS to FROM outbox_message WHERE payload->>'subject' LIKE '%入围通知书%'")
    assert [row["to"] for row in mails] == ["director.0032@jintang.example"]


async def test_R_FRM_02_where_the_elimination_would_break_nobody_comes_in(clock: Any) -> None:
    listing, reference, now = await an_announced_framework(await clock.now())
    framework = await fetchval("SELECT id FROM framework WHERE reference = $1", reference)
    places = await places_of(framework)
    assert len(places) == 3
    decider = await actor("jiang.bo", now)
    late = now + timedelta(days=60)
    await record_place_not_signed(places[0]["id"], "催告两次没有签订。", decider, late)
    with pytest.raises(Conflict) as refused:
        await decide_place(places[0]["id"], PlaceStep("next", True, "洪水。"), decider, late)
    assert refused.value.clause == "R-FRM-02"
    await decide_place(places[0]["id"], PlaceStep("nobody", True, "洪水。"), decider, late)
    assert [p["status"] for p in await places_of(framework)] == ["left", "admitted", "admitted"]
