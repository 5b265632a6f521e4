"""A var/ folder that an earlier version left, made by its own code, goes on: migrated, served, proved.

Of every release, and while there is none of the last state of each of the first days; `FAULTS_EARLIER=COMMIT,…` names
others. It is skipped, loudly, where the history is not here.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time

import httpx
import pytest

from tests.conftest import ROOT
from tests.faults.sealing_county import free_port
from tests.faults.test_upgrades import _git, folder, marketplace, own_environment
from tests.pages import PASSWORD, send

pytestmark = pytest.mark.faults

DAYS = ("2026-11-26", "2026-11-27")  # before the first release: the last state of each
PAGES = ("/", "/listings", "/contracts", "/providers", "/data", "/audit-heads", "/services")


def earlier() -> list[str]:
    """The versions whose folders have to go on."""
    if named := os.environ.get("FAULTS_EARLIER"):
        return named.split(",")
    if _git("rev-parse", "--is-shallow-repository") != "false":
        return []
    if tags := _git("tag", "--list", "v*"):
        return tags.split()
    return [found for day in DAYS if (found := _git("log", "-n", "1", "--format=%h", f"--before={day}T23:59:59Z"))]


@pytest.mark.parametrize("commit", earlier() or [""])
async def test_a_folder_left_by_an_earlier_version_is_migrated_served_and_proved(commit: str) -> None:
    if not commit:
        pytest.skip("the history of this tree is not here, so no folder of an earlier version is tried")
    with folder() as place:
        var, port = place / "var", free_port()
        make = [sys.executable, "scripts/earlier_var.py", commit, str(var)]
        made = await asyncio.to_thread(subprocess.run, make, cwd=ROOT, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stdout[-1000:] + made.stderr[-3000:]
        told = {
            "MARKETPLACE_VAR": str(var), "PGEMBED_DATA": str(var / "pg"), "PORT": str(port), "WEB_PROCESSES": "1",
            "MARKETPLACE_DEMO": "1",
        }  # fmt: skip
        with own_environment(**told):
            for name in ("KEYS_FOLDER", "DOCUMENTS_FOLDER", "MAIL_FOLDER", "SEARCH_FOLDER", "MARKETPLACE_DATABASE"):
                os.environ.pop(name, None)
            began = time.monotonic()
            serving = subprocess.Popen([sys.executable, "-P", "-m", "marketplace.cli", "serve", "--no-fill"], cwd=ROOT)
            try:
                listings = await _look(f"http://127.0.0.1:{port}", began)
                answered = time.monotonic() - began
                for what in ("chain", "ledger", "documents"):
                    marketplace("verify", what)
            finally:
                serving.send_signal(signal.SIGTERM)
                serving.wait(60)
    print(
        f"{made.stdout.strip()}; migrated, served and its {listings} listings read after {answered:.1f} s;"
        " chain, ledger and documents hold"
    )


async def _look(address: str, began: float) -> int:
    async with httpx.AsyncClient(base_url=address, timeout=60) as browser:
        while True:
            try:
                page = await browser.get("/listings")
                break
            except httpx.TransportError:
                assert time.monotonic() - began < 240, "no page in four minutes"
                await asyncio.sleep(0.2)
        references = set(re.findall(r'href="/listings/(JT-[\d-]+)"', page.text))
        assert references, "what the county had is there"
        for path in (*PAGES, *(f"/listings/{reference}" for reference in sorted(references))):
            assert (await browser.get(path)).status_code in (200, 404), path
        entered = await send(browser, "/sign-in", {"username": "nuanyang", "password": PASSWORD, "code": ""})
        assert entered.status_code == 303, entered.text[:500]
        for path in ("/work", "/my-data"):
            assert (await browser.get(path)).status_code == 200, path
    return len(references)
