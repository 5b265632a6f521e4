"""Handing in, scanning and getting documents."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from marketplace.accounts.documents.queries import document_facts
from marketplace.accounts.documents.services import (
    NewDocument,
    enter_opened_document,
    scan_waiting,
    upload_document,
)
from marketplace.gateways.files import FolderStore, clear_broken
from marketplace.gateways.scanning import ScannerAway, VirusFound, open_scanner
from marketplace.kernel.db import execute, fetchval
from marketplace.kernel.logs import TextLines
from marketplace.kernel.settings import Settings
from marketplace.verify_documents_command import verify_documents
from tests.builders_vendors import PDF, a_provider, a_store
from tests.cast import actor
from tests.marketplace.gateways.clamd_town import HARMFUL, ClamdTown, clamd_town
from tests.pages import send, sign_in

BAD = PDF.replace(b"/Catalog", HARMFUL)
NOBODY = "tcp://127.0.0.1:9"


def a_scanned_store(folder: Path, clamd: str) -> FolderStore:
    return FolderStore(folder, open_scanner(Settings.from_environment({"CLAMD": clamd})))


def files_in(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file()]


async def test_a_harmful_file_leaves_neither_bytes_nor_a_row(db: Any, clock: Any, tmp_path: Path) -> None:
    now = await clock.now()
    wang = await actor("wang.min", now)
    async with clamd_town(ClamdTown()) as town:
        store = a_scanned_store(tmp_path, town.address)
        with pytest.raises(VirusFound):
            await upload_document(NewDocument("坏.pdf", BAD), store, wang, now)
        assert files_in(tmp_path) == [] and not await fetchval("SELECT 1 FROM document WHERE name = '坏.pdf'")
        clean = await upload_document(NewDocument("好.pdf", PDF), store, wang, now)
    assert (await document_facts(clean)).scan == "clean"


async def test_while_the_scanner_is_away_nothing_is_taken_in(db: Any, clock: Any, tmp_path: Path) -> None:
    now = await clock.now()
    wang = await actor("wang.min", now)
    with pytest.raises(ScannerAway):
        await upload_document(NewDocument("好.pdf", PDF), a_scanned_store(tmp_path, NOBODY), wang, now)
    assert files_in(tmp_path) == [] and not await fetchval("SELECT 1 FROM document WHERE name = '好.pdf'")


async def test_what_an_opened_bid_brought_is_kept_but_held_until_it_was_scanned(
    client: httpx.AsyncClient, clock: Any, tmp_path: Path
) -> None:
    now = await clock.now()
    wang = await actor("wang.min", now)
    away = a_scanned_store(tmp_path, NOBODY)
    good = await enter_opened_document(NewDocument("好.pdf", PDF), away, wang, now)
    bad = await enter_opened_document(NewDocument("坏.pdf", BAD), away, wang, now)
    await sign_in(client, "wang.min")
    held = await client.get(f"/documents/{good}")
    assert held.status_code == 403 and "等病毒检查" in held.text
    await scan_waiting(away, now)
    assert {(await document_facts(each)).scan for each in (good, bad)} == {"waiting"}
    async with clamd_town(ClamdTown()) as town:
        await scan_waiting(a_scanned_store(tmp_path, town.address), now)
        await scan_waiting(a_scanned_store(tmp_path, town.address), now)
        assert len(town.seen) == 2
    assert [(await document_facts(each)).scan for each in (good, bad)] == ["clean", "infected"]
    refused = await client.get(f"/documents/{bad}")
    assert refused.status_code == 403 and "查出了病毒" in refused.text
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'document.infected'") == 1


async def test_a_document_is_given_out_as_an_attachment_that_no_browser_guesses_about(
    client: httpx.AsyncClient, clock: Any
) -> None:
    now = await clock.now()
    content = PDF.replace(b"/Catalog", b"/Catalog<script>")
    document = await upload_document(NewDocument("协议 书.pdf", content), a_store(), await actor("wang.min", now), now)
    await sign_in(client, "wang.min")
    answer = await client.get(f"/documents/{document}")
    assert answer.content == content
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"].startswith("application/pdf")
    assert answer.headers["etag"] == f'"{hashlib.sha256(content).hexdigest()}"'


async def test_a_document_whose_bytes_are_gone_is_said_so_with_its_hash_and_told_to_the_operator(
    client: httpx.AsyncClient, clock: Any, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    now = await clock.now()
    content = PDF.replace(b"/Catalog", b"/Catalog/Gone")
    document = await upload_document(NewDocument("凭证.pdf", content), a_store(), await actor("wang.min", now), now)
    await sign_in(client, "wang.min")
    assert (await client.get(f"/documents/{document}")).status_code == 200
    (settings.documents_folder / (await document_facts(document)).storage_key).unlink()
    gone = await client.get(f"/documents/{document}")
    sha256 = hashlib.sha256(content).hexdigest()
    assert gone.status_code == 503 and sha256 in gone.text and "verify documents" in gone.text
    assert "content-disposition" not in gone.headers
    [told] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert f"ContentGone sha256={sha256}" in TextLines().format(told)
    [fault] = (await verify_documents(a_store())).faults
    assert sha256 in fault.text("en") and "凭证.pdf" in fault.text("en")


async def test_a_file_put_in_the_place_of_another_past_the_service_is_named(
    db: Any, clock: Any, tmp_path: Path
) -> None:
    store, now = FolderStore(tmp_path), await clock.now()
    wang = await actor("wang.min", now)
    document = await upload_document(NewDocument("报价.txt", "三十八万元".encode()), store, wang, now)
    assert not (await verify_documents(store)).faults
    other = await store.put("三十六万元".encode(), "报价.txt")
    await execute(
        "UPDATE document SET sha256 = $2, storage_key = $3, size = $4 WHERE id = $1",
        document, other.sha256, other.key, other.size,
    )  # fmt: skip
    [changed] = (await verify_documents(store)).faults
    assert str(document) in changed.text("en") and "not what the audit says" in changed.text("en")
    await execute("DELETE FROM document WHERE id = $1", document)
    [gone] = (await verify_documents(store)).faults
    assert str(document) in gone.text("en") and "is gone" in gone.text("en")


async def test_the_hash_of_a_paper_stands_beside_it_for_its_owner(client: httpx.AsyncClient, clock: Any) -> None:
    provider = await a_provider(await clock.now())
    await sign_in(client, provider.username)
    paper = {"kind": "tax", "valid_until": ""}
    sent = await send(client, "/my-organisation/papers", paper, files={"file": ("税.pdf", PDF, "application/pdf")})
    assert sent.status_code == 303
    assert hashlib.sha256(PDF).hexdigest() in (await client.get("/my-organisation/papers")).text


def test_what_a_killed_process_left_half_written_is_removed_after_a_day(tmp_path: Path) -> None:
    old, fresh, kept = tmp_path / ".draft-a", tmp_path / ".draft-b", tmp_path / "ab"
    for each in (old, fresh, kept):
        each.write_bytes(b"half")
    os.utime(old, (time.time() - 90_000,) * 2)
    os.utime(kept, (time.time() - 90_000,) * 2)
    assert clear_broken(tmp_path, time.time() - 86_400) == 1
    assert sorted(tmp_path.iterdir()) == [fresh, kept]
