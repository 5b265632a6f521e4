"""Two registrations of one body: found by name or by person and address, merged where nothing of record is lost."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace.accounts.sessions import actor_of
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.errors import Conflict, Forbidden, NotFound
from tests.builders_credit import a_published_entry
from tests.builders_vendors import a_full_file, a_provider, a_standing, new_provider
from tests.cast import actor, enter_cast
from tests.pages import send, sign_in, words
from vendors.register import merging
from vendors.register.merging import history_of, likely_pairs, merge, say_different

OFFICER = "liu.fang"
WHY = "换发登记证书以后代码变了，法定代表人相同。"


@pytest.fixture
async def twice(db, clock):
    """One body that registered twice, the second time under a new code, and a third that is another body."""
    now = await clock.now()
    await enter_cast(now)
    old = await a_provider(now, "金堂县和美社会工作服务中心", username="hemei")
    new = await a_provider(now, "金堂和美社会工作中心", username="hemei2")
    await a_provider(now, "成都惠民康养服务有限公司", "enterprise", "huimin", details=_elsewhere())
    return old, new, await actor(OFFICER, now), now


def _elsewhere():
    details = new_provider("x", "enterprise", "x").details
    return type(details)(**{**vars(details), "address": "成都市锦江区", "founded_on": date(2019, 1, 1)})


async def test_like_names_are_a_pair_and_one_answered_is_not_asked_again(twice):
    old, new, officer, now = twice
    pair = (await likely_pairs())[0]
    assert {pair["first_reference"], pair["second_reference"]} == {old.reference, new.reference}
    assert set(pair["because"]) == {"name", "person"} and len(await likely_pairs()) == 1
    await say_different(new.reference, old.reference, officer, now)
    await say_different(old.reference, new.reference, officer, now)
    assert await likely_pairs() == []


async def test_people_papers_and_roster_move_and_the_old_number_leads_on(client, twice):
    old, new, officer, now = twice
    await a_full_file(new, "private_non_enterprise", now)
    await merge(old.reference, new.reference, WHY, officer, now)
    kinds = await fetchval("SELECT count(*) FROM provider_paper WHERE provider = $1 AND ended_at IS NULL", old.id)
    assert kinds > 0 and not await fetchval("SELECT count(*) FROM provider_paper WHERE provider = $1", new.id)
    moved = await actor_of(new.actor.person_id)
    assert moved is not None and moved.organisation_id == old.actor.organisation_id
    owners = await fetch("SELECT person FROM organisation_owner WHERE organisation = $1", old.actor.organisation_id)
    assert [row["person"] for row in owners] == [old.actor.person_id]
    answer = await client.get(f"/providers/{new.reference}")
    assert answer.status_code == 303 and answer.headers["location"].endswith(old.reference)
    assert new.reference not in (await client.get("/providers")).text
    assert await likely_pairs() == []
    with pytest.raises(NotFound):
        await merge(old.reference, new.reference, WHY, officer, now)
    said = await fetchval("SELECT detail::text FROM audit_entry WHERE act = 'provider.merged'")
    assert WHY in said and new.reference in said


async def test_a_later_change_of_the_merged_one_does_not_bring_it_back_into_the_register(twice):
    old, new, officer, now = twice
    await merge(old.reference, new.reference, WHY, officer, now)
    await fetchval("UPDATE provider SET introduction = '改了' WHERE id = $1 RETURNING id", new.id)
    assert await fetchval("SELECT count(*) FROM register_entry WHERE id = $1", new.id) == 0


@pytest.mark.parametrize("history", [a_standing, a_published_entry])
async def test_a_registration_with_history_goes_into_no_other(twice, history):
    old, new, officer, now = twice
    await history(new.id, now)
    with pytest.raises(Conflict) as refused:
        await merge(old.reference, new.reference, WHY, officer, now)
    assert "反过来" in str(refused.value.sentence)
    assert await fetchval("SELECT count(*) FROM provider_merger") == 0
    await merge(new.reference, old.reference, WHY, officer, now)  # the other way round nothing is lost


async def test_a_new_registration_has_no_history_and_every_table_named_as_file_is_there(twice):
    old, *_ = twice
    row = {"id": old.id, "organisation": old.actor.organisation_id}
    assert await history_of(row) == ()
    tables = {r["relname"] for r in await fetch("SELECT relname FROM pg_class WHERE relkind = 'r'")}
    assert merging.FILE_TABLES <= tables and merging.ACCOUNT_TABLES <= tables and set(merging.HISTORY_LABELS) <= tables


async def test_the_pages_show_both_sides_ask_for_the_reason_and_merge(client, twice):
    old, new, *_ = twice
    await sign_in(client, OFFICER)
    listed = (await client.get("/providers/duplicates")).text
    assert "和美" in words(listed)
    path = f"/providers/duplicates/{old.reference}/{new.reference}"
    shown = words((await client.get(path)).text)
    assert "合并以后不能分开" in shown and old.reference in shown and new.reference in shown
    assert (await send(client, path, {"reason": ""})).status_code == 422
    assert (await send(client, path, {"reason": WHY})).status_code == 303
    assert (await client.get(path)).status_code == 404
    assert (await client.get(f"/providers/duplicates/{old.reference}/{old.reference}")).status_code == 404
    english = words((await client.get("/en/providers/duplicates")).text)
    assert "No possible duplicates" in english


async def test_others_may_not(client, twice):
    old, new, _, now = twice
    with pytest.raises(Forbidden):
        await merge(old.reference, new.reference, WHY, old.actor, now)
    await sign_in(client, "hemei")
    assert (await client.get("/providers/duplicates")).status_code == 403
