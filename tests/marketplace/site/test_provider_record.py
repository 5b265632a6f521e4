"""A provider's page and its certificate: contracts, evaluations and credit as they are public, for nothing else."""

from __future__ import annotations

import pytest

from contracts.agreements.queries import contracts_of_provider
from marketplace.kernel.db import execute, fetchval
from marketplace.kernel.formats import money
from tests.builders_contracts import a_contract_in_force, a_paid_milestone
from tests.builders_credit import a_published_entry
from tests.builders_vendors import a_standing
from tests.pages import words
from tests.papers import needs_press, pdf_words


@pytest.fixture
async def performed(db, clock):
    """A provider with a published contract of 498,000 yuan over twelve months, one of them paid."""
    world = await a_contract_in_force()
    paid = await a_paid_milestone(world)
    await execute("UPDATE contract SET published_at = signed_at WHERE id = $1", world.contract)
    reference = await fetchval("SELECT reference FROM provider WHERE id = $1", world.provider)
    return world, reference, money(paid["amount"])


async def test_the_page_tells_the_contracts_with_their_sums_and_leads_to_the_certificate(client, performed):
    world, reference, paid = performed
    page = (await client.get(f"/providers/{reference}")).text
    assert world.reference in page and f"合同金额合计 ¥498,000.00，已付 {paid}。" in words(page)
    assert f"/providers/{reference}/record" in page


async def test_the_certificate_says_what_is_public_in_both_languages_and_is_no_condition(client, clock, performed):
    world, reference, paid = performed
    await a_standing(world.provider, await clock.now())
    await a_published_entry(world.provider, await clock.now())
    page = words((await client.get(f"/providers/{reference}/record")).text)
    for part in ("供应商档案证明", "52510121MJX0000016", world.reference,
                 f"共 1 份，合同金额 ¥498,000.00，已付 {paid}。", "PJ-2025-0001",
                 "92.5", "它不是参加采购的条件"):  # fmt: skip
        assert part in page, part
    assert await fetchval("SELECT document_number FROM credit_entry WHERE provider = $1", world.provider) in page
    english = words((await client.get(f"/en/providers/{reference}/record")).text)
    assert "Certificate of a provider" in english and "no condition for bidding" in english
    assert (await client.get("/providers/JT-P-9999/record")).status_code == 404


@needs_press
async def test_the_certificate_s_pdf_carries_the_code_and_the_address_of_the_page(client, performed):
    _, reference, _ = performed
    answer = await client.get(f"/providers/{reference}/record.pdf")
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/pdf"
    said = pdf_words(answer.content)
    assert "供应商档案证明" in said and f"/providers/{reference}" in said and "扫码查看" in said


async def test_contracts_not_yet_public_stay_out(client, performed):
    world, reference, _ = performed
    await execute("UPDATE contract SET published_at = NULL WHERE id = $1", world.contract)
    for path in (f"/providers/{reference}", f"/providers/{reference}/record"):
        assert world.reference not in (await client.get(path)).text


async def test_of_many_contracts_the_newest_are_shown_and_all_are_counted(db, performed):
    world, *_ = performed
    amount = await fetchval(
        "INSERT INTO contract SELECT (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid(), 'reference',"
        " 'HT-2027-0001', 'award_reference', 'ZB-2027-0001', 'service_from', c.service_to + 1, 'service_to',"
        " c.service_to + 365, 'is_call_off', true, 'quantity', 1, 'budget_line', l.budget_line))).*"
        " FROM contract c JOIN listing l ON l.id = c.listing WHERE c.id = $1 RETURNING amount",
        world.contract,
    )
    shown, over_all = await contracts_of_provider(world.provider, at_most=1)
    assert [row["reference"] for row in shown] == ["HT-2027-0001"]
    assert (over_all["count"], over_all["amount"]) == (2, 2 * amount)
