"""Official papers as PDF, each pressed in a short-lived process of its own (`paper_process.py`).

Everything but PDF works on a machine without the system libraries: then `press` refuses and names the Debian packages.
"""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from contextlib import suppress
from typing import Protocol

from marketplace.gateways.paper_process import MISSING
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_

log = logging.getLogger("marketplace")

COMMAND = (sys.executable, "-P", "-m", "marketplace.gateways.paper_process")
AT_ONCE = 1  # a press takes up to 400 MB, and the county's machine has two cores
MOST_WAITING = 6
LONGEST = 60.0  # seconds from start to PDF
LARGEST_PAGE = 4 * 1024 * 1024
LARGEST_PAPER = 40 * 1024 * 1024


class PaperRefused(DomainError):
    """No PDF can be made now, and what to do about it."""

    status_code = 503


class Press(Protocol):
    """Makes PDF out of HTML."""

    async def press(self, html: str) -> bytes:
        """The PDF. Raises PaperRefused."""
        ...


class ProcessPress:
    """Presses one paper at a time; few may wait, the others are told to come back."""

    def __init__(self, command: tuple[str, ...] = COMMAND, longest: float = LONGEST) -> None:
        self._command, self._longest = command, longest
        self._turn: asyncio.Semaphore | None = None
        self._waiting = 0

    async def press(self, html: str) -> bytes:
        """Start a process, hand it the page, take its PDF, and see it end. Raises PaperRefused."""
        page = html.encode()
        if len(page) > LARGEST_PAGE:
            raise PaperRefused(N_("这份文书太长，不能生成 PDF。请用 DOCX 或者网页打印。"))
        if self._waiting >= AT_ONCE + MOST_WAITING:
            raise PaperRefused(N_("现在有好几份 PDF 在排队。请过一分钟再试。"))
        self._turn = self._turn or asyncio.Semaphore(AT_ONCE)
        self._waiting += 1
        try:
            async with self._turn:
                return await self._pressed(page)
        finally:
            self._waiting -= 1

    async def _pressed(self, page: bytes) -> bytes:
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            pdf, said = await asyncio.wait_for(process.communicate(page), self._longest)
        except TimeoutError as late:
            raise PaperRefused(N_("生成 PDF 用的时间太长，已经停下。请用 DOCX 或者网页打印。")) from late
        finally:
            # a caller who goes away, too, leaves no process behind
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        return _checked(process.returncode, pdf, said)


def _checked(code: int | None, pdf: bytes, said: bytes) -> bytes:
    if code == MISSING:
        raise PaperRefused(NEEDS_PACKAGES, packages=said.decode(errors="replace").strip())
    if code != 0 or not pdf.startswith(b"%PDF-") or len(pdf) > LARGEST_PAPER:
        log.error("paper process ended with %s: %s", code, said.decode(errors="replace")[-400:])
        raise PaperRefused(N_("PDF 没有生成。请用 DOCX 或者网页打印，并告诉系统管理员。"))
    return pdf


NEEDS_PACKAGES = N_("这台服务器还不能生成 PDF，缺少系统软件。请系统管理员安装：apt-get install -y {packages}")


def missing_packages() -> tuple[str, ...]:
    """The Debian packages that PDF needs and this machine lacks, looked for in a process of its own."""
    looked = subprocess.run([*COMMAND, "--look"], capture_output=True, check=False, stdin=subprocess.DEVNULL)
    return tuple(looked.stderr.decode().split()) if looked.returncode == MISSING else ()
