"""Two people of one organisation register it at the same time: one wins, the other is told how to join it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from catalogue.items.services import load_first_edition
from marketplace.accounts.sessions import actor_of
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetchval
from marketplace.kernel.errors import FormRefused
from tests.at_once import both
from tests.builders_vendors import new_provider
from vendors.providers.services import Registered, register_provider
from vendors.registration.services import make_statement, offer_item, save_account

START = at_county_time(date(2026, 3, 2), 9)


async def test_two_who_register_one_organisation_leave_one_and_the_other_is_told_how_to_join(committed: None) -> None:
    first = new_provider("金堂县和美社会工作服务中心", "private_non_enterprise", "hemei")
    second = replace(first, username="hemei2", email="hemei2@provider.example", person_name="何芬")
    outcomes = await both(register_provider(first, START), register_provider(second, START))
    [won] = [each for each in outcomes if isinstance(each, Registered)]
    [lost] = [each for each in outcomes if isinstance(each, BaseException)]
    assert isinstance(lost, FormRefused)
    said = str(lost.errors["credit_code"])
    assert won.reference in said and "邀请成员" in said and "不用再登记一次" in said
    assert await fetchval("SELECT count(*) FROM provider") == 1
    assert await fetchval("SELECT count(*) FROM person WHERE username LIKE 'hemei%'") == 1
    assert await fetchval("SELECT count(*) FROM organisation WHERE name = $1", first.name) == 1


async def test_two_people_of_one_provider_who_save_the_same_part_leave_it_once(committed: None) -> None:
    await load_first_edition(START)
    registered = await register_provider(
        new_provider("金堂县和美社会工作服务中心", "private_non_enterprise", "hemei"), START
    )
    actor = await actor_of(registered.person)
    assert actor is not None
    for acts in (
        [save_account("银行", number, actor, START) for number in ("6228480012345678901", "6228480012345678902")],
        [offer_item("S01", count, actor, START) for count in (5, 6)],
        [make_statement("no_staff", actor, START) for _ in range(2)],
    ):
        outcomes = await both(*acts)
        assert not [each for each in outcomes if isinstance(each, BaseException)], outcomes
    assert await fetchval("SELECT count(*) FROM provider_account WHERE ended_at IS NULL") == 1
    assert await fetchval("SELECT count(*) FROM provider_account") == 2
    assert await fetchval("SELECT count(*) FROM offered_item") == 1
    assert await fetchval("SELECT count(*) FROM file_statement") == 1
