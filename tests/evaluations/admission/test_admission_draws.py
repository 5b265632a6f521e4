"""A tie at the line of admission goes to a draw that anybody can do again (R-TIE-01)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest

from evaluations.admission.queries import admissions_of
from evaluations.admission.rules import ResponsiveBid, Working, tied_at_line
from evaluations.admission.services import determine_admission, publish_admission
from evaluations.admission.ties import freeze_admission_tie
from marketplace.kernel.audit.linker import link_committed
from marketplace.kernel.db import fetch
from marketplace.kernel.draws.services import Witness, hold_draw
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from tests.builders_frameworks import an_evaluated_framework
from tests.cast import actor
from tests.pages import send, sign_in, words

TWO = [Witness("蒋波", "7 2 9"), Witness("谭蓉", "大雪 8")]


def bids(*keys: str) -> list[ResponsiveBid]:
    return [ResponsiveBid(uuid4(), f"第{n}中心", Decimal(key)) for n, key in enumerate(keys)]


@pytest.mark.parametrize(
    ("keys", "places"),
    [
        (("39", "40", "40", "45"), (2, 1)),
        (("40", "40", "40", "40"), (4, 2)),
        (("39", "40", "41", "45"), None),
        (("39", "39", "45", "45"), None),
        (("39", "45", "45", "45"), (3, 1)),
    ],
)
def test_a_tie_counts_only_across_the_line(keys: tuple[str, ...], places: tuple[int, int] | None) -> None:
    found = tied_at_line(bids(*keys), Working(4, Decimal(50)))
    assert (found and (len(found[0]), found[1])) == places


PRICES = {"和风": "39.00", "沱江": "42.00", "云顶": "42.00"}


async def test_the_drawn_bidder_comes_in_and_the_admission_names_the_draw(clock: Any) -> None:
    listing, now = await an_evaluated_framework(await clock.now(), PRICES)
    decider = await actor("jiang.bo", now)
    with pytest.raises(DomainError) as refused:
        await determine_admission(listing.id, decider, now)
    assert refused.value.clause == "R-TIE-01"
    with pytest.raises(Forbidden):
        await freeze_admission_tie(listing.id, await actor("tan.rong", now), now)
    reference = await freeze_admission_tie(listing.id, decider, now)
    assert await freeze_admission_tie(listing.id, decider, now) == reference
    await link_committed()
    (drawn,) = await hold_draw(reference, TWO, decider, now)
    await determine_admission(listing.id, decider, now)
    (admission,) = await admissions_of(listing.id)
    assert reference in admission["tie_note"]
    admitted = [row["opened_bid"] for row in admission["rows"] if row["is_admitted"]]
    codes = await fetch(
        "SELECT p.credit_code FROM opened_bid b JOIN provider p ON p.id = b.provider WHERE b.id = ANY($1)", admitted
    )
    assert len(admitted) == 2 and drawn in {row["credit_code"] for row in codes}
    with pytest.raises(Conflict):
        await freeze_admission_tie(listing.id, decider, now)
    await publish_admission(listing.id, decider, now)


async def test_the_page_leads_through_the_draw(client: httpx.AsyncClient, clock: Any) -> None:
    listing, _ = await an_evaluated_framework(await clock.now(), PRICES)
    await sign_in(client, "jiang.bo")
    path = f"/listings/{listing.reference}/admission"
    assert "在并列者之间抽签" in words((await client.get(path)).text)
    frozen = await send(client, f"{path}/draw")
    assert frozen.status_code == 303
    await link_committed()
    assert "去抽签" in words((await client.get(path)).text)
    said = {"name_1": "蒋波", "words_1": "7", "name_2": "谭蓉", "words_2": "8"}
    assert (await send(client, f"{frozen.headers['location']}/hold", said)).status_code == 303
    assert "随机抽取 CQ-" in (await client.get(path)).text
    assert (await send(client, path, {})).status_code == 303
    without = await an_evaluated_framework(await clock.now(), {"和风": "39.00", "沱江": "41.00", "云顶": "42.00"})
    assert (await send(client, f"/listings/{without[0].reference}/admission/draw")).status_code == 409
