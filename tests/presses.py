"""The press of the tests: the same page gives the same bytes, so each page is pressed once in a run."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from marketplace.gateways.papers import Press


class PressedOnce:
    """Presses a page that no test has had pressed, and gives the paper of one that another had, in whichever worker."""

    def __init__(self, press: Press, folder: Path) -> None:
        self._press, self._folder = press, folder

    async def press(self, html: str) -> bytes:
        """The PDF. Raises PaperRefused."""
        kept = self._folder / hashlib.sha256(html.encode()).hexdigest()
        if not kept.exists():
            pdf = await self._press.press(html)
            self._folder.mkdir(parents=True, exist_ok=True)
            draft = kept.with_suffix(f".{os.getpid()}")
            draft.write_bytes(pdf)
            draft.rename(kept)  # nobody reads half a paper
        return kept.read_bytes()
