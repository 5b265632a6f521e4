"""R-DISP-06: an inquiry that may change the result stops signing until the buyer has settled it."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.agreements.queries import contract_of_lot
from contracts.agreements.services import sign_contract
from marketplace.kernel.errors import Conflict
from tests.builders_disputes import an_announced_award
from tests.pages import send, sign_in, words


async def test_R_DISP_06_an_inquiry_rests_signing_until_the_buyer_says_how_it_was_settled(
    client: Any, clock: Any
) -> None:
    opened = await an_announced_award(await clock.now())
    contract = await contract_of_lot(opened.lot)
    assert contract is not None
    path = f"/listings/{opened.listing.reference}/challenges"
    await clock.set(opened.now)
    await sign_in(client, "director.0032")
    assert "有询问可能影响结果" not in words((await client.get(path)).text)
    held = {"inquiry_number": "询问 3", "inquiry_reason": "问到评分汇总是否有误。"}
    assert (await send(client, f"{path}/inquiry", held)).status_code == 403
    await sign_in(client, "li.qiang")
    assert (await send(client, f"{path}/inquiry", held | {"inquiry_reason": ""})).status_code == 422
    assert (await send(client, f"{path}/inquiry", held)).status_code == 303
    assert (await send(client, f"{path}/inquiry", held)).status_code == 409
    with pytest.raises(Conflict) as refused:
        await sign_contract(contract["id"], opened.drafter.name, opened.drafter, opened.now)
    assert refused.value.clause == "R-DISP-06" and "询问 3" in refused.value.sentence.text("zh")
    page = words((await client.get(path)).text)
    assert "询问 3" in page and "继续签订和履行" in page
    assert (await client.get(f"/en{path}")).status_code == 200
    assert (await send(client, f"{path}/inquiry/end", {"inquiry_end": "汇总无误，已答复。"})).status_code == 303
    assert (await send(client, f"{path}/inquiry/end", {"inquiry_end": "再来一次"})).status_code == 409
    await sign_contract(contract["id"], opened.drafter.name, opened.drafter, opened.now)
