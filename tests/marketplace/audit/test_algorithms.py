"""A county changes from SHA-256 and Ed25519 to SM3 and SM2 in the middle: what was before and after holds."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from marketplace.accounts.documents.services import NewDocument, upload_document
from marketplace.gateways import sm2_library
from marketplace.gateways.files import FolderStore
from marketplace.gateways.public_log import open_heads_log
from marketplace.gateways.signing import AUDIT_KEY, Keyring, load_public_key, make_or_load_keys
from marketplace.kernel import audit
from marketplace.kernel.audit.linker import link_committed, sign_heads
from marketplace.kernel.db import execute, fetch
from marketplace.verify_command import verify_chain, words
from marketplace.verify_documents_command import verify_documents
from tests.algorithms import by_sm, keys_by_sm, settings_of
from tests.cast import actor

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


async def tell() -> None:
    await audit.record("listing.changed", ("listing", "1"), None, {"step": "甲"}, NOON)


async def link_and_sign(folder: Path, keys: Keyring) -> None:
    while await link_committed():
        pass
    key = keys.current
    await sign_heads(open_heads_log(settings_of(folder)), key, key.public.fingerprint, NOON)


async def algorithms() -> list[str]:
    rows = await fetch("SELECT hashed_by FROM audit_entry WHERE act = 'listing.changed' ORDER BY sequence")
    return [row["hashed_by"] for row in rows]


async def test_a_chain_begun_by_sha256_goes_on_by_sm3_and_is_verified_whole(clock: Any, tmp_path: Path) -> None:
    await clock.set(NOON)
    await tell()
    await link_and_sign(tmp_path, make_or_load_keys(settings_of(tmp_path), AUDIT_KEY))
    ready = await verify_chain(None, settings_of(tmp_path, "sm"))
    assert ready.holds, "proved also before the new key was made, as a restored backup is"
    await tell()  # written before the change, linked after it
    by_both = keys_by_sm(tmp_path, AUDIT_KEY)
    with by_sm():
        await tell()
        await link_and_sign(tmp_path, by_both)
    assert await algorithms() == ["sha256", "sha256", "sm3"]
    assert [key.algorithm for key in by_both.public] == ["sm2-sm3", "ed25519"]
    for now in ("sm", ""):  # also for a county that goes back
        verdict = await verify_chain(None, settings_of(tmp_path, now))
        assert verdict.holds and verdict.heads == 2, words(verdict)

    await execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
    change = "UPDATE audit_entry SET {} WHERE hashed_by = 'sm3' AND act = 'listing.changed'"
    for what, back in (("hashed_by = 'sha256'", "hashed_by = 'sm3'"), ("organisation = '乙'", "organisation = ''")):
        await execute(change.format(what))
        changed = words(await verify_chain(None, settings_of(tmp_path, "sm")))
        assert any("内容被改过" in word for word in changed), (what, changed)
        await execute(
            f"UPDATE audit_entry SET {back} WHERE position = (SELECT max(position) FROM audit_entry"
            " WHERE stream = 'main') AND stream = 'main'"
        )
    (tmp_path / "keys" / "audit-ed25519.pem").unlink()
    lost = words(await verify_chain(None, settings_of(tmp_path, "sm")))
    assert any("不是用本系统的密钥签的" in word for word in lost), "the older key is needed for what it signed"


def test_anybody_checks_a_signature_by_sm2_with_the_published_key(tmp_path: Path) -> None:
    keys = keys_by_sm(tmp_path, AUDIT_KEY)
    public, signature = load_public_key(keys.current.public.pem, "sm2-sm3"), keys.current.sign("链".encode())
    assert public.fingerprint == keys.current.public.fingerprint and len(signature) <= 100
    assert public.verify("链".encode(), signature)
    assert not public.verify("链 ".encode(), signature) and not public.verify("链".encode(), "no base64 ~~")
    assert os.stat(tmp_path / "keys" / "audit-sm2-sm3.pem").st_mode & 0o777 == 0o600


@pytest.mark.parametrize("signs", ["library", "program"])
def test_what_the_library_signs_the_program_verifies_and_the_other_way_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signs: str
) -> None:
    key = keys_by_sm(tmp_path, AUDIT_KEY).current
    if sm2_library.library() is None:
        pytest.skip("SM2: this machine has no libcrypto that can be asked")

    def by(way: str) -> None:
        monkeypatch.undo()
        if way == "program":
            monkeypatch.setattr(sm2_library, "library", lambda: None)

    by(signs)
    signature = key.sign(b"head")
    for way in ("library", "program"):
        by(way)
        assert key.public.verify(b"head", signature)
        assert not key.public.verify(b"heads", signature) and not key.public.verify(b"head", "AAAA")


def test_a_key_of_another_kind_neither_signs_nor_verifies_by_sm2(tmp_path: Path) -> None:
    found = sm2_library.library()
    if found is None:
        pytest.skip("SM2: this machine has no libcrypto that can be asked")
    usual = make_or_load_keys(settings_of(tmp_path), AUDIT_KEY).current
    broken = usual.public.pem.replace("A", "B", 9)
    for pem in (usual.public.pem, broken, ""):
        with pytest.raises(ValueError):
            sm2_library.verify(found, pem, b"head", b"signature", b"identity")
    for path in (tmp_path / "keys" / AUDIT_KEY, tmp_path / "absent.pem"):
        with pytest.raises(ValueError):
            sm2_library.sign(found, path, b"head", b"identity")


async def test_documents_are_hashed_by_sm3_beside_their_address_and_a_changed_one_is_named(
    db: Any, clock: Any, tmp_path: Path
) -> None:
    store, now = FolderStore(tmp_path), await clock.now()
    wang = await actor("wang.min", now)
    await upload_document(NewDocument("前.txt", "换之前".encode()), store, wang, now)
    with by_sm():
        await upload_document(NewDocument("后.txt", "换之后".encode()), store, wang, now)
    found = await verify_documents(store)
    assert not found.faults and (found.documents, found.by_sm3) == (2, 1)
    told = await fetch(
        "SELECT detail->>'sm3' AS sm3 FROM audit_entry WHERE act = 'document.uploaded' ORDER BY sequence"
    )
    kept = await fetch("SELECT sm3 FROM document ORDER BY uploaded_at, sm3")
    assert [row["sm3"] or "" for row in told] == [row["sm3"] for row in kept] and told[1]["sm3"]
    after = await fetch("SELECT name, storage_key FROM document WHERE sm3 <> ''")
    (tmp_path / after[0]["storage_key"]).write_text("改过")
    assert [str(fault) for fault in (await verify_documents(store)).faults][0].startswith("文件 后.txt")
