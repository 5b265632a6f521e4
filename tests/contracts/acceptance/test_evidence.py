"""What proves the items of a checklist: from both sides until the certificate, seen by them and nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.acceptance.evidence import add_evidence
from contracts.acceptance.evidence_rules import MOST_FILES, check_evidence, check_may_still_add
from contracts.agreements.queries import contract_facts
from contracts.papers.queries import paper_for
from marketplace.accounts.documents.services import NewDocument
from marketplace.gateways.files import FolderStore
from marketplace.kernel.db import fetchrow, fetchval
from marketplace.kernel.errors import Conflict, Forbidden
from marketplace.kernel.forms import Bound
from tests.builders_contracts import APRIL, a_closed_month, a_contract_in_force, accept, closing_time
from tests.builders_vendors import a_store
from tests.cast import actor
from tests.marketplace.gateways.test_file_types import PDF
from tests.meanwhile import SlowScanner
from tests.pages import send, sign_in, words


def a_form(**typed: Any) -> Bound:
    """A form without mistakes."""
    return Bound(values={"item": 1, "kind": "report", "attendance": None, "note": None, **typed})


@pytest.mark.parametrize(("typed", "field"), [
    ({}, None), ({"item": 0}, None), ({"item": 5}, "item"), ({"kind": "training", "attendance": 12}, None),
    ({"kind": "training"}, "attendance"), ({"attendance": 12}, "attendance"),
])  # fmt: skip
def test_r_acc_01_a_file_is_for_an_item_of_the_list_and_a_training_says_how_many_came(
    typed: dict[str, Any], field: str | None
) -> None:
    form = a_form(**typed)
    check_evidence(form, 4)
    assert set(form.errors) == ({field} if field else set())


def test_nothing_is_added_after_the_certificate_nor_beyond_what_anybody_reads() -> None:
    check_may_still_add(is_accepted=False, files=MOST_FILES - 1)
    for accepted, files in ((True, 0), (False, MOST_FILES)):
        with pytest.raises(Conflict):
            check_may_still_add(is_accepted=accepted, files=files)


async def test_both_sides_attach_files_that_only_they_and_who_oversees_see(
    client: httpx.AsyncClient, clock: Any
) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    now = closing_time(world, APRIL)
    await clock.set(now)
    home = f"/contracts/{world.reference}/acceptance/1"
    await sign_in(client, "director.0016")
    assert "证明材料" in words((await client.get(f"{home}/request")).text)
    typed = {"item": "1", "kind": "training", "attendance": "12", "note": "四月培训"}
    bare = await send(client, f"{home}/evidence", typed)
    assert bare.status_code == 422 and "请选择要上传的材料" in words(bare.text)
    wrong = await send(
        client, f"{home}/evidence", {**typed, "attendance": ""}, files={"file": ("签到表.pdf", PDF)}
    )
    assert wrong.status_code == 422 and "签到的人数" in words(wrong.text)
    sent = await send(client, f"{home}/evidence", typed, files={"file": ("签到表.pdf", PDF)})
    assert sent.status_code == 303, words(sent.text)
    await sign_in(client, "chen.jing")
    judged = {"item": "0", "kind": "visits", "note": ""}
    assert (await send(client, f"{home}/evidence", judged, files={"file": ("抽查.pdf", PDF)})).status_code == 303
    page = words((await client.get(home)).text)
    assert "签到表.pdf" in page and "2 份" in page
    await sign_in(client, "wang.min")  # who drafted does not judge, and adds nothing to what is judged
    assert (await send(client, f"{home}/evidence", judged, files={"file": ("x.pdf", PDF)})).status_code == 403
    await accept(world, 1, now)
    document = await fetchval("SELECT document FROM acceptance_evidence WHERE item = 1")
    row = await fetchrow("SELECT name, sha256 FROM document WHERE id = $1", document)
    assert row is not None
    for name in ("director.0016", "chen.jing", "sun.yue"):
        await sign_in(client, name)
        page = words((await client.get(home)).text)
        assert row["name"] in page and row["sha256"] in page and "12 人签到" in page
        assert (await client.get(f"{home}/evidence/{document}")).content == PDF
    for stranger in ("tan.rong", "yang.hua", ""):
        client.cookies.delete("sid")
        if stranger:
            await sign_in(client, stranger)
        page = words((await client.get(home)).text)
        assert row["name"] not in page and row["sha256"] not in page and "2 份证明材料由合同双方保存" in page
        hidden = (await client.get(f"{home}/evidence/{document}")).status_code
        assert hidden == (404 if stranger else 303)
    contract = await contract_facts(world.reference, visible_to=None)
    shown = repr((await paper_for(contract, "acceptance-1", world.director, "")).sections)
    public = repr((await paper_for(contract, "acceptance-1", None, "")).sections)
    assert row["sha256"] in shown and row["name"] in shown
    assert row["sha256"] not in public and row["name"] not in public
    with pytest.raises(Conflict):
        await add_evidence((world.reference, 1), a_form(), NewDocument("x.pdf", PDF), a_store(), (world.director, now))
    with pytest.raises(Forbidden):
        other = await actor("zhao.lei", now)
        await add_evidence((world.reference, 1), a_form(), NewDocument("x.pdf", PDF), a_store(), (other, now))


async def test_a_file_is_looked_through_before_anything_is_locked(db: Any, tmp_path: Path) -> None:
    world = await a_contract_in_force()
    await a_closed_month(world)
    now = closing_time(world, APRIL)
    place, file = (world.reference, 1), NewDocument("材料.pdf", PDF)
    # the certificate is written while the scanner looks: what comes after it is refused by what stands then
    slow = FolderStore(tmp_path, SlowScanner(lambda: accept(world, 1, now)))
    with pytest.raises(Conflict):
        await add_evidence(place, a_form(), file, slow, (world.director, now))
    assert not await fetchval("SELECT 1 FROM acceptance_evidence")
