"""What stays of a signature: typed, drawn, or by a service that the county names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from marketplace.gateways.contract_signing import Drawing, LocalSigner, Proof, ToSign, open_signer
from marketplace.gateways.file_types import FileRefused
from marketplace.kernel.db import fetchrow
from tests.builders_contracts import a_contract
from tests.pages import send, sign_in, words

WHAT = ToSign("HT-2026-0001", "a" * 64, "何理事", "和风", datetime(2026, 3, 20, tzinfo=UTC))
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001000500"
    "0d0a2db40000000049454e44ae426082"
)


class ACountyService:
    """A licensed service as a county would install it."""

    async def sign(self, what: ToSign) -> Proof:
        """Its number and the hash of its certificate."""
        return Proof("service", f"CA-{what.reference}", "b" * 64)


class NoStore:
    """A store that is never asked."""


async def test_a_typed_proof_depends_on_text_signer_and_time() -> None:
    signer = open_signer("", NoStore())  # type: ignore[arg-type]
    assert isinstance(signer, LocalSigner)
    proof = await signer.sign(WHAT)
    assert (proof.method, proof.reference) == ("typed", "") and len(proof.sha256) == 64
    assert (await signer.sign(replace(WHAT, text_sha256="c" * 64))).sha256 != proof.sha256
    with pytest.raises(FileRefused):
        await signer.sign(replace(WHAT, drawing=Drawing("name.pdf", b"%PDF-1.4")))


async def test_the_setting_names_a_service_of_the_county() -> None:
    signer = open_signer("tests.contracts.agreements.test_signature_proofs:ACountyService", NoStore())  # type: ignore[arg-type]
    assert (await signer.sign(WHAT)).reference == "CA-HT-2026-0001"
    with pytest.raises(ValueError, match=r"package\.module:Class"):
        open_signer("somebody", NoStore())  # type: ignore[arg-type]


async def test_a_drawn_signature_is_kept_with_its_hash(client: httpx.AsyncClient, clock: Any) -> None:
    world = await a_contract()
    await sign_in(client, "director.0016")
    form = {"typed_name": world.director.name, "agree": "yes"}
    path = f"/contracts/{world.reference}/sign"
    refused = await send(client, path, form, files={"drawing": ("name.txt", b"hello", "text/plain")})
    assert refused.status_code == 422 and "PNG" in words(refused.text)
    signed = await send(client, path, form, files={"drawing": ("name.png", PICTURE, "image/png")})
    assert signed.status_code == 303, words(signed.text)
    row = await fetchrow("SELECT method, proof_reference, proof_sha256 FROM signature")
    assert row is not None and row["method"] == "drawn" and row["proof_reference"] and len(row["proof_sha256"]) == 64
    assert "附手写签名" in words((await client.get(f"/contracts/{world.reference}")).text)
