"""What ties a member to a bidder shuts it out, by register or by its own word (R-ROLE-06, R-COM-04)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from catalogue.listings.queries import listing_by_id
from evaluations.awards.deeming import deem_determined
from evaluations.awards.services import determine_award
from evaluations.panel.queries import candidates, member_of
from evaluations.panel.rules import Candidate, Kind, ListingPeople, check_candidate
from evaluations.panel.services import appoint_member, declare_interest
from evaluations.panel.ties import Employer, Rival, ties_of, ties_to_bidders
from evaluations.reevaluations.rebuilding import rebuild_panel
from evaluations.reports.queries import report_of
from evaluations.scoring.services import compute_results, lock_marks
from marketplace.accounts.people.tables import Membership
from marketplace.accounts.permissions import Role
from marketplace.kernel.db import execute, fetchval, insert
from marketplace.kernel.errors import Conflict, DomainError
from tests.builders_contracts import a_provider, a_worker
from tests.builders_evaluations import (
    BIDDERS,
    DRAW,
    a_panel,
    a_scored_listing,
    all_conform,
    an_opened_listing,
    director,
    everybody_signs,
    mark_everything,
)
from tests.cast import CAST, actor
from tests.pages import send, sign_in, words
from vendors.relations.rules import Behind, Declared, relations

HEFENG, TUOJIANG = BIDDERS["和风"], BIDDERS["沱江"]


def test_employment_ties_to_a_bidder_and_to_who_is_tied_to_it_by_law() -> None:
    bidder, held, other = (Behind(uuid4(), "", name, code, "") for name, code in BIDDERS.values())
    related = relations([bidder, held, other], [Declared(bidder.id, "holding", held.name, held.credit_code)],
                        [(held.id, bidder.id), (other.id, bidder.id)])  # fmt: skip
    rivals = [Rival(bidder.id, bidder.name, bidder.credit_code)]

    def found(each: Behind, code: str = "") -> list[bool]:
        return [t.is_certain for t in ties_of([Employer(each.id, each.name, code)], rivals, related, 3)]

    assert found(bidder, bidder.credit_code) == [True] and found(bidder) == [True]
    assert found(held, held.credit_code) == [True]
    assert found(other, other.credit_code) == []
    (tie,) = ties_of([Employer(held.id, held.name, held.credit_code)], rivals, related, 3)
    assert "控股" in tie.sentence.text("zh") and "3" in tie.sentence.text("en")


def test_an_expert_of_the_unit_comes_as_its_representative_only() -> None:
    unit, library, person = uuid4(), uuid4(), uuid4()
    people = ListingPeople(unit, uuid4(), None, [])
    roles = frozenset({Role.EXPERT, Role.BUYER})
    with pytest.raises(DomainError) as refused:
        check_candidate(Candidate(person, Kind.EXPERT, library, roles, frozenset({library, unit})), people)
    assert refused.value.clause == "R-COM-04"
    check_candidate(Candidate(person, Kind.BUYER, unit, roles, frozenset({library, unit})), people)


async def test_the_registers_and_a_members_own_word_shut_it_out(client: Any, clock: Any) -> None:
    start = await clock.now()
    opened = await an_opened_listing(start)
    listing, now = opened.listing.id, opened.now
    yang, xu, gao, wei = [await actor(name, now) for name in ("yang.hua", "xu.lin", "gao.feng", "wei.xin")]
    _, spell = await a_worker(opened.providers["沱江"], now, "yang.hua", "杨华")
    await execute("UPDATE worker SET person = $2 WHERE id = $1", spell, yang.person_id)
    with pytest.raises(DomainError) as refused:
        await appoint_member(listing, yang.person_id, "expert", DRAW, opened.buyer, now)
    assert refused.value.clause == "R-ROLE-06" and TUOJIANG[0] in refused.value.sentence.text("zh")
    # so long ago that it ties no more
    await execute("UPDATE worker SET employed_from = $2, employed_to = $3 WHERE id = $1", spell,
                  now.date() - timedelta(days=2000), now.date() - timedelta(days=1200))  # fmt: skip
    for expert in (yang, xu, gao):
        await appoint_member(listing, expert.person_id, "expert", DRAW, opened.buyer, now)
    assert await declare_interest(listing, False, "", yang, now)

    # a body that holds a bidder: the member names it, the bidder declared it
    await execute(
        "INSERT INTO related_party (id, provider, kind, name, credit_code, entered_by, entered_at)"
        " VALUES (gen_random_uuid(), $1, 'holder', '成都某某集团', '91510100MA6CABCDE1', $2, $3)",
        opened.providers["和风"], opened.buyer.person_id, now,
    )  # fmt: skip
    await clock.set(now)
    await sign_in(client, "xu.lin")
    path = f"/listings/{opened.listing.reference}/panel"
    page = words((await client.get(path)).text)
    assert "近 3 年工作过的单位" in page
    answer = await send(client, f"{path}/declaration", {"has_interest": "no", "employers": "成都某某集团"})
    assert answer.status_code == 303
    said = words((await client.get(path)).text)
    assert "您应当回避" in said and "成都某某集团" in said and HEFENG[0] in said
    seat = await member_of(listing, xu.person_id)
    assert seat and seat["has_interest"] and seat["is_found"]
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'panel.recused'") == 1

    # a namesake is for people to look into
    await execute("UPDATE provider SET legal_representative = '高峰' WHERE id = $1", opened.providers["沱江"])
    assert await declare_interest(listing, False, "", gao, now)
    gao_seat = await member_of(listing, gao.person_id)
    assert [t.is_certain for t in await ties_to_bidders(listing, {**(gao_seat or {}), "name": "高峰"}, now.date())] == [
        False
    ]
    await sign_in(client, "li.qiang")
    assert "待核实" in words((await client.get(path)).text)
    # the library's expert who also works for the unit is offered to nobody as an expert
    unit = (await listing_by_id(listing))["procuring_unit"]
    await insert(Membership, person=wei.person_id, organisation=unit, role="clerk")
    assert wei.person_id not in {c["id"] for c in await candidates(await listing_by_id(listing))}


async def test_a_tie_that_becomes_known_before_the_award_holds_it(client: Any, clock: Any) -> None:
    opened = await a_scored_listing(await clock.now(), below={"沱江": "6"})
    yang = await actor("yang.hua", opened.now)
    _, spell = await a_worker(opened.providers["沱江"], opened.now, "yang.hua", "杨华")
    await execute("UPDATE worker SET person = $2 WHERE id = $1", spell, yang.person_id)
    with pytest.raises(Conflict) as refused:
        await determine_award(opened.lot, opened.buyer, opened.now)
    assert refused.value.clause == "R-COM-08" and "杨华" not in refused.value.sentence.text("zh")
    assert await deem_determined(opened.now + timedelta(days=60)) == 0
    # another panel judges: what the first one found is gone, and the award rests on the second
    listing, now = opened.listing.id, opened.now
    assert await rebuild_panel(listing, opened.buyer, now) == 1
    assert (await listing_by_id(listing))["status"] == "opened" and await report_of(listing) is None
    assert await fetchval("SELECT count(*) FROM bid_result r JOIN listing_lot l ON l.id = r.lot"
                          " WHERE l.listing = $1", listing) == 0  # fmt: skip
    with pytest.raises(Conflict):
        await rebuild_panel(listing, opened.buyer, now)
    await sign_in(client, "li.qiang")
    panel = f"/listings/{opened.listing.reference}/panel"
    assert "有成员回避，还差 1 名" in words((await client.get(panel)).text)
    wei, xu, gao = [await actor(name, now) for name in ("wei.xin", "xu.lin", "gao.feng")]
    await appoint_member(listing, wei.person_id, "expert", DRAW, opened.buyer, now)
    assert "有成员回避" not in words((await client.get(panel)).text)
    assert await declare_interest(listing, False, "", wei, now)
    await all_conform(listing, now)
    with pytest.raises(Conflict, match="不能再增加成员"):
        await appoint_member(listing, opened.buyer.person_id, "buyer", "", opened.buyer, now)
    await mark_everything(opened, wei, {"沱江": "6"})
    for expert in (wei, xu, gao):
        await lock_marks(listing, expert, now)
    await compute_results(listing, wei, now)
    await everybody_signs(listing, now)
    assert await determine_award(opened.lot, opened.buyer, now)


async def test_before_the_opening_no_refusal_tells_who_bids(clock: Any) -> None:
    opened = await an_opened_listing(await clock.now())
    await execute("UPDATE listing SET status = 'closed' WHERE id = $1", opened.listing.id)
    yang = await actor("yang.hua", opened.now)
    await insert(Membership, person=yang.person_id, role="provider",
                 organisation=await fetchval("SELECT organisation FROM provider WHERE id = $1",
                                             await a_provider(opened.now, *HEFENG)))  # fmt: skip
    await appoint_member(opened.listing.id, yang.person_id, "expert", DRAW, opened.buyer, opened.now)


async def test_R_COM_04_the_names_of_a_panel_are_secret_for_every_role(client: Any, clock: Any) -> None:
    opened = await an_opened_listing(await clock.now())
    await a_panel(opened)
    for name in ("和风", "沱江"):
        await director(name, opened.now)
    await clock.set(opened.now)
    base = f"/listings/{opened.listing.reference}"
    paths = (base, f"{base}/panel", f"{base}/panel/draw-record", f"{base}/stage-papers", f"{base}/award", "/work")
    names = {"yang.hua": "杨华", "xu.lin": "许琳", "gao.feng": "高峰"}
    of_the_unit = {"wang.min", "li.qiang", "chen.jing"}
    supervise = {"zhao.lei", "sun.yue", "ma.chao", "admin"}
    readers = [m.username for m in CAST if m.username not in of_the_unit | supervise]
    for reader in [None, *readers, "director.0016", "director.0024"]:
        client.cookies.delete("sid")
        if reader:
            await sign_in(client, reader)
        others = [name for person, name in names.items() if person != reader]
        for path in paths:
            text = (await client.get(path)).text
            assert not [name for name in others if name in text], (reader, path)
    assert not await fetchval(
        "SELECT 1 FROM audit_entry WHERE act LIKE 'panel.%' AND (detail::text LIKE '%杨华%' OR subject_id = $1)",
        str((await actor("yang.hua", opened.now)).person_id),
    )
