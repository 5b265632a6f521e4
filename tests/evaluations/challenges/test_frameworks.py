"""R-DISP-04 for frameworks: how far one has come, what a hold stops, and a result that falls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from catalogue.holds.rules import Ground
from catalogue.holds.services import NewHold, begin_hold, end_hold
from catalogue.listings.queries import listing_by_id
from contracts.frameworks.queries import framework_of_listing, places_of
from contracts.frameworks.services import sign_agreement
from evaluations.admission.services import determine_admission
from evaluations.challenges.carrying_out import carry_out, case_of
from evaluations.challenges.remedies import Outcome, Reached, Remedy, remedies_of_challenge, remedies_of_complaint
from marketplace.kernel.db import fetchval, transaction
from marketplace.kernel.errors import Conflict
from tests.builders_frameworks import an_announced_framework, an_evaluated_framework
from tests.cast import actor

ATTACKED = {"stage": "result", "lot": None}


async def _case(listing: Any, now: Any) -> Any:
    return await case_of(await listing_by_id(listing.id), ATTACKED, now)


async def _carry(listing: Any, now: Any) -> None:
    async with transaction():
        row = await listing_by_id(listing.id)
        await carry_out(Remedy.REDO, row, None, "TS-2026-0001", (await actor("zhao.lei", now), now))


async def test_R_DISP_04_a_framework_falls_with_its_places_and_is_sought_again(clock: Any) -> None:
    listing, reference, now = await an_announced_framework(await clock.now())
    framework = await framework_of_listing(listing.id)
    assert framework is not None
    first, *_ = await places_of(framework["id"])
    signer = await actor("tan.rong", now)
    finance = await actor("zhao.lei", now)
    await begin_hold(NewHold(listing.id, Ground.CHALLENGE, "ZY-1"), finance, now)
    with pytest.raises(Conflict) as held:
        await sign_agreement(first["id"], signer.name, signer, now)
    assert held.value.clause == "R-DISP-06"
    await end_hold("ZY-1", Ground.CHALLENGE, "已答复", finance, now)
    found = await _case(listing, now)
    assert found.reached == Reached.DETERMINED
    assert remedies_of_challenge(found, Outcome.UPHELD) == {Remedy.REDO}
    await fetchval("UPDATE framework_place SET status = 'agreed', signed_at = $2 WHERE id = $1 RETURNING id",
                   first["id"], now)  # fmt: skip
    found = await _case(listing, now)
    assert found.reached == Reached.SIGNED and remedies_of_challenge(found, Outcome.UPHELD) == frozenset()
    assert remedies_of_complaint(found, Outcome.UPHELD) == {Remedy.REDO}
    await _carry(listing, now + timedelta(days=1))
    assert {p["status"] for p in await places_of(framework["id"])} == {"removed"}
    assert {p["end_ground"] for p in await places_of(framework["id"])} == {"voided"}
    assert (await listing_by_id(listing.id))["status"] == "cancelled"


async def test_R_DISP_04_an_admission_nobody_heard_of_falls_before_its_notice(clock: Any) -> None:
    listing, now = await an_evaluated_framework(await clock.now())
    await determine_admission(listing.id, await actor("jiang.bo", now), now)
    await _carry(listing, now)
    assert await fetchval("SELECT count(*) FROM admission") == 0
    assert (await listing_by_id(listing.id))["status"] == "cancelled"
