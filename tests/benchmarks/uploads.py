"""`python -m tests.benchmarks.uploads`: 100 MB handed in over HTTP, and the peak memory of the web process.

One web process on a database of its own, a paper of 100 MB and one of 1 MB in turns, to the folder and to S3 (moto in
a process of its own), and one that breaks off half-way. The last line is JSON.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from marketplace.gateways.files import s3_client
from marketplace.kernel import clock, db
from marketplace.kernel.settings import Settings
from tests.benchmarks.bench_command import ROOT, free_port, wait_for
from tests.builders_vendors import a_provider
from tests.conftest import WORKER, make_database
from tests.pages import sign_in, token

MEGABYTE = 1024 * 1024
BOUNDARY, BUCKET = "paper-of-the-bench", "bench"
AWS = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}


async def a_pdf(size: int, seed: int, breaks_at: int | None = None) -> AsyncIterator[bytes]:
    """A form with a PDF of that many bytes, different for each seed; may break off on its way."""
    for name, value in (("kind", "other"), ("valid_until", ""), ("_csrf_token", a_pdf.token)):  # type: ignore[attr-defined]
        yield f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    yield (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="bench-{seed}.pdf"\r\n'
        "Content-Type: application/pdf\r\n\r\n"
    ).encode()
    yield b"%PDF-1.7\n"
    piece, sent = hashlib.sha256(str(seed).encode()).digest() * 8192, 9
    while sent < size - 6:
        if breaks_at is not None and sent > breaks_at:
            raise ConnectionError("the line went dead")
        sent += len(cut := piece[: size - 6 - sent])
        yield cut
    yield f"%%EOF\n\r\n--{BOUNDARY}--\r\n".encode()


def peak(pid: int) -> float:
    """The most memory the process has held since it was last asked, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    held = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return round(held / 1024, 1)


@contextmanager
def running(command: list[str], told: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the block."""
    process = subprocess.Popen(command, cwd=ROOT, env=told, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


async def hand_in(browser: httpx.AsyncClient, size: int, seed: int, breaks_at: int | None = None) -> int:
    """Send one paper; the status, or 0 when it broke off."""
    a_pdf.token = await token(browser)  # type: ignore[attr-defined]
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    try:
        answer = await browser.post("/my-organisation/papers", content=a_pdf(size, seed, breaks_at), headers=headers)
    except (ConnectionError, httpx.TransportError):
        return 0
    return answer.status_code


async def measure(store: str, told: dict[str, str], count: Any, port: int) -> dict[str, Any]:
    """Peaks and seconds for one store."""
    command = [sys.executable, "-m", "uvicorn", "marketplace.asgi:app", "--port", str(port), "--no-access-log"]
    with running([*command, "--log-level", "error", "--loop", "uvloop", "--http", "httptools"], told) as web:
        wait_for(f"http://127.0.0.1:{port}/healthz", 30)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=120) as browser:
            await sign_in(browser, "bench")
            statuses = [await hand_in(browser, MEGABYTE, 1)]
            peak(web.pid)
            statuses.append(await hand_in(browser, MEGABYTE, 2))
            small, took = peak(web.pid), []
            large = []
            for seed in (3, 4, 5):
                started = time.perf_counter()
                statuses.append(await hand_in(browser, 100 * MEGABYTE, seed))
                took.append(round(time.perf_counter() - started, 2))
                large.append(peak(web.pid))
            kept = await count()
            broke = await hand_in(browser, 100 * MEGABYTE, 6, breaks_at=50 * MEGABYTE)
            await asyncio.sleep(1)
            left = await count()
    assert set(statuses) == {303} and broke == 0, (statuses, broke)
    return {
        "store": store, "peak_after_1_mb": small, "peak_after_100_mb": large, "seconds": took,
        "left_by_broken_upload": left - kept,
    }  # fmt: skip


async def main() -> int:
    """Measure folder and S3; print a line each."""
    folder, address = Path(tempfile.mkdtemp(prefix="uploads-")), await make_database(f"uploads_{WORKER}")
    db.engine().pool = await asyncpg.create_pool(**address, min_size=1, max_size=3)
    await clock.found_installation(is_demo=True)
    await a_provider(await clock.CountyClock().now(), username="bench")
    port, s3_port = free_port(), free_port()
    told = {**os.environ, **AWS, "MARKETPLACE_DATABASE": address["database"], "DOCUMENTS_FOLDER": str(folder)}
    s3 = {"S3_BUCKET": BUCKET, "S3_ENDPOINT": f"http://127.0.0.1:{s3_port}"}
    os.environ.update(AWS)
    figures = []
    try:

        async def files() -> int:
            return sum(1 for each in folder.rglob("*") if each.is_file())

        figures.append(await measure("folder", told, files, port))
        with running([sys.executable, "-m", "moto.server", "-p", str(s3_port)], told):
            wait_for(f"http://127.0.0.1:{s3_port}/moto-api/", 30)
            client = s3_client(Settings.from_environment(s3))
            client.create_bucket(Bucket=BUCKET)

            async def objects() -> int:
                unfinished = client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
                return client.list_objects_v2(Bucket=BUCKET)["KeyCount"] + len(unfinished)

            figures.append(await measure("s3", told | s3, objects, port))
    finally:
        await db.engine().pool.close()
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
