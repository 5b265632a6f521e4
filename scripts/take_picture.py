"""Take the picture of the README anew: the front page of a fresh demo county.

`make picture`. Needs a Chromium (CHROMIUM names another one); the demo county lives in a folder of its own meanwhile.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "front-page.webp"
LARGEST = 150_000  # bytes
NAMES = ("chromium", "chromium-browser", "google-chrome")
WIDTH, HEIGHT = 1280, 900
LONGEST_FILLING, STANDS_STILL = 900.0, 60.0  # seconds


def main() -> int:
    """Serve, look, keep."""
    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if chromium is None:
        print("There is no Chromium. On Debian: apt-get install -y chromium fonts-noto-cjk", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
        free.close()
        environment = {**os.environ, "MARKETPLACE_VAR": folder, "PGEMBED_DATA": f"{folder}/pg", "PORT": port}
        environment.pop("DATABASE_URL", None)
        serving = subprocess.Popen([sys.executable, "-P", "-m", "marketplace.cli", "serve"], cwd=ROOT, env=environment)
        try:
            picture = _look(f"http://127.0.0.1:{port}", chromium)
        finally:
            serving.terminate()
            serving.wait(60)
    return _keep(picture)


def _look(address: str, chromium: str) -> bytes:
    _wait_until_filled(address)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(address, wait_until="networkidle")
        taken = page.screenshot()
        browser.close()
    return taken


def _wait_until_filled(address: str) -> None:
    """A county that is being filled goes through its years: it is filled once its day stays the same."""
    ends, last, since = time.monotonic() + LONGEST_FILLING, "", time.monotonic()
    while time.monotonic() < ends:
        with contextlib.suppress(httpx.HTTPError, ValueError):
            day = str(httpx.get(f"{address}/demo/clock", timeout=30).json())[:20]
            if day != last:
                last, since = day, time.monotonic()
            elif time.monotonic() - since > STANDS_STILL:
                return
        time.sleep(2)
    raise SystemExit("The demo county was not filled in time.")


def _keep(picture: bytes) -> int:
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    for quality in (85, 75, 65, 50):
        image.save(PICTURE, "WEBP", quality=quality, method=6)
        if PICTURE.stat().st_size < LARGEST:
            print(f"{PICTURE.relative_to(ROOT)}: {image.width} x {image.height}, {PICTURE.stat().st_size} bytes")
            return 0
    print(f"{PICTURE} is larger than {LARGEST} bytes", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
